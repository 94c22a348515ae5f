// Saturates LANES columns from IN_BITS to OUT_BITS, OUT_BITS < IN_BITS. SIGNED: two's complement on
// both sides; otherwise unsigned.
//   data_i, data_o   bit b of every lane at [b*LANES +: LANES]
`default_nettype none

module cim_saturate #(
  parameter LANES    = 4,
  parameter IN_BITS  = 14,
  parameter OUT_BITS = 8,
  parameter SIGNED   = 1
) (
  input  wire [IN_BITS*LANES-1:0]  data_i,
  output wire [OUT_BITS*LANES-1:0] data_o
);
  // Past the range: the bits that are dropped are not all what they would be by extension.
  wire [LANES-1:0] extension;
  wire [LANES-1:0] past;

  genvar b;
  generate
    for (b = OUT_BITS; b < IN_BITS; b = b + 1) begin : g_dropped
      wire [LANES-1:0] differs;
      if (b == OUT_BITS) begin : g_first
        assign differs = data_i[b*LANES +: LANES] ^ extension;
      end else begin : g_more
        assign differs = g_dropped[b-1].differs | (data_i[b*LANES +: LANES] ^ extension);
      end
    end
    assign past = g_dropped[IN_BITS-1].differs;

    if (SIGNED != 0) begin : g_signed
      wire [LANES-1:0] negative = data_i[(IN_BITS-1)*LANES +: LANES];
      assign extension = data_i[(OUT_BITS-1)*LANES +: LANES];
      for (b = 0; b < OUT_BITS; b = b + 1) begin : g_bit
        // The most negative value is 1000, the most positive 0111.
        wire [LANES-1:0] limit = (b == OUT_BITS - 1) ? negative : ~negative;
        assign data_o[b*LANES +: LANES] =
            (data_i[b*LANES +: LANES] & ~past) | (limit & past);
      end
    end else begin : g_unsigned
      assign extension = {LANES{1'b0}};
      for (b = 0; b < OUT_BITS; b = b + 1) begin : g_bit
        assign data_o[b*LANES +: LANES] = data_i[b*LANES +: LANES] | past;
      end
    end
  endgenerate
endmodule

`default_nettype wire
