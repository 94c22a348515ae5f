// The array of cells and its converters as the model of the device behind DPI-C, for Verilator: with
// noise, drift, temperature, wires and the errors of the converters (docs/analog_model.md). Not for
// synthesis. SystemVerilog, for its import of functions.
//
// The vectors go to the model as words of 32 bits; it reads the rows once for each step, at the first
// column and slice, and once for a verification: every device is converted once from one read. The ports are those of
// cim_analog_array_exact, which has the order of the devices.
`default_nettype none

module cim_analog_array_device #(
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
  import "DPI-C" context function chandle cim_array_open(
    input int rows, input int cell_columns, input int converters
  );
  import "DPI-C" context function void cim_array_close(input chandle array);
  import "DPI-C" context function void cim_array_put(
    input chandle array, input int kind, input int index, input int unsigned data
  );
  import "DPI-C" context function void cim_array_conditions(
    input chandle array, input int unsigned temperature, input int unsigned elapsed
  );
  import "DPI-C" context function void cim_array_pulse(input chandle array, input int row);
  import "DPI-C" context function void cim_array_read(input chandle array);
  import "DPI-C" context function void cim_array_convert(
    input chandle array, input int column, input int slice, input int plus, input int minus,
    input int test, input int test_input
  );
  import "DPI-C" context function int unsigned cim_array_code(
    input chandle array, input int converter
  );

  // What the model is not told: it knows the specification.
  localparam UNUSED_KNOWN = COLUMNS + COLUMNS_PER_ADC + SLICES + DEVICES + REFERENCE + BIPOLAR;
  wire unused_known = (UNUSED_KNOWN == 0) | drive_i;

  localparam ENABLE_WORDS    = (ROWS + 31) / 32;
  localparam CODE_WORDS      = (ROWS * CODE_BITS + 31) / 32;
  localparam RANGE_WORDS     = (LANES * RANGE_BITS + 31) / 32;
  localparam CELL_WORDS      = (CELL_COLUMNS + 31) / 32;
  localparam AMPLITUDE_WORDS = (CELL_COLUMNS * CELL_BITS + 31) / 32;
  // The vectors, filled up to whole words and one bit more.
  wire [ENABLE_WORDS*32:0] enables = {{(ENABLE_WORDS*32+1-ROWS){1'b0}}, row_enable_i};
  wire [CODE_WORDS*32:0]   codes   = {{(CODE_WORDS*32+1-ROWS*CODE_BITS){1'b0}}, row_code_i};
  wire [RANGE_WORDS*32:0]  ranges  = {{(RANGE_WORDS*32+1-LANES*RANGE_BITS){1'b0}}, range_i};
  wire [CELL_WORDS*32:0]   ups     = {{(CELL_WORDS*32+1-CELL_COLUMNS){1'b0}}, set_i};
  wire [CELL_WORDS*32:0]   downs   = {{(CELL_WORDS*32+1-CELL_COLUMNS){1'b0}}, reset_i};
  wire [AMPLITUDE_WORDS*32:0] amplitudes =
      {{(AMPLITUDE_WORDS*32+1-CELL_COLUMNS*CELL_BITS){1'b0}}, amplitude_i};
  wire unused_fill = enables[ENABLE_WORDS*32] | codes[CODE_WORDS*32] | ranges[RANGE_WORDS*32] |
                     ups[CELL_WORDS*32] | downs[CELL_WORDS*32] | amplitudes[AMPLITUDE_WORDS*32];

  chandle array;
  initial array = cim_array_open(ROWS, CELL_COLUMNS, LANES);
  final cim_array_close(array);

  function automatic void pulse_row();
    int i;
    for (i = 0; i < CELL_WORDS; i = i + 1) begin
      cim_array_put(array, 3, i, ups[i*32 +: 32]);
      cim_array_put(array, 4, i, downs[i*32 +: 32]);
    end
    for (i = 0; i < AMPLITUDE_WORDS; i = i + 1) begin
      cim_array_put(array, 5, i, amplitudes[i*32 +: 32]);
    end
    cim_array_pulse(array, {{(32-ROW_BITS){1'b0}}, pulse_row_i});
  endfunction

  function automatic void convert_all();
    int i;
    for (i = 0; i < RANGE_WORDS; i = i + 1) begin
      cim_array_put(array, 2, i, ranges[i*32 +: 32]);
    end
    if (!test_i && plus_i && column_i == {COLUMN_BITS{1'b0}} &&
        slice_i == {SLICE_BITS{1'b0}}) begin
      for (i = 0; i < ENABLE_WORDS; i = i + 1) begin
        cim_array_put(array, 0, i, enables[i*32 +: 32]);
      end
      for (i = 0; i < CODE_WORDS; i = i + 1) begin
        cim_array_put(array, 1, i, codes[i*32 +: 32]);
      end
      cim_array_conditions(array, {16'd0, temperature_i}, elapsed_i);
      cim_array_read(array);
    end
    cim_array_convert(array, {{(32-COLUMN_BITS){1'b0}}, column_i},
                                    {{(32-SLICE_BITS){1'b0}}, slice_i}, {31'd0, plus_i},
                                    {31'd0, minus_i}, {31'd0, test_i}, reference_i);
  endfunction

  function automatic [ADC_BITS:0] answer_of(input int converter);
    return (ADC_BITS + 1)'(cim_array_code(array, converter));
  endfunction

  always @(posedge clk_i) begin
    if (pulse_i) pulse_row();
  end

  reg [LANES*ADC_BITS-1:0] code_q;
  reg [LANES-1:0]          overflow_q;
  integer lane;
  always @(posedge clk_i) begin
    if (convert_i) begin
      convert_all();
      for (lane = 0; lane < LANES; lane = lane + 1) begin
        {overflow_q[lane], code_q[lane*ADC_BITS +: ADC_BITS]} <= answer_of(lane);
      end
    end
  end
  assign code_o     = code_q;
  assign overflow_o = overflow_q;

  reg [CYCLES-1:0] due_q;
  generate
    if (CYCLES == 1) begin : g_one_cycle
      always @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) due_q <= 1'b0;
        else         due_q <= convert_i;
      end
    end else begin : g_cycles
      always @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) due_q <= {CYCLES{1'b0}};
        else         due_q <= {due_q[CYCLES-2:0], convert_i};
      end
    end
  endgenerate
  assign done_o = due_q[CYCLES-1];
endmodule

`default_nettype wire
