// Aligns the weights of a block of rows, of LANES columns, as they are read: the significand with GUARD bits
// below it is shifted right by target - exponent (cim_cell_exponent), what is shifted out is rounded, and a
// register takes the result in two's complement. A product that does not count has the weight 0. With
// integer_i the low INTEGER_BITS bits of a code are an integer.
//   planes_i      bit b of the code of row r of every lane at [(r*BITS + b)*LANES +: LANES]
//   exponents_i   of the input of row r at [r*X_BITS +: X_BITS]
//   counts_i      of row r
//   target_i      bit b of every lane at [b*LANES +: LANES]; no less than the exponent of a product that counts
//   aligned_o     bit b of row r of every lane at [(r*ALIGNED + b)*LANES +: LANES]
//   load_i        the register takes it
`default_nettype none

module cim_cell_align #(
  parameter LANES        = 4,
  parameter ROWS         = 4,   // up to 4096
  parameter EXPONENT     = 4,
  parameter FRACTION     = 3,
  parameter SPECIALS     = 1,
  parameter X_BITS       = 4,
  parameter SUM_BITS     = 5,
  parameter GUARD        = 3,
  parameter ROUNDING     = 1,   // 0: truncate, 1: nearest, ties to even, 2: sticky
  parameter INTEGER_BITS = 0,   // 0: there is no integer mode
  parameter BITS         = 1 + EXPONENT + FRACTION,
  parameter ALIGNED      = 2 + FRACTION + GUARD
) (
  input  wire                          clk_i,
  input  wire                          load_i,
  // verilator lint_off UNUSED
  input  wire                          integer_i,  // in a macro that has both
  // verilator lint_on UNUSED
  input  wire [ROWS*BITS*LANES-1:0]    planes_i,
  input  wire [ROWS*X_BITS-1:0]        exponents_i,
  input  wire [ROWS-1:0]               counts_i,
  input  wire [SUM_BITS*LANES-1:0]     target_i,
  output wire [ROWS*ALIGNED*LANES-1:0] aligned_o
);
  localparam MAGNITUDE = ALIGNED - 1;
  localparam LOW       = (INTEGER_BITS < 2) ? 2 : INTEGER_BITS;
  // With so many bits of the distance nothing is left of a magnitude and the bit below it.
  localparam REACH  = (MAGNITUDE + 1 < 4) ? 2 : (MAGNITUDE + 1 < 8) ? 3 : (MAGNITUDE + 1 < 16) ? 4 : 5;
  localparam STAGES = (SUM_BITS < REACH) ? SUM_BITS : REACH;

  function [SUM_BITS*LANES-1:0] difference(input [SUM_BITS*LANES-1:0] a, input [SUM_BITS*LANES-1:0] c);
    integer b;
    reg [LANES-1:0] borrow;
    begin
      borrow = {LANES{1'b0}};
      for (b = 0; b < SUM_BITS; b = b + 1) begin
        difference[b*LANES +: LANES] = a[b*LANES +: LANES] ^ c[b*LANES +: LANES] ^ borrow;
        borrow = (~a[b*LANES +: LANES] & (c[b*LANES +: LANES] | borrow)) | (c[b*LANES +: LANES] & borrow);
      end
    end
  endfunction

  function [ALIGNED*LANES-1:0] aligned(
    input [BITS*LANES-1:0] code, input [LANES-1:0] counts, input [SUM_BITS*LANES-1:0] distance
  );
    // Below the magnitude the bit that decides how it is rounded.
    reg [(MAGNITUDE+1)*LANES-1:0] value;
    reg [LANES-1:0] dropped, sticky, chosen, far, some, carry;
    integer i, stage;
    begin
      value = {(MAGNITUDE+1)*LANES{1'b0}};
      some  = {LANES{1'b0}};
      for (i = 0; i < EXPONENT; i = i + 1) some = some | code[(FRACTION+i)*LANES +: LANES];
      for (i = 0; i < FRACTION; i = i + 1) value[(GUARD+1+i)*LANES +: LANES] = code[i*LANES +: LANES] & counts;
      value[(GUARD+1+FRACTION)*LANES +: LANES] = some & counts;
      sticky = {LANES{1'b0}};
      for (stage = 0; stage < STAGES; stage = stage + 1) begin
        chosen  = distance[stage*LANES +: LANES];
        dropped = {LANES{1'b0}};
        for (i = 0; i <= MAGNITUDE; i = i + 1) begin
          if (i < (1 << stage)) dropped = dropped | value[i*LANES +: LANES];
          if (i + (1 << stage) <= MAGNITUDE) begin
            value[i*LANES +: LANES] = (value[i*LANES +: LANES] & ~chosen)
                                    | (value[(i + (1 << stage))*LANES +: LANES] & chosen);
          end else begin
            value[i*LANES +: LANES] = value[i*LANES +: LANES] & ~chosen;
          end
        end
        sticky = sticky | (dropped & chosen);
      end
      far  = {LANES{1'b0}};
      some = {LANES{1'b0}};
      for (i = STAGES; i < SUM_BITS; i = i + 1) far = far | distance[i*LANES +: LANES];
      for (i = 0; i <= MAGNITUDE; i = i + 1) begin
        some = some | value[i*LANES +: LANES];
        value[i*LANES +: LANES] = value[i*LANES +: LANES] & ~far;
      end
      sticky = sticky | (some & far);
      // Rounded, and negated with the sign.
      carry = {LANES{1'b0}};
      if (ROUNDING == 1) carry = value[0 +: LANES] & (sticky | value[LANES +: LANES]);
      if (ROUNDING == 2) value[LANES +: LANES] = value[LANES +: LANES] | value[0 +: LANES] | sticky;
      for (i = 1; i <= MAGNITUDE; i = i + 1) begin
        some = value[i*LANES +: LANES];
        value[i*LANES +: LANES] = some ^ carry;
        carry = some & carry;
      end
      chosen = code[(BITS-1)*LANES +: LANES];
      carry  = chosen;
      for (i = 1; i <= MAGNITUDE; i = i + 1) begin
        some = value[i*LANES +: LANES] ^ chosen;
        aligned[(i-1)*LANES +: LANES] = some ^ carry;
        carry = some & carry;
      end
      aligned[MAGNITUDE*LANES +: LANES] = chosen ^ carry;
    end
  endfunction

  function [ALIGNED*LANES-1:0] extended(input [BITS*LANES-1:0] code);
    integer i;
    begin
      for (i = 0; i < ALIGNED; i = i + 1) begin
        extended[i*LANES +: LANES] = code[((i < LOW - 1) ? i : LOW - 1)*LANES +: LANES];
      end
    end
  endfunction

  genvar block, row;  // blocks of 64: tools limit the length of a loop
  generate
    for (block = 0; block < ROWS; block = block + 64) begin : g_rows
      for (row = block; row < ROWS && row < block + 64; row = row + 1) begin : g_row
        wire [BITS*LANES-1:0]     code = planes_i[row*BITS*LANES +: BITS*LANES];
        wire [LANES-1:0]          counts;
        wire [SUM_BITS*LANES-1:0] exponent;
        cim_cell_exponent #(
          .LANES(LANES), .EXPONENT(EXPONENT), .FRACTION(FRACTION), .SPECIALS(SPECIALS), .X_BITS(X_BITS),
          .SUM_BITS(SUM_BITS)
        ) u_exponent (
          .planes_i   (code[(BITS-1)*LANES-1:0]),
          .exponent_i (exponents_i[row*X_BITS +: X_BITS]),
          .counts_i   (counts_i[row]),
          .counts_o   (counts),
          .exponent_o (exponent)
        );
        reg [ALIGNED*LANES-1:0] aligned_q;
        always @(posedge clk_i) begin
          if (load_i) begin
            if ((INTEGER_BITS != 0) & integer_i) aligned_q <= extended(code);
            else aligned_q <= aligned(code, counts, difference(target_i, exponent));
          end
        end
        assign aligned_o[row*ALIGNED*LANES +: ALIGNED*LANES] = aligned_q;
      end
    end
  endgenerate
endmodule

`default_nettype wire
