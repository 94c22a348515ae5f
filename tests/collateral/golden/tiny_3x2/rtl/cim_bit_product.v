// Bitwise multiplier: one weight bit of every lane times one input bit, which all lanes share.
// INVERT = 1 gives the complement, for products of negative weight (see docs/architecture.md:
// -p = ~p - 1, and the planner gathers all the -1 into one constant).
`default_nettype none

module cim_bit_product #(
  parameter LANES  = 4,
  parameter INVERT = 0
) (
  input  wire             input_i,
  input  wire [LANES-1:0] weight_i,
  output wire [LANES-1:0] product_o
);
  generate
    if (INVERT != 0) begin : g_nand
      assign product_o = ~(weight_i & {LANES{input_i}});
    end else begin : g_and
      assign product_o = weight_i & {LANES{input_i}};
    end
  endgenerate
endmodule

`default_nettype wire
