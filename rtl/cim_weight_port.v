// The weight bus: a buffer of one row, and the word lines that write it to the array.
// A row is written in the cycle after its transfer, or waits there: a vector that reads the bank and
// was accepted before keeps it waiting (busy_i and not hold_i with the same bank); a vector that was
// accepted on the same edge or later is itself held for the one cycle of the write (hold_o).
//   load_o       the slices take weight_data_i into their buffers on this edge
//   enable_o     bank b, row r at [b*ROWS + r]: the row that is written in this cycle
`default_nettype none

module cim_weight_port #(
  parameter ROWS      = 4,
  parameter BANKS     = 1,
  parameter ROW_BITS  = 6,
  parameter BANK_BITS = 1
) (
  input  wire                  clk_i,
  input  wire                  rst_ni,
  input  wire                  weight_valid_i,
  output wire                  weight_ready_o,
  input  wire [BANK_BITS-1:0]  weight_bank_i,
  input  wire [ROW_BITS-1:0]   weight_row_i,
  input  wire                  take_i,       // an input vector is accepted on this edge
  input  wire [BANK_BITS-1:0]  take_bank_i,  // the bank it uses
  input  wire                  busy_i,       // a vector reads the array
  input  wire [BANK_BITS-1:0]  busy_bank_i,  // the bank that it reads
  output wire                  hold_o,
  output wire                  load_o,
  output wire [BANKS*ROWS-1:0] enable_o
);
  reg                 pending_q;
  reg                 hold_q;
  reg [BANK_BITS-1:0] bank_q;
  reg [ROW_BITS-1:0]  row_q;

  wire write = pending_q & (~busy_i | hold_q | (busy_bank_i != bank_q));

  assign weight_ready_o = ~pending_q | write;
  assign load_o         = weight_valid_i & weight_ready_o;
  assign hold_o         = hold_q;

  wire                 pending_d = load_o | (pending_q & ~write);
  wire [BANK_BITS-1:0] bank_d    = load_o ? weight_bank_i : bank_q;

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pending_q <= 1'b0;
      hold_q    <= 1'b0;
    end else begin
      pending_q <= pending_d;
      hold_q    <= take_i & pending_d & (take_bank_i == bank_d);
    end
  end

  always @(posedge clk_i) begin
    if (load_o) begin
      bank_q <= weight_bank_i;
      row_q  <= weight_row_i;
    end
  end

  genvar bank;
  generate
    for (bank = 0; bank < BANKS; bank = bank + 1) begin : g_bank
      cim_decoder #(
        .LINES(ROWS),
        .BITS (ROW_BITS)
      ) u_rows (
        .enable_i(write & (bank_q == bank[BANK_BITS-1:0])),
        .number_i(row_q),
        .line_o  (enable_o[bank*ROWS +: ROWS])
      );
    end
  endgenerate
endmodule

`default_nettype wire
