// The sum over the columns of a logic macro of a number in each of them, bit by bit, the highest first:
// each cycle doubles the sum so far and adds the count of the columns whose bit is 1, or takes it off
// where the bit is a sign.
`default_nettype none

module cim_logic_count #(
  parameter COLUMNS = 64,
  parameter BITS    = 15  // of the sum, which is modulo 2^BITS
) (
  input  wire               clk_i,
  input  wire               add_i,    // columns_i counts in this cycle
  input  wire               first_i,
  input  wire               sign_i,
  input  wire [COLUMNS-1:0] columns_i,
  output wire [BITS-1:0]    sum_o     // with this cycle's
);
  reg [BITS-2:0] sum_q;  // the highest bit would be shifted out

  // Nothing is counted, and nothing toggles, in cycles without a sum.
  wire [COLUMNS-1:0] counted = columns_i & {COLUMNS{add_i}};
  reg  [BITS-1:0]    count;
  integer column;
  always @* begin
    count = {BITS{1'b0}};
    for (column = 0; column < COLUMNS; column = column + 1) begin
      count = count + {{BITS-1{1'b0}}, counted[column]};
    end
  end

  wire [BITS-1:0] doubled = first_i ? {BITS{1'b0}} : {sum_q, 1'b0};
  assign sum_o = sign_i ? doubled - count : doubled + count;

  always @(posedge clk_i) begin
    if (add_i) sum_q <= sum_o[BITS-2:0];
  end
endmodule

`default_nettype wire
