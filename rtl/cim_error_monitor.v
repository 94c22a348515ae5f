// Counts errors, and asks for attention. Counters stop at their greatest value. What happens on the
// edge that sees clear_i counts already.
//   mended_i     something was mended
//   flagged_i    a result with a flag is handed over
//   fatal_i      a word that cannot be mended was read
//   irq_o        high from a flagged result or such a word on
`default_nettype none

module cim_error_monitor #(
  parameter WIDTH = 8
) (
  input  wire             clk_i,
  input  wire             rst_ni,
  input  wire             clear_i,
  input  wire             mended_i,
  input  wire             flagged_i,
  input  wire             fatal_i,
  output wire [WIDTH-1:0] mended_o,
  output wire [WIDTH-1:0] flagged_o,
  output wire             irq_o
);
  reg [WIDTH-1:0] mended_q, flagged_q;
  reg             irq_q;

  localparam [WIDTH-1:0] ZERO = 0;
  localparam [WIDTH-1:0] ONE  = 1;

  wire [WIDTH-1:0] mended  = clear_i ? ZERO : mended_q;
  wire [WIDTH-1:0] flagged = clear_i ? ZERO : flagged_q;

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      mended_q  <= ZERO;
      flagged_q <= ZERO;
      irq_q     <= 1'b0;
    end else begin
      if (clear_i | mended_i)  mended_q  <= mended_i & ~&mended ? mended + ONE : mended;
      if (clear_i | flagged_i) flagged_q <= flagged_i & ~&flagged ? flagged + ONE : flagged;
      irq_q <= (irq_q & ~clear_i) | flagged_i | fatal_i;
    end
  end

  assign mended_o  = mended_q;
  assign flagged_o = flagged_q;
  assign irq_o     = irq_q;
endmodule

`default_nettype wire
