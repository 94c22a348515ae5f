// The array of cells and its converters as exact integers, for any simulator: noise, drift and wires
// off. Not for synthesis.
//
// A cell holds a level; a pulse moves it by its amplitude, and it stays within 0 to 2^CELL_BITS - 1. The
// sum of a column is that of code x level over the rows that are enabled; of two devices the second
// counts negative. A converter takes its input with convert_i, rounds it to steps of 2^range and clips it
// to its codes; CYCLES cycles later the codes change and done_o is high for one cycle. No conversion may
// begin before. A test conversion converts reference_i in place of a sum. A converter that no column is
// connected to gives nothing of use: its largest code, clipped.
// BIPOLAR: a column is a string of cells, and what is converted the number of rows whose code is their
// level. Where not all rows are enabled, a cell is read alone, as code x level.
//   device d of slice s of column c is column ((c*SLICES) + s)*DEVICES + d of the cells; the reference
//   column, where there is one, is the last and has the last converter
`default_nettype none

module cim_analog_array_exact #(
  parameter ROWS            = 64,
  parameter ROW_BITS        = 6,
  parameter COLUMNS         = 64,
  parameter COLUMNS_PER_ADC = 8,
  parameter COLUMN_BITS     = 3,
  parameter SLICES          = 2,
  parameter SLICE_BITS      = 1,
  parameter DEVICES         = 2,
  parameter REFERENCE       = 0,
  parameter BIPOLAR         = 0,
  parameter CODE_BITS       = 1,
  parameter CELL_BITS       = 2,
  parameter ADC_BITS        = 8,
  parameter RANGE_BITS      = 3,
  parameter CYCLES          = 8,
  parameter LANES           = 8,
  parameter CELL_COLUMNS    = 256
) (
  input  wire                              clk_i,
  input  wire                              rst_ni,
  input  wire                              drive_i,
  input  wire [ROWS-1:0]                   row_enable_i,
  input  wire [ROWS*CODE_BITS-1:0]         row_code_i,
  input  wire [COLUMN_BITS-1:0]            column_i,
  input  wire [SLICE_BITS-1:0]             slice_i,
  input  wire                              plus_i,
  input  wire                              minus_i,
  input  wire [LANES*RANGE_BITS-1:0]       range_i,
  input  wire                              test_i,
  input  wire [31:0]                       reference_i,
  input  wire                              convert_i,
  output wire                              done_o,
  output wire [LANES*ADC_BITS-1:0]         code_o,
  output wire [LANES-1:0]                  overflow_o,
  input  wire                              pulse_i,
  input  wire [ROW_BITS-1:0]               pulse_row_i,
  input  wire [CELL_COLUMNS-1:0]           set_i,
  input  wire [CELL_COLUMNS-1:0]           reset_i,
  input  wire [CELL_COLUMNS*CELL_BITS-1:0] amplitude_i,
  input  wire [15:0]                       temperature_i,
  input  wire [31:0]                       elapsed_i
);
  localparam SIGNED_CODE = (DEVICES == 2) ? 1 : 0;
  localparam LEVELS      = 1 << CELL_BITS;

  // Nothing here depends on the temperature and the time.
  wire unused_conditions = ^{temperature_i, elapsed_i};

  localparam ROW_CELLS = CELL_COLUMNS * CELL_BITS;

  reg [ROW_CELLS-1:0] cells [0:ROWS-1];
  integer start;
  initial begin
    for (start = 0; start < ROWS; start = start + 1) cells[start] = 0;
  end

  function [CELL_BITS-1:0] moved(
    input [CELL_BITS-1:0] level, input up, input down, input [CELL_BITS-1:0] amplitude
  );
    integer to;
    begin
      to = {{(32-CELL_BITS){1'b0}}, level};
      if (up) to = to + {{(32-CELL_BITS){1'b0}}, amplitude};
      if (down) to = to - {{(32-CELL_BITS){1'b0}}, amplitude};
      if (to < 0) to = 0;
      if (to > LEVELS - 1) to = LEVELS - 1;
      moved = to[CELL_BITS-1:0];
    end
  endfunction

  function [ROW_CELLS-1:0] moved_row(input [ROW_CELLS-1:0] levels);
    integer d;
    begin
      for (d = 0; d < CELL_COLUMNS; d = d + 1) begin
        moved_row[d*CELL_BITS +: CELL_BITS] =
            moved(levels[d*CELL_BITS +: CELL_BITS], set_i[d], reset_i[d],
                  amplitude_i[d*CELL_BITS +: CELL_BITS]);
      end
    end
  endfunction

  always @(posedge clk_i) begin
    if (pulse_i) cells[pulse_row_i] <= moved_row(cells[pulse_row_i]);
  end

  // ----- Conversions -----
  // The first cell column that a converter is connected to, -1 for none; the reference has one slice.
  function integer connected(input integer lane);
    integer column;
    begin
      column = lane * COLUMNS_PER_ADC + {{(32-COLUMN_BITS){1'b0}}, column_i};
      if (REFERENCE != 0 && lane == LANES - 1) begin
        connected = (column_i == {COLUMN_BITS{1'b0}} && slice_i == {SLICE_BITS{1'b0}})
                        ? CELL_COLUMNS - 1 : -1;
      end else begin
        connected = (column < COLUMNS)
                        ? (column * SLICES + {{(32-SLICE_BITS){1'b0}}, slice_i}) * DEVICES : -1;
      end
    end
  endfunction

  wire counts_matches = (BIPOLAR != 0) & (&row_enable_i);

  // Sums have up to 36 bits: 4096 rows, codes of 16 bits, levels of 8.
  function signed [63:0] sum_of(input integer cell_column);
    integer row;
    begin
      sum_of = 64'sd0;
      for (row = 0; row < ROWS; row = row + 1) begin
        if (counts_matches) begin
          if (cell_column >= 0 && row_code_i[row*CODE_BITS] == cells[row][cell_column*CELL_BITS]) begin
            sum_of = sum_of + 64'sd1;
          end
        end else if (cell_column >= 0 && row_enable_i[row]) begin
          sum_of = sum_of + {{(64-CODE_BITS){1'b0}}, row_code_i[row*CODE_BITS +: CODE_BITS]} *
                            {{(64-CELL_BITS){1'b0}}, cells[row][cell_column*CELL_BITS +: CELL_BITS]};
        end
      end
    end
  endfunction

  function signed [63:0] input_of(input integer lane);
    integer first;
    begin
      first    = connected(lane);
      input_of = 64'sd0;
      if (test_i) begin
        input_of = {{32{reference_i[31]}}, reference_i};
      end else if (first < 0) begin
        input_of = {2'b00, {62{1'b1}}};
      end else if (drive_i) begin
        if (plus_i) input_of = sum_of(first);
        if (DEVICES == 2 && minus_i) input_of = input_of - sum_of(first + DEVICES - 1);
      end
    end
  endfunction

  localparam signed [63:0] MOST  = (64'sd1 <<< (ADC_BITS - SIGNED_CODE)) - 64'sd1;
  localparam signed [63:0] LEAST = (SIGNED_CODE != 0) ? -MOST - 64'sd1 : 64'sd0;

  // {clipped, code} of a sum.
  function [ADC_BITS:0] converted(input signed [63:0] value, input [RANGE_BITS-1:0] log2_step);
    reg signed [63:0] half, code;
    begin
      half = (64'sd1 <<< log2_step) >>> 1;
      code = (value + half) >>> log2_step;
      converted[ADC_BITS] = code > MOST || code < LEAST;
      if (code > MOST) code = MOST;
      if (code < LEAST) code = LEAST;
      converted[ADC_BITS-1:0] = code[ADC_BITS-1:0];
    end
  endfunction

  // What was taken with convert_i, and what the converters show.
  reg [LANES*ADC_BITS-1:0] taken_code_q, code_q;
  reg [LANES-1:0]          taken_overflow_q, overflow_q;
  reg [16:0]               left_q;  // cycles until the codes are there, and 1
  localparam [16:0] LEFT = CYCLES[16:0];
  integer lane;
  always @(posedge clk_i) begin
    if (convert_i) begin
      for (lane = 0; lane < LANES; lane = lane + 1) begin
        {taken_overflow_q[lane], taken_code_q[lane*ADC_BITS +: ADC_BITS]} <=
            converted(input_of(lane), range_i[lane*RANGE_BITS +: RANGE_BITS]);
      end
    end
  end
  generate
    if (CYCLES == 1) begin : g_at_once
      always @* begin
        code_q     = taken_code_q;
        overflow_q = taken_overflow_q;
      end
    end else begin : g_later
      always @(posedge clk_i) begin
        if (left_q == 17'd2) begin
          code_q     <= taken_code_q;
          overflow_q <= taken_overflow_q;
        end
      end
    end
  endgenerate
  assign code_o     = code_q;
  assign overflow_o = overflow_q;

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)               left_q <= 17'd0;
    else if (convert_i)        left_q <= LEFT;
    else if (left_q != 17'd0)  left_q <= left_q - 17'd1;
  end
  assign done_o = left_q == 17'd1;
endmodule

`default_nettype wire
