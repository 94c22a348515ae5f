// The fast macro of sim/analog against the golden one: formats, slices, encodings, shared
// converters, trims, device effects, and program-and-verify step by step.
#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include "generator/base/exit_status.h"
#include "generator/spec/range.h"
#include "sim/analog/macro.h"
#include "sim/reference/macro.h"
#include "tests/catch.h"
#include "tests/reference/devices.h"

namespace cimforge::reference {
namespace {

using device::Device;
using test::with;
using Random = std::mt19937;
using Values = std::vector<std::int64_t>;

constexpr std::uint64_t kSeed = 0xFEDCBA987654321;
constexpr std::uint32_t kArray = 3;

int between(int low, int high, Random& random) {
  return std::uniform_int_distribution<int>(low, high)(random);
}

std::vector<std::int32_t> random_values(const spec::IntegerFormat& format, int count,
                                        Random& random) {
  std::uniform_int_distribution<std::int32_t> any(static_cast<std::int32_t>(format.min()),
                                                  static_cast<std::int32_t>(format.max()));
  std::vector<std::int32_t> values(static_cast<std::size_t>(count));
  for (std::int32_t& value : values) value = any(random);
  return values;
}

Values wide(std::span<const std::int32_t> values) {
  return {values.begin(), values.end()};
}

spec::MacroSpec random_spec(Random& random, int most_cell_bits) {
  spec::MacroSpec spec;
  spec.name = "random";
  spec.kind = spec::Kind::analog;
  spec.rows = between(1, 9, random);
  spec.columns = between(1, 7, random);
  spec.input = {between(0, 1, random) == 1, between(1, 8, random)};
  spec.weight = {between(0, 1, random) == 1, between(1, 8, random)};
  spec.input_bits_per_cycle = between(1, spec.input.bits, random);
  spec::Analog& analog = spec.analog;
  analog.encoding =
      between(0, 1, random) == 1 ? spec::Encoding::offset : spec::Encoding::differential;
  analog.cell_bits = between(1, most_cell_bits, random);
  analog.columns_per_adc = between(1, spec.columns, random);
  analog.adc = static_cast<spec::Adc>(between(0, 3, random));
  analog.adc_bits = between(analog.cell_bits + 1, 12, random);
  analog.adc_range = between(0, 4, random);
  switch (between(0, 4, random)) {
    case 0:
      spec.output_mode = spec::OutputMode::saturate;
      spec.output_bits = between(1, spec::needed_output_bits(spec), random);
      break;
    case 1:
      spec.output_mode = spec::OutputMode::truncate;
      spec.output_bits = between(1, spec::needed_output_bits(spec), random);
      break;
    case 2:
      spec.output_shift = between(0, 3, random);
      break;
    default:
      break;
  }
  return spec;
}

std::string describe(const spec::MacroSpec& spec) {
  return spec::to_toml(spec);
}

/// The parameters of the golden model. Every column has the specification's range and no trim.
MacroParameters parameters_of(const spec::MacroSpec& spec) {
  MacroParameters p;
  p.rows = static_cast<std::size_t>(spec.rows);
  p.columns = static_cast<std::size_t>(spec.columns);
  p.input = {spec.input.bits, spec.input.is_signed};
  p.weight = {spec.weight.bits, spec.weight.is_signed};
  p.code_bits = spec.input_bits_per_cycle;
  p.cell_bits = spec.analog.cell_bits;
  p.encoding = !spec.weight.is_signed                                 ? Encoding::plain
               : spec.analog.encoding == spec::Encoding::differential ? Encoding::differential
                                                                      : Encoding::offset;
  p.adc_bits = spec.analog.adc_bits;
  p.reference_range = std::min(spec.analog.adc_range, sum_bits(p) - 1);  // past the largest
  p.ranges.assign(p.columns, p.reference_range);
  p.trims.assign(p.columns, {});
  p.output_shift = spec.output_shift;
  p.mode = spec.output_mode == spec::OutputMode::exact      ? OutputMode::exact
           : spec.output_mode == spec::OutputMode::saturate ? OutputMode::saturate
                                                            : OutputMode::truncate;
  p.output_bits = spec::output_width(spec);
  p.output_signed = spec::output_is_signed(spec);
  return p;
}

/// A device of 16 levels with an effect of every kind that acts without wires.
Device busy_device(Random& random) {
  Device device = test::ideal_device(between(0, 1, random) * 1.5, 20.0, 16);
  device.name = "busy";
  const auto maybe = [&](const std::string& name, std::vector<double> values) {
    if (between(0, 2, random) != 0) device = with(device, name, std::move(values));
  };
  maybe("program_relative", {0.02});
  maybe("device_spread", {0.03});
  maybe("stuck_low", {0.05});
  maybe("stuck_high", {0.05});
  maybe("endurance", {5});
  maybe("read_relative", {0.02});
  maybe("temperature_coefficient", {0.001});
  if (between(0, 1, random) == 1) {
    device = with(device, "drift_mean", {-0.02, 0.03, 0.01, 0.5});
    device = with(device, "drift_time", {3.0});
  }
  if (between(0, 1, random) == 1) {
    device = with(device, "flicker", {0.01, 0.3, 10.0});
    device = with(device, "flicker_time", {1e-6});
  }
  return with(device, "activation_energy", {0.7});
}

/// The golden macro of cells and converters, as the fast one is made and used.
struct Golden {
  MacroParameters p;
  AnalogParts parts;
  std::size_t columns_per_adc = 1;
  std::uint64_t faults = 0;

