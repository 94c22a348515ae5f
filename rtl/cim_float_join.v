// Adds the sums of the blocks of a floating macro, each with an exponent of its own, at the largest
// exponent of those that are not zero:
//   S = sum over g of shift(I[g] * 2^GUARD, M - E[g])      M = the largest E[g] with I[g] not 0, or 0
// shift(v, d) is v * 2^-d, rounded as ROUNDING says, in two's complement. One register, and no work
// for a simulator but where load_i is high.
//   codes_i      I: code of lane c of block g at [(g*LANES + c)*BLOCK_BITS +: BLOCK_BITS]
//   exponents_i  E: bit b of every lane of block g at [(g*EXPONENT_BITS + b)*LANES +: LANES]
//   integer_i    S is the sum of the I alone, and M is 0
//   sum_o        S, two's complement, bit b of every lane at [b*LANES +: LANES]
//   exponent_o   M, likewise
`default_nettype none

module cim_float_join #(
  parameter LANES         = 1,  // up to 64
  parameter BLOCKS        = 2,
  parameter BLOCK_BITS    = 16,  // up to 64
  parameter BLOCK_SIGNED  = 1,
  parameter GUARD         = 0,
  parameter SUM_BITS      = 17,  // hold every S, and GUARD + BLOCK_BITS with a sign
  parameter EXPONENT_BITS = 8,
  parameter ROUNDING      = 1  // 0 down, 1 to the nearest, ties to even, 2 down with a sticky bit
) (
  input  wire                                  clk_i,
  input  wire                                  load_i,
  input  wire                                  integer_i,
  input  wire [BLOCKS*LANES*BLOCK_BITS-1:0]    codes_i,
  input  wire [BLOCKS*EXPONENT_BITS*LANES-1:0] exponents_i,
  output wire [SUM_BITS*LANES-1:0]             sum_o,
  output wire [EXPONENT_BITS*LANES-1:0]        exponent_o
);
  // I with a sign and the guard bits.
  localparam VALUE_BITS = BLOCK_BITS + ((BLOCK_SIGNED != 0) ? 0 : 1);
  localparam TERM_BITS  = VALUE_BITS + GUARD;
  // What is shifted has one more bit below: that of a half.
  localparam WIDTH      = TERM_BITS + 1;
  localparam GUARD_LOG  = (GUARD < 1) ? 0 : (GUARD < 2) ? 1 : (GUARD < 4) ? 2 : (GUARD < 8) ? 3 :
                          (GUARD < 16) ? 4 : (GUARD < 32) ? 5 : 6;
  localparam WIDTH_LOG  = (WIDTH <= 2) ? 1 : (WIDTH <= 4) ? 2 : (WIDTH <= 8) ? 3 :
                          (WIDTH <= 16) ? 4 : (WIDTH <= 32) ? 5 : (WIDTH <= 64) ? 6 : 7;
  // Of a distance. The sum of integers is that of terms which are all shifted by GUARD.
  localparam SHIFT_BITS = (EXPONENT_BITS > GUARD_LOG) ? EXPONENT_BITS : GUARD_LOG;
  localparam LEVELS     = (SHIFT_BITS < WIDTH_LOG) ? SHIFT_BITS : WIDTH_LOG;
  localparam [31:0] GUARD_CODE = GUARD;

  wire [BLOCKS*VALUE_BITS*LANES-1:0] values;
  genvar g;
  generate
    for (g = 0; g < BLOCKS; g = g + 1) begin : g_block
      cim_lane_planes #(
        .LANES (LANES),
        .BITS  (BLOCK_BITS),
        .PLANES(VALUE_BITS),
        .SIGNED(BLOCK_SIGNED)
      ) u_planes (
        .enable_i(load_i),
        .codes_i (codes_i[g*LANES*BLOCK_BITS +: LANES*BLOCK_BITS]),
        .planes_o(values[g*VALUE_BITS*LANES +: VALUE_BITS*LANES])
      );
    end
  endgenerate

  function [LANES-1:0] nonzero;
    input [VALUE_BITS*LANES-1:0] value;
    integer b;
    begin
      nonzero = {LANES{1'b0}};
      for (b = 0; b < VALUE_BITS; b = b + 1) nonzero = nonzero | value[b*LANES +: LANES];
    end
  endfunction

  // The larger one of a, and of b where `counts`.
  function [EXPONENT_BITS*LANES-1:0] larger;
    input [EXPONENT_BITS*LANES-1:0] a;
    input [EXPONENT_BITS*LANES-1:0] b;
    input [LANES-1:0]               counts;
    reg [LANES-1:0] above, differ;
    integer i;
    begin
      above = {LANES{1'b0}};
      for (i = 0; i < EXPONENT_BITS; i = i + 1) begin
        differ = a[i*LANES +: LANES] ^ b[i*LANES +: LANES];
        above  = (differ & b[i*LANES +: LANES]) | (~differ & above);
      end
      above = above & counts;
      for (i = 0; i < EXPONENT_BITS; i = i + 1) begin
        larger[i*LANES +: LANES] =
            (a[i*LANES +: LANES] & ~above) | (b[i*LANES +: LANES] & above);
      end
    end
  endfunction

  // By how much a block is shifted. Where it is zero this may be anything.
  function [SHIFT_BITS*LANES-1:0] distance;
    input [EXPONENT_BITS*LANES-1:0] largest;
    input [EXPONENT_BITS*LANES-1:0] own;
    input                           is_integer;
    reg [LANES-1:0] borrow, differ, bits;
    integer i;
    begin
      borrow = {LANES{1'b0}};
      for (i = 0; i < SHIFT_BITS; i = i + 1) begin
        bits = {LANES{1'b0}};
        if (i < EXPONENT_BITS) begin
          differ = largest[i*LANES +: LANES] ^ own[i*LANES +: LANES];
          bits   = differ ^ borrow;
          borrow = (differ & own[i*LANES +: LANES]) | (~differ & borrow);
        end
        distance[i*LANES +: LANES] = is_integer ? {LANES{GUARD_CODE[i]}} : bits;
      end
    end
  endfunction

  // sum + shift(value * 2^GUARD, by)
  function [SUM_BITS*LANES-1:0] added;
    input [SUM_BITS*LANES-1:0]   sum;
    input [VALUE_BITS*LANES-1:0] value;
    input [SHIFT_BITS*LANES-1:0] by;
    reg [WIDTH*LANES-1:0] term;  // plane 0 is the half
    reg [LANES-1:0] sign, move, far, dropped, carry, a, b;
    integer i, level;
    begin
      sign    = value[(VALUE_BITS-1)*LANES +: LANES];
      dropped = {LANES{1'b0}};
      term    = {WIDTH*LANES{1'b0}};
      term[(GUARD+1)*LANES +: VALUE_BITS*LANES] = value;

      // What no level can do leaves the sign alone.
      far = {LANES{1'b0}};
      for (i = LEVELS; i < SHIFT_BITS; i = i + 1) far = far | by[i*LANES +: LANES];
      if (SHIFT_BITS > LEVELS) begin
        for (i = 0; i < WIDTH; i = i + 1) begin
          dropped = dropped | term[i*LANES +: LANES];
          term[i*LANES +: LANES] = (term[i*LANES +: LANES] & ~far) | (sign & far);
        end
        dropped = dropped & far;
      end
      for (level = 0; level < LEVELS; level = level + 1) begin
        move = by[level*LANES +: LANES];
        for (i = 0; i < (1 << level); i = i + 1) begin
          dropped = dropped | (term[i*LANES +: LANES] & move);
        end
        for (i = 0; i < WIDTH - (1 << level); i = i + 1) begin
          term[i*LANES +: LANES] = (term[i*LANES +: LANES] & ~move) |
                                   (term[(i + (1 << level))*LANES +: LANES] & move);
        end
        for (i = WIDTH - (1 << level); i < WIDTH; i = i + 1) begin
          term[i*LANES +: LANES] = (term[i*LANES +: LANES] & ~move) | (sign & move);
        end
      end

      carry = {LANES{1'b0}};
      if (ROUNDING == 1) carry = term[0 +: LANES] & (dropped | term[LANES +: LANES]);
      if (ROUNDING == 2) begin
        term[LANES +: LANES] = term[LANES +: LANES] | term[0 +: LANES] | dropped;
      end
      for (i = 0; i < SUM_BITS; i = i + 1) begin
        a = sum[i*LANES +: LANES];
        if (i < TERM_BITS) b = term[(i + 1)*LANES +: LANES];
        else b = sign;
        added[i*LANES +: LANES] = a ^ b ^ carry;
        carry = (a & b) | (carry & (a ^ b));
      end
    end
  endfunction

  function [EXPONENT_BITS*LANES-1:0] largest_of;
    input [BLOCKS*VALUE_BITS*LANES-1:0]    all_values;
    input [BLOCKS*EXPONENT_BITS*LANES-1:0] exponents;
    integer i;
    begin
      largest_of = {EXPONENT_BITS*LANES{1'b0}};
      for (i = 0; i < BLOCKS; i = i + 1) begin
        largest_of = larger(largest_of,
                            exponents[i*EXPONENT_BITS*LANES +: EXPONENT_BITS*LANES],
                            nonzero(all_values[i*VALUE_BITS*LANES +: VALUE_BITS*LANES]));
      end
    end
  endfunction

  // {M, S}
  function [(EXPONENT_BITS+SUM_BITS)*LANES-1:0] joined;
    input [BLOCKS*VALUE_BITS*LANES-1:0]    all_values;
    input [BLOCKS*EXPONENT_BITS*LANES-1:0] exponents;
    input                                  is_integer;
    reg [EXPONENT_BITS*LANES-1:0] largest;
    reg [SUM_BITS*LANES-1:0]      sum;
    integer i;
    begin
      largest = largest_of(all_values, exponents);
      sum     = {SUM_BITS*LANES{1'b0}};
      for (i = 0; i < BLOCKS; i = i + 1) begin
        sum = added(sum, all_values[i*VALUE_BITS*LANES +: VALUE_BITS*LANES],
                    distance(largest, exponents[i*EXPONENT_BITS*LANES +: EXPONENT_BITS*LANES],
                             is_integer));
      end
      joined = {largest & {EXPONENT_BITS*LANES{~is_integer}}, sum};
    end
  endfunction

  reg [SUM_BITS*LANES-1:0]      sum_q;
  reg [EXPONENT_BITS*LANES-1:0] exponent_q;
  assign sum_o      = sum_q;
  assign exponent_o = exponent_q;
  always @(posedge clk_i) begin
    if (load_i) {exponent_q, sum_q} <= joined(values, exponents_i, integer_i);
  end
endmodule

`default_nettype wire
