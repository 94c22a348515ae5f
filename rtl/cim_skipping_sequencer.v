// Steps input vectors through the macro as cim_sequencer does, but only through the digits that have
// a bit which is 1 in some row: a vector takes as many cycles as it has such digits, and one where it
// has none, in which nothing is selected, placed or visited. Digits are numbered from the least
// significant one, and taken in that order.
//   nonzero_i           digit i of the vector on the bus has such a bit; read where take_o is high
//   digit_o             one-hot: the digit that stage 0 multiplies, or none
//   negate_o            stage NEGATE_STAGE holds the most significant digit of a vector
//   first_o             the last stage holds the first digit that its vector visits
//   place_o             one-hot: the digit in the last stage, or none
//   visited_o           all the digits that its vector visits
// The others are those of cim_sequencer. Every ready is a function of state alone.
`default_nettype none

module cim_skipping_sequencer #(
  parameter STEPS     = 4,
  parameter PIPELINE  = 0,
  parameter RANK_BITS = 1,  // PIPELINE, at least 1
  parameter NEGATE_STAGE = 0,
  parameter BANK_BITS = 1
) (
  input  wire                 clk_i,
  input  wire                 rst_ni,
  input  wire                 in_valid_i,
  output wire                 in_ready_o,
  input  wire [BANK_BITS-1:0] in_bank_i,
  input  wire [STEPS-1:0]     nonzero_i,
  input  wire                 hold_i,
  output wire                 take_o,
  output wire                 busy_o,
  output wire [BANK_BITS-1:0] bank_o,
  output wire [STEPS-1:0]     digit_o,
  output wire [RANK_BITS-1:0] rank_enable_o,
  output wire                 negate_o,
  output wire                 first_o,
  output wire [STEPS-1:0]     place_o,
  output wire [STEPS-1:0]     visited_o,
  output wire                 accumulate_o,
  output wire                 result_valid_o,
  input  wire                 result_ready_i
);
  localparam [STEPS-1:0] ONE = 1;

  // Stage 0: the vector in the input register.
  reg                 busy_q;
  reg [BANK_BITS-1:0] bank_q;
  reg                 begins_q;  // its first step
  reg [STEPS-1:0]     digit_q;   // one-hot
  reg [STEPS-1:0]     left_q;    // digits to visit after this one
  reg [STEPS-1:0]     visits_q;  // all that the vector visits

  wire [PIPELINE:0]             valid;
  wire [PIPELINE:0]             first;
  wire [PIPELINE:0]             last;
  wire [(PIPELINE+1)*STEPS-1:0] place;
  wire [(PIPELINE+1)*STEPS-1:0] visited;

  // Last stage: a complete result without room stops all stages.
  wire advance = ~(valid[PIPELINE] & last[PIPELINE] & ~result_ready_i);

  assign valid[0]            = busy_q & ~hold_i;
  assign first[0]            = begins_q;
  assign last[0]             = left_q == {STEPS{1'b0}};
  assign place[0 +: STEPS]   = digit_q;
  assign visited[0 +: STEPS] = visits_q;

  wire step = valid[0] & advance;

  assign in_ready_o = ~busy_q | (step & last[0]);
  assign take_o     = in_valid_i & in_ready_o;
  assign busy_o     = busy_q;
  assign bank_o     = bank_q;
  assign digit_o    = digit_q;

  wire [STEPS-1:0] pool   = take_o ? nonzero_i : left_q;
  wire [STEPS-1:0] lowest = pool & (~pool + ONE);

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
    end else if (take_o) begin
      busy_q <= 1'b1;
    end else if (step & last[0]) begin
      busy_q <= 1'b0;
    end
  end

  always @(posedge clk_i) begin
    if (take_o) begin
      bank_q   <= in_bank_i;
      visits_q <= nonzero_i;
    end
    if (take_o | step) begin
      begins_q <= take_o;
      digit_q  <= lowest;
      left_q   <= pool & ~lowest;
    end
  end

  // The tags of the partial sums in the register ranks.
  genvar stage;
  generate
    for (stage = 1; stage <= PIPELINE; stage = stage + 1) begin : g_stage
      reg             valid_q, first_q, last_q;
      reg [STEPS-1:0] place_q, visited_q;
      always @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) begin
          valid_q <= 1'b0;
          first_q <= 1'b0;
          last_q  <= 1'b0;
        end else if (advance) begin
          valid_q <= valid[stage-1];
          first_q <= first[stage-1];
          last_q  <= last[stage-1];
        end
      end
      always @(posedge clk_i) begin
        if (advance) begin
          place_q   <= place[(stage-1)*STEPS +: STEPS];
          visited_q <= visited[(stage-1)*STEPS +: STEPS];
        end
      end
      assign valid[stage] = valid_q;
      assign first[stage] = first_q;
      assign last[stage]  = last_q;
      assign place[stage*STEPS +: STEPS]   = place_q;
      assign visited[stage*STEPS +: STEPS] = visited_q;
    end
  endgenerate

  generate
    if (PIPELINE == 0) begin : g_no_rank
      assign rank_enable_o = 1'b0;
    end else begin : g_rank
      assign rank_enable_o = valid[PIPELINE-1:0] & {PIPELINE{advance}};
    end
  endgenerate
  assign negate_o       = place[NEGATE_STAGE*STEPS + STEPS - 1];
  assign first_o        = first[PIPELINE];
  assign place_o        = place[PIPELINE*STEPS +: STEPS];
  assign visited_o      = visited[PIPELINE*STEPS +: STEPS];
  assign accumulate_o   = valid[PIPELINE] & advance;
  assign result_valid_o = valid[PIPELINE] & last[PIPELINE];
endmodule

`default_nettype wire
