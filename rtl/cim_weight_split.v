// The high and the low bits of every weight, apart.
//   weight_data_i   of column c at [c*(HIGH_BITS+LOW_BITS) +: HIGH_BITS+LOW_BITS]
`default_nettype none

module cim_weight_split #(
  parameter COLUMNS   = 4,
  parameter HIGH_BITS = 4,
  parameter LOW_BITS  = 4
) (
  input  wire [COLUMNS*(HIGH_BITS+LOW_BITS)-1:0] weight_data_i,
  output wire [COLUMNS*HIGH_BITS-1:0]            high_data_o,
  output wire [COLUMNS*LOW_BITS-1:0]             low_data_o
);
  localparam BITS = HIGH_BITS + LOW_BITS;

  genvar block, c;  // blocks of 64: tools limit the length of a loop
  generate
    for (block = 0; block < COLUMNS; block = block + 64) begin : g_columns
      for (c = block; c < COLUMNS && c < block + 64; c = c + 1) begin : g_column
        assign low_data_o[c*LOW_BITS +: LOW_BITS]    = weight_data_i[c*BITS +: LOW_BITS];
        assign high_data_o[c*HIGH_BITS +: HIGH_BITS] = weight_data_i[c*BITS+LOW_BITS +: HIGH_BITS];
      end
    end
  endgenerate
endmodule

`default_nettype wire
