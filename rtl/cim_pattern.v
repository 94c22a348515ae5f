// Pseudo-random patterns: a linear-feedback shift register of 32 bits (x^32 + x^22 + x^2 + x + 1)
// and exclusive ors of its bits, others for each bit of the pattern, so that no bit follows its
// neighbour soon (a phase shifter).
`default_nettype none

module cim_pattern #(
  parameter BITS = 256,
  parameter [31:0] SEED = 32'h1
) (
  input  wire            clk_i,
  input  wire            load_i,  // the seed
  input  wire            step_i,
  output wire [BITS-1:0] pattern_o
);
  reg [31:0] state_q;

  always @(posedge clk_i) begin
    if (load_i) begin
      state_q <= SEED;
    end else if (step_i) begin
      state_q <= {state_q[30:0], state_q[31] ^ state_q[21] ^ state_q[1] ^ state_q[0]};
    end
  end

  genvar i;
  generate
    for (i = 0; i < BITS; i = i + 1) begin : g_bit
      localparam FIRST  = i % 32;
      localparam SECOND = (FIRST + 1 + (i / 32) % 15) % 32;
      localparam THIRD  = (SECOND + 1 + (i / 480) % 13) % 32;
      if (i < 480) begin : g_two
        assign pattern_o[i] = state_q[FIRST] ^ state_q[SECOND];
      end else begin : g_three
        assign pattern_o[i] = state_q[FIRST] ^ state_q[SECOND] ^ state_q[THIRD];
      end
    end
  endgenerate
endmodule

`default_nettype wire
