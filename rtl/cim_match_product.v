// Product of signs: one weight bit of every lane and one input bit, which all lanes share, where a
// 1 stands for +1 and a 0 for -1. The product is +1 where they are equal (XNOR). INVERT = 1 gives the
// complement.
`default_nettype none

module cim_match_product #(
  parameter LANES  = 4,
  parameter INVERT = 0
) (
  input  wire             input_i,
  input  wire [LANES-1:0] weight_i,
  output wire [LANES-1:0] product_o
);
  generate
    if (INVERT != 0) begin : g_xor
      assign product_o = weight_i ^ {LANES{input_i}};
    end else begin : g_xnor
      assign product_o = ~(weight_i ^ {LANES{input_i}});
    end
  endgenerate
endmodule

`default_nettype wire
