// Weight storage of a block of rows in latches, for more banks than cim_weight_latch is good at: the
// same ports, the same latches. At most one word line is high.
// Synthesis tools, which define SYNTHESIS, read a cim_weight_latch for each row: of one module with a
// memory for each row and bit they take a time that grows with the square of these. A simulator has one
// memory and one process, where a process for each latch is C++ that takes minutes to compile.
`default_nettype none

module cim_weight_banks #(
  parameter LANES     = 4,
  parameter ROWS      = 4,
  parameter BITS      = 4,
  parameter BANKS     = 16,
  parameter BANK_BITS = 4
) (
  input  wire [BANKS*ROWS-1:0]      word_line_i,
  input  wire [BITS*LANES-1:0]      data_i,
  input  wire [BANK_BITS-1:0]       bank_i,
  output wire [ROWS*BITS*LANES-1:0] weight_o
);
  genvar row;
`ifdef SYNTHESIS
  genvar bank;
  generate
    for (row = 0; row < ROWS; row = row + 1) begin : g_row
      wire [BANKS-1:0] word_line;
      for (bank = 0; bank < BANKS; bank = bank + 1) begin : g_bank
        assign word_line[bank] = word_line_i[bank*ROWS + row];
      end
      cim_weight_latch #(
        .LANES    (LANES),
        .ROWS     (1),
        .BITS     (BITS),
        .BANKS    (BANKS),
        .BANK_BITS(BANK_BITS)
      ) u_latch (
        .word_line_i(word_line),
        .data_i     (data_i),
        .bank_i     (bank_i),
        .weight_o   (weight_o[row*BITS*LANES +: BITS*LANES])
      );
    end
  endgenerate
`else
  reg [BITS*LANES-1:0] weight_q [0:BANKS*ROWS-1];

  // The word line that is high.
  function integer line_of;
    input [BANKS*ROWS-1:0] lines;
    integer line;
    begin
      line_of = 0;
      for (line = 0; line < BANKS*ROWS; line = line + 1) if (lines[line]) line_of = line;
    end
  endfunction

  // A latch, and why it has this form: cim_weight_latch. Indices are as wide as integers.
  // verilator lint_off COMBDLY
  // verilator lint_off WIDTH
  always @(word_line_i or data_i) begin
    if (|word_line_i) weight_q[line_of(word_line_i)] <= data_i;
  end
  // verilator lint_on COMBDLY

  generate
    for (row = 0; row < ROWS; row = row + 1) begin : g_row
      assign weight_o[row*BITS*LANES +: BITS*LANES] = weight_q[bank_i*ROWS + row];
    end
  endgenerate
  // verilator lint_on WIDTH
`endif
endmodule

`default_nettype wire
