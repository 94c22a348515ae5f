// Shift-accumulator of LANES columns, most significant digit first:
//   next = (first_i ? INITIAL : acc * 2^DIGIT + feed_i) + sum_i        modulo 2^WIDTH
// INITIAL and the digits fed behind it are one constant that cancels the offsets of inverted
// products and of the subtracted sign plane: it enters as one more input would, digit by digit, and
// so costs no adder. FEED = 0: all the fed digits are zero, and feed_i is not used.
//   sum_i    bit b of every lane at [b*LANES +: LANES], unsigned; SUM_BITS <= WIDTH
//   next_o   the accumulated value, before the register, without its DROP lowest bits: bit b of every
//            lane at [(b-DROP)*LANES +: LANES]
`default_nettype none

module cim_shift_accumulator #(
  parameter             LANES    = 64,
  parameter             SUM_BITS = 10,
  parameter             WIDTH    = 14,
  parameter             DIGIT    = 1,
  parameter [WIDTH-1:0] INITIAL  = {WIDTH{1'b0}},
  parameter             FEED     = 0,
  parameter             DROP     = 0
) (
  // With WIDTH <= DIGIT there is nothing to keep, and not every constant has digits to feed.
  // verilator lint_off UNUSED
  input  wire                      clk_i,
  input  wire                      enable_i,
  // verilator lint_on UNUSED
  input  wire                      first_i,
  // verilator lint_off UNUSED
  input  wire [DIGIT-1:0]          feed_i,
  // verilator lint_on UNUSED
  input  wire [SUM_BITS*LANES-1:0] sum_i,
  output wire [(WIDTH-DROP)*LANES-1:0] next_o
);
  // Where nothing is kept, fed or set at the beginning the first step is like any other.
  // verilator lint_off UNUSED
  wire [LANES-1:0] first = {LANES{first_i}};
  // verilator lint_on UNUSED

  genvar b;
  generate
    for (b = 0; b < WIDTH; b = b + 1) begin : g_bit
      // The carry out of the highest bit is dropped: the sum is modulo 2^WIDTH.
      // verilator lint_off UNUSED
      wire [LANES-1:0] carry;
      // verilator lint_on UNUSED
      // A bit that is dropped may be the highest, too, and then goes unread.
      // verilator lint_off UNUSED
      wire [LANES-1:0] next;
      // verilator lint_on UNUSED
      if (b >= DROP) begin : g_seen
        assign next_o[(b-DROP)*LANES +: LANES] = next;
      end

      // The highest digit would be shifted out: it needs no register.
      if (b + DIGIT < WIDTH) begin : g_kept
        reg [LANES-1:0] acc_q;
        always @(posedge clk_i) begin
          if (enable_i) acc_q <= next;
        end
      end

      // What this bit has before the sum comes: shifted in, or the initial value. The lowest may
      // have nothing and need no adder.
      // verilator lint_off UNUSED
      wire [LANES-1:0] base;
      // verilator lint_on UNUSED
      if (b >= DIGIT) begin : g_shifted
        if (INITIAL[b]) begin : g_one
          assign base = g_bit[b-DIGIT].g_kept.acc_q | first;
        end else begin : g_zero
          assign base = g_bit[b-DIGIT].g_kept.acc_q & ~first;
        end
      end else if (FEED != 0) begin : g_fed
        if (INITIAL[b]) begin : g_one
          assign base = {LANES{feed_i[b]}} | first;
        end else begin : g_zero
          assign base = {LANES{feed_i[b]}} & ~first;
        end
      end else if (INITIAL[b]) begin : g_initial
        assign base = first;
      end else begin : g_nothing
        assign base = {LANES{1'b0}};
      end

      // The sum, where it has a bit here, and the carry from below.
      if (b == 0) begin : g_lowest
        if (FEED == 0 && !INITIAL[0]) begin : g_wire
          assign next  = sum_i[0 +: LANES];
          assign carry = {LANES{1'b0}};
        end else begin : g_half
          cim_half_adder #(.LANES(LANES)) u_adder (
            .a_i(base), .b_i(sum_i[0 +: LANES]), .sum_o(next), .carry_o(carry));
        end
      end else if (b < SUM_BITS) begin : g_sum
        cim_full_adder #(.LANES(LANES)) u_adder (
          .a_i(base), .b_i(sum_i[b*LANES +: LANES]), .c_i(g_bit[b-1].carry),
          .sum_o(next), .carry_o(carry));
      end else begin : g_carry
        cim_half_adder #(.LANES(LANES)) u_adder (
          .a_i(base), .b_i(g_bit[b-1].carry), .sum_o(next), .carry_o(carry));
      end
    end
  endgenerate
endmodule

`default_nettype wire
