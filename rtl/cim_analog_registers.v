// Registers of an analog macro behind a stream of requests, each with one answer. The address is
// {page, index}, of 4 and 16 bits; what is not there reads 0 and is not written. A value that a register
// cannot hold becomes the nearest that it can.
//   page 0, index 0   status: bit 0 the macro is at work
//                 1   tolerance of verify, levels
//                 2   pulses to a row at most
//                 3   a write starts a test conversion of a reference of so many products (signed);
//                     the next access is taken when its code is there
//                 4   the column of each converter whose trims a test conversion has
//                 5   devices that were reported wrong; a write sets it to 0
//   page 1, 2, 3      offset, gain and range; index {converter, its column}
//   page 4            pulses that a row has had; index the row
//   page 5            code of the last test conversion, bit 31 its overflow; index the converter
`default_nettype none

module cim_analog_registers #(
  parameter ROWS            = 4,
  parameter ROW_BITS        = 6,
  parameter LANES           = 8,
  parameter COLUMN_BITS     = 3,
  parameter ADC_BITS        = 8,
  parameter TOLERANCE_RESET = 0,
  parameter RETRIES_RESET   = 16
) (
  input  wire                      clk_i,
  input  wire                      rst_ni,

  input  wire                      cfg_valid_i,
  output wire                      cfg_ready_o,
  input  wire                      cfg_write_i,
  input  wire [19:0]               cfg_address_i,
  input  wire [31:0]               cfg_data_i,
  output wire                      answer_valid_o,
  input  wire                      answer_ready_i,
  output wire [31:0]               answer_data_o,

  input  wire                      busy_i,
  output wire [7:0]                tolerance_o,
  output wire [15:0]               retries_o,

  output wire                      test_valid_o,
  input  wire                      test_done_i,
  output wire [31:0]               test_reference_o,
  output wire [COLUMN_BITS-1:0]    test_column_o,
  input  wire [LANES*ADC_BITS-1:0] test_code_i,
  input  wire [LANES-1:0]          test_overflow_i,

  output wire                      trim_access_o,  // a trim is read or written
  output wire [LANES-1:0]          trim_write_o,
  output wire [1:0]                trim_kind_o,
  output wire [COLUMN_BITS-1:0]    trim_column_o,
  output wire [12:0]               trim_data_o,
  input  wire [LANES*13-1:0]       trim_data_i,

  input  wire                      pulse_i,
  input  wire [ROW_BITS-1:0]       pulse_row_i,
  input  wire                      fault_i
);
  reg                   answer_q;
  reg [31:0]            data_q;
  reg [7:0]             tolerance_q;
  reg [15:0]            retries_q;
  reg                   test_q;
  reg [31:0]            reference_q;
  reg [COLUMN_BITS-1:0] test_column_q;
  reg [31:0]            faults_q;

  // An access is kept for a cycle before it is served: nothing behind it hangs on the pins.
  reg                   request_q;
  reg                   write_q;
  reg [19:0]            address_q;
  reg [31:0]            write_data_q;

  wire [3:0]  page  = address_q[19:16];
  wire [15:0] index = address_q[15:0];
  // A row's pulse is counted in the cycle of the pulse, where no access reads the counters.
  wire take  = request_q & ~pulse_i;
  wire write = take & write_q;

  assign cfg_ready_o    = ~request_q & ~answer_q & ~test_q;
  assign answer_valid_o = answer_q;
  assign answer_data_o  = data_q;
  assign tolerance_o    = tolerance_q;
  assign retries_o      = retries_q;

  assign test_valid_o     = test_q;
  assign test_reference_o = reference_q;
  assign test_column_o    = test_column_q;

  // The lane and the column within it that an index of a trim names.
  wire [15:0] lane_index = index >> COLUMN_BITS;
  localparam [LANES-1:0] FIRST_LANE = 1;
  wire [LANES-1:0] lane = FIRST_LANE << lane_index;
  wire is_trim = (page == 4'd1) | (page == 4'd2) | (page == 4'd3);
  assign trim_access_o = take & is_trim;
  assign trim_write_o  = lane & {LANES{write & is_trim}};
  assign trim_kind_o   = page[1:0];
  assign trim_column_o = index[COLUMN_BITS-1:0];
  wire offset_fits = (&write_data_q[31:11]) | ~(|write_data_q[31:11]);
  wire [12:0] new_offset = offset_fits ? write_data_q[12:0]
                                       : {{2{write_data_q[31]}}, {11{~write_data_q[31]}}};
  assign trim_data_o = (page == 4'd1) ? new_offset
                     : (|write_data_q[31:13]) ? 13'h1fff : write_data_q[12:0];
  wire [12:0] trim;
  cim_one_hot_mux #(.WIDTH(13), .COUNT(LANES)) u_trim (
    .enable_i(trim_access_o), .data_i(trim_data_i), .select_i(lane), .data_o(trim)
  );
  wire [31:0] trim_answer = (page == 4'd1) ? {{19{trim[12]}}, trim} : {19'd0, trim};

  wire [LANES-1:0] converter = FIRST_LANE << index;
  wire [ADC_BITS-1:0] code;
  cim_one_hot_mux #(.WIDTH(ADC_BITS), .COUNT(LANES)) u_code (
    .enable_i(take), .data_i(test_code_i), .select_i(converter), .data_o(code)
  );
  wire [31:0] code_answer = {|(test_overflow_i & converter), {(31-ADC_BITS){1'b0}}, code};

  // Pulses of each row: one of them is read or, with a pulse, counted up.
  reg  [ROWS*16-1:0] pulses_q;
  localparam [ROWS-1:0] FIRST_ROW = 1;
  wire [15:0]        worn_index = pulse_i ? {{(16-ROW_BITS){1'b0}}, pulse_row_i} : index;
  wire [ROWS-1:0]    worn_row   = FIRST_ROW << worn_index;
  wire [15:0]        wear_answer;
  wire [15:0]        more_wear = (&wear_answer) ? wear_answer : wear_answer + 16'd1;
  cim_one_hot_mux #(.WIDTH(16), .COUNT(ROWS)) u_wear (
    .enable_i(request_q | pulse_i), .data_i(pulses_q), .select_i(worn_row), .data_o(wear_answer)
  );
  always @(posedge clk_i or negedge rst_ni) begin : wear
    integer i;
    if (!rst_ni) begin
      for (i = 0; i < ROWS; i = i + 1) pulses_q[i*16 +: 16] <= 16'd0;
    end else if (pulse_i) begin
      for (i = 0; i < ROWS; i = i + 1) begin
        if (worn_row[i]) pulses_q[i*16 +: 16] <= more_wear;
      end
    end
  end

  reg [31:0] answer;
  always @* begin
    answer = 32'd0;
    case (page)
      4'd0: begin
        case (index)
          16'd0:   answer = {31'd0, busy_i};
          16'd1:   answer = {24'd0, tolerance_q};
          16'd2:   answer = {16'd0, retries_q};
          16'd3:   answer = reference_q;
          16'd4:   answer = {{(32-COLUMN_BITS){1'b0}}, test_column_q};
          16'd5:   answer = faults_q;
          default: answer = 32'd0;
        endcase
      end
      4'd1, 4'd2, 4'd3: answer = trim_answer;
      4'd4:             answer = {16'd0, wear_answer};
      4'd5:             answer = code_answer;
      default:          answer = 32'd0;
    endcase
  end

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      request_q     <= 1'b0;
      answer_q      <= 1'b0;
      test_q        <= 1'b0;
      tolerance_q   <= TOLERANCE_RESET[7:0];
      retries_q     <= RETRIES_RESET[15:0];
      test_column_q <= {COLUMN_BITS{1'b0}};
      reference_q   <= 32'd0;
      faults_q      <= 32'd0;
    end else begin
      if (cfg_valid_i & cfg_ready_o) begin
        request_q <= 1'b1;
      end else if (take) begin
        request_q <= 1'b0;
      end
      if (take) begin
        answer_q <= 1'b1;
      end else if (answer_ready_i) begin
        answer_q <= 1'b0;
      end
      if (test_done_i) test_q <= 1'b0;
      if (write & (page == 4'd0)) begin
        if (index == 16'd1) tolerance_q   <= (|write_data_q[31:8]) ? 8'hff : write_data_q[7:0];
        if (index == 16'd2) retries_q     <= (|write_data_q[31:16]) ? 16'hffff : write_data_q[15:0];
        if (index == 16'd3) reference_q   <= write_data_q;
        if (index == 16'd3) test_q        <= 1'b1;
        if (index == 16'd4) test_column_q <= (|write_data_q[31:COLUMN_BITS]) ? {COLUMN_BITS{1'b1}}
                                                                      : write_data_q[COLUMN_BITS-1:0];
      end
      if (write & (page == 4'd0) & (index == 16'd5)) begin
        faults_q <= {31'd0, fault_i};
      end else if (fault_i & ~(&faults_q)) begin
        faults_q <= faults_q + 32'd1;
      end
    end
  end

  always @(posedge clk_i) begin
    if (take) data_q <= answer;
    if (cfg_valid_i & cfg_ready_o) begin
      write_q      <= cfg_write_i;
      address_q    <= cfg_address_i;
      write_data_q <= cfg_data_i;
    end
  end
endmodule

`default_nettype wire
