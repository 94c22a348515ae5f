// One of the two views of a transposable array, for a block of rows: weight_i in the columns' own
// direction, weight_t_i in that of the transposed matrix.
`default_nettype none

module cim_weight_select #(
  parameter WIDTH = 4096
) (
  input  wire             transpose_i,
  input  wire [WIDTH-1:0] weight_i,
  input  wire [WIDTH-1:0] weight_t_i,
  output wire [WIDTH-1:0] weight_o
);
  assign weight_o = transpose_i ? weight_t_i : weight_i;
endmodule

`default_nettype wire
