// The modules of an analog macro: the top, and the module that stands for the array in simulation.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "generator/lower/modules.h"
#include "generator/lower/names.h"

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

namespace {

/// Bits of a counter up to count - 1, at least 1.
int counter_bits(int count) {
  return std::max(1, static_cast<int>(std::bit_width(static_cast<unsigned>(count - 1))));
}

/// The widths that top and array share.
struct Widths {
  explicit Widths(const plan::MacroPlan& macro) {
    const plan::AnalogPlan& plan = *macro.analog;
    row = std::max(1, macro.row_bits);
    column = counter_bits(plan.columns_per_adc);
    slice = counter_bits(plan.slices);
    lane = counter_bits(plan.lanes);
    step = counter_bits(plan.steps);
  }
  int row, column, slice, lane, step;
};

std::string array_module(const plan::MacroPlan& plan) {
  return plan.spec.name + "_array";
}

std::string describe(const plan::MacroPlan& macro) {
  const spec::MacroSpec& spec = macro.spec;
  const plan::AnalogPlan& plan = *macro.analog;
  return fmt::format(
      "{} x {} {} weights in {} slice{} of {} bit{}, {}; {} inputs in {} step{}.\n"
      "{} converter{} of {} bits for {} columns each, {} cycles a conversion.\n"
      "y[c] = sum over r of x[r] * W[r][c], as exact as the converters are; {} {} bits.{}\n"
      "A vector takes {} cycles.",
      spec.rows, spec.columns, spec.weight.name(), plan.slices, plan.slices == 1 ? "" : "s",
      spec.analog.cell_bits, spec.analog.cell_bits == 1 ? "" : "s",
      plan.differential    ? "two devices a slice"
      : plan.has_reference ? "one device a slice and a reference column"
      : plan.bipolar       ? "one XNOR cell each, in strings"
                           : "one device a slice",
      spec.input.name(), plan.steps, plan.steps == 1 ? "" : "s",
      plan.lanes - (plan.has_reference ? 1 : 0),
      plan.lanes - (plan.has_reference ? 1 : 0) == 1 ? "" : "s", spec.analog.adc_bits,
      plan.columns_per_adc, plan.conversion_cycles,
      macro.output_signed ? "two's complement" : "unsigned", macro.output_bits,
      plan.bipolar ? "\nThe bit 1 of an input or a weight is +1, the bit 0 is -1." : "",
      plan.cycles_per_vector);
}

/// Adds ports one by one.
class Ports {
 public:
  explicit Ports(std::vector<Port>& ports) : ports_(ports) {}
  void in(const std::string& name, int width = 0, const std::string& comment = "") {
    add(Direction::input, name, width, comment);
  }
  void out(const std::string& name, int width = 0, const std::string& comment = "") {
    add(Direction::output, name, width, comment);
  }

