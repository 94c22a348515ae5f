// The rules of cim_float_control, and whether it breaks one: bad_o. Of all vectors and rows one each is
// followed, whichever the prover chooses: what holds for any one holds for all. The array is any that takes
// no more than DEPTH vectors and gives the results of those it took, in order.
`default_nettype none

module float_control_rules #(
  parameter STAGES        = 2,
  parameter RESULT_STAGES = 2,
  parameter DEPTH         = 2,
  parameter INDEX_BITS    = 1,
  parameter BANK_BITS     = 1,
  parameter READS         = 0
) (
  input  wire                 clk_i,
  input  wire                 in_valid_i,
  input  wire [BANK_BITS-1:0] in_bank_i,
  input  wire                 weight_valid_i,
  input  wire [BANK_BITS-1:0] weight_bank_i,
  input  wire                 array_in_ready_i,
  input  wire                 array_weight_ready_i,
  input  wire                 array_has_result_i,
  input  wire                 out_ready_i,
  input  wire                 choose_vector_i,  // follow the vector, or the row, that is accepted now
  input  wire                 choose_row_i,
  output wire [10:0]          bad_o
);
  wire in_ready, weight_ready, take, move, send, weight_take, weight_send, push, pop_ready, out_valid;
  wire [BANK_BITS-1:0]     bank, first_bank, weight_bank, push_bank;
  wire [INDEX_BITS-1:0]    write_index, read_index;
  wire [RESULT_STAGES-1:0] load;

  // One cycle of reset.
  reg running_q = 1'b0;
  always @(posedge clk_i) running_q <= 1'b1;

  // Vectors in front of the array, in it, in it and stored beside it, and behind it.
  reg [1:0] before_q = 0, behind_q = 0;
  reg       rows_q   = 0;
  reg [7:0] inside_q = 0, stored_q = 0;
  wire array_in_ready  = array_in_ready_i & (inside_q < DEPTH);
  wire array_out_valid = array_has_result_i & (stored_q != 0);

  cim_float_control #(
    .STAGES(STAGES), .RESULT_STAGES(RESULT_STAGES), .DEPTH(DEPTH), .INDEX_BITS(INDEX_BITS), .BANK_BITS(BANK_BITS),
    .READS(READS)
  ) u_control (
    .clk_i                (clk_i),
    .rst_ni               (running_q),
    .in_valid_i           (in_valid_i),
    .in_ready_o           (in_ready),
    .in_bank_i            (in_bank_i),
    .weight_valid_i       (weight_valid_i),
    .weight_ready_o       (weight_ready),
    .weight_bank_i        (weight_bank_i),
    .take_o               (take),
    .move_o               (move),
    .send_o               (send),
    .array_in_ready_i     (array_in_ready),
    .first_bank_o         (first_bank),
    .bank_o               (bank),
    .weight_take_o        (weight_take),
    .weight_send_o        (weight_send),
    .array_weight_ready_i (array_weight_ready_i),
    .weight_bank_o        (weight_bank),
    .push_o               (push),
    .push_bank_o          (push_bank),
    .write_index_o        (write_index),
    .read_index_o         (read_index),
    .array_out_valid_i    (array_out_valid),
    .array_out_ready_o    (pop_ready),
    .result_valid_o       (),
    .result_load_o        (load),
    .out_valid_o          (out_valid),
    .out_ready_i          (out_ready_i)
  );

  wire accept     = running_q & in_valid_i & in_ready;
  wire accept_row = running_q & weight_valid_i & weight_ready;
  wire pop        = array_out_valid & pop_ready;
  wire give       = out_valid & out_ready_i;
  always @(posedge clk_i) begin
    if (running_q) begin
      before_q <= before_q + accept - send;
      rows_q   <= rows_q + accept_row - weight_send;
      inside_q <= inside_q + send - pop;
      stored_q <= stored_q + push - pop;
      behind_q <= behind_q + pop - give;
    end
  end

  // The vector that is followed: vectors before it in each place, and what its registers hold.
  reg                 chosen_q = 0, done_q = 0;
  reg [7:0]           ahead_q  = 0;
  reg [BANK_BITS-1:0] bank_q   = 0;
  wire choose = accept & choose_vector_i & ~chosen_q;
  wire [7:0] in_flight = before_q + inside_q + behind_q;
  always @(posedge clk_i) begin
    if (choose) begin
      chosen_q <= 1'b1;
      bank_q   <= in_bank_i;
      ahead_q  <= in_flight - give;
    end else if (chosen_q & ~done_q & give) begin
      if (ahead_q == 0) done_q <= 1'b1;
      ahead_q <= ahead_q - 1;
    end
  end
  // A mark goes the way of its data: through the input's registers, the store beside the array and the
  // registers of the results.
  reg                     a_mark_q = 0, b_mark_q = 0, sent_mark_q = 0;
  reg [DEPTH-1:0]         store_q  = 0;
  reg [RESULT_STAGES-1:0] result_q = 0;
  integer i;
  always @(posedge clk_i) begin
    if (take) a_mark_q <= choose;
    if (STAGES == 2) begin
      if (move) b_mark_q <= a_mark_q;
    end else begin
      if (take) b_mark_q <= choose;
    end
    if (send) sent_mark_q <= b_mark_q;
    for (i = 0; i < DEPTH; i = i + 1) begin
      if (push && write_index == i) store_q[i] <= sent_mark_q;
    end
    for (i = 0; i < RESULT_STAGES; i = i + 1) begin
      if (load[i]) result_q[i] <= (i == 0) ? store_q[read_index] : result_q[(i == 0) ? 0 : i-1];
    end
  end
  // Vectors before it that are not sent.
  reg       is_before_q = 0;
  reg [1:0] to_send_q   = 0;
  wire sends = send & is_before_q & (to_send_q == 0);
  always @(posedge clk_i) begin
    if (choose) begin
      is_before_q <= 1'b1;
      to_send_q   <= before_q - send;
    end else if (is_before_q & send) begin
      is_before_q <= to_send_q != 0;
      to_send_q   <= to_send_q - 1;
    end
  end
  wire is_given = chosen_q & ~done_q & (ahead_q == 0);

  // The row that is followed, and whether it came before the vector, which on one edge it does.
  reg                 row_chosen_q = 0, row_waits_q = 0, row_first_q = 0;
  reg [BANK_BITS-1:0] row_bank_q   = 0;
  wire choose_row = accept_row & choose_row_i & ~row_chosen_q;
  always @(posedge clk_i) begin
    if (choose_row) begin
      row_chosen_q <= 1'b1;
      row_waits_q  <= 1'b1;
      row_first_q  <= ~chosen_q;
      row_bank_q   <= weight_bank_i;
    end else if (weight_send) begin
      row_waits_q <= 1'b0;
    end
  end
  wire same_bank = is_before_q & row_waits_q & (bank_q == row_bank_q);

  // Sent one cycle ago.
  reg                 send_q = 0;
  reg [BANK_BITS-1:0] send_bank_q = 0;
  always @(posedge clk_i) begin
    send_q      <= send & running_q;
    send_bank_q <= bank;
  end

  wire both_ready = array_in_ready & array_weight_ready_i;
  // The vector that is followed reads weights as it moves.
  wire reads = (READS != 0) & move & a_mark_q;
  assign bad_o = {11{running_q}} & {
      // 10: it reads of another bank, or before a row that it has to see is there
      reads & ((first_bank != bank_q) | (same_bank & row_first_q)),
      // 9: with a vector or a row in front of a ready array something moves
      both_ready & (before_q != 0 | rows_q) & ~(send | move | weight_send),
      // 8: a result is shown that is none, or none is taken from the array where there is room
      out_ready_i & ((out_valid & behind_q == 0) | (array_out_valid & ~load[0])),
      // 7: the row goes before a vector that was accepted before it
      same_bank & ~row_first_q & weight_send,
      // 6: the vector goes before a row that it has to see
      same_bank & row_first_q & sends & ~weight_send,
      // 5: the bank of the vector, or of the row, is another
      (sends & bank != bank_q) | (row_waits_q & weight_send & weight_bank != row_bank_q),
      // 4: what a vector takes along is stored one cycle after it is sent, for its bank
      (push != send_q) | (push & push_bank != send_bank_q),
      // 3: a result is given with what is another's
      give & (result_q[RESULT_STAGES-1] != is_given),
      // 2: the vector that is sent is another
      send & (b_mark_q != sends),
      // 1: a row is sent that is none, or taken without being accepted
      (weight_send & ~rows_q) | (weight_take != (weight_valid_i & weight_ready)),
      // 0: a vector is sent that is none, or taken without being accepted
      (send & before_q == 0) | (take != (in_valid_i & in_ready))};
endmodule

`default_nettype wire
