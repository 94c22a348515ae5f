// The largest exponent field among floating-point codes, at least 1, that of subnormal numbers, in a
// register. Infinities and NaN do not count.
//   codes_i    code c at [c*BITS +: BITS]
//   load_i     the register takes it; without it nothing is computed, in a simulator either
`default_nettype none

module cim_exponent_max #(
  parameter COUNT    = 4,   // up to 4096
  parameter BITS     = 8,   // 1 + EXPONENT + FRACTION
  parameter EXPONENT = 4,
  parameter FRACTION = 3,
  parameter SPECIALS = 1    // 0: every code is a number; 1: ones behind the sign are NaN; 2: IEEE 754
) (
  input  wire                  clk_i,
  input  wire                  load_i,
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

  // Of up to 64 codes from `first` on.
  function [EXPONENT-1:0] largest_from(input [COUNT*BITS-1:0] codes, input integer first);
    reg [64*EXPONENT-1:0] fields;
    integer c;
    begin
      fields = {64*EXPONENT{1'b0}};
      for (c = 0; c < 64; c = c + 1) begin
        if (first + c < COUNT) fields[c*EXPONENT +: EXPONENT] = field_of(codes[(first+c)*BITS +: BITS-1]);
      end
      largest_from = largest(fields);
    end
  endfunction

  function [EXPONENT-1:0] largest_of(input [COUNT*BITS-1:0] codes);
    reg [64*EXPONENT-1:0] groups;
    integer group;
    begin
      groups = {64*EXPONENT{1'b0}};
      for (group = 0; group < GROUPS; group = group + 1) begin
        groups[group*EXPONENT +: EXPONENT] = largest_from(codes, 64*group);
      end
      largest_of = (GROUPS == 1) ? groups[EXPONENT-1:0] : largest(groups);
      if (largest_of == {EXPONENT{1'b0}}) largest_of = {{(EXPONENT-1){1'b0}}, 1'b1};
    end
  endfunction

  reg [EXPONENT-1:0] exponent_q;
  always @(posedge clk_i) begin
    if (load_i) exponent_q <= largest_of(codes_i);
  end
  assign exponent_o = exponent_q;
endmodule

`default_nettype wire
