// Pseudo-random patterns: a linear-feedback shift register of 32 bits (x^32 + x^22 + x^2 + x + 1)
// and exclusive ors of its bits, others for each bit of the pattern, so that no bit follows its
// neighbour soon (a phase shifter). invert_i turns every bit of the pattern around, ones_i makes all
// of them 1: both where the bits of the register go into the exclusive ors, which are many.
`default_nettype none

module cim_pattern #(
  parameter BITS = 256,
  parameter [31:0] SEED = 32'h1
) (
  input  wire            clk_i,
  input  wire            load_i,  // the seed
  input  wire            step_i,
  input  wire            invert_i,
  input  wire            ones_i,
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

  wire [31:0] first  = (state_q ^ {32{invert_i}}) | {32{ones_i}};
  wire [31:0] others = state_q & {32{~ones_i}};

  genvar i;
  generate
    for (i = 0; i < BITS; i = i + 1) begin : g_bit
      localparam FIRST  = i % 32;
      localparam SECOND = (FIRST + 1 + (i / 32) % 15) % 32;
      localparam THIRD  = (SECOND + 1 + (i / 480) % 13) % 32;
      if (i < 480) begin : g_two
        assign pattern_o[i] = first[FIRST] ^ others[SECOND];
      end else begin : g_three
        assign pattern_o[i] = first[FIRST] ^ others[SECOND] ^ others[THIRD];
      end
    end
  endgenerate
endmodule

`default_nettype wire
