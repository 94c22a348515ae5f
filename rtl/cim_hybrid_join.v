// Joins the results of the two macros of a hybrid one: y = (high << SHIFT) + low, shifted right by
// OUTPUT_SHIFT, then clamped to the output's range or, with TRUNCATE, cut off. One register: a result
// is taken from both macros at the edge at which both have one and the register is free.
//   high_data_i   two's complement where HIGH_SIGNED, of column c at [c*HIGH_BITS +: HIGH_BITS]
//   low_data_i    likewise; low_saturated_i: the analog macro clipped something of column c
`default_nettype none

module cim_hybrid_join #(
  parameter COLUMNS       = 4,
  parameter HIGH_BITS     = 12,
  parameter HIGH_SIGNED   = 1,
  parameter LOW_BITS      = 12,
  parameter LOW_SIGNED    = 1,
  parameter SHIFT         = 4,
  parameter SUM_BITS      = 18,  // two's complement of every sum that the two can make; > OUTPUT_BITS
  parameter OUTPUT_SHIFT  = 0,
  parameter OUTPUT_BITS   = 16,
  parameter OUTPUT_SIGNED = 1,
  parameter TRUNCATE      = 0
) (
  input  wire                           clk_i,
  input  wire                           rst_ni,
  input  wire                           high_valid_i,
  output wire                           high_ready_o,
  input  wire [COLUMNS*HIGH_BITS-1:0]   high_data_i,
  input  wire                           low_valid_i,
  output wire                           low_ready_o,
  input  wire [COLUMNS*LOW_BITS-1:0]    low_data_i,
  input  wire [COLUMNS-1:0]             low_saturated_i,
  output wire                           out_valid_o,
  input  wire                           out_ready_i,
  output wire [COLUMNS*OUTPUT_BITS-1:0] out_data_o,
  output wire [COLUMNS-1:0]             out_saturated_o
);
  reg  valid_q;
  wire free = ~valid_q | out_ready_i;
  wire take = high_valid_i & low_valid_i & free;
  assign high_ready_o = low_valid_i & free;
  assign low_ready_o  = high_valid_i & free;
  assign out_valid_o  = valid_q;
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)   valid_q <= 1'b0;
    else if (free) valid_q <= take;
  end

  // {out of range, result}
  function [OUTPUT_BITS:0] joined(input [HIGH_BITS-1:0] high, input [LOW_BITS-1:0] low);
    reg signed [SUM_BITS-1:0] wide_high, wide_low, sum, over;
    reg fits, negative;
    begin
      wide_high = {{(SUM_BITS-HIGH_BITS){(HIGH_SIGNED != 0) & high[HIGH_BITS-1]}}, high};
      wide_low  = {{(SUM_BITS-LOW_BITS){(LOW_SIGNED != 0) & low[LOW_BITS-1]}}, low};
      sum       = ((wide_high <<< SHIFT) + wide_low) >>> OUTPUT_SHIFT;
      negative  = sum[SUM_BITS-1];
      // What is left of a number that fits is its sign, and nothing of an unsigned one.
      over = sum >>> ((OUTPUT_SIGNED != 0) ? OUTPUT_BITS - 1 : OUTPUT_BITS);
      fits = (TRUNCATE != 0) | (over == {SUM_BITS{negative & (OUTPUT_SIGNED != 0)}});
      joined[OUTPUT_BITS]     = ~fits;
      joined[OUTPUT_BITS-1:0] = sum[OUTPUT_BITS-1:0];
      if (!fits) begin
        joined[OUTPUT_BITS-1:0] = {OUTPUT_BITS{~negative}};
        if (OUTPUT_SIGNED != 0) joined[OUTPUT_BITS-1] = negative;
      end
    end
  endfunction

  genvar block, c;  // blocks of 64: tools limit the length of a loop
  generate
    for (block = 0; block < COLUMNS; block = block + 64) begin : g_columns
      for (c = block; c < COLUMNS && c < block + 64; c = c + 1) begin : g_column
        reg [OUTPUT_BITS-1:0] data_q;
        reg                   saturated_q;
        reg                   clipped;
        reg [OUTPUT_BITS-1:0] data;
        always @* begin
          {clipped, data} =
              joined(high_data_i[c*HIGH_BITS +: HIGH_BITS], low_data_i[c*LOW_BITS +: LOW_BITS]);
        end
        always @(posedge clk_i) begin
          if (take) begin
            data_q      <= data;
            saturated_q <= clipped | low_saturated_i[c];
          end
        end
        assign out_data_o[c*OUTPUT_BITS +: OUTPUT_BITS] = data_q;
        assign out_saturated_o[c] = saturated_q;
      end
    end
  endgenerate
endmodule

`default_nettype wire
