// The sequencer of a macro whose vectors bring their precision: cim_sequencer with a number of steps
// and a mode that go with each vector, so that a vector of another mode follows without a bubble.
// Everything stops while a result waits for room; every ready is a function of state alone.
//   stage 0 is the array with its multipliers, stage PIPELINE the accumulator, and with FUSION stage
//   PIPELINE + 1 the adders of fused columns behind it.
//   in_last_bit_i       bits of an input less one; past INPUT_BITS - 1 it is that
//   in_fuse_i           log2 of the columns that hold a weight; past FUSE_LOG it is that
//   plane_o             one-hot: the bit of the inputs that is in the array, the highest first
//   SKIP                only bits that are 1 in some row, the lowest first; a vector without any takes
//                       one step, with none
//   nonzero_i           SKIP: those bits of the vector on the bus, and any above its highest
//   place_o             SKIP: one-hot, the bit in the last stage of the tree, or none
//   rank_enable_o[i]    register rank i + 1 of the tree takes a partial sum; PIPELINE = 0: nothing
//   negate_o[t]         in stage NEGATE_STAGE the sign planes of those columns are negative whose
//                       number, counted from 1, is divisible by 2^t and (t < FUSE_LOG) by no higher
//                       power of two: signed weights, and the last column of each is among them
//   sum_signed_o        the same for the sums in the last stage of the tree
//   first_o             there stands the first step of a vector
//   subtract_o          there stands a bit that is the sign of its inputs
//   accumulate_o        the accumulator takes a partial sum
//   fuse_o              one-hot, of the complete result; input_signed_o, result_signed_o: its signs
//   result_valid_o      there is a complete result; result_ready_i: there is room for it
`default_nettype none

module cim_precision_sequencer #(
  parameter INPUT_BITS   = 8,
  parameter LAST_BITS    = 3,  // of in_last_bit_i: enough for INPUT_BITS - 1, at least 1
  parameter FUSE_LOG     = 1,
  parameter FUSE_BITS    = 1,  // of in_fuse_i: enough for FUSE_LOG, at least 1
  parameter PIPELINE     = 0,
  parameter RANK_BITS    = 1,  // PIPELINE, at least 1
  parameter NEGATE_STAGE = 0,
  parameter FUSION       = 1,
  parameter SKIP         = 0,
  parameter BANK_BITS    = 1
) (
  input  wire                  clk_i,
  input  wire                  rst_ni,
  input  wire                  in_valid_i,
  output wire                  in_ready_o,
  input  wire [BANK_BITS-1:0]  in_bank_i,
  input  wire                  in_signed_i,
  input  wire                  in_weight_signed_i,
  // Of inputs of one bit, and of columns that are never fused, there is nothing to choose.
  // verilator lint_off UNUSED
  input  wire [LAST_BITS-1:0]  in_last_bit_i,
  input  wire [FUSE_BITS-1:0]  in_fuse_i,
  // And all bits are taken without SKIP.
  input  wire [INPUT_BITS-1:0] nonzero_i,
  // verilator lint_on UNUSED
  input  wire                  hold_i,
  output wire                  take_o,
  output wire                  busy_o,
  output wire [BANK_BITS-1:0]  bank_o,
  output wire [INPUT_BITS-1:0] plane_o,
  output wire [RANK_BITS-1:0]  rank_enable_o,
  output wire [FUSE_LOG:0]     negate_o,
  output wire                  first_o,
  output wire                  subtract_o,
  output wire [FUSE_LOG:0]     sum_signed_o,
  output wire [INPUT_BITS-1:0] place_o,
  output wire                  accumulate_o,
  output wire [FUSE_LOG:0]     fuse_o,
  output wire                  input_signed_o,
  output wire                  result_signed_o,
  output wire                  result_valid_o,
  input  wire                  result_ready_i
);
  localparam STAGES = PIPELINE + FUSION;  // the last one
  localparam MODE   = FUSE_LOG + 3;       // {fused columns, one-hot; weights signed; inputs signed}

  // The mode on the pins.
  wire [INPUT_BITS-1:0] in_plane;
  wire [FUSE_LOG:0]     in_fuse;
  genvar i;
  generate
    for (i = 0; i < INPUT_BITS; i = i + 1) begin : g_plane
      if (INPUT_BITS == 1) begin : g_only
        assign in_plane[i] = 1'b1;
      end else if (i == INPUT_BITS - 1) begin : g_last
        assign in_plane[i] = in_last_bit_i >= i[LAST_BITS-1:0];
      end else begin : g_bit
        assign in_plane[i] = in_last_bit_i == i[LAST_BITS-1:0];
      end
    end
    for (i = 0; i <= FUSE_LOG; i = i + 1) begin : g_fuse
      if (FUSE_LOG == 0) begin : g_never
        assign in_fuse[i] = 1'b1;
      end else if (i == FUSE_LOG) begin : g_last
        assign in_fuse[i] = in_fuse_i >= i[FUSE_BITS-1:0];
      end else begin : g_columns
        assign in_fuse[i] = in_fuse_i == i[FUSE_BITS-1:0];
      end
    end
  endgenerate

  // Stage 0: the vector in the input register.
  reg                  busy_q;
  reg                  first_q;
  reg [BANK_BITS-1:0]  bank_q;
  reg [INPUT_BITS-1:0] plane_q;
  reg [MODE-1:0]       mode_q;

  wire [STAGES:0]   valid;
  wire [STAGES:0]   last;
  wire [PIPELINE:0] first;
  wire [PIPELINE:0] sign;  // the highest bit of the inputs

  // Last stage: a complete result without room stops all stages.
  wire advance = ~(valid[STAGES] & last[STAGES] & ~result_ready_i);

  assign valid[0] = busy_q & ~hold_i;
  assign first[0] = first_q;

  wire step = valid[0] & advance;

  assign in_ready_o = ~busy_q | (step & last[0]);
  assign take_o     = in_valid_i & in_ready_o;
  assign busy_o     = busy_q;
  assign bank_o     = bank_q;
  assign plane_o    = plane_q;

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
      first_q <= 1'b1;
      bank_q  <= in_bank_i;
      mode_q  <= {in_fuse, in_weight_signed_i, in_signed_i};
    end else if (step) begin
      first_q <= 1'b0;
    end
  end

  generate
    if (SKIP != 0) begin : g_skip
      localparam [INPUT_BITS-1:0] ONE = 1;

      reg [INPUT_BITS-1:0] left_q;  // bits to visit after this one
      reg [INPUT_BITS-1:0] top_q;   // one-hot: the highest

      wire [INPUT_BITS-1:0] asked  = nonzero_i & (in_plane | (in_plane - ONE));
      wire [INPUT_BITS-1:0] pool   = take_o ? asked : left_q;
      wire [INPUT_BITS-1:0] lowest = pool & (~pool + ONE);

      always @(posedge clk_i) begin
        if (take_o) top_q <= in_plane;
        if (take_o | step) begin
          plane_q <= lowest;
          left_q  <= pool & ~lowest;
        end
      end
      assign last[0] = left_q == {INPUT_BITS{1'b0}};
      assign sign[0] = |(plane_q & top_q);
    end else begin : g_each
      always @(posedge clk_i) begin
        if (take_o) plane_q <= in_plane;
        else if (step) plane_q <= plane_q >> 1;
      end
      assign last[0] = plane_q[0];
      assign sign[0] = first_q;
    end
  endgenerate

  // The tags of the partial sums in the register ranks, and of the complete result.
  genvar stage;
  generate
    for (stage = 0; stage <= STAGES; stage = stage + 1) begin : g_stage
      wire [MODE-1:0] mode;
      if (stage == 0) begin : g_array
        assign mode = mode_q;
      end else begin : g_rank
        reg            valid_q, last_q;
        reg [MODE-1:0] tag_q;
        always @(posedge clk_i or negedge rst_ni) begin
          if (!rst_ni) begin
            valid_q <= 1'b0;
            last_q  <= 1'b0;
          end else if (advance) begin
            valid_q <= valid[stage-1];
            last_q  <= last[stage-1];
          end
        end
        always @(posedge clk_i) begin
          if (advance) tag_q <= g_stage[stage-1].mode;
        end
        assign valid[stage] = valid_q;
        assign last[stage]  = last_q;
        assign mode         = tag_q;
        if (stage <= PIPELINE) begin : g_first
          reg tag_first_q;
          always @(posedge clk_i) begin
            if (advance) tag_first_q <= first[stage-1];
          end
          assign first[stage] = tag_first_q;
          if (SKIP != 0) begin : g_sign
            reg tag_sign_q;
            always @(posedge clk_i) begin
              if (advance) tag_sign_q <= sign[stage-1];
            end
            assign sign[stage] = tag_sign_q;
          end else begin : g_begins
            assign sign[stage] = tag_first_q;
          end
        end
      end
      if (stage <= PIPELINE && SKIP != 0) begin : g_place
        wire [INPUT_BITS-1:0] place;
        if (stage == 0) begin : g_array
          assign place = plane_q;
        end else begin : g_rank
          reg [INPUT_BITS-1:0] tag_q;
          always @(posedge clk_i) begin
            if (advance) tag_q <= g_stage[stage-1].g_place.place;
          end
          assign place = tag_q;
        end
      end
    end
    if (SKIP != 0) begin : g_placed
      assign place_o = g_stage[PIPELINE].g_place.place;
    end else begin : g_unplaced
      assign place_o = {INPUT_BITS{1'b0}};
    end
  endgenerate

  generate
    if (PIPELINE == 0) begin : g_no_rank
      assign rank_enable_o = 1'b0;
    end else begin : g_rank_enable
      assign rank_enable_o = valid[PIPELINE-1:0] & {PIPELINE{advance}};
    end
    // Columns whose number is divisible by 2^i end a weight of 2^i columns and of fewer.
    for (i = 0; i <= FUSE_LOG; i = i + 1) begin : g_sign
      assign negate_o[i]     = g_stage[NEGATE_STAGE].mode[1] & (|g_stage[NEGATE_STAGE].mode[2+i:2]);
      assign sum_signed_o[i] = g_stage[PIPELINE].mode[1] & (|g_stage[PIPELINE].mode[2+i:2]);
    end
  endgenerate
  assign first_o         = first[PIPELINE];
  assign subtract_o      = sign[PIPELINE] & g_stage[PIPELINE].mode[0];
  assign accumulate_o    = valid[PIPELINE] & advance;
  assign fuse_o          = g_stage[STAGES].mode[MODE-1:2];
  assign input_signed_o  = g_stage[STAGES].mode[0];
  assign result_signed_o = |g_stage[STAGES].mode[1:0];
  assign result_valid_o  = valid[STAGES] & last[STAGES];
endmodule

`default_nettype wire
