// What cim_row_decoder computes: each line by itself. Of a row that is none there is no line, and its
// number is cut.
`default_nettype none

module reference_row_decoder #(
  parameter BLOCKS         = 2,
  parameter BLOCK_ROWS     = 32,
  parameter BANKS          = 1,
  parameter ROW_BITS       = 6,
  parameter BLOCK_ROW_BITS = 5,
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
  // Of few bits: Yosys divides with as many.
  localparam [ROW_BITS:0] STEP = BLOCK_ROWS;
  wire [ROW_BITS:0] block = row_i / STEP;
  wire [ROW_BITS:0] rest  = row_i % STEP;
  assign row_o = (row_i < ROWS) ? rest : row_i;
  genvar g, b, r;
  generate
    for (g = 0; g < BLOCKS; g = g + 1) begin : g_block
      assign block_o[g] = block == g;
      for (b = 0; b < BANKS; b = b + 1) begin : g_bank
        assign block_line_o[b*BLOCKS + g] = write_i && bank_i == b && block == g;
      end
    end
    for (b = 0; b < BANKS; b = b + 1) begin : g_lines
      for (r = 0; r < ROWS; r = r + 1) begin : g_row
        assign row_line_o[b*ROWS + r] = write_i && bank_i == b && row_i == r;
      end
    end
  endgenerate
endmodule

`default_nettype wire
