// Of structured weights: the input bit that each lane's index selects among those of a group of rows.
// An index past the last row selects nothing, and the product is zero (docs/sparsity.md).
//   input_i      bit m: the digit bit of row m of the group, shared by all lanes
//   index_i      bit b of every lane at [b*LANES +: LANES]
`default_nettype none

module cim_index_select #(
  parameter LANES      = 4,
  parameter GROUP      = 4,
  parameter INDEX_BITS = 2  // GROUP <= 2^INDEX_BITS
) (
  input  wire [GROUP-1:0]            input_i,
  input  wire [INDEX_BITS*LANES-1:0] index_i,
  output wire [LANES-1:0]            selected_o
);
  localparam PLACES = 1 << INDEX_BITS;
  wire [PLACES-1:0] places;

  genvar lane, bit_index;
  generate
    if (GROUP == PLACES) begin : g_whole
      assign places = input_i;
    end else begin : g_part
      assign places = {{(PLACES - GROUP){1'b0}}, input_i};
    end
    for (lane = 0; lane < LANES; lane = lane + 1) begin : g_lane
      wire [INDEX_BITS-1:0] index;
      for (bit_index = 0; bit_index < INDEX_BITS; bit_index = bit_index + 1) begin : g_bit
        assign index[bit_index] = index_i[bit_index*LANES + lane];
      end
      assign selected_o[lane] = places[index];
    end
  endgenerate
endmodule

`default_nettype wire
