// What a near-memory macro gives to its memory: the address of the row that is read, and the row of
// weights that waits to be written. Row r of bank b is word b*ROWS + r.
//   take_i   a vector of bank take_bank_i is accepted: its row 0 is read first
//   step_i   the row at read_address_o is read, the next one follows
//   load_i   a row of weights is taken into the buffer
`default_nettype none

module cim_near_port #(
  parameter ROWS         = 4,
  parameter ROW_BITS     = 6,
  parameter BANK_BITS    = 1,
  parameter ADDRESS_BITS = 6,
  parameter WORD_BITS    = 256
) (
  input  wire                    clk_i,
  input  wire                    take_i,
  input  wire [BANK_BITS-1:0]    take_bank_i,
  input  wire                    step_i,
  output wire [ADDRESS_BITS-1:0] read_address_o,
  input  wire                    load_i,
  input  wire [BANK_BITS-1:0]    weight_bank_i,
  input  wire [ROW_BITS-1:0]     weight_row_i,
  input  wire [WORD_BITS-1:0]    weight_data_i,
  output wire [ADDRESS_BITS-1:0] write_address_o,
  output wire [WORD_BITS-1:0]    write_data_o
);
  localparam [ADDRESS_BITS-1:0] ONE = 1;

  // verilator lint_off UNUSED
  function [ADDRESS_BITS-1:0] address(input [BANK_BITS-1:0] bank, input [ROW_BITS-1:0] row);
    integer word;
    begin
      word = {{(32-BANK_BITS){1'b0}}, bank} * ROWS + {{(32-ROW_BITS){1'b0}}, row};
      address = word[ADDRESS_BITS-1:0];
    end
  endfunction
  // verilator lint_on UNUSED

  reg [ADDRESS_BITS-1:0] read_q;
  reg [ADDRESS_BITS-1:0] write_q;
  reg [WORD_BITS-1:0]    data_q;
  assign read_address_o  = read_q;
  assign write_address_o = write_q;
  assign write_data_o    = data_q;

  always @(posedge clk_i) begin
    if (take_i)      read_q <= address(take_bank_i, {ROW_BITS{1'b0}});
    else if (step_i) read_q <= read_q + ONE;
    if (load_i) begin
      write_q <= address(weight_bank_i, weight_row_i);
      data_q  <= weight_data_i;
    end
  end
endmodule

`default_nettype wire
