// cim_or_product with 1 to 5 rows, of one lane and of three, both polarities: all inputs.
`default_nettype none

module or_product_case #(
  parameter ROWS   = 1,
  parameter LANES  = 1,
  parameter INVERT = 0
) ();
  localparam INPUTS = ROWS * (LANES + 1);
  reg  [INPUTS:0]    count;
  wire [LANES-1:0]   product;
  integer            wrong, row, lane;
  reg                expected;

  cim_or_product #(.LANES(LANES), .ROWS(ROWS), .INVERT(INVERT)) u_cell (
    .input_i (count[ROWS-1:0]),
    .weight_i(count[INPUTS-1:ROWS]),
    .product_o(product)
  );

  initial begin
    wrong = 0;
    for (count = 0; !count[INPUTS]; count = count + 1) begin
      #1;
      for (lane = 0; lane < LANES; lane = lane + 1) begin
        expected = 0;
        for (row = 0; row < ROWS; row = row + 1) begin
          if (count[row] && count[ROWS + row*LANES + lane]) expected = 1;
        end
        if (product[lane] !== (expected != (INVERT != 0))) wrong = wrong + 1;
      end
    end
  end
endmodule

module or_product_tb;
  genvar rows, inverted;
  generate
    for (rows = 1; rows <= 5; rows = rows + 1) begin : g_rows
      for (inverted = 0; inverted < 2; inverted = inverted + 1) begin : g_inverted
        or_product_case #(.ROWS(rows), .LANES(rows < 4 ? 3 : 1), .INVERT(inverted)) u_case ();
      end
    end
  endgenerate

  initial begin
    #100000;
    $display("checked 10, wrong %0d",
             g_rows[1].g_inverted[0].u_case.wrong + g_rows[1].g_inverted[1].u_case.wrong +
             g_rows[2].g_inverted[0].u_case.wrong + g_rows[2].g_inverted[1].u_case.wrong +
             g_rows[3].g_inverted[0].u_case.wrong + g_rows[3].g_inverted[1].u_case.wrong +
             g_rows[4].g_inverted[0].u_case.wrong + g_rows[4].g_inverted[1].u_case.wrong +
             g_rows[5].g_inverted[0].u_case.wrong + g_rows[5].g_inverted[1].u_case.wrong);
    $finish;
  end
endmodule

`default_nettype wire