  Golden(const analog::MacroConfig& config) : p(parameters_of(config.spec)) {
    const spec::MacroSpec& spec = config.spec;
    columns_per_adc = static_cast<std::size_t>(spec.analog.columns_per_adc);
    const Device device =
        with(config.device, "levels", {static_cast<double>(1 << spec.analog.cell_bits)});
    crossbar::Wires wires;
    wires.row_ohm = spec.analog.row_ohm;
    wires.column_ohm = spec.analog.column_ohm;
    wires.sense_ohm = spec.analog.sense_ohm;
    parts.array =
        fresh_array(device, {config.seed, config.array}, p.rows, device_columns(p), wires);
    const std::size_t count =
        (p.columns + columns_per_adc - 1) / columns_per_adc + (has_reference(p) ? 1 : 0);
    for (std::size_t i = 0; i < count; ++i) {
      Converter converter;
      converter.kind = spec.analog.adc == spec::Adc::sar    ? ConverterKind::sar
                       : spec.analog.adc == spec::Adc::ramp ? ConverterKind::ramp
                       : spec.analog.adc == spec::Adc::time ? ConverterKind::time
                                                            : ConverterKind::flash;
      converter.bits = p.adc_bits;
      converter.is_signed = p.encoding == Encoding::differential;
      converter.gain_error = config.converter.gain_error;
      converter.offset = config.converter.offset_lsb;
      converter.noise = config.converter.noise_lsb;
      converter.mismatch = spec.analog.adc == spec::Adc::sar ? config.converter.mismatch : 0.0;
      converter.draws = {config.seed, config.array};
      converter.number = static_cast<std::uint32_t>(i);
      parts.converters.push_back(converter);
    }
    parts.conversions.assign(count, 0);
  }

  /// The converter of slice `slice` of all columns; after the last slice the reference.
  [[nodiscard]] std::size_t converter_of(std::size_t slice) const {
    const std::size_t column = slice / static_cast<std::size_t>(slices(p));
    return column == p.columns ? parts.converters.size() - 1 : column / columns_per_adc;
  }

  Conversion convert_slice(std::size_t slice, double sum, int range) {
    const std::size_t i = converter_of(slice);
    return convert(parts.converters[i], sum, range, parts.conversions[i]++);
  }

  Result multiply(const Values& inputs) {
    const Macro macro(p, device_sums(p, parts), [this](std::size_t slice, double sum, int range) {
      return convert_slice(slice, sum, range);
    });
    return macro.multiply(inputs);
  }

