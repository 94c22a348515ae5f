// What cim_float_join computes, of one lane, where its register takes it: signed numbers, `>>>` and +
// (docs/floating.md, The sum).
`default_nettype none

module reference_float_join #(
  parameter LANES         = 1,
  parameter BLOCKS        = 2,
  parameter BLOCK_BITS    = 16,
  parameter BLOCK_SIGNED  = 1,
  parameter GUARD         = 0,
  parameter SUM_BITS      = 17,
  parameter EXPONENT_BITS = 8,
  parameter ROUNDING      = 1
) (
  input  wire                            clk_i,
  input  wire                            valid_i,
  input  wire                            load_i,
  input  wire                            integer_i,
  input  wire [BLOCKS*BLOCK_BITS-1:0]    codes_i,
  input  wire [BLOCKS*EXPONENT_BITS-1:0] exponents_i,
  output wire [SUM_BITS-1:0]             sum_o,
  output wire [EXPONENT_BITS-1:0]        exponent_o
);
  // Past so many places a number is a sign.
  localparam FAR  = BLOCK_BITS + 1 + GUARD + 2;
  localparam WIDE = BLOCK_BITS + 1 + GUARD + FAR;

  reg [EXPONENT_BITS-1:0] largest, exponent, distance;
  reg [31:0]              d;
  reg [BLOCK_BITS-1:0]    code;
  reg signed [BLOCK_BITS:0]  number;
  reg signed [WIDE-1:0]      wide;
  reg signed [WIDE-FAR-1:0]  whole;
  reg signed [SUM_BITS-1:0]  term;
  reg [FAR-1:0]              rest, half;
  reg [SUM_BITS-1:0]         sum;
  integer g;
  always @* begin
    half    = {1'b1, {FAR-1{1'b0}}};
    largest = 0;
    for (g = 0; g < BLOCKS; g = g + 1) begin
      exponent = exponents_i[g*EXPONENT_BITS +: EXPONENT_BITS];
      code     = codes_i[g*BLOCK_BITS +: BLOCK_BITS];
      if (code != 0 && exponent > largest) largest = exponent;
    end
    sum = 0;
    for (g = 0; g < BLOCKS; g = g + 1) begin
      code     = codes_i[g*BLOCK_BITS +: BLOCK_BITS];
      number   = {BLOCK_SIGNED != 0 && code[BLOCK_BITS-1], code};
      distance = largest - exponents_i[g*EXPONENT_BITS +: EXPONENT_BITS];
      d        = (distance > FAR) ? FAR : distance;
      wide     = {number, {GUARD+FAR{1'b0}}};
      wide     = wide >>> d;
      whole    = wide[WIDE-1:FAR];
      rest     = wide[FAR-1:0];
      term     = whole;
      if (ROUNDING == 1 && (rest > half || (rest == half && whole[0]))) term = term + 1;
      if (ROUNDING == 2 && rest != 0) term = term | 1;
      if (integer_i) term = number;
      sum = sum + term;
    end
  end
  assign sum_o      = sum;
  assign exponent_o = integer_i ? 0 : largest;
endmodule

`default_nettype wire
