// With LANES = 1, on tiny.lib: each part is a NAND2, a DFF and a LATCH (19 um2), the top has three
// parts and an INV.
`default_nettype none

module cim_nand #(
  parameter LANES = 64
) (
  input  wire [LANES-1:0] a_i,
  input  wire [LANES-1:0] b_i,
  output wire [LANES-1:0] y_o
);
  assign y_o = ~(a_i & b_i);
endmodule

module tiny_part #(
  parameter LANES = 64
) (
  input  wire             clk_i,
  input  wire [LANES-1:0] a_i,
  input  wire [LANES-1:0] b_i,
  output reg  [LANES-1:0] y_o
);
  wire [LANES-1:0] nand_y;
  reg  [LANES-1:0] held_q;
  cim_nand #(.LANES(LANES)) u_nand (.a_i(a_i), .b_i(b_i), .y_o(nand_y));
  always @(clk_i or nand_y) if (clk_i) held_q <= nand_y;
  always @(posedge clk_i) y_o <= held_q;
endmodule

module tiny #(
  parameter LANES = 64
) (
  input  wire             clk_i,
  input  wire [LANES-1:0] a_i,
  input  wire [LANES-1:0] b_i,
  output wire [LANES-1:0] y_o
);
  wire [LANES-1:0] p;
  wire [LANES-1:0] q;
  wire [LANES-1:0] r;
  tiny_part #(.LANES(LANES)) u_p (.clk_i(clk_i), .a_i(a_i), .b_i(b_i), .y_o(p));
  tiny_part #(.LANES(LANES)) u_q (.clk_i(clk_i), .a_i(p), .b_i(b_i), .y_o(q));
  tiny_part #(.LANES(LANES)) u_r (.clk_i(clk_i), .a_i(q), .b_i(p), .y_o(r));
  assign y_o = ~r;
endmodule

`default_nettype wire
