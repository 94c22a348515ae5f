// Hands the streams of a macro to its self-test and back. A test begins when the results of all
// vectors that were accepted before are taken; until it ends nothing else is accepted.
//   start_i    begins a test: with compute_i the compute self-test, else the march test; not looked
//              at while busy_o
//   run_o      the test has the streams; *_start_o: on the edge at which it begins
//   done_o     a test has ended since start_i; fail_o: it found something wrong
`default_nettype none

module cim_self_test_control #(
  parameter [31:0] SIGNATURE = 32'd0
) (
  input  wire        clk_i,
  input  wire        rst_ni,
  input  wire        start_i,
  input  wire        compute_i,
  input  wire        in_transfer_i,   // of a vector that is not one of the test
  input  wire        out_transfer_i,  // of its result
  input  wire        march_active_i,
  input  wire        march_error_i,
  input  wire        compute_active_i,
  input  wire [31:0] signature_i,
  output wire        accept_o,        // rows of weights and vectors of others
  output wire        run_o,
  output wire        march_start_o,
  output wire        compute_start_o,
  output wire        busy_o,
  output wire        done_o,
  output wire        fail_o
);
  // Vectors in the macro at once: one in the serialiser, one in each rank of registers, two at the
  // output; a macro in front of which a block of aligners stands has more, and no self-test.
  localparam COUNT_BITS = 4;
  localparam [COUNT_BITS-1:0] ONE = 1;

  reg [COUNT_BITS-1:0] inside_q;
  reg                  wait_q;     // for the vectors that are inside
  reg                  run_q;
  reg                  begun_q;    // the test has been active
  reg                  compute_q;
  reg                  done_q;
  reg                  fail_q;

  wire empty  = inside_q == {COUNT_BITS{1'b0}};
  wire go     = wait_q & empty;
  wire active = march_active_i | compute_active_i;
  wire over   = run_q & begun_q & ~active;

  assign accept_o        = ~wait_q & ~run_q;
  assign run_o           = run_q;
  assign march_start_o   = go & ~compute_q;
  assign compute_start_o = go & compute_q;
  assign busy_o          = wait_q | run_q;
  assign done_o          = done_q;
  assign fail_o          = fail_q;

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      inside_q  <= {COUNT_BITS{1'b0}};
      wait_q    <= 1'b0;
      run_q     <= 1'b0;
      begun_q   <= 1'b0;
      compute_q <= 1'b0;
      done_q    <= 1'b0;
      fail_q    <= 1'b0;
    end else begin
      if (in_transfer_i & ~out_transfer_i) inside_q <= inside_q + ONE;
      if (~in_transfer_i & out_transfer_i) inside_q <= inside_q - ONE;
      if (start_i & accept_o) begin
        wait_q    <= 1'b1;
        compute_q <= compute_i;
        done_q    <= 1'b0;
        fail_q    <= 1'b0;
      end
      if (go) begin
        wait_q  <= 1'b0;
        run_q   <= 1'b1;
        begun_q <= 1'b0;
      end
      if (run_q) begin
        begun_q <= 1'b1;
        if (march_error_i) fail_q <= 1'b1;
      end
      if (over) begin
        run_q  <= 1'b0;
        done_q <= 1'b1;
        if (compute_q & (signature_i != SIGNATURE)) fail_q <= 1'b1;
      end
    end
  end
endmodule

`default_nettype wire
