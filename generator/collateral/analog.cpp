#include "generator/collateral/analog.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>

#include "generator/base/version.h"
#include "generator/collateral/collateral.h"
#include "generator/collateral/documents.h"
#include "generator/spec/range.h"

namespace cimforge::collateral {
namespace {

std::string counted(std::int64_t count, const std::string& what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

int counter_bits(int count) {
  return std::max(1, static_cast<int>(std::bit_width(static_cast<unsigned>(count - 1))));
}

SignaturePort port(const std::string& name, Direction direction, int bits, Role role,
                   const std::string& stream, const std::string& meaning) {
  return {name, direction, std::max(1, bits), bits > 0, role, stream, "", 0, meaning};
}

int width_of(const verilog::Port& each) {
  return each.width ? std::stoi(verilog::print(*each.width)) : 1;
}

std::string storage_of(const plan::MacroPlan& macro) {
  const plan::AnalogPlan& plan = *macro.analog;
  return fmt::format("{} of {} in {}, {}", counted(plan.slices, "slice"),
                     counted(macro.spec.analog.cell_bits, "bit"), macro.spec.analog.device,
                     plan.differential    ? "two devices each"
                     : plan.has_reference ? "one device each, and a reference column"
                     : plan.bipolar       ? "an XNOR cell each, in strings"
                                          : "one device each");
}

/// The largest sum of a column of devices in a step, in steps of the converter after reset.
std::string converter_reach(const plan::MacroPlan& macro) {
  const spec::MacroSpec& spec = macro.spec;
  const plan::AnalogPlan& plan = *macro.analog;
  const int code_bits = spec.analog.adc_bits - (plan.differential ? 1 : 0);
  const bool exact = spec.analog.adc_range == 0 && plan.sum_bits <= code_bits;
  const bool clips = plan.sum_bits - spec.analog.adc_range > code_bits;
  const std::int64_t most = std::int64_t{spec.rows} * ((1 << spec.input_bits_per_cycle) - 1) *
                            ((1 << spec.analog.cell_bits) - 1);
  return fmt::format("a step is {}, the largest sum of a column {}{}", 1LL << spec.analog.adc_range,
                     most,
                     exact   ? ": every sum is exact"
                     : clips ? "; large sums are clipped"
                             : "");
}

}  // namespace

std::vector<SignaturePort> array_ports(const plan::MacroPlan& macro) {
  using enum Direction;
  const plan::AnalogPlan& plan = *macro.with_array()->analog;
  const int row_bits = std::max(1, macro.row_bits);
  return {
      port("out_saturated_o", output, macro.spec.columns, Role::payload, "out",
           "One bit a column: the result, or a code that it is made of, was clipped"),
      port("cfg_valid_i", input, 0, Role::valid, "cfg", "An access to a register is there"),
      port("cfg_ready_o", output, 0, Role::ready, "cfg", "The macro takes it"),
      port("cfg_write_i", input, 0, Role::payload, "cfg", "It is a write"),
      port("cfg_address_i", input, 20, Role::payload, "cfg", "Page, 4 bits, and index, 16 bits"),
      port("cfg_data_i", input, 32, Role::payload, "cfg", "What is written"),
      port("cfg_answer_valid_o", output, 0, Role::valid, "cfg_answer",
           "The answer to an access is there"),
      port("cfg_answer_ready_i", input, 0, Role::ready, "cfg_answer", "The receiver takes it"),
      port("cfg_answer_data_o", output, 32, Role::payload, "cfg_answer", "What the register held"),
      port("fault_valid_o", output, 0, Role::valid, "fault",
           "A device that did not come to its level is reported"),
      port("fault_ready_i", input, 0, Role::ready, "fault", "The receiver takes it"),
      port("fault_row_o", output, row_bits, Role::payload, "fault", "Its row"),
      port("fault_converter_o", output, counter_bits(plan.lanes), Role::payload, "fault",
           "Its converter"),
      port("fault_column_o", output, counter_bits(plan.columns_per_adc), Role::payload, "fault",
           "Its column among those of the converter"),
      port("fault_slice_o", output, counter_bits(plan.slices), Role::payload, "fault",
           "Its slice of the weight"),
      port("fault_minus_o", output, 0, Role::payload, "fault",
           "It is the device of negative weights"),
      port("temperature_i", input, 16, Role::payload, "",
           "Side band of the array: temperature in 1/64 K"),
      port("elapsed_i", input, 32, Role::payload, "",
           "Side band of the array: seconds since it was programmed"),
  };
}

std::string analog_figures_text(const plan::MacroPlan& macro) {
  const spec::MacroSpec& spec = macro.spec;
  const plan::AnalogPlan& plan = *macro.analog;
  const ModuleSignature shape = signature(macro);
  const spec::ResultRange range = spec::output_range(spec);
  std::string text = fmt::format("{}: analog compute-in-memory macro\n", spec.name);
  const auto row = [&](const std::string& name, const std::string& value) {
    text += fmt::format("  {:<14}{}\n", name, value);
  };
  row("array", fmt::format("{} x {}", counted(spec.rows, "row"), counted(spec.columns, "column")));
  row("weights", fmt::format("{}: {}", spec.weight.name(), storage_of(macro)));
  row("cells",
      fmt::format("{} x {}, {} levels", spec.rows, plan.cell_columns, 1 << spec.analog.cell_bits));
  row("inputs", fmt::format("{} in {}: {}{}", spec.input.name(), counted(plan.steps, "step"),
                            counted(plan.digits, "digit") + " of " +
                                counted(spec.input_bits_per_cycle, "bit"),
                            plan.sign_step ? " and the sign bits" : ""));
  row("results", fmt::format("{}, {}, {} to {}",
                             spec::IntegerFormat{macro.output_signed, macro.output_bits}.name(),
                             spec::to_string(spec.output_mode), range.min, range.max));
  text += "converters\n";
  row("kind", fmt::format("{} {} of {} bits, {} each{}", plan.lanes - (plan.has_reference ? 1 : 0),
                          spec::to_string(spec.analog.adc), spec.analog.adc_bits,
                          counted(plan.columns_per_adc, "column"),
                          plan.has_reference ? ", one for the reference column" : ""));
  row("range", converter_reach(macro));
  row("conversion", counted(plan.conversion_cycles, "cycle"));
  text += "cycles\n";
  row("throughput", fmt::format("one vector in {}", counted(shape.cycles_per_vector, "cycle")));
  row("latency", counted(shape.latency, "cycle"));
  row("a row",
      fmt::format("{} at least to be verified", counted(plan.row_program_cycles, "cycle")));
  row("at the clock",
      fmt::format("{:g} ns: {:.4g} G multiply-accumulates a second", spec.timing.clock_period_ns,
                  static_cast<double>(std::int64_t{1} * spec.rows * spec.columns) /
                      (shape.cycles_per_vector * spec.timing.clock_period_ns)));
  return text;
}

nlohmann::ordered_json analog_json(const plan::MacroPlan& macro) {
  const plan::AnalogPlan& plan = *macro.analog;
  return {
      {"steps", plan.steps},
      {"digits", plan.digits},
      {"digit_bits", macro.spec.input_bits_per_cycle},
      {"sign_step", plan.sign_step},
      {"latency", macro.latency},
      {"cycles_per_vector", plan.cycles_per_vector},
      {"row_program_cycles", plan.row_program_cycles},
      {"differential", plan.differential},
      {"reference_column", plan.has_reference},
      {"reference_level", plan.reference_level},
      {"slices", plan.slices},
      {"devices_per_slice", plan.devices},
      {"cell_columns", plan.cell_columns},
      {"cells", std::int64_t{1} * macro.spec.rows * plan.cell_columns},
      {"converters", plan.lanes},
      {"positions", plan.positions},
      {"conversion_cycles", plan.conversion_cycles},
      {"sum_bits", plan.sum_bits},
      {"range_most", plan.range_most},
      {"value_bits", plan.value_bits},
      {"acc_bits", plan.acc_bits},
      {"output_bits", macro.output_bits},
      {"output_signed", macro.output_signed},
      {"row_bits", macro.row_bits},
      {"storage_bits", macro.storage_bits()},
      {"macs_per_vector", std::int64_t{1} * macro.spec.rows * macro.spec.columns},
  };
}

std::string sections_of_array(const plan::MacroPlan& macro, const ModuleSignature& shape) {
  const spec::MacroSpec& spec = macro.spec;
  const plan::AnalogPlan& plan = *macro.with_array()->analog;
  std::string text = R"(
## Ports

| Port | Direction | Bits | Meaning |
|---|---|---|---|
)";
  for (const SignaturePort& each : shape.ports) {
    std::string meaning = each.meaning;
    if (each.element_bits > 0) {
      meaning += fmt::format("; {} {} at `[{}*{} +: {}]`", each.element, each.element.front(),
                             each.element.front(), each.element_bits, each.element_bits);
    }
    text += fmt::format("| `{}` | {} | {} | {} |\n", each.name, to_string(each.direction),
                        each.width, meaning);
  }
  text += fmt::format(
      R"(
Each stream moves one item on a rising edge of `clk_i` where its valid and its ready are both high; every ready that the macro
drives depends on its state alone. Tie `fault_ready_i` and `cfg_answer_ready_i` high where nobody listens: the macro waits
for them.

## Programming

One transfer on the `weight` stream programs one row. The macro reads the devices of the row back one by one; those that are
further from their level than the tolerance get a SET or RESET pulse of as many levels as are missing, all of the row at once, and the
row is read again. After {retries} pulses what is still wrong is reported on the `fault` stream, device by device, and the row is
left as it is. A vector that is accepted on the same edge is computed after it.

## Registers

An access to the `cfg` stream has the address {{page, index}}, 4 and 16 bits, and one answer, which is what the register held.
What is not in the table reads 0 and is not written; a value that a register cannot hold becomes the nearest that it can.
Registers act at once: write trims while the macro is not at work.

| Page | Index | |
|---|---|---|
| 0 | 0 | bit 0: the macro is at work |
| 0 | 1 | tolerance in levels ({tolerance} after reset) |
| 0 | 2 | pulses to a row at most ({retries} after reset) |
| 0 | 3 | a write converts a reference of so many {unit} (signed) in all converters; the access after it waits until the codes are there |
| 0 | 4 | the column whose range that conversion has, among those of each converter |
| 0 | 5 | devices that were reported; a write sets it to 0 |
| 1, 2, 3 | {{converter, column}}, the column in the low {column_bits} bits | offset (12 bits, signed, in 1/16 steps), gain (13 bits, in 1/4096), range (a step is 2^range {unit}, to {range_most}) |
| 4 | row | pulses that the row has had |
| 5 | converter | code of the last conversion of a reference; bit 31: it was clipped |

A code becomes ((16 code - offset) * gain * 2^range) / 2^16, rounded.{twice}

## Use

`rtl/{array}.v` stands for the cells in simulation ({model} model); in synthesis `rtl/{array}_stub.v` is a black box
whose Liberty and LEF files are in `array/`: replace them by those of the real array.

```
verilator --lint-only -Wall --top-module {name} -f sim.f
iverilog -g2005 -o {name}.vvp -s {name} -c sim.f
yosys -p "read_verilog{defer} $(grep -v '^//' synth.f | tr '\n' ' '); synth -flatten -top {name}; stat"
```
)",
      fmt::arg("unit", plan.bipolar ? "matches" : "products"),
      fmt::arg("twice", plan.bipolar
                            ? fmt::format(" That is a number of rows in which input and weight are "
                                          "equal;\na result is twice as much, less {}.",
                                          spec.rows)
                            : ""),
      fmt::arg("retries", spec.analog.program_retries),
      fmt::arg("tolerance", spec.analog.program_tolerance), fmt::arg("range_most", plan.range_most),
      fmt::arg("column_bits", counter_bits(plan.columns_per_adc)), fmt::arg("name", spec.name),
      fmt::arg("array", macro.with_array()->spec.name + "_array"),
      fmt::arg("defer", macro.parts.empty() ? "" : " -defer"),
      fmt::arg("model", spec::to_string(spec.analog.model)));
  return text;
}

