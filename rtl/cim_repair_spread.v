// The codes of LINES lines for an array with SPARES spare ones: each spare gets the code of the line
// that it stands in for, and 0 where it stands in for none. With CLEAR the replaced lines get 0.
//   codes_i   line l at [l*BITS +: BITS]; codes_o the same, the spares behind the last line
`default_nettype none

module cim_repair_spread #(
  parameter LINES  = 64,
  parameter BITS   = 4,
  parameter SPARES = 1,
  parameter CLEAR  = 1
) (
  input  wire [LINES*BITS-1:0]            codes_i,
  input  wire [SPARES*LINES-1:0]          select_i,
  // Only read where the replaced lines are cleared.
  // verilator lint_off UNUSED
  input  wire [LINES-1:0]                 replaced_i,
  // verilator lint_on UNUSED
  output wire [(LINES + SPARES)*BITS-1:0] codes_o
);
  genvar line, spare;
  generate
    for (line = 0; line < LINES; line = line + 1) begin : g_line
      if (CLEAR != 0) begin : g_clear
        assign codes_o[line*BITS +: BITS] = codes_i[line*BITS +: BITS] & {BITS{~replaced_i[line]}};
      end else begin : g_keep
        assign codes_o[line*BITS +: BITS] = codes_i[line*BITS +: BITS];
      end
    end
    for (spare = 0; spare < SPARES; spare = spare + 1) begin : g_spare
      reg [BITS-1:0] code;
      integer l;
      always @* begin
        code = {BITS{1'b0}};
        for (l = 0; l < LINES; l = l + 1) begin
          code = code | (codes_i[l*BITS +: BITS] & {BITS{select_i[spare*LINES + l]}});
        end
      end
      assign codes_o[(LINES + spare)*BITS +: BITS] = code;
    end
  endgenerate
endmodule

`default_nettype wire
