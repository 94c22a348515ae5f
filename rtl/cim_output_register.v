// The output register of a slice: takes results as bit planes, presents them as codes.
//   planes_i   bit b of every lane at [b*LANES +: LANES]
//   codes_o    the code of lane c at [c*BITS +: BITS]
//   load_i     takes a new result; SKID = 1: into the second entry where load_skid_i is high
//   move_i     SKID = 1: the second entry moves to the output
`default_nettype none

module cim_output_register #(
  parameter LANES = 1,  // up to 64
  parameter BITS  = 1,  // up to 64
  parameter SKID  = 0
) (
  input  wire                  clk_i,
  input  wire                  load_i,
  // A single entry needs neither.
  // verilator lint_off UNUSED
  input  wire                  load_skid_i,
  input  wire                  move_i,
  // verilator lint_on UNUSED
  input  wire [BITS*LANES-1:0] planes_i,
  output wire [LANES*BITS-1:0] codes_o
);
`ifdef SYNTHESIS
  function [LANES*BITS-1:0] codes_of;
    input [BITS*LANES-1:0] planes;
    integer c, b;
    begin
      for (c = 0; c < LANES; c = c + 1) begin
        for (b = 0; b < BITS; b = b + 1) codes_of[c*BITS + b] = planes[b*LANES + c];
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

  function [LANES*BITS-1:0] codes_of;
    input [BITS*LANES-1:0] planes;
    // Squares are as wide as a word; the part past the last lane holds zeros.
    // verilator lint_off UNUSED
    reg [64*SPAN-1:0] squares;
    // verilator lint_on UNUSED
    integer c, b;
    begin
      squares = {64*SPAN{1'b0}};
      for (b = 0; b < BITS; b = b + 1) begin
        squares[64*b +: LANES] = planes[b*LANES +: LANES];
      end
      squares = transposed(squares);
      for (c = 0; c < LANES; c = c + 1) begin
        codes_of[c*BITS +: BITS] = squares[64*(c % SPAN) + (c / SPAN)*SPAN +: BITS];
      end
    end
  endfunction
`endif

  reg [LANES*BITS-1:0] codes_q;
  assign codes_o = codes_q;

  generate
    if (SKID != 0) begin : g_skid
      reg [BITS*LANES-1:0] skid_q;
      always @(posedge clk_i) begin
        if (load_skid_i) skid_q <= planes_i;
        if (load_i) codes_q <= codes_of(planes_i);
        else if (move_i) codes_q <= codes_of(skid_q);
      end
    end else begin : g_single
      always @(posedge clk_i) begin
        if (load_i) codes_q <= codes_of(planes_i);
      end
    end
  endgenerate
endmodule

`default_nettype wire
