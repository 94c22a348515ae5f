// Every leaf cell with several parameter sets, Verilated once: all instances see the same inputs,
// `select` chooses whose outputs are seen. The tests read the parameters back from `about`, so this
// table is the only list of them.
`default_nettype none

module cells_tb (
  input  wire          clk,
  input  wire          rst_n,
  input  wire [31:0]   control,  // one-bit inputs and small fields, as each instance below uses them
  input  wire [63:0]   lines,    // word lines or their enables
  input  wire [2431:0] data,
  input  wire [7:0]    select,
  output wire [7:0]    instances,
  output wire [79:0]   about,    // {kind, p0, ..., p6, constant}
  output wire [63:0]   status,   // one-bit outputs and small fields
  output wire [2431:0] result
);
  localparam [7:0] FULL_ADDER = 1, HALF_ADDER = 2, BIT_PRODUCT = 3, CONDITIONAL_INVERT = 4,
                   SATURATE = 5, ADD_CONSTANT = 6, SHIFT_ACCUMULATOR = 7, PLANE_REGISTER = 8,
                   INPUT_SERIALIZER = 9, OUTPUT_REGISTER = 10, OUTPUT_STAGE = 11, DIGIT_FEED = 12,
                   WEIGHT_FLOP = 13, WEIGHT_LATCH = 14, WORD_LINE_GATE = 15, WEIGHT_PORT = 16,
                   SEQUENCER = 17, GATED_LATCH = 18, CLOCK_GATE = 19, DECODER = 20;

  // {kind, p0, p1, p2, p3, p4, p5, p6, constant}: the lowest row first.
`define ROW(KIND, A, B, C, D, E, F, G, K) KIND, 8'd``A, 8'd``B, 8'd``C, 8'd``D, 8'd``E, 8'd``F, 8'd``G, 16'h``K
  localparam ROWS = 117;
  localparam [80*ROWS-1:0] TABLE = {
    // LANES
    `ROW(FULL_ADDER, 8, 0, 0, 0, 0, 0, 0, 0),
    `ROW(FULL_ADDER, 1, 0, 0, 0, 0, 0, 0, 0),
    `ROW(FULL_ADDER, 64, 0, 0, 0, 0, 0, 0, 0),
    `ROW(HALF_ADDER, 4, 0, 0, 0, 0, 0, 0, 0),
    `ROW(HALF_ADDER, 64, 0, 0, 0, 0, 0, 0, 0),
    `ROW(HALF_ADDER, 4, 1, 0, 0, 0, 0, 0, 0),
    `ROW(HALF_ADDER, 64, 1, 0, 0, 0, 0, 0, 0),
    // LANES, INVERT
    `ROW(BIT_PRODUCT, 1, 0, 0, 0, 0, 0, 0, 0),
    `ROW(BIT_PRODUCT, 1, 1, 0, 0, 0, 0, 0, 0),
    `ROW(BIT_PRODUCT, 64, 0, 0, 0, 0, 0, 0, 0),
    `ROW(BIT_PRODUCT, 64, 1, 0, 0, 0, 0, 0, 0),
    `ROW(CONDITIONAL_INVERT, 1, 0, 0, 0, 0, 0, 0, 0),
    `ROW(CONDITIONAL_INVERT, 37, 0, 0, 0, 0, 0, 0, 0),
    `ROW(CONDITIONAL_INVERT, 37, 1, 0, 0, 0, 0, 0, 0),
    // LINES, BITS
    `ROW(DECODER, 1, 1, 0, 0, 0, 0, 0, 0),
    `ROW(DECODER, 2, 1, 0, 0, 0, 0, 0, 0),
    `ROW(DECODER, 3, 2, 0, 0, 0, 0, 0, 0),
    `ROW(DECODER, 5, 3, 0, 0, 0, 0, 0, 0),
    `ROW(DECODER, 16, 4, 0, 0, 0, 0, 0, 0),
    `ROW(DECODER, 23, 5, 0, 0, 0, 0, 0, 0),
    `ROW(DECODER, 37, 6, 0, 0, 0, 0, 0, 0),
    `ROW(DECODER, 64, 6, 0, 0, 0, 0, 0, 0),
    `ROW(DECODER, 200, 8, 0, 0, 0, 0, 0, 0),
    // LANES, IN_BITS, OUT_BITS, SIGNED
    `ROW(SATURATE, 16, 4, 1, 1, 0, 0, 0, 0),
    `ROW(SATURATE, 16, 4, 3, 1, 0, 0, 0, 0),
    `ROW(SATURATE, 32, 5, 2, 0, 0, 0, 0, 0),
    `ROW(SATURATE, 64, 8, 5, 1, 0, 0, 0, 0),
    `ROW(SATURATE, 64, 8, 1, 0, 0, 0, 0, 0),
    `ROW(SATURATE, 37, 14, 8, 1, 0, 0, 0, 0),
    `ROW(SATURATE, 1, 2, 1, 0, 0, 0, 0, 0),
    // LANES, SUM_BITS, WIDTH, DROP; CONSTANT
    `ROW(ADD_CONSTANT, 8, 3, 3, 0, 0, 0, 0, 5),
    `ROW(ADD_CONSTANT, 16, 4, 6, 0, 0, 0, 0, 2b),
    `ROW(ADD_CONSTANT, 16, 4, 6, 2, 0, 0, 0, 1d),
    `ROW(ADD_CONSTANT, 64, 8, 12, 5, 0, 0, 0, fff),
    `ROW(ADD_CONSTANT, 2, 1, 1, 0, 0, 0, 0, 1),
    `ROW(ADD_CONSTANT, 37, 10, 14, 13, 0, 0, 0, 0),
    // LANES, SUM_BITS, WIDTH, DIGIT, FEED, DROP; INITIAL
    `ROW(SHIFT_ACCUMULATOR, 64, 10, 14, 1, 0, 0, 0, 0),
    `ROW(SHIFT_ACCUMULATOR, 64, 10, 14, 1, 1, 0, 0, 2a35),
    `ROW(SHIFT_ACCUMULATOR, 37, 6, 12, 3, 1, 0, 0, abc),
    `ROW(SHIFT_ACCUMULATOR, 1, 5, 5, 2, 0, 0, 0, 13),
    `ROW(SHIFT_ACCUMULATOR, 7, 4, 16, 5, 1, 9, 0, ffff),
    `ROW(SHIFT_ACCUMULATOR, 3, 8, 8, 1, 0, 7, 0, 80),
    `ROW(SHIFT_ACCUMULATOR, 5, 2, 3, 4, 1, 0, 0, 5),
    `ROW(SHIFT_ACCUMULATOR, 2, 1, 1, 1, 0, 0, 0, 1),
    `ROW(SHIFT_ACCUMULATOR, 43, 7, 11, 2, 1, 3, 0, 0),
    // CODES, BITS, PLANES, SIGNED, DIGIT
    `ROW(PLANE_REGISTER, 1, 1, 1, 1, 1, 0, 0, 0),
    `ROW(PLANE_REGISTER, 2, 2, 2, 0, 1, 0, 0, 0),
    `ROW(PLANE_REGISTER, 3, 3, 4, 1, 2, 0, 0, 0),
    `ROW(PLANE_REGISTER, 7, 4, 4, 1, 1, 0, 0, 0),
    `ROW(PLANE_REGISTER, 37, 5, 6, 0, 3, 0, 0, 0),
    `ROW(PLANE_REGISTER, 43, 8, 9, 1, 3, 0, 0, 0),
    `ROW(PLANE_REGISTER, 64, 14, 15, 1, 5, 0, 0, 0),
    `ROW(PLANE_REGISTER, 1, 16, 16, 1, 4, 0, 0, 0),
    `ROW(PLANE_REGISTER, 64, 37, 37, 1, 1, 0, 0, 0),
    `ROW(PLANE_REGISTER, 2, 37, 37, 1, 1, 0, 0, 0),
    `ROW(PLANE_REGISTER, 64, 1, 1, 0, 1, 0, 0, 0),
    `ROW(PLANE_REGISTER, 43, 2, 2, 1, 2, 0, 0, 0),
    `ROW(PLANE_REGISTER, 37, 16, 18, 1, 6, 0, 0, 0),
    `ROW(PLANE_REGISTER, 7, 14, 16, 0, 4, 0, 0, 0),
    `ROW(PLANE_REGISTER, 3, 8, 8, 1, 8, 0, 0, 0),
    `ROW(PLANE_REGISTER, 64, 4, 4, 1, 1, 0, 0, 0),
    `ROW(PLANE_REGISTER, 64, 3, 3, 1, 1, 0, 0, 0),
    `ROW(PLANE_REGISTER, 43, 5, 5, 1, 1, 0, 0, 0),
    // ROWS, BITS, DIGIT, STEPS, SIGNED
    `ROW(INPUT_SERIALIZER, 1, 1, 1, 1, 1, 0, 0, 0),
    `ROW(INPUT_SERIALIZER, 1, 5, 2, 3, 1, 0, 0, 0),
    `ROW(INPUT_SERIALIZER, 64, 4, 1, 4, 1, 0, 0, 0),
    `ROW(INPUT_SERIALIZER, 64, 8, 3, 3, 0, 0, 0, 0),
    `ROW(INPUT_SERIALIZER, 65, 3, 2, 2, 1, 0, 0, 0),
    `ROW(INPUT_SERIALIZER, 65, 4, 4, 1, 0, 0, 0, 0),
    `ROW(INPUT_SERIALIZER, 129, 7, 5, 2, 1, 0, 0, 0),
    `ROW(INPUT_SERIALIZER, 129, 16, 1, 16, 0, 0, 0, 0),
    `ROW(INPUT_SERIALIZER, 37, 1, 1, 1, 0, 0, 0, 0),
    // LANES, BITS, SKID
    `ROW(OUTPUT_REGISTER, 1, 1, 0, 0, 0, 0, 0, 0),
    `ROW(OUTPUT_REGISTER, 2, 2, 1, 0, 0, 0, 0, 0),
    `ROW(OUTPUT_REGISTER, 3, 3, 0, 0, 0, 0, 0, 0),
    `ROW(OUTPUT_REGISTER, 7, 4, 1, 0, 0, 0, 0, 0),
    `ROW(OUTPUT_REGISTER, 37, 5, 0, 0, 0, 0, 0, 0),
    `ROW(OUTPUT_REGISTER, 43, 8, 1, 0, 0, 0, 0, 0),
    `ROW(OUTPUT_REGISTER, 64, 14, 0, 0, 0, 0, 0, 0),
    `ROW(OUTPUT_REGISTER, 1, 16, 1, 0, 0, 0, 0, 0),
    `ROW(OUTPUT_REGISTER, 64, 37, 0, 0, 0, 0, 0, 0),
    `ROW(OUTPUT_REGISTER, 43, 37, 1, 0, 0, 0, 0, 0),
    `ROW(OUTPUT_REGISTER, 64, 1, 0, 0, 0, 0, 0, 0),
    `ROW(OUTPUT_REGISTER, 37, 16, 1, 0, 0, 0, 0, 0),
    `ROW(OUTPUT_REGISTER, 7, 14, 0, 0, 0, 0, 0, 0),
    `ROW(OUTPUT_REGISTER, 43, 3, 1, 0, 0, 0, 0, 0),
    // SKID
    `ROW(OUTPUT_STAGE, 0, 0, 0, 0, 0, 0, 0, 0),
    `ROW(OUTPUT_STAGE, 1, 0, 0, 0, 0, 0, 0, 0),
    // STEPS, DIGIT, STEP_BITS; DIGITS
    `ROW(DIGIT_FEED, 4, 1, 2, 0, 0, 0, 0, 6),
    `ROW(DIGIT_FEED, 3, 5, 2, 0, 0, 0, 0, 03b7),
    `ROW(DIGIT_FEED, 16, 1, 4, 0, 0, 0, 0, b39d),
    `ROW(DIGIT_FEED, 5, 3, 3, 0, 0, 0, 0, 1ace),
    // LANES, ROWS, BITS, BANKS, BANK_BITS
    `ROW(WEIGHT_FLOP, 64, 16, 2, 1, 1, 0, 0, 0),
    `ROW(WEIGHT_FLOP, 7, 3, 4, 3, 2, 0, 0, 0),
    `ROW(WEIGHT_FLOP, 1, 1, 1, 1, 1, 0, 0, 0),
    `ROW(WEIGHT_FLOP, 37, 5, 3, 2, 1, 0, 0, 0),
    `ROW(WEIGHT_LATCH, 64, 16, 2, 1, 1, 0, 0, 0),
    `ROW(WEIGHT_LATCH, 7, 3, 4, 3, 2, 0, 0, 0),
    `ROW(WEIGHT_LATCH, 1, 1, 1, 1, 1, 0, 0, 0),
    `ROW(WEIGHT_LATCH, 37, 5, 3, 2, 1, 0, 0, 0),
    `ROW(GATED_LATCH, 7, 3, 4, 3, 2, 0, 0, 0),
    `ROW(GATED_LATCH, 64, 4, 1, 1, 1, 0, 0, 0),
    // WIDTH
    `ROW(WORD_LINE_GATE, 1, 0, 0, 0, 0, 0, 0, 0),
    `ROW(WORD_LINE_GATE, 64, 0, 0, 0, 0, 0, 0, 0),
    // One gate, and one behind another.
    `ROW(CLOCK_GATE, 2, 0, 0, 0, 0, 0, 0, 0),
    // ROWS, BANKS, ROW_BITS, BANK_BITS
    `ROW(WEIGHT_PORT, 1, 1, 1, 1, 0, 0, 0, 0),
    `ROW(WEIGHT_PORT, 5, 3, 3, 2, 0, 0, 0, 0),
    `ROW(WEIGHT_PORT, 16, 4, 4, 2, 0, 0, 0, 0),
    // STEPS, STEP_BITS, PIPELINE, RANK_BITS, NEGATE_STAGE, BANK_BITS
    `ROW(SEQUENCER, 1, 1, 0, 1, 0, 2, 0, 0),
    `ROW(SEQUENCER, 1, 1, 1, 1, 1, 2, 0, 0),
    `ROW(SEQUENCER, 1, 1, 3, 3, 2, 2, 0, 0),
    `ROW(SEQUENCER, 2, 1, 0, 1, 0, 2, 0, 0),
    `ROW(SEQUENCER, 2, 1, 1, 1, 0, 2, 0, 0),
    `ROW(SEQUENCER, 2, 1, 3, 3, 3, 2, 0, 0),
    `ROW(SEQUENCER, 4, 2, 0, 1, 0, 2, 0, 0),
    `ROW(SEQUENCER, 4, 2, 1, 1, 1, 2, 0, 0),
    `ROW(SEQUENCER, 4, 2, 3, 3, 1, 2, 0, 0)
  };

  wire [63:0]   statuses [0:ROWS-1];
  wire [2431:0] results  [0:ROWS-1];
  assign instances = ROWS[7:0];
  assign about     = TABLE[80*(ROWS - 1 - {24'd0, select}) +: 80];
  assign status    = statuses[select[6:0]];
  assign result    = results[select[6:0]];

  genvar i;
  generate
    for (i = 0; i < ROWS; i = i + 1) begin : g_row
      localparam [79:0] ROW = TABLE[80*(ROWS - 1 - i) +: 80];
      localparam [7:0]  KIND = ROW[79:72];
      localparam [15:0] CONSTANT = ROW[15:0];
      localparam        A = {24'd0, ROW[71:64]}, B = {24'd0, ROW[63:56]}, C = {24'd0, ROW[55:48]},
                        D = {24'd0, ROW[47:40]}, E = {24'd0, ROW[39:32]}, F = {24'd0, ROW[31:24]};
      wire [63:0]   s;
      wire [2431:0] r;
      assign statuses[i] = s;
      assign results[i]  = r;

      if (KIND == FULL_ADDER) begin : g
        wire [A-1:0] sum, carry;
        cim_full_adder #(.LANES(A)) u_cell (
          .a_i(data[0 +: A]), .b_i(data[64 +: A]), .c_i(data[128 +: A]),
          .sum_o(sum), .carry_o(carry));
        assign r = {carry, {(64 - A){1'b0}}, sum};
      end else if (KIND == HALF_ADDER) begin : g
        wire [A-1:0] sum, carry;
        if (B == 0) begin : g_plain
          cim_half_adder #(.LANES(A)) u_cell (
            .a_i(data[0 +: A]), .b_i(data[64 +: A]), .sum_o(sum), .carry_o(carry));
        end else begin : g_dual
          cim_dual_half_adder #(.LANES(A)) u_cell (
            .a_i(data[0 +: A]), .b_i(data[64 +: A]), .sum_o(sum), .carry_o(carry));
        end
        assign r = {carry, {(64 - A){1'b0}}, sum};
      end else if (KIND == BIT_PRODUCT) begin : g
        wire [A-1:0] product;
        cim_bit_product #(.LANES(A), .INVERT(B)) u_cell (
          .input_i(control[0]), .weight_i(data[0 +: A]), .product_o(product));
        assign r = product;
      end else if (KIND == CONDITIONAL_INVERT) begin : g
        wire [A-1:0] inverted;
        cim_conditional_invert #(.LANES(A), .INVERT(B)) u_cell (
          .invert_i(control[0]), .data_i(data[0 +: A]), .data_o(inverted));
        assign r = inverted;
      end else if (KIND == DECODER) begin : g
        wire [A-1:0] line;
        cim_decoder #(.LINES(A), .BITS(B)) u_cell (
          .enable_i(control[0]), .number_i(data[0 +: B]), .line_o(line));
        assign r = line;
      end else if (KIND == SATURATE) begin : g
        wire [A*C-1:0] saturated;
        cim_saturate #(.LANES(A), .IN_BITS(B), .OUT_BITS(C), .SIGNED(D)) u_cell (
          .data_i(data[0 +: A*B]), .data_o(saturated));
        assign r = saturated;
      end else if (KIND == ADD_CONSTANT) begin : g
        wire [A*(C-D)-1:0] sum;
        cim_add_constant #(.LANES(A), .SUM_BITS(B), .WIDTH(C), .CONSTANT(CONSTANT[C-1:0]), .DROP(D))
        u_cell (.sum_i(data[0 +: A*B]), .sum_o(sum));
        assign r = sum;
      end else if (KIND == SHIFT_ACCUMULATOR) begin : g
        wire [A*(C-F)-1:0] next;
        cim_shift_accumulator #(
          .LANES(A), .SUM_BITS(B), .WIDTH(C), .DIGIT(D), .INITIAL(CONSTANT[C-1:0]), .FEED(E), .DROP(F))
        u_cell (
          .clk_i(clk), .enable_i(control[0]), .first_i(control[1]), .feed_i(control[8 +: D]),
          .sum_i(data[0 +: A*B]), .next_o(next));
        assign r = next;
      end else if (KIND == PLANE_REGISTER) begin : g
        wire [A*C-1:0] planes;
        cim_plane_register #(.CODES(A), .BITS(B), .PLANES(C), .SIGNED(D), .DIGIT(E)) u_cell (
          .clk_i(clk), .load_i(control[0]), .shift_i(control[1]), .codes_i(data[0 +: A*B]),
          .planes_o(planes));
        assign r = planes;
      end else if (KIND == INPUT_SERIALIZER) begin : g
        wire [A*C-1:0] digit;
        cim_input_serializer #(.ROWS(A), .BITS(B), .DIGIT(C), .STEPS(D), .SIGNED(E)) u_cell (
          .clk_i(clk), .load_i(control[0]), .shift_i(control[1]), .codes_i(data[0 +: A*B]),
          .digit_o(digit));
        assign r = digit;
      end else if (KIND == OUTPUT_REGISTER) begin : g
        wire [A*B-1:0] codes;
        cim_output_register #(.LANES(A), .BITS(B), .SKID(C)) u_cell (
          .clk_i(clk), .load_i(control[0]), .load_skid_i(control[1]), .move_i(control[2]),
          .planes_i(data[0 +: A*B]), .codes_o(codes));
        assign r = codes;
      end else if (KIND == OUTPUT_STAGE) begin : g
        // With the register that it controls: the results themselves are seen.
        wire load, load_skid, move;
        wire [31:0] codes;
        cim_output_stage #(.SKID(A)) u_cell (
          .clk_i(clk), .rst_ni(rst_n), .result_valid_i(control[0]), .result_ready_o(s[0]),
          .load_o(load), .load_skid_o(load_skid), .move_o(move), .out_valid_o(s[1]),
          .out_ready_i(control[1]));
        cim_output_register #(.LANES(1), .BITS(32), .SKID(A)) u_register (
          .clk_i(clk), .load_i(load), .load_skid_i(load_skid), .move_i(move),
          .planes_i(data[31:0]), .codes_o(codes));
        assign s[63:2] = 62'd0;
        assign r = codes;
      end else if (KIND == DIGIT_FEED) begin : g
        wire [B-1:0] digit;
        cim_digit_feed #(.STEPS(A), .DIGIT(B), .STEP_BITS(C), .DIGITS(CONSTANT[A*B-1:0])) u_cell (
          .clk_i(clk), .rst_ni(rst_n), .enable_i(control[0]), .digit_o(digit));
        assign r = digit;
      end else if (KIND == WEIGHT_FLOP) begin : g
        wire [A*B*C-1:0] weight;
        cim_weight_flop #(.LANES(A), .ROWS(B), .BITS(C), .BANKS(D), .BANK_BITS(E)) u_cell (
          .clk_i(clk), .word_line_i(lines[0 +: D*B]), .data_i(data[0 +: A*C]),
          .bank_i(control[0 +: E]), .weight_o(weight));
        assign r = weight;
      end else if (KIND == WEIGHT_LATCH) begin : g
        wire [A*B*C-1:0] weight;
        cim_weight_latch #(.LANES(A), .ROWS(B), .BITS(C), .BANKS(D), .BANK_BITS(E)) u_cell (
          .word_line_i(lines[0 +: D*B]), .data_i(data[0 +: A*C]), .bank_i(control[0 +: E]),
          .weight_o(weight));
        assign r = weight;
      end else if (KIND == GATED_LATCH) begin : g
        wire [B*D-1:0]   word_line;
        wire [A*B*C-1:0] weight;
        cim_word_line_gate #(.WIDTH(B*D)) u_gate (
          .clk_i(clk), .enable_i(lines[0 +: B*D]), .word_line_o(word_line));
        cim_weight_latch #(.LANES(A), .ROWS(B), .BITS(C), .BANKS(D), .BANK_BITS(E)) u_cell (
          .word_line_i(word_line), .data_i(data[0 +: A*C]), .bank_i(control[0 +: E]),
          .weight_o(weight));
        assign r = weight;
      end else if (KIND == WORD_LINE_GATE) begin : g
        wire [A-1:0] word_line;
        cim_word_line_gate #(.WIDTH(A)) u_cell (
          .clk_i(clk), .enable_i(lines[0 +: A]), .word_line_o(word_line));
        assign r = word_line;
      end else if (KIND == CLOCK_GATE) begin : g
        wire [1:0] gated;
        reg  [7:0] count_q, inner_q;
        cim_clock_gate u_cell  (
          .clk_i(clk), .test_mode_i(lines[2]), .enable_i(lines[0]), .clk_o(gated[0]));
        cim_clock_gate u_inner (
          .clk_i(gated[0]), .test_mode_i(lines[2]), .enable_i(lines[1]), .clk_o(gated[1]));
        // Registers of all three clocks read each other.
        reg  [7:0] all_q;
        always @(posedge clk or negedge rst_n) all_q <= rst_n ? all_q + 8'd1 : 8'd0;
        always @(posedge gated[0]) count_q <= all_q;
        always @(posedge gated[1]) inner_q <= count_q;
        assign r = {inner_q, count_q, all_q, 6'd0, gated};
      end else if (KIND == WEIGHT_PORT) begin : g
        wire [A*B-1:0] enable;
        cim_weight_port #(.ROWS(A), .BANKS(B), .ROW_BITS(C), .BANK_BITS(D)) u_cell (
          .clk_i(clk), .rst_ni(rst_n), .weight_valid_i(control[0]), .weight_ready_o(s[0]),
          .weight_bank_i(control[8 +: D]), .weight_row_i(control[16 +: C]), .take_i(control[1]),
          .take_bank_i(control[10 +: D]), .busy_i(control[2]), .busy_bank_i(control[12 +: D]),
          .hold_o(s[1]), .load_o(s[2]), .enable_o(enable));
        assign s[63:3] = 61'd0;
        assign r = enable;
      end else if (KIND == SEQUENCER) begin : g
        cim_sequencer #(
          .STEPS(A), .STEP_BITS(B), .PIPELINE(C), .RANK_BITS(D), .NEGATE_STAGE(E), .BANK_BITS(F))
        u_cell (
          .clk_i(clk), .rst_ni(rst_n), .in_valid_i(control[0]), .in_ready_o(s[0]),
          .in_bank_i(control[8 +: F]), .hold_i(control[1]), .take_o(s[1]), .shift_o(s[2]),
          .busy_o(s[3]), .bank_o(s[8 +: F]), .rank_enable_o(s[16 +: D]), .negate_o(s[4]),
          .first_o(s[5]), .accumulate_o(s[6]), .result_valid_o(s[7]), .result_ready_i(control[2]));
        assign s[15:8+F]  = {(8 - F){1'b0}};
        assign s[63:16+D] = {(48 - D){1'b0}};
        assign r = 2432'd0;
      end
      if (KIND != OUTPUT_STAGE && KIND != WEIGHT_PORT && KIND != SEQUENCER) begin : g_no_status
        assign s = 64'd0;
      end
    end
  endgenerate
endmodule

`default_nettype wire
