// What vectors take along beside the integer array, first in, first out: as many entries as there can be
// vectors in the array. The control counts (cim_float_control).
`default_nettype none

module cim_sideband #(
  parameter WIDTH      = 64,
  parameter DEPTH      = 2,
  parameter INDEX_BITS = 1
) (
  input  wire                  clk_i,
  input  wire                  push_i,
  input  wire [INDEX_BITS-1:0] write_index_i,
  input  wire [INDEX_BITS-1:0] read_index_i,
  input  wire [WIDTH-1:0]      data_i,
  output wire [WIDTH-1:0]      data_o
);
  (* mem2reg *) reg [WIDTH-1:0] entry_q [0:DEPTH-1];
  genvar i;
  generate
    for (i = 0; i < DEPTH; i = i + 1) begin : g_entry
      always @(posedge clk_i) begin
        if (push_i & (write_index_i == i[INDEX_BITS-1:0])) entry_q[i] <= data_i;
      end
    end
  endgenerate
  assign data_o = entry_q[read_index_i];
endmodule

`default_nettype wire
