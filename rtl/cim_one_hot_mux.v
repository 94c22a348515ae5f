// The word that a one-hot selection picks out of COUNT words; 0 where it picks none, or where nobody
// asks for it (enable_i), which saves a simulator the search.
//   data_i   word i at [i*WIDTH +: WIDTH]
`default_nettype none

module cim_one_hot_mux #(
  parameter WIDTH = 8,
  parameter COUNT = 4
) (
  input  wire                   enable_i,
  input  wire [COUNT*WIDTH-1:0] data_i,
  input  wire [COUNT-1:0]       select_i,
  output reg  [WIDTH-1:0]       data_o
);
  integer i;
  always @* begin
    i = 0;  // or it is a latch
    data_o = {WIDTH{1'b0}};
    if (enable_i) begin
      for (i = 0; i < COUNT; i = i + 1) begin
        data_o = data_o | (data_i[i*WIDTH +: WIDTH] & {WIDTH{select_i[i]}});
      end
    end
  end
endmodule

`default_nettype wire
