// Half adder for LANES columns whose bits are all inverted, in and out: with a = ~a_i and b = ~b_i,
// a + b = ~sum_o + 2 ~carry_o in every lane. A full adder is its own dual and needs no such cell.
`default_nettype none

module cim_dual_half_adder #(
  parameter LANES = 4
) (
  input  wire [LANES-1:0] a_i,
  input  wire [LANES-1:0] b_i,
  output wire [LANES-1:0] sum_o,
  output wire [LANES-1:0] carry_o
);
  assign sum_o   = ~(a_i ^ b_i);
  assign carry_o = a_i | b_i;
endmodule

`default_nettype wire
