// What a cim_near_mac of one lane is proved to be (docs/near_memory.md). The product is a sum of shifted
// weights, less the one of the sign bit; a result is clamped by comparisons with the greatest and the
// least code.
`default_nettype none

module reference_near_mac #(
  parameter INPUT_BITS    = 4,
  parameter INPUT_SIGNED  = 1,
  parameter WEIGHT_BITS   = 4,
  parameter WEIGHT_SIGNED = 1,
  parameter ACC_BITS      = 14,
  parameter SUM_SIGNED    = 1,
  parameter OUTPUT_SHIFT  = 0,
  parameter OUTPUT_BITS   = 14,
  parameter SATURATE      = 0,
  parameter SKID          = 0
) (
  input  wire                   clk_i,
  input  wire                   accumulate_i,
  input  wire                   first_i,
  input  wire [INPUT_BITS-1:0]  input_i,
  input  wire [WEIGHT_BITS-1:0] weights_i,
  input  wire                   load_i,
  input  wire                   load_skid_i,
  input  wire                   move_i,
  output wire [OUTPUT_BITS-1:0] results_o
);
  // A sign more than the product of two unsigned codes.
  localparam PRODUCT_BITS = INPUT_BITS + WEIGHT_BITS + 1;
  // Holds the sum and both ends of the result's range, with a sign.
  localparam WIDE = ACC_BITS + OUTPUT_BITS + 1;
  localparam signed [WIDE-1:0] ONE      = 1;
  localparam signed [WIDE-1:0] GREATEST = (ONE <<< (OUTPUT_BITS - SUM_SIGNED)) - ONE;
  localparam signed [WIDE-1:0] LEAST    = (SUM_SIGNED != 0) ? -GREATEST - ONE : 0;

  reg [ACC_BITS-1:0]    acc_q;
  reg [OUTPUT_BITS-1:0] results_q, skid_q;
  assign results_o = results_q;

  reg [PRODUCT_BITS-1:0] weight, row, product;
  reg [ACC_BITS+PRODUCT_BITS-1:0] term;
  integer i;
  always @* begin
    weight  = {{INPUT_BITS+1{WEIGHT_SIGNED != 0 && weights_i[WEIGHT_BITS-1]}}, weights_i};
    product = 0;
    for (i = 0; i < INPUT_BITS; i = i + 1) begin
      row     = input_i[i] ? weight << i : 0;
      product = (INPUT_SIGNED != 0 && i == INPUT_BITS - 1) ? product - row : product + row;
    end
    term = {{ACC_BITS{product[PRODUCT_BITS-1]}}, product};
  end
  wire [ACC_BITS-1:0] sum = (first_i ? 0 : acc_q) + term[ACC_BITS-1:0];

  reg signed [WIDE-1:0] number;
  reg [OUTPUT_BITS-1:0] result;
  always @* begin
    number = {{WIDE-ACC_BITS{SUM_SIGNED != 0 && acc_q[ACC_BITS-1]}}, acc_q};
    number = number >>> OUTPUT_SHIFT;
    if (SATURATE != 0 && number > GREATEST) number = GREATEST;
    if (SATURATE != 0 && number < LEAST)    number = LEAST;
    result = number[OUTPUT_BITS-1:0];
  end

  always @(posedge clk_i) begin
    if (accumulate_i) acc_q <= sum;
    if (load_i) results_q <= result;
    else if (SKID != 0 && move_i) results_q <= skid_q;
    if (load_skid_i) skid_q <= result;
  end
endmodule

`default_nettype wire
