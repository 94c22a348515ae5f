// cim_word_line_gate with a test pin: while test_mode_i is high every word line is high in the low
// half of each clock cycle, so that the latches behind it are open then and hold nothing of their
// own, and a scan chain sees through them. What they held is lost.
`default_nettype none

module cim_word_line_test_gate #(
  parameter WIDTH = 64
) (
  input  wire             clk_i,
  input  wire             test_mode_i,
  input  wire [WIDTH-1:0] enable_i,
  output wire [WIDTH-1:0] word_line_o
);
  reg [WIDTH-1:0] enable_q;

  // A latch on purpose: transparent while the clock is high, so that no word line glitches.
  // verilator lint_off LATCH
  always @* begin
    if (clk_i) enable_q = enable_i | {WIDTH{test_mode_i}};
  end
  // verilator lint_on LATCH

  assign word_line_o = enable_q & {WIDTH{~clk_i}};
endmodule

`default_nettype wire
