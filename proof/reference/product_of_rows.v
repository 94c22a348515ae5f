// What the operator * of Verilog is: B shifted, once for each bit of A that is 1, modulo 2^Y_WIDTH. The bit
// of A's sign counts negative. Yosys puts it in the place of its cell $mul; what synthesis makes of the
// operator is a question of the mapped netlist.
`default_nettype none

(* techmap_celltype = "$mul" *)
module product_of_rows (A, B, Y);
  parameter A_SIGNED = 0;
  parameter B_SIGNED = 0;
  parameter A_WIDTH  = 1;
  parameter B_WIDTH  = 1;
  parameter Y_WIDTH  = 1;
  input  wire [A_WIDTH-1:0] A;
  input  wire [B_WIDTH-1:0] B;
  output wire [Y_WIDTH-1:0] Y;
  wire [Y_WIDTH+B_WIDTH-1:0]     b = {{Y_WIDTH{B_SIGNED && B[B_WIDTH-1]}}, B};
  wire [(A_WIDTH+1)*Y_WIDTH-1:0] sums;  // of the rows below each bit
  assign sums[0 +: Y_WIDTH] = 0;
  genvar i;
  generate
    for (i = 0; i < A_WIDTH; i = i + 1) begin : g_row
      wire [Y_WIDTH-1:0] row = A[i] ? b << i : 0;
      if (A_SIGNED && i == A_WIDTH - 1) begin : g_sign
        assign sums[(i+1)*Y_WIDTH +: Y_WIDTH] = sums[i*Y_WIDTH +: Y_WIDTH] - row;
      end else begin : g_add
        assign sums[(i+1)*Y_WIDTH +: Y_WIDTH] = sums[i*Y_WIDTH +: Y_WIDTH] + row;
      end
    end
  endgenerate
  assign Y = sums[A_WIDTH*Y_WIDTH +: Y_WIDTH];
endmodule

`default_nettype wire
