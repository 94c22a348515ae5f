// Rules of cim_logic_sequencer that hold in every state, reachable or not, for every input: what is
// read comes from one row, or from the row that is on its way, and one row is written. A row on its way is
// never read from the array.
module logic_sequencer_rules #(
  parameter ROWS      = 4,
  parameter ROW_BITS  = 2,
  parameter KEY_BITS  = 2,
  parameter BITS_BITS = 1
) (
  input  wire                 clk_i,
  input  wire                 weight_valid_i,
  input  wire [ROW_BITS-1:0]  weight_row_i,
  input  wire                 in_valid_i,
  input  wire [7:0]           in_operation_i,
  input  wire [ROW_BITS-1:0]  in_first_i,
  input  wire [ROW_BITS-1:0]  in_second_i,
  input  wire [ROW_BITS-1:0]  in_result_i,
  input  wire [BITS_BITS-1:0] in_bits_i,
  input  wire [KEY_BITS-1:0]  in_data_i,
  input  wire                 ready_i,
  output wire                 holds_o
);
  wire [ROWS-1:0] select_a, select_b, write_line;
  wire [3:0]      name;
  wire is_signed, masked, negate, pass, first_bit, last_bit, first_row, last_row;
  wire is_read, is_mul, is_sum, two_passes, use_a, use_b, write, give;
  wire load, step, pending_a, pending_b, key;

  cim_logic_program u_program (
    .name_i(name), .signed_i(is_signed), .masked_i(masked), .negate_i(negate), .pass_i(pass), .first_bit_i(first_bit), .last_bit_i(last_bit),
    .first_row_i(first_row), .last_row_i(last_row), .is_read_o(is_read), .is_mul_o(is_mul),
    .is_sum_o(is_sum), .two_passes_o(two_passes), .use_a_o(use_a), .use_b_o(use_b),
    .write_o(write), .give_o(give), .where_o(), .plain_o(), .invert_a_o(), .invert_b_o(),
    .use_carry_o(), .first_o(), .start_o(), .majority_o(), .step_o(), .take_and_o(),
    .take_one_o(), .by_carry_o(), .swap_o(), .invert_o(), .tag_row_o(), .invert_tag_o(),
    .keep_tag_o(), .set_tag_o(), .take_tag_o(), .set_bit_o());

  cim_logic_sequencer #(
    .ROWS(ROWS), .ROW_BITS(ROW_BITS), .KEY_BITS(KEY_BITS), .BITS_BITS(BITS_BITS)
  ) u_sequencer (
    .clk_i(clk_i), .rst_ni(1'b1), .weight_valid_i(weight_valid_i), .weight_ready_o(),
    .weight_row_i(weight_row_i), .in_valid_i(in_valid_i), .in_ready_o(),
    .in_operation_i(in_operation_i), .in_first_i(in_first_i), .in_second_i(in_second_i),
    .in_result_i(in_result_i), .in_bits_i(in_bits_i), .in_data_i(in_data_i),
    .name_o(name), .signed_o(is_signed), .masked_o(masked), .negate_o(negate), .pass_o(pass), .first_bit_o(first_bit), .last_bit_o(last_bit),
    .first_row_o(first_row), .last_row_o(last_row), .is_read_i(is_read), .is_mul_i(is_mul),
    .is_sum_i(is_sum), .two_passes_i(two_passes), .use_a_i(use_a), .use_b_i(use_b),
    .write_i(write), .give_i(give), .load_o(load), .step_o(step), .select_a_o(select_a),
    .select_b_o(select_b), .pending_a_o(pending_a), .pending_b_o(pending_b), .key_o(key),
    .write_line_o(write_line), 
    .sum_o(), .sum_add_o(), .sum_first_o(), .sum_sign_o(), .give_o(), .ready_i(ready_i));

  // One bit at most is 1.
  function single;
    input [ROWS:0] lines;
    single = (lines & (lines - 1)) == 0;
  endfunction

  assign holds_o = single({pending_a, select_a}) && single({pending_b | key, select_b}) &&
                   single({1'b0, write_line}) && !(write_line & select_a) &&
                   !(write_line & select_b) && !(load && step);
endmodule
