// The vector that a near-memory macro computes: keeps its codes and gives that of one row a step, in
// the cycle in which the memory gives the weights of the row.
//   take_i   a vector is accepted
//   step_i   the memory reads the weights of the next row
`default_nettype none

module cim_near_input #(
  parameter ROWS     = 4,
  parameter ROW_BITS = 6,
  parameter BITS     = 4
) (
  input  wire                 clk_i,
  input  wire                 take_i,
  input  wire                 step_i,
  input  wire [ROWS*BITS-1:0] codes_i,  // row r at [r*BITS +: BITS]
  output wire [BITS-1:0]      code_o
);
  localparam [ROW_BITS-1:0] ONE = 1;

  // The codes stand still and a multiplexer goes along them: moving them would switch every bit of
  // the vector every cycle.
  reg [ROWS*BITS-1:0] codes_q;
  reg [ROW_BITS-1:0]  row_q;
  reg [BITS-1:0]      code_q;
  // verilator lint_off UNUSED
  wire [31:0]         row = {{(32-ROW_BITS){1'b0}}, row_q};
  // verilator lint_on UNUSED
  assign code_o = code_q;

  always @(posedge clk_i) begin
    if (step_i) begin
      code_q <= codes_q[row*BITS +: BITS];
      row_q  <= row_q + ONE;
    end
    if (take_i) begin
      codes_q <= codes_i;
      row_q   <= {ROW_BITS{1'b0}};
    end
  end
endmodule

`default_nettype wire
