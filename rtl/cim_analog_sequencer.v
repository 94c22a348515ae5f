// Runs an analog macro: the steps of an input vector, the column multiplexers and converters, and
// program-and-verify of a row of weights.
//
// A vector takes STEPS steps; the rows settle for SETTLE cycles, then every converter goes through its
// COLUMNS x SLICES positions. A converter answers with done_i; three cycles after the last answer the
// lanes have added it (cim_analog_lane), and their results are finished column by column.
// A row of weights is read back device by device (verify). Where a level is further off than the
// tolerance, the row gets a pulse and is read again, at most `retries_i` times; what is still
// wrong then is reported cell by cell on the fault stream.
// A test conversion (test_i) reads a reference in place of a column; test_valid_i stays high until
// test_sample_o, its code is there.
// Every ready is a function of state alone.
`default_nettype none

module cim_analog_sequencer #(
  parameter STEPS         = 4,
  parameter STEP_BITS     = 2,
  parameter SIGN          = 1,  // the last step is that of the sign bits
  parameter COLUMNS       = 8,  // that take turns at a converter
  parameter COLUMN_BITS   = 3,
  parameter SLICES        = 2,
  parameter SLICE_BITS    = 1,
  parameter DIFFERENTIAL  = 1,
  parameter SETTLE        = 1,
  parameter PULSE         = 1,
  parameter WAIT_BITS     = 1,  // enough for SETTLE - 1, PULSE - 1 and 2
  parameter LANES         = 8,
  parameter LANE_BITS     = 3,
  parameter ROW_BITS      = 6
) (
  input  wire                   clk_i,
  input  wire                   rst_ni,

  input  wire                   in_valid_i,
  output wire                   in_ready_o,
  input  wire                   weight_valid_i,
  output wire                   weight_ready_o,
  input  wire [ROW_BITS-1:0]    weight_row_i,
  output wire                   out_valid_o,
  input  wire                   out_ready_i,
  input  wire                   test_valid_i,
  input  wire [COLUMN_BITS-1:0] test_column_i,

  input  wire [15:0]            retries_i,
  output wire                   busy_o,

  // To the row drivers and the array.
  output wire                   take_vector_o,
  output wire                   next_digit_o,
  output wire                   sign_step_o,
  output wire                   drive_o,        // the rows are driven
  output wire                   one_row_o,      // only the row that is programmed, with code 1
  output wire                   test_o,
  output wire [ROW_BITS-1:0]    row_o,
  output wire                   convert_o,
  input  wire                   done_i,
  output wire                   pulse_o,        // in the first cycle of a pulse

  // To the lanes.
  output wire                   take_weights_o,
  output wire [COLUMN_BITS-1:0] column_o,
  output wire [SLICE_BITS-1:0]  slice_o,
  output wire                   minus_o,        // verify: the device of negative weights
  output wire                   sample_o,       // a code of a vector is there
  output wire                   verify_o,       // a code of a device is there
  output wire                   verifying_o,
  output wire                   test_sample_o,
  output wire                   first_step_o,
  output wire                   first_slice_o,
  output wire                   finish_o,       // the result of column column_o
  input  wire                   pending_i,      // a device needs a pulse

  // Cells that are still wrong: lane_o, column_o, slice_o and minus_o name one.
  output wire                   reporting_o,
  output wire [LANE_BITS-1:0]   lane_o,
  input  wire                   lane_pending_i,  // it does
  output wire                   fault_valid_o,
  input  wire                   fault_ready_i
);
  localparam [2:0] IDLE = 3'd0, SETTLING = 3'd1, CONVERT = 3'd2, WAITING = 3'd3, DRAIN = 3'd4,
                   FINISH = 3'd5, PULSING = 3'd6, REPORT = 3'd7;
  localparam [1:0] VECTOR = 2'd0, PROGRAM = 2'd1, TEST = 2'd2;

  localparam LAST_STEP   = STEPS - 1;
  localparam LAST_COLUMN = COLUMNS - 1;
  localparam LAST_SLICE  = SLICES - 1;
  localparam LAST_LANE   = LANES - 1;
  localparam LAST_SETTLE = SETTLE - 1;
  localparam LAST_PULSE  = PULSE - 1;
  localparam LAST_DRAIN  = 2;
  localparam [STEP_BITS-1:0]   ONE_STEP   = 1;
  localparam [COLUMN_BITS-1:0] ONE_COLUMN = 1;
  localparam [SLICE_BITS-1:0]  ONE_SLICE  = 1;
  localparam [LANE_BITS-1:0]   ONE_LANE   = 1;
  localparam [WAIT_BITS-1:0]   ONE_WAIT   = 1;

  reg [2:0]             state_q;
  reg [1:0]             job_q;
  reg                   pending_vector_q;  // a vector waits until a row is programmed
  reg                   pending_test_q;    // a test waits for both
  reg                   out_valid_q;
  reg [STEP_BITS-1:0]   step_q;
  reg [COLUMN_BITS-1:0] column_q;
  reg [SLICE_BITS-1:0]  slice_q;
  reg                   minus_q;
  reg [LANE_BITS-1:0]   lane_q;
  reg [WAIT_BITS-1:0]   wait_q;
  reg [15:0]            pulses_q;
  reg [ROW_BITS-1:0]    row_q;

  wire idle        = state_q == IDLE;
  wire is_vector   = job_q == VECTOR;
  wire is_program  = job_q == PROGRAM;
  wire is_test     = job_q == TEST;
  wire last_step   = step_q == LAST_STEP[STEP_BITS-1:0];
  wire last_column = column_q == LAST_COLUMN[COLUMN_BITS-1:0];
  wire last_slice  = slice_q == LAST_SLICE[SLICE_BITS-1:0];
  wire last_minus  = (DIFFERENTIAL == 0) | minus_q | ~is_program;
  wire last_lane   = lane_q == LAST_LANE[LANE_BITS-1:0];
  wire last_place  = last_column & last_slice & last_minus;

  // The next position: device, then slice, then column.
  wire [COLUMN_BITS-1:0] next_column =
      (last_slice & last_minus) ? (last_column ? {COLUMN_BITS{1'b0}}
                                               : column_q + ONE_COLUMN)
                                : column_q;
  wire [SLICE_BITS-1:0] next_slice =
      last_minus ? (last_slice ? {SLICE_BITS{1'b0}} : slice_q + ONE_SLICE)
                 : slice_q;
  wire next_minus = ~last_minus;

  wire free = idle & ~pending_vector_q & ~pending_test_q;
  assign weight_ready_o = free;
  assign in_ready_o     = free;
  assign take_weights_o = weight_valid_i & weight_ready_o;
  assign take_vector_o  = in_valid_i & in_ready_o;
  wire   take_test      = test_valid_i & free;
  assign out_valid_o    = out_valid_q;
  assign busy_o         = ~free;

  assign drive_o       = (state_q == SETTLING) | (state_q == CONVERT) | (state_q == WAITING);
  assign one_row_o     = is_program;
  assign test_o        = is_test;
  assign row_o         = row_q;
  assign convert_o     = state_q == CONVERT;
  assign sign_step_o   = (SIGN != 0) & last_step;
  assign pulse_o       = (state_q == PULSING) & (wait_q == {WAIT_BITS{1'b0}});
  assign column_o      = column_q;
  assign slice_o       = slice_q;
  assign minus_o       = minus_q;
  assign lane_o        = lane_q;
  assign verifying_o   = is_program;
  assign first_step_o  = step_q == {STEP_BITS{1'b0}};
  assign first_slice_o = slice_q == {SLICE_BITS{1'b0}};

  wire answered        = (state_q == WAITING) & done_i;
  assign sample_o      = answered & is_vector;
  assign verify_o      = answered & is_program;
  assign test_sample_o = answered & is_test;
  assign next_digit_o  = answered & is_vector & last_place;
  assign finish_o      = (state_q == FINISH) & ~out_valid_q;
  assign reporting_o   = state_q == REPORT;
  assign fault_valid_o = (state_q == REPORT) & lane_pending_i;
  wire   reported      = (state_q == REPORT) & (~lane_pending_i | fault_ready_i);

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q          <= IDLE;
      job_q            <= VECTOR;
      pending_vector_q <= 1'b0;
      pending_test_q   <= 1'b0;
      out_valid_q      <= 1'b0;
      step_q           <= {STEP_BITS{1'b0}};
      column_q         <= {COLUMN_BITS{1'b0}};
      slice_q          <= {SLICE_BITS{1'b0}};
      minus_q          <= 1'b0;
      lane_q           <= {LANE_BITS{1'b0}};
      wait_q           <= {WAIT_BITS{1'b0}};
      pulses_q         <= 16'd0;
    end else begin
      if (out_valid_q & out_ready_i) out_valid_q <= 1'b0;

      case (state_q)
        IDLE: begin
          step_q   <= {STEP_BITS{1'b0}};
          column_q <= {COLUMN_BITS{1'b0}};
          slice_q  <= {SLICE_BITS{1'b0}};
          minus_q  <= 1'b0;
          wait_q   <= {WAIT_BITS{1'b0}};
          pulses_q <= 16'd0;
          // What comes with one edge: the weights, then the vector, then the test.
          if (take_weights_o) begin
            pending_vector_q <= take_vector_o;
            pending_test_q   <= take_test;
            job_q            <= PROGRAM;
            state_q          <= SETTLING;
          end else if (take_vector_o | pending_vector_q) begin
            pending_vector_q <= 1'b0;
            pending_test_q   <= pending_test_q | take_test;
            job_q            <= VECTOR;
            state_q          <= SETTLING;
          end else if (take_test | pending_test_q) begin
            pending_test_q <= 1'b0;
            column_q       <= test_column_i;
            job_q          <= TEST;
            state_q        <= SETTLING;
          end
        end

        SETTLING: begin
          if (wait_q == LAST_SETTLE[WAIT_BITS-1:0]) begin
            wait_q  <= {WAIT_BITS{1'b0}};
            state_q <= CONVERT;
          end else begin
            wait_q <= wait_q + ONE_WAIT;
          end
        end

        CONVERT: state_q <= WAITING;

        WAITING: begin
          if (done_i) begin
            if (is_test) begin
              state_q <= IDLE;
            end else begin
              column_q <= next_column;
              slice_q  <= next_slice;
              minus_q  <= next_minus;
              if (!last_place) begin
                state_q <= CONVERT;
              end else if (is_vector & ~last_step) begin
                step_q  <= step_q + ONE_STEP;
                state_q <= SETTLING;
              end else begin
                state_q <= DRAIN;
              end
            end
          end
        end

        // The last codes go through the lanes.
        DRAIN: begin
          if (wait_q == LAST_DRAIN[WAIT_BITS-1:0]) begin
            wait_q <= {WAIT_BITS{1'b0}};
            if (is_vector) begin
              state_q <= FINISH;
            end else if (~pending_i) begin
              state_q <= IDLE;
            end else if (pulses_q >= retries_i) begin
              state_q <= REPORT;
            end else begin
              state_q <= PULSING;
            end
          end else begin
            wait_q <= wait_q + ONE_WAIT;
          end
        end

        FINISH: begin
          if (~out_valid_q) begin
            column_q <= last_column ? {COLUMN_BITS{1'b0}}
                                    : column_q + ONE_COLUMN;
            if (last_column) begin
              out_valid_q <= 1'b1;
              state_q     <= IDLE;
            end
          end
        end

        PULSING: begin
          if (wait_q == LAST_PULSE[WAIT_BITS-1:0]) begin
            wait_q   <= {WAIT_BITS{1'b0}};
            pulses_q <= pulses_q + 16'd1;
            state_q  <= SETTLING;
          end else begin
            wait_q <= wait_q + ONE_WAIT;
          end
        end

        // REPORT: every lane, at every position.
        default: begin
          if (reported) begin
            lane_q <= last_lane ? {LANE_BITS{1'b0}} : lane_q + ONE_LANE;
            if (last_lane) begin
              column_q <= next_column;
              slice_q  <= next_slice;
              minus_q  <= next_minus;
              if (last_place) state_q <= IDLE;
            end
          end
        end
      endcase
    end
  end

  always @(posedge clk_i) begin
    if (take_weights_o) row_q <= weight_row_i;
  end
endmodule

`default_nettype wire
