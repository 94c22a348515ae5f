// Weight storage of a block of rows in flip-flops, BANKS weight sets for each, with the bank select.
//   word_line_i  bank b, row r at [b*ROWS + r]: high in the cycle at whose end that row is written
//   data_i       bit b of every lane at [b*LANES +: LANES]
//   bank_i       the bank that is read
//   weight_o     bit b of row r of every lane at [(r*BITS + b)*LANES +: LANES]
`default_nettype none

module cim_weight_flop #(
  parameter LANES     = 4,
  parameter ROWS      = 4,
  parameter BITS      = 4,
  parameter BANKS     = 1,
  parameter BANK_BITS = 1
) (
  input  wire                       clk_i,
  input  wire [BANKS*ROWS-1:0]      word_line_i,
  input  wire [BITS*LANES-1:0]      data_i,
  // Without banks there is nothing to select.
  // verilator lint_off UNUSED
  input  wire [BANK_BITS-1:0]       bank_i,
  // verilator lint_on UNUSED
  output wire [ROWS*BITS*LANES-1:0] weight_o
);
  // Implied by each word line, so no gate remains of it; a simulator skips the rows with one test.
  wire any_word_line = |word_line_i;

  genvar row, bit_index, bank;
  generate
    for (row = 0; row < ROWS; row = row + 1) begin : g_row
      for (bit_index = 0; bit_index < BITS; bit_index = bit_index + 1) begin : g_bit
        if (BANKS == 1) begin : g_single
          reg [LANES-1:0] weight_q;
          always @(posedge clk_i) begin
            if (any_word_line) begin
              if (word_line_i[row]) weight_q <= data_i[bit_index*LANES +: LANES];
            end
          end
          assign weight_o[(row*BITS + bit_index)*LANES +: LANES] = weight_q;
        end else begin : g_banks
          (* mem2reg *) reg [LANES-1:0] weight_q [0:BANKS-1];
          for (bank = 0; bank < BANKS; bank = bank + 1) begin : g_bank
            always @(posedge clk_i) begin
              if (any_word_line) begin
                if (word_line_i[bank*ROWS + row]) begin
                  weight_q[bank] <= data_i[bit_index*LANES +: LANES];
                end
              end
            end
          end
          assign weight_o[(row*BITS + bit_index)*LANES +: LANES] = weight_q[bank_i];
        end
      end
    end
  endgenerate
endmodule

`default_nettype wire
