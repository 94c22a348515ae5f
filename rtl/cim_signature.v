// The signature of a sequence of words: a register that steps as that of cim_pattern does and takes
// the words of 32 bits of each value in by exclusive or. A wrong value leaves another signature,
// but for one sequence in 2^32 (a multiple-input signature register).
`default_nettype none

module cim_signature #(
  parameter BITS = 64
) (
  input  wire            clk_i,
  input  wire            clear_i,
  input  wire            take_i,
  input  wire [BITS-1:0] data_i,
  output wire [31:0]     signature_o
);
  localparam WORDS = (BITS + 31) / 32;

  wire [32*WORDS-1:0] padded;
  assign padded[BITS-1:0] = data_i;
  generate
    if (32*WORDS > BITS) begin : g_pad
      assign padded[32*WORDS-1:BITS] = {(32*WORDS - BITS){1'b0}};
    end
  endgenerate

  reg [31:0] folded;
  integer word;
  always @* begin
    folded = 32'd0;
    for (word = 0; word < WORDS; word = word + 1) begin
      folded = folded ^ padded[32*word +: 32];
    end
  end

  reg [31:0] state_q;
  always @(posedge clk_i) begin
    if (clear_i) begin
      state_q <= 32'd0;
    end else if (take_i) begin
      state_q <= {state_q[30:0], state_q[31] ^ state_q[21] ^ state_q[1] ^ state_q[0]} ^ folded;
    end
  end
  assign signature_o = state_q;
endmodule

`default_nettype wire
