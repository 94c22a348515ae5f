// The start value of all accumulators of a macro that skips digits: what takes off the offsets of the
// digits that a vector visits, the sum of their terms modulo 2^WIDTH.
//   TERMS      of digit i at [i*WIDTH +: WIDTH]
//   first_i    the first step of the vector; start_o is zero in the others
`default_nettype none

module cim_skipped_offset #(
  parameter                   STEPS = 4,
  parameter                   WIDTH = 14,
  parameter [STEPS*WIDTH-1:0] TERMS = {STEPS*WIDTH{1'b0}}
) (
  input  wire             first_i,
  input  wire [STEPS-1:0] visited_i,
  output wire [WIDTH-1:0] start_o
);
  reg [WIDTH-1:0] start;
  assign start_o = start;

  integer i;
  always @* begin
    i = 0;  // or it is a latch
    start = {WIDTH{1'b0}};
    if (first_i) begin
      for (i = 0; i < STEPS; i = i + 1) begin
        start = start + (TERMS[i*WIDTH +: WIDTH] & {WIDTH{visited_i[i]}});
      end
    end
  end
endmodule

`default_nettype wire
