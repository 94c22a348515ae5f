// One of the two rows that a logic macro reads at once: the row whose select is high, or the row that
// is on its way to the array. No select: zeros. At most one is high.
//   rows_i    row r of every lane at [r*LANES +: LANES]
`default_nettype none

module cim_logic_read #(
  parameter LANES = 4,
  parameter ROWS  = 4
) (
  input  wire [ROWS*LANES-1:0] rows_i,
  input  wire [ROWS-1:0]       select_i,
  input  wire [LANES-1:0]      pending_i,
  input  wire                  select_pending_i,
  output wire [LANES-1:0]      row_o
);
  localparam LEVELS = $clog2(ROWS + 1);
  localparam LEAVES = 1 << LEVELS;

  // Half is ORed to half, so that the depth is that of a tree: a synthesis tool leaves a chain a chain.
  reg [LEAVES*LANES-1:0] terms;
  integer row, half;
  always @* begin
    for (row = 0; row < LEAVES; row = row + 1) begin
      terms[row*LANES +: LANES] = {LANES{1'b0}};
      if (row < ROWS) terms[row*LANES +: LANES] = rows_i[row*LANES +: LANES] & {LANES{select_i[row]}};
    end
    terms[ROWS*LANES +: LANES] = pending_i & {LANES{select_pending_i}};
    for (half = LEAVES/2; half > 0; half = half/2) begin
      for (row = 0; row < half; row = row + 1) begin
        terms[row*LANES +: LANES] = terms[row*LANES +: LANES] | terms[(row + half)*LANES +: LANES];
      end
    end
  end
  assign row_o = terms[LANES-1:0];
endmodule

`default_nettype wire
