// What a column of a logic macro has below its cells: one bit of arithmetic and logic on the bits a and
// b of two rows, a carry, a tag, and the bit that goes back to the array or out.
//   b is first       b = (row b or key) and, of (where, plain), 01: as it is, 10: where the tag is 1,
//                    00: zero; then a and b are inverted as invert_a, invert_b say
//   carry in         use_carry ? (first ? start : carry) : 0
//   carry out        majority(a, b, carry in); without `majority`: (a ^ b) & carry in
//   result           take_and: a & b; take_one: a or b; else a ^ b ^ carry in; inverted by invert.
//                    take_one takes a where the tag is 1 (by_carry: where the carry is), or b there
//                    with swap
//   new tag          row b (tag_row) or carry out, inverted by invert_tag; keep_tag: and the old tag
//   bit_o            load: data_i; else take_tag: the new tag; else the result
// The enables are step (carry), set_tag and set_bit.
`default_nettype none

module cim_logic_lane #(
  parameter LANES = 4
) (
  input  wire             clk_i,
  input  wire [LANES-1:0] row_a_i,
  input  wire [LANES-1:0] row_b_i,
  input  wire [LANES-1:0] data_i,
  input  wire             load_i,
  input  wire             key_i,
  input  wire             where_i,
  input  wire             plain_i,
  input  wire             invert_a_i,
  input  wire             invert_b_i,
  input  wire             use_carry_i,
  input  wire             first_i,
  input  wire             start_i,
  input  wire             majority_i,
  input  wire             step_i,
  input  wire             take_and_i,
  input  wire             take_one_i,
  input  wire             by_carry_i,
  input  wire             swap_i,
  input  wire             invert_i,
  input  wire             tag_row_i,
  input  wire             invert_tag_i,
  input  wire             keep_tag_i,
  input  wire             set_tag_i,
  input  wire             take_tag_i,
  input  wire             set_bit_i,
  output wire [LANES-1:0] bit_o
);
  reg [LANES-1:0] carry_q, tag_q, bit_q;
  assign bit_o = bit_q;

  wire [LANES-1:0] row_b = row_b_i | {LANES{key_i}};
  wire [LANES-1:0] a = row_a_i ^ {LANES{invert_a_i}};
  wire [LANES-1:0] b = (row_b & ((tag_q & {LANES{where_i}}) | {LANES{plain_i}})) ^
                       {LANES{invert_b_i}};

  wire [LANES-1:0] both     = a & b;
  wire [LANES-1:0] one      = a ^ b;
  wire [LANES-1:0] carry_in = {LANES{use_carry_i}} & (first_i ? {LANES{start_i}} : carry_q);
  wire [LANES-1:0] carry    = (both & {LANES{majority_i}}) | (one & carry_in);

  wire [LANES-1:0] choice = (by_carry_i ? carry_q : tag_q) ^ {LANES{swap_i}};
  wire [LANES-1:0] result = (take_and_i ? both :
                             take_one_i ? (a & choice) | (b & ~choice) : one ^ carry_in) ^
                            {LANES{invert_i}};
  wire [LANES-1:0] tag    = ((tag_row_i ? row_b : carry) ^ {LANES{invert_tag_i}}) &
                            (tag_q | {LANES{~keep_tag_i}});

  always @(posedge clk_i) begin
    if (step_i) carry_q <= carry;
    if (set_tag_i) tag_q <= tag;
    if (load_i) bit_q <= data_i;
    else if (set_bit_i) bit_q <= take_tag_i ? tag : result;
  end
endmodule

`default_nettype wire