std::string analog_datasheet(const plan::MacroPlan& macro, const ModuleSignature& shape) {
  const spec::MacroSpec& spec = macro.spec;
  const plan::AnalogPlan& plan = *macro.analog;
  const std::string text = fmt::format(
      R"(# {name}

An analog compute-in-memory macro: a crossbar of {rows} x {cells} devices behind {converters}, with the digital logic
around them. It stores {rows} x {columns} {weight} weights and gives y[c] = sum over r of x[r] * W[r][c], as exact as its
converters are.

| | |
|---|---|
| Weights | {weight}: {storage} |
| Inputs | {input} in {steps} |
| Results | {output} |
| Converters | {adc}, {adc_bits} bits, {reach} |
| Throughput | one vector in {cycles} |
| Latency | {latency} |
| Programming | a row in {row_cycles} cycles and more, by its pulses |

Generated by cimforge {version} from the specification in `spec.toml`, sha256:{hash}.
)",
      fmt::arg("name", spec.name), fmt::arg("rows", spec.rows),
      fmt::arg("cells", plan.cell_columns),
      fmt::arg("converters", counted(plan.lanes, "converter")), fmt::arg("columns", spec.columns),
      fmt::arg("weight", spec.weight.name()), fmt::arg("storage", storage_of(macro)),
      fmt::arg("input", spec.input.name()), fmt::arg("steps", counted(plan.steps, "step")),
      fmt::arg("output", spec::IntegerFormat{macro.output_signed, macro.output_bits}.name()),
      fmt::arg("adc", spec::to_string(spec.analog.adc)), fmt::arg("adc_bits", spec.analog.adc_bits),
      fmt::arg("reach", converter_reach(macro)),
      fmt::arg("cycles", counted(shape.cycles_per_vector, "cycle")),
      fmt::arg("latency", counted(shape.latency, "cycle")),
      fmt::arg("row_cycles", plan.row_program_cycles), fmt::arg("version", base::version()),
      fmt::arg("hash", specification_hash(spec)));
  return text + sections_of_array(macro, shape);
}

