// Which columns have a product that is no number: NaN, or infinite with a sign.
//   classes_i   of the weights: bit b of row r of every lane at [(r*CLASS + b)*LANES +: LANES]; CLASS = 1:
//               NaN; CLASS = 3: see cim_weight_class; CLASS = 0: all are numbers, and this is not read
//   scales_i    of the weights: bit b of block g at [(g*8 + b)*LANES +: LANES]; SCALED = 0: not read
//   nan_i       some input is NaN
//   infinity_i, zero_i, negative_i   of the input of each row; not read with CLASS = 1
//   enable_i    while it is low the outputs are 0: nothing is computed, in a simulator either
`default_nettype none

module cim_special_products #(
  parameter LANES = 4,
  parameter ROWS  = 4,
  parameter CLASS = 3,
  parameter CLASS_BITS = 3,  // CLASS, at least 1
  parameter BLOCKS = 1,
  parameter SCALED = 0
) (
  input  wire                        enable_i,
  // verilator lint_off UNUSED
  input  wire [ROWS*CLASS_BITS*LANES-1:0] classes_i,
  input  wire [BLOCKS*8*LANES-1:0]   scales_i,
  // verilator lint_on UNUSED
  input  wire                        nan_i,
  // verilator lint_off UNUSED
  input  wire [ROWS-1:0]             infinity_i,
  input  wire [ROWS-1:0]             zero_i,
  input  wire [ROWS-1:0]             negative_i,
  // verilator lint_on UNUSED
  output wire [LANES-1:0]            nan_o,
  output wire [LANES-1:0]            infinity_o,
  output wire [LANES-1:0]            infinity_negative_o
);
  // A scale of ones is NaN.
  reg [LANES-1:0] scale_nan, ones;
  integer block, plane;
  always @* begin
    scale_nan = {LANES{1'b0}};
    ones      = {LANES{1'b0}};
    if (enable_i && SCALED != 0) begin
      for (block = 0; block < BLOCKS; block = block + 1) begin
        ones = {LANES{1'b1}};
        for (plane = 0; plane < 8; plane = plane + 1) ones = ones & scales_i[(block*8 + plane)*LANES +: LANES];
        scale_nan = scale_nan | ones;
      end
    end
  end

  reg [LANES-1:0] nan, positive, negative;
  // verilator lint_off UNUSED
  integer row;
  // verilator lint_on UNUSED
  generate
    if (CLASS == 0) begin : g_numbers
      always @* begin
        nan      = {LANES{enable_i & nan_i}};
        positive = {LANES{1'b0}};
        negative = {LANES{1'b0}};
      end
    end else if (CLASS == 1) begin : g_nan
      always @* begin
        nan      = {LANES{1'b0}};
        positive = {LANES{1'b0}};
        negative = {LANES{1'b0}};
        if (enable_i) begin
          nan = {LANES{nan_i}};
          for (row = 0; row < ROWS; row = row + 1) nan = nan | classes_i[row*LANES +: LANES];
        end
      end
    end else begin : g_all
      reg [LANES-1:0] minus, low, high, infinite, sign;
      always @* begin
        nan      = {LANES{1'b0}};
        positive = {LANES{1'b0}};
        negative = {LANES{1'b0}};
        minus    = {LANES{1'b0}};
        low      = {LANES{1'b0}};
        high     = {LANES{1'b0}};
        infinite = {LANES{1'b0}};
        sign     = {LANES{1'b0}};
        if (enable_i) begin
          nan = {LANES{nan_i}};
          for (row = 0; row < ROWS; row = row + 1) begin
            minus    = classes_i[(row*3 + 0)*LANES +: LANES];
            low      = classes_i[(row*3 + 1)*LANES +: LANES];
            high     = classes_i[(row*3 + 2)*LANES +: LANES];
            // NaN; infinity times zero, either way round.
            nan      = nan | (high & low) | ({LANES{infinity_i[row]}} & low) | ({LANES{zero_i[row]}} & high);
            infinite = ({LANES{infinity_i[row]}} & ~low) | (high & ~low & ~{LANES{zero_i[row]}});
            sign     = minus ^ {LANES{negative_i[row]}};
            positive = positive | (infinite & ~sign);
            negative = negative | (infinite & sign);
          end
        end
      end
    end
  endgenerate
  assign nan_o               = nan | scale_nan | (positive & negative);
  assign infinity_o          = positive | negative;
  assign infinity_negative_o = negative;
endmodule

`default_nettype wire