 private:
  void add(Direction direction, const std::string& name, int width, const std::string& comment) {
    ports_.push_back({direction, name, width == 0 ? std::nullopt : std::optional(integer(width)),
                      comment, false});
  }
  std::vector<Port>& ports_;
};

void array_ports(const plan::MacroPlan& macro, std::vector<Port>& list) {
  const spec::MacroSpec& spec = macro.spec;
  const plan::AnalogPlan& plan = *macro.analog;
  const Widths bits(macro);
  Ports ports(list);
  ports.in("clk_i");
  ports.in("rst_ni");
  ports.in("drive_i", 0, "the row drivers are on");
  ports.in("row_enable_i", spec.rows);
  ports.in("row_code_i", spec.rows * spec.input_bits_per_cycle, "codes of the row drivers");
  ports.in("column_i", bits.column, "column of each converter");
  ports.in("slice_i", bits.slice);
  ports.in("plus_i", 0, "the device of positive weights is connected");
  ports.in("minus_i", 0, "that of negative weights is");
  ports.in("range_i", plan.lanes * plan.range_bits, "a step of a converter is 2^range");
  ports.in("test_i", 0, "the converters have reference_i");
  ports.in("reference_i", 32);
  ports.in("convert_i", 0, "starts all converters");
  ports.out("done_o", 0, "their codes are there");
  ports.out("code_o", plan.lanes * spec.analog.adc_bits);
  ports.out("overflow_o", plan.lanes);
  ports.in("pulse_i", 0, "first cycle of a pulse to one row");
  ports.in("pulse_row_i", bits.row);
  ports.in("set_i", plan.cell_columns);
  ports.in("reset_i", plan.cell_columns);
  ports.in("amplitude_i", plan.cell_columns * spec.analog.cell_bits, "levels");
  ports.in("temperature_i", 16, "1/64 K");
  ports.in("elapsed_i", 32, "s since the array was programmed");
}

/// Lanes of an instance: tools doubt vectors of more than some thousand bits.
constexpr int most_lanes = 256;

/// Converters of equally many columns: their lanes.
struct Lanes {
  int first = 0;
  int count = 1;
  int first_column = 0;
  int columns_each = 1;
  bool is_reference = false;
};

std::vector<Lanes> lanes_of(const plan::MacroPlan& macro) {
  const plan::AnalogPlan& plan = *macro.analog;
  std::vector<Lanes> all;
  const int full = plan.full_converters;
  for (int first = 0; first < full; first += most_lanes) {
    const int count = std::min(most_lanes, full - first);
    all.push_back({first, count, first * plan.columns_per_adc, plan.columns_per_adc, false});
  }
  if (plan.last_columns > 0) {
    all.push_back({full, 1, full * plan.columns_per_adc, plan.last_columns, false});
  }
  if (plan.has_reference) all.push_back({plan.lanes - 1, 1, macro.spec.columns, 1, true});
  assert(all.back().first + all.back().count == plan.lanes);
  return all;
}

/// The bits of these lanes, `width` each, in a vector of all.
Expression bits_of(const char* vector, const Lanes& lanes, int width = 1) {
  return part(id(vector), integer(lanes.first * width), integer(lanes.count * width));
}

Instance lanes_instance(const plan::MacroPlan& macro, const Lanes& lanes, int index) {
  const spec::MacroSpec& spec = macro.spec;
  const plan::AnalogPlan& plan = *macro.analog;
  const Widths bits(macro);
  const int slices = lanes.is_reference ? 1 : plan.slices;
  const int columns = lanes.count * lanes.columns_each;
  const int cells = columns * slices * plan.devices;
  const int first_cell = lanes.first_column * plan.slices * plan.devices;
  const int encoding = lanes.is_reference   ? 3
                       : plan.bipolar       ? 4
                       : plan.differential  ? 2
                       : plan.has_reference ? 1
                                            : 0;
  const bool truncates = spec.output_mode == spec::OutputMode::truncate;
  const std::string name = lanes.is_reference ? "u_reference_lane"
                           : lanes.columns_each < plan.columns_per_adc
                               ? "u_last_lane"
                               : fmt::format("u_lanes{}", index);

  Instance instance{"cim_analog_lanes", {}, name, {}};
  const auto parameter = [&](const char* key, int value) {
    instance.parameters.push_back(connect(key, integer(value)));
  };
  parameter("LANES", lanes.count);
  parameter("COLUMNS", lanes.columns_each);
  parameter("COLUMN_BITS", bits.column);
  parameter("SLICES", slices);
  parameter("SLICE_BITS", bits.slice);
  parameter("CELL_BITS", spec.analog.cell_bits);
  parameter("ENCODING", encoding);
  if (lanes.is_reference) parameter("REFERENCE_LEVEL", plan.reference_level);
  parameter("WEIGHT_BITS", lanes.is_reference ? 1 : spec.weight.bits);
  parameter("CODE_BITS", spec.input_bits_per_cycle);
  parameter("SIGN_SHIFT", plan.sign_step ? spec.input.bits - 1 : 0);
  parameter("ADC_BITS", spec.analog.adc_bits);
  parameter("RANGE_BITS", plan.range_bits);
  parameter("RANGE_MOST", plan.range_most);
  parameter("RANGE_RESET", plan.reset_range);
  parameter("VALUE_BITS", plan.value_bits);
  parameter("ACC_BITS", plan.acc_bits);
  parameter("REFERENCE_SHIFT", plan.reference_shift);
  parameter("OUTPUT_SHIFT", spec.output_shift);
  parameter("OUTPUT_BITS", lanes.is_reference ? 1 : macro.output_bits);
  parameter("OUTPUT_SIGNED", macro.output_signed ? 1 : 0);
  parameter("TRUNCATE", truncates ? 1 : 0);

  auto& pins = instance.connections;
  const auto pin = [&](const char* port, const Expression& value) {
    pins.push_back(connect(port, value));
  };
  pins.push_back(same("clk_i"));
  pins.push_back(same("rst_ni"));
  pin("code_i", bits_of("code", lanes, spec.analog.adc_bits));
  pin("overflow_i", bits_of("overflow", lanes));
  pin("range_o", bits_of("range_now", lanes, plan.range_bits));
  pin("column_i", id("column"));
  pin("slice_i", id("slice"));
  pin("minus_i", lanes.is_reference ? literal(1, 0) : id("minus"));
  const auto of_first_slice = [&](const char* event) {
    return lanes.is_reference ? id(event) & id("first_slice") : id(event);
  };
  pin("sample_i", of_first_slice("sample"));
  pin("verify_i", of_first_slice("verify"));
  pin("verifying_i", id("verifying"));
  pin("reporting_i", id("reporting"));
  pin("test_sample_i", id("test_sample"));
  pin("first_step_i", id("first_step"));
  pin("first_slice_i", id("first_slice"));
  pin("sign_step_i", id("sign_step"));
  pin("finish_i", id("finish"));
  const bool takes_reference = plan.has_reference && !lanes.is_reference;
  // Bipolar: twice the matches, less one for each row.
  pin("reference_i",
      takes_reference
          ? id("reference")
          : literal(plan.acc_bits, plan.bipolar ? static_cast<std::uint64_t>(spec.rows) : 0));
  pin("reference_clipped_i", takes_reference ? id("reference_clipped") : literal(1, 0));
  if (lanes.is_reference) {
    pin("accumulator_o", id("reference"));
    pin("clipped_o", id("reference_clipped"));
    pin("result_o", id("unused_reference_result"));
    pin("saturated_o", id("unused_reference_saturated"));
  } else {
    pin("accumulator_o",
        part(id("unused_accumulators"), integer(index * plan.acc_bits), integer(plan.acc_bits)));
    pin("clipped_o", select(id("unused_clipped"), integer(index)));
    pin("result_o", part(id("out_data_o"), integer(lanes.first_column * macro.output_bits),
                         integer(columns * macro.output_bits)));
    pin("saturated_o", part(id("out_saturated_o"), integer(lanes.first_column), integer(columns)));
  }
  pin("take_weights_i", id("take_weights"));
  pin("weights_i", lanes.is_reference
                       ? literal(1, 0)
                       : part(id("weight_data_i"), integer(lanes.first_column * spec.weight.bits),
                              integer(columns * spec.weight.bits)));
  pin("tolerance_i", id("tolerance"));
  pin("pending_o", select(id("pending"), integer(index)));
  pin("pending_here_o", bits_of("pending_here", lanes));
  pin("set_o", part(id("set"), integer(first_cell), integer(cells)));
  pin("reset_o", part(id("reset"), integer(first_cell), integer(cells)));
  pin("amplitude_o", part(id("amplitude"), integer(first_cell * spec.analog.cell_bits),
                          integer(cells * spec.analog.cell_bits)));
  pin("trim_access_i", id("trim_access"));
  pin("trim_write_i", bits_of("trim_write", lanes));
  pin("trim_kind_i", id("trim_kind"));
  pin("trim_column_i", id("trim_column"));
  pin("trim_data_i", id("trim_data"));
  pin("trim_data_o", bits_of("trim", lanes, plan::trim_gain_bits));
  pin("test_code_o", bits_of("test_code", lanes, spec.analog.adc_bits));
  pin("test_overflow_o", bits_of("test_overflow", lanes));
  return instance;
}

void emit_control(const plan::MacroPlan& macro, Items& items) {
  const spec::MacroSpec& spec = macro.spec;
  const plan::AnalogPlan& plan = *macro.analog;
  const Widths bits(macro);
  const int longest_wait = std::max({spec.analog.settle_cycles, spec.analog.pulse_cycles, 3});

  items.push_back(Comment{"Control"});
  items.push_back(Declaration{
      false, std::nullopt, {"take_vector", "next_digit",  "sign_step", "drive",     "one_row",
                            "test",        "convert",     "done",      "pulse",     "take_weights",
                            "minus",       "sample",      "verify",    "verifying", "test_sample",
                            "first_step",  "first_slice", "finish",    "busy",      "test_valid",
                            "reporting",   "trim_access"}});
  items.push_back(Declaration{false, integer(bits.row), {"weight_row", "row"}});
  items.push_back(Declaration{false, integer(bits.column), {"column", "test_column"}});
  items.push_back(Declaration{false, integer(bits.slice), {"slice"}});
  items.push_back(Declaration{false, integer(bits.lane), {"lane"}});
  items.push_back(Declaration{false, integer(8), {"tolerance"}});
  items.push_back(Declaration{false, integer(16), {"retries"}});
  const int groups = static_cast<int>(lanes_of(macro).size());
  items.push_back(Declaration{false, integer(groups), {"pending"}});
  items.push_back(Declaration{false, integer(plan.lanes), {"pending_here"}});
  items.push_back(
      Assign{id("weight_row"), macro.row_bits > 0 ? id("weight_row_i") : literal(1, 0)});

  Instance sequencer{"cim_analog_sequencer", {}, "u_sequencer", {}};
  const auto parameter = [](Instance& instance, const char* key, int value) {
    instance.parameters.push_back(connect(key, integer(value)));
  };
  parameter(sequencer, "STEPS", plan.steps);
  parameter(sequencer, "STEP_BITS", bits.step);
  parameter(sequencer, "SIGN", plan.sign_step ? 1 : 0);
  parameter(sequencer, "COLUMNS", plan.columns_per_adc);
  parameter(sequencer, "COLUMN_BITS", bits.column);
  parameter(sequencer, "SLICES", plan.slices);
  parameter(sequencer, "SLICE_BITS", bits.slice);
  parameter(sequencer, "DIFFERENTIAL", plan.differential ? 1 : 0);
  parameter(sequencer, "SETTLE", spec.analog.settle_cycles);
  parameter(sequencer, "PULSE", spec.analog.pulse_cycles);
  parameter(sequencer, "WAIT_BITS", counter_bits(longest_wait));
  parameter(sequencer, "LANES", plan.lanes);
  parameter(sequencer, "LANE_BITS", bits.lane);
  parameter(sequencer, "ROW_BITS", bits.row);
  sequencer.connections = {same("clk_i"),
                           same("rst_ni"),
                           same("in_valid_i"),
                           same("in_ready_o"),
                           same("weight_valid_i"),
                           same("weight_ready_o"),
                           connect("weight_row_i", "weight_row"),
                           same("out_valid_o"),
                           same("out_ready_i"),
                           connect("test_valid_i", "test_valid"),
                           connect("test_column_i", "test_column"),
                           connect("retries_i", "retries"),
                           connect("busy_o", "busy"),
                           connect("take_vector_o", "take_vector"),
                           connect("next_digit_o", "next_digit"),
                           connect("sign_step_o", "sign_step"),
                           connect("drive_o", "drive"),
                           connect("one_row_o", "one_row"),
                           connect("test_o", "test"),
                           connect("row_o", "row"),
                           connect("convert_o", "convert"),
                           connect("done_i", "done"),
                           connect("pulse_o", "pulse"),
                           connect("take_weights_o", "take_weights"),
                           connect("column_o", "column"),
                           connect("slice_o", "slice"),
                           connect("minus_o", "minus"),
                           connect("sample_o", "sample"),
                           connect("verify_o", "verify"),
                           connect("verifying_o", "verifying"),
                           connect("test_sample_o", "test_sample"),
                           connect("first_step_o", "first_step"),
                           connect("first_slice_o", "first_slice"),
                           connect("finish_o", "finish"),
                           connect("pending_i", not_equal(id("pending"), literal(groups, 0))),
                           connect("reporting_o", "reporting"),
                           connect("lane_o", "lane"),
                           connect("lane_pending_i", select(id("pending_here"), id("lane"))),
                           same("fault_valid_o"),
                           same("fault_ready_i")};
  items.push_back(sequencer);
  items.push_back(Assign{id("fault_row_o"), id("row")});
  items.push_back(Assign{id("fault_converter_o"), id("lane")});
  items.push_back(Assign{id("fault_column_o"), id("column")});
  items.push_back(Assign{id("fault_slice_o"), id("slice")});
  items.push_back(Assign{id("fault_minus_o"), id("minus")});

  items.push_back(Blank{});
  items.push_back(Comment{"Registers"});
  items.push_back(Declaration{false, integer(plan.lanes), {"trim_write", "test_overflow"}});
  items.push_back(Declaration{false, integer(2), {"trim_kind"}});
  items.push_back(Declaration{false, integer(bits.column), {"trim_column"}});
  items.push_back(Declaration{false, integer(plan::trim_gain_bits), {"trim_data"}});
  items.push_back(Declaration{false, integer(plan.lanes * plan::trim_gain_bits), {"trim"}});
  items.push_back(Declaration{false, integer(plan.lanes * spec.analog.adc_bits), {"test_code"}});
  items.push_back(Declaration{false, integer(32), {"test_reference"}});
  Instance registers{"cim_analog_registers", {}, "u_registers", {}};
  parameter(registers, "ROWS", spec.rows);
  parameter(registers, "ROW_BITS", bits.row);
  parameter(registers, "LANES", plan.lanes);
  parameter(registers, "COLUMN_BITS", bits.column);
  parameter(registers, "ADC_BITS", spec.analog.adc_bits);
  parameter(registers, "TOLERANCE_RESET", spec.analog.program_tolerance);
  parameter(registers, "RETRIES_RESET", spec.analog.program_retries);
  registers.connections = {same("clk_i"),
                           same("rst_ni"),
                           same("cfg_valid_i"),
                           same("cfg_ready_o"),
                           same("cfg_write_i"),
                           same("cfg_address_i"),
                           same("cfg_data_i"),
                           connect("answer_valid_o", "cfg_answer_valid_o"),
                           connect("answer_ready_i", "cfg_answer_ready_i"),
                           connect("answer_data_o", "cfg_answer_data_o"),
                           connect("busy_i", "busy"),
                           connect("tolerance_o", "tolerance"),
                           connect("retries_o", "retries"),
                           connect("test_valid_o", "test_valid"),
                           connect("test_done_i", "test_sample"),
                           connect("test_reference_o", "test_reference"),
                           connect("test_column_o", "test_column"),
                           connect("test_code_i", "test_code"),
                           connect("test_overflow_i", "test_overflow"),
                           connect("trim_access_o", "trim_access"),
                           connect("trim_write_o", "trim_write"),
                           connect("trim_kind_o", "trim_kind"),
                           connect("trim_column_o", "trim_column"),
                           connect("trim_data_o", "trim_data"),
                           connect("trim_data_i", "trim"),
                           connect("pulse_i", "pulse"),
                           connect("pulse_row_i", "row"),
                           connect("fault_i", id("fault_valid_o") & id("fault_ready_i"))};
  items.push_back(registers);
}

void emit_rows(const plan::MacroPlan& macro, Items& items) {
  const spec::MacroSpec& spec = macro.spec;
  const plan::AnalogPlan& plan = *macro.analog;
  const Widths bits(macro);
  items.push_back(Blank{});
  items.push_back(Comment{"Row drivers: the digits of the input, or one row with the code 1"});
  items.push_back(
      Declaration{false, integer(spec.rows * spec.input_bits_per_cycle), {"digit", "row_code"}});
  items.push_back(Declaration{false, integer(spec.rows), {"row_enable"}});
  items.push_back(Instance{
      "cim_analog_feed",
      {connect("ROWS", integer(spec.rows)), connect("INPUT_BITS", integer(spec.input.bits)),
       connect("CODE_BITS", integer(spec.input_bits_per_cycle)),
       connect("DIGITS", integer(plan.digits)), connect("SIGN", integer(plan.sign_step ? 1 : 0))},
      "u_feed",
      {same("clk_i"), connect("take_i", "take_vector"), connect("next_i", "next_digit"),
       connect("sign_i", "sign_step"), connect("data_i", "in_data_i"),
       connect("code_o", "digit")}});
  items.push_back(Instance{
      "cim_analog_row_select",
      {connect("ROWS", integer(spec.rows)), connect("ROW_BITS", integer(bits.row)),
       connect("CODE_BITS", integer(spec.input_bits_per_cycle))},
      "u_row_select",
      {connect("one_row_i", "one_row"), connect("row_i", "row"), connect("code_i", "digit"),
       connect("enable_o", "row_enable"), connect("code_o", "row_code")}});
}

void emit_array(const plan::MacroPlan& macro, Items& items) {
  const spec::MacroSpec& spec = macro.spec;
  const plan::AnalogPlan& plan = *macro.analog;
  items.push_back(Blank{});
  items.push_back(Comment{"The array of cells, its drivers and its converters"});
  items.push_back(Declaration{false, integer(plan.cell_columns), {"set", "reset"}});
  items.push_back(
      Declaration{false, integer(plan.cell_columns * spec.analog.cell_bits), {"amplitude"}});
  items.push_back(Declaration{false, integer(plan.lanes * plan.range_bits), {"range_now"}});
  items.push_back(Declaration{false, integer(plan.lanes * spec.analog.adc_bits), {"code"}});
  items.push_back(Declaration{false, integer(plan.lanes), {"overflow"}});
  const Expression verifies_plus = ~id("verifying") | ~id("minus");
  const Expression verifies_minus =
      plan.differential ? ~id("verifying") | id("minus") : literal(1, 0);
  items.push_back(Instance{array_module(macro),
                           {},
                           "u_array",
                           {same("clk_i"),
                            same("rst_ni"),
                            connect("drive_i", "drive"),
                            connect("row_enable_i", "row_enable"),
                            connect("row_code_i", "row_code"),
                            connect("column_i", "column"),
                            connect("slice_i", "slice"),
                            connect("plus_i", verifies_plus),
                            connect("minus_i", verifies_minus),
                            connect("range_i", "range_now"),
                            connect("test_i", "test"),
                            connect("reference_i", "test_reference"),
                            connect("convert_i", "convert"),
                            connect("done_o", "done"),
                            connect("code_o", "code"),
                            connect("overflow_o", "overflow"),
                            connect("pulse_i", "pulse"),
                            connect("pulse_row_i", "row"),
                            connect("set_i", "set"),
                            connect("reset_i", "reset"),
                            connect("amplitude_i", "amplitude"),
                            same("temperature_i"),
                            same("elapsed_i")}});

  items.push_back(Blank{});
  items.push_back(Comment{"One lane for each converter: those of equally many columns together"});
  if (plan.has_reference) {
    items.push_back(Declaration{false, integer(plan.acc_bits), {"reference"}});
    items.push_back(Declaration{
        false,
        std::nullopt,
        {"reference_clipped", "unused_reference_result", "unused_reference_saturated"}});
  }
  const std::vector<Lanes> all = lanes_of(macro);
  const int plain = static_cast<int>(all.size()) - (plan.has_reference ? 1 : 0);
  items.push_back(Declaration{false, integer(plain * plan.acc_bits), {"unused_accumulators"}});
  items.push_back(Declaration{false, integer(plain), {"unused_clipped"}});
  int index = 0;
  for (const Lanes& lanes : all) items.push_back(lanes_instance(macro, lanes, index++));
}

}  // namespace

