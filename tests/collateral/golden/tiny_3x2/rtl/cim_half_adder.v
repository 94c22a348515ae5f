// Half adder (2:2 compressor) for LANES columns at once: a + b = sum + 2 carry in every lane.
`default_nettype none

module cim_half_adder #(
  parameter LANES = 4
) (
  input  wire [LANES-1:0] a_i,
  input  wire [LANES-1:0] b_i,
  output wire [LANES-1:0] sum_o,
  output wire [LANES-1:0] carry_o
);
  assign sum_o   = a_i ^ b_i;
  assign carry_o = a_i & b_i;
endmodule

`default_nettype wire
