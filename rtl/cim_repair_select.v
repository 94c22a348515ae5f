// Which lines the spare ones stand in for, decoded from repair registers: spare s has the number of
// a line and above it whether it is in use, at [s*(ADDRESS_BITS + 1) +: ADDRESS_BITS + 1]. Of
// spares that name the same line the lowest counts.
//   select_o    spare s stands in for line l: [s*LINES + l]
//   replaced_o  some spare stands in for line l
`default_nettype none

module cim_repair_select #(
  parameter LINES        = 64,
  parameter ADDRESS_BITS = 6,  // 0 where LINES = 1
  parameter SPARES       = 1
) (
  input  wire [SPARES*(ADDRESS_BITS + 1)-1:0] registers_i,
  output wire [SPARES*LINES-1:0]              select_o,
  output wire [LINES-1:0]                     replaced_o
);
  genvar spare, line;
  generate
    for (spare = 0; spare < SPARES; spare = spare + 1) begin : g_spare
      wire             used = registers_i[spare*(ADDRESS_BITS + 1) + ADDRESS_BITS];
      wire [LINES-1:0] named;
      wire [LINES-1:0] taken;  // by a lower spare
      for (line = 0; line < LINES; line = line + 1) begin : g_line
        if (ADDRESS_BITS == 0) begin : g_one
          assign named[line] = used;
        end else begin : g_decode
          assign named[line] = used & (line[ADDRESS_BITS-1:0] ==
              registers_i[spare*(ADDRESS_BITS + 1) +: ADDRESS_BITS]);
        end
      end
      if (spare == 0) begin : g_first
        assign taken = {LINES{1'b0}};
      end else begin : g_next
        assign taken = g_spare[spare-1].taken | g_spare[spare-1].named;
      end
      assign select_o[spare*LINES +: LINES] = named & ~taken;
    end
    assign replaced_o = g_spare[SPARES-1].taken | g_spare[SPARES-1].named;
  endgenerate
endmodule

`default_nettype wire
