// The place of a row: its block, its number in the block, and the word lines of what is kept beside the
// weights.
//   write_i      a row is written at the end of this cycle
//   block_o      bit g: the row stands in block g
//   row_o        its number there
//   row_line_o   bank b, row r at [b*BLOCKS*BLOCK_ROWS + r]
//   block_line_o bank b, block g at [b*BLOCKS + g]
`default_nettype none

module cim_row_decoder #(
  parameter BLOCKS         = 2,
  parameter BLOCK_ROWS     = 32,
  parameter BANKS          = 1,
  parameter ROW_BITS       = 6,  // of all rows, at least 1
  parameter BLOCK_ROW_BITS = 5,  // of the rows of a block, at least 1
  parameter BANK_BITS      = 1
) (
  input  wire                               write_i,
  input  wire [BANK_BITS-1:0]               bank_i,
  input  wire [ROW_BITS-1:0]                row_i,
  output wire [BLOCKS-1:0]                  block_o,
  output wire [BLOCK_ROW_BITS-1:0]          row_o,
  output wire [BANKS*BLOCKS*BLOCK_ROWS-1:0] row_line_o,
  output wire [BANKS*BLOCKS-1:0]            block_line_o
);
  localparam ROWS = BLOCKS*BLOCK_ROWS;

  localparam [ROW_BITS:0] STEP = BLOCK_ROWS;

  reg [BLOCKS-1:0] in_block;
  // Rows before the one, in its block; the bits above it are 0.
  // verilator lint_off UNUSED
  reg [ROW_BITS:0] row;
  // verilator lint_on UNUSED
  reg [ROW_BITS:0] first;
  integer block;
  always @* begin
    in_block = {BLOCKS{1'b0}};
    row      = {1'b0, row_i};
    first    = {ROW_BITS+1{1'b0}};
    for (block = 0; block < BLOCKS; block = block + 1) begin
      if ({1'b0, row_i} >= first && {1'b0, row_i} < first + STEP) begin
        in_block[block] = 1'b1;
        row = {1'b0, row_i} - first;
      end
      first = first + STEP;
    end
  end

  assign block_o = in_block;
  assign row_o   = row[BLOCK_ROW_BITS-1:0];

  genvar bank;
  generate
    for (bank = 0; bank < BANKS; bank = bank + 1) begin : g_bank
      wire here = write_i & (bank_i == bank[BANK_BITS-1:0]);
      cim_decoder #(
        .LINES(ROWS),
        .BITS (ROW_BITS)
      ) u_rows (
        .enable_i(here),
        .number_i(row_i),
        .line_o  (row_line_o[bank*ROWS +: ROWS])
      );
      assign block_line_o[bank*BLOCKS +: BLOCKS] = in_block & {BLOCKS{here}};
    end
  endgenerate
endmodule

`default_nettype wire
