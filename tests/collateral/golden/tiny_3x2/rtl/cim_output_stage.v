// Valid and ready of the results, and the loads of the output registers of all slices.
// SKID = 0: one entry, for macros of two or more cycles a vector: there is room where it is empty.
// SKID = 1: two entries, for macros of one cycle a vector: full rate although result_ready_o depends
// on state only.
`default_nettype none

module cim_output_stage #(
  parameter SKID = 0
) (
  input  wire clk_i,
  input  wire rst_ni,
  input  wire result_valid_i,
  output wire result_ready_o,
  output wire load_o,
  output wire load_skid_o,
  output wire move_o,
  output wire out_valid_o,
  input  wire out_ready_i
);
  reg valid_q;
  assign out_valid_o = valid_q;

  wire push = result_valid_i & result_ready_o;
  wire pop  = valid_q & out_ready_i;

  generate
    if (SKID != 0) begin : g_skid
      reg skid_q;  // the second entry holds a result
      assign result_ready_o = ~skid_q;
      assign load_o         = push & (~valid_q | pop);
      assign load_skid_o    = push & valid_q & ~pop;
      assign move_o         = pop & skid_q;

      always @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) begin
          valid_q <= 1'b0;
          skid_q  <= 1'b0;
        end else begin
          valid_q <= push | (valid_q & ~pop) | skid_q;
          skid_q  <= load_skid_o | (skid_q & ~pop);
        end
      end
    end else begin : g_single
      assign result_ready_o = ~valid_q;
      assign load_o         = push;
      assign load_skid_o    = 1'b0;
      assign move_o         = 1'b0;

      always @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) begin
          valid_q <= 1'b0;
        end else begin
          valid_q <= push | (valid_q & ~pop);
        end
      end
    end
  endgenerate
endmodule

`default_nettype wire
