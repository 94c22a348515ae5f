// Drives noise_tb in Icarus. Prints the words and the Gaussians of the key 0, then, for each line
// of keys.txt (seed, array, cell, event and word in hexadecimal), the words, the Gaussians and the
// Gaussian of the word.
`default_nettype none

module noise_icarus;
  reg  [63:0]  seed;
  reg  [31:0]  array;
  reg  [31:0]  device;
  reg  [63:0]  occasion;
  reg  [31:0]  word;
  wire [127:0] words;
  wire [95:0]  gaussians;
  wire [23:0]  gaussian;

  noise_tb u_tb (
    .seed_i      (seed),
    .array_i     (array),
    .cell_i      (device),
    .event_i     (occasion),
    .word_i      (word),
    .words_o     (words),
    .gaussians_o (gaussians),
    .gaussian_o  (gaussian)
  );

  // A key that never changes.
  wire [127:0] still_words;
  wire [95:0]  still_gaussians;

  cim_noise u_still (
    .seed_i      (64'd0),
    .array_i     (32'd0),
    .cell_i      (32'd0),
    .event_i     (64'd0),
    .words_o     (still_words),
    .gaussians_o (still_gaussians)
  );

  integer file;
  initial begin
    #1 $display("%h %h", still_words, still_gaussians);
    file = $fopen("keys.txt", "r");
    while ($fscanf(file, "%h %h %h %h %h\n", seed, array, device, occasion, word) == 5) begin
      #1 $display("%h %h %h", words, gaussians, gaussian);
    end
    $finish;
  end
endmodule

`default_nettype wire
