// What weights are beside their values, in a register.
//   codes_i   code c at [c*BITS +: BITS]
//   class_o   CLASS = 1: the weight is NaN. CLASS = 3: bit 0 negative; above it 0 a number, 1 zero, 2
//             infinity, 3 NaN. Of code c at [c*CLASS +: CLASS].
//   load_i    the register takes it
`default_nettype none

module cim_weight_class #(
  parameter COUNT        = 4,
  parameter BITS         = 8,
  parameter EXPONENT     = 4,
  parameter FRACTION     = 3,
  parameter SPECIALS     = 1,  // 0: every code is a number; 1: ones behind the sign are NaN; 2: IEEE 754
  parameter IS_INTEGER   = 0,  // codes are integers, two's complement if IS_SIGNED
  parameter IS_SIGNED    = 1,
  parameter INTEGER_BITS = 0,  // of integer mode; 0: there is none
  parameter CLASS        = 1
) (
  input  wire                   clk_i,
  input  wire                   load_i,
  // verilator lint_off UNUSED
  input  wire                   integer_i,  // in a macro that has both
  input  wire [COUNT*BITS-1:0]  codes_i,    // all of it where zero is told
  // verilator lint_on UNUSED
  output wire [COUNT*CLASS-1:0] class_o
);
  localparam LOW = (INTEGER_BITS == 0) ? BITS : INTEGER_BITS;

  // {NaN or infinity, NaN or zero, negative}. A code of one bit, an integer, has nothing behind its
  // sign.
  localparam [BITS-1:0] SIGN = {BITS{1'b1}} ^ ({BITS{1'b1}} >> 1);
  function [2:0] class_of(input [BITS-1:0] code, input is_integer);
    reg nan, infinity, zero;
    // verilator lint_off UNUSED
    reg [BITS-1:0] above;  // the fraction
    // verilator lint_on UNUSED
    begin
      above    = code >> FRACTION;
      nan      = 1'b0;
      infinity = 1'b0;
      zero     = ((IS_INTEGER != 0) ? code : code & ~SIGN) == {BITS{1'b0}};
      if (SPECIALS == 1) nan = &(code | SIGN);
      if (SPECIALS == 2) begin
        nan      = (&above[EXPONENT-1:0]) & (|code[FRACTION-1:0]);
        infinity = (&above[EXPONENT-1:0]) & ~(|code[FRACTION-1:0]);
      end
      class_of = {nan | infinity, nan | zero, (IS_SIGNED != 0) & code[BITS-1]};
      if (is_integer) class_of = {1'b0, code[LOW-1:0] == {LOW{1'b0}}, code[LOW-1]};
    end
  endfunction

  // A class of one bit is NaN alone.
  function [CLASS-1:0] kept_of(input [BITS-1:0] code, input is_integer);
    // verilator lint_off UNUSED
    reg [2:0] kind;
    // verilator lint_on UNUSED
    begin
      kind    = class_of(code, is_integer);
      kept_of = kind[CLASS-1:0];
      if (CLASS == 1) kept_of[0] = kind[2] & kind[1];
    end
  endfunction

  genvar block;  // blocks of 64: tools limit the length of a loop
  generate
    for (block = 0; block < COUNT; block = block + 64) begin : g_codes
      localparam HERE = (COUNT - block < 64) ? COUNT - block : 64;
      reg [HERE*CLASS-1:0] class_q;
      integer c;
      always @(posedge clk_i) begin
        if (load_i) begin
          for (c = 0; c < HERE; c = c + 1) begin
            class_q[c*CLASS +: CLASS] <=
                kept_of(codes_i[(block + c)*BITS +: BITS], (INTEGER_BITS != 0) & integer_i);
          end
        end
      end
      assign class_o[block*CLASS +: HERE*CLASS] = class_q;
    end
  endgenerate
endmodule

`default_nettype wire
