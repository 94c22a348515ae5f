// What cim_float_normalize computes, of one lane, where both registers take it: S * 2^(M - OFFSET),
// rounded once to nearest, ties to even.
`default_nettype none

module reference_float_normalize #(
  parameter LANES          = 1,
  parameter IN_PLANES      = 1,
  parameter IN_SIGNED      = 1,
  parameter SUM_IN_BITS    = 24,
  parameter SUM_BITS       = 24,
  parameter EXPONENT_BITS  = 8,
  parameter OFFSET         = 0,
  parameter EXPONENT_FIELD = 8,
  parameter FRACTION       = 23,
  parameter BIAS           = 127,
  parameter SUBNORMALS     = 1,
  parameter OVERFLOWS      = 1
) (
  input  wire                               clk_i,
  input  wire                               valid_first_i,
  input  wire                               load_first_i,
  input  wire                               valid_second_i,
  input  wire                               load_second_i,
  input  wire                               integer_i,
  input  wire [SUM_IN_BITS-1:0]             sum_i,
  input  wire [EXPONENT_BITS-1:0]           exponent_i,
  input  wire                               nan_i,
  input  wire                               infinity_i,
  input  wire                               negative_i,
  output wire [EXPONENT_FIELD+FRACTION:0]   codes_o
);
  localparam BITS = 1 + EXPONENT_FIELD + FRACTION;
  // The magnitude stands at the top of `wide`, with room for a fraction, a half and one bit below it.
  localparam WIDE = ((SUM_BITS > FRACTION + 1) ? SUM_BITS : FRACTION + 1) + FRACTION + 3;
  localparam signed [31:0] LARGEST = (1 << EXPONENT_FIELD) - 1;

  wire signed [SUM_IN_BITS:0] given  = {IN_SIGNED != 0 && sum_i[SUM_IN_BITS-1], sum_i};
  wire signed [SUM_BITS-1:0]  s      = given;
  wire signed [BITS+SUM_BITS-1:0] extended = s;
  wire                        sign   = s[SUM_BITS-1];
  wire [SUM_BITS-1:0]         magnitude = sign ? -s : s;

  reg [31:0]            zeros;  // above its highest bit that is set
  reg signed [31:0]     power, down;
  reg [WIDE-1:0]        wide, lost;
  reg [FRACTION:0]      kept;
  reg                   half, below;
  reg [EXPONENT_FIELD+FRACTION:0] rounded;  // with the bit above the exponent
  integer i;
  always @* begin
    zeros = 0;
    for (i = 0; i < SUM_BITS; i = i + 1) begin
      if (magnitude[i]) zeros = SUM_BITS - 1 - i;
    end
    // The exponent field of a normal number: that of 2^0 is BIAS.
    power = $signed({1'b0, exponent_i}) - OFFSET + BIAS + SUM_BITS - 1;
    power = power - $signed(zeros);
    wide  = {magnitude, {WIDE-SUM_BITS{1'b0}}} << zeros;
    // A subnormal number has the exponent of the least normal one.
    down  = (power > 0) ? 0 : (1 - power > FRACTION + 3) ? FRACTION + 3 : 1 - power;
    lost  = wide & ~({WIDE{1'b1}} << down);
    wide  = wide >> down;
    kept  = wide[WIDE-1 -: FRACTION+1];
    half  = wide[WIDE-2-FRACTION];
    below = wide[WIDE-3-FRACTION:0] != 0 || lost != 0;
    // The hidden bit of a normal number counts as one of the exponent.
    rounded = {power[EXPONENT_FIELD:0], kept[FRACTION-1:0]};
    if (power <= 0) rounded = {{EXPONENT_FIELD{1'b0}}, kept};
    if (half && (below || kept[0])) rounded = rounded + 1;
    if (power >= LARGEST || rounded >= LARGEST << FRACTION) rounded = LARGEST << FRACTION;
    if (magnitude == 0) rounded = 0;
  end
  wire [EXPONENT_FIELD-1:0] ones = {EXPONENT_FIELD{1'b1}};
  assign codes_o = integer_i ? extended :
                   nan_i ? {1'b0, ones, 1'b1, {FRACTION-1{1'b0}}} :
                   infinity_i ? {negative_i, ones, {FRACTION{1'b0}}} :
                   {sign, rounded[EXPONENT_FIELD+FRACTION-1:0]};
endmodule

`default_nettype wire
