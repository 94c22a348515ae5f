// Whether the vector in the macro wants the product with the transposed matrix: taken with it, and
// kept for all of its steps.
`default_nettype none

module cim_direction (
  input  wire clk_i,
  input  wire take_i,          // an input vector is accepted on this edge
  input  wire in_transpose_i,
  output reg  transpose_o
);
  always @(posedge clk_i) begin
    if (take_i) transpose_o <= in_transpose_i;
  end
endmodule

`default_nettype wire
