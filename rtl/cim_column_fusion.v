// Adds the results of neighbouring columns that hold the bits of one weight, once a vector: a binary
// tree of adders, of which level l adds 2^l columns to their 2^l neighbours on the left, 2^l *
// COLUMN_BITS places up. A lane is a column; what 2^l columns give stands in the lanes of the first of
// them, and nothing reads the others (a synthesis tool takes them away).
//   planes_i   bit b of every column at [b*LANES +: LANES], BITS wide: with a sign in the last column
//              of a weight where result_signed_i is high, in the others where input_signed_i is
//   fuse_i     one-hot, log2 of the columns that hold a weight
//   planes_o   the result of p fused columns, extended to the p*BITS bits of their codes, at the same
//              place: bit q*BITS + b in lane q of the group, plane b
//   enable_i   somebody reads the result: without it a simulator is spared the work
//   WIDTHS     bits of the result of 2^l columns at [8*l +: 8], more from level to level
`default_nettype none

module cim_column_fusion #(
  parameter        LANES       = 64,  // a multiple of 2^FUSE_LOG
  parameter        COLUMN_BITS = 4,   // of a weight in one column
  parameter        BITS        = 14,
  parameter        FUSE_LOG    = 1,   // 1 to 4
  parameter [39:0] WIDTHS      = 40'h000000120e
) (
  // verilator lint_off UNUSED
  input  wire                  enable_i,
  // verilator lint_on UNUSED
  input  wire [FUSE_LOG:0]     fuse_i,
  input  wire                  input_signed_i,
  input  wire                  result_signed_i,
  input  wire [BITS*LANES-1:0] planes_i,
  output wire [BITS*LANES-1:0] planes_o
);
`ifdef SYNTHESIS
  wire enable = 1'b1;
`else
  wire enable = enable_i;
`endif

  // The lanes in place `place` of groups of `size`.
  function [LANES-1:0] lanes_at;
    input integer size;
    input integer place;
    integer lane;
    begin
      for (lane = 0; lane < LANES; lane = lane + 1) lanes_at[lane] = (lane % size) == place;
    end
  endfunction

  genvar l;
  generate
    for (l = 0; l <= FUSE_LOG; l = l + 1) begin : g_level
      localparam COLUMNS = 1 << l;
      localparam [31:0] WIDTH = {24'd0, WIDTHS[8*l +: 8]};
      // Of 2^l columns, and what the levels up to here give as codes.
      // Of the last level only the codes are read.
      // verilator lint_off UNUSED
      wire [WIDTH*LANES-1:0] total;
      // verilator lint_on UNUSED
      wire [BITS*LANES-1:0]  chosen;

      if (l == 0) begin : g_columns
        assign total  = planes_i;
        assign chosen = planes_i & {BITS*LANES{fuse_i[0] & enable}};
      end else begin : g_fused
        localparam [31:0] BELOW = {24'd0, WIDTHS[8*(l-1) +: 8]};
        localparam PLACE = (COLUMNS / 2) * COLUMN_BITS;  // of the left half
        localparam UPPER = WIDTH - PLACE;

        // The right half, extended; the left half, moved to its lanes.
        wire [BELOW*LANES-1:0] right = g_level[l-1].total;
        // Its highest bits may be past the sum.
        // verilator lint_off UNUSED
        wire [BELOW*LANES-1:0] left  = right >> (COLUMNS / 2);
        // verilator lint_on UNUSED
        wire [WIDTH*LANES-1:0] low =
            {{(WIDTH-BELOW){right[(BELOW-1)*LANES +: LANES] & {LANES{input_signed_i}}}}, right};
        wire [UPPER*LANES-1:0] high;
        if (UPPER > BELOW) begin : g_extended
          // The sign of a weight is in its last columns: where more are fused than these, in those
          // of the last group alone. The others have that of the inputs.
          reg [LANES-1:0] last;
          integer         m;
          always @* begin
            last = {LANES{1'b0}};
            m    = 0;
            for (m = l; m <= FUSE_LOG; m = m + 1)
              last = last | (lanes_at(1 << m, (1 << m) - COLUMNS) & {LANES{fuse_i[m]}});
          end
          wire [LANES-1:0] is_signed = {LANES{input_signed_i}} | ({LANES{result_signed_i}} & last);
          assign high = {{(UPPER-BELOW){left[(BELOW-1)*LANES +: LANES] & is_signed}}, left};
        end else begin : g_cut
          assign high = left[UPPER*LANES-1:0];
        end

        reg [WIDTH*LANES-1:0] sum;
        reg [LANES-1:0]       carry, a, b;
        integer               bit_index;
        always @* begin
          sum       = {WIDTH*LANES{1'b0}};
          carry     = {LANES{1'b0}};
          a         = {LANES{1'b0}};
          b         = {LANES{1'b0}};
          bit_index = 0;
          if (enable) begin
            sum = low;
            for (bit_index = 0; bit_index < UPPER; bit_index = bit_index + 1) begin
              a = low[(PLACE + bit_index)*LANES +: LANES];
              b = high[bit_index*LANES +: LANES];
              sum[(PLACE + bit_index)*LANES +: LANES] = a ^ b ^ carry;
              carry = (a & b) | (carry & (a ^ b));
            end
          end
        end
        assign total = sum;

        // Extended over all the bits of the group's codes, and each code in its lane.
        wire [COLUMNS*BITS*LANES-1:0] whole;
        if (COLUMNS*BITS > WIDTH) begin : g_extended_result
          assign whole = {{(COLUMNS*BITS-WIDTH){sum[(WIDTH-1)*LANES +: LANES] &
                                                {LANES{result_signed_i}}}}, sum};
        end else begin : g_full_result
          assign whole = sum;
        end
        reg [BITS*LANES-1:0] codes;
        integer              place;
        always @* begin
          codes = g_level[l-1].chosen;
          place = 0;
          if (enable & fuse_i[l]) begin
            for (place = 0; place < COLUMNS; place = place + 1) begin
              codes = codes | ((whole[place*BITS*LANES +: BITS*LANES] << place) &
                               {BITS{lanes_at(COLUMNS, place)}});
            end
          end
        end
        assign chosen = codes;
      end
    end
  endgenerate

  assign planes_o = g_level[FUSE_LOG].chosen;
endmodule

`default_nettype wire
