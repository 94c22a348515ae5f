// One bit of a weight times a radix-4 Booth digit, in every lane. The digit, which all lanes share, is
// 0, +-1 or +-2: one_i and two_i say which (never both), negative_i inverts. A negative product is the
// inverse of the positive one; what that lacks, -p = ~p + 1, is the same for all columns and counted
// once (docs/booth.md).
//   weight_i   this bit of the weight, read where the digit is +-1
//   below_i    the bit below it, read where the digit is +-2
//   INVERT     gives the complement
`default_nettype none

module cim_booth_product #(
  parameter LANES  = 4,
  parameter INVERT = 0
) (
  input  wire             one_i,
  input  wire             two_i,
  input  wire             negative_i,
  input  wire [LANES-1:0] weight_i,
  input  wire [LANES-1:0] below_i,
  output wire [LANES-1:0] product_o
);
  // The exclusive OR of a weight bit and a sign serves two bits of the product.
  wire [LANES-1:0] of_one = {LANES{one_i}} & (weight_i ^ {LANES{negative_i}});
  wire [LANES-1:0] of_two = {LANES{two_i}} & (below_i ^ {LANES{negative_i}});

  generate
    if (INVERT != 0) begin : g_inverted
      assign product_o = ~(of_one | of_two);
    end else begin : g_plain
      assign product_o = of_one | of_two;
    end
  endgenerate
endmodule

`default_nettype wire
