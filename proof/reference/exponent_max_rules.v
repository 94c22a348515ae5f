// What the largest exponent is, where the reference takes the prover too long: no field of a number is larger, some
// field is it, or it is 1; never 0. There is one such exponent. The cell is called `both`.
`default_nettype none

module exponent_max_rules #(
  parameter COUNT    = 64,
  parameter BITS     = 8,
  parameter EXPONENT = 4,
  parameter FRACTION = 3,
  parameter SPECIALS = 1
) (
  input  wire [COUNT*BITS-1:0] codes_i,
  output wire [COUNT:0]        bad_o
);
  localparam [BITS-2:0] ONES     = {BITS-1{1'b1}};
  localparam [BITS-2:0] INFINITY = ONES << FRACTION;

  wire [EXPONENT-1:0] largest;
  both u_given (
    .clk_i      (1'b0),
    .load_i     (1'b1),
    .codes_i    (codes_i),
    .exponent_o (largest)
  );
  wire [COUNT-1:0] hit;
  genvar c;
  generate
    for (c = 0; c < COUNT; c = c + 1) begin : g_code
      wire [BITS-2:0]     magnitude = codes_i[c*BITS +: BITS-1];
      wire [EXPONENT-1:0] field     = magnitude[FRACTION +: EXPONENT];
      wire is_number  = (SPECIALS == 2) ? magnitude < INFINITY : (SPECIALS == 1) ? magnitude != ONES : 1'b1;
      assign bad_o[c] = is_number && field > largest;
      assign hit[c]   = is_number && field == largest;
    end
  endgenerate
  assign bad_o[COUNT] = largest == 0 || (hit == 0 && largest != 1);
endmodule

`default_nettype wire
