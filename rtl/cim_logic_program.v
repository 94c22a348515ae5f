// The micro-programs of a logic macro: what its columns do in a cycle of an operation. No state; see
// cim_logic_sequencer for the cycles and cim_logic_lane for what each control means. b is masked by the
// tag where an operation says `where`.
//   operation   pass   cycle, for bit j of the operands                          what is kept
//   READ               b                                                         result
//   COPY               b                                                         row
//   AND, OR, XOR       a op b                                                    row
//   SELECT             tag ? a : b                                               row
//   ADD, SUB           a + b, a + ~b + 1                                         row, carry
//   MUL         0      tag = bit i of b; the carry of the pass before            row
//               1      row + (tag ? a : 0)                                       row, carry
//   MAX, MIN    0      a + ~b + 1                                                carry: a >= b
//               1      carry ? a : b, or the other one                           row
//   EQUAL              carry & ~(a ^ b)                                          carry; at the end tag
//   LESS               a + ~b + 1                                                carry; at the end tag
//   LOAD               b                                                         tag
//   SUM                b, the highest bit first                                  counted
// In a comparison of signed numbers the highest bits are inverted.
`default_nettype none

module cim_logic_program (
  input  wire [3:0] name_i,
  input  wire       signed_i,     // the operands of a comparison, or of a sum, are two's complement
  input  wire       masked_i,     // `where`
  input  wire       negate_i,
  input  wire       pass_i,
  input  wire       first_bit_i,  // j is 0
  input  wire       last_bit_i,   // j is the highest bit
  input  wire       first_row_i,  // MUL: i is 0
  input  wire       last_row_i,   // MUL: i is past the highest bit
  // The form of the program.
  output wire       is_read_o,    // one cycle, whatever the width
  output wire       is_mul_o,
  output wire       is_sum_o,
  output wire       two_passes_o,
  output wire       use_a_o,      // row a is read
  output wire       use_b_o,      // row b is read, or the key takes its place
  output wire       write_o,      // the result is written
  output wire       give_o,       // the operation gives a result at its end
  // cim_logic_lane.
  output wire       where_o,
  output wire       plain_o,
  output wire       invert_a_o,
  output wire       invert_b_o,
  output wire       use_carry_o,
  output wire       first_o,
  output wire       start_o,
  output wire       majority_o,
  output wire       step_o,
  output wire       take_and_o,
  output wire       take_one_o,
  output wire       by_carry_o,
  output wire       swap_o,
  output wire       invert_o,
  output wire       tag_row_o,
  output wire       invert_tag_o,
  output wire       keep_tag_o,
  output wire       set_tag_o,
  output wire       take_tag_o,
  output wire       set_bit_o
);
  wire read      = name_i == 4'd0;
  wire copy      = name_i == 4'd1;
  wire and_      = name_i == 4'd2;
  wire or_       = name_i == 4'd3;
  wire xor_      = name_i == 4'd4;
  wire select    = name_i == 4'd5;
  wire add       = name_i == 4'd6;
  wire subtract  = name_i == 4'd7;
  wire multiply  = name_i == 4'd8;
  wire maximum   = name_i == 4'd9;
  wire minimum   = name_i == 4'd10;
  wire equal     = name_i == 4'd11;
  wire less      = name_i == 4'd12;
  wire load      = name_i == 4'd13;
  wire sum       = name_i == 4'd14;
  wire nothing   = name_i == 4'd15;

  wire extreme   = maximum | minimum;
  wire test      = equal | less;  // gives the tag
  wire choosing  = extreme & pass_i;
  wire comparing = (extreme & ~pass_i) | less;
  wire row_of_b  = multiply & ~pass_i;

  assign is_read_o    = read | load | nothing;
  assign is_mul_o     = multiply;
  assign is_sum_o     = sum;
  assign two_passes_o = extreme;
  assign use_a_o      = ~(read | copy | load | sum | row_of_b | (multiply & first_row_i));
  assign use_b_o      = ~(row_of_b & last_row_i);
  assign write_o      = copy | and_ | or_ | xor_ | select | add | subtract |
                        (multiply & ~(row_of_b & first_row_i)) | choosing;
  assign give_o       = read | test | sum;

  assign where_o      = (multiply & pass_i) | (masked_i & ~multiply & ~test);
  assign plain_o      = ~multiply & (~masked_i | test);
  assign invert_a_o   = or_ | (comparing & signed_i & last_bit_i);
  assign invert_b_o   = or_ | subtract | equal |
                        (comparing ^ (comparing & signed_i & last_bit_i));
  assign use_carry_o  = add | subtract | multiply | comparing | equal;
  assign first_o      = first_bit_i & ~row_of_b;
  assign start_o      = subtract | comparing | equal;
  assign majority_o   = ~equal;
  assign step_o       = add | subtract | (multiply & pass_i) | comparing | equal;
  assign take_and_o   = and_ | or_;
  assign take_one_o   = select | choosing;
  assign by_carry_o   = extreme;
  assign swap_o       = minimum;
  assign invert_o     = or_ ^ (negate_i & ~multiply & ~sum & ~comparing);
  assign tag_row_o    = load | multiply;
  assign invert_tag_o = ~multiply & (less ^ negate_i);
  assign keep_tag_o   = masked_i & ~multiply;
  assign set_tag_o    = load | (test & last_bit_i) | (row_of_b & ~last_row_i);
  assign take_tag_o   = test;
  assign set_bit_o    = write_o | read | sum | (test & last_bit_i);
endmodule

`default_nettype wire
