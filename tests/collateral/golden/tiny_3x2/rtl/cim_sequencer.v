// Steps input vectors through the macro, STEPS cycles each, and their partial sums through PIPELINE
// ranks of registers into the accumulator and the output register. Everything stops while a result
// waits for room; every ready is a function of state alone.
//   stage 0 is the array with its multipliers, stage PIPELINE the accumulator.
//   shift_o             the serialiser moves on to the next digit (or takes a new vector: take_o)
//   rank_enable_o[i]    register rank i + 1 of the tree takes a partial sum; PIPELINE = 0: nothing
//   negate_o            stage NEGATE_STAGE holds the first (most significant) digit of a vector
//   first_o             so does the last stage
//   accumulate_o        the accumulator takes a partial sum
//   result_valid_o      the partial sum completes a result; result_ready_i: there is room for it
`default_nettype none

module cim_sequencer #(
  parameter STEPS     = 4,
  parameter STEP_BITS = 2,  // enough for STEPS - 1, at least 1
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
  input  wire                 hold_i,
  output wire                 take_o,
  output wire                 shift_o,
  output wire                 busy_o,
  output wire [BANK_BITS-1:0] bank_o,
  output wire [RANK_BITS-1:0] rank_enable_o,
  output wire                 negate_o,
  output wire                 first_o,
  output wire                 accumulate_o,
  output wire                 result_valid_o,
  input  wire                 result_ready_i
);
  localparam [STEP_BITS-1:0] ONE = 1;

  // Stage 0: the vector in the serialiser.
  reg                 busy_q;
  reg [BANK_BITS-1:0] bank_q;
  reg [STEP_BITS-1:0] step_q;

  wire [PIPELINE:0] valid;
  wire [PIPELINE:0] first;
  wire [PIPELINE:0] last;

  // Last stage: a complete result without room stops all stages.
  wire advance = ~(valid[PIPELINE] & last[PIPELINE] & ~result_ready_i);

  assign valid[0] = busy_q & ~hold_i;
  assign first[0] = step_q == {STEP_BITS{1'b0}};
  generate
    if (STEPS == 1) begin : g_parallel
      assign last[0] = 1'b1;
    end else begin : g_serial
      localparam LAST_STEP = STEPS - 1;
      assign last[0] = step_q == LAST_STEP[STEP_BITS-1:0];
    end
  endgenerate

  wire step = valid[0] & advance;

  assign in_ready_o = ~busy_q | (step & last[0]);
  assign take_o     = in_valid_i & in_ready_o;
  assign shift_o    = step;
  assign busy_o     = busy_q;
  assign bank_o     = bank_q;

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      step_q <= {STEP_BITS{1'b0}};
    end else begin
      if (take_o) begin
        busy_q <= 1'b1;
      end else if (step & last[0]) begin
        busy_q <= 1'b0;
      end
      if (step) begin
        step_q <= last[0] ? {STEP_BITS{1'b0}} : step_q + ONE;
      end
    end
  end

  always @(posedge clk_i) begin
    if (take_o) bank_q <= in_bank_i;
  end

  // The tags of the partial sums in the register ranks.
  genvar stage;
  generate
    for (stage = 1; stage <= PIPELINE; stage = stage + 1) begin : g_stage
      reg valid_q, first_q, last_q;
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
      assign valid[stage] = valid_q;
      assign first[stage] = first_q;
      assign last[stage]  = last_q;
    end
  endgenerate

  generate
    if (PIPELINE == 0) begin : g_no_rank
      assign rank_enable_o = 1'b0;
    end else begin : g_rank
      assign rank_enable_o = valid[PIPELINE-1:0] & {PIPELINE{advance}};
    end
  endgenerate
  assign negate_o       = first[NEGATE_STAGE];
  assign first_o        = first[PIPELINE];
  assign accumulate_o   = valid[PIPELINE] & advance;
  assign result_valid_o = valid[PIPELINE] & last[PIPELINE];
endmodule

`default_nettype wire