Module analog_array(const plan::MacroPlan& macro) {
  const spec::MacroSpec& spec = macro.spec;
  const plan::AnalogPlan& plan = *macro.analog;
  const Widths bits(macro);
  Module module;
  module.name = array_module(macro);
  module.header = fmt::format(
      "The cells and converters of {} in simulation; synthesis has a black box.", spec.name);
  array_ports(macro, module.ports);
  const bool is_exact = spec.analog.model == spec::ArrayModel::exact;
  Instance model{
      is_exact ? "cim_analog_array_exact" : "cim_analog_array_device", {}, "u_model", {}};
  const auto parameter = [&](const char* key, int value) {
    model.parameters.push_back(connect(key, integer(value)));
  };
  parameter("ROWS", spec.rows);
  parameter("ROW_BITS", bits.row);
  parameter("COLUMNS", spec.columns);
  parameter("COLUMNS_PER_ADC", plan.columns_per_adc);
  parameter("COLUMN_BITS", bits.column);
  parameter("SLICES", plan.slices);
  parameter("SLICE_BITS", bits.slice);
  parameter("DEVICES", plan.devices);
  parameter("REFERENCE", plan.has_reference ? 1 : 0);
  parameter("BIPOLAR", plan.bipolar ? 1 : 0);
  parameter("CODE_BITS", spec.input_bits_per_cycle);
  parameter("CELL_BITS", spec.analog.cell_bits);
  parameter("ADC_BITS", spec.analog.adc_bits);
  parameter("RANGE_BITS", plan.range_bits);
  parameter("CYCLES", plan.conversion_cycles);
  parameter("LANES", plan.lanes);
  parameter("CELL_COLUMNS", plan.cell_columns);
  for (const Port& port : module.ports) model.connections.push_back(same(port.name));
  module.items.push_back(model);
  return module;
}

