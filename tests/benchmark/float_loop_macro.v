// The contract of the 64 x 64 FP8 (E4M3) macro with FP32 results as one would write it by hand: aligned
// inputs a bit a cycle, a loop over the rows in each column, and the result of each column by loops.
`default_nettype none

module float_loop_macro #(
  parameter ROWS    = 64,
  parameter COLUMNS = 64
) (
  input  wire                  clk_i,
  input  wire                  rst_ni,
  input  wire                  weight_valid_i,
  output wire                  weight_ready_o,
  input  wire [5:0]            weight_row_i,
  input  wire [COLUMNS*8-1:0]  weight_data_i,
  input  wire [COLUMNS*4-1:0]  weight_scale_i,
  input  wire                  in_valid_i,
  output wire                  in_ready_o,
  input  wire [ROWS*8-1:0]     in_data_i,
  output wire                  out_valid_o,
  input  wire                  out_ready_i,
  output wire [COLUMNS*32-1:0] out_data_o
);
  localparam STEPS = 8;

  function signed [7:0] aligned(input [7:0] code, input [3:0] target);
    integer shift, value, lost, half;
    begin
      shift = target - ((code[6:3] == 4'd0) ? 1 : code[6:3]);
      value = {24'd0, code[6:3] != 4'd0, code[2:0], 3'd0};
      if (&code[6:0]) value = 0;
      if (shift < 0) begin
        if (value != 0) value = 127;
      end else begin
        lost  = value & ((1 << shift) - 1);
        half  = (shift == 0) ? 0 : (1 << (shift - 1));
        value = value >> shift;
        if (shift != 0 && (lost > half || (lost == half && value[0]))) value = value + 1;
      end
      aligned = code[7] ? -value : value;
    end
  endfunction

  function [31:0] rounded(input signed [21:0] sum, input [4:0] exponent, input nan);
    integer magnitude, top;
    begin
      magnitude = (sum < 0) ? -sum : sum;
      top = 0;
      while ((magnitude >> top) > 1) top = top + 1;
      rounded = {sum < 0, 8'd0 + top[7:0] + {3'd0, exponent} - 8'd26 + 8'd127, 23'd0};
      rounded[22:0] = (magnitude << (23 - top));
      if (sum == 0) rounded = 32'd0;
      if (nan) rounded = 32'h7fc00000;
    end
  endfunction

  reg signed [7:0] x [0:ROWS-1];
  reg [3:0]  target;
  reg        x_nan;
  reg        busy_q, full_q, ready_q;
  reg [2:0]  step_q;
  reg [3:0]  target_q, target_of_sum;
  reg        nan_q, nan_of_sum;
  wire last    = step_q == STEPS - 1;
  wire room    = ~full_q | ~ready_q | out_ready_i;
  wire advance = busy_q & (~last | room);
  assign in_ready_o     = ~busy_q;
  assign weight_ready_o = ~busy_q;
  assign out_valid_o    = ready_q;
  wire take  = in_valid_i & in_ready_o;
  wire write = weight_valid_i & weight_ready_o;
  wire move  = full_q & (~ready_q | out_ready_i);

  integer r;
  always @(posedge clk_i) begin
    if (take) begin
      target = 4'd1;
      x_nan  = 1'b0;
      for (r = 0; r < ROWS; r = r + 1) begin
        if (&in_data_i[r*8 +: 7]) x_nan = 1'b1;
        else if (in_data_i[r*8 + 3 +: 4] > target) target = in_data_i[r*8 + 3 +: 4];
      end
      for (r = 0; r < ROWS; r = r + 1) x[r] <= aligned(in_data_i[r*8 +: 8], target);
      target_q <= target;
      nan_q    <= x_nan;
    end else if (advance) begin
      for (r = 0; r < ROWS; r = r + 1) x[r] <= {x[r][6:0], 1'b0};
    end
    if (advance & last) begin
      target_of_sum <= target_q;
      nan_of_sum    <= nan_q;
    end
  end

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q  <= 1'b0;
      full_q  <= 1'b0;
      ready_q <= 1'b0;
      step_q  <= 3'd0;
    end else begin
      if (take) busy_q <= 1'b1;
      else if (advance & last) busy_q <= 1'b0;
      if (advance) step_q <= step_q + 3'd1;
      full_q  <= (advance & last) | (full_q & ~move);
      ready_q <= move | (ready_q & ~out_ready_i);
    end
  end

  genvar c;
  generate
    for (c = 0; c < COLUMNS; c = c + 1) begin : g_column
      reg signed [7:0]  w [0:ROWS-1];
      reg               w_nan [0:ROWS-1];
      reg [3:0]         scale;
      reg signed [21:0] sum, acc, total;
      reg               nan;
      reg [31:0]        result;
      integer           i;
      always @(posedge clk_i) begin
        if (write) begin
          w[weight_row_i]     <= aligned(weight_data_i[c*8 +: 8], weight_scale_i[c*4 +: 4]);
          w_nan[weight_row_i] <= &weight_data_i[c*8 +: 7];
          scale               <= weight_scale_i[c*4 +: 4];
        end
        if (advance) begin
          sum = 22'sd0;
          for (i = 0; i < ROWS; i = i + 1) begin
            if (x[i][7]) sum = sum + {{14{w[i][7]}}, w[i]};
          end
          sum = (step_q == 3'd0) ? -sum : (acc <<< 1) + sum;
          acc <= sum;
          if (last) total <= sum;
        end
        if (move) begin
          nan = nan_of_sum;
          for (i = 0; i < ROWS; i = i + 1) nan = nan | w_nan[i];
          result <= rounded(total, {1'b0, target_of_sum} + {1'b0, scale}, nan);
        end
      end
      assign out_data_o[c*32 +: 32] = result;
    end
  endgenerate
endmodule

`default_nettype wire
