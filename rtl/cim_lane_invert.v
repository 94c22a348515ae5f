// Inverts a bit of LANES columns in those lanes where invert_i is high: the sum over the sign plane of
// weights, which is negative in some columns (-s = ~s + 1; the 1 is one more bit of the heap).
//   INVERT   inverts in the other lanes instead: the number comes inverted, or has to leave so
`default_nettype none

module cim_lane_invert #(
  parameter LANES  = 4,
  parameter INVERT = 0
) (
  input  wire [LANES-1:0] invert_i,
  input  wire [LANES-1:0] data_i,
  output wire [LANES-1:0] data_o
);
  assign data_o = data_i ^ invert_i ^ {LANES{INVERT != 0}};
endmodule

`default_nettype wire
