// Raises one of LINES: that of number_i, where there is such a one and enable_i is high. The two
// halves of the number are decoded apart, so that a line costs a gate of two inputs and the way to it
// grows with the logarithm of BITS.
`default_nettype none

module cim_decoder #(
  parameter LINES = 4,
  parameter BITS  = 2  // 1 at least, and no more than the numbers of the lines have
) (
  input  wire             enable_i,
  input  wire [BITS-1:0]  number_i,
  output wire [LINES-1:0] line_o
);
  localparam LOW_BITS = BITS / 2;
  localparam LOW      = 1 << LOW_BITS;
  localparam HIGH     = (LINES + LOW - 1) / LOW;

  reg [HIGH-1:0] high;
  always @* begin
    high = {HIGH{1'b0}};
    if (enable_i) high[number_i[BITS-1:LOW_BITS]] = 1'b1;
  end

  // Line by line a simulator would make a gate of each.
  genvar piece;
  generate
    if (LOW_BITS == 0) begin : g_whole
      assign line_o = high;
    end else begin : g_halves
      reg [LOW-1:0] low;
      always @* begin
        low = {LOW{1'b0}};
        low[number_i[LOW_BITS-1:0]] = 1'b1;
      end
      for (piece = 0; piece < HIGH; piece = piece + 1) begin : g_piece
        localparam COUNT = (piece + 1) * LOW <= LINES ? LOW : LINES - piece * LOW;
        assign line_o[piece*LOW +: COUNT] = low[COUNT-1:0] & {COUNT{high[piece]}};
      end
    end
  endgenerate
endmodule

`default_nettype wire
