// Plays a script of transfers into an analog macro, in plain Verilog-2005 for Icarus, and prints what comes
// out. Made for one macro by these macros of the command line:
//   TOP, ROWS, COLUMNS, INPUT_BITS, WEIGHT_BITS, OUTPUT_BITS, ADDRESS_BITS of a row (none for one row)
//   CELL_BITS, SETTLE, PULSE   of the specification
//   SEED                       of ready signals that are random
//   MOST_CYCLES                a run that takes more hangs
// script.txt has one command a line, numbers in hex:
//   w ROW DATA         one row of weights         v DATA         one vector
//   c WRITE ADDR DATA  one access to a register   s ROW DATA DATA ADDR DATA   a write to a register, and
//                                                 weights and vector with the edge that it works at
//   d                  waits until the macro is idle and nothing waits
//   i N                N cycles                   x N            reset for N cycles
//   o M, a M, f M      ready of results, answers, faults: 0 never, 1 always, 2 at random
//   k N ROW CELL LEVEL device CELL of a row is stuck at a level; N: which of eight
//   m                  prints the cycle
// Prints `r DATA FLAGS`, `a DATA`, `f ROW CONVERTER COLUMN SLICE MINUS`, `j JOB` where one begins, `m CYCLE`,
// `end`, and `error TEXT` where a contract is broken, that of the array too. A payload is x wherever
// its valid is low.
`default_nettype none

module cim_player_tb;
  localparam WEIGHT_WIDTH = `COLUMNS * `WEIGHT_BITS;
  localparam IN_WIDTH     = `ROWS * `INPUT_BITS;
  localparam OUT_WIDTH    = `COLUMNS * `OUTPUT_BITS;

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
  wire [`COLUMNS-1:0]     out_saturated;
  reg                     cfg_valid = 1'b0;
  wire                    cfg_ready;
  reg                     cfg_write = 1'bx;
  reg  [19:0]             cfg_address = 20'bx;
  reg  [31:0]             cfg_data = 32'bx;
  wire                    answer_valid;
  reg                     answer_ready = 1'b0;
  wire [31:0]             answer_data;
  wire                    fault_valid;
  reg                     fault_ready = 1'b0;
  wire [15:0]             fault_row, fault_converter, fault_column, fault_slice;
  wire                    fault_minus;
