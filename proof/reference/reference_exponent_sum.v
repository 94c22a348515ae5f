// What cim_exponent_sum computes, of one lane: a sum.
`default_nettype none

module reference_exponent_sum #(
  parameter LANES         = 1,
  parameter X_LANES       = 1,
  parameter X_BITS        = 8,
  parameter Y_BITS        = 8,
  parameter EXPONENT_BITS = 9
) (
  input  wire [X_BITS-1:0]        x_i,
  input  wire [Y_BITS-1:0]        y_i,
  output wire [EXPONENT_BITS-1:0] sum_o
);
  assign sum_o = x_i + y_i;
endmodule

`default_nettype wire
