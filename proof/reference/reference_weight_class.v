// What cim_weight_class loads: a weight's class by what its code is worth.
`default_nettype none

module reference_weight_class #(
  parameter COUNT        = 1,
  parameter BITS         = 8,
  parameter EXPONENT     = 4,
  parameter FRACTION     = 3,
  parameter SPECIALS     = 1,
  parameter IS_INTEGER   = 0,
  parameter IS_SIGNED    = 1,
  parameter INTEGER_BITS = 0,
  parameter CLASS        = 1
) (
  input  wire                   clk_i,
  input  wire                   load_i,
  input  wire                   integer_i,
  input  wire [COUNT*BITS-1:0]  codes_i,
  output wire [COUNT*CLASS-1:0] class_o
);
  localparam [1:0] NUMBER = 0, ZERO = 1, INFINITY = 2, NO_NUMBER = 3;
  localparam LOW = (INTEGER_BITS == 0) ? BITS : INTEGER_BITS;

  genvar c;
  generate
    for (c = 0; c < COUNT; c = c + 1) begin : g_code
      wire [BITS-1:0] code = codes_i[c*BITS +: BITS];
      wire [LOW-1:0]  low  = code;
      // The magnitude of an infinity; where there is none, more than any.
      wire [BITS-1:0] magnitude = code & ~(1 << (BITS-1));
      wire [BITS-1:0] infinity  = ((1 << EXPONENT) - 1) << FRACTION;
      wire [BITS-1:0] all_ones  = (1 << (BITS-1)) - 1;
      wire is_integer = (INTEGER_BITS != 0) && integer_i;
      reg [1:0] kind;
      reg       negative;
      always @* begin
        negative = is_integer ? low >= (1 << (LOW-1)) : (IS_SIGNED != 0 && code >= (1 << (BITS-1)));
        kind     = NUMBER;
        if (is_integer) begin
          if (low == 0) kind = ZERO;
        end else if (IS_INTEGER != 0) begin
          if (code == 0) kind = ZERO;
        end else if (magnitude == 0) begin
          kind = ZERO;
        end else if (SPECIALS == 2) begin
          if (magnitude == infinity) kind = INFINITY;
          if (magnitude > infinity) kind = NO_NUMBER;
        end else if (SPECIALS == 1) begin
          if (magnitude == all_ones) kind = NO_NUMBER;
        end
      end
      if (CLASS == 1) begin : g_nan
        assign class_o[c] = kind == NO_NUMBER;
      end else begin : g_all
        assign class_o[3*c +: 3] = {kind, negative};
      end
    end
  endgenerate
endmodule

`default_nettype wire
