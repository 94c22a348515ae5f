// The input register of a macro that selects digits, since it skips some of them or since its vectors
// bring the width of their inputs: holds a vector of ROWS codes, gives out the digit that is selected,
// and tells which digits of the next vector have a bit that is 1. Nothing moves in it between vectors.
//   codes_i     row r at [r*BITS +: BITS], taken where load_i is high
//   select_i    one-hot, digit 0 is the least significant one; none: zeros
//   digit_o     bit j of the digit of row r at [j*ROWS + r]; the most significant digit is extended
//               by the sign (SIGNED) or by zeros where DIGIT does not divide BITS
//   nonzero_o   the digits of codes_i that are not zero in every row; zeros where load_i is low, which
//               saves a simulator the search, and always without FINDS
// GATED: the register of a row whose code is zero is not loaded, unless test_mode_i is high.
`default_nettype none

module cim_digit_selector #(
  parameter ROWS   = 1,
  parameter BITS   = 1,
  parameter DIGIT  = 1,
  parameter STEPS  = 1,  // STEPS*DIGIT >= BITS
  parameter SIGNED = 1,
  parameter GATED  = 0,
  parameter FINDS  = 1
) (
  input  wire                  clk_i,
  input  wire                  test_mode_i,
  input  wire                  load_i,
  input  wire [STEPS-1:0]      select_i,
  input  wire [ROWS*BITS-1:0]  codes_i,
  output wire [DIGIT*ROWS-1:0] digit_o,
  output wire [STEPS-1:0]      nonzero_o
);
  localparam GROUPS = (ROWS + 63) / 64;
  localparam LEVELS = (ROWS <= 1) ? 0 : (ROWS <= 2) ? 1 : (ROWS <= 4) ? 2 : (ROWS <= 8) ? 3 :
                      (ROWS <= 16) ? 4 : (ROWS <= 32) ? 5 : (ROWS <= 64) ? 6 : (ROWS <= 128) ? 7 :
                      (ROWS <= 256) ? 8 : (ROWS <= 512) ? 9 : (ROWS <= 1024) ? 10 :
                      (ROWS <= 2048) ? 11 : 12;

  // The rows folded by OR, halves onto halves: the lowest code is that of all of them.
  // verilator lint_off UNUSED
  reg [ROWS*BITS-1:0] folded;
  // verilator lint_on UNUSED
  integer level;
  always @* begin
    level = 0;  // or it is a latch
    folded = {ROWS*BITS{1'b0}};
    if (load_i && FINDS != 0) begin
      folded = codes_i;
      for (level = LEVELS - 1; level >= 0; level = level - 1) begin
        folded = folded | (folded >> (BITS << level));
      end
    end
  end

  genvar group, j, step;
  generate
    // What extends the most significant digit repeats a bit of it, or is zero.
    for (step = 0; step < STEPS; step = step + 1) begin : g_step
      localparam LOWEST = step*DIGIT;
      localparam COUNT  = (LOWEST + DIGIT <= BITS) ? DIGIT : BITS - LOWEST;
      assign nonzero_o[step] = |folded[LOWEST +: COUNT];
    end

    for (group = 0; group < GROUPS; group = group + 1) begin : g_group
      localparam CODES = (group == GROUPS - 1) ? ROWS - 64*group : 64;
      wire [STEPS*DIGIT*CODES-1:0] planes;
      wire [CODES-1:0]             live;

      cim_gated_planes #(
        .CODES (CODES),
        .BITS  (BITS),
        .PLANES(STEPS*DIGIT),
        .SIGNED(SIGNED),
        .DIGIT (DIGIT),
        .GATED (GATED),
        .SHIFTS(0)
      ) u_planes (
        .clk_i      (clk_i),
        .test_mode_i(test_mode_i),
        .load_i     (load_i),
        .shift_i    (1'b0),
        .codes_i    (codes_i[64*group*BITS +: CODES*BITS]),
        .planes_o   (planes),
        .live_o     (live)
      );

      wire [DIGIT*CODES-1:0] digit;
      cim_one_hot_mux #(.WIDTH(DIGIT*CODES), .COUNT(STEPS)) u_digit (
        .enable_i(1'b1),
        .data_i  (planes),
        .select_i(select_i),
        .data_o  (digit)
      );
      for (j = 0; j < DIGIT; j = j + 1) begin : g_plane
        assign digit_o[j*ROWS + 64*group +: CODES] = digit[j*CODES +: CODES] & live;
      end
    end
  endgenerate
endmodule

`default_nettype wire
