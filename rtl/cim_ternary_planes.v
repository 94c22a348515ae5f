// Ternary weights on their way to the array: codes of two bits (01 +1, 00 0, 11 -1) become the two
// planes that are stored, bit 0 of a lane where its weight is +1 and bit 1 where it is -1. The code 10
// counts as -1: no lane has both.
//   codes_i, planes_o   the two bits of lane c at [2*c +: 2]
`default_nettype none

module cim_ternary_planes #(
  parameter LANES = 4
) (
  input  wire [2*LANES-1:0] codes_i,
  output wire [2*LANES-1:0] planes_o
);
  // Bit 1 of each code, at the place of its bit 0.
  localparam [2*LANES-1:0] LOW = {LANES{2'b01}};
  assign planes_o = codes_i & ~((codes_i >> 1) & LOW);
endmodule

`default_nettype wire
