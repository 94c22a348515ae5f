// Full adder (3:2 compressor) for LANES columns at once: a + b + c = sum + 2 carry in every lane.
// The planner connects the input that arrives last to c_i, the fast one.
`default_nettype none

module cim_full_adder #(
  parameter LANES = 4
) (
  input  wire [LANES-1:0] a_i,
  input  wire [LANES-1:0] b_i,
  input  wire [LANES-1:0] c_i,
  output wire [LANES-1:0] sum_o,
  output wire [LANES-1:0] carry_o
);
  wire [LANES-1:0] half = a_i ^ b_i;

  assign sum_o   = half ^ c_i;
  assign carry_o = (a_i & b_i) | (half & c_i);
endmodule

`default_nettype wire
