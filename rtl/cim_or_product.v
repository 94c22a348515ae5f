// Products of one bit of a group of ROWS rows, joined by OR: one bit of the heap where there would be
// ROWS of them (docs/approximation.md).
//   input_i   row r of the group at [r]; all lanes share it
//   weight_i  row r of the group at [r*LANES +: LANES]
// INVERT = 1 gives the complement, an AND-OR-INVERT gate: for ORs of negative weight, and for heaps
// that hold every bit inverted.
`default_nettype none

module cim_or_product #(
  parameter LANES  = 4,
  parameter ROWS   = 2,
  parameter INVERT = 0
) (
  input  wire [ROWS-1:0]       input_i,
  input  wire [ROWS*LANES-1:0] weight_i,
  output wire [LANES-1:0]      product_o
);
  genvar row;
  generate
    for (row = 0; row < ROWS; row = row + 1) begin : g_row
      wire [LANES-1:0] joined;  // of this row and those below it
      if (row == 0) begin : g_first
        assign joined = weight_i[0 +: LANES] & {LANES{input_i[0]}};
      end else begin : g_next
        assign joined = g_row[row-1].joined | (weight_i[row*LANES +: LANES] & {LANES{input_i[row]}});
      end
    end
    if (INVERT != 0) begin : g_inverted
      assign product_o = ~g_row[ROWS-1].joined;
    end else begin : g_plain
      assign product_o = g_row[ROWS-1].joined;
    end
  endgenerate
endmodule

`default_nettype wire
