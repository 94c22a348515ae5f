// Accumulator of LANES columns whose sums come in any order and each at its place:
//   next = (first_i ? start_i : acc) + sum_i * 2^(DIGIT*i)        modulo 2^WIDTH,  place_i[i] = 1
//   sum_i     bit b of every lane at [b*LANES +: LANES], unsigned; SUM_BITS <= WIDTH
//   place_i   one-hot, or none: nothing is added
//   start_i   one number for all lanes, zero in every step but the first
//   next_o    the accumulated value, before the register, without its DROP lowest bits: bit b of every
//             lane at [(b-DROP)*LANES +: LANES]
`default_nettype none

module cim_place_accumulator #(
  parameter LANES    = 4,
  parameter SUM_BITS = 10,
  parameter WIDTH    = 14,
  parameter DIGIT    = 1,
  parameter STEPS    = 4,
  parameter DROP     = 0
) (
  input  wire                          clk_i,
  input  wire                          enable_i,
  input  wire                          first_i,
  // A truncated result may lie below the highest places.
  // verilator lint_off UNUSED
  input  wire [STEPS-1:0]              place_i,
  // verilator lint_on UNUSED
  input  wire [WIDTH-1:0]              start_i,
  input  wire [SUM_BITS*LANES-1:0]     sum_i,
  output wire [(WIDTH-DROP)*LANES-1:0] next_o
);
  wire [LANES-1:0] first = {LANES{first_i}};

  genvar b, i;
  generate
    for (b = 0; b < WIDTH; b = b + 1) begin : g_bit
      // The carry out of the highest bit is dropped: the sum is modulo 2^WIDTH.
      // verilator lint_off UNUSED
      wire [LANES-1:0] carry;
      // verilator lint_on UNUSED
      wire [LANES-1:0] next;
      if (b >= DROP) begin : g_seen
        assign next_o[(b-DROP)*LANES +: LANES] = next;
      end

      reg [LANES-1:0] acc_q;
      always @(posedge clk_i) begin
        if (enable_i) acc_q <= next;
      end
      wire [LANES-1:0] base = (acc_q & ~first) | {LANES{start_i[b]}};

      // The bit of the sum that each place brings here: ORs from the lowest place on.
      for (i = 0; i < STEPS; i = i + 1) begin : g_place
        // Past the sum at the highest place there is none.
        // verilator lint_off UNUSED
        wire [LANES-1:0] placed;
        // verilator lint_on UNUSED
        if (b < DIGIT*i) begin : g_above
          assign placed = g_bit[b].g_place[i-1].placed;
        end else if (b - DIGIT*i >= SUM_BITS) begin : g_below
          if (i == 0) begin : g_none
            assign placed = {LANES{1'b0}};
          end else begin : g_lower
            assign placed = g_bit[b].g_place[i-1].placed;
          end
        end else begin : g_here
          wire [LANES-1:0] bits = sum_i[(b-DIGIT*i)*LANES +: LANES] & {LANES{place_i[i]}};
          if (i == 0) begin : g_lowest
            assign placed = bits;
          end else begin : g_or
            assign placed = bits | g_bit[b].g_place[i-1].placed;
          end
        end
      end

      if (b == 0) begin : g_lowest
        cim_half_adder #(.LANES(LANES)) u_adder (
          .a_i(base), .b_i(g_place[STEPS-1].placed), .sum_o(next), .carry_o(carry));
      end else if (b < DIGIT*(STEPS-1) + SUM_BITS) begin : g_sum
        cim_full_adder #(.LANES(LANES)) u_adder (
          .a_i(base), .b_i(g_place[STEPS-1].placed), .c_i(g_bit[b-1].carry),
          .sum_o(next), .carry_o(carry));
      end else begin : g_carry
        cim_half_adder #(.LANES(LANES)) u_adder (
          .a_i(base), .b_i(g_bit[b-1].carry), .sum_o(next), .carry_o(carry));
      end
    end
  endgenerate
endmodule

`default_nettype wire
