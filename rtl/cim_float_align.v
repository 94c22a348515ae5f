// Aligns floating-point codes to exponents: sign, exponent and fraction become a two's complement
// integer, the significand with GUARD bits below it, shifted right by target - exponent. What is shifted
// out is rounded, and a register takes the result. Infinities and NaN give 0; a target below the exponent gives the largest integer.
//   codes_i     code c at [c*BITS +: BITS]; in integer mode a two's complement integer at its low end
//   targets_i   exponent fields, of code c at [c*EXPONENT +: EXPONENT] with TARGETS = COUNT, one for all
//               with TARGETS = 1; not read where TARGET is not -1
//   load_i      the register takes aligned codes; without it nothing is computed, in a simulator either
`default_nettype none

module cim_float_align #(
  parameter COUNT        = 4,
  parameter BITS         = 8,   // 1 + EXPONENT + FRACTION
  parameter EXPONENT     = 4,
  parameter FRACTION     = 3,
  parameter SPECIALS     = 1,   // 0: every code is a number; 1: ones behind the sign are NaN; 2: IEEE 754
  parameter GUARD        = 3,
  parameter ROUNDING     = 1,   // 0: truncate, 1: nearest, ties to even, 2: sticky
  parameter TARGETS      = 1,
  parameter TARGET       = -1,  // of all codes, where it is not negative; -2: each keeps its own exponent
  parameter INTEGER_BITS = 0,   // 0: there is no integer mode
  parameter ALIGNED      = 8    // 2 + FRACTION + GUARD
) (
  input  wire                        clk_i,
  input  wire                        load_i,
  // Some formats have no use for one of them.
  // verilator lint_off UNUSED
  input  wire                        integer_i,
  input  wire [TARGETS*EXPONENT-1:0] targets_i,
  // verilator lint_on UNUSED
  input  wire [COUNT*BITS-1:0]       codes_i,
  output wire [COUNT*ALIGNED-1:0]    aligned_o
);
  localparam MAGNITUDE = ALIGNED - 1;
  localparam LOW       = (INTEGER_BITS < 2) ? 2 : INTEGER_BITS;
  // Of the places that a magnitude can be shifted by before nothing is left but a sticky bit.
  localparam REACH      = MAGNITUDE + 1;
  localparam STAGES     = (EXPONENT < 5) ? EXPONENT : 5;
  localparam MOST       = (REACH < (1 << STAGES)) ? REACH : (1 << STAGES) - 1;

  function [ALIGNED-1:0] aligned(input [BITS-1:0] code, input [EXPONENT-1:0] target);
    reg [EXPONENT-1:0]  field, exponent;
    reg [EXPONENT:0]    distance;
    // Its top bit is never read.
    // verilator lint_off UNUSED
    reg [STAGES:0]      shift;
    // verilator lint_on UNUSED
    reg [MAGNITUDE:0]   value;  // below the magnitude the bit that decides how it is rounded
    reg [MAGNITUDE-1:0] magnitude;
    reg                 sticky, special;
    integer             stage;
    begin
      field    = code[FRACTION +: EXPONENT];
      exponent = (field == {EXPONENT{1'b0}}) ? {{(EXPONENT-1){1'b0}}, 1'b1} : field;
      special  = (SPECIALS == 2) ? &field : (SPECIALS == 1) ? &code[BITS-2:0] : 1'b0;
      distance = (TARGET == -2) ? {EXPONENT+1{1'b0}} : {1'b0, target} - {1'b0, exponent};
      value    = {MAGNITUDE+1{1'b0}};
      value[GUARD+1 +: FRACTION+1] = {field != {EXPONENT{1'b0}}, code[FRACTION-1:0]};
      if (special) value = {MAGNITUDE+1{1'b0}};
      sticky = 1'b0;
      if (distance[EXPONENT]) begin
        if (value != {MAGNITUDE+1{1'b0}}) value = {{MAGNITUDE{1'b1}}, 1'b0};
      end else begin
        shift = {1'b0, distance[STAGES-1:0]};
        if (distance > {{(EXPONENT-STAGES){1'b0}}, MOST[STAGES:0]}) shift = MOST[STAGES:0];
        for (stage = 0; stage < STAGES; stage = stage + 1) begin
          if (shift[stage]) begin
            sticky = sticky | ((value & ~({MAGNITUDE+1{1'b1}} << (1 << stage))) != {MAGNITUDE+1{1'b0}});
            value  = value >> (1 << stage);
          end
        end
      end
      magnitude = value[MAGNITUDE:1];
      if (ROUNDING == 1) begin
        if (value[0] & (sticky | value[1])) magnitude = magnitude + {{(MAGNITUDE-1){1'b0}}, 1'b1};
      end
      if (ROUNDING == 2) magnitude[0] = magnitude[0] | value[0] | sticky;
      aligned = code[BITS-1] ? -{1'b0, magnitude} : {1'b0, magnitude};
    end
  endfunction

  function [ALIGNED-1:0] taken(input [BITS-1:0] code, input [EXPONENT-1:0] target, input is_integer);
    begin
      taken = aligned(code, target);
      if (INTEGER_BITS != 0 && is_integer) begin
        taken = {{(ALIGNED-LOW+1){code[LOW-1]}}, code[LOW-2:0]};
      end
    end
  endfunction

  wire [EXPONENT-1:0] common = (TARGET >= 0) ? TARGET[EXPONENT-1:0] : targets_i[EXPONENT-1:0];

  genvar block;  // blocks of 64: tools limit the length of a loop
  generate
    for (block = 0; block < COUNT; block = block + 64) begin : g_codes
      localparam HERE = (COUNT - block < 64) ? COUNT - block : 64;
      reg [HERE*ALIGNED-1:0] aligned_q;
      integer c;
      always @(posedge clk_i) begin
        if (load_i) begin
          for (c = 0; c < HERE; c = c + 1) begin
            aligned_q[c*ALIGNED +: ALIGNED] <=
                taken(codes_i[(block + c)*BITS +: BITS],
                      (TARGET >= 0 || TARGETS == 1) ? common : targets_i[(block + c)*EXPONENT +: EXPONENT],
                      integer_i);
          end
        end
      end
      assign aligned_o[block*ALIGNED +: HERE*ALIGNED] = aligned_q;
    end
  endgenerate
endmodule

`default_nettype wire
