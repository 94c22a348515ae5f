// One of the two rows that a logic macro reads at once: the row whose select is high, or the row that
// is on its way to the array. No select: zeros. At most one is high.
//   rows_i    row r of every lane at [r*LANES +: LANES]
`default_nettype none

module cim_logic_read #(
  parameter LANES = 64,
  parameter ROWS  = 64
) (
  input  wire [ROWS*LANES-1:0] rows_i,
  input  wire [ROWS-1:0]       select_i,
  input  wire [LANES-1:0]      pending_i,
  input  wire                  select_pending_i,
  output wire [LANES-1:0]      row_o
);
  reg [LANES-1:0] found;
  assign row_o = found;

  integer row;
  always @* begin
    found = pending_i & {LANES{select_pending_i}};
    for (row = 0; row < ROWS; row = row + 1) begin
      found = found | (rows_i[row*LANES +: LANES] & {LANES{select_i[row]}});
    end
  end
endmodule

`default_nettype wire
