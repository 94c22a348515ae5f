// What cim_cell_align loads, in plain arithmetic (docs/floating.md, Alignment).
`default_nettype none

module reference_cell_align #(
  parameter LANES        = 1,
  parameter ROWS         = 1,
  parameter EXPONENT     = 4,
  parameter FRACTION     = 3,
  parameter SPECIALS     = 1,
  parameter X_BITS       = 4,
  parameter SUM_BITS     = 5,
  parameter GUARD        = 3,
  parameter ROUNDING     = 1,
  parameter INTEGER_BITS = 0,
  parameter BITS         = 1 + EXPONENT + FRACTION,
  parameter ALIGNED      = 2 + FRACTION + GUARD
) (
  input  wire                          clk_i,
  input  wire                          load_i,
  input  wire                          integer_i,
  input  wire [ROWS*BITS*LANES-1:0]    planes_i,
  input  wire [ROWS*X_BITS-1:0]        exponents_i,
  input  wire [ROWS-1:0]               counts_i,
  input  wire [SUM_BITS*LANES-1:0]     target_i,
  output wire [ROWS*ALIGNED*LANES-1:0] aligned_o
);
  localparam [BITS-2:0] ONES      = {BITS-1{1'b1}};
  localparam [BITS-2:0] INFINITY  = ONES << FRACTION;
  localparam            MAGNITUDE = FRACTION + 1 + GUARD;
  localparam            FAR       = MAGNITUDE + 2;
  localparam            WIDE      = MAGNITUDE + FAR;

  genvar lane, r, b;
  generate
    for (lane = 0; lane < LANES; lane = lane + 1) begin : g_lane
      wire [SUM_BITS-1:0] target;
      for (b = 0; b < SUM_BITS; b = b + 1) begin : g_target
        assign target[b] = target_i[b*LANES + lane];
      end
      for (r = 0; r < ROWS; r = r + 1) begin : g_row
        wire [BITS-1:0] code;
        for (b = 0; b < BITS; b = b + 1) begin : g_code
          assign code[b] = planes_i[(r*BITS + b)*LANES + lane];
        end
        wire [BITS-2:0]     magnitude = code[BITS-2:0];
        wire [EXPONENT-1:0] field     = magnitude >> FRACTION;
        wire [FRACTION-1:0] fraction  = code[FRACTION-1:0];
        wire [FRACTION:0]   m         = (field == 0) ? {1'b0, fraction} : {1'b1, fraction};
        wire counts = counts_i[r] && magnitude != 0 &&
                      ((SPECIALS == 2) ? magnitude < INFINITY :
                       (SPECIALS == 1) ? magnitude != ONES : 1'b1);
        wire [SUM_BITS-1:0] exponent = ((field == 0) ? 1 : field) + exponents_i[r*X_BITS +: X_BITS];
        wire [SUM_BITS-1:0] distance = target - exponent;  // not negative in a macro; modulo else
        wire [31:0]         d        = (distance > FAR) ? FAR : distance;
        // The upper half is what is left, the lower half what is shifted out.
        wire [WIDE-1:0]      shifted = {m, {GUARD+FAR{1'b0}}} >> d;
        wire [MAGNITUDE-1:0] whole   = shifted[WIDE-1:FAR];
        wire [FAR-1:0]       rest    = shifted[FAR-1:0];
        wire [FAR-1:0]       half    = {1'b1, {FAR-1{1'b0}}};
        wire up = (ROUNDING == 1) && (rest > half || (rest == half && whole[0]));
        wire [MAGNITUDE-1:0] a = !counts ? 0
                               : (ROUNDING == 2) ? (whole | {{MAGNITUDE-1{1'b0}}, rest != 0}) : whole + up;
        wire [ALIGNED-1:0] floating = code[BITS-1] ? 0 - {1'b0, a} : {1'b0, a};
        wire [ALIGNED-1:0] result;
        if (INTEGER_BITS == 0) begin : g_floating
          assign result = floating;
        end else begin : g_both
          wire signed [INTEGER_BITS-1:0] low = code[INTEGER_BITS-1:0];
          wire signed [ALIGNED-1:0]      whole_number = low;
          assign result = integer_i ? whole_number : floating;
        end
        for (b = 0; b < ALIGNED; b = b + 1) begin : g_result
          assign aligned_o[(r*ALIGNED + b)*LANES + lane] = result[b];
        end
      end
    end
  endgenerate
endmodule

`default_nettype wire
