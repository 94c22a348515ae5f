// Around cim_noise: the draws of a key, and the Gaussian of any word, so that every segment of the
// table is seen. C++ drives the ports in Verilator, noise_icarus.v in Icarus.
`default_nettype none

module noise_tb (
  input  wire [63:0]  seed_i,
  input  wire [31:0]  array_i,
  input  wire [31:0]  cell_i,
  input  wire [63:0]  event_i,
  input  wire [31:0]  word_i,
  output wire [127:0] words_o,
  output wire [95:0]  gaussians_o,
  output wire [23:0]  gaussian_o
);
  cim_noise u_noise (
    .seed_i      (seed_i),
    .array_i     (array_i),
    .cell_i      (cell_i),
    .event_i     (event_i),
    .words_o     (words_o),
    .gaussians_o (gaussians_o)
  );

  assign gaussian_o = u_noise.gaussian(word_i);
endmodule

`default_nettype wire
