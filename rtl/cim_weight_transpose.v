// The transposed view of an array of SIZE rows and columns: what the slices see in place of weight_i
// where W^T counts. Both views have the slices one after the other, LANES columns each but for the
// last. In a slice of L lanes bit b of row r of lane l stands at [(r*BITS + b)*L + l]; with CODES = 1
// codes stay whole, and it stands at [(r*L + l)*BITS + b].
// Synthesis has wires: bit b of (r, c) in one view is bit b of (c, r) in the other. A simulator would
// move every bit of the array one by one whenever one of them, or the bank, changed. For it there is
// a second copy, into which a word line writes a row as a column (docs/transpose.md); weight_i is
// then not read, nor what the copy needs in synthesis.
//   word_line_i   bank b, row r at [b*SIZE + r]: as in the storage; at most one of them is high
//   load_i        weight_data_i is taken for the next row that is written, column c at
//                 [c*BITS +: BITS]
//   bank_i        the bank that is read
`default_nettype none

module cim_weight_transpose #(
  parameter SIZE      = 4,
  parameter BITS      = 4,
  parameter LANES     = 4,
  parameter CODES     = 0,
  parameter BANKS     = 1,
  parameter BANK_BITS = 1
) (
  // verilator lint_off UNUSED
  input  wire                      clk_i,
  input  wire                      load_i,
  input  wire [SIZE*BITS-1:0]      weight_data_i,
  input  wire [BANKS*SIZE-1:0]     word_line_i,
  input  wire [BANK_BITS-1:0]      bank_i,
  input  wire [SIZE*SIZE*BITS-1:0] weight_i,
  // verilator lint_on UNUSED
  output wire [SIZE*SIZE*BITS-1:0] weight_t_o
);
  localparam FULL = SIZE / LANES * LANES;  // columns of whole slices

`ifdef SYNTHESIS
  genvar slice_row, slice_column, row, column, bit_index;
  generate
    for (slice_row = 0; slice_row < SIZE; slice_row = slice_row + LANES) begin : g_rows
      localparam ROWS_HERE = slice_row < FULL ? LANES : SIZE - FULL;
      for (slice_column = 0; slice_column < SIZE; slice_column = slice_column + LANES)
      begin : g_columns
        localparam COLUMNS_HERE = slice_column < FULL ? LANES : SIZE - FULL;
        for (row = 0; row < ROWS_HERE; row = row + 1) begin : g_row
          for (column = 0; column < COLUMNS_HERE; column = column + 1) begin : g_column
            if (CODES == 1 || LANES == 1) begin : g_code
              // Of lane `column` of its slice here, of lane `row` of the other slice there.
              assign weight_t_o[slice_column*SIZE*BITS
                                + ((slice_row + row)*COLUMNS_HERE + column)*BITS +: BITS] =
                  weight_i[slice_row*SIZE*BITS
                           + ((slice_column + column)*ROWS_HERE + row)*BITS +: BITS];
            end else begin : g_planes
              for (bit_index = 0; bit_index < BITS; bit_index = bit_index + 1) begin : g_bit
                assign weight_t_o[slice_column*SIZE*BITS
                                  + ((slice_row + row)*BITS + bit_index)*COLUMNS_HERE + column] =
                    weight_i[slice_row*SIZE*BITS
                             + ((slice_column + column)*BITS + bit_index)*ROWS_HERE + row];
              end
            end
          end
        end
      end
    end
  endgenerate
`else
  localparam TOTAL = SIZE * SIZE * BITS;

  // The row on its way to the array, as in the write buffers of the slices.
  reg [SIZE*BITS-1:0] row_q;
  always @(posedge clk_i) begin
    if (load_i) row_q <= weight_data_i;
  end

  wire [TOTAL-1:0] view [0:BANKS-1];
  genvar bank;
  generate
    for (bank = 0; bank < BANKS; bank = bank + 1) begin : g_bank
      wire [SIZE-1:0]  lines = word_line_i[bank*SIZE +: SIZE];
      reg  [TOTAL-1:0] weight_q;
      reg  [TOTAL-1:0] next;
      integer row, lanes, base, code, code_bit;
      // A latch, evaluated on a change only: see cim_weight_latch. What is assigned by `=` are
      // variables of this process alone.
      // verilator lint_off COMBDLY
      // verilator lint_off BLKSEQ
      always @(lines or row_q) begin
        if (|lines) begin
          row = 0;
          for (code = 1; code < SIZE; code = code + 1) begin
            if (lines[code]) row = code;
          end
          // The row is a lane of this slice.
          lanes = row < FULL ? LANES : SIZE - FULL;
          base  = row < FULL ? row / LANES * LANES : FULL;
          next  = weight_q;
          for (code = 0; code < SIZE; code = code + 1) begin
            for (code_bit = 0; code_bit < BITS; code_bit = code_bit + 1) begin
              if (CODES == 1) begin
                next[base*SIZE*BITS + (code*lanes + row - base)*BITS + code_bit] =
                    row_q[code*BITS + code_bit];
              end else begin
                next[base*SIZE*BITS + (code*BITS + code_bit)*lanes + row - base] =
                    row_q[code*BITS + code_bit];
              end
            end
          end
          weight_q <= next;
        end
      end
      // verilator lint_on BLKSEQ
      // verilator lint_on COMBDLY
      assign view[bank] = weight_q;
    end
  endgenerate
  generate
    if (BANKS == 1) begin : g_single
      assign weight_t_o = view[0];
    end else begin : g_select
      assign weight_t_o = view[bank_i];
    end
  endgenerate
`endif
endmodule

`default_nettype wire