BlackBox black_box(const spec::MacroSpec& spec) {
  if (spec.kind == spec::Kind::near_memory) {
    return {"memory", spec.memory.area_um2, spec.memory.setup_ns, spec.memory.output_ns};
  }
  return {"array of cells", spec.analog.array_area_um2, spec.analog.array_setup_ns,
          spec.analog.array_output_ns};
}

std::string array_stub(const plan::MacroPlan& macro, const verilog::Module& array,
                       const std::string& banner) {
  return black_box_stub(array, black_box(macro.spec).what, banner);
}

std::string black_box_stub(const verilog::Module& array, const std::string& what,
                           const std::string& banner) {
  std::string text = as_comment(banner, "//") + "\n// The " + what +
                     " in synthesis: a black box.\n"
                     "`default_nettype none\n\n(* blackbox *)\nmodule " +
                     array.name + " (\n";
  for (std::size_t i = 0; i < array.ports.size(); ++i) {
    const verilog::Port& each = array.ports[i];
    text += fmt::format("  {} wire {}{}{}\n",
                        each.direction == verilog::Direction::input ? "input " : "output",
                        each.width ? fmt::format("[{}:0] ", width_of(each) - 1) : "", each.name,
                        i + 1 < array.ports.size() ? "," : "");
  }
  return text + ");\nendmodule\n\n`default_nettype wire\n";
}

