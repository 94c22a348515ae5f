// The row of multiply-accumulate units beside the memory. Simulators have one instance for many columns;
// synthesis has an instance for each, so that a tool that keeps borders maps one and repeats it.
`default_nettype none

module cim_near_macs #(
  parameter COLUMNS       = 4,
  parameter INPUT_BITS    = 4,
  parameter INPUT_SIGNED  = 1,
  parameter WEIGHT_BITS   = 4,
  parameter WEIGHT_SIGNED = 1,
  parameter ACC_BITS      = 14,
  parameter ACC_SIGNED    = 1,
  parameter OUTPUT_SHIFT  = 0,
  parameter OUTPUT_BITS   = 14,
  parameter SATURATE      = 0,
  parameter SKID          = 0
) (
  input  wire                           clk_i,
  input  wire                           accumulate_i,
  input  wire                           first_i,
  input  wire [INPUT_BITS-1:0]          input_i,
  input  wire [COLUMNS*WEIGHT_BITS-1:0] weights_i,
  input  wire                           load_i,
  input  wire                           load_skid_i,
  input  wire                           move_i,
  output wire [COLUMNS*OUTPUT_BITS-1:0] results_o
);
  // Columns of an instance, fewer in the last one: tools doubt vectors of more than some thousand bits.
`ifdef SYNTHESIS
  localparam GROUP = 1;
`else
  localparam GROUP = 256;
`endif
  localparam GROUPS = (COLUMNS + GROUP - 1) / GROUP;

  genvar block, g;  // blocks of 64: tools limit the length of a loop
  generate
    for (block = 0; block < GROUPS; block = block + 64) begin : g_groups
      for (g = block; g < GROUPS && g < block + 64; g = g + 1) begin : g_group
        localparam LANES = (COLUMNS - g*GROUP < GROUP) ? COLUMNS - g*GROUP : GROUP;
        cim_near_mac #(
          .LANES        (LANES),
          .INPUT_BITS   (INPUT_BITS),
          .INPUT_SIGNED (INPUT_SIGNED),
          .WEIGHT_BITS  (WEIGHT_BITS),
          .WEIGHT_SIGNED(WEIGHT_SIGNED),
          .ACC_BITS     (ACC_BITS),
          .ACC_SIGNED   (ACC_SIGNED),
          .OUTPUT_SHIFT (OUTPUT_SHIFT),
          .OUTPUT_BITS  (OUTPUT_BITS),
          .SATURATE     (SATURATE),
          .SKID         (SKID)
        ) u_mac (
          .clk_i       (clk_i),
          .accumulate_i(accumulate_i),
          .first_i     (first_i),
          .input_i     (input_i),
          .weights_i   (weights_i[g*GROUP*WEIGHT_BITS +: LANES*WEIGHT_BITS]),
          .load_i      (load_i),
          .load_skid_i (load_skid_i),
          .move_i      (move_i),
          .results_o   (results_o[g*GROUP*OUTPUT_BITS +: LANES*OUTPUT_BITS])
        );
      end
    end
  endgenerate
endmodule

`default_nettype wire
