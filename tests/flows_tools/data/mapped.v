// Every kind of storage that a macro may have, for the comparison of a mapped netlist with its
// source: latches of both polarities, flip-flops with and without enable and asynchronous reset.
`default_nettype none

module cim_full_adder #(
  parameter LANES = 64
) (
  input  wire [LANES-1:0] a_i,
  input  wire [LANES-1:0] b_i,
  input  wire [LANES-1:0] c_i,
  output wire [LANES-1:0] sum_o,
  output wire [LANES-1:0] carry_o
);
  wire [LANES-1:0] half = a_i ^ b_i;
  assign sum_o   = half ^ c_i;
  assign carry_o = (a_i & b_i) | (half & c_i);
endmodule

module mapped (
  input  wire       clk_i,
  input  wire       rst_ni,
  input  wire       enable_i,
  input  wire [3:0] a_i,
  input  wire [3:0] b_i,
  output reg  [3:0] count_o,
  output reg  [3:0] high_o,
  output reg  [3:0] low_o,
  output reg  [7:0] sum_o
);
  wire [3:0] sum;
  wire [3:0] carry;
  cim_full_adder #(.LANES(4)) u_adder (
    .a_i(a_i), .b_i(b_i), .c_i(count_o), .sum_o(sum), .carry_o(carry));

  always @(clk_i or a_i) if (clk_i) high_o <= a_i;
  always @(clk_i or b_i) if (!clk_i) low_o <= b_i;
  always @(posedge clk_i or negedge rst_ni)
    if (!rst_ni) count_o <= 4'd0;
    else if (enable_i) count_o <= count_o + a_i;
  always @(posedge clk_i) if (enable_i) sum_o <= {carry, sum};
endmodule

`default_nettype wire