`ifdef ADDRESS_BITS
  reg  [`ADDRESS_BITS-1:0] weight_row = {`ADDRESS_BITS{1'bx}};
`endif

  `TOP u_macro (
    .clk_i             (clk),
    .rst_ni            (rst_n),
    .weight_valid_i    (weight_valid),
    .weight_ready_o    (weight_ready),
`ifdef ADDRESS_BITS
    .weight_row_i      (weight_row),
`endif
    .weight_data_i     (weight_data),
    .in_valid_i        (in_valid),
    .in_ready_o        (in_ready),
    .in_data_i         (in_data),
    .out_valid_o       (out_valid),
    .out_ready_i       (out_ready),
    .out_data_o        (out_data),
    .out_saturated_o   (out_saturated),
    .cfg_valid_i       (cfg_valid),
    .cfg_ready_o       (cfg_ready),
    .cfg_write_i       (cfg_write),
    .cfg_address_i     (cfg_address),
    .cfg_data_i        (cfg_data),
    .cfg_answer_valid_o(answer_valid),
    .cfg_answer_ready_i(answer_ready),
    .cfg_answer_data_o (answer_data),
    .fault_valid_o     (fault_valid),
    .fault_ready_i     (fault_ready),
    .fault_row_o       (fault_row[`FAULT_ROW-1:0]),
    .fault_converter_o (fault_converter[`FAULT_CONVERTER-1:0]),
    .fault_column_o    (fault_column[`FAULT_COLUMN-1:0]),
    .fault_slice_o     (fault_slice[`FAULT_SLICE-1:0]),
    .fault_minus_o     (fault_minus),
    .temperature_i     (16'd19082),
    .elapsed_i         (32'd0)
  );
  assign fault_row[15:`FAULT_ROW] = 0;
  assign fault_converter[15:`FAULT_CONVERTER] = 0;
  assign fault_column[15:`FAULT_COLUMN] = 0;
  assign fault_slice[15:`FAULT_SLICE] = 0;

  always #5 clk = ~clk;

  // ----- The script -----
  integer file, got, number, which, count;
  reg [7:0]  op;
  reg [31:0] hex_a, hex_b, hex_c;
  reg [WEIGHT_WIDTH-1:0] weights;
  reg [IN_WIDTH-1:0]     vector;
  reg weights_left, vector_left;
  integer out_mode = 1, answer_mode = 1, fault_mode = 1;

  task hide;
    begin
      if (!weights_left) begin
        weight_valid <= #1 1'b0;
        weight_data  <= #1 {WEIGHT_WIDTH{1'bx}};
`ifdef ADDRESS_BITS
        weight_row   <= #1 {`ADDRESS_BITS{1'bx}};
`endif
      end
      if (!vector_left) begin
        in_valid <= #1 1'b0;
        in_data  <= #1 {IN_WIDTH{1'bx}};
      end
    end
  endtask

  task send;
    begin
      if (weights_left) begin
        weight_valid <= #1 1'b1;
        weight_data  <= #1 weights;
`ifdef ADDRESS_BITS
        weight_row   <= #1 hex_a[`ADDRESS_BITS-1:0];
`endif
      end
      if (vector_left) begin
        in_valid <= #1 1'b1;
        in_data  <= #1 vector;
      end
      while (weights_left || vector_left) begin
        @(posedge clk);
        if (weights_left && weight_ready === 1'b1) weights_left = 1'b0;
        if (vector_left && in_ready === 1'b1) vector_left = 1'b0;
        hide;
      end
    end
  endtask

  task access(input write, input [19:0] address, input [31:0] data);
    begin
      cfg_valid   <= #1 1'b1;
      cfg_write   <= #1 write;
      cfg_address <= #1 address;
      cfg_data    <= #1 data;
      @(posedge clk);
      while (cfg_ready !== 1'b1) @(posedge clk);
      accesses = accesses + 1;
      cfg_valid   <= #1 1'b0;
      cfg_write   <= #1 1'bx;
      cfg_address <= #1 20'bx;
      cfg_data    <= #1 32'bx;
    end
  endtask

  integer accesses = 0, answers = 0;

  initial begin
    weights_left = 1'b0;
    vector_left  = 1'b0;
    file = $fopen("script.txt", "r");
    #2 rst_n = 1'b0;
    #31 rst_n = 1'b1;
    @(posedge clk);
    got = $fscanf(file, " %c", op);
    while (got == 1) begin
      case (op)
        "w": begin
          got = $fscanf(file, "%h %h", hex_a, weights);
          weights_left = 1'b1;
          send;
        end
        "v": begin
          got = $fscanf(file, "%h", vector);
          vector_left = 1'b1;
          send;
        end
        "c": begin
          got = $fscanf(file, "%h %h %h", hex_a, hex_b, hex_c);
          access(hex_a[0], hex_b[19:0], hex_c);
        end
        "s": begin
          got = $fscanf(file, "%h %h %h %h %h", hex_a, weights, vector, hex_b, hex_c);
          access(1'b1, hex_b[19:0], hex_c);
          @(posedge clk);
          weights_left = 1'b1;
          vector_left = 1'b1;
          send;
        end
        "d": begin
          @(posedge clk);
          while (in_ready !== 1'b1 || out_valid !== 1'b0 || answer_valid !== 1'b0 ||
                 cfg_ready !== 1'b1) @(posedge clk);
        end
        "i": begin
          got = $fscanf(file, "%h", hex_a);
          repeat (hex_a) @(posedge clk);
        end
        "x": begin
          got = $fscanf(file, "%h", hex_a);
          #3 rst_n = 1'b0;
          repeat (hex_a) @(posedge clk);
          #1 if (out_valid !== 1'b0 || answer_valid !== 1'b0 || fault_valid !== 1'b0) begin
            $display("error a valid in reset");
          end
          accesses = 0;
          answers = 0;
          #2 rst_n = 1'b1;
          @(posedge clk);
        end
        "o": got = $fscanf(file, "%h", out_mode);
        "a": got = $fscanf(file, "%h", answer_mode);
        "f": got = $fscanf(file, "%h", fault_mode);
        "k": begin
          got = $fscanf(file, "%h %h %h %h", which, hex_a, hex_b, hex_c);
          stuck_row[which]   = hex_a;
          stuck_cell[which]  = hex_b;
          stuck_level[which] = hex_c;
          stuck[which]       = 1'b1;
        end
        "m": $display("m %0h", cycle);
        default: begin
          $display("error no command %c", op);
          $finish;
        end
      endcase
      got = $fscanf(file, " %c", op);
    end
    // What was asked for is waited for.
    @(posedge clk);
    while (in_ready !== 1'b1 || out_valid !== 1'b0 || answer_valid !== 1'b0 || cfg_ready !== 1'b1) begin
      @(posedge clk);
    end
    repeat (20) @(posedge clk);
    if (accesses != answers) $display("error %0d accesses and %0d answers", accesses, answers);
    $display("end");
    $finish;
  end

  // ----- What is ready -----
  integer seed = `SEED;
  integer draw;
  always @(posedge clk) begin
    draw = $random(seed);
    out_ready    <= #1 (out_mode == 1) || (out_mode == 2 && draw[5:4] == 2'd0);
    answer_ready <= #1 (answer_mode == 1) || (answer_mode == 2 && draw[7:6] == 2'd0);
    fault_ready  <= #1 (fault_mode == 1) || (fault_mode == 2 && draw[9:8] == 2'd0);
  end

  // ----- What comes -----
  integer cycle = 0;
  reg out_waits = 1'b0, answer_waits = 1'b0, fault_waits = 1'b0;
  reg [OUT_WIDTH+`COLUMNS-1:0] out_held;
  reg [31:0] answer_held;
  reg [64:0] fault_held;
  wire [64:0] fault = {fault_row, fault_converter, fault_column, fault_slice, fault_minus};
  always @(posedge clk) if (!rst_n) begin
    out_waits = 1'b0;
    answer_waits = 1'b0;
    fault_waits = 1'b0;
  end else begin
    if ((^{weight_ready, in_ready, out_valid, cfg_ready, answer_valid, fault_valid}) === 1'bx) begin
      $display("error x in the handshake");
    end
    if (out_valid && (^{out_data, out_saturated}) === 1'bx) $display("error x in a result");
    if (answer_valid && (^answer_data) === 1'bx) $display("error x in an answer");
    if (fault_valid && (^fault) === 1'bx) $display("error x in a fault");
    if (out_waits && (!out_valid || {out_data, out_saturated} !== out_held)) begin
      $display("error a waiting result changed");
    end
    if (answer_waits && (!answer_valid || answer_data !== answer_held)) begin
      $display("error a waiting answer changed");
    end
    if (fault_waits && (!fault_valid || fault !== fault_held)) begin
      $display("error a waiting fault changed");
    end
    out_waits    = out_valid && !out_ready;
    out_held     = {out_data, out_saturated};
    answer_waits = answer_valid && !answer_ready;
    answer_held  = answer_data;
    fault_waits  = fault_valid && !fault_ready;
    fault_held   = fault;
    if (out_valid && out_ready) $display("r %h %h", out_data, out_saturated);
    if (answer_valid && answer_ready) begin
      $display("a %h", answer_data);
      answers = answers + 1;
      if (answers > accesses) $display("error an answer too many");
    end
    if (fault_valid && fault_ready) begin
      $display("f %h %h %h %h %h", fault_row, fault_converter, fault_column, fault_slice, fault_minus);
    end
  end
  always @(posedge clk) begin
    cycle = cycle + 1;
    if (cycle == `MOST_CYCLES) begin
      $display("error hangs at command %c", op);
      $finish;
    end
  end
  reg was_idle = 1'b1;
  always @(negedge clk) begin
    if (was_idle && `WITH_ARRAY.u_sequencer.state_q != 3'd0) $display("j %0d", `WITH_ARRAY.u_sequencer.job_q);
    was_idle = `WITH_ARRAY.u_sequencer.state_q == 3'd0;
  end

  // ----- Stuck devices -----
  reg [7:0]  stuck = 8'd0;
  reg [31:0] stuck_row [0:7];
  reg [31:0] stuck_cell [0:7];
  reg [31:0] stuck_level [0:7];
  integer k;
  always @(negedge clk) begin
    for (k = 0; k < 8; k = k + 1) begin
      if (stuck[k]) begin
        `WITH_ARRAY.u_array.u_model.cells[stuck_row[k]][stuck_cell[k]*`CELL_BITS +: `CELL_BITS] =
            stuck_level[k][`CELL_BITS-1:0];
      end
    end
  end

  // ----- What the array is promised -----
  wire drive = `WITH_ARRAY.u_array.drive_i;
  wire convert = `WITH_ARRAY.u_array.convert_i;
  wire done = `WITH_ARRAY.u_array.done_o;
  wire pulse = `WITH_ARRAY.u_array.pulse_i;
  wire is_test = `WITH_ARRAY.u_array.test_i;
  localparam DRIVEN = `ROWS * (1 + `DIGIT_BITS) + 1;
  wire [DRIVEN-1:0] driven = {drive, `WITH_ARRAY.u_array.row_enable_i,
                              is_test ? {`ROWS*`DIGIT_BITS{1'b0}} : `WITH_ARRAY.u_array.row_code_i};
  localparam READ = `LANES * `RANGE_BITS + 16 + 16 + 3 + 32;
  wire [15:0] read_column = `WITH_ARRAY.u_array.column_i;
  wire [15:0] read_slice = `WITH_ARRAY.u_array.slice_i;
  wire [READ-1:0] read = {`WITH_ARRAY.u_array.range_i, read_column, read_slice, `WITH_ARRAY.u_array.plus_i,
                          `WITH_ARRAY.u_array.minus_i, is_test,
                          is_test ? `WITH_ARRAY.u_array.reference_i : 32'd0};
  localparam WRITTEN = `CELL_COLUMNS * (2 + `CELL_BITS) + 16;
  wire [15:0] pulse_row = `WITH_ARRAY.u_array.pulse_row_i;
  wire [WRITTEN-1:0] written = {`WITH_ARRAY.u_array.set_i, `WITH_ARRAY.u_array.reset_i,
                                `WITH_ARRAY.u_array.amplitude_i, pulse_row};
  reg [DRIVEN-1:0]  last_driven;
  reg [READ-1:0]    converted;
  reg [WRITTEN-1:0] pulsed;
  reg               converting = 1'b0;
  integer           steady = 0, pulse_left = 0;
  always @(posedge clk) if (!rst_n) begin
    converting = 1'b0;
    steady = 0;
    pulse_left = 0;
  end else begin
    if ((^{drive, convert, pulse, `WITH_ARRAY.u_array.set_i, `WITH_ARRAY.u_array.reset_i}) === 1'bx) begin
      $display("error x in the array's controls");
    end
    if (pulse && pulse_left > 0) $display("error a pulse in a pulse");
    if (pulse) begin
      pulse_left = `PULSE;
      pulsed = written;
      if ((^written) === 1'bx) $display("error x in a pulse");
      if ((`WITH_ARRAY.u_array.set_i & `WITH_ARRAY.u_array.reset_i) != 0) $display("error set and reset at once");
      if ((`WITH_ARRAY.u_array.set_i | `WITH_ARRAY.u_array.reset_i) == 0) $display("error a pulse to no device");
    end
    if (pulse_left > 0) begin
      if (drive || convert) $display("error rows are driven in a pulse");
      if (written !== pulsed) $display("error the devices of a pulse changed");
      pulse_left = pulse_left - 1;
    end
    if (driven !== last_driven) steady = 0;
    else steady = steady + 1;
    last_driven = driven;
    if (convert && converting) $display("error a conversion in a conversion");
    if (convert) begin
      converting = 1'b1;
      converted = read;
      if (!drive) $display("error a conversion without driven rows");
      if (steady < `SETTLE) $display("error rows had %0d cycles to settle", steady);
      if ((^read) === 1'bx) $display("error x in a conversion");
    end else if (converting) begin
      if (read !== converted || steady == 0) $display("error a conversion's input changed");
      if (done) converting = 1'b0;
    end
  end
endmodule

`default_nettype wire
