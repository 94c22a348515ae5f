// Walks a march test: every operation of an element at one address, then at the next address, then
// the next element; and all of it again with the next data background.
//   start_i   begins it; step_i goes on to the next operation
//   active_o  an operation is there: read_o a read (else a write) of value_o, the bit or its inverse
// Operation i of all elements has bit i of READ, VALUE, LAST (it is the last of its element) and
// DOWN (its element goes from the last address to the first). An address is a row of a bank.
`default_nettype none

module cim_march_walker #(
  parameter OPERATIONS      = 2,
  parameter OPERATION_BITS  = 1,  // enough for OPERATIONS - 1, at least 1
  parameter [OPERATIONS-1:0] READ  = 2'b10,
  parameter [OPERATIONS-1:0] VALUE = 2'b00,
  parameter [OPERATIONS-1:0] LAST  = 2'b11,
  parameter [OPERATIONS-1:0] DOWN  = 2'b00,
  parameter ROWS            = 4,
  parameter ROW_BITS        = 6,  // enough for ROWS - 1, at least 1
  parameter BANKS           = 1,
  parameter BANK_BITS       = 1,  // likewise
  parameter BACKGROUNDS     = 1,
  parameter BACKGROUND_BITS = 1   // likewise
) (
  input  wire                       clk_i,
  input  wire                       rst_ni,
  input  wire                       start_i,
  input  wire                       step_i,
  output wire                       active_o,
  output wire                       read_o,
  output wire                       value_o,
  output wire [BANK_BITS-1:0]       bank_o,
  output wire [ROW_BITS-1:0]        row_o,
  output wire [BACKGROUND_BITS-1:0] background_o
);
  localparam LAST_OPERATION  = OPERATIONS - 1;
  localparam LAST_ROW        = ROWS - 1;
  localparam LAST_BANK       = BANKS - 1;
  localparam LAST_BACKGROUND = BACKGROUNDS - 1;
  localparam [OPERATION_BITS-1:0]  ONE_OPERATION  = 1;
  localparam [ROW_BITS-1:0]        ONE_ROW        = 1;
  localparam [BANK_BITS-1:0]       ONE_BANK       = 1;
  localparam [BACKGROUND_BITS-1:0] ONE_BACKGROUND = 1;

  reg                       active_q;
  reg [OPERATION_BITS-1:0]  operation_q;
  reg [OPERATION_BITS-1:0]  first_q;  // of the element
  reg [ROW_BITS-1:0]        row_q;
  reg [BANK_BITS-1:0]       bank_q;
  reg [BACKGROUND_BITS-1:0] background_q;

  wire down        = DOWN[operation_q];
  wire end_of_test = operation_q == LAST_OPERATION[OPERATION_BITS-1:0];
  wire end_of_all  = background_q == LAST_BACKGROUND[BACKGROUND_BITS-1:0];

  wire [ROW_BITS-1:0]  low_row   = {ROW_BITS{1'b0}};
  wire [ROW_BITS-1:0]  high_row  = LAST_ROW[ROW_BITS-1:0];
  wire [BANK_BITS-1:0] low_bank  = {BANK_BITS{1'b0}};
  wire [BANK_BITS-1:0] high_bank = LAST_BANK[BANK_BITS-1:0];

  wire end_of_rows    = row_q == (down ? low_row : high_row);
  wire end_of_banks   = bank_q == (down ? low_bank : high_bank);
  wire end_of_address = LAST[operation_q];
  wire end_of_element = end_of_address & end_of_rows & end_of_banks;

  wire [OPERATION_BITS-1:0] next = end_of_test ? {OPERATION_BITS{1'b0}} : operation_q + ONE_OPERATION;
  wire                      next_down = DOWN[next];

  assign active_o     = active_q;
  assign read_o       = READ[operation_q];
  assign value_o      = VALUE[operation_q];
  assign bank_o       = bank_q;
  assign row_o        = row_q;
  assign background_o = background_q;

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
    end else if (start_i) begin
      active_q <= 1'b1;
    end else if (step_i & end_of_element & end_of_test & end_of_all) begin
      active_q <= 1'b0;
    end
  end

  always @(posedge clk_i) begin
    if (start_i) begin
      operation_q  <= {OPERATION_BITS{1'b0}};
      first_q      <= {OPERATION_BITS{1'b0}};
      background_q <= {BACKGROUND_BITS{1'b0}};
      row_q        <= DOWN[0] ? high_row : low_row;
      bank_q       <= DOWN[0] ? high_bank : low_bank;
    end else if (step_i) begin
      if (end_of_element) begin
        operation_q <= next;
        first_q     <= next;
        row_q       <= next_down ? high_row : low_row;
        bank_q      <= next_down ? high_bank : low_bank;
        if (end_of_test) background_q <= background_q + ONE_BACKGROUND;
      end else if (end_of_address) begin
        operation_q <= first_q;
        if (end_of_rows) begin
          row_q  <= down ? high_row : low_row;
          bank_q <= down ? bank_q - ONE_BANK : bank_q + ONE_BANK;
        end else begin
          row_q  <= down ? row_q - ONE_ROW : row_q + ONE_ROW;
        end
      end else begin
        operation_q <= next;
      end
    end
  end
endmodule

`default_nettype wire
