// The multiply-accumulate units of LANES columns: acc[c] += x * w[c], and the results behind them,
// shifted right by OUTPUT_SHIFT and clamped to the output's range where SATURATE, else cut off.
//   accumulate_i   one row; first_i: the first of a vector
//   load_i         the accumulators are complete: the output takes the results
//   load_skid_i, move_i   SKID = 1: a second entry does, and moves to the output
// Columns are loops inside the conditions of the registers: a cycle without a row costs a simulator
// nothing.
`default_nettype none

module cim_near_mac #(
  parameter LANES         = 1,
  parameter INPUT_BITS    = 4,
  parameter INPUT_SIGNED  = 1,
  parameter WEIGHT_BITS   = 4,
  parameter WEIGHT_SIGNED = 1,
  parameter ACC_BITS      = 14,
  parameter ACC_SIGNED    = 1,
  parameter OUTPUT_SHIFT  = 0,
  parameter OUTPUT_BITS   = 14,
  parameter SATURATE      = 0,
  parameter SKID          = 0
) (
  input  wire                         clk_i,
  input  wire                         accumulate_i,
  input  wire                         first_i,
  input  wire [INPUT_BITS-1:0]        input_i,
  input  wire [LANES*WEIGHT_BITS-1:0] weights_i,  // column c at [c*WEIGHT_BITS +: WEIGHT_BITS]
  input  wire                         load_i,
  // A single entry needs neither.
  // verilator lint_off UNUSED
  input  wire                         load_skid_i,
  input  wire                         move_i,
  // verilator lint_on UNUSED
  output wire [LANES*OUTPUT_BITS-1:0] results_o   // column c at [c*OUTPUT_BITS +: OUTPUT_BITS]
);
  // An unsigned factor beside a signed one has a sign bit of its own, 0.
  localparam EITHER_SIGNED = (INPUT_SIGNED != 0 || WEIGHT_SIGNED != 0) ? 1 : 0;
  localparam X_BITS        = INPUT_BITS + ((EITHER_SIGNED != 0 && INPUT_SIGNED == 0) ? 1 : 0);
  localparam W_BITS        = WEIGHT_BITS + ((EITHER_SIGNED != 0 && WEIGHT_SIGNED == 0) ? 1 : 0);
  localparam PRODUCT_BITS  = X_BITS + W_BITS;
  // Holds accumulator, product and result, and a bit more.
  localparam LONGER_BITS   = (ACC_BITS > OUTPUT_BITS) ? ACC_BITS : OUTPUT_BITS;
  localparam WIDE_BITS     = ((LONGER_BITS > PRODUCT_BITS) ? LONGER_BITS : PRODUCT_BITS) + 1;

  reg [LANES*ACC_BITS-1:0] acc_q;

  // The upper bits of a sum that is cut off are of no use.
  // verilator lint_off UNUSED
  function [ACC_BITS-1:0] product(
    input [INPUT_BITS-1:0] x_code, input [WEIGHT_BITS-1:0] w_code
  );
    reg signed [X_BITS-1:0] x;
    reg signed [W_BITS-1:0] w;
    reg [PRODUCT_BITS-1:0] unsigned_product;
    reg signed [PRODUCT_BITS-1:0] signed_product;
    reg [WIDE_BITS-1:0] wide;
    begin
      x = 0;
      w = 0;
      x[INPUT_BITS-1:0]  = x_code;
      w[WEIGHT_BITS-1:0] = w_code;
      if (EITHER_SIGNED != 0) begin
        signed_product   = x * w;
        unsigned_product = 0;
        wide             = {{(WIDE_BITS-PRODUCT_BITS){signed_product[PRODUCT_BITS-1]}},
                            signed_product};
      end else begin
        signed_product   = 0;
        unsigned_product = x_code * w_code;
        wide             = {{(WIDE_BITS-PRODUCT_BITS){1'b0}}, unsigned_product};
      end
      product = wide[ACC_BITS-1:0];
    end
  endfunction

  function [OUTPUT_BITS-1:0] result(input [ACC_BITS-1:0] acc);
    reg signed [WIDE_BITS-1:0] wide, over;
    reg negative;
    begin
      negative = (ACC_SIGNED != 0) & acc[ACC_BITS-1];
      wide     = {{(WIDE_BITS-ACC_BITS){negative}}, acc};
      wide     = wide >>> OUTPUT_SHIFT;
      result   = wide[OUTPUT_BITS-1:0];
      // What is left of a number that fits is its sign, and nothing of an unsigned one.
      over = wide >>> ((ACC_SIGNED != 0) ? OUTPUT_BITS - 1 : OUTPUT_BITS);
      if (SATURATE != 0 && over != {WIDE_BITS{negative}}) begin
        result = {OUTPUT_BITS{~negative}};
        if (ACC_SIGNED != 0) result[OUTPUT_BITS-1] = negative;
      end
    end
  endfunction
  // verilator lint_on UNUSED

  always @(posedge clk_i) begin : accumulate
    integer c;
    if (accumulate_i) begin
      for (c = 0; c < LANES; c = c + 1) begin
        acc_q[c*ACC_BITS +: ACC_BITS] <=
            product(input_i, weights_i[c*WEIGHT_BITS +: WEIGHT_BITS]) +
            (first_i ? {ACC_BITS{1'b0}} : acc_q[c*ACC_BITS +: ACC_BITS]);
      end
    end
  end

  reg [LANES*OUTPUT_BITS-1:0] results_q;
  assign results_o = results_q;
  generate
    if (SKID != 0) begin : g_skid
      reg [LANES*OUTPUT_BITS-1:0] skid_q;
      always @(posedge clk_i) begin : finish
        integer c;
        if (load_skid_i) begin
          for (c = 0; c < LANES; c = c + 1) begin
            skid_q[c*OUTPUT_BITS +: OUTPUT_BITS] <= result(acc_q[c*ACC_BITS +: ACC_BITS]);
          end
        end
        if (load_i) begin
          for (c = 0; c < LANES; c = c + 1) begin
            results_q[c*OUTPUT_BITS +: OUTPUT_BITS] <= result(acc_q[c*ACC_BITS +: ACC_BITS]);
          end
        end else if (move_i) begin
          results_q <= skid_q;
        end
      end
    end else begin : g_single
      always @(posedge clk_i) begin : finish
        integer c;
        if (load_i) begin
          for (c = 0; c < LANES; c = c + 1) begin
            results_q[c*OUTPUT_BITS +: OUTPUT_BITS] <= result(acc_q[c*ACC_BITS +: ACC_BITS]);
          end
        end
      end
    end
  endgenerate
endmodule

`default_nettype wire
