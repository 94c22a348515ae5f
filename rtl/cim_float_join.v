// Adds the sums of the blocks of a floating macro, each with an exponent of its own, at the largest
// exponent of those that are not zero:
//   S = sum over g of shift(I[g] * 2^GUARD, M - E[g])      M = the largest E[g] with I[g] not 0, or 0
// shift(v, d) is v * 2^-d, rounded as ROUNDING says, in two's complement. One register, and no work
// for a simulator but where load_i is high.
//   valid_i      there is something to load: by state alone
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
  // Synthesis has no use for it.
  // verilator lint_off UNUSED
  input  wire                                  valid_i,
  // verilator lint_on UNUSED
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
        .enable_i(valid_i),
        .codes_i (codes_i[g*LANES*BLOCK_BITS +: LANES*BLOCK_BITS]),
        .planes_o(values[g*VALUE_BITS*LANES +: VALUE_BITS*LANES])
      );
    end
  endgenerate

  // {M, S}. One function with few wide variables: a simulator clears each of them in every cycle.
  function [(EXPONENT_BITS+SUM_BITS)*LANES-1:0] joined_parts;
    input is_integer;
    reg [EXPONENT_BITS*LANES-1:0] largest;
    reg [SHIFT_BITS*LANES-1:0]    by;
    reg [WIDTH*LANES-1:0]         term;  // plane 0 is the half
    reg [SUM_BITS*LANES-1:0]      sum;
    reg [LANES-1:0] above, differ, borrow, bits, sign, move, far, dropped, carry, x, y;
    integer part, i, level;
    begin
      largest = {EXPONENT_BITS*LANES{1'b0}};
      for (part = 0; part < BLOCKS; part = part + 1) begin
        above = {LANES{1'b0}};  // its exponent is larger than those before it
        for (i = 0; i < EXPONENT_BITS; i = i + 1) begin
          x      = exponents_i[(part*EXPONENT_BITS + i)*LANES +: LANES];
          differ = largest[i*LANES +: LANES] ^ x;
          above  = (differ & x) | (~differ & above);
        end
        bits = {LANES{1'b0}};
        for (i = 0; i < VALUE_BITS; i = i + 1) begin
          bits = bits | values[(part*VALUE_BITS + i)*LANES +: LANES];
        end
        above = above & bits;
        for (i = 0; i < EXPONENT_BITS; i = i + 1) begin
          largest[i*LANES +: LANES] =
              (largest[i*LANES +: LANES] & ~above) |
              (exponents_i[(part*EXPONENT_BITS + i)*LANES +: LANES] & above);
        end
      end

      sum = {SUM_BITS*LANES{1'b0}};
      for (part = 0; part < BLOCKS; part = part + 1) begin
        // By how much it is shifted. Where it is zero this may be anything.
        borrow = {LANES{1'b0}};
        for (i = 0; i < SHIFT_BITS; i = i + 1) begin
          bits = {LANES{1'b0}};
          if (i < EXPONENT_BITS) begin
            x      = exponents_i[(part*EXPONENT_BITS + i)*LANES +: LANES];
            differ = largest[i*LANES +: LANES] ^ x;
            bits   = differ ^ borrow;
            borrow = (differ & x) | (~differ & borrow);
          end
          by[i*LANES +: LANES] = is_integer ? {LANES{GUARD_CODE[i]}} : bits;
        end

        sign = values[(part*VALUE_BITS + VALUE_BITS - 1)*LANES +: LANES];
        for (i = 0; i < WIDTH; i = i + 1) begin
          if (i <= GUARD) term[i*LANES +: LANES] = {LANES{1'b0}};
          else term[i*LANES +: LANES] = values[(part*VALUE_BITS + i - GUARD - 1)*LANES +: LANES];
        end

        // What is past the levels leaves the sign alone.
        dropped = {LANES{1'b0}};
        if (SHIFT_BITS > LEVELS) begin
          far = {LANES{1'b0}};
          for (i = LEVELS; i < SHIFT_BITS; i = i + 1) far = far | by[i*LANES +: LANES];
          for (i = 0; i < WIDTH; i = i + 1) begin
            dropped = dropped | (term[i*LANES +: LANES] & far);
            term[i*LANES +: LANES] = (term[i*LANES +: LANES] & ~far) | (sign & far);
          end
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
          x = sum[i*LANES +: LANES];
          y = sign;
          if (i < TERM_BITS) y = term[(i + 1)*LANES +: LANES];
          sum[i*LANES +: LANES] = x ^ y ^ carry;
          carry = (x & y) | (carry & (x ^ y));
        end
      end
      joined_parts = {largest & {EXPONENT_BITS*LANES{~is_integer}}, sum};
    end
  endfunction

  reg [SUM_BITS*LANES-1:0]      sum_q;
  reg [EXPONENT_BITS*LANES-1:0] exponent_q;
  assign sum_o      = sum_q;
  assign exponent_o = exponent_q;
  always @(posedge clk_i) begin
    if (load_i) {exponent_q, sum_q} <= joined_parts(integer_i);
  end
endmodule

`default_nettype wire
