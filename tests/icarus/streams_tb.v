// Plays weights and vectors of files into a macro and prints what comes out, in plain Verilog-2005,
// for a simulator other than Verilator. Made for one macro by these macros of the command line:
//   TOP, ROWS, COLUMNS, BANKS, INPUT_BITS, WEIGHT_BITS, OUTPUT_BITS
//   STORED_ROWS           of the weights
//   BANK_BITS, ROW_BITS, INDEX_BITS   not defined where the macro has no such port
//   WEIGHT_SCALE_BITS, WEIGHT_CLASS_BITS, IN_SCALE_WIDTH   likewise, of a floating macro
//   THRESHOLD_BITS        defined where results are signs: thresholds.hex has a line for each bank
//   PROTECTION            defined with check bits: there is no error
//   SELF_TEST, MARCH, TWO_TESTS, REPAIR_BITS, TEST_MODE   pins that rest: no self-test, no spare in use
//   INTEGERS              defined with integer mode; WEIGHT_INTEGERS where rows of weights say theirs
//   PRECISION             defined with run-time precision; LAST_BITS, FUSE_BITS where it has these pins
//   ROUNDS                how often all banks are written
//   VECTORS               vectors of a round
//   SEED                  of the gaps and the back-pressure
//   MOST_CYCLES           a run that takes more hangs
// weights.hex has one row of weights a line, all banks of round 0 first; vectors.hex one vector a
// line; banks.hex the bank of each; indices.hex those of structured weights; modes.hex its precision,
// {integers, log2 of fused columns, bits of an input less one, weights signed, inputs signed} in 1, 8, 4, 1 and 1 bits;
// weight_scales.hex, weight_classes.hex, weight_integers.hex and in_scales.hex what a floating macro takes beside.
// Round r + 1 is written while the last vectors of round r are
// computed. A payload is x wherever its valid is low, so that nothing may depend on it.
// Prints `result HEX` for each, `end`, and `error TEXT` where the contract is broken.
`default_nettype none

module cim_streams_tb;
  localparam WEIGHT_WIDTH = `COLUMNS * `WEIGHT_BITS;
  localparam IN_WIDTH     = `ROWS * `INPUT_BITS;
  localparam OUT_WIDTH    = `COLUMNS * `OUTPUT_BITS;
  localparam WRITES       = `BANKS * `STORED_ROWS;  // of a round

  reg  [WEIGHT_WIDTH-1:0] weights [0:`ROUNDS*WRITES-1];
  reg  [IN_WIDTH-1:0]     vectors [0:`ROUNDS*`VECTORS-1];
  reg  [31:0]             banks   [0:`ROUNDS*`VECTORS-1];
  reg  [14:0]             modes   [0:`ROUNDS*`VECTORS-1];
  reg  [14:0]             in_mode = 15'bx;

  reg                     clk = 1'b0;
  reg                     rst_n = 1'b1;
  reg                     weight_valid = 1'b0;
  wire                    weight_ready;
  reg  [WEIGHT_WIDTH-1:0] weight_data = {WEIGHT_WIDTH{1'bx}};
  reg                     in_valid = 1'b0;
  wire                    in_ready;
  reg  [IN_WIDTH-1:0]     in_data = {IN_WIDTH{1'bx}};
  wire                    out_valid;
  reg                     out_ready = 1'b0;
  wire [OUT_WIDTH-1:0]    out_data;
`ifdef BANK_BITS
  reg  [`BANK_BITS-1:0]   weight_bank = {`BANK_BITS{1'bx}};
  reg  [`BANK_BITS-1:0]   in_bank = {`BANK_BITS{1'bx}};
`endif
`ifdef TRANSPOSES
  reg                     in_transpose = 1'bx;  // of every other vector
`endif
`ifdef ROW_BITS
  reg  [`ROW_BITS-1:0]    weight_row = {`ROW_BITS{1'bx}};
`endif
`ifdef INDEX_BITS
  localparam INDEX_WIDTH  = `COLUMNS * `INDEX_BITS;
  reg  [INDEX_WIDTH-1:0]  indices [0:`ROUNDS*WRITES-1];
  reg  [INDEX_WIDTH-1:0]  weight_indices = {INDEX_WIDTH{1'bx}};
`endif

`ifdef WEIGHT_SCALE_BITS
  localparam SCALE_WIDTH  = `COLUMNS * `WEIGHT_SCALE_BITS;
  reg  [SCALE_WIDTH-1:0]  scales [0:`ROUNDS*WRITES-1];
  reg  [SCALE_WIDTH-1:0]  weight_scale = {SCALE_WIDTH{1'bx}};
`endif
`ifdef WEIGHT_CLASS_BITS
  localparam CLASS_WIDTH  = `COLUMNS * `WEIGHT_CLASS_BITS;
  reg  [CLASS_WIDTH-1:0]  classes [0:`ROUNDS*WRITES-1];
  reg  [CLASS_WIDTH-1:0]  weight_class = {CLASS_WIDTH{1'bx}};
`endif
`ifdef IN_SCALE_WIDTH
  reg  [`IN_SCALE_WIDTH-1:0] in_scales [0:`ROUNDS*`VECTORS-1];
  reg  [`IN_SCALE_WIDTH-1:0] in_scale = {`IN_SCALE_WIDTH{1'bx}};
`endif
`ifdef WEIGHT_INTEGERS
  reg                     integers [0:`ROUNDS*WRITES-1];
  reg                     weight_integer = 1'bx;
`endif

`ifdef THRESHOLD_BITS
  localparam THRESHOLD_WIDTH = `COLUMNS * `THRESHOLD_BITS;
  reg  [THRESHOLD_WIDTH-1:0] thresholds [0:`BANKS-1];
  reg  [THRESHOLD_WIDTH-1:0] threshold_data = {THRESHOLD_WIDTH{1'bx}};
  reg                     threshold_valid = 1'b0;
  wire                    threshold_ready;
  reg                     compares = 1'b0;  // all banks have theirs
`else
  wire                    compares = 1'b1;
`endif
`ifdef PROTECTION
  wire [`COLUMNS-1:0]     out_error;
  wire                    irq;
`endif

  integer threshold_index = 0;

  `TOP u_macro (
    .clk_i         (clk),
    .rst_ni        (rst_n),
    .weight_valid_i(weight_valid),
    .weight_ready_o(weight_ready),
`ifdef BANK_BITS
    .weight_bank_i (weight_bank),
    .in_bank_i     (in_bank),
`endif
`ifdef TRANSPOSES
    .in_transpose_i(in_transpose),
`endif
`ifdef ROW_BITS
    .weight_row_i  (weight_row),
`endif
    .weight_data_i (weight_data),
`ifdef INDEX_BITS
    .weight_index_i(weight_indices),
`endif
`ifdef WEIGHT_SCALE_BITS
    .weight_scale_i(weight_scale),
`endif
`ifdef WEIGHT_CLASS_BITS
    .weight_class_i(weight_class),
`endif
`ifdef IN_SCALE_WIDTH
    .in_scale_i    (in_scale),
`endif
`ifdef WEIGHT_INTEGERS
    .weight_integer_i(weight_integer),
`endif
`ifdef INTEGERS
    .in_integer_i  (in_mode[14]),
`endif
    .in_valid_i    (in_valid),
    .in_ready_o    (in_ready),
`ifdef PRECISION
    .in_signed_i   (in_mode[0]),
    .in_weight_signed_i(in_mode[1]),
`endif
`ifdef LAST_BITS
    .in_last_bit_i (in_mode[2 +: `LAST_BITS]),
`endif
`ifdef FUSE_BITS
    .in_fuse_i     (in_mode[6 +: `FUSE_BITS]),
`endif
    .in_data_i     (in_data),
    .out_valid_o   (out_valid),
    .out_ready_i   (out_ready),
`ifdef THRESHOLD_BITS
    .threshold_valid_i(threshold_valid),
    .threshold_ready_o(threshold_ready),
    .threshold_data_i(threshold_data),
`ifdef BANK_BITS
    .threshold_bank_i(threshold_index[`BANK_BITS-1:0]),
`endif
`endif
`ifdef PROTECTION
    .protection_clear_i(1'b0),
    .out_error_o   (out_error),
    .protection_irq_o(irq),
`endif
`ifdef SELF_TEST
    .bist_start_i  (1'b0),
`endif
`ifdef MARCH
    .bist_error_ready_i(1'b0),
`endif
`ifdef TWO_TESTS
    .bist_compute_i(1'b0),
`endif
`ifdef REPAIR_BITS
    .repair_load_i (1'b0),
    .repair_data_i ({`REPAIR_BITS{1'b0}}),
`endif
`ifdef TEST_MODE
    .test_mode_i   (1'b0),
`endif
    .out_data_o    (out_data)
  );

  integer cycle = 0;
  integer written = 0;   // weight transfers
  integer accepted = 0;  // vectors
  integer taken = 0;     // results
  reg     running = 1'b0;

  always #5 clk = ~clk;

  initial begin
    $readmemh("weights.hex", weights);
`ifdef INDEX_BITS
    $readmemh("indices.hex", indices);
`endif
    $readmemh("vectors.hex", vectors);
    $readmemh("banks.hex", banks);
    $readmemh("modes.hex", modes);
`ifdef WEIGHT_SCALE_BITS
    $readmemh("weight_scales.hex", scales);
`endif
`ifdef WEIGHT_CLASS_BITS
    $readmemh("weight_classes.hex", classes);
`endif
`ifdef IN_SCALE_WIDTH
    $readmemh("in_scales.hex", in_scales);
`endif
`ifdef WEIGHT_INTEGERS
    $readmemh("weight_integers.hex", integers);
`endif
`ifdef THRESHOLD_BITS
    $readmemh("thresholds.hex", thresholds);
`endif
    #2 rst_n = 1'b0;
    #31 rst_n = 1'b1;
    @(posedge clk);
    running = 1'b1;
  end

  // Weights: one gap in four transfers.
  integer weight_seed = `SEED;
  integer weight_index;
  integer weight_gap;
  initial begin
    wait (running);
    for (weight_index = 0; weight_index < `ROUNDS*WRITES; weight_index = weight_index + 1) begin
      while (accepted < (weight_index / WRITES) * `VECTORS) @(posedge clk);
      weight_gap = $random(weight_seed);
      if (weight_gap[4:3] == 2'd0) repeat (weight_gap[6:5] + 1) @(posedge clk);
      weight_valid <= #1 1'b1;
      weight_data  <= #1 weights[weight_index];
`ifdef INDEX_BITS
      weight_indices <= #1 indices[weight_index];
`endif
`ifdef WEIGHT_SCALE_BITS
      weight_scale <= #1 scales[weight_index];
`endif
`ifdef WEIGHT_CLASS_BITS
      weight_class <= #1 classes[weight_index];
`endif
`ifdef WEIGHT_INTEGERS
      weight_integer <= #1 integers[weight_index];
`endif
`ifdef BANK_BITS
      weight_bank  <= #1 (weight_index / `STORED_ROWS) % `BANKS;
`endif
`ifdef ROW_BITS
      weight_row   <= #1 weight_index % `STORED_ROWS;
`endif
      @(posedge clk);
      while (weight_ready !== 1'b1) @(posedge clk);
      written = written + 1;
      weight_valid <= #1 1'b0;
      weight_data  <= #1 {WEIGHT_WIDTH{1'bx}};
`ifdef INDEX_BITS
      weight_indices <= #1 {INDEX_WIDTH{1'bx}};
`endif
`ifdef WEIGHT_SCALE_BITS
      weight_scale <= #1 {SCALE_WIDTH{1'bx}};
`endif
`ifdef WEIGHT_CLASS_BITS
      weight_class <= #1 {CLASS_WIDTH{1'bx}};
`endif
`ifdef WEIGHT_INTEGERS
      weight_integer <= #1 1'bx;
`endif
`ifdef BANK_BITS
      weight_bank  <= #1 {`BANK_BITS{1'bx}};
`endif
`ifdef ROW_BITS
      weight_row   <= #1 {`ROW_BITS{1'bx}};
`endif
    end
  end

`ifdef THRESHOLD_BITS
  initial begin
    wait (running);
    for (threshold_index = 0; threshold_index < `BANKS; threshold_index = threshold_index + 1) begin
      threshold_valid <= #1 1'b1;
      threshold_data  <= #1 thresholds[threshold_index];
      @(posedge clk);
      while (threshold_ready !== 1'b1) @(posedge clk);
      threshold_valid <= #1 1'b0;
      threshold_data  <= #1 {THRESHOLD_WIDTH{1'bx}};
      #2 compares = threshold_index + 1 == `BANKS;
    end
  end
`endif

  // Vectors: likewise.
  integer in_seed = `SEED + 1;
  integer in_index;
  integer in_gap;
  initial begin
    wait (running && compares);
    for (in_index = 0; in_index < `ROUNDS*`VECTORS; in_index = in_index + 1) begin
      while (written < (in_index / `VECTORS + 1) * WRITES) @(posedge clk);
      in_gap = $random(in_seed);
      if (in_gap[4:3] == 2'd0) repeat (in_gap[7:5] + 1) @(posedge clk);
      in_valid <= #1 1'b1;
      in_data  <= #1 vectors[in_index];
      in_mode  <= #1 modes[in_index];
`ifdef IN_SCALE_WIDTH
      in_scale <= #1 in_scales[in_index];
`endif
`ifdef BANK_BITS
      in_bank  <= #1 banks[in_index];
`endif
`ifdef TRANSPOSES
      in_transpose <= #1 in_index % 2;
`endif
      @(posedge clk);
      while (in_ready !== 1'b1) @(posedge clk);
      accepted = accepted + 1;
      in_valid <= #1 1'b0;
      in_data  <= #1 {IN_WIDTH{1'bx}};
      in_mode  <= #1 15'bx;
`ifdef IN_SCALE_WIDTH
      in_scale <= #1 {`IN_SCALE_WIDTH{1'bx}};
`endif
`ifdef BANK_BITS
      in_bank  <= #1 {`BANK_BITS{1'bx}};
`endif
`ifdef TRANSPOSES
      in_transpose <= #1 1'bx;
`endif
    end
  end

  // Results: ready in three of four cycles, now and then away for longer.
  integer out_seed = `SEED + 2;
  integer out_draw;
  integer away = 0;
  reg                 waited = 1'b0;
  reg [OUT_WIDTH-1:0] waiting;
  always @(posedge clk) begin
    if (running) begin
      out_draw = $random(out_seed);
      if (away > 0) away = away - 1;
      else if (out_draw[9:4] == 6'd0) away = out_draw[14:10];
      out_ready <= #1 (away == 0) && (out_draw[16:15] != 2'd0);

      if ((^{weight_ready, in_ready, out_valid}) === 1'bx) $display("error x in the handshake");
      if (waited && (out_valid !== 1'b1 || out_data !== waiting)) begin
        $display("error a waiting result changed");
      end
      waited  = out_valid && !out_ready;
      waiting = out_data;
      if (out_valid && out_ready) begin
        if (taken == accepted) $display("error a result too many");
`ifdef PROTECTION
        if (out_error !== 0 || irq !== 1'b0) $display("error a flag without an error");
`endif
        $display("result %h", out_data);
        taken = taken + 1;
      end
    end
  end

  // A while after the last result, for one too many.
  always @(posedge clk) begin
    cycle = cycle + 1;
    if (cycle == `MOST_CYCLES) begin
      $display("error hangs with %0d rows written, %0d vectors accepted, %0d results", written,
               accepted, taken);
      $finish;
    end
  end
  initial begin
    wait (taken == `ROUNDS*`VECTORS);
    repeat (60) @(posedge clk);
    $display("end");
    $finish;
  end
endmodule

`default_nettype wire
