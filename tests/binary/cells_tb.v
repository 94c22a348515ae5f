// The cells of binary networks, each with all its inputs: cim_match_product, cim_ternary_planes,
// cim_threshold of one to three banks, and cim_threshold_port with random streams against counters.
`default_nettype none

module match_case #(
  parameter INVERT = 0
) ();
  reg  [3:0] count;
  wire [2:0] product;
  integer    wrong, lane;

  cim_match_product #(.LANES(3), .INVERT(INVERT)) u_cell (
    .input_i(count[3]), .weight_i(count[2:0]), .product_o(product));

  initial begin
    wrong = 0;
    count = 0;
    repeat (16) begin
      #1;
      for (lane = 0; lane < 3; lane = lane + 1) begin
        if (product[lane] !== ((count[3] == count[lane]) != (INVERT != 0))) wrong = wrong + 1;
      end
      count = count + 1;
    end
  end
endmodule

module planes_case ();
  reg  [5:0] codes;
  wire [5:0] planes;
  integer    wrong, lane;
  reg  [1:0] code, plane;

  cim_ternary_planes #(.LANES(3)) u_cell (.codes_i(codes), .planes_o(planes));

  initial begin
    wrong = 0;
    codes = 0;
    repeat (64) begin
      #1;
      for (lane = 0; lane < 3; lane = lane + 1) begin
        code  = codes[2*lane +: 2];
        plane = planes[2*lane +: 2];
        if (plane !== (code == 2'b01 ? 2'b01 : code == 2'b00 ? 2'b00 : 2'b10)) wrong = wrong + 1;
      end
      codes = codes + 1;
    end
  end
endmodule

// Two lanes: all sums against all thresholds, in each bank.
module threshold_case #(
  parameter SUM_BITS = 3,
  parameter BITS     = 4,
  parameter SIGNED   = 1,
  parameter BANKS    = 1
) ();
  reg                   clk;
  reg  [BANKS-1:0]      load;
  reg  [2*BITS-1:0]     threshold;
  reg  [1:0]            bank;
  reg  [2*SUM_BITS-1:0] sum;
  wire [1:0]            sign;
  integer               wrong, t, s, b, k, value, limit;

  cim_threshold #(.LANES(2), .SUM_BITS(SUM_BITS), .BITS(BITS), .SIGNED(SIGNED), .BANKS(BANKS),
                  .BANK_BITS(2)) u_cell (
    .clk_i(clk), .load_i(load), .threshold_i(threshold), .bank_i(bank), .sum_i(sum), .sign_o(sign));

  function integer number;
    input integer code, bits;
    number = (SIGNED != 0 && code >= (1 << (bits - 1))) ? code - (1 << bits) : code;
  endfunction

  initial begin
    wrong = 0;
    for (t = 0; t < (1 << BITS); t = t + 1) begin
      // Bank b, lane l: the threshold t + b + 3 l.
      for (b = 0; b < BANKS; b = b + 1) begin
        clk  = 0;
        load = 0;
        load[b] = 1'b1;
        threshold[0 +: BITS]    = t + b;
        threshold[BITS +: BITS] = t + b + 3;
        #1 clk = 1;
        #1 clk = 0;
      end
      load = 0;
      threshold = ~threshold;
      #1 clk = 1;
      #1 clk = 0;
      for (b = 0; b < BANKS; b = b + 1) begin
        bank = b;
        for (s = 0; s < (1 << SUM_BITS); s = s + 1) begin
          for (k = 0; k < SUM_BITS; k = k + 1) sum[2*k +: 2] = {2{s[k]}};
          #1;
          value = number(s, SUM_BITS);
          limit = number((t + b) & ((1 << BITS) - 1), BITS);
          if (sign[0] !== (value >= limit)) wrong = wrong + 1;
          limit = number((t + b + 3) & ((1 << BITS) - 1), BITS);
          if (sign[1] !== (value >= limit)) wrong = wrong + 1;
        end
      end
    end
  end
endmodule

// Random streams. Thresholds have to be taken when no vector is on its way, and at once then; the
// bank that is shown is that of the oldest vector; after a transfer that waited no vector enters.
module port_case #(
  parameter BANKS   = 3,
  parameter VECTORS = 2
) ();
  reg              clk, rst_n, valid, take, done;
  reg  [1:0]       bank, take_bank;
  wire             ready, waits;
  wire [1:0]       oldest;
  wire [BANKS-1:0] load;
  integer          wrong, there, i, cycle, seed;
  reg  [1:0]       banks [0:VECTORS];
  reg              waited;

  cim_threshold_port #(.BANKS(BANKS), .BANK_BITS(2), .VECTORS(VECTORS)) u_cell (
    .clk_i(clk), .rst_ni(rst_n), .threshold_valid_i(valid), .threshold_ready_o(ready),
    .threshold_bank_i(bank), .take_i(take), .take_bank_i(take_bank), .done_i(done), .wait_o(waits),
    .bank_o(oldest), .load_o(load));

  initial begin
    wrong = 0;
    there = 0;
    waited = 0;
    seed = BANKS + 16*VECTORS;
    {clk, valid, take, done, bank, take_bank} = 0;
    rst_n = 0;
    #1 rst_n = 1;
    for (cycle = 0; cycle < 2000; cycle = cycle + 1) begin
      done = (there > 0) && ($random(seed) & 1);
      take = ((there - done) < VECTORS) && !waited && ($random(seed) & 1);
      take_bank = $unsigned($random(seed)) % BANKS;
      if (!waited) begin
        valid = ($random(seed) & 7) == 0;
        bank = $unsigned($random(seed)) % BANKS;
      end
      #1;
      if (ready !== (there == 0) || waits !== waited) wrong = wrong + 1;
      if (load !== ((valid && there == 0) ? (1 << bank) : 0)) wrong = wrong + 1;
      if (there > 0 && BANKS > 1 && oldest !== banks[0]) wrong = wrong + 1;
      waited = valid && there != 0;
      if (done) begin
        for (i = 0; i < VECTORS; i = i + 1) banks[i] = banks[i+1];
        there = there - 1;
      end
      if (take) begin
        banks[there] = take_bank;
        there = there + 1;
      end
      clk = 1;
      #1 clk = 0;
    end
  end
endmodule

module cells_tb;
  match_case #(.INVERT(0)) m0 ();
  match_case #(.INVERT(1)) m1 ();
  planes_case p ();
  threshold_case #(.SUM_BITS(3), .BITS(3), .SIGNED(1), .BANKS(1)) t0 ();
  threshold_case #(.SUM_BITS(3), .BITS(4), .SIGNED(1), .BANKS(3)) t1 ();
  threshold_case #(.SUM_BITS(4), .BITS(4), .SIGNED(0), .BANKS(2)) t2 ();
  threshold_case #(.SUM_BITS(3), .BITS(4), .SIGNED(0), .BANKS(1)) t3 ();
  threshold_case #(.SUM_BITS(1), .BITS(2), .SIGNED(1), .BANKS(2)) t4 ();
  port_case #(.BANKS(1), .VECTORS(1)) s0 ();
  port_case #(.BANKS(3), .VECTORS(1)) s1 ();
  port_case #(.BANKS(3), .VECTORS(2)) s2 ();
  port_case #(.BANKS(2), .VECTORS(5)) s3 ();

  initial begin
    #100000;
    $display("checked 12, wrong %0d %0d %0d", m0.wrong + m1.wrong + p.wrong,
             t0.wrong + t1.wrong + t2.wrong + t3.wrong + t4.wrong,
             s0.wrong + s1.wrong + s2.wrong + s3.wrong);
    $finish;
  end
endmodule

`default_nettype wire
