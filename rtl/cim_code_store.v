// The weights of LANES columns as codes, in latches or flip-flops, with two read ports: vectors that follow
// each other may use different banks.
//   codes_i          of one row, of lane c at [c*BITS +: BITS]
//   word_line_i      bank b, row r at [b*ROWS + r], as cim_weight_latch and cim_weight_flop have it
//   first_bank_i, second_bank_i
//   first_o, second_o   of that bank: bit b of row r of every lane at [(r*BITS + b)*LANES +: LANES]
`default_nettype none

module cim_code_store #(
  parameter LANES     = 4,
  parameter ROWS      = 4,
  parameter BITS      = 8,
  parameter BANKS     = 1,
  parameter BANK_BITS = 1,
  parameter LATCH     = 1
) (
  // Latches have no clock, and one bank needs no choice.
  // verilator lint_off UNUSED
  input  wire                       clk_i,
  input  wire [BANK_BITS-1:0]       first_bank_i,
  input  wire [BANK_BITS-1:0]       second_bank_i,
  // verilator lint_on UNUSED
  input  wire                       write_i,
  input  wire [BANKS*ROWS-1:0]      word_line_i,
  input  wire [LANES*BITS-1:0]      codes_i,
  output wire [ROWS*BITS*LANES-1:0] first_o,
  output wire [ROWS*BITS*LANES-1:0] second_o
);
  localparam WIDTH = ROWS*BITS*LANES;

  wire [BITS*LANES-1:0] planes;
  cim_lane_planes #(.LANES(LANES), .BITS(BITS), .PLANES(BITS), .SIGNED(0)) u_planes (
    .enable_i (write_i),
    .codes_i  (codes_i),
    .planes_o (planes)
  );

  wire [BANKS*WIDTH-1:0] stored;
  genvar bank;
  generate
    for (bank = 0; bank < BANKS; bank = bank + 1) begin : g_bank
      if (LATCH != 0) begin : g_latch
        cim_weight_latch #(.LANES(LANES), .ROWS(ROWS), .BITS(BITS)) u_rows (
          .word_line_i (word_line_i[bank*ROWS +: ROWS]),
          .data_i      (planes),
          .bank_i      (1'b0),
          .weight_o    (stored[bank*WIDTH +: WIDTH])
        );
      end else begin : g_flop
        cim_weight_flop #(.LANES(LANES), .ROWS(ROWS), .BITS(BITS)) u_rows (
          .clk_i       (clk_i),
          .word_line_i (word_line_i[bank*ROWS +: ROWS]),
          .data_i      (planes),
          .bank_i      (1'b0),
          .weight_o    (stored[bank*WIDTH +: WIDTH])
        );
      end
    end
    if (BANKS == 1) begin : g_single
      assign first_o  = stored;
      assign second_o = stored;
    end else begin : g_banks
      wire [BANKS-1:0] first, second;
      for (bank = 0; bank < BANKS; bank = bank + 1) begin : g_select
        assign first[bank]  = first_bank_i == bank[BANK_BITS-1:0];
        assign second[bank] = second_bank_i == bank[BANK_BITS-1:0];
      end
      cim_one_hot_mux #(.WIDTH(WIDTH), .COUNT(BANKS)) u_first (
        .enable_i (1'b1),
        .data_i   (stored),
        .select_i (first),
        .data_o   (first_o)
      );
      cim_one_hot_mux #(.WIDTH(WIDTH), .COUNT(BANKS)) u_second (
        .enable_i (1'b1),
        .data_i   (stored),
        .select_i (second),
        .data_o   (second_o)
      );
    end
  endgenerate
endmodule

`default_nettype wire
