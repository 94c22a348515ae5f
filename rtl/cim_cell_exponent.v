// The exponents of the products of a row, of LANES columns, for their alignment: the field of the weight, at
// least 1, and that of the input. 0 where a product does not count: where the weight is zero, infinity or
// NaN, or counts_i is low.
//   planes_i     bit b of the weights' codes, without their signs, of every lane at [b*LANES +: LANES]
//   exponent_i   of the input, 0 where products are not aligned
//   exponent_o   bit b of every lane at [b*LANES +: LANES]
`default_nettype none

module cim_cell_exponent #(
  parameter LANES    = 4,
  parameter EXPONENT = 4,
  parameter FRACTION = 3,
  parameter SPECIALS = 1,   // 0: every code is a number; 1: ones are NaN; 2: IEEE 754
  parameter X_BITS   = 4,   // at least 1
  parameter SUM_BITS = 5    // no less than EXPONENT and X_BITS
) (
  input  wire [(EXPONENT+FRACTION)*LANES-1:0] planes_i,
  input  wire [X_BITS-1:0]                    exponent_i,
  input  wire                                 counts_i,
  output wire [LANES-1:0]                     counts_o,
  output wire [SUM_BITS*LANES-1:0]            exponent_o
);
  // Of the exponent's field, and of the fraction: some bit, and every bit.
  wire [LANES-1:0] some_exponent, every_exponent, some_fraction, every_fraction;
  genvar b;
  generate
    for (b = 0; b < FRACTION; b = b + 1) begin : g_fraction
      wire [LANES-1:0] some, every;
      if (b == 0) begin : g_first
        assign some  = planes_i[0 +: LANES];
        assign every = planes_i[0 +: LANES];
      end else begin : g_more
        assign some  = g_fraction[b-1].some | planes_i[b*LANES +: LANES];
        assign every = g_fraction[b-1].every & planes_i[b*LANES +: LANES];
      end
    end
    for (b = 0; b < EXPONENT; b = b + 1) begin : g_exponent
      wire [LANES-1:0] some, every;
      if (b == 0) begin : g_first
        assign some  = planes_i[FRACTION*LANES +: LANES];
        assign every = planes_i[FRACTION*LANES +: LANES];
      end else begin : g_more
        assign some  = g_exponent[b-1].some | planes_i[(FRACTION+b)*LANES +: LANES];
        assign every = g_exponent[b-1].every & planes_i[(FRACTION+b)*LANES +: LANES];
      end
    end
    assign some_exponent  = g_exponent[EXPONENT-1].some;
    assign every_exponent = g_exponent[EXPONENT-1].every;
    assign some_fraction  = g_fraction[FRACTION-1].some;
    assign every_fraction = g_fraction[FRACTION-1].every;
  endgenerate
  wire [LANES-1:0] special = (SPECIALS == 2) ? every_exponent
                           : (SPECIALS == 1) ? (every_exponent & every_fraction) : {LANES{1'b0}};
  assign counts_o = {LANES{counts_i}} & (some_exponent | some_fraction) & ~special;

  wire [SUM_BITS*LANES-1:0] sum;
  cim_exponent_sum #(.LANES(LANES), .X_BITS(X_BITS), .Y_BITS(EXPONENT), .EXPONENT_BITS(SUM_BITS)) u_sum (
    .x_i   (exponent_i),
    .y_i   (planes_i[FRACTION*LANES +: EXPONENT*LANES] | {{((EXPONENT-1)*LANES){1'b0}}, ~some_exponent}),
    .sum_o (sum)
  );
  assign exponent_o = sum & {SUM_BITS{counts_o}};
endmodule

`default_nettype wire
