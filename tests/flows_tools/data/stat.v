module leaf (
  input  wire a,
  input  wire b,
  output wire y
);
  assign y = ~(a & b);
endmodule

module pair (
  input  wire [1:0] a,
  input  wire [1:0] b,
  output wire [1:0] y
);
  leaf u0 (.a(a[0]), .b(b[0]), .y(y[0]));
  leaf u1 (.a(a[1]), .b(b[1]), .y(y[1]));
endmodule

module top (
  input  wire       c,
  input  wire [3:0] a,
  input  wire [3:0] b,
  output reg  [3:0] q
);
  wire [3:0] y;
  pair u_pair (.a(a[1:0]), .b(b[1:0]), .y(y[1:0]));
  assign y[3:2] = a[3:2] ^ b[3:2];
  always @(posedge c) q <= y;
endmodule
