// Makes floating-point numbers of the sums of LANES columns, S * 2^(M - OFFSET), rounded to nearest,
// ties to even: a sign, EXPONENT_FIELD bits of exponent, FRACTION bits of fraction, as IEEE 754 has
// them. Two registers, and no work for a simulator but where they load:
//   valid_first_i, valid_second_i   there is something to load: by state alone, so that a simulator does
//                   not compute again with every input
//   load_first_i    sign and magnitude, shifted left until its highest bit is set, and the exponent
//   load_second_i   from there the shift of what is subnormal, rounding, infinities and NaN
//   sum_i           IN_PLANES = 1: S, bit b of every lane at [b*LANES +: LANES]; 0: as codes, that of
//                   lane c at [c*SUM_IN_BITS +: SUM_IN_BITS]
//   exponent_i      M, bit b of every lane at [b*LANES +: LANES]
//   nan_i, infinity_i, negative_i   what each lane is instead of S, infinity with a sign; nan_i wins
//   integer_i       the results are S instead, sign-extended or cut
//   codes_o         the result of lane c at [c*BITS +: BITS], BITS = 1 + EXPONENT_FIELD + FRACTION
// SUBNORMALS = 0: BIAS > OFFSET, so that none is below the normal range. OVERFLOWS = 0: the largest M
// + SUM_BITS - 1 - OFFSET + BIAS is below 2^EXPONENT_FIELD - 1; rounding to infinity needs no more.
`default_nettype none

module cim_float_normalize #(
  parameter LANES          = 1,  // up to 64
  parameter IN_PLANES      = 1,
  parameter IN_SIGNED      = 1,
  parameter SUM_IN_BITS    = 24,  // codes: up to 64
  parameter SUM_BITS       = 24,  // of S with a sign: no less than SUM_IN_BITS, 2 at least
  parameter EXPONENT_BITS  = 8,
  parameter OFFSET         = 0,   // may be negative
  parameter EXPONENT_FIELD = 8,
  parameter FRACTION       = 23,
  parameter BIAS           = 127,
  parameter SUBNORMALS     = 1,
  parameter OVERFLOWS      = 1
) (
  input  wire                                             clk_i,
  // Synthesis has no use for it.
  // verilator lint_off UNUSED
  input  wire                                             valid_first_i,
  // verilator lint_on UNUSED
  input  wire                                             load_first_i,
  // Synthesis has no use for it.
  // verilator lint_off UNUSED
  input  wire                                             valid_second_i,
  // verilator lint_on UNUSED
  input  wire                                             load_second_i,
  input  wire                                             integer_i,
  input  wire [SUM_IN_BITS*LANES-1:0]                     sum_i,
  input  wire [EXPONENT_BITS*LANES-1:0]                   exponent_i,
  input  wire [LANES-1:0]                                 nan_i,
  input  wire [LANES-1:0]                                 infinity_i,
  input  wire [LANES-1:0]                                 negative_i,
  output wire [LANES*(1+EXPONENT_FIELD+FRACTION)-1:0]     codes_o
);
  // Bits of two's complement for every number from `low` to `high`.
  function integer bits_for;
    input integer low;
    input integer high;
    integer bits;
    begin
      bits_for = 1;
      for (bits = 1; bits < 31; bits = bits + 1) begin
        if (low < -(1 << (bits - 1)) || high > (1 << (bits - 1)) - 1) bits_for = bits + 1;
      end
    end
  endfunction

  localparam BITS   = 1 + EXPONENT_FIELD + FRACTION;
  // The highest bit of the magnitude is that of the most negative sum alone.
  localparam LEVELS = (SUM_BITS <= 2) ? 1 : (SUM_BITS <= 4) ? 2 : (SUM_BITS <= 8) ? 3 :
                      (SUM_BITS <= 16) ? 4 : (SUM_BITS <= 32) ? 5 : (SUM_BITS <= 64) ? 6 : 7;
  // Significand, a half and whether there is anything below; a narrow sum has less.
  localparam WIDTH  = FRACTION + 3;
  localparam KEPT   = (SUM_BITS < WIDTH) ? SUM_BITS : WIDTH;
  localparam ROUNDS = (SUBNORMALS != 0 || SUM_BITS > FRACTION + 1) ? 1 : 0;
  // The exponent with its bias is M + TOP - leading zeros.
  localparam TOP    = SUM_BITS - 1 - OFFSET + BIAS;
  localparam NEEDS  = bits_for(TOP - SUM_BITS + 1, TOP + (1 << EXPONENT_BITS) - 1);
  localparam POWER_BITS = (SUBNORMALS == 0 && OVERFLOWS == 0) ? EXPONENT_FIELD :
                          (NEEDS > EXPONENT_FIELD + 1) ? NEEDS : EXPONENT_FIELD + 1;
  // Beside the inverted bits of the leading zeros, which are (2^LEVELS - 1) - zeros.
  localparam [31:0] ADDED = TOP - ((1 << LEVELS) - 1);
  localparam SHIFTS = (WIDTH <= 2) ? 1 : (WIDTH <= 4) ? 2 : (WIDTH <= 8) ? 3 :
                      (WIDTH <= 16) ? 4 : (WIDTH <= 32) ? 5 : 6;

  wire [SUM_BITS*LANES-1:0] sum;
  generate
    if (IN_PLANES == 0) begin : g_codes
      cim_lane_planes #(
        .LANES (LANES),
        .BITS  (SUM_IN_BITS),
        .PLANES(SUM_BITS),
        .SIGNED(IN_SIGNED)
      ) u_planes (
        .enable_i(valid_first_i),
        .codes_i (sum_i),
        .planes_o(sum)
      );
    end else if (SUM_BITS > SUM_IN_BITS) begin : g_extended
      assign sum = {{(SUM_BITS-SUM_IN_BITS){sum_i[(SUM_IN_BITS-1)*LANES +: LANES] &
                                            {LANES{IN_SIGNED != 0}}}}, sum_i};
    end else begin : g_planes
      assign sum = sum_i;
    end
  endgenerate

  // {power, kept}: the exponent M + TOP - leading zeros, two's complement, and the highest bits of the
  // magnitude, the last one holding whatever is below it. Both are 0 where the sum is. An integer fills
  // them from its lowest bit on. The functions are long and have few wide variables: a simulator
  // clears each of them in every cycle.
  function [(POWER_BITS+KEPT)*LANES-1:0] first_of;
    input is_integer;
    reg [SUM_BITS*LANES-1:0] number;
    reg [LEVELS*LANES-1:0]   not_zeros;  // of the leading zeros, inverted
    reg [LANES-1:0] sign, carry, stay, lowest, nonzero, x, y, both, carry_constant;
    integer level, b;
    begin
      if (is_integer) begin
        for (b = 0; b < POWER_BITS + KEPT; b = b + 1) begin
          if (b < SUM_BITS) first_of[b*LANES +: LANES] = sum[b*LANES +: LANES];
          else first_of[b*LANES +: LANES] = sum[(SUM_BITS-1)*LANES +: LANES];
        end
      end else begin
        sign  = sum[(SUM_BITS-1)*LANES +: LANES];
        carry = sign;
        for (b = 0; b < SUM_BITS; b = b + 1) begin
          x = sum[b*LANES +: LANES] ^ sign;
          number[b*LANES +: LANES] = x ^ carry;
          carry = carry & x;
        end

        for (level = LEVELS - 1; level >= 0; level = level - 1) begin
          stay = {LANES{1'b0}};
          for (b = SUM_BITS - (1 << level); b < SUM_BITS; b = b + 1) begin
            stay = stay | number[b*LANES +: LANES];
          end
          for (b = SUM_BITS - 1; b >= (1 << level); b = b - 1) begin
            number[b*LANES +: LANES] = (number[b*LANES +: LANES] & stay) |
                                       (number[(b - (1 << level))*LANES +: LANES] & ~stay);
          end
          for (b = (1 << level) - 1; b >= 0; b = b - 1) begin
            number[b*LANES +: LANES] = number[b*LANES +: LANES] & stay;
          end
          not_zeros[level*LANES +: LANES] = stay;
        end
        lowest = {LANES{1'b0}};
        for (b = 0; b < SUM_BITS - KEPT; b = b + 1) lowest = lowest | number[b*LANES +: LANES];
        first_of[0 +: KEPT*LANES] = number[(SUM_BITS-KEPT)*LANES +: KEPT*LANES];
        first_of[0 +: LANES]      = first_of[0 +: LANES] | lowest;

        // M + not_zeros + ADDED
        nonzero        = number[(SUM_BITS-1)*LANES +: LANES];
        carry          = {LANES{1'b0}};
        carry_constant = {LANES{1'b0}};
        for (b = 0; b < POWER_BITS; b = b + 1) begin
          x = {LANES{1'b0}};
          y = {LANES{1'b0}};
          if (b < EXPONENT_BITS) x = exponent_i[b*LANES +: LANES];
          if (b < LEVELS) y = not_zeros[b*LANES +: LANES];
          both  = x ^ y ^ carry;
          carry = (x & y) | (carry & (x ^ y));
          if (ADDED[b]) begin
            first_of[(KEPT + b)*LANES +: LANES] = ~(both ^ carry_constant) & nonzero;
            carry_constant = both | carry_constant;
          end else begin
            first_of[(KEPT + b)*LANES +: LANES] = (both ^ carry_constant) & nonzero;
            carry_constant = both & carry_constant;
          end
        end
      end
    end
  endfunction

  reg                            integer_q;
  reg [LANES-1:0]                sign_q;
  reg [LANES-1:0]                nan_q;
  reg [LANES-1:0]                infinity_q;
  reg [(POWER_BITS+KEPT)*LANES-1:0] first_q;
  always @(posedge clk_i) begin
    if (load_first_i) begin
      integer_q  <= integer_i;
      sign_q     <= (infinity_i & ~{LANES{integer_i}} & negative_i) |
                    (~(infinity_i & ~{LANES{integer_i}}) & sum[(SUM_BITS-1)*LANES +: LANES]);
      nan_q      <= nan_i & ~{LANES{integer_i}};
      infinity_q <= infinity_i & ~{LANES{integer_i}};
      first_q    <= first_of(integer_i);
    end
  end

  // Bit planes of the results.
  function [BITS*LANES-1:0] second_of;
    input [(POWER_BITS+KEPT)*LANES-1:0] first;
    input [LANES-1:0]                   sign;
    input [LANES-1:0]                   nan;
    input [LANES-1:0]                   infinity;
    input                               is_integer;
    reg [WIDTH*LANES-1:0] number;
    reg [LANES-1:0] below, move, far, sticky, above, ones, carry, bits;
    integer b, level;
    begin
      if (is_integer) begin
        for (b = 0; b < BITS; b = b + 1) begin
          if (b < POWER_BITS + KEPT) second_of[b*LANES +: LANES] = first[b*LANES +: LANES];
          else second_of[b*LANES +: LANES] = sign;
        end
      end else begin
        for (b = 0; b < WIDTH; b = b + 1) begin
          if (b < WIDTH - KEPT) number[b*LANES +: LANES] = {LANES{1'b0}};
          else number[b*LANES +: LANES] = first[(b - (WIDTH - KEPT))*LANES +: LANES];
        end

        // What is below the normal range, power <= 0, is shifted by 1 - power.
        below = {LANES{1'b0}};
        if (SUBNORMALS != 0) begin
          for (b = 0; b < POWER_BITS; b = b + 1) below = below | first[(KEPT + b)*LANES +: LANES];
          below = ~below | first[(KEPT + POWER_BITS - 1)*LANES +: LANES];
          // 1 - power = ~power + 2: bit 0 first, and from bit 1 on one is added.
          carry  = {LANES{1'b1}};
          far    = {LANES{1'b0}};
          sticky = {LANES{1'b0}};
          for (level = 0; level < POWER_BITS; level = level + 1) begin
            move = ~first[(KEPT + level)*LANES +: LANES];
            if (level > 0) begin
              move  = move ^ carry;
              carry = carry & ~first[(KEPT + level)*LANES +: LANES];
            end
            move = move & below;
            if (level >= SHIFTS) begin
              far = far | move;
            end else begin
              for (b = 0; b < (1 << level); b = b + 1) begin
                sticky = sticky | (number[b*LANES +: LANES] & move);
              end
              for (b = 0; b < WIDTH - (1 << level); b = b + 1) begin
                number[b*LANES +: LANES] = (number[b*LANES +: LANES] & ~move) |
                                           (number[(b + (1 << level))*LANES +: LANES] & move);
              end
              for (b = WIDTH - (1 << level); b < WIDTH; b = b + 1) begin
                number[b*LANES +: LANES] = number[b*LANES +: LANES] & ~move;
              end
            end
          end
          // Of what is shifted so far nothing is left, not even a half.
          for (b = 0; b < WIDTH; b = b + 1) begin
            number[b*LANES +: LANES] = number[b*LANES +: LANES] & ~far;
          end
          number[0 +: LANES] = number[0 +: LANES] | sticky;
        end

        // Infinite where power >= 2^EXPONENT_FIELD - 1.
        above = {LANES{1'b0}};
        if (OVERFLOWS != 0) begin
          ones = {LANES{1'b1}};
          for (b = 0; b < EXPONENT_FIELD; b = b + 1) begin
            ones = ones & first[(KEPT + b)*LANES +: LANES];
          end
          for (b = EXPONENT_FIELD; b < POWER_BITS; b = b + 1) begin
            ones = ones | first[(KEPT + b)*LANES +: LANES];
          end
          above = ones & ~first[(KEPT + POWER_BITS - 1)*LANES +: LANES];
        end
        above = above | infinity | nan;

        // A carry out of the fraction goes on into the exponent: to the next binade, to the least
        // normal number, to infinity.
        carry = {LANES{1'b0}};
        if (ROUNDS != 0) begin
          carry = number[LANES +: LANES] & (number[0 +: LANES] | number[2*LANES +: LANES]);
        end
        for (b = 0; b < BITS - 1; b = b + 1) begin
          if (b < FRACTION) bits = number[(b + 2)*LANES +: LANES];
          else bits = first[(KEPT + b - FRACTION)*LANES +: LANES] & ~below;
          second_of[b*LANES +: LANES] = bits ^ carry;
          carry = carry & bits;
          if (b < FRACTION) bits = second_of[b*LANES +: LANES] & ~above;
          else bits = second_of[b*LANES +: LANES] | above;
          if (b == FRACTION - 1) bits = bits | nan;
          second_of[b*LANES +: LANES] = bits;
        end
        second_of[(BITS-1)*LANES +: LANES] = sign & ~nan;
      end
    end
  endfunction

`ifdef SYNTHESIS
  wire second = 1'b1;
`else
  wire second = valid_second_i;  // a simulator is spared the work without it
`endif
  reg [BITS*LANES-1:0] planes;
  always @* begin
    if (second) planes = second_of(first_q, sign_q, nan_q, infinity_q, integer_q);
    else planes = {BITS*LANES{1'b0}};
  end

  cim_output_register #(.LANES(LANES), .BITS(BITS), .SKID(0)) u_output (
    .clk_i      (clk_i),
    .load_i     (load_second_i),
    .load_skid_i(1'b0),
    .move_i     (1'b0),
    .planes_i   (planes),
    .codes_o    (codes_o)
  );
endmodule

`default_nettype wire
