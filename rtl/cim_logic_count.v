// The sum over the columns of a logic macro of a number in each of them, bit by bit, the highest first:
// each cycle doubles the sum so far and adds the count of the columns whose bit is 1, or takes it off
// where the bit is a sign.
`default_nettype none

module cim_logic_count #(
  parameter COLUMNS = 4,
  parameter BITS    = 15  // of the sum, which is modulo 2^BITS; more than those of COLUMNS
) (
  input  wire               clk_i,
  input  wire               counts_i,  // columns_i is a row of the sum
  input  wire               add_i,     // it is added on this edge
  input  wire               first_i,
  input  wire               sign_i,
  input  wire [COLUMNS-1:0] columns_i,
  output wire [BITS-1:0]    sum_o      // with this cycle's
);
  localparam COUNT_BITS = $clog2(COLUMNS + 1);
  localparam LEAVES     = 1 << $clog2(COLUMNS);

  reg [BITS-2:0] sum_q;  // the highest bit would be shifted out

  // Nothing is counted, and nothing toggles, in cycles without a sum. Half is added to half, so that
  // the depth is that of a tree.
  wire [COLUMNS-1:0] counted = columns_i & {COLUMNS{counts_i}};
  reg [LEAVES*COUNT_BITS-1:0] terms;
  integer column, half;
  always @* begin
    for (column = 0; column < LEAVES; column = column + 1) begin
      terms[column*COUNT_BITS +: COUNT_BITS] = {COUNT_BITS{1'b0}};
      if (column < COLUMNS) terms[column*COUNT_BITS] = counted[column];
    end
    for (half = LEAVES/2; half > 0; half = half/2) begin
      for (column = 0; column < half; column = column + 1) begin
        terms[column*COUNT_BITS +: COUNT_BITS] = terms[column*COUNT_BITS +: COUNT_BITS] +
                                                 terms[(column + half)*COUNT_BITS +: COUNT_BITS];
      end
    end
  end

  wire [BITS-1:0] count   = {{BITS-COUNT_BITS{1'b0}}, terms[COUNT_BITS-1:0]};
  wire [BITS-1:0] doubled = first_i ? {BITS{1'b0}} : {sum_q, 1'b0};
  assign sum_o = sign_i ? doubled - count : doubled + count;

  always @(posedge clk_i) begin
    if (add_i) sum_q <= sum_o[BITS-2:0];
  end
endmodule

`default_nettype wire
