// The codes of LINES lines from an array with SPARES spare ones: a replaced line gets the code of
// the spare that stands in for it. Layouts as in cim_repair_spread.
`default_nettype none

module cim_repair_gather #(
  parameter LINES  = 64,
  parameter BITS   = 4,
  parameter SPARES = 1
) (
  input  wire [(LINES + SPARES)*BITS-1:0] codes_i,
  input  wire [SPARES*LINES-1:0]          select_i,
  input  wire [LINES-1:0]                 replaced_i,
  output wire [LINES*BITS-1:0]            codes_o
);
  genvar line;
  generate
    for (line = 0; line < LINES; line = line + 1) begin : g_line
      reg [BITS-1:0] spare_code;
      integer spare;
      always @* begin
        spare_code = {BITS{1'b0}};
        for (spare = 0; spare < SPARES; spare = spare + 1) begin
          spare_code = spare_code | (codes_i[(LINES + spare)*BITS +: BITS] &
                                     {BITS{select_i[spare*LINES + line]}});
        end
      end
      assign codes_o[line*BITS +: BITS] =
          replaced_i[line] ? spare_code : codes_i[line*BITS +: BITS];
    end
  endgenerate
endmodule

`default_nettype wire
