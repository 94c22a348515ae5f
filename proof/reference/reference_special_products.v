// What cim_special_products computes, of one lane: each product by itself, then all of them together.
`default_nettype none

module reference_special_products #(
  parameter LANES      = 1,
  parameter ROWS       = 64,
  parameter CLASS      = 3,
  parameter CLASS_BITS = 3,
  parameter BLOCKS     = 1,
  parameter SCALED     = 0
) (
  input  wire                       enable_i,
  input  wire [ROWS*CLASS_BITS-1:0] classes_i,
  input  wire [BLOCKS*8-1:0]        scales_i,
  input  wire                       nan_i,
  input  wire [ROWS-1:0]            infinity_i,
  input  wire [ROWS-1:0]            zero_i,
  input  wire [ROWS-1:0]            negative_i,
  output wire                       nan_o,
  output wire                       infinity_o,
  output wire                       infinity_negative_o
);
  wire [ROWS-1:0]   row_nan, row_plus, row_minus;
  wire [BLOCKS-1:0] no_scale;
  genvar r, g;
  generate
    for (g = 0; g < BLOCKS; g = g + 1) begin : g_block
      assign no_scale[g] = SCALED != 0 && scales_i[8*g +: 8] == 255;
    end
    for (r = 0; r < ROWS; r = r + 1) begin : g_row
      if (CLASS == 3) begin : g_class
        wire [1:0] kind     = classes_i[3*r + 1 +: 2];
        assign row_nan[r]   = kind == 3 || (kind == 2 && zero_i[r]) || (kind == 1 && infinity_i[r]);
        wire infinite = (infinity_i[r] && kind != 1 && kind != 3) || (kind == 2 && !zero_i[r]);
        assign row_plus[r]  = infinite && classes_i[3*r] == negative_i[r];
        assign row_minus[r] = infinite && classes_i[3*r] != negative_i[r];
      end else begin : g_nan
        assign row_nan[r]   = CLASS == 1 && classes_i[r];
        assign row_plus[r]  = 1'b0;
        assign row_minus[r] = 1'b0;
      end
    end
  endgenerate
  wire plus  = row_plus != 0;
  wire minus = row_minus != 0;
  assign nan_o = enable_i && (nan_i || row_nan != 0 || no_scale != 0 || (plus && minus));
  assign infinity_o          = enable_i && (plus || minus);
  assign infinity_negative_o = enable_i && minus;
endmodule

`default_nettype wire
