// The leaf cells of check bits: flags beside pipelined sums, counters, the write buffer and the walk of
// the scrubber, each against what docs/protection.md says. Prints `errors N`.
`default_nettype none

// A vector takes STEPS steps; each has random errors, which go through PIPELINE ranks that stop and go.
module flags_check #(
  parameter PIPELINE = 2,
  parameter STEPS    = 3,
  parameter SKID     = 0
) (
  input  wire        clk,
  output reg  [31:0] errors
);
  localparam LANES     = 3;
  localparam RANK_BITS = PIPELINE < 1 ? 1 : PIPELINE;
  reg  [LANES-1:0] error;
  reg  [PIPELINE:0] valid = 0;     // of each stage; 0 is the array
  reg  [31:0] step [0:PIPELINE];   // of the vector in each stage
  reg  [LANES-1:0] own [0:PIPELINE];
  reg  go;
  wire first = step[PIPELINE] == 0;
  wire last  = step[PIPELINE] == STEPS - 1;
  wire take  = valid[PIPELINE] & go;
  wire load  = take & last;
  wire [RANK_BITS-1:0] enable = valid[RANK_BITS-1:0] & {RANK_BITS{go}};
  wire [LANES-1:0] flags;
  cim_error_flags #(.LANES(LANES), .PIPELINE(PIPELINE), .RANK_BITS(RANK_BITS),
                    .SERIAL(STEPS > 1 ? 1 : 0), .SKID(SKID)) u_flags (
    .clk_i(clk), .rank_enable_i(enable), .first_i(first), .accumulate_i(take),
    .load_i(load & ~second), .load_skid_i(load & second), .move_i(move), .error_i(error), .error_o(flags));

  // With a second entry every other result goes through it.
  reg second = 0, move = 0;
  reg [LANES-1:0] sum, expected;
  reg check = 0;
  integer i, next_step = 0;
  initial begin
    errors = 0;
    for (i = 0; i <= PIPELINE; i = i + 1) begin
      step[i] = 0;
      own[i] = 0;
    end
  end
  always @(negedge clk) begin
    if (check && flags !== expected) errors = errors + 1;
    check = 0;
    error = $random & $random;
    go = ($random & 3) != 0 && !move;
    own[0] = error;
    if (!valid[0]) valid[0] = ($random & 3) != 0;
    step[0] = next_step;
  end
  always @(posedge clk) begin
    if (move) begin
      move <= #1 1'b0;
      second <= #1 1'b0;
      check <= #1 1'b1;
    end
    if (take) begin
      sum = (first ? {LANES{1'b0}} : sum) | own[PIPELINE];
      if (last) begin
        expected = sum;
        if (second) begin
          move <= #1 1'b1;
        end else begin
          check <= #1 1'b1;
          second <= #1 SKID != 0 && ($random & 1) != 0;
        end
      end
    end
    if (go) begin
      if (valid[0]) next_step = (next_step + 1) % STEPS;
      for (i = PIPELINE; i > 0; i = i - 1) begin
        valid[i] <= #1 valid[i-1];
        step[i] <= #1 step[i-1];
        own[i] <= #1 own[i-1];
      end
      valid[0] <= #1 1'b0;
    end
  end
endmodule

// Rows that are read in a while, with vectors and pauses in every rhythm.
module walk_check #(
  parameter ROWS  = 4,
  parameter BANKS = 2,
  parameter RHYTHM = 2
) (
  input  wire        clk,
  input  wire        rst_n,
  output reg  [31:0] errors
);
  localparam ROW_BITS  = ROWS <= 2 ? 1 : ROWS <= 4 ? 2 : 3;
  localparam BANK_BITS = BANKS <= 2 ? 1 : 2;
  reg  busy = 0, mended = 0, bad = 0, offered = 0, ready = 1;
  reg  [BANK_BITS-1:0] busy_bank = 0;
  wire [BANK_BITS-1:0] bank, port_bank;
  wire [ROWS-1:0] line;
  wire [ROW_BITS-1:0] port_row;
  wire valid, rewrite, fatal;
  reg  [BANKS*ROWS-1:0] enable = 0;
  cim_scrubber #(.ROWS(ROWS), .BANKS(BANKS), .ROW_BITS(ROW_BITS), .BANK_BITS(BANK_BITS)) u_walk (
    .clk_i(clk), .rst_ni(rst_n), .busy_i(busy), .busy_bank_i(busy_bank), .bank_o(bank), .line_o(line),
    .mended_i(mended), .uncorrectable_i(bad), .weight_valid_i(offered), .weight_bank_i({BANK_BITS{1'b0}}),
    .weight_row_i({ROW_BITS{1'b0}}), .port_valid_o(valid), .port_bank_o(port_bank),
    .port_row_o(port_row), .port_ready_i(ready), .enable_i(enable), .rewrite_o(rewrite),
    .fatal_o(fatal));

  reg [BANKS*ROWS-1:0] busy_seen, idle_seen, written;
  reg pending, stays = 0;
  integer cycle = 0, place, r, last_place = 0;
  initial errors = 0;
  always @(posedge clk) if (rst_n) begin
    place = -1;
    for (r = 0; r < ROWS; r = r + 1) if (line[r]) place = place < 0 ? bank*ROWS + r : 9999;
    if (place < 0 || place >= BANKS*ROWS) errors = errors + 1;
    else begin
      if (busy) busy_seen[place] = 1'b1; else idle_seen[place] = 1'b1;
      if (busy && BANKS > 1 && bank !== busy_bank) errors = errors + 1;
      if (rewrite !== (written[place] & mended & ~bad & ~pending & ~offered)) errors = errors + 1;
      if (fatal !== (written[place] & bad & ~pending)) errors = errors + 1;
      if (rewrite && (port_bank !== bank || port_row !== place - bank*ROWS)) errors = errors + 1;
      if (valid !== (offered | rewrite)) errors = errors + 1;
      if (stays && place != last_place) errors = errors + 1;
      stays = pending | (written[place] & mended & ~bad & ~rewrite);
      // With vectors in between, each has a walk of its own.
      last_place = place;
      if (BANKS > 1) stays = 0;
    end
    pending = valid | ~ready;
    written = written | enable;
    cycle = cycle + 1;
    #1;
    busy = (cycle % RHYTHM) != 0;
    busy_bank = 0;
    // Vectors without a pause: a row a cycle.
    if (cycle == ROWS + 1 && RHYTHM > ROWS + 1 && busy_seen[ROWS-1:0] != {ROWS{1'b1}}) errors = errors + 1;
    // First a walk without anything to mend; then anything.
    if (cycle == 2*RHYTHM*ROWS*BANKS) begin
      if (busy_seen[ROWS-1:0] != {ROWS{1'b1}} && RHYTHM > 1) errors = errors + 1;
      if (idle_seen != {BANKS*ROWS{1'b1}}) errors = errors + 1;
    end
    if (cycle > 2*RHYTHM*ROWS*BANKS) begin
      {mended, bad, offered} = $random & $random;
      busy_bank = $random;
      if (BANKS == 3 && busy_bank == 3) busy_bank = 0;
      ready = pending ? $random : 1'b1;
      enable = $random & $random & $random;
    end
  end else begin
    written = 0;
    busy_seen = 0;
    idle_seen = 0;
    pending = 0;
  end
endmodule

module cells_tb;
  reg clk = 0, rst_n = 1;
  always #5 clk = ~clk;
  wire [31:0] f0, f1, f2, f3, f4, w0, w1, w2, w3, w4;
  flags_check #(.PIPELINE(0), .STEPS(1), .SKID(1)) u_f0 (.clk(clk), .errors(f0));
  flags_check #(.PIPELINE(2), .STEPS(1), .SKID(1)) u_f1 (.clk(clk), .errors(f1));
  flags_check #(.PIPELINE(0), .STEPS(4), .SKID(0)) u_f2 (.clk(clk), .errors(f2));
  flags_check #(.PIPELINE(1), .STEPS(2), .SKID(0)) u_f3 (.clk(clk), .errors(f3));
  flags_check #(.PIPELINE(4), .STEPS(3), .SKID(1)) u_f4 (.clk(clk), .errors(f4));
  walk_check #(.ROWS(4), .BANKS(2), .RHYTHM(2)) u_w0 (.clk(clk), .rst_n(rst_n), .errors(w0));
  walk_check #(.ROWS(5), .BANKS(3), .RHYTHM(4)) u_w1 (.clk(clk), .rst_n(rst_n), .errors(w1));
  walk_check #(.ROWS(3), .BANKS(1), .RHYTHM(1)) u_w2 (.clk(clk), .rst_n(rst_n), .errors(w2));
  walk_check #(.ROWS(1), .BANKS(2), .RHYTHM(3)) u_w3 (.clk(clk), .rst_n(rst_n), .errors(w3));
  walk_check #(.ROWS(4), .BANKS(2), .RHYTHM(12)) u_w4 (.clk(clk), .rst_n(rst_n), .errors(w4));

  // Counters of three bits and of one.
  reg clear = 0, mend = 0, flag = 0, fatal = 0;
  wire [2:0] mended, flagged;
  wire one_mended, one_flagged, irq, one_irq;
  cim_error_monitor #(.WIDTH(3)) u_three (
    .clk_i(clk), .rst_ni(rst_n), .clear_i(clear), .mended_i(mend), .flagged_i(flag), .fatal_i(fatal),
    .mended_o(mended), .flagged_o(flagged), .irq_o(irq));
  cim_error_monitor #(.WIDTH(1)) u_one (
    .clk_i(clk), .rst_ni(rst_n), .clear_i(clear), .mended_i(mend), .flagged_i(flag), .fatal_i(fatal),
    .mended_o(one_mended), .flagged_o(one_flagged), .irq_o(one_irq));
  integer errors = 0, mends = 0, flags = 0;
  reg asks = 0;

  // A write buffer.
  reg load = 0, rewrite = 0;
  reg  [14:0] codes, planes, expected;
  wire [14:0] got;
  cim_scrub_buffer #(.LANES(3), .BITS(5)) u_buffer (
    .clk_i(clk), .load_i(load), .rewrite_i(rewrite), .codes_i(codes), .mended_i(planes), .planes_o(got));
  integer lane, b;

  always @(posedge clk) if (rst_n) begin
    if (mended !== (mends > 7 ? 7 : mends) || flagged !== (flags > 7 ? 7 : flags)) errors = errors + 1;
    if (one_mended !== (mends > 0) || one_flagged !== (flags > 0)) errors = errors + 1;
    if (irq !== asks || one_irq !== asks) errors = errors + 1;
    if (clear) begin
      mends = 0;
      flags = 0;
      asks = 0;
    end
    mends = mends + mend;
    flags = flags + flag;
    asks = asks | flag | fatal;
    if (expected !== 15'bx && got !== expected) errors = errors + 1;
    if (load) begin
      for (lane = 0; lane < 3; lane = lane + 1)
        for (b = 0; b < 5; b = b + 1)
          expected[b*3 + lane] = rewrite ? planes[b*3 + lane] : codes[lane*5 + b];
    end
    #1;
    clear = ($random & 15) == 0;
    {mend, flag} = $random;
    fatal = ($random & 15) == 0;
    {load, rewrite} = $random;
    codes = $random;
    planes = $random;
  end

  initial begin
    #2 rst_n = 0;
    #10 rst_n = 1;
    #20000;
    $display("errors %0d", errors + f0 + f1 + f2 + f3 + f4 + w0 + w1 + w2 + w3 + w4);
    $finish;
  end
endmodule

`default_nettype wire
