// What is kept beside the weights of LANES columns, in flip-flops: a scale of each block of rows, or
// the class of each weight.
//   codes_i      of one row, of lane c at [c*BITS +: BITS]
//   word_line_i  bank b, row r at [b*ROWS + r]: high in the cycle at whose end that row is written
//   planes_o     of the bank that is read: bit b of row r of every lane at [(r*BITS + b)*LANES +: LANES]
`default_nettype none

module cim_side_store #(
  parameter LANES     = 4,   // up to 64
  parameter ROWS      = 1,
  parameter BITS      = 8,
  parameter BANKS     = 1,
  parameter BANK_BITS = 1
) (
  input  wire                       clk_i,
  input  wire                       write_i,
  input  wire [BANKS*ROWS-1:0]      word_line_i,
  input  wire [LANES*BITS-1:0]      codes_i,
  input  wire [BANK_BITS-1:0]       bank_i,
  output wire [ROWS*BITS*LANES-1:0] planes_o
);
  wire [BITS*LANES-1:0] planes;
  cim_lane_planes #(.LANES(LANES), .BITS(BITS), .PLANES(BITS), .SIGNED(0)) u_planes (
    .enable_i (write_i),
    .codes_i  (codes_i),
    .planes_o (planes)
  );
  cim_weight_flop #(.LANES(LANES), .ROWS(ROWS), .BITS(BITS), .BANKS(BANKS), .BANK_BITS(BANK_BITS)) u_rows (
    .clk_i       (clk_i),
    .word_line_i (word_line_i),
    .data_i      (planes),
    .bank_i      (bank_i),
    .weight_o    (planes_o)
  );
endmodule

`default_nettype wire
