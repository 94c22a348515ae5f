// The row of an array with spare rows that is written for a row of the macro: the spare that stands
// in for it, else the row itself.
`default_nettype none

module cim_repair_address #(
  parameter ROWS      = 4,
  parameter ROW_BITS  = 6,  // at least 1
  parameter SPARES    = 1,
  parameter CORE_BITS = 7   // enough for ROWS + SPARES - 1
) (
  input  wire [ROW_BITS-1:0]    row_i,
  input  wire [SPARES*ROWS-1:0] select_i,
  output wire [CORE_BITS-1:0]   row_o
);
  wire [SPARES-1:0] hit;
  genvar spare;
  generate
    for (spare = 0; spare < SPARES; spare = spare + 1) begin : g_spare
      wire [ROWS-1:0] mine = select_i[spare*ROWS +: ROWS];
      assign hit[spare] = mine[row_i];
    end
  endgenerate

  reg [CORE_BITS-1:0] spare_row;
  integer s;
  always @* begin
    spare_row = {CORE_BITS{1'b0}};
    for (s = 0; s < SPARES; s = s + 1) begin
      if (hit[s]) spare_row = ROWS[CORE_BITS-1:0] + s[CORE_BITS-1:0];
    end
  end

  wire [CORE_BITS:0] wide = {{(CORE_BITS + 1 - ROW_BITS){1'b0}}, row_i};
  assign row_o = |hit ? spare_row : wide[CORE_BITS-1:0];
  // verilator lint_off UNUSED
  wire unused_bit = wide[CORE_BITS];
  // verilator lint_on UNUSED
endmodule

`default_nettype wire
