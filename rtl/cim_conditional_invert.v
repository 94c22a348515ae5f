// Inverts a number of LANES columns where invert_i is high: the sign plane of a bit-serial input,
// whose sum is subtracted (-s = ~s + 1; the planner puts the 1 into the accumulator's constant).
//   INVERT   inverts where invert_i is low instead: the number comes inverted, or has to leave so
`default_nettype none

module cim_conditional_invert #(
  parameter LANES  = 4,
  parameter INVERT = 0
) (
  input  wire             invert_i,
  input  wire [LANES-1:0] data_i,
  output wire [LANES-1:0] data_o
);
  assign data_o = data_i ^ {LANES{invert_i ^ (INVERT != 0)}};
endmodule

`default_nettype wire
