// Reads the rows of the storage, one a cycle, and has a row written again where a bit of it was
// mended. While a vector computes these are the rows of its bank, else those of all banks in turn.
// Only rows that were written since reset are looked at: what storage holds before is no code word.
// A mended row goes the way of any row, through the weight port, which keeps vectors and rows apart.
// It is taken only while the port has no row and none is offered, so what was read in this cycle is
// what the storage holds, and no newer row is on its way to the same place. While the port has one,
// the walk stands still. A row with a word that
// cannot be mended is left as it is: written again, it would look right.
//   bank_o, line_o     the row that is read: its bank, and one-hot its number
//   mended_i           a word of it was mended; uncorrectable_i: a word cannot be
//   port_*             what the weight port is offered: the row of the stream, else the mended one
//   rewrite_o          the write buffers take the mended row on this edge
//   fatal_o            the row has a word that cannot be mended
//   enable_i           bank b, row r at [b*ROWS + r]: the row that is written in this cycle
`default_nettype none

module cim_scrubber #(
  parameter ROWS      = 4,
  parameter BANKS     = 1,
  parameter ROW_BITS  = 6,  // enough for ROWS - 1, at least 1
  parameter BANK_BITS = 1
) (
  input  wire                  clk_i,
  input  wire                  rst_ni,
  // With one bank it does not matter.
  // verilator lint_off UNUSED
  input  wire                  busy_i,       // a vector reads the array
  input  wire [BANK_BITS-1:0]  busy_bank_i,  // the bank that it reads
  // verilator lint_on UNUSED
  output wire [BANK_BITS-1:0]  bank_o,
  output wire [ROWS-1:0]       line_o,
  input  wire                  mended_i,
  input  wire                  uncorrectable_i,
  input  wire                  weight_valid_i,
  input  wire [BANK_BITS-1:0]  weight_bank_i,
  input  wire [ROW_BITS-1:0]   weight_row_i,
  output wire                  port_valid_o,
  output wire [BANK_BITS-1:0]  port_bank_o,
  output wire [ROW_BITS-1:0]   port_row_o,
  input  wire                  port_ready_i,
  input  wire [BANKS*ROWS-1:0] enable_i,
  output wire                  rewrite_o,
  output wire                  fatal_o
);
  localparam                LAST      = ROWS - 1;
  localparam [ROW_BITS-1:0] LAST_ROW  = LAST[ROW_BITS-1:0];
  localparam [ROW_BITS-1:0] FIRST_ROW = 0;
  localparam [ROW_BITS-1:0] ONE_ROW   = 1;

  // The weight port has a row in its buffer: it takes one on an edge, or keeps the one that it has.
  reg pending_q;
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) pending_q <= 1'b0;
    else         pending_q <= port_valid_o | ~port_ready_i;
  end

  // Where the walk stands.
  wire [ROW_BITS-1:0] row;
  wire                step;
  generate
    if (BANKS == 1) begin : g_single
      reg [ROW_BITS-1:0] row_q;
      always @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni)   row_q <= FIRST_ROW;
        else if (step) row_q <= row_q == LAST_ROW ? FIRST_ROW : row_q + ONE_ROW;
      end
      assign row    = row_q;
      assign bank_o = {BANK_BITS{1'b0}};
    end else begin : g_banks
      // Two walks: with one, vectors and pauses that alternate could leave out the same rows for ever.
      localparam                 LAST_OF    = BANKS - 1;
      localparam [BANK_BITS-1:0] LAST_BANK  = LAST_OF[BANK_BITS-1:0];
      localparam [BANK_BITS-1:0] FIRST_BANK = 0;
      localparam [BANK_BITS-1:0] ONE_BANK   = 1;
      reg [ROW_BITS-1:0]  busy_row_q, idle_row_q;
      reg [BANK_BITS-1:0] idle_bank_q;
      always @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) begin
          busy_row_q  <= FIRST_ROW;
          idle_row_q  <= FIRST_ROW;
          idle_bank_q <= FIRST_BANK;
        end else if (step) begin
          if (busy_i) begin
            busy_row_q <= busy_row_q == LAST_ROW ? FIRST_ROW : busy_row_q + ONE_ROW;
          end else if (idle_row_q == LAST_ROW) begin
            idle_row_q  <= FIRST_ROW;
            idle_bank_q <= idle_bank_q == LAST_BANK ? FIRST_BANK : idle_bank_q + ONE_BANK;
          end else begin
            idle_row_q <= idle_row_q + ONE_ROW;
          end
        end
      end
      assign row    = busy_i ? busy_row_q : idle_row_q;
      assign bank_o = busy_i ? busy_bank_i : idle_bank_q;
    end
  endgenerate

  wire [ROWS-1:0] line;
  assign line_o = line;
  genvar first, i;  // blocks of 64: tools limit the length of a loop
  generate
    for (first = 0; first < ROWS; first = first + 64) begin : g_lines
      for (i = first; i < ROWS && i < first + 64; i = i + 1) begin : g_line
        assign line[i] = row == i[ROW_BITS-1:0];
      end
    end
  endgenerate

  // Rows that hold a code word.
  reg  [BANKS*ROWS-1:0] written_q;
  wire [BANKS*ROWS-1:0] here;
  genvar bank;
  generate
    for (bank = 0; bank < BANKS; bank = bank + 1) begin : g_here
      assign here[bank*ROWS +: ROWS] =
          BANKS == 1 || bank_o == bank[BANK_BITS-1:0] ? line : {ROWS{1'b0}};
    end
  endgenerate
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)        written_q <= {BANKS*ROWS{1'b0}};
    else if (|enable_i) written_q <= written_q | enable_i;
  end
  wire written = |(written_q & here);

  // Nothing is looked at in a cycle in which a row may be written: what is read then may be changing.
  wire look   = written & ~pending_q;
  wire wanted = look & mended_i & ~uncorrectable_i;
  assign rewrite_o    = wanted & ~weight_valid_i;
  assign step         = ~pending_q & (~wanted | rewrite_o);
  assign fatal_o      = look & uncorrectable_i;
  assign port_valid_o = weight_valid_i | rewrite_o;
  assign port_bank_o  = weight_valid_i ? weight_bank_i : bank_o;
  assign port_row_o   = weight_valid_i ? weight_row_i : row;
endmodule

`default_nettype wire
