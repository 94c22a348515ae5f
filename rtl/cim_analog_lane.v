// The digital side of one converter: trims its codes, adds those of its columns over slices and
// steps, and keeps the weights of its columns while a row is programmed.
//
// A code goes through three ranks of registers:
//   product = (16 code - offset) * gain         offset in 1/16 steps, gain in 1/4096
//   value   = round(product * 2^range / 2^16)   clamped to VALUE_BITS
//   acc     = acc (* 2^CODE_BITS once a step) +- value * 2^(slice * CELL_BITS)
// The step of the sign bits is not shifted: it counts -2^SIGN_SHIFT.
// The result of a column is acc - reference * 2^REFERENCE_SHIFT, shifted right by OUTPUT_SHIFT, and
// clamped to the output's range or, with TRUNCATE, cut off.
// Verify: the value of one device, range 0, is compared with the level that its weight asks for. What
// is further off than the tolerance is pending: its next pulse is to move it by what is missing, at
// most 2^CELL_BITS - 1 levels.
//   ENCODING 0: one device; 1: one device, weights with their sign bit inverted; 2: two devices, the
//   second for negative weights; 3: a reference column, every device at REFERENCE_LEVEL; 4: one XNOR
//   cell of a string, whose value is the number of matches: it counts twice, less reference_i. One cell
//   is read by a sense amplifier, not by the converter, so that trims do not act in verify.
`default_nettype none

module cim_analog_lane #(
  parameter COLUMNS         = 8,   // of this converter
  parameter COLUMN_BITS     = 3,
  parameter SLICES          = 2,
  parameter SLICE_BITS      = 1,
  parameter CELL_BITS       = 2,
  parameter ENCODING        = 2,
  parameter REFERENCE_LEVEL = 0,
  parameter WEIGHT_BITS     = 4,
  parameter CODE_BITS       = 1,   // of a row's code
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
  input  wire                           clk_i,
  input  wire                           rst_ni,

  input  wire [ADC_BITS-1:0]            code_i,
  input  wire                           overflow_i,
  output wire [RANGE_BITS-1:0]          range_o,

  input  wire [COLUMN_BITS-1:0]         column_i,
  input  wire [SLICE_BITS-1:0]          slice_i,
  input  wire                           minus_i,
  input  wire                           sample_i,
  input  wire                           verify_i,
  input  wire                           verifying_i,
  input  wire                           test_sample_i,
  input  wire                           first_step_i,
  input  wire                           first_slice_i,
  input  wire                           sign_step_i,
  input  wire                           finish_i,

  input  wire [ACC_BITS-1:0]            reference_i,
  input  wire                           reference_clipped_i,
  output wire [ACC_BITS-1:0]            accumulator_o,  // of column 0
  output wire                           clipped_o,      // a code of it was
  output wire [COLUMNS*OUTPUT_BITS-1:0] result_o,
  output wire [COLUMNS-1:0]             saturated_o,

  // Programming. Device d of slice s of column c at ((c * SLICES) + s) * DEVICES + d.
  input  wire                           take_weights_i,
  input  wire [COLUMNS*WEIGHT_BITS-1:0] weights_i,
  input  wire [7:0]                     tolerance_i,
  output wire                           pending_o,       // some device needs a pulse
  output wire                           pending_here_o,  // the device at this position does
  output wire [CELLS-1:0]               set_o,
  output wire [CELLS-1:0]               reset_o,
  output wire [CELLS*CELL_BITS-1:0]     amplitude_o,

  // Trims of a column: kind 1 offset, 2 gain, 3 range.
  input  wire                           trim_write_i,
  input  wire [1:0]                     trim_kind_i,
  input  wire [COLUMN_BITS-1:0]         trim_column_i,
  input  wire [12:0]                    trim_data_i,
  output wire [12:0]                    trim_data_o,
  output wire [ADC_BITS-1:0]            test_code_o,
  output wire                           test_overflow_o
);
  localparam T_BITS       = (ADC_BITS + 5 > 12) ? ADC_BITS + 6 : 13;
  localparam PRODUCT_BITS = T_BITS + 14;
  localparam WIDE_BITS    = PRODUCT_BITS + RANGE_MOST + 1;
  localparam SCALED_BITS  = WIDE_BITS - 16;
  localparam LEVELS_BITS  = SLICES * CELL_BITS;

  // The column at hand; a converter with fewer columns than the others idles at the end.
  wire [COLUMNS-1:0] here;
  genvar block, c;  // blocks of 64: tools limit the length of a loop
  generate
    for (block = 0; block < COLUMNS; block = block + 64) begin : g_heres
      for (c = block; c < COLUMNS && c < block + 64; c = c + 1) begin : g_here
        localparam INDEX = c;
        assign here[c] = column_i == INDEX[COLUMN_BITS-1:0];
      end
    end
  endgenerate
  wire present = |here;

  // ----- Trims -----
  wire [COLUMNS-1:0]            trimmed_column;
  wire [COLUMNS*13-1:0]         trims;
  wire [COLUMNS*12-1:0]         offsets;
  wire [COLUMNS*13-1:0]         gains;
  wire [COLUMNS*RANGE_BITS-1:0] ranges;
  // A range past the largest is the largest.
  wire [12:0] most_range = RANGE_MOST[12:0];
  wire [12:0] new_range  = (trim_data_i > most_range) ? most_range : trim_data_i;
  wire unused_range = |new_range;
  generate
    for (block = 0; block < COLUMNS; block = block + 64) begin : g_trims
      for (c = block; c < COLUMNS && c < block + 64; c = c + 1) begin : g_trim
        localparam INDEX = c;
        assign trimmed_column[c] = trim_column_i == INDEX[COLUMN_BITS-1:0];
        wire write = trim_write_i & trimmed_column[c];
        reg [11:0]           offset_q;
        reg [12:0]           gain_q;
        reg [RANGE_BITS-1:0] range_q;
        always @(posedge clk_i or negedge rst_ni) begin
          if (!rst_ni) begin
            offset_q <= 12'd0;
            gain_q   <= 13'd4096;
            range_q  <= RANGE_RESET[RANGE_BITS-1:0];
          end else if (write) begin
            if (trim_kind_i == 2'd1) offset_q <= trim_data_i[11:0];
            if (trim_kind_i == 2'd2) gain_q   <= trim_data_i;
            if (trim_kind_i == 2'd3) range_q  <= new_range[RANGE_BITS-1:0];
          end
        end
        assign trims[c*13 +: 13] = (trim_kind_i == 2'd1) ? {offset_q[11], offset_q}
                                 : (trim_kind_i == 2'd2) ? gain_q
                                 : {{(13-RANGE_BITS){1'b0}}, range_q};
        assign offsets[c*12 +: 12] = offset_q;
        assign gains[c*13 +: 13]   = gain_q;
        assign ranges[c*RANGE_BITS +: RANGE_BITS] = range_q;
      end
    end
  endgenerate
  wire signed [11:0]    offset;
  wire [12:0]           gain;
  wire [RANGE_BITS-1:0] full_range;
  cim_one_hot_mux #(.WIDTH(13), .COUNT(COLUMNS)) u_trim (
    .data_i(trims), .select_i(trimmed_column), .data_o(trim_data_o)
  );
  cim_one_hot_mux #(.WIDTH(12), .COUNT(COLUMNS)) u_offset (
    .data_i(offsets), .select_i(here), .data_o(offset)
  );
  cim_one_hot_mux #(.WIDTH(13), .COUNT(COLUMNS)) u_gain (
    .data_i(gains), .select_i(here), .data_o(gain)
  );
  cim_one_hot_mux #(.WIDTH(RANGE_BITS), .COUNT(COLUMNS)) u_range (
    .data_i(ranges), .select_i(here), .data_o(full_range)
  );
  // One device is read at the finest range.
  wire [RANGE_BITS-1:0] range_now = full_range & {RANGE_BITS{~verifying_i}};
  assign range_o = range_now;

  // ----- Test conversions -----
  reg [ADC_BITS-1:0] test_code_q;
  reg                test_overflow_q;
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      test_code_q     <= {ADC_BITS{1'b0}};
      test_overflow_q <= 1'b0;
    end else if (test_sample_i) begin
      test_code_q     <= code_i;
      test_overflow_q <= overflow_i;
    end
  end
  assign test_code_o     = test_code_q;
  assign test_overflow_o = test_overflow_q;

  // ----- Rank 1: offset and gain -----
  wire code_sign = (ENCODING == 2) & code_i[ADC_BITS-1];
  wire signed [T_BITS-1:0] scaled_code =
      {{(T_BITS-ADC_BITS-4){code_sign}}, code_i, 4'd0};
  wire untrimmed = (ENCODING == 4) & verifying_i;
  wire signed [11:0] offset_now = offset & {12{~untrimmed}};
  wire [12:0]        gain_now   = untrimmed ? 13'd4096 : gain;
  wire signed [T_BITS-1:0] trimmed = scaled_code - {{(T_BITS-12){offset_now[11]}}, offset_now};
  wire signed [PRODUCT_BITS-1:0] wide_trimmed =
      {{(PRODUCT_BITS-T_BITS){trimmed[T_BITS-1]}}, trimmed};
  wire signed [PRODUCT_BITS-1:0] wide_gain = {{(PRODUCT_BITS-13){1'b0}}, gain_now};

  reg signed [PRODUCT_BITS-1:0] product_q;
  reg [RANGE_BITS-1:0]          range1_q;
  reg                           overflow1_q;
  always @(posedge clk_i) begin
    if ((sample_i | verify_i) & present) begin
      product_q   <= wide_trimmed * wide_gain;
      range1_q    <= range_now;
      overflow1_q <= overflow_i;
    end
  end

  // ----- Rank 2: range -----
  wire signed [WIDE_BITS-1:0] wide = {{(WIDE_BITS-PRODUCT_BITS){product_q[PRODUCT_BITS-1]}}, product_q}
                                     <<< range1_q;
  wire signed [WIDE_BITS-1:0] half = {{(WIDE_BITS-16){1'b0}}, 16'h8000};
  wire signed [WIDE_BITS-1:0] rounded = wide + half;
  wire signed [SCALED_BITS-1:0] scaled = rounded[WIDE_BITS-1:16];
  wire unused_fraction = |rounded[15:0];
  wire fits;
  wire signed [VALUE_BITS-1:0] clamped;
  generate
    if (SCALED_BITS > VALUE_BITS) begin : g_clamp
      wire [SCALED_BITS-VALUE_BITS:0] high = scaled[SCALED_BITS-1:VALUE_BITS-1];
      assign fits    = (&high) | ~(|high);
      assign clamped = fits ? scaled[VALUE_BITS-1:0]
                            : {scaled[SCALED_BITS-1], {(VALUE_BITS-1){~scaled[SCALED_BITS-1]}}};
    end else begin : g_extend
      assign fits    = 1'b1;
      assign clamped = {{(VALUE_BITS-SCALED_BITS){scaled[SCALED_BITS-1]}}, scaled};
    end
  endgenerate
  reg signed [VALUE_BITS-1:0] value_q;
  reg                         overflow2_q;

  // What the codes in the ranks belong to.
  reg [1:0]         sample_q, verify_q, first_step_q, first_slice_q, sign_step_q, minus_q;
  reg [COLUMNS-1:0] here1_q, here2_q;
  reg [SLICE_BITS-1:0] slice1_q, slice2_q;
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
    first_step_q  <= {first_step_q[0], first_step_i};
    first_slice_q <= {first_slice_q[0], first_slice_i};
    sign_step_q   <= {sign_step_q[0], sign_step_i};
    minus_q       <= {minus_q[0], minus_i};
    here1_q       <= here;
    here2_q       <= here1_q;
    slice1_q      <= slice_i;
    slice2_q      <= slice1_q;
    value_q       <= clamped;
    overflow2_q   <= overflow1_q | ~fits;
  end

  // ----- Rank 3: the accumulators -----
  wire [COLUMNS*ACC_BITS-1:0] accumulators;
  wire [COLUMNS-1:0]          flags;  // a code of the column was clipped
  wire [ACC_BITS-1:0] acc;
  wire [ACC_BITS-1:0] extended = {{(ACC_BITS-VALUE_BITS){value_q[VALUE_BITS-1]}}, value_q};
  wire [SLICES*ACC_BITS-1:0] moved;
  wire [SLICES-1:0] this_slice;
  wire [ACC_BITS-1:0] addend;
  genvar s;
  generate
    for (s = 0; s < SLICES; s = s + 1) begin : g_slice
      localparam INDEX = s;
      assign this_slice[s] = slice2_q == INDEX[SLICE_BITS-1:0];
      assign moved[s*ACC_BITS +: ACC_BITS] = extended << (s * CELL_BITS);
    end
  endgenerate
  cim_one_hot_mux #(.WIDTH(ACC_BITS), .COUNT(SLICES)) u_slice (
    .data_i(moved), .select_i(this_slice), .data_o(addend)
  );
  cim_one_hot_mux #(.WIDTH(ACC_BITS), .COUNT(COLUMNS)) u_accumulator (
    .data_i(accumulators), .select_i(here2_q), .data_o(acc)
  );
  wire begins = first_step_q[1] & first_slice_q[1];
  wire moves  = first_slice_q[1] & ~sign_step_q[1];
  wire [ACC_BITS-1:0] start    = begins ? {ACC_BITS{1'b0}} : moves ? (acc << CODE_BITS) : acc;
  wire [ACC_BITS-1:0] next_acc =
      sign_step_q[1] ? start - (addend << SIGN_SHIFT) : start + addend;

  generate
    for (block = 0; block < COLUMNS; block = block + 64) begin : g_columns
      for (c = block; c < COLUMNS && c < block + 64; c = c + 1) begin : g_column
        reg [ACC_BITS-1:0] acc_q;
        reg                flag_q;
        always @(posedge clk_i) begin
          if (sample_q[1] & here2_q[c]) begin
            acc_q  <= next_acc;
            flag_q <= overflow2_q | (flag_q & ~begins);
          end
        end
        assign accumulators[c*ACC_BITS +: ACC_BITS] = acc_q;
        assign flags[c] = flag_q;
      end
    end
  endgenerate
  assign accumulator_o = accumulators[ACC_BITS-1:0];
  assign clipped_o     = flags[0];

  // ----- Results -----
  wire [ACC_BITS-1:0] of_column;
  cim_one_hot_mux #(.WIDTH(ACC_BITS), .COUNT(COLUMNS)) u_sum (
    .data_i(accumulators), .select_i(here), .data_o(of_column)
  );
  localparam COUNTS_TWICE = (ENCODING == 4) ? 1 : 0;
  wire [ACC_BITS-1:0] sum = of_column << COUNTS_TWICE;
  wire signed [ACC_BITS-1:0] total = sum - (reference_i << REFERENCE_SHIFT);
  wire signed [ACC_BITS-1:0] shifted = total >>> OUTPUT_SHIFT;
  wire [OUTPUT_BITS-1:0] result;
  wire in_range;
  generate
    if (TRUNCATE != 0) begin : g_truncate
      assign in_range = 1'b1;
      assign result = shifted[OUTPUT_BITS-1:0];
      wire unused_high = |shifted[ACC_BITS-1:OUTPUT_BITS];
    end else if (OUTPUT_SIGNED != 0) begin : g_signed
      wire [ACC_BITS-OUTPUT_BITS:0] high = shifted[ACC_BITS-1:OUTPUT_BITS-1];
      assign in_range = (&high) | ~(|high);
      if (OUTPUT_BITS == 1) begin : g_one_bit
        assign result = in_range ? shifted[0] : shifted[ACC_BITS-1];
      end else begin : g_bits
        assign result = in_range ? shifted[OUTPUT_BITS-1:0]
                               : {shifted[ACC_BITS-1], {(OUTPUT_BITS-1){~shifted[ACC_BITS-1]}}};
      end
    end else begin : g_unsigned
      assign in_range = ~(|shifted[ACC_BITS-1:OUTPUT_BITS]);
      assign result = in_range ? shifted[OUTPUT_BITS-1:0] : {OUTPUT_BITS{~shifted[ACC_BITS-1]}};
    end
    for (block = 0; block < COLUMNS; block = block + 64) begin : g_results
      for (c = block; c < COLUMNS && c < block + 64; c = c + 1) begin : g_result
        reg [OUTPUT_BITS-1:0] result_q;
        reg                   saturated_q;
        always @(posedge clk_i) begin
          if (finish_i & here[c]) begin
            result_q    <= result;
            saturated_q <= flags[c] | reference_clipped_i | ~in_range;
          end
        end
        assign result_o[c*OUTPUT_BITS +: OUTPUT_BITS] = result_q;
        assign saturated_o[c] = saturated_q;
      end
    end
  endgenerate

  // ----- Program and verify -----
  wire signed [VALUE_BITS-1:0] read = value_q;
  wire [7:0] tolerance = tolerance_i;
  wire [COLUMNS-1:0] column_pending;
  wire [CELLS-1:0]   cell_pending;
  wire [CELLS-1:0]   cell_here;
  genvar d;
  generate
    for (block = 0; block < COLUMNS; block = block + 64) begin : g_programs
      for (c = block; c < COLUMNS && c < block + 64; c = c + 1) begin : g_program
        wire [LEVELS_BITS-1:0] plus_levels;
        wire [LEVELS_BITS-1:0] minus_levels;
        if (ENCODING == 3) begin : g_reference
          assign plus_levels  = REFERENCE_LEVEL[LEVELS_BITS-1:0];
          assign minus_levels = {LEVELS_BITS{1'b0}};
          wire unused_weights = take_weights_i | (|weights_i[c*WEIGHT_BITS +: WEIGHT_BITS]);
        end else begin : g_weight
          reg [WEIGHT_BITS-1:0] weight_q;
          always @(posedge clk_i) begin
            if (take_weights_i) weight_q <= weights_i[c*WEIGHT_BITS +: WEIGHT_BITS];
          end
          wire negative = (ENCODING == 2) & weight_q[WEIGHT_BITS-1];
          wire [WEIGHT_BITS-1:0] one = {{(WEIGHT_BITS-1){1'b0}}, 1'b1};
          wire [WEIGHT_BITS-1:0] top = one << (WEIGHT_BITS-1);
          wire [WEIGHT_BITS-1:0] magnitude = (ENCODING == 1) ? (weight_q ^ top)
                                           : negative ? (~weight_q + one) : weight_q;
          wire [LEVELS_BITS-1:0] levels;
          if (LEVELS_BITS > WEIGHT_BITS) begin : g_pad
            assign levels = {{(LEVELS_BITS-WEIGHT_BITS){1'b0}}, magnitude};
          end else begin : g_same
            assign levels = magnitude[LEVELS_BITS-1:0];
          end
          assign plus_levels  = levels & {LEVELS_BITS{~negative}};
          assign minus_levels = levels & {LEVELS_BITS{negative}};
        end

        for (s = 0; s < SLICES; s = s + 1) begin : g_slice_of
          for (d = 0; d < DEVICES; d = d + 1) begin : g_device
            localparam CELL  = (c * SLICES + s) * DEVICES + d;
            localparam INDEX = s;
            wire [CELL_BITS-1:0] target = (d == 0) ? plus_levels[s*CELL_BITS +: CELL_BITS]
                                                   : minus_levels[s*CELL_BITS +: CELL_BITS];
            // A converter that subtracts reads the second device as a negative number.
            wire signed [VALUE_BITS:0] level = (d == 0) ? {read[VALUE_BITS-1], read}
                                                        : -{read[VALUE_BITS-1], read};
            wire signed [VALUE_BITS:0] wanted = {{(VALUE_BITS+1-CELL_BITS){1'b0}}, target};
            wire signed [VALUE_BITS:0] miss = wanted - level;
            wire [VALUE_BITS:0] size = miss[VALUE_BITS] ? -miss : miss;
            wire [CELL_BITS-1:0] strongest = {CELL_BITS{1'b1}};
            wire is_past = |size[VALUE_BITS:CELL_BITS];
            wire [CELL_BITS-1:0] amplitude = is_past ? strongest : size[CELL_BITS-1:0];
            wire wrong;
            if (VALUE_BITS + 1 > 8) begin : g_wide_error
              assign wrong = size > {{(VALUE_BITS-7){1'b0}}, tolerance};
            end else begin : g_narrow_error
              assign wrong = {{(7-VALUE_BITS){1'b0}}, size} > tolerance;
            end

            reg [CELL_BITS-1:0] amplitude_q;
            reg                 down_q;
            reg                 pending_q;
            wire mine = here2_q[c] & (slice2_q == INDEX[SLICE_BITS-1:0]) &
                        ((DEVICES == 1) | (minus_q[1] == (d == 1)));
            always @(posedge clk_i or negedge rst_ni) begin
              if (!rst_ni) begin
                pending_q <= 1'b0;
              end else if (verify_q[1] & mine) begin
                pending_q <= wrong;
              end
            end
            always @(posedge clk_i) begin
              if (verify_q[1] & mine) begin
                amplitude_q <= amplitude;
                down_q      <= miss[VALUE_BITS];
              end
            end
            assign set_o[CELL]   = pending_q & ~down_q;
            assign reset_o[CELL] = pending_q & down_q;
            assign amplitude_o[CELL*CELL_BITS +: CELL_BITS] = amplitude_q;
            assign cell_pending[CELL] = pending_q;
            assign cell_here[CELL] = here[c] & (slice_i == INDEX[SLICE_BITS-1:0]) &
                                     ((DEVICES == 1) | (minus_i == (d == 1)));
          end
        end
        assign column_pending[c] = |cell_pending[c*SLICES*DEVICES +: SLICES*DEVICES];
      end
    end
  endgenerate
  assign pending_o      = |column_pending;
  assign pending_here_o = |(cell_pending & cell_here);
endmodule

`default_nettype wire
