// The largest exponent field among floating-point codes, at least 1, that of subnormal numbers.
// Infinities and NaN do not count.
//   codes_i    code c at [c*BITS +: BITS]
//   enable_i   while it is low the output is 1: nothing is computed, in a simulator either
`default_nettype none

module cim_exponent_max #(
  parameter COUNT    = 64,  // up to 4096
  parameter BITS     = 8,   // 1 + EXPONENT + FRACTION
  parameter EXPONENT = 4,
  parameter FRACTION = 3,
  parameter SPECIALS = 1    // 0: every code is a number; 1: ones behind the sign are NaN; 2: IEEE 754
) (
  input  wire                  enable_i,
  // Signs do not count, nor most fractions.
  // verilator lint_off UNUSED
  input  wire [COUNT*BITS-1:0] codes_i,
  // verilator lint_on UNUSED
  output wire [EXPONENT-1:0]   exponent_o
);
  localparam GROUPS = (COUNT + 63) / 64;

  function [EXPONENT-1:0] larger(input [EXPONENT-1:0] a, input [EXPONENT-1:0] b);
    larger = (a > b) ? a : b;
  endfunction

  // A tree of six levels.
  function [EXPONENT-1:0] largest(input [64*EXPONENT-1:0] fields);
    reg [64*EXPONENT-1:0] left;
    integer i;
    begin
      left = fields;
      for (i = 0; i < 32; i = i + 1) begin
        left[i*EXPONENT +: EXPONENT] = larger(left[i*EXPONENT +: EXPONENT], left[(i+32)*EXPONENT +: EXPONENT]);
      end
      for (i = 0; i < 16; i = i + 1) begin
        left[i*EXPONENT +: EXPONENT] = larger(left[i*EXPONENT +: EXPONENT], left[(i+16)*EXPONENT +: EXPONENT]);
      end
      for (i = 0; i < 8; i = i + 1) begin
        left[i*EXPONENT +: EXPONENT] = larger(left[i*EXPONENT +: EXPONENT], left[(i+8)*EXPONENT +: EXPONENT]);
      end
      for (i = 0; i < 4; i = i + 1) begin
        left[i*EXPONENT +: EXPONENT] = larger(left[i*EXPONENT +: EXPONENT], left[(i+4)*EXPONENT +: EXPONENT]);
      end
      left[0 +: EXPONENT]        = larger(left[0 +: EXPONENT], left[2*EXPONENT +: EXPONENT]);
      left[EXPONENT +: EXPONENT] = larger(left[EXPONENT +: EXPONENT], left[3*EXPONENT +: EXPONENT]);
      largest = larger(left[0 +: EXPONENT], left[EXPONENT +: EXPONENT]);
    end
  endfunction

  // What of a code counts.
  function [EXPONENT-1:0] field_of(input [BITS-2:0] code);
    reg special;
    begin
      special  = (SPECIALS == 2) ? &code[FRACTION +: EXPONENT] : (SPECIALS == 1) ? &code : 1'b0;
      field_of = special ? {EXPONENT{1'b0}} : code[FRACTION +: EXPONENT];
    end
  endfunction

  wire [64*EXPONENT-1:0] groups;
  genvar group, c;
  generate
    for (group = 0; group < 64; group = group + 1) begin : g_group
      if (group < GROUPS) begin : g_used
        localparam FIRST = 64*group;
        localparam HERE  = (COUNT - FIRST < 64) ? COUNT - FIRST : 64;
        wire [64*EXPONENT-1:0] fields;
        for (c = 0; c < 64; c = c + 1) begin : g_code
          if (c < HERE) begin : g_used
            assign fields[c*EXPONENT +: EXPONENT] = field_of(codes_i[(FIRST+c)*BITS +: BITS-1]);
          end else begin : g_none
            assign fields[c*EXPONENT +: EXPONENT] = {EXPONENT{1'b0}};
          end
        end
        reg [EXPONENT-1:0] exponent;
        always @* begin
          exponent = {EXPONENT{1'b0}};
          if (enable_i) exponent = largest(fields);
        end
        assign groups[group*EXPONENT +: EXPONENT] = exponent;
      end else begin : g_none
        assign groups[group*EXPONENT +: EXPONENT] = {EXPONENT{1'b0}};
      end
    end
  endgenerate

  reg [EXPONENT-1:0] exponent;
  always @* begin
    exponent = {{(EXPONENT-1){1'b0}}, 1'b1};
    if (enable_i) exponent = larger(largest(groups), {{(EXPONENT-1){1'b0}}, 1'b1});
  end
  assign exponent_o = exponent;
endmodule

`default_nettype wire
