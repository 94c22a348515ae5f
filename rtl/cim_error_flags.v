// The error flags of LANES columns, from the array to the output, beside the sums that they belong to:
// a flag of a result is that of any step of its vector.
//   error_i          of the step in stage 0
//   rank_enable_i    bit i: rank i + 1 takes what is before it
//   first_i          the step in the last stage is the first one of its vector
//   accumulate_i     and it is taken
//   load_i, load_skid_i, move_i   as in cim_output_register
`default_nettype none

module cim_error_flags #(
  parameter LANES     = 4,   // up to 64
  parameter PIPELINE  = 0,
  parameter RANK_BITS = 1,   // PIPELINE, at least 1
  parameter SERIAL    = 1,   // a vector has several steps
  parameter SKID      = 0
) (
  input  wire                 clk_i,
  // Without ranks, or with one step, these have nothing to say.
  // verilator lint_off UNUSED
  input  wire [RANK_BITS-1:0] rank_enable_i,
  input  wire                 first_i,
  input  wire                 accumulate_i,
  // verilator lint_on UNUSED
  input  wire                 load_i,
  input  wire                 load_skid_i,
  input  wire                 move_i,
  input  wire [LANES-1:0]     error_i,
  output wire [LANES-1:0]     error_o
);
  wire [(PIPELINE+1)*LANES-1:0] stage;
  assign stage[0 +: LANES] = error_i;

  genvar i;
  generate
    for (i = 0; i < PIPELINE; i = i + 1) begin : g_rank
      reg [LANES-1:0] error_q;
      always @(posedge clk_i) begin
        if (rank_enable_i[i]) error_q <= stage[i*LANES +: LANES];
      end
      assign stage[(i+1)*LANES +: LANES] = error_q;
    end
  endgenerate

  wire [LANES-1:0] result;
  generate
    if (SERIAL != 0) begin : g_serial
      reg [LANES-1:0] error_q;
      always @(posedge clk_i) begin
        if (accumulate_i) error_q <= result;
      end
      assign result = stage[PIPELINE*LANES +: LANES] | (error_q & {LANES{~first_i}});
    end else begin : g_parallel
      assign result = stage[PIPELINE*LANES +: LANES];
    end
  endgenerate

  cim_output_register #(.LANES(LANES), .BITS(1), .SKID(SKID)) u_output (
    .clk_i       (clk_i),
    .load_i      (load_i),
    .load_skid_i (load_skid_i),
    .move_i      (move_i),
    .planes_i    (result),
    .codes_o     (error_o)
  );
endmodule

`default_nettype wire
