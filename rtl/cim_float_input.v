// The inputs of a floating macro on their way to the integer array: codes are taken into A (STAGES = 2)
// with the largest exponents, and go to B aligned to them; or to B at once (STAGES = 1). Where products are
// aligned, inputs go to B as their significands.
//   codes_i         row r at [r*BITS +: BITS]
//   scales_i        of block g at [g*8 +: 8], of formats with a scale; SCALED = 0: not read
//   aligned_o       of B: row r at [r*ALIGNED +: ALIGNED]
//   b_integer_o     of B
//   a_fields_o, a_counts_o, b_fields_o, b_counts_o   of each row of A and of B, with PRODUCT: its exponent,
//                   at least 1, and whether it is a number but zero; else 0 and 1
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
  parameter TARGET       = -1,  // the exponent that all are aligned to; -1: the largest is found
  parameter PRODUCT      = 0,   // products are aligned
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
  localparam ROWS    = BLOCKS*BLOCK_ROWS;
  localparam FIELD   = (EXPONENT == 0) ? 1 : EXPONENT;
  localparam LARGEST = (STAGES == 2 && TARGET < 0 && EXPONENT != 0 && PRODUCT == 0) ? 1 : 0;
  localparam TARGETS = (LARGEST != 0 && PER_BLOCK != 0) ? BLOCKS : 1;

  // What B takes: from A, with the largest exponents, or from the port.
  wire                     load;
  wire [ROWS*BITS-1:0]     codes;
  wire [BLOCKS*8-1:0]      scales;
  wire [TARGETS*FIELD-1:0] targets;
  wire                     is_integer;

  genvar block;
  generate
    if (STAGES == 2) begin : g_two
      reg [ROWS*BITS-1:0] codes_q;
      reg [BLOCKS*8-1:0]  scales_q;
      reg                 integer_q;
      always @(posedge clk_i) begin
        if (take_i) begin
          codes_q   <= codes_i;
          scales_q  <= scales_i;
          integer_q <= integer_i;
        end
      end
      if (LARGEST != 0) begin : g_found
        for (block = 0; block < TARGETS; block = block + 1) begin : g_largest
          cim_exponent_max #(
            .COUNT(ROWS/TARGETS), .BITS(BITS), .EXPONENT(EXPONENT), .FRACTION(FRACTION), .SPECIALS(SPECIALS)
          ) u_max (
            .clk_i      (clk_i),
            .load_i     (take_i),
            .codes_i    (codes_i[block*(ROWS/TARGETS)*BITS +: (ROWS/TARGETS)*BITS]),
            .exponent_o (targets[block*FIELD +: FIELD])
          );
        end
      end else begin : g_none
        assign targets = {TARGETS*FIELD{1'b0}};
      end
      assign load       = move_i;
      assign codes      = codes_q;
      assign scales     = scales_q;
      assign is_integer = integer_q;
    end else begin : g_one
      assign load       = take_i;
      assign codes      = codes_i;
      assign scales     = scales_i;
      assign targets    = {TARGETS*FIELD{1'b0}};
      assign is_integer = integer_i;
    end
  endgenerate

  // B.
  generate
    if (EXPONENT == 0) begin : g_integers
      cim_integer_mode #(.COUNT(ROWS), .BITS(BITS), .INTEGER_BITS(INTEGER_BITS)) u_mode (
        .clk_i     (clk_i),
        .load_i    (load),
        .integer_i (is_integer),
        .codes_i   (codes),
        .codes_o   (aligned_o)
      );
    end else begin : g_floating
      for (block = 0; block < BLOCKS; block = block + 1) begin : g_block
        cim_float_align #(
          .COUNT(BLOCK_ROWS), .BITS(BITS), .EXPONENT(EXPONENT), .FRACTION(FRACTION), .SPECIALS(SPECIALS),
          .GUARD(GUARD), .ROUNDING(ROUNDING), .TARGETS(1), .TARGET((PRODUCT != 0) ? -2 : TARGET),
          .INTEGER_BITS(INTEGER_BITS), .ALIGNED(ALIGNED)
        ) u_align (
          .clk_i     (clk_i),
          .load_i    (load),
          .integer_i (is_integer),
          .targets_i (targets[((TARGETS == 1) ? 0 : block)*FIELD +: FIELD]),
          .codes_i   (codes[block*BLOCK_ROWS*BITS +: BLOCK_ROWS*BITS]),
          .aligned_o (aligned_o[block*BLOCK_ROWS*ALIGNED +: BLOCK_ROWS*ALIGNED])
        );
      end
    end
  endgenerate

  // What the vector takes along: in B, and behind it.
  function [BLOCKS*WIDTH-1:0] exponents_of(input [BLOCKS*8-1:0] scale, input [TARGETS*FIELD-1:0] target);
    integer g;
    reg [WIDTH+8:0] sum;  // wider than either
    begin
      for (g = 0; g < BLOCKS; g = g + 1) begin
        sum = {WIDTH+9{1'b0}};
        if (LARGEST != 0) sum[FIELD-1:0] = target[((TARGETS == 1) ? 0 : g)*FIELD +: FIELD];
        if (SCALED != 0) sum = sum + {{(WIDTH+1){1'b0}}, scale[g*8 +: 8]};
        exponents_of[g*WIDTH +: WIDTH] = sum[WIDTH-1:0];
      end
    end
  endfunction

  function any_nan(input [ROWS*BITS-1:0] code, input [BLOCKS*8-1:0] scale);
    integer r, g;
    begin
      any_nan = 1'b0;
      for (r = 0; r < ROWS; r = r + 1) any_nan = any_nan | (class_of(code[r*BITS +: BITS]) == 3'b100);
      for (g = 0; g < BLOCKS; g = g + 1) any_nan = any_nan | ((SCALED != 0) & (&scale[g*8 +: 8]));
    end
  endfunction

  // {NaN, infinity, zero}. A code of one bit, an integer, has nothing behind its sign.
  localparam [BITS-1:0] SIGN = {BITS{1'b1}} ^ ({BITS{1'b1}} >> 1);
  function [2:0] class_of(input [BITS-1:0] code);
    reg            ones;
    // verilator lint_off UNUSED
    reg [BITS-1:0] above;  // the fraction
    // verilator lint_on UNUSED
    begin
      class_of = 3'b000;
      if (EXPONENT == 0) begin
        class_of[0] = code == {BITS{1'b0}};
      end else begin
        class_of[0] = (code & ~SIGN) == {BITS{1'b0}};
        above = code >> FRACTION;
        ones  = &above[FIELD-1:0];
        if (SPECIALS == 1) class_of[2] = &(code | SIGN);
        if (SPECIALS == 2) class_of[2:1] = {ones & (|code[FRACTION-1:0]), ones & ~(|code[FRACTION-1:0])};
      end
    end
  endfunction

  reg [BLOCKS*WIDTH-1:0] b_exponents_q, exponents_q;
  reg                    b_integer_q, integer_q, b_nan_q, nan_q;
  always @(posedge clk_i) begin
    if (load) begin
      b_exponents_q <= exponents_of(scales, targets);
      b_integer_q   <= (INTEGER_BITS != 0) & is_integer;
      b_nan_q       <= any_nan(codes, scales);
    end
    if (send_i) begin
      exponents_q <= b_exponents_q;
      integer_q   <= b_integer_q;
      nan_q       <= b_nan_q;
    end
  end
  assign b_integer_o = b_integer_q;
  assign exponents_o = exponents_q;
  assign integer_o   = integer_q;
  assign nan_o       = nan_q;

  // What products are aligned by.
  localparam [FIELD-1:0] ONE = 1;
  function [ROWS*FIELD-1:0] fields_of(input [ROWS*BITS-1:0] code);
    integer r;
    reg [FIELD-1:0] field;
    begin
      for (r = 0; r < ROWS; r = r + 1) begin
        field = code[r*BITS + FRACTION +: FIELD];
        fields_of[r*FIELD +: FIELD] = (field == {FIELD{1'b0}}) ? ONE : field;
      end
    end
  endfunction
  function [ROWS-1:0] counts_of(input [ROWS*BITS-1:0] code);
    integer r;
    for (r = 0; r < ROWS; r = r + 1) counts_of[r] = class_of(code[r*BITS +: BITS]) == 3'b000;
  endfunction
  generate
    if (PRODUCT != 0) begin : g_product
      reg [ROWS*FIELD-1:0] fields_q;
      reg [ROWS-1:0]       counts_q;
      always @(posedge clk_i) begin
        if (load) begin
          fields_q <= fields_of(codes);
          counts_q <= counts_of(codes);
        end
      end
      assign a_fields_o = fields_of(codes);
      assign a_counts_o = counts_of(codes);
      assign b_fields_o = fields_q;
      assign b_counts_o = counts_q;
    end else begin : g_no_product
      assign a_fields_o = {ROWS*FIELD{1'b0}};
      assign a_counts_o = {ROWS{1'b1}};
      assign b_fields_o = {ROWS*FIELD{1'b0}};
      assign b_counts_o = {ROWS{1'b1}};
    end
  endgenerate

  // {infinity, zero, negative} of each row.
  generate
    if (CLASSES == 0) begin : g_no_classes
      assign infinity_o = {ROWS{1'b0}};
      assign zero_o     = {ROWS{1'b0}};
      assign negative_o = {ROWS{1'b0}};
    end else begin : g_classes
      reg [ROWS-1:0] b_infinity_q, b_zero_q, b_negative_q, infinity_q, zero_q, negative_q;
      integer r;
      always @(posedge clk_i) begin
        if (load) begin
          for (r = 0; r < ROWS; r = r + 1) begin
            b_infinity_q[r] <= class_of(codes[r*BITS +: BITS]) == 3'b010;
            b_zero_q[r]     <= class_of(codes[r*BITS +: BITS]) == 3'b001;
            b_negative_q[r] <= ((EXPONENT != 0) | (IS_SIGNED != 0)) & codes[r*BITS + BITS-1];
          end
        end
        if (send_i) begin
          infinity_q <= b_infinity_q;
          zero_q     <= b_zero_q;
          negative_q <= b_negative_q;
        end
      end
      assign infinity_o = infinity_q;
      assign zero_o     = zero_q;
      assign negative_o = negative_q;
    end
  endgenerate
endmodule

`default_nettype wire
