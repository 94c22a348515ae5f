// Exponents of the products of LANES columns: that of the inputs, one for all, and that of each
// column's weights; or with X_LANES = LANES the two parts of the latter. The sum is modulo
// 2^EXPONENT_BITS, which hold it in a macro.
//   x_i     of the inputs, bit b of every one of X_LANES at [b*X_LANES +: X_LANES]
//   y_i     of the weights, bit b of every lane at [b*LANES +: LANES]
//   sum_o   likewise
`default_nettype none

module cim_exponent_sum #(
  parameter LANES         = 4,
  parameter X_LANES       = 1,  // or LANES
  parameter X_BITS        = 8,
  parameter Y_BITS        = 8,
  parameter EXPONENT_BITS = 9  // no less than X_BITS and Y_BITS
) (
  input  wire [X_BITS*X_LANES-1:0]      x_i,
  input  wire [Y_BITS*LANES-1:0]        y_i,
  output wire [EXPONENT_BITS*LANES-1:0] sum_o
);
  genvar b;
  generate
    for (b = 0; b < EXPONENT_BITS; b = b + 1) begin : g_bit
      wire [LANES-1:0] x, y, below;
      // The carry out of the highest bit is dropped.
      // verilator lint_off UNUSED
      wire [LANES-1:0] carry;
      // verilator lint_on UNUSED
      if (b < X_BITS) begin : g_x
        assign x = {(LANES/X_LANES){x_i[b*X_LANES +: X_LANES]}};
      end else begin : g_no_x
        assign x = {LANES{1'b0}};
      end
      if (b < Y_BITS) begin : g_y
        assign y = y_i[b*LANES +: LANES];
      end else begin : g_no_y
        assign y = {LANES{1'b0}};
      end
      if (b == 0) begin : g_lowest
        assign below = {LANES{1'b0}};
      end else begin : g_higher
        assign below = g_bit[b-1].carry;
      end
      assign sum_o[b*LANES +: LANES] = x ^ y ^ below;
      assign carry = (x & y) | (below & (x | y));
    end
  endgenerate
endmodule

`default_nettype wire
