// The lanes of LANES converters that have equally many columns (cim_analog_lane), and what is the same
// for all of them: which column, slice and device a code belongs to on its way through the ranks, and
// when it moves on.
//
// Simulators have one instance for all lanes. Synthesis has an instance for each, so that a tool maps
// one of them and repeats it.
`default_nettype none

module cim_analog_lanes #(
  parameter LANES           = 4,
  parameter COLUMNS         = 8,   // of a converter
  parameter COLUMN_BITS     = 3,
  parameter SLICES          = 2,
  parameter SLICE_BITS      = 1,
  parameter CELL_BITS       = 2,
  parameter ENCODING        = 2,
  parameter REFERENCE_LEVEL = 0,
  parameter WEIGHT_BITS     = 4,
  parameter CODE_BITS       = 1,
  parameter SIGN_SHIFT      = 3,
  parameter ADC_BITS        = 8,
  parameter RANGE_BITS      = 3,
  parameter RANGE_MOST      = 7,
  parameter RANGE_RESET     = 0,
  parameter VALUE_BITS      = 10,
  parameter ACC_BITS        = 20,
  parameter REFERENCE_SHIFT = 0,
  parameter OUTPUT_SHIFT    = 0,
  parameter OUTPUT_BITS     = 14,
  parameter OUTPUT_SIGNED   = 1,
  parameter TRUNCATE        = 0,
  parameter DEVICES         = (ENCODING == 2) ? 2 : 1,
  parameter CELLS           = COLUMNS * SLICES * DEVICES
) (
  input  wire                                 clk_i,
  input  wire                                 rst_ni,

  input  wire [LANES*ADC_BITS-1:0]            code_i,
  input  wire [LANES-1:0]                     overflow_i,
  output wire [LANES*RANGE_BITS-1:0]          range_o,

  input  wire [COLUMN_BITS-1:0]               column_i,
  input  wire [SLICE_BITS-1:0]                slice_i,
  input  wire                                 minus_i,
  input  wire                                 sample_i,
  input  wire                                 verify_i,
  input  wire                                 verifying_i,
  input  wire                                 reporting_i,
  input  wire                                 test_sample_i,
  input  wire                                 first_step_i,
  input  wire                                 first_slice_i,
  input  wire                                 sign_step_i,
  input  wire                                 finish_i,

  input  wire [ACC_BITS-1:0]                  reference_i,
  input  wire                                 reference_clipped_i,
  output wire [ACC_BITS-1:0]                  accumulator_o,  // of column 0 of lane 0
  output wire                                 clipped_o,      // a code of it was
  output wire [LANES*COLUMNS*OUTPUT_BITS-1:0] result_o,
  output wire [LANES*COLUMNS-1:0]             saturated_o,

  // Programming. Device d of slice s of column c at ((c * SLICES) + s) * DEVICES + d.
  input  wire                                 take_weights_i,
  input  wire [LANES*COLUMNS*WEIGHT_BITS-1:0] weights_i,
  input  wire [7:0]                           tolerance_i,
  output wire                                 pending_o,       // some device needs a pulse
  output wire [LANES-1:0]                     pending_here_o,  // that at this position, to be reported
  output wire [LANES*CELLS-1:0]               set_o,
  output wire [LANES*CELLS-1:0]               reset_o,
  output wire [LANES*CELLS*CELL_BITS-1:0]     amplitude_o,

  // Trims of a column: kind 1 offset, 2 gain, 3 range.
  input  wire                                 trim_access_i,
  input  wire [LANES-1:0]                     trim_write_i,
  input  wire [1:0]                           trim_kind_i,
  input  wire [COLUMN_BITS-1:0]               trim_column_i,
  input  wire [12:0]                          trim_data_i,
  output wire [LANES*13-1:0]                  trim_data_o,
  output wire [LANES*ADC_BITS-1:0]            test_code_o,
  output wire [LANES-1:0]                     test_overflow_o
);
  // The column at hand; a converter with fewer columns than the others idles at the end.
  wire [COLUMNS-1:0] here;
  wire [COLUMNS-1:0] trim_column;
  wire [SLICES-1:0]  slice;
  wire [CELLS-1:0]   report;
  genvar block, c, s, d;  // blocks of 64: tools limit the length of a loop
  generate
    for (s = 0; s < SLICES; s = s + 1) begin : g_slice
      localparam INDEX = s;
      assign slice[s] = slice_i == INDEX[SLICE_BITS-1:0];
    end
    for (block = 0; block < COLUMNS; block = block + 64) begin : g_columns
      for (c = block; c < COLUMNS && c < block + 64; c = c + 1) begin : g_column
        localparam INDEX = c;
        assign here[c]        = column_i == INDEX[COLUMN_BITS-1:0];
        assign trim_column[c] = trim_access_i & (trim_column_i == INDEX[COLUMN_BITS-1:0]);
        for (s = 0; s < SLICES; s = s + 1) begin : g_slice_of
          for (d = 0; d < DEVICES; d = d + 1) begin : g_device
            assign report[(c*SLICES+s)*DEVICES+d] =
                reporting_i & here[c] & slice[s] & ((DEVICES == 1) | (minus_i == (d == 1)));
          end
        end
      end
    end
  endgenerate
  wire present = |here;

  // A range past the largest is the largest.
  wire [12:0] most_range = RANGE_MOST[12:0];
  wire [12:0] new_range  = (trim_data_i > most_range) ? most_range : trim_data_i;
  wire [12:0] trim_data  = (trim_kind_i == 2'd3) ? new_range : trim_data_i;

  // What the codes in the ranks belong to.
  wire take = (sample_i | verify_i) & present;
  reg [1:0] sample_q, verify_q, begins_q, moves_q, sign_step_q, minus_q;
  reg [COLUMNS-1:0] here1_q, here2_q;
  reg [SLICES-1:0]  slice1_q, slice2_q;
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sample_q <= 2'b00;
      verify_q <= 2'b00;
    end else begin
      sample_q <= {sample_q[0], sample_i & present};
      verify_q <= {verify_q[0], verify_i & present};
    end
  end
  always @(posedge clk_i) begin
    begins_q    <= {begins_q[0], first_step_i & first_slice_i};
    moves_q     <= {moves_q[0], first_slice_i & ~sign_step_i};
    sign_step_q <= {sign_step_q[0], sign_step_i};
    minus_q     <= {minus_q[0], minus_i};
    here1_q     <= here;
    here2_q     <= here1_q;
    slice1_q    <= slice;
    slice2_q    <= slice1_q;
  end
  wire take1 = sample_q[0] | verify_q[0];
  wire [CELLS-1:0] cell2;
  generate
    for (block = 0; block < COLUMNS; block = block + 64) begin : g_columns2
      for (c = block; c < COLUMNS && c < block + 64; c = c + 1) begin : g_column2
        for (s = 0; s < SLICES; s = s + 1) begin : g_slice2
          for (d = 0; d < DEVICES; d = d + 1) begin : g_device2
            assign cell2[(c*SLICES+s)*DEVICES+d] =
                here2_q[c] & slice2_q[s] & ((DEVICES == 1) | (minus_q[1] == (d == 1)));
          end
        end
      end
    end
  endgenerate

`ifdef SYNTHESIS
  localparam GROUP = 1;      // lanes of an instance
