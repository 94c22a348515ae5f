// Accumulator of LANES columns whose sums are signed or not, come in any order and each at its place:
//   next = (first_i ? 0 : acc) + (subtract_i ? -s : s) * 2^i    modulo 2^WIDTH,  place_i[i] = 1
//   sum_i, signed_i, subtract_i, result_o   as those of cim_signed_accumulator
//   place_i      one-hot, or none: nothing is added, and subtract_i is low
`default_nettype none

module cim_signed_place_accumulator #(
  parameter LANES    = 4,
  parameter SUM_BITS = 10,
  parameter WIDTH    = 14,
  parameter PLACES   = 4,  // PLACES <= WIDTH
  parameter HELD     = 0
) (
  input  wire                   clk_i,
  input  wire                   enable_i,
  input  wire                   first_i,
  input  wire                   subtract_i,
  input  wire [LANES-1:0]       signed_i,
  input  wire [PLACES-1:0]      place_i,
  input  wire [SUM_BITS*LANES-1:0] sum_i,
  output wire [WIDTH*LANES-1:0] result_o
);
  wire [LANES-1:0] top = sum_i[(SUM_BITS-1)*LANES +: LANES];
  // Above the sum, where there is room: its sign.
  // verilator lint_off UNUSED
  wire [LANES-1:0] extension = signed_i & ~top;
  // verilator lint_on UNUSED

  genvar b, i;
  generate
    for (b = 0; b < WIDTH; b = b + 1) begin : g_bit
      // The carry out of the highest bit is dropped: the sum is modulo 2^WIDTH.
      // verilator lint_off UNUSED
      wire [LANES-1:0] carry;
      // verilator lint_on UNUSED
      wire [LANES-1:0] next;

      reg [LANES-1:0] acc_q;
      always @(posedge clk_i) begin
        if (enable_i) acc_q <= next;
      end
      if (HELD != 0) begin : g_held
        assign result_o[b*LANES +: LANES] = acc_q;
      end else begin : g_next
        assign result_o[b*LANES +: LANES] = next;
      end
      wire [LANES-1:0] base = acc_q & {LANES{~first_i}};

      // The bit of the sum that each place brings here: ORs from the lowest place on. Places so far
      // down that the sum ends below this bit bring its sign.
      wire [LANES-1:0] above;
      if (b >= SUM_BITS) begin : g_sign
        localparam HIGHEST = (b - SUM_BITS < PLACES) ? b - SUM_BITS : PLACES - 1;
        assign above = extension & {LANES{|place_i[HIGHEST:0]}};
      end else begin : g_no_sign
        assign above = {LANES{1'b0}};
      end
      for (i = 0; i < PLACES; i = i + 1) begin : g_place
        wire [LANES-1:0] placed;
        wire [LANES-1:0] lower;
        if (i == 0) begin : g_first
          assign lower = above;
        end else begin : g_or
          assign lower = g_bit[b].g_place[i-1].placed;
        end
        if (b < i || b - i >= SUM_BITS) begin : g_beyond
          assign placed = lower;
        end else if (b - i == SUM_BITS - 1) begin : g_top
          assign placed = lower | ((top ^ signed_i) & {LANES{place_i[i]}});
        end else begin : g_sum
          assign placed = lower | (sum_i[(b-i)*LANES +: LANES] & {LANES{place_i[i]}});
        end
      end

      wire [LANES-1:0] addend = g_place[PLACES-1].placed ^ {LANES{subtract_i}};
      if (b == 0) begin : g_lowest
        cim_full_adder #(.LANES(LANES)) u_adder (
          .a_i(base), .b_i(addend), .c_i({LANES{subtract_i}}), .sum_o(next), .carry_o(carry));
      end else begin : g_higher
        cim_full_adder #(.LANES(LANES)) u_adder (
          .a_i(base), .b_i(addend), .c_i(g_bit[b-1].carry), .sum_o(next), .carry_o(carry));
      end
    end
  endgenerate
endmodule

`default_nettype wire
