// Weight storage of a block of rows in latches, BANKS weight sets for each, with the bank select.
//   word_line_i  bank b, row r at [b*ROWS + r]: the gate of the latches of that row, high while they
//                are open; a gated clock of cim_word_line_gate
//   data_i       bit b of every lane at [b*LANES +: LANES]; still while a word line is high
//   bank_i       the bank that is read
//   weight_o     bit b of row r of every lane at [(r*BITS + b)*LANES +: LANES]
// The explicit sensitivity list with a nonblocking assignment is the latch that Verilator evaluates
// on a change only; with always @* the whole adder tree behind it would be evaluated at every call
// (docs/tool_workarounds.md). Both are the same latch.
`default_nettype none

module cim_weight_latch #(
  parameter LANES     = 4,
  parameter ROWS      = 4,
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
          reg [LANES-1:0] weight_q;
          // A latch: the nonblocking assignment is explained above.
          // verilator lint_off COMBDLY
          always @(word_line_i or data_i) begin
            if (word_line_i[row]) weight_q <= data_i[bit_index*LANES +: LANES];
          end
          // verilator lint_on COMBDLY
          assign weight_o[(row*BITS + bit_index)*LANES +: LANES] = weight_q;
        end else begin : g_banks
          (* mem2reg *) reg [LANES-1:0] weight_q [0:BANKS-1];
          for (bank = 0; bank < BANKS; bank = bank + 1) begin : g_bank
            // verilator lint_off COMBDLY
            always @(word_line_i or data_i) begin
              if (word_line_i[bank*ROWS + row]) begin
                weight_q[bank] <= data_i[bit_index*LANES +: LANES];
              end
            end
            // verilator lint_on COMBDLY
          end
          assign weight_o[(row*BITS + bit_index)*LANES +: LANES] = weight_q[bank_i];
        end
      end
    end
  endgenerate
endmodule

`default_nettype wire
