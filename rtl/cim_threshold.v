// Thresholds of LANES columns, BANKS sets of them, and the signs of the sums against them:
// sign = sum >= threshold, by the carry of sum + ~threshold + 1. SIGNED: both are two's complement,
// else unsigned.
//   load_i        bank b at [b]: its thresholds are taken on this edge
//   threshold_i   of lane c at [c*BITS +: BITS]
//   bank_i        the bank whose thresholds count
//   sum_i         bit b of every lane at [b*LANES +: LANES]; SUM_BITS <= BITS
`default_nettype none

module cim_threshold #(
  parameter LANES     = 4,
  parameter SUM_BITS  = 8,
  parameter BITS      = 8,
  parameter SIGNED    = 1,
  parameter BANKS     = 1,
  parameter BANK_BITS = 1
) (
  input  wire                      clk_i,
  input  wire [BANKS-1:0]          load_i,
  input  wire [LANES*BITS-1:0]     threshold_i,
  // Without banks there is nothing to select.
  // verilator lint_off UNUSED
  input  wire [BANK_BITS-1:0]      bank_i,
  // verilator lint_on UNUSED
  input  wire [SUM_BITS*LANES-1:0] sum_i,
  output wire [LANES-1:0]          sign_o
);
  // The thresholds of each bank as planes; those of the banks up to b, where bank_i is one of them.
  genvar bank, b;
  generate
    for (bank = 0; bank < BANKS; bank = bank + 1) begin : g_bank
      wire [BITS*LANES-1:0] planes;
      wire [BITS*LANES-1:0] chosen;
      cim_plane_register #(.CODES(LANES), .BITS(BITS), .PLANES(BITS)) u_thresholds (
        .clk_i(clk_i), .load_i(load_i[bank]), .shift_i(1'b0), .codes_i(threshold_i),
        .planes_o(planes));
      if (bank == 0) begin : g_first
        assign chosen = planes;
      end else begin : g_more
        assign chosen = (bank_i == bank[BANK_BITS-1:0]) ? planes : g_bank[bank-1].chosen;
      end
    end

    for (b = 0; b < BITS; b = b + 1) begin : g_bit
      wire [LANES-1:0] threshold = g_bank[BANKS-1].chosen[b*LANES +: LANES];
      wire [LANES-1:0] sum;
      wire [LANES-1:0] below;
      wire [LANES-1:0] carry;
      if (b < SUM_BITS) begin : g_sum
        assign sum = sum_i[b*LANES +: LANES];
      end else if (SIGNED != 0) begin : g_extended
        assign sum = sum_i[(SUM_BITS-1)*LANES +: LANES];
      end else begin : g_zero
        assign sum = {LANES{1'b0}};
      end
      if (b == 0) begin : g_lowest
        assign below = {LANES{1'b1}};
      end else begin : g_carry
        assign below = g_bit[b-1].carry;
      end
      // A sign bit counts the other way.
      if (SIGNED != 0 && b == BITS - 1) begin : g_sign
        assign carry = (threshold & ~sum) | ((threshold | ~sum) & below);
      end else begin : g_plain
        assign carry = (sum & ~threshold) | ((sum | ~threshold) & below);
      end
    end
  endgenerate
  assign sign_o = g_bit[BITS-1].carry;
endmodule

`default_nettype wire
