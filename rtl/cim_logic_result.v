// The output register of a logic macro, two entries: a row of one bit a column, or a sum. What is above
// it is zero.
//   load_i, load_skid_i, move_i   those of cim_output_stage
`default_nettype none

module cim_logic_result #(
  parameter COLUMNS  = 4,
  parameter SUM_BITS = 15,
  parameter BITS     = 64  // the larger one of both
) (
  input  wire                clk_i,
  input  wire                load_i,
  input  wire                load_skid_i,
  input  wire                move_i,
  input  wire                is_sum_i,
  input  wire [COLUMNS-1:0]  columns_i,
  input  wire [SUM_BITS-1:0] sum_i,
  output wire [BITS-1:0]     result_o
);
  reg [BITS-1:0] result_q, skid_q;
  assign result_o = result_q;

  reg [BITS-1:0] result;
  always @* begin
    result = {BITS{1'b0}};
    if (is_sum_i) result[SUM_BITS-1:0] = sum_i;
    else result[COLUMNS-1:0] = columns_i;
  end

  always @(posedge clk_i) begin
    if (load_skid_i) skid_q <= result;
    if (load_i) result_q <= result;
    else if (move_i) result_q <= skid_q;
  end
endmodule

`default_nettype wire
