// Steps the operations of a logic macro through their micro-programs, one row a cycle, and lets the
// writer of rows in between. Every ready is a function of state alone.
// An operation has `bits_i` + 1 bits. Its cycles count j from 0 up, a multiplication has such a pass
// for each bit i of b, after a cycle of its own. The rows of a cycle:
//   a    first + j; of a multiplication, which adds to the result: result + i + j
//   b    second + j; of a sum, from the highest bit down; of a multiplication second + i in the
//        cycle of its own and then first + j
//   d    result + j; of a multiplication i rows on, and its carry in the row past the pass
// Addresses are modulo 2^ROW_BITS. A row that does not exist reads as zeros, and writing it does
// nothing.
// A row that is written is first in the columns' bit registers, from the edge that ends its cycle on,
// and goes to the array in the next cycle (write_line_o). Who reads it there gets it from the registers
// (pending_a_o, pending_b_o), so that each cycle sees the rows as the one before left them.
//   load_o       the bit registers take a row of the writer on this edge
//   step_o       the cycle counts: enables of the registers in the columns
//   sum_o        the registers hold a row of a sum, which is added where sum_add_o is high; first and
//                sign are of its first one
//   give_o       they hold a result, or the last row of one; without ready_i everything stops
`default_nettype none

module cim_logic_sequencer #(
  parameter ROWS      = 4,
  parameter ROW_BITS  = 6,  // enough for ROWS - 1
  parameter KEY_BITS  = 8,
  parameter BITS_BITS = 3   // enough for KEY_BITS - 1, at least 1
) (
  input  wire                 clk_i,
  input  wire                 rst_ni,
  input  wire                 weight_valid_i,
  output wire                 weight_ready_o,
  input  wire [ROW_BITS-1:0]  weight_row_i,
  input  wire                 in_valid_i,
  output wire                 in_ready_o,
  input  wire [7:0]           in_operation_i,
  input  wire [ROW_BITS-1:0]  in_first_i,
  input  wire [ROW_BITS-1:0]  in_second_i,
  input  wire [ROW_BITS-1:0]  in_result_i,
  input  wire [BITS_BITS-1:0] in_bits_i,
  input  wire [KEY_BITS-1:0]  in_data_i,
  // The program.
  output wire [3:0]           name_o,
  output wire                 signed_o,
  output wire                 masked_o,
  output wire                 negate_o,
  output wire                 pass_o,
  output wire                 first_bit_o,
  output wire                 last_bit_o,
  output wire                 first_row_o,
  output wire                 last_row_o,
  input  wire                 is_read_i,
  input  wire                 is_mul_i,
  input  wire                 is_sum_i,
  input  wire                 two_passes_i,
  input  wire                 use_a_i,
  input  wire                 use_b_i,
  input  wire                 write_i,
  input  wire                 give_i,
  // The columns.
  output wire                 load_o,
  output wire                 step_o,
  output wire [ROWS-1:0]      select_a_o,
  output wire [ROWS-1:0]      select_b_o,
  output wire                 pending_a_o,
  output wire                 pending_b_o,
  output wire                 key_o,
  output wire [ROWS-1:0]      write_line_o,
  // The results.
  output wire                 sum_o,
  output wire                 sum_add_o,
  output wire                 sum_first_o,
  output wire                 sum_sign_o,
  output wire                 give_o,
  input  wire                 ready_i
);
  localparam [BITS_BITS-1:0] ONE_BIT = 1;
  localparam [BITS_BITS:0]   ONE_ROW = 1;
  localparam ALL_ROWS = ROWS;
  localparam KEYS     = 1 << BITS_BITS;  // a key bit for every width there can be
  // Row addresses and bit numbers are added in the wider of their widths.
  localparam SUM_BITS = (ROW_BITS > BITS_BITS + 1) ? ROW_BITS : BITS_BITS + 1;

  reg                 busy_q, pass_q, waiting_q;
  reg [7:0]           operation_q;
  reg [ROW_BITS-1:0]  first_q, second_q, result_q;
  reg [BITS_BITS-1:0] last_q, bit_q;  // n - 1, j
  reg [BITS_BITS:0]   row_q;          // i
  reg [KEY_BITS-1:0]  key_q;
  reg                 write_q, sum_q, sum_first_q, sum_sign_q, give_q;
  reg [ROW_BITS-1:0]  written_q;

  wire is_last = bit_q == last_q;

  assign name_o      = operation_q[3:0];
  assign signed_o    = operation_q[5];
  assign masked_o    = operation_q[6];
  assign negate_o    = operation_q[7];
  assign pass_o      = pass_q;
  assign first_bit_o = bit_q == {BITS_BITS{1'b0}};
  assign last_bit_o  = is_last;
  assign first_row_o = row_q == {BITS_BITS+1{1'b0}};
  assign last_row_o  = row_q == {1'b0, last_q} + ONE_ROW;

  // A result without room stops everything.
  wire advance = ~(give_q & ~ready_i);
  wire run     = busy_q & advance;
  // A cycle that stands alone: the first one of a pass of a multiplication.
  wire lone    = is_mul_i & ~pass_q;
  wire ends    = is_read_i | (is_mul_i ? lone & last_row_o : is_last & (pass_q | ~two_passes_i));

  // The writer waits for the end of an operation, and the next operation for the writer.
  assign weight_ready_o = ~busy_q & advance;
  assign in_ready_o     = busy_q ? ends & advance & ~waiting_q : advance | ~waiting_q;
  assign load_o         = weight_valid_i & weight_ready_o;
  assign step_o         = run;
  wire   take           = in_valid_i & in_ready_o;

  // Rows of the cycle.
  // Bits past the address are left out: addresses are modulo.
  // verilator lint_off UNUSED
  function [SUM_BITS-1:0] sum_of;
    input [ROW_BITS-1:0]  base;
    input [BITS_BITS:0]   row;
    input [BITS_BITS-1:0] place;
    reg [SUM_BITS-1:0] wide_base, wide_row, wide_place;
    begin
      wide_base  = {SUM_BITS{1'b0}};
      wide_row   = {SUM_BITS{1'b0}};
      wide_place = {SUM_BITS{1'b0}};
      wide_base[ROW_BITS-1:0]   = base;
      wide_row[BITS_BITS:0]     = row;
      wide_place[BITS_BITS-1:0] = place;
      sum_of = wide_base + wide_row + wide_place;
    end
  endfunction

  wire [BITS_BITS-1:0] place_b = is_sum_i ? last_q - bit_q : is_mul_i ? row_q[BITS_BITS-1:0] : bit_q;
  wire [SUM_BITS-1:0]  wide_a  = sum_of(first_q, {BITS_BITS+1{1'b0}}, bit_q);
  wire [SUM_BITS-1:0]  wide_b  = sum_of(second_q, {BITS_BITS+1{1'b0}}, place_b);
  wire [SUM_BITS-1:0]  wide_d  = sum_of(result_q, row_q, lone ? last_q : bit_q);
  // verilator lint_on UNUSED
  wire [ROW_BITS-1:0]  row_d   = wide_d[ROW_BITS-1:0];
  wire [ROW_BITS-1:0]  row_a   = is_mul_i ? row_d : wide_a[ROW_BITS-1:0];
  wire [ROW_BITS-1:0]  row_b   = is_mul_i & pass_q ? wide_a[ROW_BITS-1:0] : wide_b[ROW_BITS-1:0];

  // The second operand of every operation may be a key.
  reg [KEYS-1:0] keys;
  always @* begin
    keys = {KEYS{1'b0}};
    keys[KEY_BITS-1:0] = key_q;
  end
  wire is_key = operation_q[4] & ~(is_mul_i & pass_q);
  assign key_o = is_key & use_b_i & keys[place_b];

  wire in_a = busy_q & use_a_i;
  wire in_b = busy_q & use_b_i & ~is_key;
  assign pending_a_o = in_a & write_q & (row_a == written_q);
  assign pending_b_o = in_b & write_q & (row_b == written_q);

  cim_decoder #(
    .LINES(ROWS),
    .BITS (ROW_BITS)
  ) u_read_a (
    .enable_i(in_a & ~pending_a_o),
    .number_i(row_a),
    .line_o  (select_a_o)
  );
  cim_decoder #(
    .LINES(ROWS),
    .BITS (ROW_BITS)
  ) u_read_b (
    .enable_i(in_b & ~pending_b_o),
    .number_i(row_b),
    .line_o  (select_b_o)
  );
  cim_decoder #(
    .LINES(ROWS),
    .BITS (ROW_BITS)
  ) u_write (
    .enable_i(write_q),
    .number_i(written_q),
    .line_o  (write_line_o)
  );

  wire [ROW_BITS-1:0] written_d = load_o ? weight_row_i : row_d;
  wire                exists    = {1'b0, written_d} < ALL_ROWS[ROW_BITS:0];

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q    <= 1'b0;
      waiting_q <= 1'b0;
      write_q   <= 1'b0;
      sum_q     <= 1'b0;
      give_q    <= 1'b0;
    end else begin
      waiting_q <= weight_valid_i & ~weight_ready_o;
      write_q   <= (load_o | (run & write_i)) & exists;
      if (take) busy_q <= 1'b1;
      else if (run & ends) busy_q <= 1'b0;
      if (advance) begin
        sum_q  <= run & is_sum_i;
        give_q <= run & give_i & ends;
      end
    end
  end

  always @(posedge clk_i) begin
    if (take) begin
      operation_q <= in_operation_i;
      first_q     <= in_first_i;
      second_q    <= in_second_i;
      result_q    <= in_result_i;
      last_q      <= in_bits_i;
      key_q       <= in_data_i;
      pass_q      <= 1'b0;
      bit_q       <= {BITS_BITS{1'b0}};
      row_q       <= {BITS_BITS+1{1'b0}};
    end else if (run) begin
      bit_q <= lone | is_last ? {BITS_BITS{1'b0}} : bit_q + ONE_BIT;
      if (lone) pass_q <= 1'b1;
      else if (is_last) pass_q <= two_passes_i;
      if (is_mul_i & pass_q & is_last) row_q <= row_q + ONE_ROW;
    end
    if (load_o | run) written_q <= written_d;
    if (run) begin
      sum_first_q <= first_bit_o;
      sum_sign_q  <= first_bit_o & operation_q[5];
    end
  end

  assign sum_o       = sum_q;
  assign sum_add_o   = sum_q & advance;
  assign sum_first_o = sum_first_q;
  assign sum_sign_o  = sum_sign_q;
  assign give_o      = give_q;
endmodule

`default_nettype wire
