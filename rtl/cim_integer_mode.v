// A register of codes of an integer format, or with integer_i the integers of fewer bits at their low ends, extended by
// their signs. INTEGER_BITS = 0 or BITS: the codes as they are.
`default_nettype none

module cim_integer_mode #(
  parameter COUNT        = 4,
  parameter BITS         = 8,
  parameter INTEGER_BITS = 4
) (
  input  wire                  clk_i,
  input  wire                  load_i,
  // Nothing to choose where both have the same bits.
  // verilator lint_off UNUSED
  input  wire                  integer_i,
  // verilator lint_on UNUSED
  input  wire [COUNT*BITS-1:0] codes_i,
  output wire [COUNT*BITS-1:0] codes_o
);
  reg [COUNT*BITS-1:0] codes_q;
  assign codes_o = codes_q;

  genvar block, c;  // blocks of 64: tools limit the length of a loop
  generate
    if (INTEGER_BITS == 0 || INTEGER_BITS == BITS) begin : g_same
      always @(posedge clk_i) begin
        if (load_i) codes_q <= codes_i;
      end
    end else begin : g_both
      for (block = 0; block < COUNT; block = block + 64) begin : g_codes
        for (c = block; c < COUNT && c < block + 64; c = c + 1) begin : g_code
          wire [BITS-1:0] code = codes_i[c*BITS +: BITS];
          always @(posedge clk_i) begin
            if (load_i) begin
              codes_q[c*BITS +: BITS] <=
                  integer_i ? {{(BITS-INTEGER_BITS+1){code[INTEGER_BITS-1]}}, code[INTEGER_BITS-2:0]} : code;
            end
          end
        end
      end
    end
  endgenerate
endmodule

`default_nettype wire
