// What cim_product_exponent loads: the largest S for which the exponents of some product that counts add up
// to at least S, from its highest bit down. No two products are compared.
`default_nettype none

module reference_product_exponent #(
  parameter LANES    = 1,
  parameter ROWS     = 64,
  parameter EXPONENT = 4,
  parameter FRACTION = 3,
  parameter SPECIALS = 1,
  parameter X_BITS   = 4,
  parameter SUM_BITS = 5,
  parameter BITS     = 1 + EXPONENT + FRACTION
) (
  input  wire                       clk_i,
  input  wire                       load_i,
  input  wire [ROWS*BITS*LANES-1:0] planes_i,
  input  wire [ROWS*X_BITS-1:0]     exponents_i,
  input  wire [ROWS-1:0]            counts_i,
  output wire [SUM_BITS*LANES-1:0]  largest_o
);
  localparam [BITS-2:0] ONES     = {BITS-1{1'b1}};
  localparam [BITS-2:0] INFINITY = ONES << FRACTION;

  genvar lane, r, b;
  generate
    for (lane = 0; lane < LANES; lane = lane + 1) begin : g_lane
      wire [ROWS-1:0]     in  [0:SUM_BITS];
      wire [ROWS-1:0]     has [0:SUM_BITS-1];
      wire [SUM_BITS-1:0] most;
      for (r = 0; r < ROWS; r = r + 1) begin : g_row
        wire [BITS-2:0] magnitude;
        for (b = 0; b < BITS - 1; b = b + 1) begin : g_code
          assign magnitude[b] = planes_i[(r*BITS + b)*LANES + lane];
        end
        wire [EXPONENT-1:0] field = magnitude >> FRACTION;
        wire [SUM_BITS-1:0] sum = ((field == 0) ? 1 : field) + exponents_i[r*X_BITS +: X_BITS];
        assign in[SUM_BITS][r] = counts_i[r] && magnitude != 0 &&
                                 ((SPECIALS == 2) ? magnitude < INFINITY :
                                  (SPECIALS == 1) ? magnitude != ONES : 1'b1);
        for (b = 0; b < SUM_BITS; b = b + 1) begin : g_bit
          assign has[b][r] = in[b+1][r] && sum[b];
          assign in[b][r]  = in[b+1][r] && (sum[b] || !most[b]);
        end
      end
      for (b = 0; b < SUM_BITS; b = b + 1) begin : g_most
        assign most[b] = has[b] != 0;
        assign largest_o[b*LANES + lane] = most[b];
      end
    end
  endgenerate
endmodule

`default_nettype wire
