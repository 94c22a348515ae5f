// One row of a data background: bit i is value_i, turned around in background b > 0 where bit b - 1
// of the number i is 1. Background 0 is all alike, 1 has neighbours different, 2 pairs, and so on:
// with 1 + log2(BITS) of them any two bits of a row differ in one.
`default_nettype none

module cim_data_background #(
  parameter BITS            = 256,
  parameter BACKGROUNDS     = 1,
  parameter BACKGROUND_BITS = 1  // enough for BACKGROUNDS - 1, at least 1
) (
  // Only value_i is read where there is one background.
  // verilator lint_off UNUSED
  input  wire [BACKGROUND_BITS-1:0] background_i,
  // verilator lint_on UNUSED
  input  wire                       value_i,
  output wire [BITS-1:0]            data_o
);
  genvar i;
  generate
    if (BACKGROUNDS == 1) begin : g_alike
      assign data_o = {BITS{value_i}};
    end else begin : g_each
      // Bit b - 1: background b.
      reg [BACKGROUNDS-2:0] chosen;
      integer b;
      always @* begin
        for (b = 0; b < BACKGROUNDS - 1; b = b + 1) begin
          chosen[b] = background_i == b[BACKGROUND_BITS-1:0] + 1'b1;
        end
      end
      for (i = 0; i < BITS; i = i + 1) begin : g_bit
        localparam [31:0] NUMBER = i;
        assign data_o[i] = value_i ^ (|(chosen & NUMBER[BACKGROUNDS-2:0]));
      end
    end
  endgenerate
endmodule

`default_nettype wire
