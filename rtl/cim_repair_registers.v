// The repair registers: which rows and columns the spare ones stand in for. They take data_i in the
// first cycle after reset, as from fuses, and where load_i is high.
//   ready_o   they have been loaded: nothing is accepted before
`default_nettype none

module cim_repair_registers #(
  parameter BITS = 8
) (
  input  wire            clk_i,
  input  wire            rst_ni,
  input  wire            load_i,
  input  wire [BITS-1:0] data_i,
  output wire            ready_o,
  output wire [BITS-1:0] data_o
);
  reg            ready_q;
  reg [BITS-1:0] data_q;

  assign ready_o = ready_q;
  assign data_o  = data_q;

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ready_q <= 1'b0;
    end else begin
      ready_q <= 1'b1;
    end
  end

  always @(posedge clk_i) begin
    if (load_i | ~ready_q) data_q <= data_i;
  end
endmodule

`default_nettype wire
