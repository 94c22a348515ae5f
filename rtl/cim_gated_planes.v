// cim_plane_register whose codes have a clock gate each: the register of a code that is zero gets no
// clock and keeps what it had, and live_o tells its reader to take zeros instead.
//   planes_o   as in cim_plane_register; of a code that is not live they may be anything
//   live_o     bit c: code c is not zero
//   test_mode_i  opens all gates, and the codes are lost
//   GATED      0: no gates, as cim_plane_register, and every code is live
//   SHIFTS     0: shift_i is never high, and all gates stand behind the one of the flags
// Synthesis tools, which define SYNTHESIS, read the gates. A simulator moves whole planes: it loads
// the zeros, and every code is live. Behind the AND with live_o, both are the same.
`default_nettype none

module cim_gated_planes #(
  parameter CODES  = 1,  // up to 64
  parameter BITS   = 1,
  parameter PLANES = 1,  // PLANES >= BITS
  parameter SIGNED = 1,
  parameter DIGIT  = 1,
  // A simulator has no gates.
  // verilator lint_off UNUSED
  parameter GATED  = 1,
  parameter SHIFTS = 1
  // verilator lint_on UNUSED
) (
  input  wire                    clk_i,
  // A simulator has no gates.
  // verilator lint_off UNUSED
  input  wire                    test_mode_i,
  // verilator lint_on UNUSED
  input  wire                    load_i,
  // Without shifts nothing reads it.
  // verilator lint_off UNUSED
  input  wire                    shift_i,
  // verilator lint_on UNUSED
  input  wire [CODES*BITS-1:0]   codes_i,
  output wire [PLANES*CODES-1:0] planes_o,
  output wire [CODES-1:0]        live_o
);
`ifdef SYNTHESIS
  localparam PLAIN = (GATED == 0) ? 1 : 0;
`else
  localparam PLAIN = 1;
`endif

  genvar c, b;
  generate
    if (PLAIN != 0) begin : g_plain
      cim_plane_register #(
        .CODES (CODES),
        .BITS  (BITS),
        .PLANES(PLANES),
        .SIGNED(SIGNED),
        .DIGIT (DIGIT)
      ) u_planes (
        .clk_i   (clk_i),
        .load_i  (load_i),
        .shift_i (shift_i),
        .codes_i (codes_i),
        .planes_o(planes_o)
      );
      assign live_o = {CODES{1'b1}};
    end else begin : g_gated
      wire load_clk;
      cim_clock_gate u_load (
        .clk_i      (clk_i),
        .test_mode_i(test_mode_i),
        .enable_i   (load_i),
        .clk_o      (load_clk)
      );

      for (c = 0; c < CODES; c = c + 1) begin : g_code
        wire [BITS-1:0] code     = codes_i[c*BITS +: BITS];
        wire            not_zero = |code;
        wire            sign     = (SIGNED != 0) & code[BITS-1];
        // What is past PLANES belongs to no digit.
        // verilator lint_off UNUSED
        wire [PLANES+BITS-1:0] extended = {{PLANES{sign}}, code};
        // verilator lint_on UNUSED
        reg              live_q;
        reg [PLANES-1:0] planes_q;
        wire             row_clk;

        always @(posedge load_clk) live_q <= not_zero;

        if (SHIFTS != 0) begin : g_shifts
          wire moves = load_i ? not_zero : shift_i & live_q;
          cim_clock_gate u_row (
            .clk_i      (clk_i),
            .test_mode_i(test_mode_i),
            .enable_i   (moves),
            .clk_o      (row_clk)
          );
          always @(posedge row_clk) begin
            planes_q <= load_i ? extended[PLANES-1:0] : planes_q << DIGIT;
          end
        end else begin : g_loads
          cim_clock_gate u_row (
            .clk_i      (load_clk),
            .test_mode_i(test_mode_i),
            .enable_i   (not_zero),
            .clk_o      (row_clk)
          );
          always @(posedge row_clk) planes_q <= extended[PLANES-1:0];
        end

        assign live_o[c] = live_q;
        for (b = 0; b < PLANES; b = b + 1) begin : g_plane
          assign planes_o[b*CODES + c] = planes_q[b];
        end
      end
    end
  endgenerate
endmodule

`default_nettype wire
