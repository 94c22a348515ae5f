// What cim_float_weight loads: a row of weights as it is, or its codes as reference_float_align and
// reference_weight_class have them.
`default_nettype none

module reference_float_weight #(
  parameter COLUMNS      = 64,
  parameter BITS         = 8,
  parameter EXPONENT     = 4,
  parameter FRACTION     = 3,
  parameter SPECIALS     = 1,
  parameter IS_SIGNED    = 1,
  parameter GUARD        = 3,
  parameter ROUNDING     = 1,
  parameter TARGET       = -1,
  parameter SCALE        = 4,
  parameter CLASS        = 1,
  parameter OFFLINE      = 0,
  parameter RAW          = 0,
  parameter INTEGER_BITS = 0,
  parameter ALIGNED      = 8,
  parameter ROW_BITS     = 6
) (
  input  wire                       clk_i,
  input  wire                       take_i,
  input  wire [ROW_BITS-1:0]        row_i,
  input  wire [COLUMNS*BITS-1:0]    data_i,
  input  wire [COLUMNS*SCALE-1:0]   scales_i,
  input  wire [COLUMNS*CLASS-1:0]   classes_i,
  input  wire                       integer_i,
  output wire [ROW_BITS-1:0]        row_o,
  output wire [COLUMNS*ALIGNED-1:0] aligned_o,
  output wire [COLUMNS*SCALE-1:0]   scales_o,
  output wire [COLUMNS*CLASS-1:0]   classes_o
);
  localparam IS_INTEGER = (OFFLINE != 0 || RAW != 0 || EXPONENT == 0) ? 1 : 0;

  assign row_o    = row_i;
  assign scales_o = scales_i;
  genvar c;
  generate
    for (c = 0; c < COLUMNS; c = c + 1) begin : g_column
      wire [BITS-1:0] code = data_i[c*BITS +: BITS];
      if (IS_INTEGER != 0) begin : g_integer
        reference_integer_mode #(.COUNT(1), .BITS(BITS), .INTEGER_BITS(INTEGER_BITS)) u_mode (
          .clk_i     (clk_i),
          .load_i    (take_i),
          .integer_i (integer_i),
          .codes_i   (code),
          .codes_o   (aligned_o[c*ALIGNED +: ALIGNED])
        );
      end else begin : g_align
        wire [EXPONENT-1:0] target = (TARGET >= 0) ? TARGET : scales_i[c*SCALE +: SCALE];
        reference_float_align #(
          .COUNT(1), .BITS(BITS), .EXPONENT(EXPONENT), .FRACTION(FRACTION), .SPECIALS(SPECIALS), .GUARD(GUARD),
          .ROUNDING(ROUNDING), .TARGETS(1), .TARGET(-1), .INTEGER_BITS(INTEGER_BITS), .ALIGNED(ALIGNED)
        ) u_align (
          .clk_i     (clk_i),
          .load_i    (take_i),
          .integer_i (integer_i),
          .targets_i (target),
          .codes_i   (code),
          .aligned_o (aligned_o[c*ALIGNED +: ALIGNED])
        );
      end
      if (OFFLINE != 0) begin : g_given
        assign classes_o[c*CLASS +: CLASS] = classes_i[c*CLASS +: CLASS];
      end else begin : g_class
        reference_weight_class #(
          .COUNT(1), .BITS(BITS), .EXPONENT((EXPONENT == 0) ? 1 : EXPONENT), .FRACTION(FRACTION), .SPECIALS(SPECIALS),
          .IS_INTEGER((EXPONENT == 0) ? 1 : 0), .IS_SIGNED(IS_SIGNED), .INTEGER_BITS(INTEGER_BITS), .CLASS(CLASS)
        ) u_class (
          .clk_i     (clk_i),
          .load_i    (take_i),
          .integer_i (integer_i),
          .codes_i   (code),
          .class_o   (classes_o[c*CLASS +: CLASS])
        );
      end
    end
  endgenerate
endmodule

`default_nettype wire
