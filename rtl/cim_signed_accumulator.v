// Shift-accumulator of LANES columns whose sums are signed or not, bit by bit of the inputs, the most
// significant first:
//   next = (first_i ? 0 : 2 acc) + (subtract_i ? -s : s)        modulo 2^WIDTH
//   sum_i        bit b of every lane at [b*LANES +: LANES], SUM_BITS <= WIDTH. In lanes without
//                signed_i it is s; in the others, whose sign plane was subtracted, s + 2^(SUM_BITS-1)
//   subtract_i   the first step of signed inputs
//   result_o     bit b of every lane at [b*LANES +: LANES]: next, or with HELD what was accumulated
//                last, in the cycle after it
`default_nettype none

module cim_signed_accumulator #(
  parameter LANES    = 4,
  parameter SUM_BITS = 10,
  parameter WIDTH    = 14,
  parameter HELD     = 0
) (
  // With WIDTH = 1 there is nothing to keep.
  // verilator lint_off UNUSED
  input  wire                   clk_i,
  input  wire                   enable_i,
  input  wire                   first_i,
  // verilator lint_on UNUSED
  input  wire                   subtract_i,
  input  wire [LANES-1:0]       signed_i,
  input  wire [SUM_BITS*LANES-1:0] sum_i,
  output wire [WIDTH*LANES-1:0] result_o
);
  wire [LANES-1:0] top = sum_i[(SUM_BITS-1)*LANES +: LANES];
  // Above the sum, where there is room: its sign, inverted where it is subtracted.
  // verilator lint_off UNUSED
  wire [LANES-1:0] extension = (signed_i & ~top) ^ {LANES{subtract_i}};
  // verilator lint_on UNUSED

  genvar b;
  generate
    for (b = 0; b < WIDTH; b = b + 1) begin : g_bit
      // The carry out of the highest bit is dropped: the sum is modulo 2^WIDTH.
      // verilator lint_off UNUSED
      wire [LANES-1:0] carry;
      // verilator lint_on UNUSED
      wire [LANES-1:0] next;
      wire [LANES-1:0] addend;

      if (b < SUM_BITS - 1) begin : g_sum
        assign addend = sum_i[b*LANES +: LANES] ^ {LANES{subtract_i}};
      end else if (b == SUM_BITS - 1) begin : g_top
        assign addend = top ^ signed_i ^ {LANES{subtract_i}};
      end else begin : g_extension
        assign addend = extension;
      end

      // The highest bit would be shifted out: it is only kept to be seen.
      if (b + 1 < WIDTH || HELD != 0) begin : g_kept
        reg [LANES-1:0] acc_q;
        always @(posedge clk_i) begin
          if (enable_i) acc_q <= next;
        end
      end
      if (HELD != 0) begin : g_held
        assign result_o[b*LANES +: LANES] = g_kept.acc_q;
      end else begin : g_next
        assign result_o[b*LANES +: LANES] = next;
      end

      if (b == 0) begin : g_lowest
        // Nothing is shifted in: the 1 of a negation has its place here.
        cim_half_adder #(.LANES(LANES)) u_adder (
          .a_i({LANES{subtract_i}}), .b_i(addend), .sum_o(next), .carry_o(carry));
      end else begin : g_shifted
        wire [LANES-1:0] base = g_bit[b-1].g_kept.acc_q & {LANES{~first_i}};
        cim_full_adder #(.LANES(LANES)) u_adder (
          .a_i(base), .b_i(addend), .c_i(g_bit[b-1].carry), .sum_o(next), .carry_o(carry));
      end
    end
  endgenerate
endmodule

`default_nettype wire
