// The largest of COUNT unsigned numbers in each of LANES lanes: a tree of comparisons.
//   values_i    bit b of number i of every lane at [(i*BITS + b)*LANES +: LANES]
//   largest_o   bit b of every lane at [b*LANES +: LANES]
`default_nettype none

module cim_lane_largest #(
  parameter LANES = 4,
  parameter BITS  = 5,
  parameter COUNT = 4   // up to 64
) (
  input  wire [COUNT*BITS*LANES-1:0] values_i,
  output wire [BITS*LANES-1:0]       largest_o
);
  localparam WIDTH = BITS*LANES;
  // Node i has the larger of nodes 2i and 2i + 1, of which those from COUNT on are the numbers.
  genvar node, b;
  generate
    if (COUNT == 1) begin : g_one
      assign largest_o = values_i;
    end else begin : g_tree
      for (node = COUNT - 1; node >= 1; node = node - 1) begin : g_node
        wire [WIDTH-1:0] one, other, value;
        if (2*node >= COUNT) begin : g_one_leaf
          assign one = values_i[(2*node - COUNT)*WIDTH +: WIDTH];
        end else begin : g_one_node
          assign one = g_node[2*node].value;
        end
        if (2*node + 1 >= COUNT) begin : g_other_leaf
          assign other = values_i[(2*node + 1 - COUNT)*WIDTH +: WIDTH];
        end else begin : g_other_node
          assign other = g_node[2*node + 1].value;
        end
        // Decided by the highest bit in which they differ.
        for (b = 0; b < BITS; b = b + 1) begin : g_bit
          wire [LANES-1:0] a = one[b*LANES +: LANES];
          wire [LANES-1:0] c = other[b*LANES +: LANES];
          wire [LANES-1:0] above;
          if (b == 0) begin : g_lowest
            assign above = a & ~c;
          end else begin : g_higher
            assign above = (a & ~c) | (g_bit[b-1].above & ~(a ^ c));
          end
        end
        assign value = (one & {BITS{g_bit[BITS-1].above}}) | (other & ~{BITS{g_bit[BITS-1].above}});
      end
      assign largest_o = g_node[1].value;
    end
  endgenerate
endmodule

`default_nettype wire
