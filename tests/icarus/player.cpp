#include "tests/icarus/player.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <charconv>
#include <sstream>
#include <stdexcept>

#include "generator/collateral/collateral.h"
#include "generator/spec/parse.h"
#include "generator/spec/range.h"
#include "sim/golden.h"
#include "tb/codes.h"
#include "tests/icarus/icarus.h"

namespace cimforge::test {
namespace {

std::string codes(std::span<const std::int64_t> values, const spec::IntegerFormat& format) {
  tb::PortValue port(values.size() * static_cast<std::size_t>(format.bits));
  tb::pack(std::vector<std::int32_t>(values.begin(), values.end()), format, port);
  return to_hex(port);
}

spec::IntegerFormat format_of(std::string_view name) {
  if (name == "bipolar") return spec::IntegerFormat::bipolar();
  const bool is_signed = name.front() == 'i';
  name.remove_prefix(is_signed ? 3 : 4);
  int bits = 0;
  std::from_chars(name.data(), name.data() + name.size(), bits);
  return {is_signed, bits};
}

/// The least range without clipped sums.
int full_range(const spec::MacroSpec& spec) {
  const bool is_differential =
      spec.weight.is_signed && spec.analog.encoding == spec::Encoding::differential;
  const auto most = static_cast<std::uint64_t>(spec.rows) *
                    ((std::uint64_t{1} << spec.input_bits_per_cycle) - 1) *
                    ((std::uint64_t{1} << spec.analog.cell_bits) - 1);
  return std::max(
      0, static_cast<int>(std::bit_width(most)) - spec.analog.adc_bits + (is_differential ? 1 : 0));
}

}  // namespace

spec::MacroSpec analog_specification(const std::string& name, int rows, int columns,
                                     const std::string& input, const std::string& weight) {
  spec::MacroSpec spec;
  spec.name = name;
  spec.kind = spec::Kind::analog;
  spec.rows = rows;
  spec.columns = columns;
  spec.input = format_of(input);
  spec.weight = format_of(weight);
  spec.analog.columns_per_adc = std::min(8, columns);
  return spec;
}

std::vector<spec::MacroSpec> analog_matrix() {
  using enum spec::Adc;
  constexpr spec::Encoding d = spec::Encoding::differential;
  constexpr spec::Encoding o = spec::Encoding::offset;
  constexpr spec::OutputMode exact = spec::OutputMode::exact;
  constexpr spec::OutputMode saturate = spec::OutputMode::saturate;
  constexpr spec::OutputMode truncate = spec::OutputMode::truncate;
  struct Row {
    int rows, columns;
    const char* input;
    const char* weight;
    int k, cell_bits;
    spec::Encoding encoding;
    int columns_per_adc;
    spec::Adc adc;
    int adc_bits;
    int range;  ///< -1: the least without clipped sums
    spec::OutputMode mode;
    int bits, shift, settle, pulse, retries, tolerance;
  };
  // clang-format off
  constexpr Row table[] = {
    {1, 1, "int1", "int1", 1, 1, d, 1, flash, 2, 0, exact, 0, 0, 1, 1, 1, 0},
    {1, 1, "uint1", "uint1", 1, 1, d, 1, flash, 1, 0, exact, 0, 0, 1, 1, 1, 0},
    {1, 1, "int16", "int16", 16, 8, d, 1, flash, 16, -1, exact, 0, 0, 2, 3, 1, 0},
    {1, 9, "uint16", "int16", 16, 8, o, 4, sar, 16, -1, exact, 0, 0, 1, 2, 1, 0},
    {9, 1, "int4", "int4", 1, 2, d, 1, sar, 8, -1, exact, 0, 0, 1, 1, 16, 0},
    {16, 5, "int4", "int4", 1, 2, d, 3, sar, 8, 0, exact, 0, 0, 1, 1, 16, 0},
    {16, 5, "int4", "int4", 1, 2, o, 3, sar, 8, 0, exact, 0, 0, 1, 1, 16, 0},
    {16, 5, "uint4", "uint4", 1, 2, d, 3, sar, 8, 0, exact, 0, 0, 1, 1, 16, 0},
    {7, 6, "int5", "int3", 2, 2, d, 2, flash, 7, -1, exact, 0, 0, 3, 1, 2, 0},
    {7, 6, "int5", "int3", 3, 2, o, 4, flash, 7, -1, exact, 0, 0, 1, 4, 2, 0},
    {5, 7, "uint7", "uint5", 3, 3, d, 7, ramp, 5, -1, exact, 0, 0, 1, 1, 1, 0},
    {5, 7, "int7", "int5", 4, 3, o, 3, ramp, 5, 2, exact, 0, 0, 2, 2, 1, 0},
    {6, 3, "int8", "int8", 8, 1, d, 2, time, 4, 3, exact, 0, 0, 1, 1, 3, 0},
    {6, 3, "int8", "int8", 5, 7, d, 1, sar, 8, -1, exact, 0, 0, 1, 1, 1, 0},
    {6, 3, "int8", "int8", 7, 7, o, 3, sar, 8, 4, exact, 0, 0, 1, 1, 1, 0},
    {33, 2, "uint8", "uint8", 8, 8, d, 1, sar, 16, -1, exact, 0, 0, 1, 1, 1, 0},
    {33, 2, "uint1", "int16", 1, 5, d, 2, sar, 12, -1, exact, 0, 0, 1, 1, 1, 0},
    {33, 2, "int1", "int16", 1, 5, o, 2, sar, 12, -1, exact, 0, 0, 1, 1, 1, 0},
    {20, 4, "int1", "uint3", 1, 1, d, 4, flash, 6, 0, exact, 0, 0, 1, 1, 1, 0},
    {20, 4, "uint2", "int1", 2, 1, o, 2, flash, 6, 0, exact, 0, 0, 1, 1, 1, 0},
    {20, 4, "int2", "int1", 2, 2, d, 2, flash, 6, 1, exact, 0, 0, 1, 1, 1, 0},
    {12, 4, "int6", "int6", 2, 4, d, 3, sar, 5, 0, exact, 0, 0, 1, 1, 1, 0},
    {12, 4, "int6", "int6", 2, 4, o, 3, sar, 4, 0, exact, 0, 0, 1, 1, 1, 0},
    {12, 4, "uint6", "uint6", 6, 4, d, 3, sar, 4, 3, exact, 0, 0, 1, 1, 1, 0},
    {10, 5, "int4", "int4", 1, 4, d, 5, sar, 8, -1, saturate, 6, 1, 1, 1, 1, 0},
    {10, 5, "int4", "int4", 2, 3, o, 2, sar, 8, -1, truncate, 6, 1, 1, 1, 1, 0},
    {10, 5, "uint4", "uint4", 2, 3, d, 4, sar, 8, -1, saturate, 5, 3, 1, 1, 1, 0},
    {10, 5, "uint4", "uint4", 4, 1, d, 1, sar, 8, -1, truncate, 1, 0, 1, 1, 1, 0},
    {10, 5, "int4", "int4", 3, 2, d, 5, sar, 8, -1, saturate, 1, 0, 1, 1, 1, 0},
    {10, 5, "int4", "int4", 3, 2, o, 5, sar, 8, 1, truncate, 3, 5, 1, 1, 1, 0},
    {3, 11, "int3", "int10", 2, 4, d, 8, sar, 10, -1, exact, 0, 0, 1, 1, 1, 0},
    {31, 2, "uint1", "uint1", 1, 1, d, 2, flash, 5, 0, exact, 0, 0, 1, 1, 1, 0},
    {31, 2, "uint3", "int4", 2, 2, d, 2, sar, 9, -1, exact, 0, 0, 7, 9, 1, 1},
    {66, 1, "uint1", "uint1", 1, 1, d, 1, flash, 7, 0, exact, 0, 0, 1, 1, 1, 0},
    {2, 66, "uint1", "uint1", 1, 1, d, 66, flash, 2, 0, exact, 0, 0, 1, 1, 1, 0},
    {1, 66, "uint1", "uint1", 1, 1, d, 1, flash, 2, 0, exact, 0, 0, 1, 1, 1, 0},
    {2, 1, "bipolar", "bipolar", 1, 1, d, 1, time, 2, 0, exact, 0, 0, 1, 1, 1, 0},
    {16, 5, "bipolar", "bipolar", 1, 1, o, 2, time, 5, 0, exact, 0, 0, 2, 3, 2, 0},
    {64, 3, "bipolar", "bipolar", 1, 1, d, 3, flash, 7, 0, exact, 0, 0, 1, 1, 1, 0},
    {20, 6, "bipolar", "bipolar", 1, 1, d, 4, sar, 4, -1, exact, 0, 0, 1, 1, 1, 0},
    {20, 6, "bipolar", "bipolar", 1, 1, d, 4, time, 4, 0, exact, 0, 0, 1, 1, 1, 0},
    {9, 7, "bipolar", "bipolar", 1, 1, d, 7, flash, 5, 0, saturate, 3, 1, 1, 1, 1, 0},
    {9, 7, "bipolar", "bipolar", 1, 1, d, 7, flash, 5, 0, truncate, 3, 1, 1, 1, 1, 0},
  };
  // clang-format on
  std::vector<spec::MacroSpec> specs;
  for (const Row& row : table) {
    spec::MacroSpec spec =
        analog_specification(fmt::format("a{:02}_{}x{}_{}_{}_k{}", specs.size(), row.rows,
                                         row.columns, row.input, row.weight, row.k),
                             row.rows, row.columns, row.input, row.weight);
    spec.input_bits_per_cycle = row.k;
    spec.output_mode = row.mode;
    spec.output_bits = row.bits;
    spec.output_shift = row.shift;
    spec::Analog& analog = spec.analog;
    analog.cell_bits = row.cell_bits;
    analog.encoding = row.encoding;
    analog.columns_per_adc = row.columns_per_adc;
    analog.adc = row.adc;
    analog.adc_bits = row.adc_bits;
    analog.settle_cycles = row.settle;
    analog.pulse_cycles = row.pulse;
    analog.program_retries = row.retries;
    analog.program_tolerance = row.tolerance;
    analog.adc_range = row.range < 0 ? full_range(spec) : row.range;
    specs.push_back(spec);
  }
  return specs;
}

spec::MacroSpec random_analog(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto between = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  const auto most = [&] { return between(0, 2) == 0 ? 16 : 6; };
  spec::MacroSpec spec;
  spec.name = fmt::format("random{}", seed);
  spec.kind = spec::Kind::analog;
  spec.rows = between(1, 12);
  spec.columns = between(1, 7);
  spec.input = {between(0, 1) == 1, between(1, most())};
  spec.weight = {between(0, 1) == 1, between(1, most())};
  spec.input_bits_per_cycle = between(1, spec.input.bits);
  spec::Analog& analog = spec.analog;
  analog.encoding = between(0, 1) == 1 ? spec::Encoding::offset : spec::Encoding::differential;
  analog.cell_bits = between(1, 8);
  analog.columns_per_adc = between(1, spec.columns);
  analog.adc_bits = between(analog.cell_bits + 1, 16);
  const bool is_slow = analog.adc_bits <= 3 && between(0, 1) == 1;
  analog.adc = is_slow ? spec::Adc::ramp : between(0, 1) == 1 ? spec::Adc::sar : spec::Adc::flash;
  const int full = full_range(spec);
  analog.adc_range = full > 0 && between(0, 2) == 0 ? between(0, full) : full;
  analog.settle_cycles = between(1, 4);
  analog.pulse_cycles = between(1, 4);
  analog.program_retries = between(1, 3);
  const int needed = spec::needed_output_bits(spec);
  switch (between(0, 4)) {
    case 0:
      spec.output_mode = spec::OutputMode::saturate;
      spec.output_bits = between(1, needed);
      break;
    case 1:
      spec.output_mode = spec::OutputMode::truncate;
      spec.output_bits = between(1, needed);
      break;
    default:
      break;
  }
  if (spec.output_mode != spec::OutputMode::exact && between(0, 2) == 0) {
    spec.output_shift = between(0, std::min(5, needed - 1));
    if (spec.output_shift + spec.output_bits > needed) spec.output_bits = 1;
  }
  return spec;
}

reference::MacroParameters parameters_of(const spec::MacroSpec& spec) {
  reference::MacroParameters p;
  p.rows = static_cast<std::size_t>(spec.rows);
  p.columns = static_cast<std::size_t>(spec.columns);
  p.input = {spec.input.bits, spec.input.is_signed, spec.input.is_bipolar};
  p.weight = {spec.weight.bits, spec.weight.is_signed, spec.weight.is_bipolar};
  p.code_bits = spec.input_bits_per_cycle;
  p.cell_bits = spec.analog.cell_bits;
  if (spec.weight.is_signed) {
    p.encoding = spec.analog.encoding == spec::Encoding::offset ? reference::Encoding::offset
                                                                : reference::Encoding::differential;
  }
  if (spec.weight.is_bipolar) p.encoding = reference::Encoding::bipolar;
  p.adc_bits = spec.analog.adc_bits;
  p.ranges.assign(p.columns, spec.analog.adc_range);
  p.reference_range = spec.analog.adc_range;
  p.trims.assign(p.columns, {});
  p.output_shift = spec.output_shift;
  p.mode = spec.output_mode == spec::OutputMode::truncate   ? reference::OutputMode::truncate
           : spec.output_mode == spec::OutputMode::saturate ? reference::OutputMode::saturate
                                                            : reference::OutputMode::exact;
  p.output_bits = spec::output_width(spec);
  p.output_signed = spec::output_is_signed(spec);
  return p;
}

void Script::weights(int row, std::span<const std::int64_t> values) {
  text_ += fmt::format("w {:x} {}\n", row, codes(values, spec_.weight));
}
void Script::vector(std::span<const std::int64_t> values) {
  text_ += fmt::format("v {}\n", codes(values, spec_.input));
}
void Script::write(std::uint32_t address, std::uint32_t data) {
  text_ += fmt::format("c 1 {:x} {:x}\n", address, data);
}
void Script::read(std::uint32_t address) {
  // The data of a read is not looked at.
  text_ += fmt::format("c 0 {:x} 5a5a5a5a\n", address);
}
void Script::together(int row, std::span<const std::int64_t> values,
                      std::span<const std::int64_t> inputs, std::uint32_t address,
                      std::uint32_t data) {
  text_ += fmt::format("s {:x} {} {} {:x} {:x}\n", row, codes(values, spec_.weight),
                       codes(inputs, spec_.input), address, data);
}
void Script::wait(int cycles) {
  text_ += fmt::format("i {:x}\n", cycles);
}
void Script::reset(int cycles) {
  text_ += fmt::format("x {:x}\n", cycles);
}
void Script::ready(char stream, int mode) {
  text_ += fmt::format("{} {}\n", stream, mode);
}
void Script::stuck(int number, int row, int cell, int level) {
  text_ += fmt::format("k {:x} {:x} {:x} {:x}\n", number, row, cell, level);
}

Played play(const spec::MacroSpec& spec, const base::FileSet& files, const Script& script,
            std::uint64_t seed) {
  const base::TemporaryDirectory work("cimforge-player-");
  const std::filesystem::path rtl = work.path() / "rtl";
  base::write_directory_atomically(rtl, files, collateral::manifest_name);
  base::write_file_atomically(work.path() / "script.txt", script.text());
  IcarusBench bench{CIMFORGE_PLAYER_TESTBENCH, "cim_player_tb", {}, {"-Wno-timescale"}};
  const auto define = [&](const char* name, const auto& value) {
    bench.defines.emplace_back(name, fmt::format("{}", value));
  };
  const plan::MacroPlan macro = plan::plan(spec);
  const plan::AnalogPlan& plan = *macro.with_array()->analog;
  const auto bits = [](int count) {
    return std::max(1, static_cast<int>(std::bit_width(static_cast<unsigned>(count - 1))));
  };
  define("TOP", spec.name);
  define("WITH_ARRAY", macro.parts.empty() ? "u_macro" : "u_macro.u_analog");
  define("ROWS", spec.rows);
  define("COLUMNS", spec.columns);
  define("INPUT_BITS", spec.input.bits);
  define("WEIGHT_BITS", spec.weight.bits);
  define("OUTPUT_BITS", spec::output_width(spec));
  define("DIGIT_BITS", spec.input_bits_per_cycle);
  if (spec.rows > 1) define("ADDRESS_BITS", bits(spec.rows));
  define("FAULT_ROW", bits(spec.rows));
  define("FAULT_CONVERTER", bits(plan.lanes));
  define("FAULT_COLUMN", bits(plan.columns_per_adc));
  define("FAULT_SLICE", bits(plan.slices));
  define("LANES", plan.lanes);
  define("RANGE_BITS", plan.range_bits);
  define("CELL_COLUMNS", plan.cell_columns);
  define("CELL_BITS", spec.analog.cell_bits);
  define("SETTLE", spec.analog.settle_cycles);
  define("PULSE", spec.analog.pulse_cycles);
  define("SEED", seed);
  define("MOST_CYCLES", 400000);
  const IcarusOutput output = run_icarus(bench, rtl, work.path());
  Played played;
  // Of the bench: the ports of the array that one narrower vector is read from.
  for (const std::string& line : output.said) {
    if (line.find("player_tb.v") == std::string::npos) played.errors += line + '\n';
  }

  const tb::Ports ports(spec);
  tb::PortValue values = ports.output_port();
  tb::PortValue flags(ports.columns);
  bool ended = false;
  for (const std::string& line : output.printed) {
    std::istringstream words(line);
    std::string kind;
    words >> kind >> std::hex;
    if (kind == "end") {
      ended = true;
    } else if (kind == "r") {
      std::string data;
      std::string saturated;
      words >> data >> saturated;
      if (!from_hex(data, values) || !from_hex(saturated, flags)) {
        played.errors += line + '\n';
        continue;
      }
      Played::Result result;
      result.values.resize(ports.columns);
      tb::unpack(values, ports.output_bits, ports.output_is_signed,
                 std::span<std::int64_t>(result.values));
      for (std::size_t c = 0; c < ports.columns; ++c) {
        result.saturated.push_back((flags.data()[c / 8] >> (c % 8) & 1) != 0);
      }
      played.results.push_back(std::move(result));
    } else if (kind == "a") {
      std::uint32_t answer = 0;
      if (words >> answer)
        played.answers.push_back(answer);
      else
        played.errors += line + '\n';
    } else if (kind == "f") {
      Played::Fault fault{};
      if (words >> fault.row >> fault.converter >> fault.column >> fault.slice >> fault.minus) {
        played.faults.push_back(fault);
      } else {
        played.errors += line + '\n';
      }
    } else if (kind == "j" || kind == "m") {
      int number = 0;
      words >> number;
      (kind == "j" ? played.jobs : played.cycles).push_back(number);
    } else if (played.errors.size() < 3000) {
      played.errors += line + '\n';
    }
  }
  if (!ended) played.errors += "no end\n";
  return played;
}

std::vector<std::int64_t> random_codes(const spec::IntegerFormat& format, int count,
                                       std::mt19937_64& random) {
  std::uniform_int_distribution<std::int64_t> any(format.min(), format.max());
  std::uniform_int_distribution<int> kinds(0, 7);
  const int kind = kinds(random);
  std::vector<std::int64_t> values;
  for (int i = 0; i < count; ++i) {
    if (kind == 0)
      values.push_back(format.min());
    else if (kind == 1)
      values.push_back(format.max());
    else if (kind == 2)
      values.push_back(kinds(random) < 4 ? format.min() : format.max());
    else
      values.push_back(format.is_bipolar ? kinds(random) % 2 * 2 - 1 : any(random));
  }
  return values;
}

std::string traffic_complaint(const spec::MacroSpec& spec, const base::FileSet& files, int vectors,
                              std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const reference::MacroParameters parameters = parameters_of(spec);
  const auto columns = static_cast<std::size_t>(spec.columns);
  std::vector<std::int64_t> weights(parameters.rows * columns, spec.weight.rest());
  std::vector<int> pulses(parameters.rows, 0);
  std::vector<int> levels(parameters.rows * reference::device_columns(parameters), 0);
  std::vector<Played::Result> expected;
  std::vector<std::int64_t> golden_expected;
  sim::GoldenMacro golden(spec);

  Script script(spec);
  for (const char stream : {'o', 'a', 'f'}) script.ready(stream, 2);
  const auto write_row = [&](int row) {
    const std::vector<std::int64_t> values = random_codes(spec.weight, spec.columns, random);
    std::ranges::copy(values, weights.begin() + row * spec.columns);
    golden.write_row(0, row, std::vector<std::int32_t>(values.begin(), values.end()));
    script.weights(row, values);
    // A pulse moves every device that is off by as much as is missing.
    const std::vector<int> now = reference::cell_levels(parameters, weights);
    const auto width = static_cast<std::ptrdiff_t>(reference::device_columns(parameters));
    const auto begin = now.begin() + row * width;
    const auto tolerance = spec.analog.program_tolerance;
    bool off = false;
    for (std::ptrdiff_t d = 0; d < width; ++d) {
      if (std::abs(begin[d] - levels[static_cast<std::size_t>(row * width + d)]) > tolerance) {
        off = true;
        levels[static_cast<std::size_t>(row * width + d)] = begin[d];
      }
    }
    if (off) ++pulses[static_cast<std::size_t>(row)];
  };
  const auto multiply = [&] {
    const std::vector<std::int64_t> inputs = random_codes(spec.input, spec.rows, random);
    script.vector(inputs);
    const reference::Result result = reference::Macro(parameters, weights).multiply(inputs);
    Played::Result each{result.outputs, result.saturated};
    if (result.reference_saturated) each.saturated.assign(columns, true);
    expected.push_back(each);
    for (const std::int64_t y :
         golden.multiply(0, std::vector<std::int32_t>(inputs.begin(), inputs.end()))) {
      golden_expected.push_back(y);
    }
  };
  for (int row = 0; row < spec.rows; ++row) write_row(row);
  for (int i = 0; i < vectors; ++i) {
    multiply();
    if (i % 3 == 2) write_row(static_cast<int>(random() % parameters.rows));
  }
  script.until_idle();
  for (int row = 0; row < spec.rows; ++row) {
    script.read(page(4, static_cast<std::uint32_t>(row)));
  }
  script.read(page(0, 5));

  const Played played = play(spec, files, script, seed);
  std::string wrong = played.errors;
  for (std::size_t i = 0; i < std::min(played.results.size(), expected.size()); ++i) {
    for (std::size_t c = 0; c < columns; ++c) {
      const auto& got = played.results[i];
      // With a tolerance devices may be off: the golden model has them at their levels.
      if (spec.analog.program_tolerance > 0) continue;
      if (got.values[c] != expected[i].values[c] ||
          got.values[c] != golden_expected[i * columns + c]) {
        wrong += fmt::format("vector {}, column {}: expected {}, got {}\n", i, c,
                             expected[i].values[c], got.values[c]);
      }
      if (got.saturated[c] != expected[i].saturated[c]) {
        wrong += fmt::format("vector {}, column {}: saturated {}\n", i, c, bool{got.saturated[c]});
      }
    }
  }
  if (played.results.size() != expected.size()) {
    wrong += fmt::format("{} results instead of {}\n", played.results.size(), expected.size());
  }
  if (!played.faults.empty()) wrong += fmt::format("{} faults\n", played.faults.size());
  if (played.answers.size() != parameters.rows + 1) {
    wrong += fmt::format("{} answers\n", played.answers.size());
  } else {
    for (std::size_t row = 0; row < parameters.rows; ++row) {
      if (played.answers[row] != static_cast<std::uint32_t>(pulses[row])) {
        wrong +=
            fmt::format("row {} had {} pulses, not {}\n", row, played.answers[row], pulses[row]);
      }
    }
    if (played.answers.back() != 0) wrong += "faults are counted\n";
  }
  return wrong.substr(0, 3000);
}

}  // namespace cimforge::test