void add_ports_with_array(const plan::MacroPlan& macro, std::vector<Port>& list) {
  const spec::MacroSpec& spec = macro.spec;
  const Widths bits(*macro.with_array());
  const auto code = [](const char* what, int width) {
    return fmt::format("{} at [{}*{} +: {}]", what, what[0], width, width);
  };
  Ports ports(list);
  ports.in("clk_i");
  ports.in("rst_ni", 0, "asserted asynchronously, released synchronously");
  ports.in("weight_valid_i", 0, "one row of weights a transfer");
  ports.out("weight_ready_o");
  if (macro.row_bits > 0) ports.in("weight_row_i", macro.row_bits);
  ports.in("weight_data_i", spec.columns * spec.weight.bits, code("column c", spec.weight.bits));
  ports.in("in_valid_i", 0, "one input vector a transfer");
  ports.out("in_ready_o");
  ports.in("in_data_i", spec.rows * spec.input.bits, code("row r", spec.input.bits));
  ports.out("out_valid_o", 0, "one result a transfer, in order");
  ports.in("out_ready_i");
  ports.out("out_data_o", spec.columns * macro.output_bits, code("column c", macro.output_bits));
  ports.out("out_saturated_o", spec.columns,
            "the result, or a code that it is made of, was clipped");
  ports.in("cfg_valid_i", 0, "one access to a register a transfer");
  ports.out("cfg_ready_o");
  ports.in("cfg_write_i");
  ports.in("cfg_address_i", 20);
  ports.in("cfg_data_i", 32);
  ports.out("cfg_answer_valid_o", 0, "one answer for each access");
  ports.in("cfg_answer_ready_i");
  ports.out("cfg_answer_data_o", 32);
  ports.out("fault_valid_o", 0, "one device that is not at its level a transfer");
  ports.in("fault_ready_i");
  ports.out("fault_row_o", bits.row);
  ports.out("fault_converter_o", bits.lane);
  ports.out("fault_column_o", bits.column, "of the converter");
  ports.out("fault_slice_o", bits.slice);
  ports.out("fault_minus_o", 0, "its device of negative weights");
  ports.in("temperature_i", 16, "side band of the array: 1/64 K");
  ports.in("elapsed_i", 32, "s since the array was programmed");
}

Module analog_top(const plan::MacroPlan& macro) {
  Module module;
  module.name = macro.spec.name;
  module.header = describe(macro);
  add_ports_with_array(macro, module.ports);
  emit_control(macro, module.items);
  emit_rows(macro, module.items);
  emit_array(macro, module.items);
  return module;
}

}  // namespace cimforge::lower