`else
  localparam GROUP = LANES;
`endif
  localparam GROUPS = LANES / GROUP;
  localparam PLACES = GROUP * COLUMNS;
  localparam DRIVEN = GROUP * CELLS;
  wire [GROUPS*ACC_BITS-1:0] unused_accumulators;
  wire [GROUPS-1:0]          unused_clipped;
  wire [GROUPS-1:0]          pending;
  genvar g;
  generate
    for (block = 0; block < GROUPS; block = block + 64) begin : g_groups
      for (g = block; g < GROUPS && g < block + 64; g = g + 1) begin : g_group
        cim_analog_lane #(
          .LANES          (GROUP),
          .COLUMNS        (COLUMNS),
          .SLICES         (SLICES),
          .CELL_BITS      (CELL_BITS),
          .ENCODING       (ENCODING),
          .REFERENCE_LEVEL(REFERENCE_LEVEL),
          .WEIGHT_BITS    (WEIGHT_BITS),
          .CODE_BITS      (CODE_BITS),
          .SIGN_SHIFT     (SIGN_SHIFT),
          .ADC_BITS       (ADC_BITS),
          .RANGE_BITS     (RANGE_BITS),
          .RANGE_MOST     (RANGE_MOST),
          .RANGE_RESET    (RANGE_RESET),
          .VALUE_BITS     (VALUE_BITS),
          .ACC_BITS       (ACC_BITS),
          .REFERENCE_SHIFT(REFERENCE_SHIFT),
          .OUTPUT_SHIFT   (OUTPUT_SHIFT),
          .OUTPUT_BITS    (OUTPUT_BITS),
          .OUTPUT_SIGNED  (OUTPUT_SIGNED),
          .TRUNCATE       (TRUNCATE)
        ) u_lane (
          .clk_i              (clk_i),
          .rst_ni             (rst_ni),
          .code_i             (code_i[g*GROUP*ADC_BITS +: GROUP*ADC_BITS]),
          .overflow_i         (overflow_i[g*GROUP +: GROUP]),
          .range_o            (range_o[g*GROUP*RANGE_BITS +: GROUP*RANGE_BITS]),
          .here_i             (here),
          .here2_i            (here2_q),
          .slice2_i           (slice2_q),
          .cell2_i            (cell2),
          .minus2_i           (minus_q[1]),
          .take_i             (take),
          .take1_i            (take1),
          .sample2_i          (sample_q[1]),
          .verify2_i          (verify_q[1]),
          .begins2_i          (begins_q[1]),
          .moves2_i           (moves_q[1]),
          .sign2_i            (sign_step_q[1]),
          .verifying_i        (verifying_i),
          .test_sample_i      (test_sample_i),
          .finish_i           (finish_i),
          .reference_i        (reference_i),
          .reference_clipped_i(reference_clipped_i),
          .accumulator_o      (unused_accumulators[g*ACC_BITS +: ACC_BITS]),
          .clipped_o          (unused_clipped[g]),
          .result_o           (result_o[g*PLACES*OUTPUT_BITS +: PLACES*OUTPUT_BITS]),
          .saturated_o        (saturated_o[g*PLACES +: PLACES]),
          .take_weights_i     (take_weights_i),
          .weights_i          (weights_i[g*PLACES*WEIGHT_BITS +: PLACES*WEIGHT_BITS]),
          .tolerance_i        (tolerance_i),
          .pending_o          (pending[g]),
          .report_i           (report),
          .pending_here_o     (pending_here_o[g*GROUP +: GROUP]),
          .set_o              (set_o[g*DRIVEN +: DRIVEN]),
          .reset_o            (reset_o[g*DRIVEN +: DRIVEN]),
          .amplitude_o        (amplitude_o[g*DRIVEN*CELL_BITS +: DRIVEN*CELL_BITS]),
          .trim_column_i      (trim_column),
          .trim_write_i       (trim_write_i[g*GROUP +: GROUP]),
          .trim_kind_i        (trim_kind_i),
          .trim_data_i        (trim_data),
          .trim_data_o        (trim_data_o[g*GROUP*13 +: GROUP*13]),
          .test_code_o        (test_code_o[g*GROUP*ADC_BITS +: GROUP*ADC_BITS]),
          .test_overflow_o    (test_overflow_o[g*GROUP +: GROUP])
        );
      end
    end
  endgenerate
  assign accumulator_o = unused_accumulators[ACC_BITS-1:0];
  assign clipped_o     = unused_clipped[0];
  assign pending_o     = |pending;
endmodule

`default_nettype wire
