// What cim_integer_mode loads: a code, or the number at its low end.
`default_nettype none

module reference_integer_mode #(
  parameter COUNT        = 1,
  parameter BITS         = 8,
  parameter INTEGER_BITS = 4
) (
  input  wire                  clk_i,
  input  wire                  load_i,
  input  wire                  integer_i,
  input  wire [COUNT*BITS-1:0] codes_i,
  output wire [COUNT*BITS-1:0] codes_o
);
  localparam LOW = (INTEGER_BITS == 0) ? BITS : INTEGER_BITS;
  genvar c;
  generate
    for (c = 0; c < COUNT; c = c + 1) begin : g_code
      wire signed [LOW-1:0]  low      = codes_i[c*BITS +: LOW];
      wire signed [BITS-1:0] extended = low;
      assign codes_o[c*BITS +: BITS] = integer_i ? extended : codes_i[c*BITS +: BITS];
    end
  endgenerate
endmodule

`default_nettype wire
