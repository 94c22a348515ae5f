// Bitwise multiplier of structured weights: one weight bit of every lane times the input bit that the
// lane has selected. INVERT as in cim_bit_product.
`default_nettype none

module cim_lane_product #(
  parameter LANES  = 4,
  parameter INVERT = 0
) (
  input  wire [LANES-1:0] input_i,
  input  wire [LANES-1:0] weight_i,
  output wire [LANES-1:0] product_o
);
  generate
    if (INVERT != 0) begin : g_nand
      assign product_o = ~(weight_i & input_i);
    end else begin : g_and
      assign product_o = weight_i & input_i;
    end
  endgenerate
endmodule

`default_nettype wire
