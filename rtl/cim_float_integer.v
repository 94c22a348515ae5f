// Results of a floating macro that are not rounded: {exponent, S} of LANES columns, where an exponent
// of ones says no number. One register, and no work for a simulator but where it loads.
//   valid_i         there is something to load: by state alone
//   sum_i           IN_PLANES = 1: S, bit b of every lane at [b*LANES +: LANES]; 0: as codes, that of
//                   lane c at [c*SUM_IN_BITS +: SUM_IN_BITS]
//   exponent_i      M, bit b of every lane at [b*LANES +: LANES]
//   nan_i, infinity_i, negative_i   what each lane is instead: S is 0, and 1 or -1 with infinity_i;
//                   nan_i wins
//   integer_i       the results are S, sign-extended over all their bits
//   codes_o         the result of lane c at [c*BITS +: BITS], BITS = EXPONENT_OUT + SUM_BITS
`default_nettype none

module cim_float_integer #(
  parameter LANES         = 1,  // up to 64
  parameter IN_PLANES     = 1,
  parameter IN_SIGNED     = 1,
  parameter SUM_IN_BITS   = 24,
  parameter SUM_BITS      = 24,  // of S with a sign: no less than SUM_IN_BITS
  parameter EXPONENT_BITS = 8,
  parameter EXPONENT_OUT  = 8    // no less than EXPONENT_BITS; BITS up to 64
) (
  input  wire                                     clk_i,
  // Synthesis has no use for it.
  // verilator lint_off UNUSED
  input  wire                                     valid_i,
  // verilator lint_on UNUSED
  input  wire                                     load_i,
  input  wire                                     integer_i,
  input  wire [SUM_IN_BITS*LANES-1:0]             sum_i,
  input  wire [EXPONENT_BITS*LANES-1:0]           exponent_i,
  input  wire [LANES-1:0]                         nan_i,
  input  wire [LANES-1:0]                         infinity_i,
  input  wire [LANES-1:0]                         negative_i,
  output wire [LANES*(EXPONENT_OUT+SUM_BITS)-1:0] codes_o
);
  localparam BITS = EXPONENT_OUT + SUM_BITS;

  wire [SUM_BITS*LANES-1:0] sum;
  generate
    if (IN_PLANES == 0) begin : g_codes
      cim_lane_planes #(
        .LANES (LANES),
        .BITS  (SUM_IN_BITS),
        .PLANES(SUM_BITS),
        .SIGNED(IN_SIGNED)
      ) u_planes (
        .enable_i(valid_i),
        .codes_i (sum_i),
        .planes_o(sum)
      );
    end else if (SUM_BITS > SUM_IN_BITS) begin : g_extended
      assign sum = {{(SUM_BITS-SUM_IN_BITS){sum_i[(SUM_IN_BITS-1)*LANES +: LANES] &
                                            {LANES{IN_SIGNED != 0}}}}, sum_i};
    end else begin : g_planes
      assign sum = sum_i;
    end
  endgenerate

  // Bit planes of the results.
  function [BITS*LANES-1:0] result_of;
    input [SUM_BITS*LANES-1:0]      number;
    input [EXPONENT_BITS*LANES-1:0] exponent;
    input [LANES-1:0]               nan;
    input [LANES-1:0]               infinity;
    input [LANES-1:0]               negative;
    input                           is_integer;
    reg [LANES-1:0] special, bits;
    integer b;
    begin
      special = (nan | infinity) & ~{LANES{is_integer}};
      for (b = 0; b < BITS; b = b + 1) begin
        bits = {LANES{1'b0}};
        if (b < SUM_BITS) begin
          bits = negative;
          if (b == 0) bits = {LANES{1'b1}};
          bits = (number[b*LANES +: LANES] & ~special) | (bits & special & ~nan);
        end else if (is_integer) begin
          bits = number[(SUM_BITS-1)*LANES +: LANES];
        end else begin
          if (b - SUM_BITS < EXPONENT_BITS) bits = exponent[(b - SUM_BITS)*LANES +: LANES];
          bits = bits | special;
        end
        result_of[b*LANES +: LANES] = bits;
      end
    end
  endfunction

`ifdef SYNTHESIS
  wire enable = 1'b1;
`else
  wire enable = valid_i;  // a simulator is spared the work without it
`endif
  reg [BITS*LANES-1:0] planes;
  always @* begin
    if (enable) begin
      planes = result_of(sum, exponent_i, nan_i, infinity_i, negative_i, integer_i);
    end else begin
      planes = {BITS*LANES{1'b0}};
    end
  end

  cim_output_register #(.LANES(LANES), .BITS(BITS), .SKID(0)) u_output (
    .clk_i      (clk_i),
    .load_i     (load_i),
    .load_skid_i(1'b0),
    .move_i     (1'b0),
    .planes_i   (planes),
    .codes_o    (codes_o)
  );
endmodule

`default_nettype wire
