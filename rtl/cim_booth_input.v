// Input serialiser with radix-4 Booth recoding: takes a vector of codes and gives out DIGIT bits of every
// row each step, most significant first, as recoded digits. Digit i of a step has the weight 4^i and is
//   -2 x[2i+1] + x[2i] + x[2i-1],
// where x[-1] is the top bit of the next step and an odd DIGIT repeats its top bit. A step is worth its
// bits in two's complement and the top bit of the step below; together they are a signed code.
//   digit_o   the planes of the digits, bit of row r at [plane*ROWS + r]. Of digit i: 3*i is high for
//             +-1, 3*i+1 for a negative digit, 3*i+2 for +-2. The top digit of an odd DIGIT has no +-2.
//   first_i   the first step of a vector. Only where the codes are unsigned and fill all steps: their top
//             bit is not negative then. An odd DIGIT has a +2 in its top digit for that; an even one has
//             one more plane, the top bit itself, of weight 2^DIGIT.
// GATED: the register of a row whose code is zero is not clocked, unless test_mode_i is high.
`default_nettype none

module cim_booth_input #(
  parameter ROWS   = 4,
  parameter BITS   = 8,  // of a code
  parameter DIGIT  = 2,  // at least 2
  parameter STEPS  = 4,  // STEPS*DIGIT >= BITS
  parameter SIGNED = 1,
  parameter PLANES = 3,  // as above
  parameter GATED  = 0
) (
  input  wire                   clk_i,
  input  wire                   test_mode_i,
  input  wire                   load_i,
  input  wire                   shift_i,
  // verilator lint_off UNUSED
  input  wire                   first_i,
  // verilator lint_on UNUSED
  input  wire [ROWS*BITS-1:0]   codes_i,
  output wire [PLANES*ROWS-1:0] digit_o
);
  localparam GROUPS       = (ROWS + 63) / 64;
  localparam DIGITS       = (DIGIT + 1) / 2;
  localparam FILLS        = (SIGNED == 0 && STEPS*DIGIT == BITS) ? 1 : 0;
  localparam TOP          = (STEPS - 1)*DIGIT;  // the lowest plane of a step

  genvar group, i;
  generate
    for (group = 0; group < GROUPS; group = group + 1) begin : g_group
      localparam CODES = (group == GROUPS - 1) ? ROWS - 64*group : 64;

      wire [STEPS*DIGIT*CODES-1:0] held;
      wire [CODES-1:0]             live;
      cim_gated_planes #(
        .CODES (CODES),
        .BITS  (BITS),
        .PLANES(STEPS*DIGIT),
        .SIGNED(SIGNED),
        .DIGIT (DIGIT),
        .GATED (GATED),
        .SHIFTS(STEPS > 1 ? 1 : 0)
      ) u_planes (
        .clk_i      (clk_i),
        .test_mode_i(test_mode_i),
        .load_i     (load_i),
        .shift_i    (shift_i),
        .codes_i    (codes_i[64*group*BITS +: CODES*BITS]),
        .planes_o   (held),
        .live_o     (live)
      );
      // Only the highest planes are read; those below wait for their turn.
      // verilator lint_off UNUSED
      wire [STEPS*DIGIT*CODES-1:0] planes = held & {STEPS*DIGIT{live}};
      // verilator lint_on UNUSED

      for (i = 0; i < DIGITS; i = i + 1) begin : g_digit
        wire [CODES-1:0] high, middle, low;
        assign middle = planes[(TOP + 2*i)*CODES +: CODES];

        if (2*i + 1 < DIGIT) begin : g_high
          assign high = planes[(TOP + 2*i + 1)*CODES +: CODES];
        end else if (FILLS != 0) begin : g_repeated_later
          assign high = middle & {CODES{~first_i}};
        end else begin : g_repeated
          assign high = middle;
        end
        if (TOP + 2*i > 0) begin : g_low
          assign low = planes[(TOP + 2*i - 1)*CODES +: CODES];
        end else begin : g_lowest
          assign low = {CODES{1'b0}};
        end

        assign digit_o[3*i*ROWS + 64*group +: CODES]       = middle ^ low;
        assign digit_o[(3*i + 1)*ROWS + 64*group +: CODES] = high & ~(middle & low);
        if (2*i + 1 < DIGIT || FILLS != 0) begin : g_two
          assign digit_o[(3*i + 2)*ROWS + 64*group +: CODES] =
              (high & ~middle & ~low) | (~high & middle & low);
        end
      end

      if (FILLS != 0 && DIGIT % 2 == 0) begin : g_top
        assign digit_o[3*DIGITS*ROWS + 64*group +: CODES] =
            planes[(TOP + DIGIT - 1)*CODES +: CODES] & {CODES{first_i}};
      end
    end
  endgenerate
endmodule

`default_nettype wire
