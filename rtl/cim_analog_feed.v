// Holds an input vector and gives the row drivers the codes of one step: DIGITS digits of CODE_BITS
// bits, the most significant first, and for a signed input, where SIGN is 1, its sign bit as one
// more step of its own. The bits below the sign bit of a two's complement number are never negative.
//   data_i   row r at [r*INPUT_BITS +: INPUT_BITS]
//   code_o   row r at [r*CODE_BITS +: CODE_BITS]
`default_nettype none

module cim_analog_feed #(
  parameter ROWS       = 4,
  parameter INPUT_BITS = 4,
  parameter CODE_BITS  = 1,
  parameter DIGITS     = 3,  // 0 where there is a sign bit alone
  parameter SIGN       = 1
) (
  input  wire                       clk_i,
  input  wire                       take_i,   // a new vector
  input  wire                       next_i,   // the next digit
  input  wire                       sign_i,   // the sign bits
  input  wire [ROWS*INPUT_BITS-1:0] data_i,
  output wire [ROWS*CODE_BITS-1:0]  code_o
);
  localparam MAGNITUDE = INPUT_BITS - SIGN;
  localparam HELD      = (DIGITS > 0) ? DIGITS * CODE_BITS : CODE_BITS;

  genvar block, r;  // blocks of 64: tools limit the length of a loop
  generate
    for (block = 0; block < ROWS; block = block + 64) begin : g_rows
      for (r = block; r < ROWS && r < block + 64; r = r + 1) begin : g_row
        wire [INPUT_BITS-1:0] value = data_i[r*INPUT_BITS +: INPUT_BITS];
        wire [HELD-1:0] taken;
        if (MAGNITUDE == 0) begin : g_no_magnitude
          assign taken = {HELD{1'b0}};
        end else if (HELD == MAGNITUDE) begin : g_whole
          assign taken = value[MAGNITUDE-1:0];
        end else begin : g_padded
          assign taken = {{(HELD-MAGNITUDE){1'b0}}, value[MAGNITUDE-1:0]};
        end

        reg [HELD-1:0] digits_q;
        if (DIGITS > 1) begin : g_shift
          always @(posedge clk_i) begin
            if (take_i) begin
              digits_q <= taken;
            end else if (next_i) begin
              digits_q <= {digits_q[HELD-CODE_BITS-1:0], {CODE_BITS{1'b0}}};
            end
          end
        end else begin : g_hold
          always @(posedge clk_i) begin
            if (take_i) digits_q <= taken;
          end
        end

        wire [CODE_BITS-1:0] digit = digits_q[HELD-1 -: CODE_BITS];
        if (SIGN != 0) begin : g_sign
          reg sign_q;
          always @(posedge clk_i) begin
            if (take_i) sign_q <= value[INPUT_BITS-1];
          end
          wire [CODE_BITS-1:0] sign;
          assign sign[0] = sign_q;
          if (CODE_BITS > 1) begin : g_high
            assign sign[CODE_BITS-1:1] = {(CODE_BITS-1){1'b0}};
          end
          assign code_o[r*CODE_BITS +: CODE_BITS] = sign_i ? sign : digit;
        end else begin : g_unsigned
          assign code_o[r*CODE_BITS +: CODE_BITS] = digit;
        end
      end
    end
    if (SIGN == 0) begin : g_no_sign
      wire unused_sign = sign_i;
    end
    if (DIGITS <= 1) begin : g_no_next
      wire unused_next = next_i;
    end
  endgenerate
endmodule

`default_nettype wire
