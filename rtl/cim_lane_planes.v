// Turns the codes of LANES columns into bit planes, extended to PLANES bits. No register: it stands
// in front of one that takes the planes where enable_i is high.
//   codes_i    the code of lane c at [c*BITS +: BITS]
//   planes_o   bit b of every lane at [b*LANES +: LANES]; the planes past BITS repeat the sign
//              (SIGNED) or are zero
//   enable_i   somebody takes the planes: without it a simulator is spared the work
`default_nettype none

module cim_lane_planes #(
  parameter LANES  = 1,  // up to 64
  parameter BITS   = 1,  // up to 64
  parameter PLANES = 1,  // PLANES >= BITS
  parameter SIGNED = 1
) (
  // In hardware this is wiring.
  // verilator lint_off UNUSED
  input  wire                    enable_i,
  // verilator lint_on UNUSED
  input  wire [LANES*BITS-1:0]   codes_i,
  output wire [PLANES*LANES-1:0] planes_o
);
  // A single lane is wiring to a simulator too.
  // verilator lint_off UNUSED
`ifdef SYNTHESIS
  wire enable = 1'b1;
`else
  wire enable = enable_i;
`endif
  // verilator lint_on UNUSED

  localparam SPAN_LOG = (BITS <= 1) ? 0 : (BITS <= 2) ? 1 : (BITS <= 4) ? 2 :
                        (BITS <= 8) ? 3 : (BITS <= 16) ? 4 : (BITS <= 32) ? 5 : 6;
  localparam SPAN     = 1 << SPAN_LOG;
  localparam [64*6-1:0] MASKS = {64'h00000000FFFFFFFF, 64'h0000FFFF0000FFFF, 64'h00FF00FF00FF00FF,
                                 64'h0F0F0F0F0F0F0F0F, 64'h3333333333333333, 64'h5555555555555555};

  // As in cim_plane_register, which says why, in one function: a simulator clears each of its wide
  // variables in every cycle.
  function [PLANES*LANES-1:0] planes_of;
    input [LANES*BITS-1:0] codes;
    // Squares are as wide as a word; the part past the last lane holds zeros.
    // verilator lint_off UNUSED
    reg [64*SPAN-1:0] squares;
    // verilator lint_on UNUSED
    reg [63:0] low, high;
    integer c, b, level, i;
    begin
      squares = {64*SPAN{1'b0}};
      for (c = 0; c < LANES; c = c + 1) begin
        squares[64*(c % SPAN) + (c / SPAN)*SPAN +: BITS] = codes[c*BITS +: BITS];
      end
      for (level = SPAN_LOG - 1; level >= 0; level = level - 1) begin
        for (i = 0; i < SPAN; i = i + 1) begin
          if ((i & (1 << level)) == 0) begin
            low  = squares[64*i +: 64];
            high = squares[64*(i + (1 << level)) +: 64];
            squares[64*i +: 64] =
                (low & MASKS[64*level +: 64]) | ((high & MASKS[64*level +: 64]) << (1 << level));
            squares[64*(i + (1 << level)) +: 64] =
                ((low >> (1 << level)) & MASKS[64*level +: 64]) | (high & ~MASKS[64*level +: 64]);
          end
        end
      end
      for (b = 0; b < PLANES; b = b + 1) begin
        if (b < BITS) planes_of[b*LANES +: LANES] = squares[64*b +: LANES];
        else if (SIGNED != 0) planes_of[b*LANES +: LANES] = squares[64*(BITS - 1) +: LANES];
        else planes_of[b*LANES +: LANES] = {LANES{1'b0}};
      end
    end
  endfunction

  generate
    if (LANES == 1 && PLANES > BITS) begin : g_extended
      assign planes_o = {{(PLANES-BITS){codes_i[BITS-1] & (SIGNED != 0)}}, codes_i};
    end else if (LANES == 1) begin : g_same
      assign planes_o = codes_i;
    end else begin : g_lanes
      reg [PLANES*LANES-1:0] planes;
      always @* begin
        if (enable) planes = planes_of(codes_i);
        else planes = {PLANES*LANES{1'b0}};
      end
      assign planes_o = planes;
    end
  endgenerate
endmodule

`default_nettype wire
