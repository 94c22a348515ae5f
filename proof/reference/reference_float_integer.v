// What cim_float_integer computes, of one lane, where its register takes it.
`default_nettype none

module reference_float_integer #(
  parameter LANES         = 1,
  parameter IN_PLANES     = 1,
  parameter IN_SIGNED     = 1,
  parameter SUM_IN_BITS   = 24,
  parameter SUM_BITS      = 24,
  parameter EXPONENT_BITS = 8,
  parameter EXPONENT_OUT  = 8
) (
  input  wire                             clk_i,
  input  wire                             valid_i,
  input  wire                             load_i,
  input  wire                             integer_i,
  input  wire [SUM_IN_BITS-1:0]           sum_i,
  input  wire [EXPONENT_BITS-1:0]         exponent_i,
  input  wire                             nan_i,
  input  wire                             infinity_i,
  input  wire                             negative_i,
  output wire [EXPONENT_OUT+SUM_BITS-1:0] codes_o
);
  wire signed [SUM_IN_BITS:0]           number = {IN_SIGNED != 0 && sum_i[SUM_IN_BITS-1], sum_i};
  wire signed [SUM_BITS-1:0]            s      = number;
  wire signed [EXPONENT_OUT+SUM_BITS-1:0] all  = s;
  wire signed [1:0]                     one    = negative_i ? -1 : 1;
  wire signed [SUM_BITS-1:0]            infinite = one;
  wire [EXPONENT_OUT-1:0]               m      = exponent_i;
  wire [EXPONENT_OUT-1:0]               ones   = {EXPONENT_OUT{1'b1}};
  assign codes_o = integer_i ? all :
                   nan_i ? {ones, {SUM_BITS{1'b0}}} :
                   infinity_i ? {ones, infinite} : {m, s};
endmodule

`default_nettype wire
