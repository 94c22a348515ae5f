// Random inputs; every output after both edges, one line each: the same for source and netlist.
`timescale 1ns / 10ps
module bench;
  reg clk = 1'b0;
  reg rst_n = 1'b0;
  reg enable = 1'b0;
  reg [3:0] a = 4'd0;
  reg [3:0] b = 4'd0;
  wire [3:0] count;
  wire [3:0] high;
  wire [3:0] low;
  wire [7:0] sum;
  integer seed = 1;
  integer i;

  mapped u_mapped (
    .clk_i(clk), .rst_ni(rst_n), .enable_i(enable), .a_i(a), .b_i(b),
    .count_o(count), .high_o(high), .low_o(low), .sum_o(sum));

  initial begin
    for (i = 0; i < 400; i = i + 1) begin
      #50 a = $random(seed); b = $random(seed); enable = (i < 4) | $random(seed);
      rst_n = (i >= 2) & (i % 97 != 50);
      #50 clk = ~clk;
      #50 if (i > 6) $display("%0d %h %h %h %h", i, count, high, low, sum);
    end
    $finish;
  end
endmodule
