// Baseline of the speed benchmark: the strongest word-level form. Each column keeps its weights as bit
// planes over the rows, and $countones of plane & input bits is what one weight bit adds.
//
// LAYOUT chooses the form; the benchmark takes the faster one for each shape:
//   0   one process a column
//   1   one process for all columns, planes in an array of 64-bit words: a compiler can turn the inner
//       loop into vector instructions where Verilator has left it a loop
// One input bit a cycle, signed operands.
`default_nettype none

module countones_macro #(
  parameter ROWS        = 64,
  parameter COLUMNS     = 64,
  parameter INPUT_BITS  = 4,
  parameter WEIGHT_BITS = 4,
  parameter OUTPUT_BITS = 14,
  parameter ROW_BITS    = 6,
  parameter LAYOUT      = 0
) (
  input  wire                           clk_i,
  input  wire                           rst_ni,
  input  wire                           weight_valid_i,
  output wire                           weight_ready_o,
  input  wire [ROW_BITS-1:0]            weight_row_i,
  input  wire [COLUMNS*WEIGHT_BITS-1:0] weight_data_i,
  input  wire                           in_valid_i,
  output wire                           in_ready_o,
  input  wire [ROWS*INPUT_BITS-1:0]     in_data_i,
  output wire                           out_valid_o,
  input  wire                           out_ready_i,
  output wire [COLUMNS*OUTPUT_BITS-1:0] out_data_o
);
  localparam WORDS = (ROWS + 63) / 64;

  reg       busy_q;
  reg       out_valid_q;
  reg [4:0] step_q;
  wire      first   = step_q == 5'd0;
  wire      last    = step_q == INPUT_BITS - 1;
  wire      advance = busy_q & ~(last & out_valid_q & (INPUT_BITS > 1 || !out_ready_i));
  wire      take    = in_valid_i & in_ready_o;
  wire      write   = weight_valid_i & weight_ready_o;
  assign weight_ready_o = ~busy_q;
  assign in_ready_o     = ~busy_q | (last & advance);
  assign out_valid_o    = out_valid_q;

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q      <= 1'b0;
      out_valid_q <= 1'b0;
      step_q      <= 5'd0;
    end else begin
      if (take) busy_q <= 1'b1;
      else if (last & advance) busy_q <= 1'b0;
      if (take) step_q <= 5'd0;
      else if (advance) step_q <= step_q + 5'd1;
      if (last & advance) out_valid_q <= 1'b1;
      else if (out_ready_i) out_valid_q <= 1'b0;
    end
  end

  genvar column, plane;
  generate
    if (LAYOUT == 0) begin : g_columns
      // Input planes, the highest in use; they move up by one each step.
      for (plane = 0; plane < INPUT_BITS; plane = plane + 1) begin : g_input
        function [ROWS-1:0] plane_of;
          input [ROWS*INPUT_BITS-1:0] codes;
          integer r;
          for (r = 0; r < ROWS; r = r + 1) plane_of[r] = codes[r*INPUT_BITS + plane];
        endfunction
        wire [ROWS-1:0] below;
        reg  [ROWS-1:0] plane_q;
        if (plane == 0) assign below = {ROWS{1'b0}};
        else assign below = g_input[plane-1].plane_q;
        always @(posedge clk_i) begin
          if (take) plane_q <= plane_of(in_data_i);
          else if (advance) plane_q <= below;
        end
      end
      wire [ROWS-1:0] bits = g_input[INPUT_BITS-1].plane_q;

      for (column = 0; column < COLUMNS; column = column + 1) begin : g_column
        for (plane = 0; plane < WEIGHT_BITS; plane = plane + 1) begin : g_plane
          reg [ROWS-1:0] weight_q;
          always @(posedge clk_i) begin
            if (write) weight_q[weight_row_i] <= weight_data_i[column*WEIGHT_BITS + plane];
          end
          wire [OUTPUT_BITS-1:0] count = OUTPUT_BITS'($countones(weight_q & bits)) << plane;
          wire [OUTPUT_BITS-1:0] part;
          if (plane == 0) assign part = (WEIGHT_BITS == 1) ? -count : count;
          else if (plane == WEIGHT_BITS - 1) assign part = g_plane[plane-1].part - count;
          else assign part = g_plane[plane-1].part + count;
        end
        wire signed [OUTPUT_BITS-1:0] sum = g_plane[WEIGHT_BITS-1].part;
        reg signed  [OUTPUT_BITS-1:0] acc_q, out_q;
        wire signed [OUTPUT_BITS-1:0] next = first ? -sum : (acc_q <<< 1) + sum;
        always @(posedge clk_i) begin
          if (advance) acc_q <= next;
          if (advance & last) out_q <= next;
        end
        assign out_data_o[column*OUTPUT_BITS +: OUTPUT_BITS] = out_q;
      end
    end else begin : g_arrays
      reg [63:0] weight_q [0:WEIGHT_BITS*WORDS-1][0:COLUMNS-1];
      reg [63:0] planes_q [0:INPUT_BITS*WORDS-1];
      reg signed [31:0] sum [0:COLUMNS-1];
      reg signed [31:0] acc_q [0:COLUMNS-1];
      reg [COLUMNS*OUTPUT_BITS-1:0] out_q;
      reg [63:0] word;
      integer b, c, r, w;
      assign out_data_o = out_q;
      always @(posedge clk_i) begin
        if (write) begin
          for (b = 0; b < WEIGHT_BITS; b = b + 1) begin
            for (c = 0; c < COLUMNS; c = c + 1) begin
              weight_q[b*WORDS + (weight_row_i >> 6)][c][weight_row_i & 63] =
                  weight_data_i[c*WEIGHT_BITS + b];
            end
          end
        end
        if (advance) begin
          for (c = 0; c < COLUMNS; c = c + 1) sum[c] = 0;
          for (w = 0; w < WORDS; w = w + 1) begin
            word = planes_q[(INPUT_BITS - 1 - step_q)*WORDS + w];
            for (c = 0; c < COLUMNS; c = c + 1) begin
              sum[c] = sum[c] - ($countones(weight_q[(WEIGHT_BITS-1)*WORDS + w][c] & word)
                                 << (WEIGHT_BITS-1));
            end
            for (b = 0; b < WEIGHT_BITS - 1; b = b + 1) begin
              for (c = 0; c < COLUMNS; c = c + 1) begin
                sum[c] = sum[c] + ($countones(weight_q[b*WORDS + w][c] & word) << b);
              end
            end
          end
          for (c = 0; c < COLUMNS; c = c + 1) begin
            acc_q[c] = first ? -sum[c] : (acc_q[c] <<< 1) + sum[c];
          end
          if (last) begin
            for (c = 0; c < COLUMNS; c = c + 1) begin
              out_q[c*OUTPUT_BITS +: OUTPUT_BITS] <= acc_q[c][OUTPUT_BITS-1:0];
            end
          end
        end
        if (take) begin
          for (b = 0; b < INPUT_BITS; b = b + 1) begin
            for (r = 0; r < ROWS; r = r + 1) begin
              planes_q[b*WORDS + (r >> 6)][r & 63] = in_data_i[r*INPUT_BITS + b];
            end
          end
        end
      end
    end
  endgenerate
endmodule

`default_nettype wire
