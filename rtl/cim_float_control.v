// Control of a floating macro around its integer array. A vector goes through STAGES registers in front of
// the array (A and B, or B alone), a row of weights through one, W; both keep the order in which they were
// accepted as far as it matters, that is with the same bank: W waits for vectors before it, and a vector
// behind it waits for W. Behind the array a result goes through RESULT_STAGES registers. Every ready is a
// function of state alone.
//   take_o, move_o, send_o          a vector goes into A, from A to B (STAGES = 2), from B to the array
//                                   (STAGES = 1: take_o is into B)
//   push_o                          one cycle after send_o: what the vector takes along is stored at
//                                   write_index_o; that of the result at read_index_o
//   weight_take_o, weight_send_o    a row goes into W, from W to the array
//   result_valid_o[i]               there is a result for stage i of the results, by state alone
//   result_load_o[i]                and the stage takes it
`default_nettype none

module cim_float_control #(
  parameter STAGES        = 2,
  parameter RESULT_STAGES = 2,
  parameter DEPTH         = 2,  // vectors that can be in the array
  parameter INDEX_BITS    = 1,
  parameter BANK_BITS     = 1
) (
  input  wire                     clk_i,
  input  wire                     rst_ni,
  input  wire                     in_valid_i,
  output wire                     in_ready_o,
  input  wire [BANK_BITS-1:0]     in_bank_i,
  input  wire                     weight_valid_i,
  output wire                     weight_ready_o,
  input  wire [BANK_BITS-1:0]     weight_bank_i,
  output wire                     take_o,
  output wire                     move_o,
  output wire                     send_o,
  input  wire                     array_in_ready_i,
  output wire [BANK_BITS-1:0]     bank_o,         // of the vector in B
  output wire                     weight_take_o,
  output wire                     weight_send_o,
  input  wire                     array_weight_ready_i,
  output wire [BANK_BITS-1:0]     weight_bank_o,  // of the row in W
  output wire                     push_o,
  output wire [BANK_BITS-1:0]     push_bank_o,
  output wire [INDEX_BITS-1:0]    write_index_o,
  output wire [INDEX_BITS-1:0]    read_index_o,
  input  wire                     array_out_valid_i,
  output wire                     array_out_ready_o,
  output wire [RESULT_STAGES-1:0] result_valid_o,
  output wire [RESULT_STAGES-1:0] result_load_o,
  output wire                     out_valid_o,
  input  wire                     out_ready_i
);
  localparam [INDEX_BITS-1:0] ONE = 1;
  localparam LAST = DEPTH - 1;

  // A vector knows whether it was accepted before the row in W, as long as there is one.
  reg                 b_valid_q, b_before_q, w_valid_q;
  reg [BANK_BITS-1:0] b_bank_q, w_bank_q;

  wire                 a_valid, a_before;
  wire [BANK_BITS-1:0] a_bank;

  wire w_waits = (a_valid & a_before & (a_bank == w_bank_q)) | (b_valid_q & b_before_q & (b_bank_q == w_bank_q));
  assign weight_send_o  = w_valid_q & ~w_waits & array_weight_ready_i;
  assign weight_ready_o = ~w_valid_q | weight_send_o;
  assign weight_take_o  = weight_valid_i & weight_ready_o;
  assign weight_bank_o  = w_bank_q;

  wire b_waits = w_valid_q & ~weight_send_o & ~b_before_q & (b_bank_q == w_bank_q);
  assign send_o = b_valid_q & ~b_waits & array_in_ready_i;
  assign bank_o = b_bank_q;
  wire   b_free = ~b_valid_q | send_o;

  assign take_o = in_valid_i & in_ready_o;

  wire                 b_load;
  wire                 b_before;
  wire [BANK_BITS-1:0] b_bank;

  generate
    if (STAGES == 2) begin : g_two
      reg                 a_valid_q, a_before_q;
      reg [BANK_BITS-1:0] a_bank_q;
      assign in_ready_o = ~a_valid_q | b_free;
      assign move_o     = a_valid_q & b_free;
      assign a_valid    = a_valid_q;
      assign a_before   = a_before_q;
      assign a_bank     = a_bank_q;
      assign b_load     = move_o;
      assign b_before   = weight_take_o | a_before_q;
      assign b_bank     = a_bank_q;
      always @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) a_valid_q <= 1'b0;
        else         a_valid_q <= take_o | (a_valid_q & ~b_free);
      end
      always @(posedge clk_i) begin
        if (take_o) begin
          a_bank_q   <= in_bank_i;
          a_before_q <= 1'b0;  // on one edge the row comes first
        end else if (weight_take_o) begin
          a_before_q <= 1'b1;
        end
      end
    end else begin : g_one
      assign in_ready_o = b_free;
      assign move_o     = 1'b0;
      assign a_valid    = 1'b0;
      assign a_before   = 1'b0;
      assign a_bank     = {BANK_BITS{1'b0}};
      assign b_load     = take_o;
      assign b_before   = 1'b0;
      assign b_bank     = in_bank_i;
    end
  endgenerate

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      b_valid_q <= 1'b0;
      w_valid_q <= 1'b0;
    end else begin
      b_valid_q <= b_load | (b_valid_q & ~send_o);
      w_valid_q <= weight_take_o | (w_valid_q & ~weight_send_o);
    end
  end
  always @(posedge clk_i) begin
    if (b_load) begin
      b_bank_q   <= b_bank;
      b_before_q <= b_before;
    end else if (weight_take_o) begin
      b_before_q <= 1'b1;
    end
    if (weight_take_o) w_bank_q <= weight_bank_i;
  end

  // What a vector takes along, in the cycle in which the array begins to read its weights.
  reg                  push_q;
  reg [BANK_BITS-1:0]  push_bank_q;
  reg [INDEX_BITS-1:0] write_index_q, read_index_q;
  wire                 pop = array_out_valid_i & array_out_ready_o;
  assign push_o        = push_q;
  assign push_bank_o   = push_bank_q;
  assign write_index_o = write_index_q;
  assign read_index_o  = read_index_q;

  function [INDEX_BITS-1:0] next(input [INDEX_BITS-1:0] index);
    next = (index == LAST[INDEX_BITS-1:0]) ? {INDEX_BITS{1'b0}} : index + ONE;
  endfunction

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      push_q        <= 1'b0;
      write_index_q <= {INDEX_BITS{1'b0}};
      read_index_q  <= {INDEX_BITS{1'b0}};
    end else begin
      push_q <= send_o;
      if (push_q) write_index_q <= next(write_index_q);
      if (pop)    read_index_q  <= next(read_index_q);
    end
  end
  always @(posedge clk_i) begin
    if (send_o) push_bank_q <= b_bank_q;
  end

  // Behind the array.
  reg  [RESULT_STAGES-1:0] stage_q;
  wire [RESULT_STAGES-1:0] room;
  wire [RESULT_STAGES:0]   valid = {stage_q, array_out_valid_i};
  assign out_valid_o       = valid[RESULT_STAGES];
  assign array_out_ready_o = room[0];
  assign result_valid_o    = valid[RESULT_STAGES-1:0];
  genvar i;
  generate
    for (i = 0; i < RESULT_STAGES; i = i + 1) begin : g_stage
      assign room[i]          = out_ready_i | ~(&stage_q[RESULT_STAGES-1:i]);
      assign result_load_o[i] = valid[i] & room[i];
      always @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni)      stage_q[i] <= 1'b0;
        else if (room[i]) stage_q[i] <= valid[i];
      end
    end
  endgenerate
endmodule

`default_nettype wire
