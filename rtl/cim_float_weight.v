// The weights of a floating macro on their way to the integer array: a row is aligned into a register.
//   data_i      column c at [c*BITS +: BITS]; OFFLINE: aligned already; RAW: not aligned here
//   scales_i    of column c at [c*SCALE +: SCALE]: its scale, or the exponent that it is aligned to
//   classes_i   OFFLINE: of column c at [c*CLASS +: CLASS], see cim_weight_class
//   aligned_o   column c at [c*ALIGNED +: ALIGNED]
`default_nettype none

module cim_float_weight #(
  parameter COLUMNS      = 4,
  parameter BITS         = 8,
  parameter EXPONENT     = 4,   // 0: codes are integers
  parameter FRACTION     = 3,
  parameter SPECIALS     = 1,   // 0: every code is a number; 1: ones behind the sign are NaN; 2: IEEE 754
  parameter IS_SIGNED    = 1,   // of integers
  parameter GUARD        = 3,
  parameter ROUNDING     = 1,   // 0: truncate, 1: nearest, ties to even, 2: sticky
  parameter TARGET       = -1,  // the exponent that all are aligned to; -1: the one that comes with each
  parameter SCALE        = 4,   // bits, at least 1
  parameter CLASS        = 1,   // bits, at least 1
  parameter OFFLINE      = 0,
  parameter RAW          = 0,
  parameter INTEGER_BITS = 0,   // 0: there is no integer mode
  parameter ALIGNED      = 8,
  parameter ROW_BITS     = 6
) (
  input  wire                       clk_i,
  input  wire                       take_i,
  input  wire [ROW_BITS-1:0]        row_i,
  input  wire [COLUMNS*BITS-1:0]    data_i,
  input  wire [COLUMNS*SCALE-1:0]   scales_i,
  // Aligned weights bring their classes.
  // verilator lint_off UNUSED
  input  wire [COLUMNS*CLASS-1:0]   classes_i,
  input  wire                       integer_i,
  // verilator lint_on UNUSED
  output wire [ROW_BITS-1:0]        row_o,
  output wire [COLUMNS*ALIGNED-1:0] aligned_o,
  output wire [COLUMNS*SCALE-1:0]   scales_o,
  output wire [COLUMNS*CLASS-1:0]   classes_o
);
  reg [ROW_BITS-1:0]      row_q;
  reg [COLUMNS*SCALE-1:0] scales_q;
  always @(posedge clk_i) begin
    if (take_i) begin
      row_q    <= row_i;
      scales_q <= scales_i;
    end
  end
  assign row_o    = row_q;
  assign scales_o = scales_q;

  generate
    if (OFFLINE != 0 || RAW != 0 || EXPONENT == 0) begin : g_integers
      cim_integer_mode #(.COUNT(COLUMNS), .BITS(BITS), .INTEGER_BITS(INTEGER_BITS)) u_mode (
        .clk_i     (clk_i),
        .load_i    (take_i),
        .integer_i (integer_i),
        .codes_i   (data_i),
        .codes_o   (aligned_o)
      );
    end else begin : g_align
      wire [COLUMNS*EXPONENT-1:0] targets;
      if (TARGET >= 0) begin : g_fixed
        assign targets = {COLUMNS*EXPONENT{1'b0}};
      end else begin : g_given
        assign targets = scales_i;
      end
      cim_float_align #(
        .COUNT(COLUMNS), .BITS(BITS), .EXPONENT(EXPONENT), .FRACTION(FRACTION), .SPECIALS(SPECIALS),
        .GUARD(GUARD), .ROUNDING(ROUNDING), .TARGETS(COLUMNS), .TARGET(TARGET),
        .INTEGER_BITS(INTEGER_BITS), .ALIGNED(ALIGNED)
      ) u_align (
        .clk_i     (clk_i),
        .load_i    (take_i),
        .integer_i (integer_i),
        .targets_i (targets),
        .codes_i   (data_i),
        .aligned_o (aligned_o)
      );
    end
    if (OFFLINE != 0) begin : g_given_class
      reg [COLUMNS*CLASS-1:0] classes_q;
      always @(posedge clk_i) begin
        if (take_i) classes_q <= classes_i;
      end
      assign classes_o = classes_q;
    end else begin : g_class
      cim_weight_class #(
        .COUNT(COLUMNS), .BITS(BITS), .EXPONENT((EXPONENT == 0) ? 1 : EXPONENT), .FRACTION(FRACTION),
        .SPECIALS(SPECIALS), .IS_INTEGER((EXPONENT == 0) ? 1 : 0), .IS_SIGNED(IS_SIGNED),
        .INTEGER_BITS(INTEGER_BITS), .CLASS(CLASS)
      ) u_class (
        .clk_i     (clk_i),
        .load_i    (take_i),
        .integer_i (integer_i),
        .codes_i   (data_i),
        .class_o   (classes_o)
      );
    end
  endgenerate
endmodule

`default_nettype wire
