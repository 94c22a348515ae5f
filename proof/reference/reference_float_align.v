// What cim_float_align loads, in plain arithmetic (docs/floating.md, Alignment).
`default_nettype none

module reference_float_align #(
  parameter COUNT        = 1,
  parameter BITS         = 8,
  parameter EXPONENT     = 4,
  parameter FRACTION     = 3,
  parameter SPECIALS     = 1,
  parameter GUARD        = 3,
  parameter ROUNDING     = 1,
  parameter TARGETS      = 1,
  parameter TARGET       = -1,
  parameter INTEGER_BITS = 0,
  parameter ALIGNED      = 8
) (
  input  wire                        clk_i,
  input  wire                        load_i,
  input  wire                        integer_i,
  input  wire [TARGETS*EXPONENT-1:0] targets_i,
  input  wire [COUNT*BITS-1:0]       codes_i,
  output wire [COUNT*ALIGNED-1:0]    aligned_o
);
  localparam [FRACTION+GUARD:0] LARGEST = {(FRACTION+1+GUARD){1'b1}};
  // Of a significand with its guard bits, and as many places below it as any distance.
  localparam MAGNITUDE = FRACTION + 1 + GUARD;
  localparam FAR       = MAGNITUDE + 2;
  localparam WIDE      = MAGNITUDE + FAR;

  genvar c;
  generate
    for (c = 0; c < COUNT; c = c + 1) begin : g_code
      wire [BITS-1:0]     code     = codes_i[c*BITS +: BITS];
      wire                negative = code[BITS-1];
      wire [EXPONENT-1:0] field    = code[BITS-2 -: EXPONENT];
      wire [FRACTION-1:0] fraction = code[FRACTION-1:0];
      wire [EXPONENT-1:0] exponent = (field == 0) ? 1 : field;
      wire [EXPONENT-1:0] target   = (TARGET == -2) ? exponent : (TARGET >= 0) ? TARGET :
                                     targets_i[(c % TARGETS)*EXPONENT +: EXPONENT];
      wire [FRACTION:0]   m        = (field == 0) ? {1'b0, fraction} : {1'b1, fraction};
      wire no_number = (SPECIALS == 2) ? (field == {EXPONENT{1'b1}}) :
                       (SPECIALS == 1) ? (field == {EXPONENT{1'b1}} && fraction == {FRACTION{1'b1}}) : 1'b0;
      wire too_large = target < exponent;
      wire [EXPONENT-1:0] distance = target - exponent;
      wire [31:0]         d        = (distance > FAR) ? FAR : distance;
      // The upper half is what is left, the lower half what is shifted out.
      wire [WIDE-1:0]      shifted = {m, {GUARD+FAR{1'b0}}} >> d;
      wire [MAGNITUDE-1:0] whole   = shifted[WIDE-1:FAR];
      wire [FAR-1:0]       rest    = shifted[FAR-1:0];
      wire [FAR-1:0]       half    = {1'b1, {FAR-1{1'b0}}};
      wire up = (ROUNDING == 1) && (rest > half || (rest == half && whole[0]));
      wire [MAGNITUDE-1:0] rounded = (ROUNDING == 2) ? (whole | {{MAGNITUDE-1{1'b0}}, rest != 0}) : whole + up;
      wire [MAGNITUDE-1:0] a = no_number ? 0 : !too_large ? rounded : (m != 0) ? LARGEST : 0;
      wire [ALIGNED-1:0] floating = negative ? 0 - {1'b0, a} : {1'b0, a};
      if (INTEGER_BITS == 0) begin : g_floating
        assign aligned_o[c*ALIGNED +: ALIGNED] = floating;
      end else begin : g_both
        wire signed [INTEGER_BITS-1:0] low = code[INTEGER_BITS-1:0];
        wire signed [ALIGNED-1:0]      whole_number = low;
        assign aligned_o[c*ALIGNED +: ALIGNED] = integer_i ? whole_number : floating;
      end
    end
  endgenerate
endmodule

`default_nettype wire
