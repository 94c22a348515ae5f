// A clock gate: clk_o is high in the high half of the clock cycles at whose rising edge enable_i or
// test_mode_i is high. Both must be settled at that edge and may move in the high half. Replace by the
// library's integrated clock gate in a flow that has one; cimforge ppa does.
`default_nettype none

module cim_clock_gate (
  input  wire clk_i,
  input  wire test_mode_i,
  input  wire enable_i,
  output wire clk_o
);
  reg enable_q;

  // A latch on purpose: closed while the clock is high, so that clk_o does not glitch.
  // verilator lint_off LATCH
  always @* begin
    if (!clk_i) enable_q = enable_i | test_mode_i;
  end
  // verilator lint_on LATCH

  assign clk_o = enable_q & clk_i;
endmodule

`default_nettype wire
