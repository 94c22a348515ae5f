// Baseline of the speed benchmark: the contract of a macro (docs/architecture.md) written as a loop
// over the rows in each column, as for a synthesis tool that is to choose the adders.
//
// LAYOUT chooses the form; the benchmark takes the fastest of them for each shape:
//   0   one process a column, weights in an array of the column, every row masked by its input bit
//   1   the same with `if (input bit) sum = sum + weight`
//   2   one process for all columns, weights in one array of bytes, rows inside columns: a compiler can
//       turn the inner loop into vector instructions where Verilator has left it a loop
//   3   the same with columns inside rows
// DIGIT > 1 multiplies by a digit of the input in place of the mask.
`default_nettype none

module loop_macro #(
  parameter ROWS          = 64,
  parameter COLUMNS       = 64,
  parameter INPUT_BITS    = 4,
  parameter WEIGHT_BITS   = 4,
  parameter OUTPUT_BITS   = 14,
  parameter INPUT_SIGNED  = 1,
  parameter WEIGHT_SIGNED = 1,
  parameter DIGIT         = 1,  // input bits a cycle
  parameter ROW_BITS      = 6,
  parameter LAYOUT        = 0
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
  localparam STEPS = (INPUT_BITS + DIGIT - 1) / DIGIT;
  localparam PAD   = STEPS*DIGIT - INPUT_BITS;  // bits in front of the highest digit
  localparam ACC   = 32;                        // a machine word: narrower sums are no faster

  // Control: a vector is computed in STEPS cycles; its result waits in the output register.
  reg       busy_q;
  reg       out_valid_q;
  reg [4:0] step_q;
  wire      first   = step_q == 5'd0;
  wire      last    = step_q == STEPS - 1;
  wire      advance = busy_q & ~(last & out_valid_q & (STEPS > 1 || !out_ready_i));
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

  reg [ROWS*INPUT_BITS-1:0] input_q;
  always @(posedge clk_i) if (take) input_q <= in_data_i;

  // The factor of a row in this step: all ones or zero with DIGIT = 1, else the signed digit.
  localparam FACTOR = (DIGIT < 8) ? 8 : 32;
  function signed [FACTOR-1:0] factor_of;
    input [INPUT_BITS-1:0] code;
    input [4:0]            step;
    reg [STEPS*DIGIT-1:0]  padded;
    begin
      padded = {STEPS*DIGIT{code[INPUT_BITS-1] & (INPUT_SIGNED != 0)}};
      padded[INPUT_BITS-1:0] = code;
      padded = padded << (step*DIGIT);
      if (DIGIT == 1) factor_of = {FACTOR{padded[STEPS*DIGIT-1]}};
      else begin
        factor_of = {FACTOR{padded[STEPS*DIGIT-1] & (step == 5'd0) & (INPUT_SIGNED != 0)}};
        factor_of[DIGIT-1:0] = padded[STEPS*DIGIT-1 -: DIGIT];
      end
    end
  endfunction

  // With DIGIT = 1 the sign plane is subtracted, otherwise the first digit itself is signed.
  wire subtract = first & (DIGIT == 1) & (INPUT_SIGNED != 0);

  localparam ELEMENT = (WEIGHT_BITS < 8 || (WEIGHT_BITS == 8 && WEIGHT_SIGNED != 0)) ? 8 : 32;
  genvar column;
  generate
    if (LAYOUT < 2) begin : g_columns
      reg signed [FACTOR-1:0] factor [0:ROWS-1];
      wire [ROWS-1:0] bits;
      genvar row;
      if (DIGIT == 1) begin : g_bits
        reg [ROWS*INPUT_BITS-1:0] shift_q;
        always @(posedge clk_i) begin
          if (take) shift_q <= in_data_i;
          else if (advance) shift_q <= shift_q << 1;
        end
        for (row = 0; row < ROWS; row = row + 1) begin : g_row
          assign bits[row] = shift_q[row*INPUT_BITS + INPUT_BITS - 1];
        end
      end else begin : g_digits
        assign bits = {ROWS{1'b0}};
        for (row = 0; row < ROWS; row = row + 1) begin : g_row
          always @* factor[row] = factor_of(input_q[row*INPUT_BITS +: INPUT_BITS], step_q);
        end
      end
      for (column = 0; column < COLUMNS; column = column + 1) begin : g_column
        reg [WEIGHT_BITS-1:0] weight_q [0:ROWS-1];
        always @(posedge clk_i) begin
          if (write) weight_q[weight_row_i] <= weight_data_i[column*WEIGHT_BITS +: WEIGHT_BITS];
        end

        reg signed [ACC-1:0] sum;
        integer i;
        if (DIGIT > 1) begin : g_product
          always @* begin
            sum = 0;
            for (i = 0; i < ROWS; i = i + 1) begin
              if (WEIGHT_SIGNED != 0) sum = sum + $signed(weight_q[i]) * factor[i];
              else sum = sum + $signed({1'b0, weight_q[i]}) * factor[i];
            end
          end
        end else if (LAYOUT == 1) begin : g_if
          always @* begin
            sum = 0;
            for (i = 0; i < ROWS; i = i + 1) begin
              if (bits[i]) begin
                if (WEIGHT_SIGNED != 0) sum = sum + $signed(weight_q[i]);
                else sum = sum + $signed({1'b0, weight_q[i]});
              end
            end
          end
        end else begin : g_and
          always @* begin
            sum = 0;
            for (i = 0; i < ROWS; i = i + 1) begin
              if (WEIGHT_SIGNED != 0) sum = sum + $signed(weight_q[i] & {WEIGHT_BITS{bits[i]}});
              else sum = sum + $signed({1'b0, weight_q[i] & {WEIGHT_BITS{bits[i]}}});
            end
          end
        end

        reg  signed [ACC-1:0] acc_q;
        reg  [OUTPUT_BITS-1:0] out_q;
        wire signed [ACC-1:0] next =
            (first ? 0 : (acc_q <<< DIGIT)) + (subtract ? -sum : sum);
        always @(posedge clk_i) begin
          if (advance) acc_q <= next;
          if (advance & last) out_q <= next[OUTPUT_BITS-1:0];
        end
        assign out_data_o[column*OUTPUT_BITS +: OUTPUT_BITS] = out_q;
      end
    end else begin : g_arrays
      // Blocking assignments to what no other process reads: Verilator 5.006 takes no nonblocking
      // ones to arrays in loops.
      reg signed [ELEMENT-1:0] weight_q [0:ROWS*COLUMNS-1];
      reg signed [FACTOR-1:0]  factor [0:ROWS-1];
      reg signed [ACC-1:0]     sum [0:COLUMNS-1];
      reg signed [ACC-1:0]     acc_q [0:COLUMNS-1];
      reg signed [ACC-1:0]     total;
      reg [WEIGHT_BITS-1:0]    code;
      reg [COLUMNS*OUTPUT_BITS-1:0] out_q;
      integer c, i;
      assign out_data_o = out_q;
      always @(posedge clk_i) begin
        if (write) begin
          for (c = 0; c < COLUMNS; c = c + 1) begin
            code = weight_data_i[c*WEIGHT_BITS +: WEIGHT_BITS];
            weight_q[LAYOUT == 2 ? c*ROWS + weight_row_i : weight_row_i*COLUMNS + c] =
                (WEIGHT_SIGNED != 0) ? $signed(code) : $signed({1'b0, code});
          end
        end
        if (advance) begin
          for (i = 0; i < ROWS; i = i + 1) begin
            factor[i] = factor_of(input_q[i*INPUT_BITS +: INPUT_BITS], step_q);
          end
          if (LAYOUT == 2) begin
            for (c = 0; c < COLUMNS; c = c + 1) begin
              total = 0;
              for (i = 0; i < ROWS; i = i + 1) begin
                if (DIGIT == 1) total = total + $signed(weight_q[c*ROWS + i] & factor[i]);
                else total = total + weight_q[c*ROWS + i] * factor[i];
              end
              sum[c] = total;
            end
          end else begin
            for (c = 0; c < COLUMNS; c = c + 1) sum[c] = 0;
            for (i = 0; i < ROWS; i = i + 1) begin
              if (factor[i] != 0) begin
                for (c = 0; c < COLUMNS; c = c + 1) begin
                  if (DIGIT == 1) sum[c] = sum[c] + weight_q[i*COLUMNS + c];
                  else sum[c] = sum[c] + weight_q[i*COLUMNS + c] * factor[i];
                end
              end
            end
          end
          for (c = 0; c < COLUMNS; c = c + 1) begin
            acc_q[c] = (first ? 0 : (acc_q[c] <<< DIGIT)) + (subtract ? -sum[c] : sum[c]);
          end
          if (last) begin
            for (c = 0; c < COLUMNS; c = c + 1) begin
              out_q[c*OUTPUT_BITS +: OUTPUT_BITS] <= acc_q[c][OUTPUT_BITS-1:0];
            end
          end
        end
      end
    end
  endgenerate
endmodule

`default_nettype wire
