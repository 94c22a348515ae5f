// The leaf cells of structured weights: every input of a group with every index in three lanes, each
// lane another one, against what docs/sparsity.md says. Prints `errors N` of so many groups.
`default_nettype none

module select_check #(
  parameter GROUP      = 4,
  parameter INDEX_BITS = 2
) (
  output reg [31:0] errors
);
  localparam LANES = 3;
  reg  [GROUP-1:0]            inputs;
  reg  [INDEX_BITS*LANES-1:0] index;
  wire [LANES-1:0]            selected;
  cim_index_select #(.LANES(LANES), .GROUP(GROUP), .INDEX_BITS(INDEX_BITS)) u_cell (
    .input_i(inputs), .index_i(index), .selected_o(selected));

  integer value, first, lane, b, named;
  initial begin
    errors = 0;
    for (value = 0; value < (1 << GROUP); value = value + 1) begin
      for (first = 0; first < (1 << INDEX_BITS); first = first + 1) begin
        inputs = value[GROUP-1:0];
        for (lane = 0; lane < LANES; lane = lane + 1) begin
          named = (first + lane) % (1 << INDEX_BITS);
          for (b = 0; b < INDEX_BITS; b = b + 1) index[b*LANES + lane] = named[b];
        end
        #1;
        for (lane = 0; lane < LANES; lane = lane + 1) begin
          named = (first + lane) % (1 << INDEX_BITS);
          if (selected[lane] !== (named < GROUP ? value[named] : 1'b0)) errors = errors + 1;
        end
      end
    end
  end
endmodule

module cells_tb;
  wire [31:0] e2, e3, e4, e5, e7, e8, e9, e11;
  select_check #(.GROUP(2),  .INDEX_BITS(1)) u_2  (.errors(e2));
  select_check #(.GROUP(3),  .INDEX_BITS(2)) u_3  (.errors(e3));
  select_check #(.GROUP(4),  .INDEX_BITS(2)) u_4  (.errors(e4));
  select_check #(.GROUP(5),  .INDEX_BITS(3)) u_5  (.errors(e5));
  select_check #(.GROUP(7),  .INDEX_BITS(3)) u_7  (.errors(e7));
  select_check #(.GROUP(8),  .INDEX_BITS(3)) u_8  (.errors(e8));
  select_check #(.GROUP(9) , .INDEX_BITS(4)) u_9  (.errors(e9));
  select_check #(.GROUP(11), .INDEX_BITS(4)) u_11 (.errors(e11));

  reg  [1:0] inputs, weights;
  wire [1:0] product, inverted;
  cim_lane_product #(.LANES(2)) u_product (
    .input_i(inputs), .weight_i(weights), .product_o(product));
  cim_lane_product #(.LANES(2), .INVERT(1)) u_inverted (
    .input_i(inputs), .weight_i(weights), .product_o(inverted));

  integer code, errors;
  initial begin
    errors = 0;
    for (code = 0; code < 16; code = code + 1) begin
      {inputs, weights} = code[3:0];
      #1;
      if (product !== (inputs & weights) || inverted !== ~(inputs & weights)) errors = errors + 1;
    end
    // The longest check has 2^15 steps.
    #100000;
    $display("errors %0d of 8 groups", errors + e2 + e3 + e4 + e5 + e7 + e8 + e9 + e11);
    $finish;
  end
endmodule

`default_nettype wire
