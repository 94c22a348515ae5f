// cim_weight_transpose beside the storage of its slices: rows in random order, over and over, and after
// each of them every bit of every bank in both views. Says "right" or what is wrong.
`default_nettype none

module transpose_tb #(
  parameter SIZE      = 5,
  parameter BITS      = 3,
  parameter LANES     = 2,
  parameter CODES     = 0,
  parameter BANKS     = 1,
  parameter BANK_BITS = 1
);
  localparam PLANES = CODES == 1 ? 1 : BITS;     // of a row, in the storage
  localparam WIDTH  = CODES == 1 ? BITS : 1;     // of a lane in a plane
  localparam FULL   = SIZE / LANES;
  localparam REST   = SIZE % LANES;

  reg                       clk = 1'b0;
  reg                       load = 1'b0;
  reg  [SIZE*BITS-1:0]      data = 0;
  reg  [BANKS*SIZE-1:0]     lines = 0;
  reg  [BANK_BITS-1:0]      bank = 0;
  wire [SIZE*SIZE*BITS-1:0] view, other;
  reg  [SIZE*BITS-1:0]      held = 0;            // the write buffer

  always @(posedge clk) if (load) held <= data;

  // Columns of slices: bit b of lane l at [b*LANES + l], or whole codes.
  genvar s, l, b;
  generate
    for (s = 0; s < SIZE; s = s + LANES) begin : g_slice
      localparam HERE = s + LANES <= SIZE ? LANES : REST;
      wire [BITS*HERE-1:0] written;
      for (l = 0; l < HERE; l = l + 1) begin : g_lane
        for (b = 0; b < BITS; b = b + 1) begin : g_bit
          if (CODES == 1) begin : g_code
            assign written[l*BITS + b] = held[(s + l)*BITS + b];
          end else begin : g_plane
            assign written[b*HERE + l] = held[(s + l)*BITS + b];
          end
        end
      end
      cim_weight_latch #(.LANES(HERE*WIDTH), .ROWS(SIZE), .BITS(PLANES), .BANKS(BANKS),
                         .BANK_BITS(BANK_BITS)) u_weights (
        .word_line_i(lines), .data_i(written), .bank_i(bank),
        .weight_o(view[s*SIZE*BITS +: HERE*SIZE*BITS]));
    end
  endgenerate

  cim_weight_transpose #(.SIZE(SIZE), .BITS(BITS), .LANES(LANES), .CODES(CODES), .BANKS(BANKS),
                         .BANK_BITS(BANK_BITS)) dut (
    .clk_i(clk), .load_i(load), .weight_data_i(data), .word_line_i(lines), .bank_i(bank),
    .weight_i(view), .weight_t_o(other));

  // Where bit `k` of row `r` of column `c` stands.
  function integer place(input integer c, input integer r, input integer k);
    integer first, here;
    begin
      first = c / LANES * LANES;
      here  = first < FULL*LANES ? LANES : REST;
      place = CODES == 1 ? first*SIZE*BITS + (r*here + c - first)*BITS + k
                         : first*SIZE*BITS + (r*BITS + k)*here + c - first;
    end
  endfunction

  reg [SIZE*SIZE*BITS-1:0] stored [0:BANKS-1];   // bit k of W[r][c] at [(r*SIZE + c)*BITS + k]
  integer trial, r, c, k, target, wrong, seed;
  initial begin
    wrong = 0;
    seed  = 1;
    for (trial = 0; trial < 3*BANKS*SIZE + 20; trial = trial + 1) begin
      target = trial < BANKS*SIZE ? trial : $unsigned($random(seed)) % (BANKS*SIZE);
      for (k = 0; k < SIZE*BITS; k = k + 1) data[k] = $random(seed);
      load = 1'b1;
      #1 clk = 1'b1;
      #1 load = 1'b0;
      clk  = 1'b0;
      #1 lines[target] = 1'b1;
      #1 lines = 0;
      for (k = 0; k < SIZE*BITS; k = k + 1) stored[target / SIZE][(target % SIZE)*SIZE*BITS + k] = data[k];
      data = ~data;  // what stands there later does not matter
      if (trial >= BANKS*SIZE - 1) begin
        for (target = 0; target < BANKS; target = target + 1) begin
          bank = target;
          #1;
          for (r = 0; r < SIZE; r = r + 1) for (c = 0; c < SIZE; c = c + 1)
            for (k = 0; k < BITS; k = k + 1) begin
              if (view[place(c, r, k)] !== stored[target][(r*SIZE + c)*BITS + k]) wrong = wrong + 1;
              if (other[place(c, r, k)] !== stored[target][(c*SIZE + r)*BITS + k]) wrong = wrong + 1;
            end
        end
      end
    end
    if (wrong == 0) $display("right");
    else $display("%0d bits are wrong", wrong);
    $finish;
  end
endmodule

`default_nettype wire
