// The write buffer of columns whose rows are scrubbed: takes the codes of a row, or the planes of one
// that was read and mended.
//   codes_i    the code of lane c at [c*BITS +: BITS]
//   mended_i   bit b of every lane at [b*LANES +: LANES]; taken where load_i and rewrite_i are high
//   planes_o   likewise: what was taken last
`default_nettype none

module cim_scrub_buffer #(
  parameter LANES = 1,  // up to 64
  parameter BITS  = 1
) (
  input  wire                  clk_i,
  input  wire                  load_i,
  input  wire                  rewrite_i,
  input  wire [LANES*BITS-1:0] codes_i,
  input  wire [BITS*LANES-1:0] mended_i,
  output wire [BITS*LANES-1:0] planes_o
);
  wire [BITS*LANES-1:0] planes;
  cim_lane_planes #(.LANES(LANES), .BITS(BITS), .PLANES(BITS), .SIGNED(0)) u_planes (
    .enable_i (load_i),
    .codes_i  (codes_i),
    .planes_o (planes)
  );

  reg [BITS*LANES-1:0] planes_q;
  always @(posedge clk_i) begin
    if (load_i) planes_q <= rewrite_i ? mended_i : planes;
  end
  assign planes_o = planes_q;
endmodule

`default_nettype wire
