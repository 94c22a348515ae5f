// The stream of thresholds, and the vectors whose results have not met theirs. Thresholds are taken
// when there is no such vector: they count for every vector accepted on the same edge or later, and
// for none accepted before. While a transfer waits for that no further vector is accepted (wait_o),
// so that it does not wait for ever.
//   take_i    a vector is accepted on this edge, for bank take_bank_i
//   done_i    the oldest vector's result is complete on this edge; bank_o is its bank
//   load_o    bank b at [b]: its thresholds are taken on this edge
`default_nettype none

module cim_threshold_port #(
  parameter BANKS     = 1,
  parameter BANK_BITS = 1,
  parameter VECTORS   = 1  // on their way at once, at most
) (
  input  wire                 clk_i,
  input  wire                 rst_ni,
  input  wire                 threshold_valid_i,
  output wire                 threshold_ready_o,
  // Without banks there is nothing to select.
  // verilator lint_off UNUSED
  input  wire [BANK_BITS-1:0] threshold_bank_i,
  // verilator lint_on UNUSED
  input  wire                 take_i,
  // verilator lint_off UNUSED
  input  wire [BANK_BITS-1:0] take_bank_i,
  // verilator lint_on UNUSED
  input  wire                 done_i,
  output wire                 wait_o,
  output wire [BANK_BITS-1:0] bank_o,
  output wire [BANKS-1:0]     load_o
);
  reg               wait_q;
  reg [VECTORS-1:0] there_q;  // place 0 is the oldest vector's; places are filled from there

  assign threshold_ready_o = ~there_q[0];
  assign wait_o            = wait_q;
  wire load = threshold_valid_i & threshold_ready_o;

  // Those that stay move up, and a new one has the first free place.
  localparam [VECTORS-1:0] FIRST = 1;
  wire [VECTORS-1:0] stays  = done_i ? there_q >> 1 : there_q;
  wire [VECTORS-1:0] enters = ((stays << 1) | FIRST) & ~stays & {VECTORS{take_i}};

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wait_q  <= 1'b0;
      there_q <= {VECTORS{1'b0}};
    end else begin
      wait_q  <= threshold_valid_i & ~threshold_ready_o;
      there_q <= stays | enters;
    end
  end

  genvar i;
  generate
    for (i = 0; i < VECTORS; i = i + 1) begin : g_place
      if (BANKS > 1) begin : g_bank
        reg  [BANK_BITS-1:0] bank_q;
        wire [BANK_BITS-1:0] next;
        if (i == VECTORS - 1) begin : g_last
          assign next = bank_q;
        end else begin : g_next
          assign next = done_i ? g_place[i+1].g_bank.bank_q : bank_q;
        end
        always @(posedge clk_i) begin
          bank_q <= enters[i] ? take_bank_i : next;
        end
      end
    end

    if (BANKS > 1) begin : g_banks
      assign bank_o = g_place[0].g_bank.bank_q;
    end else begin : g_one_bank
      assign bank_o = {BANK_BITS{1'b0}};
    end

    for (i = 0; i < BANKS; i = i + 1) begin : g_load
      if (BANKS > 1) begin : g_chosen
        assign load_o[i] = load & (threshold_bank_i == i[BANK_BITS-1:0]);
      end else begin : g_only
        assign load_o[i] = load;
      end
    end
  endgenerate
endmodule

`default_nettype wire
