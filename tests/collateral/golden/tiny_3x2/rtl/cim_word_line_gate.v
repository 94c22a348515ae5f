// Clock gates of the word lines: word_line_o[i] is high in the low half of a clock cycle in which
// enable_i[i] is high, so the latches behind it close with the rising edge at which flip-flops
// would have sampled. enable_i must be settled at the falling edge. Replace by the library's
// integrated clock gate (negative pulse: clock inverted) in a flow that has one.
`default_nettype none

module cim_word_line_gate #(
  parameter WIDTH = 64
) (
  input  wire             clk_i,
  input  wire [WIDTH-1:0] enable_i,
  output wire [WIDTH-1:0] word_line_o
);
  reg [WIDTH-1:0] enable_q;

  // A latch on purpose: transparent while the clock is high, so that no word line glitches.
  // verilator lint_off LATCH
  always @* begin
    if (clk_i) enable_q = enable_i;
  end
  // verilator lint_on LATCH

  assign word_line_o = enable_q & {WIDTH{~clk_i}};
endmodule

`default_nettype wire