std::string array_liberty(const plan::MacroPlan& macro, const verilog::Module& array) {
  const spec::MacroSpec& spec = macro.spec;
  const BlackBox box = black_box(spec);
  const double setup_ns = box.setup_ns;
  const double output_ns = box.output_ns;
  std::string text = fmt::format(
      "/* {} */\n"
      "library ({}) {{\n"
      "  delay_model : table_lookup;\n"
      "  time_unit : \"1ns\";\n  capacitive_load_unit (1, pf);\n  voltage_unit : \"1V\";\n"
      "  current_unit : \"1mA\";\n  pulling_resistance_unit : \"1kohm\";\n"
      "  leakage_power_unit : \"1nW\";\n  nom_process : 1;\n  nom_temperature : 25;\n"
      "  nom_voltage : 1;\n  input_threshold_pct_rise : 50;\n  input_threshold_pct_fall : 50;\n"
      "  output_threshold_pct_rise : 50;\n  output_threshold_pct_fall : 50;\n"
      "  slew_lower_threshold_pct_rise : 20;\n  slew_lower_threshold_pct_fall : 20;\n"
      "  slew_upper_threshold_pct_rise : 80;\n  slew_upper_threshold_pct_fall : 80;\n"
      "  lu_table_template (one) {{ variable_1 : input_net_transition; index_1 (\"0.1, 1\"); }}\n",
      fmt::format("A budget for the {} of {}: to be replaced by figures of the real one",
                  spec.kind == spec::Kind::near_memory ? "memory" : "array", spec.name),
      array.name);
  std::vector<int> widths;
  for (const verilog::Port& each : array.ports) {
    if (!each.width) continue;
    const int width = width_of(each);
    if (std::find(widths.begin(), widths.end(), width) != widths.end()) continue;
    widths.push_back(width);
    text += fmt::format(
        "  type (bus{0}) {{ base_type : array; data_type : bit; bit_width : {0}; bit_from : {1}; "
        "bit_to : 0; downto : true; }}\n",
        width, width - 1);
  }
  text += fmt::format("  cell ({}) {{\n    area : {};\n    dont_touch : true;\n", array.name,
                      box.area_um2);
  const auto table = [](const char* name, double value) {
    return fmt::format("{} (scalar) {{ values (\"{}\"); }} ", name, value);
  };
  for (const verilog::Port& each : array.ports) {
    const std::string open =
        each.width ? fmt::format("    bus ({}) {{ bus_type : bus{}; ", each.name, width_of(each))
                   : fmt::format("    pin ({}) {{ ", each.name);
    if (each.name == "clk_i") {
      text += open + "direction : input; clock : true; capacitance : 0.01; }\n";
    } else if (each.name == "rst_ni") {
      text += open + "direction : input; capacitance : 0.01; }\n";
    } else if (each.direction == verilog::Direction::input) {
      text += open + "direction : input; capacitance : 0.01;\n";
      text += "      timing () { related_pin : \"clk_i\"; timing_type : setup_rising; " +
              table("rise_constraint", setup_ns) + table("fall_constraint", setup_ns) + "}\n";
      text += "      timing () { related_pin : \"clk_i\"; timing_type : hold_rising; " +
              table("rise_constraint", 0.0) + table("fall_constraint", 0.0) + "} }\n";
    } else {
      text += open + "direction : output; max_capacitance : 1;\n";
      text +=
          "      timing () { related_pin : \"clk_i\"; timing_type : rising_edge; "
          "timing_sense : non_unate; " +
          table("cell_rise", output_ns) + table("cell_fall", output_ns) +
          table("rise_transition", 0.1) + table("fall_transition", 0.1) + "} }\n";
    }
  }
  return text + "  }\n}\n";
}

