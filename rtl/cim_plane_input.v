// The input register of a macro whose vectors bring the width of their inputs: takes a vector of ROWS
// codes and gives out one bit of each, the one that is asked for. Nothing moves in it between two
// vectors; bits above those that are asked for are never read.
//   codes_i   row r at [r*BITS +: BITS], taken where load_i is high
//   plane_i   one-hot
//   digit_o   that bit of row r at [r]
`default_nettype none

module cim_plane_input #(
  parameter ROWS = 1,
  parameter BITS = 1
) (
  input  wire                 clk_i,
  input  wire                 load_i,
  input  wire [BITS-1:0]      plane_i,
  input  wire [ROWS*BITS-1:0] codes_i,
  output wire [ROWS-1:0]      digit_o
);
  localparam GROUPS = (ROWS + 63) / 64;

  genvar group;
  generate
    for (group = 0; group < GROUPS; group = group + 1) begin : g_group
      localparam CODES = (group == GROUPS - 1) ? ROWS - 64*group : 64;

      wire [BITS*CODES-1:0] planes;

      cim_plane_register #(
        .CODES (CODES),
        .BITS  (BITS),
        .PLANES(BITS),
        .SIGNED(0),
        .DIGIT (1)
      ) u_planes (
        .clk_i   (clk_i),
        .load_i  (load_i),
        .shift_i (1'b0),
        .codes_i (codes_i[64*group*BITS +: CODES*BITS]),
        .planes_o(planes)
      );

      cim_one_hot_mux #(
        .WIDTH(CODES),
        .COUNT(BITS)
      ) u_select (
        .enable_i(1'b1),
        .data_i  (planes),
        .select_i(plane_i),
        .data_o  (digit_o[64*group +: CODES])
      );
    end
  endgenerate
endmodule

`default_nettype wire
