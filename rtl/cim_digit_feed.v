// Gives out a constant digit by digit, the most significant one first, one each step: what the
// shift-accumulator takes in behind its initial value.
//   DIGITS    digit of step t at [(STEPS-1-t)*DIGIT +: DIGIT]
//   enable_i  a step of the accumulator
`default_nettype none

module cim_digit_feed #(
  parameter                   STEPS     = 4,
  parameter                   STEP_BITS = 2,
  parameter                   DIGIT     = 1,
  parameter [STEPS*DIGIT-1:0] DIGITS    = {STEPS*DIGIT{1'b0}}
) (
  input  wire             clk_i,
  input  wire             rst_ni,
  input  wire             enable_i,
  output wire [DIGIT-1:0] digit_o
);
  localparam                 LAST_STEP = STEPS - 1;
  localparam [STEP_BITS-1:0] ONE       = 1;

  reg [STEP_BITS-1:0] left_q;  // steps that are left after this one

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      left_q <= LAST_STEP[STEP_BITS-1:0];
    end else if (enable_i) begin
      left_q <= (left_q == {STEP_BITS{1'b0}}) ? LAST_STEP[STEP_BITS-1:0] : left_q - ONE;
    end
  end

  assign digit_o = DIGITS[left_q*DIGIT +: DIGIT];
endmodule

`default_nettype wire
