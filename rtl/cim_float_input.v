// The inputs of a floating macro on their way to the integer array: codes are taken into A (STAGES = 2), go
// to B with the exponent that they are aligned to, and leave B aligned.
//   codes_i         row r at [r*BITS +: BITS]
//   scales_i        of block g at [g*8 +: 8], of formats with a scale; SCALED = 0: not read
//   aligned_o       of B, while send_i is high: row r at [r*ALIGNED +: ALIGNED]
// Of the vector that left B at the last edge:
//   exponents_o     of block g at [g*WIDTH +: WIDTH]: the exponent aligned to, and the scale
//   nan_o           an input or a scale is NaN
//   infinity_o, zero_o, negative_o   of each row; 0 where CLASSES = 0
//   integer_o       its codes are integers
`default_nettype none

module cim_float_input #(
  parameter STAGES       = 2,
  parameter BLOCKS       = 1,
  parameter BLOCK_ROWS   = 64,
  parameter BITS         = 8,
  parameter EXPONENT     = 4,   // 0: codes are integers
  parameter FRACTION     = 3,
  parameter SPECIALS     = 1,   // 0: every code is a number; 1: ones behind the sign are NaN; 2: IEEE 754
  parameter IS_SIGNED    = 1,   // of integers
  parameter GUARD        = 3,
  parameter ROUNDING     = 1,   // 0: truncate, 1: nearest, ties to even, 2: sticky
  parameter PER_BLOCK    = 1,   // STAGES = 2: each block is aligned to an exponent of its own
  parameter TARGET       = -1,  // STAGES = 1: the exponent that all are aligned to
  parameter SCALED       = 0,
  parameter WIDTH        = 4,   // of an exponent, at least 1
  parameter CLASSES      = 0,
  parameter INTEGER_BITS = 0,   // 0: there is no integer mode
  parameter ALIGNED      = 8
) (
  input  wire                              clk_i,
  input  wire                              take_i,
  input  wire                              send_i,
  // Not every macro has two stages, scales and integers.
  // verilator lint_off UNUSED
  input  wire                              move_i,
  input  wire [BLOCKS*8-1:0]               scales_i,
  input  wire                              integer_i,
  // verilator lint_on UNUSED
  input  wire [BLOCKS*BLOCK_ROWS*BITS-1:0] codes_i,
  output wire [BLOCKS*BLOCK_ROWS*ALIGNED-1:0] aligned_o,
  output wire [BLOCKS*WIDTH-1:0]           exponents_o,
  output wire                              nan_o,
  output wire [BLOCKS*BLOCK_ROWS-1:0]      infinity_o,
  output wire [BLOCKS*BLOCK_ROWS-1:0]      zero_o,
  output wire [BLOCKS*BLOCK_ROWS-1:0]      negative_o,
  output wire                              integer_o
);
  localparam ROWS    = BLOCKS*BLOCK_ROWS;
  localparam FIELD   = (EXPONENT == 0) ? 1 : EXPONENT;
  localparam TARGETS = (STAGES == 2 && PER_BLOCK != 0) ? BLOCKS : 1;

  // B.
  reg  [ROWS*BITS-1:0] codes_q;
  wire [BLOCKS*8-1:0]  scales;
  wire [TARGETS*FIELD-1:0] targets;
  wire                 is_integer;

  genvar block, row, group;
  generate
    if (STAGES == 2) begin : g_two
      reg [ROWS*BITS-1:0]     first_q;
      reg [TARGETS*FIELD-1:0] targets_q;
      wire [TARGETS*FIELD-1:0] largest;
      for (block = 0; block < TARGETS; block = block + 1) begin : g_largest
        cim_exponent_max #(
          .COUNT(ROWS/TARGETS), .BITS(BITS), .EXPONENT(EXPONENT), .FRACTION(FRACTION), .SPECIALS(SPECIALS)
        ) u_max (
          .enable_i   (move_i),
          .codes_i    (first_q[block*(ROWS/TARGETS)*BITS +: (ROWS/TARGETS)*BITS]),
          .exponent_o (largest[block*FIELD +: FIELD])
        );
      end
      always @(posedge clk_i) begin
        if (take_i) first_q <= codes_i;
        if (move_i) begin
          codes_q   <= first_q;
          targets_q <= largest;
        end
      end
      assign targets = targets_q;
      if (SCALED != 0) begin : g_scales
        reg [BLOCKS*8-1:0] first_scales_q, scales_q;
        always @(posedge clk_i) begin
          if (take_i) first_scales_q <= scales_i;
          if (move_i) scales_q <= first_scales_q;
        end
        assign scales = scales_q;
      end else begin : g_no_scales
        assign scales = {BLOCKS*8{1'b0}};
      end
      if (INTEGER_BITS != 0) begin : g_integer
        reg first_integer_q, integer_q;
        always @(posedge clk_i) begin
          if (take_i) first_integer_q <= integer_i;
          if (move_i) integer_q <= first_integer_q;
        end
        assign is_integer = integer_q;
      end else begin : g_no_integer
        assign is_integer = 1'b0;
      end
    end else begin : g_one
      always @(posedge clk_i) begin
        if (take_i) codes_q <= codes_i;
      end
      assign targets = {TARGETS*FIELD{1'b0}};
      if (SCALED != 0) begin : g_scales
        reg [BLOCKS*8-1:0] scales_q;
        always @(posedge clk_i) begin
          if (take_i) scales_q <= scales_i;
        end
        assign scales = scales_q;
      end else begin : g_no_scales
        assign scales = {BLOCKS*8{1'b0}};
      end
      if (INTEGER_BITS != 0) begin : g_integer
        reg integer_q;
        always @(posedge clk_i) begin
          if (take_i) integer_q <= integer_i;
        end
        assign is_integer = integer_q;
      end else begin : g_no_integer
        assign is_integer = 1'b0;
      end
    end
  endgenerate

  // Aligned.
  generate
    if (EXPONENT == 0) begin : g_integers
      cim_integer_mode #(.COUNT(ROWS), .BITS(BITS), .INTEGER_BITS(INTEGER_BITS)) u_mode (
        .integer_i (is_integer),
        .codes_i   (codes_q),
        .codes_o   (aligned_o)
      );
    end else begin : g_floating
      for (block = 0; block < BLOCKS; block = block + 1) begin : g_block
        cim_float_align #(
          .COUNT(BLOCK_ROWS), .BITS(BITS), .EXPONENT(EXPONENT), .FRACTION(FRACTION), .SPECIALS(SPECIALS),
          .GUARD(GUARD), .ROUNDING(ROUNDING), .TARGETS(1), .TARGET((STAGES == 2) ? -1 : TARGET),
          .INTEGER_BITS(INTEGER_BITS), .ALIGNED(ALIGNED)
        ) u_align (
          .enable_i  (send_i),
          .integer_i (is_integer),
          .targets_i (targets[((TARGETS == 1) ? 0 : block)*FIELD +: FIELD]),
          .codes_i   (codes_q[block*BLOCK_ROWS*BITS +: BLOCK_ROWS*BITS]),
          .aligned_o (aligned_o[block*BLOCK_ROWS*ALIGNED +: BLOCK_ROWS*ALIGNED])
        );
      end
    end
  endgenerate

  // What the vector takes along.
  wire [BLOCKS*WIDTH-1:0] exponents;
  wire [BLOCKS-1:0]       scale_is_nan;
  generate
    for (block = 0; block < BLOCKS; block = block + 1) begin : g_exponent
      wire [7:0]       scale  = scales[block*8 +: 8];
      // verilator lint_off UNUSED
      wire [FIELD-1:0] target = targets[((TARGETS == 1) ? 0 : block)*FIELD +: FIELD];
      // verilator lint_on UNUSED
      assign scale_is_nan[block] = (SCALED != 0) & (&scale);
      if (STAGES == 2 && SCALED != 0) begin : g_both
        assign exponents[block*WIDTH +: WIDTH] = {{(WIDTH-8){1'b0}}, scale} + {{(WIDTH-FIELD){1'b0}}, target};
      end else if (STAGES == 2) begin : g_target
        assign exponents[block*WIDTH +: WIDTH] = target;
      end else if (SCALED != 0) begin : g_scale
        assign exponents[block*WIDTH +: WIDTH] = scale;
      end else begin : g_none
        assign exponents[block*WIDTH +: WIDTH] = {WIDTH{1'b0}};
      end
    end
  endgenerate
  reg [BLOCKS*WIDTH-1:0] exponents_q;
  reg                    integer_q;
  always @(posedge clk_i) begin
    if (send_i) begin
      exponents_q <= exponents;
      integer_q   <= is_integer;
    end
  end
  assign exponents_o = exponents_q;
  assign integer_o   = integer_q;

  // Classes.
  wire [ROWS-1:0] row_is_nan;
  reg             nan_q;
  assign nan_o = nan_q;
  always @(posedge clk_i) begin
    if (send_i) nan_q <= (|scale_is_nan) | (|row_is_nan);
  end
  generate
    if (SPECIALS == 0 && CLASSES == 0) begin : g_no_nan
      assign row_is_nan = {ROWS{1'b0}};
    end else begin : g_nan
      for (group = 0; group < ROWS; group = group + 64) begin : g_rows
        for (row = group; row < ROWS && row < group + 64; row = row + 1) begin : g_row
          if (SPECIALS == 2) begin : g_ieee
            assign row_is_nan[row] =
                (&codes_q[row*BITS + FRACTION +: FIELD]) & (|codes_q[row*BITS +: BITS-1-FIELD]);
          end else begin : g_ones
            assign row_is_nan[row] = (SPECIALS == 1) & (&codes_q[row*BITS +: BITS-1]);
          end
        end
      end
    end
    if (CLASSES == 0) begin : g_no_classes
      assign infinity_o = {ROWS{1'b0}};
      assign zero_o     = {ROWS{1'b0}};
      assign negative_o = {ROWS{1'b0}};
    end else begin : g_classes
      reg [ROWS-1:0] infinity_q, zero_q, negative_q;
      wire [ROWS-1:0] infinity, zero, negative;
      for (group = 0; group < ROWS; group = group + 64) begin : g_rows
        for (row = group; row < ROWS && row < group + 64; row = row + 1) begin : g_row
          if (EXPONENT == 0) begin : g_integer
            assign infinity[row] = 1'b0;
            assign zero[row]     = codes_q[row*BITS +: BITS] == {BITS{1'b0}};
            assign negative[row] = (IS_SIGNED != 0) & codes_q[row*BITS + BITS-1];
          end else begin : g_floating
            assign infinity[row] = (SPECIALS == 2) & (&codes_q[row*BITS + FRACTION +: FIELD]) & ~row_is_nan[row];
            assign zero[row]     = codes_q[row*BITS +: BITS-1] == {BITS-1{1'b0}};
            assign negative[row] = codes_q[row*BITS + BITS-1];
          end
        end
      end
      always @(posedge clk_i) begin
        if (send_i) begin
          infinity_q <= infinity;
          zero_q     <= zero;
          negative_q <= negative;
        end
      end
      assign infinity_o = infinity_q;
      assign zero_o     = zero_q;
      assign negative_o = negative_q;
    end
  endgenerate
endmodule

`default_nettype wire
