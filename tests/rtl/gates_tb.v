// Rows behind clock gates against the registers without: the same digits, whatever the row holds, with
// inputs that change at the clock edge which takes them.
`default_nettype none

module gates_tb;
  parameter ROWS = 66, BITS = 4, DIGIT = 1, STEPS = 4;

  reg                  clk = 1'b0, load = 1'b0, shift = 1'b0;
  reg  [ROWS*BITS-1:0] codes = {ROWS*BITS{1'b0}};
  reg  [STEPS-1:0]     select = {STEPS{1'b0}};
  wire [DIGIT*ROWS-1:0] plain, gated, chosen, chosen_gated;
  wire [STEPS-1:0]      nonzero, nonzero_gated;

  cim_input_serializer #(.ROWS(ROWS), .BITS(BITS), .DIGIT(DIGIT), .STEPS(STEPS)) u_plain (
    .clk_i(clk), .load_i(load), .shift_i(shift), .codes_i(codes), .digit_o(plain));
  cim_gated_serializer #(.ROWS(ROWS), .BITS(BITS), .DIGIT(DIGIT), .STEPS(STEPS)) u_gated (
    .clk_i(clk), .test_mode_i(1'b0), .load_i(load), .shift_i(shift), .codes_i(codes), .digit_o(gated));
  cim_digit_selector #(.ROWS(ROWS), .BITS(BITS), .DIGIT(DIGIT), .STEPS(STEPS)) u_chosen (
    .clk_i(clk), .test_mode_i(1'b0), .load_i(load), .select_i(select), .codes_i(codes), .digit_o(chosen),
    .nonzero_o(nonzero));
  cim_digit_selector #(.ROWS(ROWS), .BITS(BITS), .DIGIT(DIGIT), .STEPS(STEPS), .GATED(1)) u_both (
    .clk_i(clk), .test_mode_i(1'b0), .load_i(load), .select_i(select), .codes_i(codes), .digit_o(chosen_gated),
    .nonzero_o(nonzero_gated));

  always #5 clk = ~clk;

  integer row;
  always @(posedge clk) begin
    load   <= ($random & 3) == 0;
    shift  <= (STEPS > 1) ? $random : 1'b0;
    select <= 1 << ($unsigned($random) % STEPS);
    for (row = 0; row < ROWS; row = row + 1) begin
      codes[row*BITS +: BITS] <= (($random & 3) == 0) ? $random : {BITS{1'b0}};
    end
  end

  integer cycle, errors;
  initial begin
    errors = 0;
    for (cycle = 0; cycle < 600; cycle = cycle + 1) begin
      @(negedge clk);
      if (cycle > 30 && (plain !== gated || chosen !== chosen_gated || nonzero !== nonzero_gated)) begin
        errors = errors + 1;
      end
    end
    $display("%0d errors", errors);
    $finish;
  end
endmodule

`default_nettype wire
