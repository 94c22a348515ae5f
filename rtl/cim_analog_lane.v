// The digital side of LANES converters of equally many columns: trims their codes, adds those of
// their columns over slices and steps, and keeps the weights of their columns while a row is
// programmed. What is the same for all of them comes from cim_analog_lanes. Nothing is computed in a
// cycle in which no code is there, so that a simulator has nothing to do in it.
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
// Ports have lane l at [l*... +: ...], and in it column after column; device d of slice s of column c
// is cell ((c * SLICES) + s) * DEVICES + d of its lane. Trims and accumulators have the lanes of
// column 0 first.
`default_nettype none

module cim_analog_lane #(
  parameter LANES           = 1,
  parameter COLUMNS         = 8,   // of a converter
  parameter SLICES          = 2,
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
  parameter CELLS           = COLUMNS * SLICES * DEVICES  // of a lane
) (
  input  wire                                 clk_i,
  input  wire                                 rst_ni,

  input  wire [LANES*ADC_BITS-1:0]            code_i,
  input  wire [LANES-1:0]                     overflow_i,
  output wire [LANES*RANGE_BITS-1:0]          range_o,

  // One of COLUMNS or CELLS, or none: that of the code at the converter, and of that in rank 3.
  input  wire [COLUMNS-1:0]                   here_i,
  input  wire [COLUMNS-1:0]                   here2_i,
  input  wire [SLICES-1:0]                    slice2_i,
  input  wire [CELLS-1:0]                     cell2_i,
  input  wire                                 minus2_i,
  input  wire                                 take_i,      // a code into rank 1
  input  wire                                 take1_i,     // from there into rank 2
  input  wire                                 sample2_i,   // from there to an accumulator
  input  wire                                 verify2_i,   // or to the pulses
  input  wire                                 begins2_i,   // the first of a vector
  input  wire                                 moves2_i,    // the first of a step
  input  wire                                 sign2_i,     // of the sign bits
  input  wire                                 verifying_i,
  input  wire                                 test_sample_i,
  input  wire                                 finish_i,    // the results of column here_i

  input  wire [ACC_BITS-1:0]                  reference_i,
  input  wire                                 reference_clipped_i,
  output wire [ACC_BITS-1:0]                  accumulator_o,  // of column 0 of lane 0
  output wire                                 clipped_o,      // a code of it was
  output reg  [LANES*COLUMNS*OUTPUT_BITS-1:0] result_o,
  output reg  [LANES*COLUMNS-1:0]             saturated_o,

  input  wire                                 take_weights_i,
  input  wire [LANES*COLUMNS*WEIGHT_BITS-1:0] weights_i,
  input  wire [7:0]                           tolerance_i,
  output wire                                 pending_o,       // some device needs a pulse
  input  wire [CELLS-1:0]                     report_i,        // one cell of each lane
  output reg  [LANES-1:0]                     pending_here_o,  // it does
  output wire [LANES*CELLS-1:0]               set_o,
  output wire [LANES*CELLS-1:0]               reset_o,
  output wire [LANES*CELLS*CELL_BITS-1:0]     amplitude_o,

  // Trims of one of COLUMNS or of none: kind 1 offset, 2 gain, 3 range.
  input  wire [COLUMNS-1:0]                   trim_column_i,
  input  wire [LANES-1:0]                     trim_write_i,
  input  wire [1:0]                           trim_kind_i,
  input  wire [12:0]                          trim_data_i,
  output reg  [LANES*13-1:0]                  trim_data_o,
  output wire [LANES*ADC_BITS-1:0]            test_code_o,
  output wire [LANES-1:0]                     test_overflow_o
);
  localparam T_BITS       = (ADC_BITS + 5 > 12) ? ADC_BITS + 6 : 13;
  localparam PRODUCT_BITS = T_BITS + 14;
  localparam WIDE_BITS    = PRODUCT_BITS + RANGE_MOST + 1;
  localparam LEVELS_BITS  = SLICES * CELL_BITS;

  // ----- Trims -----
  reg [COLUMNS*LANES*12-1:0]         offsets_q;
  reg [COLUMNS*LANES*13-1:0]         gains_q;
  reg [COLUMNS*LANES*RANGE_BITS-1:0] ranges_q;
  always @(posedge clk_i or negedge rst_ni) begin : trims
    integer i, c;
    if (!rst_ni) begin
      for (i = 0; i < COLUMNS * LANES; i = i + 1) begin
        offsets_q[i*12 +: 12]                <= 12'd0;
        gains_q[i*13 +: 13]                  <= 13'd4096;
        ranges_q[i*RANGE_BITS +: RANGE_BITS] <= RANGE_RESET[RANGE_BITS-1:0];
      end
    end else begin
      for (c = 0; c < COLUMNS; c = c + 1) begin
        if (trim_column_i[c]) begin
          for (i = 0; i < LANES; i = i + 1) begin
            if (trim_write_i[i]) begin
              if (trim_kind_i == 2'd1) offsets_q[(c*LANES+i)*12 +: 12] <= trim_data_i[11:0];
              if (trim_kind_i == 2'd2) gains_q[(c*LANES+i)*13 +: 13]   <= trim_data_i;
              if (trim_kind_i == 2'd3) begin
                ranges_q[(c*LANES+i)*RANGE_BITS +: RANGE_BITS] <= trim_data_i[RANGE_BITS-1:0];
              end
            end
          end
        end
      end
    end
  end

  always @* begin : trim_answer
    integer i, c;
    i = 0;  // or it is a latch
    trim_data_o = {(LANES*13){1'b0}};
    for (c = 0; c < COLUMNS; c = c + 1) begin
      if (trim_column_i[c]) begin
        for (i = 0; i < LANES; i = i + 1) begin
          trim_data_o[i*13 +: 13] = trim_data_o[i*13 +: 13] | (
              (trim_kind_i == 2'd1) ? {offsets_q[(c*LANES+i)*12+11], offsets_q[(c*LANES+i)*12 +: 12]}
            : (trim_kind_i == 2'd2) ? gains_q[(c*LANES+i)*13 +: 13]
            : {{(13-RANGE_BITS){1'b0}}, ranges_q[(c*LANES+i)*RANGE_BITS +: RANGE_BITS]});
        end
      end
    end
  end

  // One device is read at the finest range.
  cim_one_hot_mux #(.WIDTH(LANES*RANGE_BITS), .COUNT(COLUMNS)) u_range (
    .enable_i(~verifying_i), .data_i(ranges_q), .select_i(here_i), .data_o(range_o)
  );

  // ----- Test conversions -----
  reg [LANES*ADC_BITS-1:0] test_code_q;
  reg [LANES-1:0]          test_overflow_q;
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      test_code_q     <= {(LANES*ADC_BITS){1'b0}};
      test_overflow_q <= {LANES{1'b0}};
    end else if (test_sample_i) begin
      test_code_q     <= code_i;
      test_overflow_q <= overflow_i;
    end
  end
  assign test_code_o     = test_code_q;
  assign test_overflow_o = test_overflow_q;

  // ----- Rank 1: offset and gain -----
  function signed [PRODUCT_BITS-1:0] product_of(
    input [ADC_BITS-1:0] code, input [11:0] offset, input [12:0] gain
  );
    reg code_sign;
    reg signed [T_BITS-1:0] scaled_code, trimmed;
    reg signed [PRODUCT_BITS-1:0] wide_trimmed, wide_gain;
    begin
      code_sign    = (ENCODING == 2) & code[ADC_BITS-1];
      scaled_code  = {{(T_BITS-ADC_BITS-4){code_sign}}, code, 4'd0};
      trimmed      = scaled_code - {{(T_BITS-12){offset[11]}}, offset};
      wide_trimmed = {{(PRODUCT_BITS-T_BITS){trimmed[T_BITS-1]}}, trimmed};
      wide_gain    = {{(PRODUCT_BITS-13){1'b0}}, gain};
      product_of   = wide_trimmed * wide_gain;
    end
  endfunction

  // The trims of the column at hand.
  wire trims_act = (ENCODING != 4) | ~verifying_i;
  function [11:0] offset_of(input integer lane);
    integer c;
    begin
      offset_of = 12'd0;
      for (c = 0; c < COLUMNS; c = c + 1) begin
        offset_of = offset_of | (offsets_q[(c*LANES+lane)*12 +: 12] & {12{here_i[c]}});
      end
    end
  endfunction
  function [12:0] gain_of(input integer lane);
    integer c;
    begin
      gain_of = 13'd0;
      for (c = 0; c < COLUMNS; c = c + 1) begin
        gain_of = gain_of | (gains_q[(c*LANES+lane)*13 +: 13] & {13{here_i[c]}});
      end
    end
  endfunction

  reg [LANES*PRODUCT_BITS-1:0] product_q;
  reg [LANES*RANGE_BITS-1:0]   range1_q;
  reg [LANES-1:0]              overflow1_q;
  always @(posedge clk_i) begin : rank1
    integer i;
    if (take_i) begin
      for (i = 0; i < LANES; i = i + 1) begin
        product_q[i*PRODUCT_BITS +: PRODUCT_BITS] <=
            product_of(code_i[i*ADC_BITS +: ADC_BITS], offset_of(i) & {12{trims_act}},
                       trims_act ? gain_of(i) : 13'd4096);
      end
      range1_q    <= range_o;
      overflow1_q <= overflow_i;
    end
  end

  // ----- Rank 2: range -----
  // {it was clamped, the value}
  function [VALUE_BITS:0] value_of(
    input [PRODUCT_BITS-1:0] product, input [RANGE_BITS-1:0] range
  );
    reg signed [WIDE_BITS-1:0] wide, half, rounded, scaled;
    reg [WIDE_BITS-VALUE_BITS:0] high;
    reg fits;
    begin
      wide     = {{(WIDE_BITS-PRODUCT_BITS){product[PRODUCT_BITS-1]}}, product};
      half     = {{(WIDE_BITS-16){1'b0}}, 16'h8000};
      rounded  = (wide <<< range) + half;
      scaled   = rounded >>> 16;
      high     = scaled[WIDE_BITS-1:VALUE_BITS-1];
      fits     = (&high) | ~(|high);
      value_of = fits ? {1'b0, scaled[VALUE_BITS-1:0]}
                      : {1'b1, scaled[WIDE_BITS-1], {(VALUE_BITS-1){~scaled[WIDE_BITS-1]}}};
    end
  endfunction

  // A lane computes once what several registers keep: it has a name of its own, which is no register.
  // verilator lint_off BLKSEQ
  reg [LANES*VALUE_BITS-1:0] value_q;
  reg [LANES-1:0]            overflow2_q;
  always @(posedge clk_i) begin : rank2
    integer i;
    reg [VALUE_BITS:0] value;
    if (take1_i) begin
      for (i = 0; i < LANES; i = i + 1) begin
        value = value_of(product_q[i*PRODUCT_BITS +: PRODUCT_BITS],
                         range1_q[i*RANGE_BITS +: RANGE_BITS]);
        value_q[i*VALUE_BITS +: VALUE_BITS] <= value[VALUE_BITS-1:0];
        overflow2_q[i] <= overflow1_q[i] | value[VALUE_BITS];
      end
    end
  end
  // verilator lint_on BLKSEQ

  // ----- Rank 3: the accumulators -----
  reg [COLUMNS*LANES*ACC_BITS-1:0] acc_q;
  reg [COLUMNS*LANES-1:0]          flags_q;  // a code of the column was clipped

  function [ACC_BITS-1:0] acc_of(input integer lane, input [COLUMNS-1:0] column);
    integer c;
    begin
      acc_of = {ACC_BITS{1'b0}};
      for (c = 0; c < COLUMNS; c = c + 1) begin
        acc_of = acc_of | (acc_q[(c*LANES+lane)*ACC_BITS +: ACC_BITS] & {ACC_BITS{column[c]}});
      end
    end
  endfunction
  function [ACC_BITS-1:0] next_acc(input [ACC_BITS-1:0] acc, input [VALUE_BITS-1:0] value);
    integer s;
    reg [ACC_BITS-1:0] extended, addend, start;
    begin
      extended = {{(ACC_BITS-VALUE_BITS){value[VALUE_BITS-1]}}, value};
      addend   = {ACC_BITS{1'b0}};
      for (s = 0; s < SLICES; s = s + 1) begin
        addend = addend | ((extended << (s * CELL_BITS)) & {ACC_BITS{slice2_i[s]}});
      end
      start    = begins2_i ? {ACC_BITS{1'b0}} : moves2_i ? (acc << CODE_BITS) : acc;
      next_acc = sign2_i ? start - (addend << SIGN_SHIFT) : start + addend;
    end
  endfunction

  // verilator lint_off BLKSEQ
  always @(posedge clk_i) begin : rank3
    integer i, c;
    reg [ACC_BITS-1:0] next;
    if (sample2_i) begin
      for (i = 0; i < LANES; i = i + 1) begin
        next = next_acc(acc_of(i, here2_i), value_q[i*VALUE_BITS +: VALUE_BITS]);
        for (c = 0; c < COLUMNS; c = c + 1) begin
          if (here2_i[c]) begin
            acc_q[(c*LANES+i)*ACC_BITS +: ACC_BITS] <= next;
            flags_q[c*LANES+i] <= overflow2_q[i] | (flags_q[c*LANES+i] & ~begins2_i);
          end
        end
      end
    end
  end
  // verilator lint_on BLKSEQ
  assign accumulator_o = acc_q[ACC_BITS-1:0];
  assign clipped_o     = flags_q[0];

  // ----- Results -----
  // {it is out of range, the result}
  localparam COUNTS_TWICE = (ENCODING == 4) ? 1 : 0;
  wire [ACC_BITS-1:0] offset_of_reference = reference_i << REFERENCE_SHIFT;
  function [OUTPUT_BITS:0] result_of(input [ACC_BITS-1:0] sum);
    reg signed [ACC_BITS-1:0] total, shifted;
    reg [ACC_BITS-OUTPUT_BITS:0] high;
    reg [OUTPUT_BITS-1:0] most;
    reg in_range;
    begin
      total    = (sum << COUNTS_TWICE) - offset_of_reference;
      shifted  = total >>> OUTPUT_SHIFT;
      high     = shifted[ACC_BITS-1:OUTPUT_BITS-1];
      most     = {OUTPUT_BITS{~shifted[ACC_BITS-1]}};
      if (OUTPUT_SIGNED != 0) begin
        in_range            = (&high) | ~(|high);
        most[OUTPUT_BITS-1] = shifted[ACC_BITS-1];
      end else begin
        in_range = ~(|high[ACC_BITS-OUTPUT_BITS:1]);
      end
      if (TRUNCATE != 0) in_range = 1'b1;
      result_of = {~in_range, in_range ? shifted[OUTPUT_BITS-1:0] : most};
    end
  endfunction

  // verilator lint_off BLKSEQ
  always @(posedge clk_i) begin : results
    integer i, c;
    reg [OUTPUT_BITS:0] result;
    if (finish_i) begin
      for (i = 0; i < LANES; i = i + 1) begin
        result = result_of(acc_of(i, here_i));
        for (c = 0; c < COLUMNS; c = c + 1) begin
          if (here_i[c]) begin
            result_o[(i*COLUMNS+c)*OUTPUT_BITS +: OUTPUT_BITS] <= result[OUTPUT_BITS-1:0];
            saturated_o[i*COLUMNS+c] <= flags_q[c*LANES+i] | reference_clipped_i | result[OUTPUT_BITS];
          end
        end
      end
    end
  end
  // verilator lint_on BLKSEQ

  // ----- Program and verify -----
  reg [LANES*COLUMNS*WEIGHT_BITS-1:0] weights_q;
  always @(posedge clk_i) begin
    if (take_weights_i) weights_q <= weights_i;
  end

  // The levels of one device of each slice of a weight.
  function [LEVELS_BITS-1:0] levels_of(input [WEIGHT_BITS-1:0] weight, input minus);
    reg negative;
    reg [WEIGHT_BITS-1:0] one, top, magnitude;
    reg [LEVELS_BITS-1:0] levels;
    begin
      negative  = (ENCODING == 2) & weight[WEIGHT_BITS-1];
      one       = {WEIGHT_BITS{1'b0}};
      one[0]    = 1'b1;
      top       = one << (WEIGHT_BITS - 1);
      magnitude = (ENCODING == 1) ? (weight ^ top) : negative ? (~weight + one) : weight;
      levels    = {LEVELS_BITS{1'b0}};
      levels[WEIGHT_BITS-1:0] = magnitude;
      levels_of = (ENCODING == 3) ? REFERENCE_LEVEL[LEVELS_BITS-1:0]
                                  : levels & {LEVELS_BITS{negative == minus}};
    end
  endfunction

  // The level that the device whose value is in rank 2 is to have.
  function [CELL_BITS-1:0] target_of(input [COLUMNS*WEIGHT_BITS-1:0] weights);
    integer c, s, d;
    reg [LEVELS_BITS-1:0] levels;
    begin
      target_of = {CELL_BITS{1'b0}};
      for (c = 0; c < COLUMNS; c = c + 1) begin
        levels = levels_of(weights[c*WEIGHT_BITS +: WEIGHT_BITS], minus2_i);
        for (s = 0; s < SLICES; s = s + 1) begin
          for (d = 0; d < DEVICES; d = d + 1) begin
            target_of = target_of | (levels[s*CELL_BITS +: CELL_BITS] &
                                     {CELL_BITS{cell2_i[(c*SLICES+s)*DEVICES+d]}});
          end
        end
      end
    end
  endfunction

  // {it needs a pulse, downwards, its amplitude}
  function [CELL_BITS+1:0] pulse_of(input [VALUE_BITS-1:0] read, input [CELL_BITS-1:0] target);
    reg signed [VALUE_BITS:0] level, wanted, miss;
    reg [VALUE_BITS:0] size;
    reg [CELL_BITS-1:0] strongest;
    reg is_past, wrong;
    begin
      // A converter that subtracts reads the second device as a negative number.
      level = ((DEVICES == 2) & minus2_i) ? -{read[VALUE_BITS-1], read}
                                          : {read[VALUE_BITS-1], read};
      wanted    = {{(VALUE_BITS+1-CELL_BITS){1'b0}}, target};
      miss      = wanted - level;
      size      = miss[VALUE_BITS] ? -miss : miss;
      strongest = {CELL_BITS{1'b1}};
      is_past   = |size[VALUE_BITS:CELL_BITS];
      wrong     = {8'd0, size} > {{(VALUE_BITS+1){1'b0}}, tolerance_i};
      pulse_of  = {wrong, miss[VALUE_BITS], is_past ? strongest : size[CELL_BITS-1:0]};
    end
  endfunction

  reg [LANES*CELLS*CELL_BITS-1:0] amplitude_q;
  reg [LANES*CELLS-1:0]           down_q;
  reg [LANES*CELLS-1:0]           pending_q;
  // verilator lint_off BLKSEQ
  always @(posedge clk_i or negedge rst_ni) begin : pending
    integer i, k;
    reg [CELL_BITS+1:0] pulse;
    if (!rst_ni) begin
      for (i = 0; i < LANES * CELLS; i = i + 1) pending_q[i] <= 1'b0;
    end else if (verify2_i) begin
      for (i = 0; i < LANES; i = i + 1) begin
        pulse = pulse_of(value_q[i*VALUE_BITS +: VALUE_BITS], target_of(
            weights_q[i*COLUMNS*WEIGHT_BITS +: COLUMNS*WEIGHT_BITS]));
        for (k = 0; k < CELLS; k = k + 1) begin
          if (cell2_i[k]) pending_q[i*CELLS+k] <= pulse[CELL_BITS+1];
        end
      end
    end
  end
  always @(posedge clk_i) begin : pulses
    integer i, k;
    reg [CELL_BITS+1:0] pulse;
    if (verify2_i) begin
      for (i = 0; i < LANES; i = i + 1) begin
        pulse = pulse_of(value_q[i*VALUE_BITS +: VALUE_BITS], target_of(
            weights_q[i*COLUMNS*WEIGHT_BITS +: COLUMNS*WEIGHT_BITS]));
        for (k = 0; k < CELLS; k = k + 1) begin
          if (cell2_i[k]) begin
            amplitude_q[(i*CELLS+k)*CELL_BITS +: CELL_BITS] <= pulse[CELL_BITS-1:0];
            down_q[i*CELLS+k] <= pulse[CELL_BITS];
          end
        end
      end
    end
  end
  // verilator lint_on BLKSEQ
  assign set_o       = pending_q & ~down_q;
  assign reset_o     = pending_q & down_q;
  assign amplitude_o = amplitude_q;
  assign pending_o   = |pending_q;

  always @* begin : pending_here
    integer i, k;
    i = 0;  // or it is a latch
    pending_here_o = {LANES{1'b0}};
    for (k = 0; k < CELLS; k = k + 1) begin
      if (report_i[k]) begin
        for (i = 0; i < LANES; i = i + 1) begin
          pending_here_o[i] = pending_here_o[i] | pending_q[i*CELLS+k];
        end
      end
    end
  end
endmodule

`default_nettype wire
