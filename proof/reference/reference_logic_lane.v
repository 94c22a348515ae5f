// What cim_logic_lane is proved to be, for one column: choices spelled out, and sums by addition.
module reference_logic_lane (
  input  wire clk_i,
  input  wire row_a_i,
  input  wire row_b_i,
  input  wire data_i,
  input  wire load_i,
  input  wire key_i,
  input  wire where_i,
  input  wire plain_i,
  input  wire invert_a_i,
  input  wire invert_b_i,
  input  wire use_carry_i,
  input  wire first_i,
  input  wire start_i,
  input  wire majority_i,
  input  wire step_i,
  input  wire take_and_i,
  input  wire take_one_i,
  input  wire by_carry_i,
  input  wire swap_i,
  input  wire invert_i,
  input  wire tag_row_i,
  input  wire invert_tag_i,
  input  wire keep_tag_i,
  input  wire set_tag_i,
  input  wire take_tag_i,
  input  wire set_bit_i,
  output wire bit_o
);
  reg carry_q, tag_q, bit_q;
  assign bit_o = bit_q;

  reg       b, a, carry_in, carry, result, tag, takes_a;
  reg [1:0] total;
  always @* begin
    b = key_i ? 1'b1 : row_b_i;
    // The tag of a row that is loaded is that row before the mask.
    tag = b;
    if (!plain_i && !(where_i && tag_q)) b = 1'b0;
    if (invert_b_i) b = !b;
    a = invert_a_i ? !row_a_i : row_a_i;

    carry_in = 1'b0;
    if (use_carry_i) carry_in = first_i ? start_i : carry_q;
    total = {1'b0, a} + {1'b0, b} + {1'b0, carry_in};
    carry = total[1];
    if (!majority_i) carry = (a != b) && carry_in;

    takes_a = by_carry_i ? carry_q : tag_q;
    if (swap_i) takes_a = !takes_a;
    if (take_and_i) result = a && b;
    else if (take_one_i) result = takes_a ? a : b;
    else result = total[0];
    if (invert_i) result = !result;

    if (!tag_row_i) tag = carry;
    if (invert_tag_i) tag = !tag;
    if (keep_tag_i && !tag_q) tag = 1'b0;
  end

  always @(posedge clk_i) begin
    if (step_i) carry_q <= carry;
    if (set_tag_i) tag_q <= tag;
    if (load_i) bit_q <= data_i;
    else if (set_bit_i) bit_q <= take_tag_i ? tag : result;
  end
endmodule
