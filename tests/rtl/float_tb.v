// The cells behind the integer array of a floating macro, each with several parameter sets, Verilated
// once: all instances see the same inputs, and only the one that `select` names loads. Inputs are taken
// at falling edges, or Verilator writes all the logic behind them twice. The tests read the parameters
// back from `about`, so this table is the only list of them.
`default_nettype none

module float_tb (
  input  wire           clk,
  input  wire           load_first,  // of a cell with one register: its load
  input  wire           load_second,
  input  wire           integers,
  input  wire [16383:0] sums,        // codes or planes; of exponent sums: X
  input  wire [4607:0]  exponents,
  input  wire [63:0]    nan,
  input  wire [63:0]    infinity,
  input  wire [63:0]    negative,
  input  wire [7:0]     select,
  output wire [7:0]     instances,
  output wire [207:0]   about,       // {kind, p0, ..., p11}, 16 bits each
  output wire [5119:0]  result       // of a join: M from bit 4096 on
);
  localparam LANE_PLANES = 1, EXPONENT_SUM = 2, JOIN = 3, NORMALIZE = 4, INTEGER = 5;

  function [207:0] row;
    input integer kind, p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11;
    row = {kind[15:0], p0[15:0], p1[15:0], p2[15:0], p3[15:0], p4[15:0], p5[15:0], p6[15:0],
           p7[15:0], p8[15:0], p9[15:0], p10[15:0], p11[15:0]};
  endfunction

  localparam ROWS = 48;
  localparam [208*ROWS-1:0] TABLE = {
    // LANES, BITS, PLANES, SIGNED
    row(LANE_PLANES, 1, 5, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0),
    row(LANE_PLANES, 1, 5, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0),
    row(LANE_PLANES, 1, 5, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    row(LANE_PLANES, 3, 22, 24, 1, 0, 0, 0, 0, 0, 0, 0, 0),
    row(LANE_PLANES, 64, 17, 18, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    row(LANE_PLANES, 64, 60, 64, 1, 0, 0, 0, 0, 0, 0, 0, 0),
    // LANES, X_BITS, Y_BITS, EXPONENT_BITS
    row(EXPONENT_SUM, 64, 8, 8, 9, 0, 0, 0, 0, 0, 0, 0, 0),
    row(EXPONENT_SUM, 3, 4, 8, 8, 0, 0, 0, 0, 0, 0, 0, 0),
    row(EXPONENT_SUM, 1, 5, 2, 6, 0, 0, 0, 0, 0, 0, 0, 0),
    row(EXPONENT_SUM, 64, 1, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0),
    // LANES, BLOCKS, BLOCK_BITS, BLOCK_SIGNED, GUARD, SUM_BITS, EXPONENT_BITS, ROUNDING
    row(JOIN, 16, 2, 4, 1, 0, 5, 3, 0, 0, 0, 0, 0),
    row(JOIN, 16, 2, 4, 1, 0, 5, 3, 1, 0, 0, 0, 0),
    row(JOIN, 16, 2, 4, 1, 0, 5, 3, 2, 0, 0, 0, 0),
    row(JOIN, 16, 2, 3, 0, 2, 7, 3, 0, 0, 0, 0, 0),
    row(JOIN, 16, 2, 3, 0, 2, 7, 3, 1, 0, 0, 0, 0),
    row(JOIN, 16, 2, 3, 0, 2, 7, 3, 2, 0, 0, 0, 0),
    row(JOIN, 8, 3, 2, 1, 5, 9, 2, 1, 0, 0, 0, 0),
    row(JOIN, 8, 3, 2, 1, 1, 6, 2, 2, 0, 0, 0, 0),
    row(JOIN, 1, 3, 22, 1, 3, 27, 5, 1, 0, 0, 0, 0),
    row(JOIN, 3, 3, 22, 1, 0, 24, 9, 0, 0, 0, 0, 0),
    row(JOIN, 64, 8, 22, 1, 4, 29, 9, 1, 0, 0, 0, 0),
    row(JOIN, 32, 8, 21, 0, 4, 29, 8, 2, 0, 0, 0, 0),
    row(JOIN, 8, 2, 44, 1, 15, 60, 6, 1, 0, 0, 0, 0),
    row(JOIN, 3, 8, 40, 1, 16, 59, 9, 2, 0, 0, 0, 0),
    row(JOIN, 3, 3, 16, 1, 8, 26, 1, 0, 0, 0, 0, 0),
    // LANES, IN_PLANES, IN_SIGNED, SUM_IN_BITS, SUM_BITS, EXPONENT_BITS, OFFSET, EXPONENT_FIELD,
    // FRACTION, BIAS, SUBNORMALS, OVERFLOWS
    row(NORMALIZE, 8, 1, 1, 6, 6, 4, 10, 3, 2, 3, 1, 1),
    row(NORMALIZE, 16, 0, 1, 10, 10, 4, 13, 3, 2, 3, 1, 1),
    row(NORMALIZE, 8, 0, 0, 7, 8, 4, 9, 3, 3, 3, 1, 1),
    row(NORMALIZE, 8, 1, 1, 2, 2, 5, 15, 4, 3, 7, 1, 1),
    row(NORMALIZE, 8, 1, 0, 4, 5, 4, 14, 5, 1, 16, 1, 0),
    row(NORMALIZE, 8, 1, 1, 9, 9, 4, 0, 4, 3, 3, 0, 1),
    row(NORMALIZE, 8, 0, 1, 8, 8, 3, 0, 5, 4, 2, 0, 0),
    row(NORMALIZE, 64, 0, 1, 24, 24, 5, 20, 8, 23, 127, 0, 0),
    row(NORMALIZE, 1, 0, 1, 24, 24, 9, 260, 8, 23, 127, 1, 1),
    row(NORMALIZE, 3, 1, 1, 32, 32, 9, 300, 8, 23, 127, 1, 1),
    row(NORMALIZE, 32, 1, 1, 60, 60, 9, 280, 8, 23, 127, 1, 1),
    row(NORMALIZE, 32, 0, 0, 44, 45, 5, 14, 8, 23, 127, 0, 0),
    row(NORMALIZE, 3, 1, 1, 27, 27, 8, -50, 8, 23, 127, 0, 1),
    row(NORMALIZE, 64, 0, 1, 22, 22, 9, 270, 8, 7, 127, 1, 1),
    row(NORMALIZE, 1, 1, 1, 60, 60, 9, 280, 8, 7, 127, 1, 1),
    row(NORMALIZE, 3, 0, 1, 16, 16, 6, 12, 8, 7, 127, 0, 0),
    row(NORMALIZE, 8, 1, 1, 8, 8, 9, 262, 8, 7, 127, 1, 1),
    row(NORMALIZE, 8, 1, 1, 26, 26, 6, 180, 8, 23, 127, 1, 0),
    // LANES, IN_PLANES, IN_SIGNED, SUM_IN_BITS, SUM_BITS, EXPONENT_BITS, EXPONENT_OUT
    row(INTEGER, 64, 1, 1, 24, 24, 5, 6, 0, 0, 0, 0, 0),
    row(INTEGER, 64, 0, 1, 22, 22, 9, 9, 0, 0, 0, 0, 0),
    row(INTEGER, 3, 0, 0, 21, 22, 9, 9, 0, 0, 0, 0, 0),
    row(INTEGER, 1, 1, 0, 8, 9, 1, 2, 0, 0, 0, 0, 0),
    row(INTEGER, 64, 1, 1, 55, 55, 9, 9, 0, 0, 0, 0, 0)
  };

  reg         load_first_q, load_second_q, integers_q;
  reg [16383:0] sums_q;
  reg [4607:0]  exponents_q;
  reg [63:0]    nan_q, infinity_q, negative_q;
  reg [7:0]     select_q;
  always @(negedge clk) begin
    load_first_q  <= load_first;
    load_second_q <= load_second;
    integers_q    <= integers;
    sums_q        <= sums;
    exponents_q   <= exponents;
    nan_q         <= nan;
    infinity_q    <= infinity;
    negative_q    <= negative;
    select_q      <= select;
  end

  wire [5119:0] results [0:ROWS-1];
  assign instances = ROWS[7:0];
  assign about     = TABLE[208*(ROWS - 1 - {24'd0, select}) +: 208];
  assign result    = results[select[5:0]];

  genvar i;
  generate
    for (i = 0; i < ROWS; i = i + 1) begin : g_row
      localparam [207:0] ROW = TABLE[208*(ROWS - 1 - i) +: 208];
      localparam integer KIND = {16'd0, ROW[192 +: 16]};
      localparam integer A = {16'd0, ROW[176 +: 16]}, B = {16'd0, ROW[160 +: 16]},
                 C = {16'd0, ROW[144 +: 16]}, D = {16'd0, ROW[128 +: 16]},
                 E = {16'd0, ROW[112 +: 16]}, F = {16'd0, ROW[96 +: 16]},
                 H = {16'd0, ROW[64 +: 16]},  I = {16'd0, ROW[48 +: 16]},
                 J = {16'd0, ROW[32 +: 16]},  K = {16'd0, ROW[16 +: 16]},
                 L = {16'd0, ROW[0 +: 16]};
      localparam integer G = {{16{ROW[95]}}, ROW[80 +: 16]};
      wire chosen = {24'd0, select_q} == i;
      wire [5119:0] r;
      assign results[i] = r;

      if (KIND == LANE_PLANES) begin : g
        wire [C*A-1:0] planes;
        cim_lane_planes #(.LANES(A), .BITS(B), .PLANES(C), .SIGNED(D)) u_cell (
          .enable_i(load_first_q & chosen), .codes_i(sums_q[0 +: A*B]), .planes_o(planes));
        assign r = planes;
      end else if (KIND == EXPONENT_SUM) begin : g
        wire [D*A-1:0] sum;
        cim_exponent_sum #(.LANES(A), .X_BITS(B), .Y_BITS(C), .EXPONENT_BITS(D)) u_cell (
          .x_i(sums_q[0 +: B]), .y_i(exponents_q[0 +: C*A]), .sum_o(sum));
        assign r = sum;
      end else if (KIND == JOIN) begin : g
        wire [F*A-1:0] sum;
        wire [G*A-1:0] exponent;
        cim_float_join #(.LANES(A), .BLOCKS(B), .BLOCK_BITS(C), .BLOCK_SIGNED(D), .GUARD(E),
                         .SUM_BITS(F), .EXPONENT_BITS(G), .ROUNDING(H)) u_cell (
          .clk_i(clk), .valid_i(load_first_q & chosen), .load_i(load_first_q & chosen), .integer_i(integers_q),
          .codes_i(sums_q[0 +: B*A*C]), .exponents_i(exponents_q[0 +: B*G*A]),
          .sum_o(sum), .exponent_o(exponent));
        assign r = {exponent, {(4096 - F*A){1'b0}}, sum};
      end else if (KIND == NORMALIZE) begin : g
        wire [A*(1+H+I)-1:0] codes;
        cim_float_normalize #(.LANES(A), .IN_PLANES(B), .IN_SIGNED(C), .SUM_IN_BITS(D),
                              .SUM_BITS(E), .EXPONENT_BITS(F), .OFFSET(G), .EXPONENT_FIELD(H),
                              .FRACTION(I), .BIAS(J), .SUBNORMALS(K), .OVERFLOWS(L)) u_cell (
          .clk_i(clk), .valid_first_i(load_first_q & chosen), .load_first_i(load_first_q & chosen),
          .valid_second_i(load_second_q & chosen), .load_second_i(load_second_q & chosen),
          .integer_i(integers_q), .sum_i(sums_q[0 +: D*A]), .exponent_i(exponents_q[0 +: F*A]),
          .nan_i(nan_q[A-1:0]), .infinity_i(infinity_q[A-1:0]), .negative_i(negative_q[A-1:0]),
          .codes_o(codes));
        assign r = codes;
      end else begin : g
        wire [A*(E+G)-1:0] codes;
        cim_float_integer #(.LANES(A), .IN_PLANES(B), .IN_SIGNED(C), .SUM_IN_BITS(D), .SUM_BITS(E),
                            .EXPONENT_BITS(F), .EXPONENT_OUT(G)) u_cell (
          .clk_i(clk), .valid_i(load_first_q & chosen), .load_i(load_first_q & chosen), .integer_i(integers_q), .sum_i(sums_q[0 +: D*A]),
          .exponent_i(exponents_q[0 +: F*A]), .nan_i(nan_q[A-1:0]), .infinity_i(infinity_q[A-1:0]),
          .negative_i(negative_q[A-1:0]), .codes_o(codes));
        assign r = codes;
      end
    end
  endgenerate
endmodule

`default_nettype wire
