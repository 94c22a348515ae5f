// A synchronous memory with a port to write and a port to read, for any simulator. Not for synthesis.
// What is read is there after the edge and stays until the next reading. A word is never read and
// written at one edge by the macro; here the reading gives the former one.
`default_nettype none

module cim_near_memory #(
  parameter WORDS        = 64,
  parameter ADDRESS_BITS = 6,
  parameter WORD_BITS    = 256
) (
  input  wire                    clk_i,
  input  wire                    write_i,
  input  wire [ADDRESS_BITS-1:0] write_address_i,
  input  wire [WORD_BITS-1:0]    write_data_i,
  input  wire                    read_i,
  input  wire [ADDRESS_BITS-1:0] read_address_i,
  output wire [WORD_BITS-1:0]    read_data_o
);
  reg [WORD_BITS-1:0] words_q [0:WORDS-1];
  reg [WORD_BITS-1:0] read_q;
  assign read_data_o = read_q;

  always @(posedge clk_i) begin
    if (write_i) words_q[write_address_i] <= write_data_i;
    if (read_i) read_q <= words_q[read_address_i];
  end
endmodule

`default_nettype wire
