// The cells of run-time precision against integer arithmetic, in Icarus: random numbers and the ends.
// Prints `wrong ...` for each difference, and `end`.
`default_nettype none

// cim_signed_accumulator and cim_lane_invert: columns of sums F + 2^PLACE T, T subtracted in signed lanes.
module accumulator_tb #(
  parameter LANES = 5,
  parameter WIDTH = 20,
  parameter TOP   = 4,  // bits of T
  parameter PLACE = 3,
  parameter HELD  = 0,
  parameter SEED  = 1
) ();
  localparam SUM = PLACE + TOP + 1;
  reg                  clk = 0, enable = 0, first = 1, subtract = 0;
  reg  [LANES-1:0]     is_signed = 0;
  reg  [SUM*LANES-1:0] sum = 0;
  wire [WIDTH*LANES-1:0] result;
  reg  [TOP*LANES-1:0] top;
  wire [TOP*LANES-1:0] inverted;
  cim_signed_accumulator #(.LANES(LANES), .SUM_BITS(SUM), .WIDTH(WIDTH), .HELD(HELD)) u_accumulator (
    .clk_i(clk), .enable_i(enable), .first_i(first), .subtract_i(subtract), .signed_i(is_signed),
    .sum_i(sum), .result_o(result));
  genvar g;
  generate
    for (g = 0; g < TOP; g = g + 1) begin : g_top
      cim_lane_invert #(.LANES(LANES)) u_invert (
        .invert_i(is_signed), .data_i(top[g*LANES +: LANES]), .data_o(inverted[g*LANES +: LANES]));
    end
  endgenerate

  integer seed, step, lane, b, low, t, n;
  reg signed [63:0] expected [0:LANES-1];
  reg [WIDTH-1:0]   got, wanted;
  reg [SUM-1:0]     total;
  reg [TOP-1:0]     t_bits;
  initial begin
    seed = SEED;
    for (step = 0; step < 100; step = step + 1) begin
      first     = step == 0 || $random(seed) % 4 == 0;
      subtract  = first && ($random(seed) & 1) != 0;
      is_signed = $random(seed);
      enable    = step == 0 || $random(seed) % 4 != 0;
      for (lane = 0; lane < LANES; lane = lane + 1) begin
        t = $random(seed) & ((1 << TOP) - 1);
        if ($random(seed) % 4 == 0) t = (1 << TOP) - 1;
        for (b = 0; b < TOP; b = b + 1) top[b*LANES + lane] = t[b];
      end
      #1;
      for (lane = 0; lane < LANES; lane = lane + 1) begin
        for (b = 0; b < TOP; b = b + 1) begin
          t_bits[b] = inverted[b*LANES + lane];
        end
        // The lower planes: no more than the rows that T counts could give.
        low = $random(seed) & ((1 << PLACE) - 1);
        total = low + ((t_bits + is_signed[lane]) << PLACE);
        for (b = 0; b < SUM; b = b + 1) sum[b*LANES + lane] = total[b];
        for (b = 0; b < TOP; b = b + 1) t_bits[b] = top[b*LANES + lane];
        n = low + (is_signed[lane] ? -(t_bits << PLACE) : (t_bits << PLACE));
        if (enable) expected[lane] = (first ? 0 : 2 * expected[lane]) + (subtract ? -n : n);
      end
      #1;
      if (HELD == 0 && enable) begin
        for (lane = 0; lane < LANES; lane = lane + 1) begin
          for (b = 0; b < WIDTH; b = b + 1) got[b] = result[b*LANES + lane];
          wanted = expected[lane];
          if (got !== wanted) $display("wrong accumulator %m step %0d lane %0d: %h, not %h", step, lane, got, wanted);
        end
      end
      clk = 1; #1; clk = 0; #1;
      if (HELD != 0) begin
        for (lane = 0; lane < LANES; lane = lane + 1) begin
          for (b = 0; b < WIDTH; b = b + 1) got[b] = result[b*LANES + lane];
          wanted = expected[lane];
          if (got !== wanted) $display("wrong accumulator %m step %0d lane %0d: %h, not %h", step, lane, got, wanted);
        end
      end
    end
  end
endmodule

// cim_signed_place_accumulator: sums S, with 2^(SUM-1) more in signed lanes, at any place or none.
module place_tb #(
  parameter LANES  = 5,
  parameter WIDTH  = 20,
  parameter SUM    = 6,
  parameter PLACES = 4,
  parameter HELD   = 0,
  parameter SEED   = 1
) ();
  reg                    clk = 0, enable = 0, first = 1, subtract = 0;
  reg  [LANES-1:0]       is_signed = 0;
  reg  [PLACES-1:0]      place = 0;
  reg  [SUM*LANES-1:0]   sum = 0;
  wire [WIDTH*LANES-1:0] result;
  cim_signed_place_accumulator #(
    .LANES(LANES), .SUM_BITS(SUM), .WIDTH(WIDTH), .PLACES(PLACES), .HELD(HELD)
  ) u_accumulator (
    .clk_i(clk), .enable_i(enable), .first_i(first), .subtract_i(subtract), .signed_i(is_signed),
    .place_i(place), .sum_i(sum), .result_o(result));

  integer seed, step, lane, b, n, p;
  reg signed [63:0] expected [0:LANES-1];
  reg [WIDTH-1:0]   got, wanted;
  initial begin
    seed = SEED;
    for (step = 0; step < 200; step = step + 1) begin
      first     = step == 0 || $random(seed) % 4 == 0;
      p         = {$random(seed)} % (PLACES + 1);  // PLACES: none
      place     = p == PLACES ? 0 : 1 << p;
      subtract  = p != PLACES && ($random(seed) & 1) != 0;
      is_signed = $random(seed);
      enable    = step == 0 || $random(seed) % 4 != 0;
      for (lane = 0; lane < LANES; lane = lane + 1) begin
        n = {$random(seed)} % (1 << SUM);
        if ($random(seed) % 4 == 0) n = ($random(seed) & 1) != 0 ? (1 << SUM) - 1 : 0;
        for (b = 0; b < SUM; b = b + 1) sum[b*LANES + lane] = n[b];
        if (is_signed[lane]) n = n - (1 << (SUM - 1));
        if (subtract) n = -n;
        if (p == PLACES) n = 0;
        if (enable) expected[lane] = (first ? 0 : expected[lane]) + (n <<< p);
      end
      #1;
      for (lane = 0; HELD == 0 && enable && lane < LANES; lane = lane + 1) begin
        for (b = 0; b < WIDTH; b = b + 1) got[b] = result[b*LANES + lane];
        wanted = expected[lane];
        if (got !== wanted) $display("wrong places %m step %0d lane %0d: %h, not %h", step, lane, got, wanted);
      end
      clk = 1; #1; clk = 0; #1;
      for (lane = 0; HELD != 0 && lane < LANES; lane = lane + 1) begin
        for (b = 0; b < WIDTH; b = b + 1) got[b] = result[b*LANES + lane];
        wanted = expected[lane];
        if (got !== wanted) $display("wrong places %m step %0d lane %0d: %h, not %h", step, lane, got, wanted);
      end
    end
  end
endmodule

// cim_column_fusion: sums that columns of BITS hold, with a sign where the mode has one.
module fusion_tb #(
  parameter        LANES       = 8,
  parameter        COLUMN_BITS = 2,
  parameter        BITS        = 9,
  parameter        FUSE_LOG    = 2,
  parameter [39:0] WIDTHS      = 0,
  parameter        SEED        = 1
) ();
  reg                    enable = 0, input_signed = 0, weight_signed = 0;
  reg  [FUSE_LOG:0]      fuse = 1;
  reg  [BITS*LANES-1:0]  planes = 0;
  wire [BITS*LANES-1:0]  codes;
  cim_column_fusion #(.LANES(LANES), .COLUMN_BITS(COLUMN_BITS), .BITS(BITS), .FUSE_LOG(FUSE_LOG),
                      .WIDTHS(WIDTHS)) u_fusion (
    .enable_i(enable), .fuse_i(fuse), .input_signed_i(input_signed),
    .result_signed_i(input_signed | weight_signed), .planes_i(planes), .planes_o(codes));

  integer seed, step, lane, b, n, p, q, f, g;
  reg signed [63:0]       x, w, sum;
  reg [16*BITS-1:0]       got, wanted;
  reg [BITS-1:0]          code;
  initial begin
    seed = SEED;
    enable = 1;
    for (step = 0; step < 60; step = step + 1) begin
      input_signed  = $random(seed);
      weight_signed = $random(seed);
      f = {$random(seed)} % (FUSE_LOG + 1);
      p = 1 << f;
      fuse = 1 << f;
      for (g = 0; g < LANES / p; g = g + 1) begin
        sum = 0;
        for (q = 0; q < p; q = q + 1) begin
          // A product that the column can have: inputs of BITS - COLUMN_BITS bits, one of them the
          // sign where there is one. The sums take all of WIDTHS.
          n = input_signed ? BITS - COLUMN_BITS - 1 : BITS - COLUMN_BITS;
          x = {$random(seed)} % (1 << n);
          if ($random(seed) % 3 == 0) x = (1 << n) - 1;
          if (input_signed && ($random(seed) & 1) != 0) x = -x;
          w = {$random(seed)} % (1 << COLUMN_BITS);
          if ($random(seed) % 3 == 0) w = (1 << COLUMN_BITS) - 1;
          if (weight_signed && q == p - 1 && w[COLUMN_BITS-1]) w = w - (1 << COLUMN_BITS);
          sum = sum + ((x * w) <<< (q * COLUMN_BITS));
          code = x * w;
          for (b = 0; b < BITS; b = b + 1) planes[b*LANES + g*p + q] = code[b];
        end
        // Told again below, from the planes alone.
      end
      #1;
      for (g = 0; g < LANES / p; g = g + 1) begin
        sum = 0;
        for (q = 0; q < p; q = q + 1) begin
          for (b = 0; b < BITS; b = b + 1) code[b] = planes[b*LANES + g*p + q];
          x = code;
          if ((input_signed || (weight_signed && q == p - 1)) && code[BITS-1]) x = x - (64'd1 << BITS);
          sum = sum + (x <<< (q * COLUMN_BITS));
        end
        wanted = 0;
        for (b = 0; b < p * BITS; b = b + 1) wanted[b] = b < 64 ? sum[b] : sum[63];
        got = 0;
        for (q = 0; q < p; q = q + 1) begin
          for (b = 0; b < BITS; b = b + 1) got[q*BITS + b] = codes[b*LANES + g*p + q];
        end
        if (got !== wanted) $display("wrong fusion %m step %0d group %0d of %0d: %h, not %h", step, g, p, got, wanted);
      end
    end
  end
endmodule

module cells_tb;
  accumulator_tb #(.LANES(5), .WIDTH(20), .TOP(4), .PLACE(3)) u_a0 ();
  accumulator_tb #(.LANES(64), .WIDTH(14), .TOP(7), .PLACE(0), .HELD(1), .SEED(2)) u_a1 ();
  accumulator_tb #(.LANES(1), .WIDTH(9), .TOP(5), .PLACE(3), .SEED(3)) u_a2 ();
  accumulator_tb #(.LANES(2), .WIDTH(2), .TOP(1), .PLACE(0), .HELD(1), .SEED(4)) u_a3 ();
  accumulator_tb #(.LANES(2), .WIDTH(24), .TOP(1), .PLACE(7), .SEED(5)) u_a4 ();
  place_tb #(.LANES(5), .WIDTH(20), .SUM(6), .PLACES(4)) u_p0 ();
  place_tb #(.LANES(64), .WIDTH(8), .SUM(8), .PLACES(8), .HELD(1), .SEED(2)) u_p1 ();
  place_tb #(.LANES(1), .WIDTH(16), .SUM(1), .PLACES(5), .SEED(3)) u_p2 ();
  place_tb #(.LANES(3), .WIDTH(5), .SUM(3), .PLACES(2), .HELD(1), .SEED(4)) u_p3 ();
  // WIDTHS: BITS, then just enough, or one more, so that halves are cut or extended.
  fusion_tb #(.LANES(8), .COLUMN_BITS(2), .BITS(9), .FUSE_LOG(2), .WIDTHS(40'h00000f0b09)) u_f0 ();
  fusion_tb #(.LANES(2), .COLUMN_BITS(1), .BITS(5), .FUSE_LOG(1), .WIDTHS(40'h0000000605), .SEED(2)) u_f1 ();
  fusion_tb #(.LANES(16), .COLUMN_BITS(1), .BITS(12), .FUSE_LOG(4), .WIDTHS(40'h1c1410_0d0c), .SEED(3)) u_f2 ();
  fusion_tb #(.LANES(12), .COLUMN_BITS(4), .BITS(14), .FUSE_LOG(2), .WIDTHS(40'h00001a120e), .SEED(4)) u_f3 ();
  fusion_tb #(.LANES(8), .COLUMN_BITS(8), .BITS(20), .FUSE_LOG(1), .WIDTHS(40'h0000001c14), .SEED(5)) u_f4 ();
  fusion_tb #(.LANES(8), .COLUMN_BITS(2), .BITS(8), .FUSE_LOG(3), .WIDTHS(40'h00170f0a08), .SEED(6)) u_f5 ();
  initial begin
    #10000 $display("end");
    $finish;
  end
endmodule

`default_nettype wire
