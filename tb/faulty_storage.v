// Stands in for a storage cell of rtl/ (CIM_CELL, with the port clk_i where CIM_CLOCKED is defined) in
// a Verilated model whose storage has faults: what is written goes to the program behind DPI-C, and
// what is stored is what the program says (tb/storage_hooks.h). Ports and order of bits are those of
// the cell. SystemVerilog, for its functions of C; never emitted.
`default_nettype none

module `CIM_CELL #(
  parameter LANES     = 64,
  parameter ROWS      = 16,
  parameter BITS      = 4,
  parameter BANKS     = 1,
  parameter BANK_BITS = 1
) (
`ifdef CIM_CLOCKED
  input  wire                       clk_i,
`endif
  input  wire [BANKS*ROWS-1:0]      word_line_i,
  input  wire [BITS*LANES-1:0]      data_i,
  input  wire [BANK_BITS-1:0]       bank_i,
  output wire [ROWS*BITS*LANES-1:0] weight_o
);
  import "DPI-C" context function chandle cim_storage_open(
    input int lanes, input int rows, input int bits, input int banks
  );
  import "DPI-C" context function int cim_storage_put(
    input chandle cells, input int line, input int index, input int unsigned data
  );
  export "DPI-C" function cim_storage_set;

  localparam WORDS = (BITS*LANES + 31) / 32;

  chandle cells;
  reg [32*WORDS-1:0] content [0:BANKS*ROWS-1];
  integer unused_result;

  initial cells = cim_storage_open(LANES, ROWS, BITS, BANKS);

  function void cim_storage_set(input int line, input int index, input int unsigned data);
    content[line][32*index +: 32] = data;
  endfunction

  wire [32*WORDS-1:0] padded;
  assign padded[BITS*LANES-1:0] = data_i;
  generate
    if (32*WORDS > BITS*LANES) begin : g_pad
      assign padded[32*WORDS-1:BITS*LANES] = 0;
    end
  endgenerate

  integer line, index;
`ifdef CIM_CLOCKED
  always @(posedge clk_i) begin
`else
  always @(word_line_i or data_i) begin
`endif
    for (line = 0; line < BANKS*ROWS; line = line + 1) begin
      if (word_line_i[line]) begin
        for (index = 0; index < WORDS; index = index + 1) begin
          unused_result = cim_storage_put(cells, line, index, padded[32*index +: 32]);
        end
      end
    end
  end

  genvar row;
  generate
    for (row = 0; row < ROWS; row = row + 1) begin : g_row
      if (BANKS == 1) begin : g_single
        assign weight_o[row*BITS*LANES +: BITS*LANES] = content[row][BITS*LANES-1:0];
      end else begin : g_banks
        assign weight_o[row*BITS*LANES +: BITS*LANES] = content[bank_i*ROWS + row][BITS*LANES-1:0];
      end
    end
  endgenerate
endmodule

`default_nettype wire
