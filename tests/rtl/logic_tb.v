// The cells of logic macros against plain Verilog: the column for every state and input, the read port
// for every select, the count over columns.
`timescale 1ns/1ns
module logic_tb;
  integer errors = 0;
  integer i, j;

  // The column: 3 state bits and 25 inputs, drawn; each lane has a row of its own.
  localparam LANES = 5;
  reg clk = 0;
  reg [LANES-1:0] row_a, row_b, data;
  reg [22:0] c;
  wire [LANES-1:0] bits;
  cim_logic_lane #(.LANES(LANES)) u_lane (
    .clk_i(clk), .row_a_i(row_a), .row_b_i(row_b), .data_i(data), .load_i(c[0]), .key_i(c[1]),
    .where_i(c[2]), .plain_i(c[3]), .invert_a_i(c[4]), .invert_b_i(c[5]), .use_carry_i(c[6]),
    .first_i(c[7]), .start_i(c[8]), .majority_i(c[9]), .step_i(c[10]), .take_and_i(c[11]),
    .take_one_i(c[12]), .by_carry_i(c[13]), .swap_i(c[14]), .invert_i(c[15]), .tag_row_i(c[16]),
    .invert_tag_i(c[17]), .keep_tag_i(c[18]), .set_tag_i(c[19]), .take_tag_i(c[20]),
    .set_bit_i(c[21]), .bit_o(bits));

  reg [LANES-1:0] carry, tag, bit_;   // what the column must hold
  reg a, b, cin, cout, result, next_tag, row;
  reg [1:0] total;
  task step;
    begin
      #1;
      for (j = 0; j < LANES; j = j + 1) begin
        row   = row_b[j] | c[1];
        b     = c[3] ? row : c[2] ? row & tag[j] : 1'b0;
        b     = b != c[5];
        a     = row_a[j] != c[4];
        cin   = c[6] ? (c[7] ? c[8] : carry[j]) : 1'b0;
        total = a + b + cin;
        cout  = c[9] ? total > 1 : (a != b) & cin;
        result = c[11] ? a & b :
                 c[12] ? (((c[13] ? carry[j] : tag[j]) != c[14]) ? a : b) : total[0];
        result = result != c[15];
        next_tag = (c[16] ? row : cout) != c[17];
        if (c[18]) next_tag = next_tag & tag[j];
        if (c[0]) bit_[j] = data[j];
        else if (c[21]) bit_[j] = c[20] ? next_tag : result;
        if (c[10]) carry[j] = cout;
        if (c[19]) tag[j] = next_tag;
      end
      clk = 1;
      #1;
      clk = 0;
      if (bits !== bit_) begin
        errors = errors + 1;
        if (errors < 5) $display("column: controls %b, bit %b, right %b", c, bits, bit_);
      end
    end
  endtask

  // The read port: 6 rows of 3 lanes.
  reg [17:0] rows;
  reg [5:0] select;
  reg [2:0] pending, right;
  reg select_pending;
  wire [2:0] read;
  cim_logic_read #(.LANES(3), .ROWS(6)) u_read (
    .rows_i(rows), .select_i(select), .pending_i(pending), .select_pending_i(select_pending),
    .row_o(read));

  // The count: signed and unsigned numbers of 4 bits in 9 columns, sums of 8 bits.
  reg add, first, sign;
  reg [8:0] columns;
  wire [7:0] sum;
  reg [35:0] numbers;
  integer expected, k;
  cim_logic_count #(.COLUMNS(9), .BITS(8)) u_count (
    .clk_i(clk), .counts_i(add), .add_i(add), .first_i(first), .sign_i(sign), .columns_i(columns), .sum_o(sum));

  // The result: a sum is wider than the columns; the second entry moves up.
  reg load, load_skid, move, is_sum;
  wire [7:0] shown;
  cim_logic_result #(.COLUMNS(3), .SUM_BITS(8), .BITS(8)) u_result (
    .clk_i(clk), .load_i(load), .load_skid_i(load_skid), .move_i(move), .is_sum_i(is_sum),
    .columns_i(read), .sum_i(sum), .result_o(shown));

  task tick;
    begin
      #1 clk = 1;
      #1 clk = 0;
    end
  endtask

  initial begin
    {load, load_skid, move, is_sum, add, first, sign} = 0;
    c = 0;
    // Known state: a carry, tags and bits.
    row_a = 0; row_b = 5'b10110; data = 0;
    c[3] = 1; c[9] = 1; c[10] = 1; c[16] = 1; c[19] = 1; c[21] = 1;
    carry = 0; tag = row_b; bit_ = row_b;
    tick;
    for (i = 0; i < 60000; i = i + 1) begin
      {row_a, row_b, data} = $random;
      c = $random;
      step;
    end

    for (i = 0; i < 200; i = i + 1) begin
      rows = $random;
      pending = $random;
      for (j = 0; j <= 7; j = j + 1) begin
        select = (j < 6) ? 6'd1 << j : 6'd0;
        select_pending = j == 6;
        right = (j < 6) ? rows[3*(j % 6) +: 3] : (j == 6) ? pending : 3'd0;
        #1;
        if (read !== right) errors = errors + 1;
      end
    end

    for (i = 0; i < 300; i = i + 1) begin
      numbers = {$random, $random};
      add = 1;
      expected = 0;
      for (k = 0; k < 9; k = k + 1) begin
        expected = expected + numbers[4*k +: 4] - ((i % 2 == 1 && numbers[4*k+3]) ? 16 : 0);
      end
      for (j = 3; j >= 0; j = j - 1) begin
        first = j == 3;
        sign = first && i % 2 == 1;
        for (k = 0; k < 9; k = k + 1) columns[k] = numbers[4*k + j];
        #1;
        if (j == 0 && sum !== expected[7:0]) errors = errors + 1;
        if (j > 0) tick;
      end
      // With the sum on its input the result shows it, or three columns with zeros above.
      is_sum = 1; load = 1; tick; load = 0;
      if (shown !== expected[7:0]) errors = errors + 1;
      // Without add nothing changes, whatever the columns are.
      add = 0; columns = $random; first = 0; sign = 0; tick;
      is_sum = 0; select = 6'd1 << (i % 6); select_pending = 0; #1;
      load_skid = 1; tick; load_skid = 0;
      if (shown !== expected[7:0]) errors = errors + 1;
      move = 1; tick; move = 0;
      if (shown !== {5'd0, rows[3*(i % 6) +: 3]}) errors = errors + 1;
    end
    $display("%0d errors", errors);
    $finish;
  end
endmodule
