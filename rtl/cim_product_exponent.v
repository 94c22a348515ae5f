// The largest exponent among the products of a block of rows, of LANES columns (cim_cell_exponent), in a
// register. 0 where none counts.
//   planes_i      bit b of the code of row r of every lane at [(r*BITS + b)*LANES +: LANES]
//   exponents_i   of the input of row r at [r*X_BITS +: X_BITS]
//   counts_i      of row r
//   load_i        the register takes it
`default_nettype none

module cim_product_exponent #(
  parameter LANES    = 4,
  parameter ROWS     = 4,   // up to 4096
  parameter EXPONENT = 4,
  parameter FRACTION = 3,
  parameter SPECIALS = 1,
  parameter X_BITS   = 4,
  parameter SUM_BITS = 5,
  parameter BITS     = 1 + EXPONENT + FRACTION
) (
  input  wire                        clk_i,
  input  wire                        load_i,
  // Signs do not count.
  // verilator lint_off UNUSED
  input  wire [ROWS*BITS*LANES-1:0]  planes_i,
  // verilator lint_on UNUSED
  input  wire [ROWS*X_BITS-1:0]      exponents_i,
  input  wire [ROWS-1:0]             counts_i,
  output wire [SUM_BITS*LANES-1:0]   largest_o
);
  localparam WIDTH  = SUM_BITS*LANES;
  localparam GROUPS = (ROWS + 63) / 64;  // blocks of 64: tools limit the length of a loop

  wire [GROUPS*WIDTH-1:0] of_groups;
  wire [WIDTH-1:0]        largest;
  genvar group, row;
  generate
    for (group = 0; group < GROUPS; group = group + 1) begin : g_group
      localparam HERE = (ROWS - 64*group < 64) ? ROWS - 64*group : 64;
      wire [HERE*WIDTH-1:0] exponents;
      for (row = 0; row < HERE; row = row + 1) begin : g_row
        wire [LANES-1:0] unused_counts;
        cim_cell_exponent #(
          .LANES(LANES), .EXPONENT(EXPONENT), .FRACTION(FRACTION), .SPECIALS(SPECIALS), .X_BITS(X_BITS),
          .SUM_BITS(SUM_BITS)
        ) u_exponent (
          .planes_i   (planes_i[(64*group + row)*BITS*LANES +: (BITS-1)*LANES]),
          .exponent_i (exponents_i[(64*group + row)*X_BITS +: X_BITS]),
          .counts_i   (counts_i[64*group + row]),
          .counts_o   (unused_counts),
          .exponent_o (exponents[row*WIDTH +: WIDTH])
        );
      end
      cim_lane_largest #(.LANES(LANES), .BITS(SUM_BITS), .COUNT(HERE)) u_largest (
        .values_i  (exponents),
        .largest_o (of_groups[group*WIDTH +: WIDTH])
      );
    end
  endgenerate
  cim_lane_largest #(.LANES(LANES), .BITS(SUM_BITS), .COUNT(GROUPS)) u_largest (
    .values_i  (of_groups),
    .largest_o (largest)
  );

  reg [WIDTH-1:0] largest_q;
  always @(posedge clk_i) begin
    if (load_i) largest_q <= largest;
  end
  assign largest_o = largest_q;
endmodule

`default_nettype wire
