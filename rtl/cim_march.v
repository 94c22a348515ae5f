// A march test through the streams of a macro: a write is a row of weights, a read a vector whose
// one input is 1, so that the results are the weights of that row. Two walkers of the same test:
// one sends, the other follows the results, which come in order, and knows what each should be.
//   start_i          begins; active_o until the last result is seen
//   error_valid_o    a bit that was read is wrong: error_bank_o, error_row_o, and error_bit_o, its
//                    place in the row of weights (the highest bit of a weight also stands for those
//                    of the result above it). The test waits until error_ready_i takes it.
// Results are compared in the first cycle in which they are seen and taken in the next one: the way
// from them to the macro's control would be longer than those of the macro. Those of a row that is
// wrong are looked at bit by bit while they wait at the macro's output.
`default_nettype none

module cim_march #(
  parameter OPERATIONS      = 2,
  parameter OPERATION_BITS  = 1,
  parameter [OPERATIONS-1:0] READ  = 2'b10,
  parameter [OPERATIONS-1:0] VALUE = 2'b00,
  parameter [OPERATIONS-1:0] LAST  = 2'b11,
  parameter [OPERATIONS-1:0] DOWN  = 2'b00,
  parameter ROWS            = 4,
  parameter ROW_BITS        = 6,
  parameter BANKS           = 1,
  parameter BANK_BITS       = 1,
  parameter BACKGROUNDS     = 1,
  parameter BACKGROUND_BITS = 1,
  parameter COLUMNS         = 4,
  parameter WEIGHT_BITS     = 4,
  parameter WEIGHT_SIGNED   = 1,
  parameter BIT_BITS        = 8,  // enough for COLUMNS*WEIGHT_BITS - 1, at least 1
  parameter INPUT_BITS      = 4,
  parameter OUTPUT_BITS     = 14  // OUTPUT_BITS >= WEIGHT_BITS
) (
  input  wire                           clk_i,
  input  wire                           rst_ni,
  input  wire                           start_i,
  output wire                           active_o,
  output wire                           weight_valid_o,
  input  wire                           weight_ready_i,
  output wire [BANK_BITS-1:0]           bank_o,  // of the row that is written or read
  output wire [ROW_BITS-1:0]            row_o,
  output wire [COLUMNS*WEIGHT_BITS-1:0] weight_data_o,
  output wire                           in_valid_o,
  input  wire                           in_ready_i,
  output wire [ROWS*INPUT_BITS-1:0]     in_data_o,
  input  wire                           out_valid_i,
  output wire                           out_ready_o,
  input  wire [COLUMNS*OUTPUT_BITS-1:0] out_data_i,
  output wire                           error_valid_o,
  input  wire                           error_ready_i,
  output wire [BANK_BITS-1:0]           error_bank_o,
  output wire [ROW_BITS-1:0]            error_row_o,
  output wire [BIT_BITS-1:0]            error_bit_o
);
  localparam BITS     = COLUMNS*WEIGHT_BITS;
  localparam LAST_BIT = BITS - 1;
  localparam [BIT_BITS-1:0] ONE_BIT = 1;

  // Sending.
  wire                       send, send_read, send_value;
  wire [BACKGROUND_BITS-1:0] send_background;

  assign weight_valid_o = send & ~send_read;
  assign in_valid_o     = send & send_read;
  wire   sent           = send & (send_read ? in_ready_i : weight_ready_i);

  cim_march_walker #(
    .OPERATIONS(OPERATIONS), .OPERATION_BITS(OPERATION_BITS),
    .READ(READ), .VALUE(VALUE), .LAST(LAST), .DOWN(DOWN),
    .ROWS(ROWS), .ROW_BITS(ROW_BITS), .BANKS(BANKS), .BANK_BITS(BANK_BITS),
    .BACKGROUNDS(BACKGROUNDS), .BACKGROUND_BITS(BACKGROUND_BITS)
  ) u_send (
    .clk_i(clk_i), .rst_ni(rst_ni), .start_i(start_i), .step_i(sent), .active_o(send),
    .read_o(send_read), .value_o(send_value), .bank_o(bank_o), .row_o(row_o),
    .background_o(send_background)
  );

  cim_data_background #(
    .BITS(BITS), .BACKGROUNDS(BACKGROUNDS), .BACKGROUND_BITS(BACKGROUND_BITS)
  ) u_write (
    .background_i(send_background), .value_i(send_value), .data_o(weight_data_o)
  );

  genvar row, column;
  generate
    for (row = 0; row < ROWS; row = row + 1) begin : g_row
      if (INPUT_BITS > 1) begin : g_zeros
        assign in_data_o[row*INPUT_BITS + 1 +: INPUT_BITS - 1] = {(INPUT_BITS - 1){1'b0}};
      end
      assign in_data_o[row*INPUT_BITS] = row_o == row[ROW_BITS-1:0];
    end
  endgenerate

  // Comparing.
  wire                       check, check_read, check_value;
  wire [BACKGROUND_BITS-1:0] check_background;
  wire [BITS-1:0]            expected;
  wire [BITS-1:0]            wrong;
  wire                       result = check & check_read & out_valid_i;

  reg                        seen_q;  // the result was compared
  reg                        any_q;   // and is wrong
  reg                        scan_q;
  reg [BIT_BITS-1:0]         bit_q;

  wire hit     = scan_q & wrong[bit_q];
  wire go_on   = scan_q & (~hit | error_ready_i);
  wire scanned = go_on & (bit_q == LAST_BIT[BIT_BITS-1:0]);

  assign out_ready_o   = seen_q & (scanned | ~any_q);
  assign error_valid_o = hit;
  assign error_bit_o   = bit_q;
  assign active_o      = send | check;

  cim_march_walker #(
    .OPERATIONS(OPERATIONS), .OPERATION_BITS(OPERATION_BITS),
    .READ(READ), .VALUE(VALUE), .LAST(LAST), .DOWN(DOWN),
    .ROWS(ROWS), .ROW_BITS(ROW_BITS), .BANKS(BANKS), .BANK_BITS(BANK_BITS),
    .BACKGROUNDS(BACKGROUNDS), .BACKGROUND_BITS(BACKGROUND_BITS)
  ) u_check (
    .clk_i(clk_i), .rst_ni(rst_ni), .start_i(start_i),
    // A write gives no result.
    .step_i(check & (~check_read | (out_valid_i & out_ready_o))), .active_o(check),
    .read_o(check_read), .value_o(check_value), .bank_o(error_bank_o), .row_o(error_row_o),
    .background_o(check_background)
  );

  cim_data_background #(
    .BITS(BITS), .BACKGROUNDS(BACKGROUNDS), .BACKGROUND_BITS(BACKGROUND_BITS)
  ) u_expected (
    .background_i(check_background), .value_i(check_value), .data_o(expected)
  );

  generate
    for (column = 0; column < COLUMNS; column = column + 1) begin : g_column
      wire [OUTPUT_BITS-1:0] got  = out_data_i[column*OUTPUT_BITS +: OUTPUT_BITS];
      wire [WEIGHT_BITS-1:0] want = expected[column*WEIGHT_BITS +: WEIGHT_BITS];
      wire                   sign = (WEIGHT_SIGNED != 0) ? want[WEIGHT_BITS-1] : 1'b0;
      wire [WEIGHT_BITS-1:0] differs = got[WEIGHT_BITS-1:0] ^ want;
      if (WEIGHT_BITS > 1) begin : g_low
        assign wrong[column*WEIGHT_BITS +: WEIGHT_BITS - 1] = differs[WEIGHT_BITS-2:0];
      end
      if (OUTPUT_BITS > WEIGHT_BITS) begin : g_above
        assign wrong[column*WEIGHT_BITS + WEIGHT_BITS - 1] = differs[WEIGHT_BITS-1] |
            (sign ? ~(&got[OUTPUT_BITS-1:WEIGHT_BITS]) : |got[OUTPUT_BITS-1:WEIGHT_BITS]);
      end else begin : g_top
        // The sign is the highest bit itself.
        // verilator lint_off UNUSED
        wire unused_sign = sign;
        // verilator lint_on UNUSED
        assign wrong[column*WEIGHT_BITS + WEIGHT_BITS - 1] = differs[WEIGHT_BITS-1];
      end
    end
  endgenerate

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      seen_q <= 1'b0;
      scan_q <= 1'b0;
    end else begin
      seen_q <= result & ~out_ready_o;
      scan_q <= scan_q ? ~scanned : seen_q & any_q;
    end
  end

  always @(posedge clk_i) begin
    if (!seen_q) any_q <= |wrong;
    if (!scan_q) begin
      bit_q <= {BIT_BITS{1'b0}};
    end else if (go_on) begin
      bit_q <= bit_q + ONE_BIT;
    end
  end
endmodule

`default_nettype wire
