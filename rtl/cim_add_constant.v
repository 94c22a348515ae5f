// Adds a constant to the sum of LANES columns, modulo 2^WIDTH: the offset of the inverted products
// of a macro that takes all input bits in one cycle.
//   sum_i   bit b of every lane at [b*LANES +: LANES], unsigned; SUM_BITS <= WIDTH
//   sum_o   the sum without its DROP lowest bits: bit b of every lane at [(b-DROP)*LANES +: LANES]
`default_nettype none

module cim_add_constant #(
  parameter             LANES    = 64,
  parameter             SUM_BITS = 10,
  parameter             WIDTH    = 14,
  parameter [WIDTH-1:0] CONSTANT = {WIDTH{1'b0}},
  parameter             DROP     = 0
) (
  input  wire [SUM_BITS*LANES-1:0] sum_i,
  output wire [(WIDTH-DROP)*LANES-1:0] sum_o
);
  genvar b;
  generate
    for (b = 0; b < WIDTH; b = b + 1) begin : g_bit
      // The carry out of the highest bit is dropped: the sum is modulo 2^WIDTH.
      // verilator lint_off UNUSED
      wire [LANES-1:0] carry;
      // verilator lint_on UNUSED
      wire [LANES-1:0] data;
      wire [LANES-1:0] below;

      if (b < SUM_BITS) begin : g_sum
        assign data = sum_i[b*LANES +: LANES];
      end else begin : g_zero
        assign data = {LANES{1'b0}};
      end
      if (b == 0) begin : g_lowest
        assign below = {LANES{1'b0}};
      end else begin : g_carry
        assign below = g_bit[b-1].carry;
      end

      // A bit that is dropped only gives its carry.
      // verilator lint_off UNUSED
      wire [LANES-1:0] sum;
      // verilator lint_on UNUSED
      if (CONSTANT[b]) begin : g_add_one
        assign sum   = ~(data ^ below);
        assign carry = data | below;
      end else begin : g_add_none
        assign sum   = data ^ below;
        assign carry = data & below;
      end
      if (b >= DROP) begin : g_seen
        assign sum_o[(b-DROP)*LANES +: LANES] = sum;
      end
    end
  endgenerate
endmodule

`default_nettype wire
