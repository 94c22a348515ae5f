// Turns stored bits of a protected macro around at any time, in the middle of everything: random
// vectors, rows of weights, back-pressure. Made for one macro by macros of the command line:
//   TOP, ROWS, COLUMNS, BANKS, INPUT_BITS, WEIGHT_BITS, OUTPUT_BITS, BANK_BITS, ROW_BITS (not
//   defined where there is no such port), INPUT_SIGNED, WEIGHT_SIGNED
//   CHECK_BITS, MATRIX      check bit i is the parity of the weight's bits in [i*WEIGHT_BITS +: ...]
//   MOST_WRONG              wrong bits that a word has at most: 1 of parity, 2 of SECDED
//   MENDS, SCRUBS           defined where they do
//   COUNTER_BITS, SEED, CYCLES
//   FLIP_IN, WRITE_IN       a bit is turned around, a row is offered once in so many cycles
// stored.vh has `stored`, every stored bit by number, and the task flip() that turns one around.
// What is expected follows from the ports, but for two looks inside: when the vector in the array
// takes a step, and when a row is written. Prints `errors N` and what happened.
`default_nettype none

module upset_tb;
  localparam WORD   = `WEIGHT_BITS + `CHECK_BITS;
  localparam PLACES = `BANKS * `ROWS;
  localparam WORDS  = PLACES * `COLUMNS;
  localparam DEPTH  = 16;

  reg clk = 1'b0;
  reg rst_n = 1'b1;
  reg weight_valid = 1'b0, in_valid = 1'b0, out_ready = 1'b0, clear = 1'b0;
  wire weight_ready, in_ready, out_valid, irq;
  reg  [`COLUMNS*`WEIGHT_BITS-1:0] weight_data;
  reg  [`ROWS*`INPUT_BITS-1:0]     in_data;
  reg  [31:0] weight_bank = 0, weight_row = 0, in_bank = 0;
  wire [`COLUMNS*`OUTPUT_BITS-1:0] out_data;
  wire [`COLUMNS-1:0]              out_error;
  wire [`COUNTER_BITS-1:0]         flagged;
  wire [`COUNTER_BITS-1:0]         mended;

  `TOP u_macro (
    .clk_i(clk), .rst_ni(rst_n),
    .weight_valid_i(weight_valid), .weight_ready_o(weight_ready),
`ifdef BANK_BITS
    .weight_bank_i(weight_bank[`BANK_BITS-1:0]), .in_bank_i(in_bank[`BANK_BITS-1:0]),
`endif
`ifdef ROW_BITS
    .weight_row_i(weight_row[`ROW_BITS-1:0]),
`endif
    .weight_data_i(weight_data),
    .in_valid_i(in_valid), .in_ready_o(in_ready), .in_data_i(in_data),
    .out_valid_o(out_valid), .out_ready_i(out_ready), .out_data_o(out_data),
    .out_error_o(out_error),
    .protection_clear_i(clear), .protection_irq_o(irq),
`ifdef MENDS
    .protection_mended_o(mended),
`endif
    .protection_flagged_o(flagged));
`ifndef MENDS
  assign mended = 0;
