// The emitted <name>_encode and <name>_decode of a macro named pr, 64 words at a time: every word of up
// to 10 bits, and of more bits 512 of them, without an error, with each single one and each double
// one, in some lanes and not in others. Made for BITS data bits and CHECKS check bits; MENDS defined:
// SECDED. Prints `errors N`.
`default_nettype none

module code_tb;
  localparam LANES = 64;
  localparam WORD  = `BITS + `CHECKS;
  localparam GROUPS = `BITS <= 6 ? 1 : `BITS <= 10 ? 1 << (`BITS - 6) : 8;

  reg  [`BITS*LANES-1:0]   data;
  wire [`CHECKS*LANES-1:0] check;
  reg  [WORD*LANES-1:0]    turned;
  wire [WORD*LANES-1:0]    word = {check, data} ^ turned;
  wire [`BITS*LANES-1:0]   got;
  wire [LANES-1:0]         uncorrectable;
  pr_encode #(.LANES(LANES)) u_encode (.data_i(data), .check_o(check));
`ifdef MENDS
  wire [LANES-1:0] mended;
  pr_decode #(.LANES(LANES)) u_decode (
    .word_i(word), .data_o(got), .mended_o(mended), .uncorrectable_o(uncorrectable));
`else
  pr_decode #(.LANES(LANES)) u_decode (
    .word_i(word), .data_o(got), .uncorrectable_o(uncorrectable));
`endif

  integer errors = 0;
  integer group, value, first, second, lane, b;
  reg [LANES-1:0] ones, twos, zeros;  // lanes with so many wrong bits
  initial begin
    zeros = 0;
    for (group = 0; group < GROUPS; group = group + 1) begin
      for (lane = 0; lane < LANES; lane = lane + 1) begin
        value = `BITS <= 10 ? 64*group + lane : $random;
        for (b = 0; b < `BITS; b = b + 1) data[b*LANES + lane] = value[b];
      end
      // WORD: no bit.
      for (first = 0; first <= WORD; first = first + 1) begin
        for (second = first; second <= WORD; second = second + 1) begin
          turned = 0;
          ones = {$random, $random};
          twos = zeros;
          if (first == WORD) ones = zeros;
          else turned[first*LANES +: LANES] = ones;
          if (second < WORD && second != first) begin
            twos = ones;
            ones = zeros;
            turned[second*LANES +: LANES] = twos;
          end
          #1;
`ifdef MENDS
          for (b = 0; b < `BITS; b = b + 1)
            if (((got[b*LANES +: LANES] ^ data[b*LANES +: LANES]) & ~twos) !== zeros) errors = errors + 1;
          if (mended !== ones || uncorrectable !== twos) errors = errors + 1;
`else
          // Two wrong bits are as none.
          if (got !== word[`BITS*LANES-1:0] || uncorrectable !== ones) errors = errors + 1;
`endif
        end
      end
    end
    $display("errors %0d", errors);
    $finish;
  end
endmodule

`default_nettype wire