  /// Row by row: read every device alone, pulse what is off, until nothing is.
  void program_and_verify(const Values& weights, int tolerance, int retries) {
    const std::vector<int> levels = cell_levels(p, weights);
    const std::size_t count = device_columns(p);
    const std::size_t devices = cells_per_slice(p);
    for (std::size_t r = 0; r < p.rows; ++r) {
      std::vector<int> codes(p.rows, 0);
      std::vector<bool> enabled(p.rows, false);
      codes[r] = 1;
      enabled[r] = true;
      for (int pulses = 0;; ++pulses) {
        const std::vector<double> sums = read_currents(parts.array, parts.conditions, codes,
                                                       p.code_bits, enabled, parts.reads++);
        std::vector<std::pair<std::size_t, int>> wrong;
        for (std::size_t d = 0; d < count; ++d) {
          const std::size_t slice = d / devices;
          const std::size_t column = slice / static_cast<std::size_t>(slices(p));
          const int sign = d % devices == 1 ? -1 : 1;
          const Conversion conversion = convert_slice(slice, sign * sums[d], 0);
          const Trim trim = column < p.columns ? p.trims[column] : Trim{};
          const std::int64_t read = sign * clamped_value(p, trimmed(conversion.code, trim, 0));
          const std::int64_t miss = levels[r * count + d] - read;
          if (std::abs(miss) > tolerance) wrong.emplace_back(d, static_cast<int>(miss));
        }
        if (wrong.empty()) break;
        if (pulses == retries) {
          faults += wrong.size();
          break;
        }
        for (const auto& [d, miss] : wrong) {
          const int strongest = (1 << p.cell_bits) - 1;
          Cell& cell = parts.array.cells[r * count + d];
          cell = after_pulse(parts.array.device, parts.array.draws, cell,
                             std::clamp(miss, -strongest, strongest));
        }
      }
    }
  }
};

analog::MacroConfig config_of(const spec::MacroSpec& spec, Device device) {
  analog::MacroConfig config;
  config.spec = spec;
  config.device = std::move(device);
  config.seed = kSeed;
  config.array = kArray;
  return config;
}

void compare(analog::AnalogMacro& fast, Golden& golden, Random& random) {
  const spec::MacroSpec& spec = fast.spec();
  const int vectors = 3;
  const std::vector<std::int32_t> inputs = random_values(spec.input, vectors * spec.rows, random);
  std::vector<std::int64_t> outputs(static_cast<std::size_t>(vectors * spec.columns));
  std::vector<char> saturated(outputs.size());
  fast.multiply(inputs, outputs, saturated);
  for (std::size_t v = 0; v < static_cast<std::size_t>(vectors); ++v) {
    const Result result =
        golden.multiply(wide(std::span(inputs).subspan(v * golden.p.rows, golden.p.rows)));
    for (std::size_t c = 0; c < golden.p.columns; ++c) {
      INFO("vector " << v << ", column " << c);
      REQUIRE(outputs[v * golden.p.columns + c] == result.outputs[c]);
      // The reference column is part of every result.
      REQUIRE((saturated[v * golden.p.columns + c] != 0) ==
              (result.saturated[c] || result.reference_saturated));
    }
  }
}

void trim_both(analog::AnalogMacro& fast, Golden& golden, Random& random) {
  for (int c = 0; c < fast.spec().columns; ++c) {
    const analog::Trim trim{between(-60, 60, random), between(3000, 8191, random),
                            between(0, sum_bits(golden.p) - 1, random)};
    fast.set_trim(c, trim);
    const auto column = static_cast<std::size_t>(c);
    golden.p.trims[column] = {trim.offset, trim.gain};
    golden.p.ranges[column] = trim.range;
  }
  golden.p.reference_range = between(0, sum_bits(golden.p) - 1, random);
  fast.set_reference_range(golden.p.reference_range);
}

}  // namespace

TEST_CASE("a value is clamped to two bits more than the largest sum") {
  MacroParameters p;
  p.rows = 5;
  p.code_bits = 2;
  p.cell_bits = 3;
  CHECK(sum_bits(p) == 7);  // 5 x 3 x 7 = 105
  CHECK(clamped_value(p, 255) == 255);
  CHECK(clamped_value(p, 256) == 255);
  CHECK(clamped_value(p, -256) == -256);
  CHECK(clamped_value(p, -257) == -256);
  // One row, one bit: the code 7 at a gain of nearly two is 14, and the register holds 3 bits.
  p = {};
  p.adc_bits = 3;
  p.ranges = {0};
  p.trims = {{0, 8191}};
  p.input = {1, false};
  p.weight = {1, false};
  const auto convert_to = [&](std::int64_t code) {
    const Macro macro(
        p, [](const Step&) { return std::vector<double>{0.0}; },
        [code](std::size_t, double, int) {
          return Conversion{code, false};
        });
    return macro.multiply(Values{1});
  };
  CHECK(convert_to(1).outputs == Values{2});
  CHECK(convert_to(1).saturated == std::vector<bool>{false});
  CHECK(convert_to(7).outputs == Values{3});
  CHECK(convert_to(7).saturated == std::vector<bool>{true});
}

TEST_CASE("the fast macro without effects is the integer product") {
  Random random(1);
  for (int i = 0; i < 400; ++i) {
    spec::MacroSpec spec = random_spec(random, 4);
    spec.output_mode = spec::OutputMode::exact;
    spec.output_bits = 0;
    spec.output_shift = 0;
    spec.rows = between(1, 40, random);
    spec.analog.adc_bits = 16;
    spec.analog.adc_range = 0;
    if (spec.input_bits_per_cycle > 5) spec.input_bits_per_cycle = 5;  // 16 bits hold every sum
    analog::MacroConfig config = config_of(spec, busy_device(random));
    config.effects = analog::Effects::none();
    config.programming = i % 2 == 0 ? analog::Programming::direct : analog::Programming::verified;
    analog::AnalogMacro macro(config);
    for (int round = 0; round < 2; ++round) {  // the second one over what the first one left
      const auto weights = random_values(spec.weight, spec.rows * spec.columns, random);
      const auto inputs = random_values(spec.input, spec.rows, random);
      macro.load(weights);
      std::vector<std::int64_t> outputs(static_cast<std::size_t>(spec.columns));
      macro.multiply(inputs, outputs);
      INFO(i << '\n' << describe(spec));
      const auto columns = static_cast<std::size_t>(spec.columns);
      for (std::size_t c = 0; c < columns; ++c) {
        std::int64_t sum = 0;
        for (std::size_t r = 0; r < inputs.size(); ++r) {
          sum += std::int64_t{inputs[r]} * weights[r * columns + c];
        }
        REQUIRE(outputs[c] == sum);
      }
      CHECK(macro.counts().faults == 0);
      CHECK(macro.counts().clipped == 0);
      CHECK(macro.counts().saturated == 0);
      const std::vector<double> now = macro.weights_now();
      REQUIRE(std::equal(now.begin(), now.end(), weights.begin(), weights.end()));
    }
  }
}

TEST_CASE("the fast macro with devices and converters is the golden one") {
  Random random(2);
  for (int i = 0; i < 400; ++i) {
    spec::MacroSpec spec = random_spec(random, 4);
    if (i % 8 == 0) {
      spec.analog.row_ohm = 20.0;
      spec.analog.column_ohm = 30.0;
      spec.analog.sense_ohm = 100.0;
    }
    analog::MacroConfig config = config_of(spec, busy_device(random));
    config.programming = analog::Programming::direct;
    config.converter.gain_error = 0.01 * between(-2, 2, random);
    config.converter.offset_lsb = 0.1 * between(-5, 5, random);
    config.converter.noise_lsb = 0.2 * between(0, 2, random);
    if (spec.analog.adc == spec::Adc::sar) config.converter.mismatch = 0.02;
    INFO(i << '\n' << describe(spec));
    analog::AnalogMacro fast(config);
    Golden golden(config);
    const auto weights = random_values(spec.weight, spec.rows * spec.columns, random);
    fast.load(weights);
    program_levels(golden.parts.array, cell_levels(golden.p, wide(weights)));
    compare(fast, golden, random);
    trim_both(fast, golden, random);
    compare(fast, golden, random);
    fast.set_conditions(1000.0, 330.0);
    golden.parts.conditions = {1000.0, 330.0, 1};
    compare(fast, golden, random);
  }
}

TEST_CASE("program and verify of the fast macro is that of the golden one, pulse by pulse") {
  Random random(3);
  std::uint64_t faults = 0;
  for (int i = 0; i < 300; ++i) {
    spec::MacroSpec spec = random_spec(random, 4);
    spec.analog.program_retries = between(1, 8, random);
    spec.analog.program_tolerance = between(0, 1, random);
    analog::MacroConfig config = config_of(spec, busy_device(random));
    config.converter.noise_lsb = 0.1 * between(0, 2, random);
    INFO(i << '\n' << describe(spec));
    analog::AnalogMacro fast(config);
    Golden golden(config);
    if (i % 3 == 0) trim_both(fast, golden, random);
    for (int round = 0; round < 2; ++round) {
      const auto weights = random_values(spec.weight, spec.rows * spec.columns, random);
      fast.load(weights);
      golden.program_and_verify(wide(weights), spec.analog.program_tolerance,
                                spec.analog.program_retries);
      REQUIRE(fast.counts().faults == golden.faults);
      for (int r = 0; r < fast.array().rows(); ++r) {
        for (int d = 0; d < fast.array().device_columns(); ++d) {
          const Cell& cell =
              golden.parts.array
                  .cells[static_cast<std::size_t>(r * fast.array().device_columns() + d)];
          REQUIRE(fast.array().pulses(r, d) == cell.pulses);
        }
      }
      compare(fast, golden, random);
    }
    faults += golden.faults;
  }
  CHECK(faults > 0);  // stuck cells are among them
}

TEST_CASE("trims are those that the registers can hold") {
  spec::MacroSpec spec;
  spec.kind = spec::Kind::analog;
  spec.rows = 5;  // 5 x 1 x 3 = 15: the coarsest range is 3
  spec.columns = 2;
  spec.analog.columns_per_adc = 2;
  analog::AnalogMacro macro(config_of(spec, test::ideal_device(1.0, 20.0, 16)));
  CHECK(macro.trim(1) == analog::Trim{});
  macro.set_trim(1, {-2048, 8191, 9});
  CHECK(macro.trim(1) == analog::Trim{-2048, 8191, 3});
  CHECK(macro.trim(0) == analog::Trim{});
  macro.set_reference_range(4);
  CHECK(macro.reference_range() == 3);
  for (const auto& [column, trim] : std::vector<std::pair<int, analog::Trim>>{{2, {}},
                                                                              {-1, {}},
                                                                              {0, {2048}},
                                                                              {0, {-2049}},
                                                                              {0, {0, 8192}},
                                                                              {0, {0, -1}},
                                                                              {0, {0, 4096, -1}}}) {
    CHECK_THROWS_AS(macro.set_trim(column, trim), base::InputError);
  }
  CHECK_THROWS_AS(macro.set_reference_range(-1), base::InputError);
  CHECK_THROWS_AS(macro.load(std::vector<std::int32_t>(10, 8)), base::InputError);
  std::vector<std::int64_t> outputs(2);
  CHECK_THROWS_AS(macro.multiply(std::vector<std::int32_t>(5, -9), outputs), base::InputError);
}

TEST_CASE("calibrated ranges are the finest at which few sums are clipped") {
  Random random(4);
  for (int i = 0; i < 100; ++i) {
    spec::MacroSpec spec = random_spec(random, 2);
    spec.rows = between(20, 60, random);
    spec.analog.adc_bits = between(4, 6, random);
    spec.analog.adc_range = 0;
    analog::MacroConfig config = config_of(spec, test::ideal_device(1.0, 20.0, 16));
    INFO(i << '\n' << describe(spec));
    const auto weights = random_values(spec.weight, spec.rows * spec.columns, random);
    const auto inputs = random_values(spec.input, 20 * spec.rows, random);
    const auto clipped = [&](int change, double most_clipped) {
      analog::AnalogMacro macro(config);
      macro.load(weights);
      macro.calibrate_ranges(inputs, most_clipped);
      bool changed = change == 0;
      for (int c = 0; c < spec.columns; ++c) {
        analog::Trim trim = macro.trim(c);
        if (trim.range + change < 0) continue;
        changed = true;
        trim.range += change;
        macro.set_trim(c, trim);
      }
      if (macro.reference_range() + change >= 0) {
        macro.set_reference_range(macro.reference_range() + change);
      }
      std::vector<std::int64_t> outputs(static_cast<std::size_t>(20 * spec.columns));
      macro.multiply(inputs, outputs);
      return std::pair{changed, static_cast<double>(macro.counts().clipped) /
                                    static_cast<double>(macro.counts().conversions)};
    };
    CHECK(clipped(0, 0.0).second == 0.0);
    CHECK(clipped(0, 0.05).second <= 0.05);
    const auto [changed, finer] = clipped(-1, 0.0);
    if (changed) CHECK(finer > 0.0);
  }
}

}  // namespace cimforge::reference
