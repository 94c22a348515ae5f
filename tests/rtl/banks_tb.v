// cim_weight_banks against cim_weight_latch, behind the same word lines.
`default_nettype none

module banks_tb;
  localparam ROWS = 5, BITS = 3, BANKS = 9, BANK_BITS = 4, LANES = 2;

  reg                        clk = 1'b0;
  reg  [BANKS*ROWS-1:0]      enable = {BANKS*ROWS{1'b0}};
  reg  [BITS*LANES-1:0]      data = {BITS*LANES{1'b0}};
  reg  [BANK_BITS-1:0]       bank = {BANK_BITS{1'b0}};
  wire [BANKS*ROWS-1:0]      word_line;
  wire [ROWS*BITS*LANES-1:0] expected, got;

  cim_word_line_gate #(.WIDTH(BANKS*ROWS)) u_gate (
    .clk_i(clk), .enable_i(enable), .word_line_o(word_line));
  cim_weight_latch #(
    .LANES(LANES), .ROWS(ROWS), .BITS(BITS), .BANKS(BANKS), .BANK_BITS(BANK_BITS)) u_latch (
    .word_line_i(word_line), .data_i(data), .bank_i(bank), .weight_o(expected));
  cim_weight_banks #(
    .LANES(LANES), .ROWS(ROWS), .BITS(BITS), .BANKS(BANKS), .BANK_BITS(BANK_BITS)) u_banks (
    .word_line_i(word_line), .data_i(data), .bank_i(bank), .weight_o(got));

  always #5 clk = ~clk;

  // Every row once, then at random or none.
  integer written = 0;
  integer line;
  always @(posedge clk) begin
    data   <= $random;
    bank   <= $unsigned($random) % BANKS;
    line    = (written < BANKS*ROWS) ? written : $unsigned($random) % (2*BANKS*ROWS);
    written = written + 1;
    enable <= {BANKS*ROWS{1'b0}};
    if (line < BANKS*ROWS) enable[line] <= 1'b1;
  end

  integer cycle, errors;
  initial begin
    errors = 0;
    for (cycle = 0; cycle < 3000; cycle = cycle + 1) begin
      @(negedge clk) #1 if (cycle > BANKS*ROWS && expected !== got) errors = errors + 1;
      @(posedge clk) #1 if (cycle > BANKS*ROWS && expected !== got) errors = errors + 1;
    end
    if (^expected === 1'bx) errors = errors + 1;  // every cell was written
    $display("%0d errors", errors);
    $finish;
  end
endmodule

`default_nettype wire
