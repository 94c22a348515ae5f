// The compute self-test through the streams of a macro: pseudo-random weights into every row of
// every bank, then VECTORS pseudo-random vectors, whose banks take turns; the same again with every
// weight bit inverted, since a product shows half of its faults only with the other weight; and with
// every weight bit 1, so that any products may be 1 together (docs/faults.md); and the signature of
// all results.
//   start_i     begins; active_o until the last result is taken
//   pattern_o   a row of weights, or a vector: as many of its low bits as that has
`default_nettype none

module cim_compute_test #(
  parameter VECTORS     = 256,
  parameter VECTOR_BITS = 8,  // enough for VECTORS - 1, at least 1
  parameter [31:0] SEED = 32'h1,
  parameter ROWS        = 4,
  parameter ROW_BITS    = 6,
  parameter BANKS       = 1,
  parameter BANK_BITS   = 1,
  parameter BITS        = 256,
  parameter OUTPUT_BITS = 64
) (
  input  wire                   clk_i,
  input  wire                   rst_ni,
  input  wire                   start_i,
  output wire                   active_o,
  output wire                   weight_valid_o,
  input  wire                   weight_ready_i,
  output wire [BANK_BITS-1:0]   bank_o,
  output wire [ROW_BITS-1:0]    row_o,
  output wire                   in_valid_o,
  input  wire                   in_ready_i,
  output wire [BITS-1:0]        pattern_o,
  input  wire                   out_valid_i,
  output wire                   out_ready_o,
  input  wire [OUTPUT_BITS-1:0] out_data_i,
  output wire [31:0]            signature_o
);
  localparam LAST_VECTOR = VECTORS - 1;
  localparam LAST_BANK   = BANKS - 1;
  localparam [VECTOR_BITS-1:0] ONE_VECTOR = 1;
  localparam [BANK_BITS-1:0]   ONE_BANK   = 1;

  reg [1:0]             pass_q;
  reg                   check_q;  // results are left to take
  reg [VECTOR_BITS-1:0] taken_q;

  wire taken     = check_q & out_valid_i;
  wire last      = taken & (taken_q == LAST_VECTOR[VECTOR_BITS-1:0]);
  wire again     = last & (pass_q != 2'd2);
  wire load_pass = start_i | again;

  // Every address, as the march test b(w0) visits them.
  wire                 fill;
  wire                 written = fill & weight_ready_i;
  wire [BANK_BITS-1:0] fill_bank;
  // What a longer march test would say.
  // verilator lint_off UNUSED
  wire                 unused_read, unused_value, unused_background;
  // verilator lint_on UNUSED
  cim_march_walker #(
    .OPERATIONS(1), .OPERATION_BITS(1), .READ(1'b0), .VALUE(1'b0), .LAST(1'b1), .DOWN(1'b0),
    .ROWS(ROWS), .ROW_BITS(ROW_BITS), .BANKS(BANKS), .BANK_BITS(BANK_BITS),
    .BACKGROUNDS(1), .BACKGROUND_BITS(1)
  ) u_fill (
    .clk_i(clk_i), .rst_ni(rst_ni), .start_i(load_pass), .step_i(written), .active_o(fill),
    .read_o(unused_read), .value_o(unused_value), .bank_o(fill_bank), .row_o(row_o),
    .background_o(unused_background)
  );

  reg                   send_q;   // vectors are left to send
  reg [VECTOR_BITS-1:0] sent_q;
  reg [BANK_BITS-1:0]   bank_q;

  wire sent = in_valid_o & in_ready_i;

  assign weight_valid_o = fill;
  assign in_valid_o     = send_q & ~fill;
  assign out_ready_o    = check_q;
  assign active_o       = check_q;
  assign bank_o         = fill ? fill_bank : bank_q;

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      send_q  <= 1'b0;
      check_q <= 1'b0;
    end else if (load_pass) begin
      send_q  <= 1'b1;
      check_q <= 1'b1;
    end else begin
      if (sent & (sent_q == LAST_VECTOR[VECTOR_BITS-1:0])) send_q <= 1'b0;
      if (last) check_q <= 1'b0;
    end
  end

  always @(posedge clk_i) begin
    if (load_pass) begin
      pass_q  <= start_i ? 2'd0 : pass_q + 2'd1;
      sent_q  <= {VECTOR_BITS{1'b0}};
      taken_q <= {VECTOR_BITS{1'b0}};
      bank_q  <= {BANK_BITS{1'b0}};
    end else begin
      if (sent) begin
        sent_q <= sent_q + ONE_VECTOR;
        bank_q <= (bank_q == LAST_BANK[BANK_BITS-1:0]) ? {BANK_BITS{1'b0}} : bank_q + ONE_BANK;
      end
      if (taken) taken_q <= taken_q + ONE_VECTOR;
    end
  end

  // Weights alone: those of the second pass are inverted, those of the third are ones.
  cim_pattern #(
    .BITS(BITS), .SEED(SEED)
  ) u_pattern (
    .clk_i(clk_i), .load_i(load_pass), .step_i(written | sent),
    .invert_i(fill & (pass_q == 2'd1)), .ones_i(fill & (pass_q == 2'd2)), .pattern_o(pattern_o)
  );
  cim_signature #(
    .BITS(OUTPUT_BITS)
  ) u_signature (
    .clk_i(clk_i), .clear_i(start_i), .take_i(taken), .data_i(out_data_i),
    .signature_o(signature_o)
  );
endmodule

`default_nettype wire
