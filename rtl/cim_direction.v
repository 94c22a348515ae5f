// Whether the vector in the macro wants the product with the transposed matrix: taken with it, and
// kept for all of its steps.
`default_nettype none

module cim_direction (
  input  wire clk_i,
  input  wire take_i,          // an input vector is accepted on this edge
  input  wire in_transpose_i,
  output wire transpose_o
);
  reg transpose_q;
  always @(posedge clk_i) begin
    if (take_i) transpose_q <= in_transpose_i;
  end
  assign transpose_o = transpose_q;
endmodule

`default_nettype wire
