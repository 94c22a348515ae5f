// What stands in simulation for bitcells, BANKS weight sets for each row, of LANES columns. Synthesis
// has a black box in its place (docs/storage.md).
//   word_line_i  bank b, row r at [b*ROWS + r]: high while the cells of that row take what the bit
//                lines hold; a gated clock of cim_word_line_gate
//   data_i       the bit lines: bit b of every lane at [b*LANES +: LANES]; still while a word line
//                is high
//   bank_i       the bank that is shown
//   weight_o     bit b of row r of every lane at [(r*BITS + b)*LANES +: LANES]
// A written cell follows its bit line as a latch does, and a cell whose word line is low keeps its
// bit for ever: reading does not disturb it. The sensitivity list with a nonblocking assignment is
// for Verilator's sake, as in cim_weight_latch.
`default_nettype none

module cim_weight_bitcell #(
  parameter LANES     = 64,
  parameter ROWS      = 16,
  parameter BITS      = 4,
  parameter BANKS     = 1,
  parameter BANK_BITS = 1
) (
  input  wire [BANKS*ROWS-1:0]      word_line_i,
  input  wire [BITS*LANES-1:0]      data_i,
  // Without banks there is nothing to select.
  // verilator lint_off UNUSED
  input  wire [BANK_BITS-1:0]       bank_i,
  // verilator lint_on UNUSED
  output wire [ROWS*BITS*LANES-1:0] weight_o
);
  genvar row, bit_index, bank;
  generate
    for (row = 0; row < ROWS; row = row + 1) begin : g_row
      for (bit_index = 0; bit_index < BITS; bit_index = bit_index + 1) begin : g_bit
        if (BANKS == 1) begin : g_single
          reg [LANES-1:0] cell_q;
          // A level-sensitive cell: the nonblocking assignment is explained above.
          // verilator lint_off COMBDLY
          always @(word_line_i or data_i) begin
            if (word_line_i[row]) cell_q <= data_i[bit_index*LANES +: LANES];
          end
          // verilator lint_on COMBDLY
          assign weight_o[(row*BITS + bit_index)*LANES +: LANES] = cell_q;
        end else begin : g_banks
          (* mem2reg *) reg [LANES-1:0] cell_q [0:BANKS-1];
          for (bank = 0; bank < BANKS; bank = bank + 1) begin : g_bank
            // verilator lint_off COMBDLY
            always @(word_line_i or data_i) begin
              if (word_line_i[bank*ROWS + row]) begin
                cell_q[bank] <= data_i[bit_index*LANES +: LANES];
              end
            end
            // verilator lint_on COMBDLY
          end
          assign weight_o[(row*BITS + bit_index)*LANES +: LANES] = cell_q[bank_i];
        end
      end
    end
  endgenerate
endmodule

`default_nettype wire
