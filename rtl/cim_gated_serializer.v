// cim_input_serializer whose row registers are not clocked while they would hold a zero
// (cim_gated_planes). Ports and parameters are the same but for the test pin.
`default_nettype none

module cim_gated_serializer #(
  parameter ROWS   = 1,
  parameter BITS   = 1,
  parameter DIGIT  = 1,
  parameter STEPS  = 1,  // STEPS*DIGIT >= BITS
  parameter SIGNED = 1
) (
  input  wire                  clk_i,
  input  wire                  test_mode_i,
  input  wire                  load_i,
  input  wire                  shift_i,
  input  wire [ROWS*BITS-1:0]  codes_i,
  output wire [DIGIT*ROWS-1:0] digit_o
);
  localparam GROUPS = (ROWS + 63) / 64;

  genvar group, j;
  generate
    for (group = 0; group < GROUPS; group = group + 1) begin : g_group
      localparam CODES = (group == GROUPS - 1) ? ROWS - 64*group : 64;

      // Only the highest digit is read; the planes below it wait for their turn.
      // verilator lint_off UNUSED
      wire [STEPS*DIGIT*CODES-1:0] planes;
      // verilator lint_on UNUSED
      wire [CODES-1:0] live;

      cim_gated_planes #(
        .CODES (CODES),
        .BITS  (BITS),
        .PLANES(STEPS*DIGIT),
        .SIGNED(SIGNED),
        .DIGIT (DIGIT),
        .SHIFTS(STEPS > 1 ? 1 : 0)
      ) u_planes (
        .clk_i      (clk_i),
        .test_mode_i(test_mode_i),
        .load_i     (load_i),
        .shift_i    (shift_i),
        .codes_i    (codes_i[64*group*BITS +: CODES*BITS]),
        .planes_o   (planes),
        .live_o     (live)
      );

      for (j = 0; j < DIGIT; j = j + 1) begin : g_plane
        assign digit_o[j*ROWS + 64*group +: CODES] =
            planes[((STEPS-1)*DIGIT + j)*CODES +: CODES] & live;
      end
    end
  endgenerate
endmodule

`default_nettype wire