std::string array_lef(const plan::MacroPlan& macro, const verilog::Module& array) {
  return black_box_lef(array, black_box(macro.spec).area_um2);
}

std::string black_box_lef(const verilog::Module& array, double area_um2, const std::string& note) {
  // Of the area that the specification tells, a square where its pins have room: they stand on the
  // left side in their order, on a grid of 0.01 um and none in touch with the next.
  std::int64_t count = 0;
  for (const verilog::Port& each : array.ports) count += width_of(each);
  constexpr double grid = 0.01;
  const double area = std::max(area_um2, 1.0);
  const double height = std::max(std::sqrt(area), 2 * grid * static_cast<double>(count + 1));
  const double width = std::max(area / height, 10 * grid);
  const double pitch = std::floor(height / static_cast<double>(count + 1) / grid + 1e-6) * grid;
  std::string text =
      note + fmt::format(
                 "VERSION 5.7 ;\nBUSBITCHARS \"[]\" ;\nDIVIDERCHAR \"/\" ;\n"
                 "MACRO {0}\n  CLASS BLOCK ;\n  ORIGIN 0 0 ;\n  SIZE {1:.2f} BY {2:.2f} ;\n",
                 array.name, std::ceil(width / grid - 1e-6) * grid,
                 std::ceil(height / grid - 1e-6) * grid);
  std::int64_t index = 0;
  for (const verilog::Port& each : array.ports) {
    for (int bit = 0; bit < width_of(each); ++bit, ++index) {
      const std::string name = each.width ? fmt::format("{}[{}]", each.name, bit) : each.name;
      const double y = pitch * static_cast<double>(index + 1);
      text += fmt::format(
          "  PIN {0}\n    DIRECTION {1} ;\n    USE {2} ;\n    PORT\n      LAYER met1 ;\n"
          "      RECT 0.00 {3:.2f} 0.01 {4:.2f} ;\n    END\n  END {0}\n",
          name, each.direction == verilog::Direction::input ? "INPUT" : "OUTPUT",
          each.name == "clk_i" ? "CLOCK" : "SIGNAL", y, y + grid);
    }
  }
  return text + fmt::format("END {}\nEND LIBRARY\n", array.name);
}

}  // namespace cimforge::collateral
