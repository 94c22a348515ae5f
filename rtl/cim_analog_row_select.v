// The codes of the row drivers: those of a vector, or while a row is programmed that row alone, with
// the code 1, so that a converter at its finest range reads the level of one device.
//   code_i, code_o   row r at [r*CODE_BITS +: CODE_BITS]
`default_nettype none

module cim_analog_row_select #(
  parameter ROWS      = 4,
  parameter ROW_BITS  = 6,
  parameter CODE_BITS = 1
) (
  input  wire                      one_row_i,
  input  wire [ROW_BITS-1:0]       row_i,
  input  wire [ROWS*CODE_BITS-1:0] code_i,
  output wire [ROWS-1:0]           enable_o,
  output wire [ROWS*CODE_BITS-1:0] code_o
);
  localparam ONE = 1;

  genvar block, r;  // blocks of 64: tools limit the length of a loop
  generate
    for (block = 0; block < ROWS; block = block + 64) begin : g_rows
      for (r = block; r < ROWS && r < block + 64; r = r + 1) begin : g_row
        localparam INDEX = r;
        assign enable_o[r] = ~one_row_i | (row_i == INDEX[ROW_BITS-1:0]);
        assign code_o[r*CODE_BITS +: CODE_BITS] =
            one_row_i ? ONE[CODE_BITS-1:0] : code_i[r*CODE_BITS +: CODE_BITS];
      end
    end
  endgenerate
endmodule

`default_nettype wire
