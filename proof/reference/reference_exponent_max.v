// What cim_exponent_max loads: the largest E for which some field is at least E, from its highest bit
// down; at least 1. No two codes are compared.
`default_nettype none

module reference_exponent_max #(
  parameter COUNT    = 64,
  parameter BITS     = 8,
  parameter EXPONENT = 4,
  parameter FRACTION = 3,
  parameter SPECIALS = 1
) (
  input  wire                  clk_i,
  input  wire                  load_i,
  input  wire [COUNT*BITS-1:0] codes_i,
  output wire [EXPONENT-1:0]   exponent_o
);
  localparam [BITS-2:0] ONES     = {BITS-1{1'b1}};
  localparam [BITS-2:0] INFINITY = ONES << FRACTION;

  // Bit b of the result is set if a field that has all that was set above it has bit b.
  wire [COUNT-1:0] has [0:EXPONENT-1];
  wire [COUNT-1:0] in  [0:EXPONENT];
  wire [EXPONENT-1:0] most;
  genvar c, b;
  generate
    for (c = 0; c < COUNT; c = c + 1) begin : g_code
      wire [BITS-2:0] magnitude = codes_i[c*BITS +: BITS-1];
      assign in[EXPONENT][c] = (SPECIALS == 2) ? magnitude < INFINITY :
                               (SPECIALS == 1) ? magnitude != ONES : 1'b1;
      for (b = 0; b < EXPONENT; b = b + 1) begin : g_bit
        assign has[b][c] = in[b+1][c] && magnitude[FRACTION+b];
        assign in[b][c]  = in[b+1][c] && (magnitude[FRACTION+b] || !most[b]);
      end
    end
    for (b = 0; b < EXPONENT; b = b + 1) begin : g_most
      assign most[b] = has[b] != 0;
    end
  endgenerate
  assign exponent_o = (most == 0) ? 1 : most;
endmodule

`default_nettype wire
