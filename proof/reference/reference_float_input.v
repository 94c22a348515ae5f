// What cim_float_input loads, through all its registers: aligned codes as reference_float_align has them
// and exponents as reference_exponent_max, and what each input is beside its value, by what its code is worth.
`default_nettype none

module reference_float_input #(
  parameter STAGES       = 2,
  parameter BLOCKS       = 1,
  parameter BLOCK_ROWS   = 64,
  parameter BITS         = 8,
  parameter EXPONENT     = 4,
  parameter FRACTION     = 3,
  parameter SPECIALS     = 1,
  parameter IS_SIGNED    = 1,
  parameter GUARD        = 3,
  parameter ROUNDING     = 1,
  parameter PER_BLOCK    = 1,
  parameter TARGET       = -1,
  parameter PRODUCT      = 0,
  parameter SCALED       = 0,
  parameter WIDTH        = 4,
  parameter CLASSES      = 0,
  parameter INTEGER_BITS = 0,
  parameter ALIGNED      = 8
) (
  input  wire                              clk_i,
  input  wire                              take_i,
  input  wire                              send_i,
  input  wire                              move_i,
  input  wire [BLOCKS*8-1:0]               scales_i,
  input  wire                              integer_i,
  input  wire [BLOCKS*BLOCK_ROWS*BITS-1:0] codes_i,
  output wire [BLOCKS*BLOCK_ROWS*ALIGNED-1:0] aligned_o,
  output wire                              b_integer_o,
  output wire [BLOCKS*BLOCK_ROWS*((EXPONENT == 0) ? 1 : EXPONENT)-1:0] a_fields_o,
  output wire [BLOCKS*BLOCK_ROWS-1:0]      a_counts_o,
  output wire [BLOCKS*BLOCK_ROWS*((EXPONENT == 0) ? 1 : EXPONENT)-1:0] b_fields_o,
  output wire [BLOCKS*BLOCK_ROWS-1:0]      b_counts_o,
  output wire [BLOCKS*WIDTH-1:0]           exponents_o,
  output wire                              nan_o,
  output wire [BLOCKS*BLOCK_ROWS-1:0]      infinity_o,
  output wire [BLOCKS*BLOCK_ROWS-1:0]      zero_o,
  output wire [BLOCKS*BLOCK_ROWS-1:0]      negative_o,
  output wire                              integer_o
);
  localparam ROWS  = BLOCKS*BLOCK_ROWS;
  localparam FIELD = (EXPONENT == 0) ? 1 : EXPONENT;

  wire [BLOCKS*FIELD-1:0] exponents;  // that each block is aligned to
  wire [BLOCKS-1:0]       no_scale;
  wire [ROWS-1:0]         no_number;
  genvar g, r;
  generate
    for (g = 0; g < BLOCKS; g = g + 1) begin : g_block
      wire [8:0] scale = (SCALED != 0) ? scales_i[8*g +: 8] : 0;
      assign no_scale[g] = scale == 255;
      if (EXPONENT == 0) begin : g_integers
        assign exponents[g*FIELD +: FIELD] = 0;
        reference_integer_mode #(.COUNT(BLOCK_ROWS), .BITS(BITS), .INTEGER_BITS(INTEGER_BITS)) u_mode (
          .clk_i     (clk_i),
          .load_i    (take_i),
          .integer_i (integer_i),
          .codes_i   (codes_i[g*BLOCK_ROWS*BITS +: BLOCK_ROWS*BITS]),
          .codes_o   (aligned_o[g*BLOCK_ROWS*ALIGNED +: BLOCK_ROWS*ALIGNED])
        );
      end else begin : g_floating
        if (TARGET >= 0 || PRODUCT != 0) begin : g_given
          assign exponents[g*FIELD +: FIELD] = TARGET;
        end else begin : g_largest
          localparam COUNT = (PER_BLOCK != 0) ? BLOCK_ROWS : ROWS;
          localparam FIRST = (PER_BLOCK != 0) ? g*BLOCK_ROWS : 0;
          reference_exponent_max #(
            .COUNT(COUNT), .BITS(BITS), .EXPONENT(EXPONENT), .FRACTION(FRACTION), .SPECIALS(SPECIALS)
          ) u_max (
            .clk_i      (clk_i),
            .load_i     (take_i),
            .codes_i    (codes_i[FIRST*BITS +: COUNT*BITS]),
            .exponent_o (exponents[g*FIELD +: FIELD])
          );
        end
        reference_float_align #(
          .COUNT(BLOCK_ROWS), .BITS(BITS), .EXPONENT(EXPONENT), .FRACTION(FRACTION), .SPECIALS(SPECIALS),
          .GUARD(GUARD), .ROUNDING(ROUNDING), .TARGETS(1), .TARGET((PRODUCT != 0) ? -2 : -1),
          .INTEGER_BITS(INTEGER_BITS), .ALIGNED(ALIGNED)
        ) u_align (
          .clk_i     (clk_i),
          .load_i    (take_i),
          .integer_i (integer_i),
          .targets_i (exponents[g*FIELD +: FIELD]),
          .codes_i   (codes_i[g*BLOCK_ROWS*BITS +: BLOCK_ROWS*BITS]),
          .aligned_o (aligned_o[g*BLOCK_ROWS*ALIGNED +: BLOCK_ROWS*ALIGNED])
        );
      end
      // An exponent that is the same for all counts in the offset of the results.
      assign exponents_o[g*WIDTH +: WIDTH] = ((EXPONENT != 0 && TARGET < 0 && PRODUCT == 0) ? exponents[g*FIELD +: FIELD] : 0) + scale;
    end
    for (r = 0; r < ROWS; r = r + 1) begin : g_row
      wire [BITS-1:0] code      = codes_i[r*BITS +: BITS];
      wire [BITS-1:0] magnitude = (EXPONENT == 0) ? code : code & ~(1 << (BITS-1));
      // Of an infinity.
      wire [BITS-1:0] infinity  = ((1 << FIELD) - 1) << FRACTION;
      wire [BITS-1:0] all_ones  = (1 << (BITS-1)) - 1;
      assign no_number[r] = EXPONENT != 0 && ((SPECIALS == 2) ? magnitude > infinity :
                                              (SPECIALS == 1) ? magnitude == all_ones : 1'b0);
      wire [FIELD-1:0] field = (EXPONENT == 0) ? 0 : magnitude >> FRACTION;
      wire is_number = magnitude != 0 && !no_number[r] && !(SPECIALS == 2 && magnitude == infinity);
      assign a_fields_o[r*FIELD +: FIELD] = (PRODUCT == 0) ? 0 : (field == 0) ? 1 : field;
      assign a_counts_o[r] = PRODUCT == 0 || is_number;
      assign infinity_o[r] = CLASSES != 0 && EXPONENT != 0 && SPECIALS == 2 && magnitude == infinity;
      assign zero_o[r]     = CLASSES != 0 && magnitude == 0;
      assign negative_o[r] = CLASSES != 0 && (EXPONENT != 0 || IS_SIGNED != 0) && code >= (1 << (BITS-1));
    end
  endgenerate
  assign nan_o     = no_number != 0 || no_scale != 0;
  assign b_fields_o = a_fields_o;
  assign b_counts_o = a_counts_o;
  assign b_integer_o = INTEGER_BITS != 0 && integer_i;
  assign integer_o = INTEGER_BITS != 0 && integer_i;
endmodule

`default_nettype wire
