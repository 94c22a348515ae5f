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
  // The number is looked at in three parts, whose answers many bits share. One background is chosen
  // at most, so that one part says 1 at most and they can be joined by exclusive or.
  localparam LOW  = 16;
  localparam MID  = 8;
  localparam HIGH = (BITS + LOW*MID - 1) / (LOW*MID);
  localparam PLACES = 20;  // of the number

  genvar i;
  generate
    if (BACKGROUNDS == 1) begin : g_alike
      assign data_o = {BITS{value_i}};
    end else begin : g_each
      // Place p of the number: background p + 1.
      wire [PLACES-1:0] chosen;
      for (i = 0; i < PLACES; i = i + 1) begin : g_chosen
        localparam [31:0] BACKGROUND = i + 1;
        if (i < BACKGROUNDS - 1) begin : g_used
          assign chosen[i] = background_i == BACKGROUND[BACKGROUND_BITS-1:0];
        end else begin : g_unused
          assign chosen[i] = 1'b0;
        end
      end
      wire [LOW-1:0]     low;
      wire [LOW*MID-1:0] low_mid;
      wire [HIGH-1:0]    high;
      for (i = 0; i < LOW; i = i + 1) begin : g_low
        localparam [31:0] NUMBER = i;
        assign low[i] = |(chosen & NUMBER[PLACES-1:0]);
      end
      for (i = 0; i < LOW*MID; i = i + 1) begin : g_mid
        localparam [31:0] NUMBER = (i / LOW) * LOW;
        assign low_mid[i] = low[i % LOW] ^ (|(chosen & NUMBER[PLACES-1:0]));
      end
      for (i = 0; i < HIGH; i = i + 1) begin : g_high
        localparam [31:0] NUMBER = i * LOW*MID;
        assign high[i] = value_i ^ (|(chosen & NUMBER[PLACES-1:0]));
      end
      for (i = 0; i < BITS; i = i + 1) begin : g_bit
        assign data_o[i] = low_mid[i % (LOW*MID)] ^ high[i / (LOW*MID)];
      end
    end
  endgenerate
endmodule

`default_nettype wire
