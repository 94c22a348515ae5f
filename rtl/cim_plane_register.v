// Takes up to 64 codes and holds them as bit planes: the write buffer of a slice, and the part of the
// input serialiser for 64 rows.
//   codes_i    code c at [c*BITS +: BITS], taken where load_i is high
//   planes_o   bit b of every code at [b*CODES +: CODES]; the planes past BITS repeat the sign
//              (SIGNED) or are zero
//   shift_i    moves every plane DIGIT places up; zeros follow. load_i goes before it.
`default_nettype none

module cim_plane_register #(
  parameter CODES  = 1,  // up to 64
  parameter BITS   = 1,
  parameter PLANES = 1,  // PLANES >= BITS
  parameter SIGNED = 1,
  parameter DIGIT  = 1
) (
  input  wire                    clk_i,
  input  wire                    load_i,
  input  wire                    shift_i,
  input  wire [CODES*BITS-1:0]   codes_i,
  output wire [PLANES*CODES-1:0] planes_o
);
`ifdef SYNTHESIS
  function [PLANES*CODES-1:0] planes_of;
    input [CODES*BITS-1:0] codes;
    integer c, b;
    begin
      for (b = 0; b < PLANES; b = b + 1) begin
        for (c = 0; c < CODES; c = c + 1) begin
          if (b < BITS) planes_of[b*CODES + c] = codes[c*BITS + b];
          else if (SIGNED != 0) planes_of[b*CODES + c] = codes[c*BITS + BITS - 1];
          else planes_of[b*CODES + c] = 1'b0;
        end
      end
    end
  endfunction
`else
  localparam SPAN_LOG = (BITS <= 1) ? 0 : (BITS <= 2) ? 1 : (BITS <= 4) ? 2 :
                        (BITS <= 8) ? 3 : (BITS <= 16) ? 4 : (BITS <= 32) ? 5 : 6;
  localparam SPAN     = 1 << SPAN_LOG;
  localparam [64*6-1:0] MASKS = {64'h00000000FFFFFFFF, 64'h0000FFFF0000FFFF, 64'h00FF00FF00FF00FF,
                                 64'h0F0F0F0F0F0F0F0F, 64'h3333333333333333, 64'h5555555555555555};

  // Transposes every SPAN x SPAN square of SPAN words of 64 bits as log2(SPAN) exchanges of masked
  // words: a simulator then moves 64 bits at a time, where a loop over bits makes the whole macro a
  // fifth slower.
  function [64*SPAN-1:0] transposed;
    input [64*SPAN-1:0] squares;
    reg [63:0] low, high;
    integer level, i;
    begin
      transposed = squares;
      for (level = SPAN_LOG - 1; level >= 0; level = level - 1) begin
        for (i = 0; i < SPAN; i = i + 1) begin
          if ((i & (1 << level)) == 0) begin
            low  = transposed[64*i +: 64];
            high = transposed[64*(i + (1 << level)) +: 64];
            transposed[64*i +: 64] =
                (low & MASKS[64*level +: 64]) | ((high & MASKS[64*level +: 64]) << (1 << level));
            transposed[64*(i + (1 << level)) +: 64] =
                ((low >> (1 << level)) & MASKS[64*level +: 64]) | (high & ~MASKS[64*level +: 64]);
          end
        end
      end
    end
  endfunction

  function [PLANES*CODES-1:0] planes_of;
    input [CODES*BITS-1:0] codes;
    // Squares are as wide as a word; the part past the last code holds zeros.
    // verilator lint_off UNUSED
    reg [64*SPAN-1:0] squares;
    // verilator lint_on UNUSED
    integer c, b;
    begin
      squares = {64*SPAN{1'b0}};
      for (c = 0; c < CODES; c = c + 1) begin
        squares[64*(c % SPAN) + (c / SPAN)*SPAN +: BITS] = codes[c*BITS +: BITS];
      end
      squares = transposed(squares);
      for (b = 0; b < PLANES; b = b + 1) begin
        if (b < BITS) planes_of[b*CODES +: CODES] = squares[64*b +: CODES];
        else if (SIGNED != 0) planes_of[b*CODES +: CODES] = squares[64*(BITS - 1) +: CODES];
        else planes_of[b*CODES +: CODES] = {CODES{1'b0}};
      end
    end
  endfunction
`endif

  reg [PLANES*CODES-1:0] planes_q;
  assign planes_o = planes_q;

  always @(posedge clk_i) begin
    if (load_i) planes_q <= planes_of(codes_i);
    else if (shift_i) planes_q <= planes_q << (DIGIT*CODES);
  end
endmodule

`default_nettype wire