`endif

  wire [WORDS*WORD-1:0] stored;
  `include "stored.vh"

  // [place][column]: what the stream has written, and what the storage has to hold.
  reg [`WEIGHT_BITS-1:0] want [0:WORDS-1];
  reg [`WEIGHT_BITS-1:0] gold [0:WORDS-1];
  reg [PLACES-1:0] written = 0;

  function [WORD-1:0] code_of;
    input [`WEIGHT_BITS-1:0] data;
    integer check;
    reg [`CHECK_BITS*`WEIGHT_BITS-1:0] matrix;
    begin
      matrix = `MATRIX;
      code_of[`WEIGHT_BITS-1:0] = data;
      for (check = 0; check < `CHECK_BITS; check = check + 1)
        code_of[`WEIGHT_BITS + check] = ^(data & matrix[check*`WEIGHT_BITS +: `WEIGHT_BITS]);
    end
  endfunction

  // Wrong bits of a word.
  function integer wrong_of;
    input integer word;
    integer each;
    reg [WORD-1:0] difference;
    begin
      difference = stored[word*WORD +: WORD] ^ code_of(gold[word]);
      wrong_of = 0;
      for (each = 0; each < WORD; each = each + 1) if (difference[each] !== 1'b0) wrong_of = wrong_of + 1;
    end
  endfunction

  // The row in the write buffer of the macro.
  reg [`COLUMNS*`WEIGHT_BITS-1:0] buffered;
  integer buffered_place = -1;

  // Vectors in flight: results, flags, and whether a weight was mended.
  reg [`COLUMNS*`OUTPUT_BITS-1:0] results [0:DEPTH-1];
  reg [`COLUMNS-1:0]              flags   [0:DEPTH-1];
  reg                             mends   [0:DEPTH-1];
  integer accepted = 0, finished = 0, taken = 0;
  reg [`COLUMNS-1:0] step_flags = 0;
  reg                step_mends = 0;

  integer errors = 0, flips = 0, flagged_results = 0, mended_results = 0, rewrites = 0, fatals = 0;
  integer expected_flagged = 0, expected_mended = 0;
  reg     expected_irq = 0;
  reg     doubles = 0;
  localparam MOST = `COUNTER_BITS >= 31 ? 2147483647 : (1 << `COUNTER_BITS) - 1;

  task fail;
    input [8*24-1:0] what;
    begin
      errors = errors + 1;
      if (errors < 10) $display("error %0s at %0d", what, $time);
    end
  endtask

  function signed [63:0] value_of;
    input [15:0] code;
    input integer bits;
    input is_signed;
    begin
      value_of = code;
      if (is_signed && code[bits-1]) value_of = value_of - (64'sd1 <<< bits);
    end
  endfunction

  integer r, c, w, place;
  reg signed [63:0] total;
  task accept;
    begin
      for (c = 0; c < `COLUMNS; c = c + 1) begin
        total = 0;
        for (r = 0; r < `ROWS; r = r + 1)
          total = total + value_of({16'd0, in_data[r*`INPUT_BITS +: `INPUT_BITS]}, `INPUT_BITS, `INPUT_SIGNED)
                        * value_of({16'd0, want[(in_bank*`ROWS + r)*`COLUMNS + c]}, `WEIGHT_BITS, `WEIGHT_SIGNED);
        results[accepted % DEPTH][c*`OUTPUT_BITS +: `OUTPUT_BITS] = total[`OUTPUT_BITS-1:0];
      end
      accepted = accepted + 1;
    end
  endtask

  // The step that the vector in the array takes on this edge.
  integer bank, wrong;
  task step;
    begin
      bank = `BANKS == 1 ? 0 : u_macro.u_sequencer.bank_q;
      for (r = 0; r < `ROWS; r = r + 1)
        for (c = 0; c < `COLUMNS; c = c + 1) begin
          wrong = wrong_of((bank*`ROWS + r)*`COLUMNS + c);
          if (wrong == `MOST_WRONG) step_flags[c] = 1'b1;
          else if (wrong == 1) step_mends = 1'b1;
        end
      if (u_macro.u_sequencer.last[0]) begin
        flags[finished % DEPTH] = step_flags;
        mends[finished % DEPTH] = step_mends;
        finished = finished + 1;
        step_flags = 0;
        step_mends = 0;
      end
    end
  endtask

  reg was_flagged, was_mended;
  task take;
    begin
      if (taken >= finished) fail("result too early");
      if (out_error !== flags[taken % DEPTH]) fail("flags");
      for (c = 0; c < `COLUMNS; c = c + 1)
        if (!flags[taken % DEPTH][c] && out_data[c*`OUTPUT_BITS +: `OUTPUT_BITS]
            !== results[taken % DEPTH][c*`OUTPUT_BITS +: `OUTPUT_BITS]) fail("result");
      was_flagged = flags[taken % DEPTH] != 0;
      was_mended = mends[taken % DEPTH];
      if (was_flagged) flagged_results = flagged_results + 1;
      if (was_mended) mended_results = mended_results + 1;
      taken = taken + 1;
    end
  endtask

  // Before each edge, when everything is still.
  reg running = 0;
  reg rewrite;
  always @(negedge clk) #4 if (running) begin
    was_flagged = 0;
    was_mended = 0;
    rewrite = 0;
    // What was written in this cycle; a latch has it already.
    for (place = 0; place < PLACES; place = place + 1)
      if (u_macro.write_enable[place]) begin
        if (place != buffered_place) fail("another row is written");
        for (c = 0; c < `COLUMNS; c = c + 1)
          gold[place*`COLUMNS + c] = buffered[c*`WEIGHT_BITS +: `WEIGHT_BITS];
        written[place] = 1'b1;
      end
    if (u_macro.weight_load) begin
`ifdef SCRUBS
      rewrite = u_macro.rewrite;
      if (rewrite) begin
        if (weight_valid) fail("a row of the stream had to go first");
        buffered_place = (`BANKS == 1 ? 0 : u_macro.port_bank) * `ROWS + u_macro.port_row;
        rewrites = rewrites + 1;
        for (c = 0; c < `COLUMNS; c = c + 1) begin
          if (wrong_of(buffered_place*`COLUMNS + c) > 1) fail("it cannot be mended");
          buffered[c*`WEIGHT_BITS +: `WEIGHT_BITS] = gold[buffered_place*`COLUMNS + c];
        end
      end
`endif
      if (!rewrite) begin
        buffered_place = weight_bank*`ROWS + weight_row;
        buffered = weight_data;
      end
    end
    if (weight_valid & weight_ready)
      for (c = 0; c < `COLUMNS; c = c + 1)
        want[(weight_bank*`ROWS + weight_row)*`COLUMNS + c] = weight_data[c*`WEIGHT_BITS +: `WEIGHT_BITS];
    if (u_macro.u_sequencer.step) step;
    if (in_valid & in_ready) accept;
    if (out_valid & out_ready) take;
    // Counters and interrupt of the cycles before this edge.
    if (flagged !== expected_flagged) fail("flagged counter");
`ifdef SCRUBS
    if (irq === 1'b1 && !doubles) fail("interrupt");
    was_mended = rewrite;
    if (u_macro.fatal === 1'b1) fatals = fatals + 1;
    if (u_macro.fatal === 1'b1 || was_flagged) doubles = 1;
`else
    if (irq !== expected_irq) fail("interrupt");
`endif
`ifdef MENDS
    if (mended !== expected_mended) fail("mended counter");
`endif
    expected_irq = (expected_irq & ~clear) | was_flagged;
    if (clear) begin
      expected_flagged = 0;
      expected_mended = 0;
    end
    if (was_flagged && expected_flagged < MOST) expected_flagged = expected_flagged + 1;
    if (was_mended && expected_mended < MOST) expected_mended = expected_mended + 1;
  end

  always #5 clk = ~clk;

  integer seed = `SEED;
  function integer below;
    input integer count;
    begin
      below = $random(seed);
      below = (below & 2147483647) % count;
    end
  endfunction

  // Streams: what is offered stays until it is taken.
  reg streams = 0, filling = 0;
  integer fill = 0, each;
  task new_row;
    for (each = 0; each < `COLUMNS; each = each + 1)
      weight_data[each*`WEIGHT_BITS +: `WEIGHT_BITS] = $random(seed);
  endtask
  always @(posedge clk) if (running) begin : drive
    reg weight_taken, in_taken;
    weight_taken = weight_valid & weight_ready;
    in_taken = in_valid & in_ready;
    #1;
    if (weight_taken) weight_valid = 1'b0;
    if (in_taken) in_valid = 1'b0;
    if (!weight_valid && filling && fill < PLACES) begin
      weight_valid = 1'b1;
      weight_bank = fill / `ROWS;
      weight_row = fill % `ROWS;
      fill = fill + 1;
      new_row;
    end else if (!weight_valid && streams && below(`WRITE_IN) == 0) begin
      weight_valid = 1'b1;
      weight_bank = below(`BANKS);
      weight_row = below(`ROWS);
      new_row;
    end
    if (!in_valid && streams && below(4) != 0) begin
      in_valid = 1'b1;
      in_bank = below(`BANKS);
      for (each = 0; each < `ROWS; each = each + 1)
        in_data[each*`INPUT_BITS +: `INPUT_BITS] = $random(seed);
    end
    out_ready = !streams || below(4) != 0;
    clear = streams && below(64) == 0;
  end

  // Upsets, one at a time, between two edges.
  integer victim;
  reg [WORD-1:0] right;
  reg flipping = 0;
  always @(posedge clk) if (flipping && below(`FLIP_IN) == 0) begin
    #2;
    repeat (below(6)) #1;
    victim = below(WORDS*WORD);
    right = code_of(gold[victim / WORD]);
    if (wrong_of(victim / WORD) < `MOST_WRONG || stored[victim] !== right[victim % WORD]) begin
      flip(victim);
      flips = flips + 1;
    end
  end

  task settle;
    begin
      streams = 0;
      flipping = 0;
      repeat (4 * PLACES + 64) @(posedge clk);
      #3;
    end
  endtask

  integer left, at_double;
  initial begin
    #2 rst_n = 1'b0;
    #31 rst_n = 1'b1;
    for (w = 0; w < WORDS; w = w + 1) want[w] = 0;
    repeat (2 * PLACES) @(posedge clk);
    running = 1;
    filling = 1;
    repeat (3 * PLACES + 4) @(posedge clk);
    filling = 0;
    streams = 1;
    flipping = 1;
    repeat (`CYCLES) @(posedge clk);
    settle;
    // Every row that was offered is there. Scrubbing has mended what can be.
    for (place = 0; place < PLACES; place = place + 1) begin
      at_double = 0;
      left = 0;
      for (c = 0; c < `COLUMNS; c = c + 1) begin
        w = place*`COLUMNS + c;
        if (gold[w] !== want[w]) fail("a row is lost");
        if (wrong_of(w) > 1) at_double = 1;
        if (wrong_of(w) == 1) left = 1;
      end
`ifdef SCRUBS
      if (left && !at_double) fail("a row is not mended");
`endif
    end
    if (!written[0] || taken != accepted) fail("streams");
    // Written once more, everything is right.
    fill = 0;
    filling = 1;
    repeat (3 * PLACES + 4) @(posedge clk);
    filling = 0;
    left = flagged_results;
    for (w = 0; w < WORDS; w = w + 1) if (wrong_of(w) != 0) fail("a row is not right");
    streams = 1;
    repeat (200) @(posedge clk);
    streams = 0;
    repeat (64) @(posedge clk);
    if (flagged_results != left) fail("a flag after all");
    $display("errors %0d; %0d results, %0d flagged, %0d mended, %0d flips, %0d rewrites", errors, taken,
             flagged_results, mended_results, flips, rewrites);
    $finish;
  end
endmodule

`default_nettype wire
