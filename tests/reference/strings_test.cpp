// Strings of magnetic junctions: the formulas of docs/analog_model.md by hand, and the fast model
// held against them.
#include "sim/reference/strings.h"

#include <algorithm>
#include <cmath>
#include <random>

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

constexpr std::uint64_t kSeed = 0xFEDCBA987654321;
constexpr std::uint32_t kArray = 3;

/// Round figures: without a match a string of 4 cells has 4 x 6 kohm, a match has 5 kohm more.
Device string_device() {
  Device device;
  device.name = "string";
  device.family = "mram_resistance_sum";
  device = with(device, "resistance_p", {5e3});
  device = with(device, "resistance_ap", {10e3});
  device = with(device, "resistance_switch", {1e3});
  device = with(device, "capacitance", {100});
  device = with(device, "delay_factor", {0.7});
  device = with(device, "delay_offset", {140});
  device = with(device, "time_lsb", {175});
  return with(device, "time_bits", {8});
}

int between(int low, int high, Random& random) {
  return std::uniform_int_distribution<int>(low, high)(random);
}

double real(double low, double high, Random& random) {
  return std::uniform_real_distribution<double>(low, high)(random);
}

std::vector<std::int32_t> random_signs(std::size_t count, Random& random) {
  std::vector<std::int32_t> values(count);
  for (std::int32_t& value : values) value = between(0, 1, random) == 1 ? 1 : -1;
  return values;
}

std::vector<std::int64_t> wide(std::span<const std::int32_t> values) {
  return {values.begin(), values.end()};
}

spec::MacroSpec random_spec(Random& random) {
  spec::MacroSpec spec;
  spec.name = "strings";
  spec.kind = spec::Kind::analog;
  spec.rows = between(2, 40, random);
  spec.columns = between(1, 7, random);
  spec.input = spec.weight = spec::IntegerFormat::bipolar();
  spec.analog.cell_bits = 1;
  spec.analog.columns_per_adc = between(1, spec.columns, random);
  spec.analog.adc = spec::Adc::time;
  spec.analog.adc_bits = between(6, 10, random);
  spec.analog.program_retries = 3;
  if (between(0, 3, random) == 0) {
    spec.output_mode =
        between(0, 1, random) == 0 ? spec::OutputMode::saturate : spec::OutputMode::truncate;
    spec.output_bits = between(1, spec::needed_output_bits(spec), random);
  }
  return spec;
}

Device random_device(int bits, int rows, Random& random) {
  Device device = string_device();
  const double p = real(1e3, 9e3, random);
  const double ap = p * real(1.2, 4.0, random);
  device = with(device, "resistance_p", {p});
  device = with(device, "resistance_ap", {ap});
  device = with(device, "resistance_switch", {real(0.0, 3e3, random)});
  device = with(device, "delay_offset", {real(0.0, 900.0, random)});
  // Mostly all results are within the codes.
  const double most = 0.07 * rows * (ap + 3e3) + 900.0;
  device = with(device, "time_lsb", {most / std::exp2(bits) * real(0.7, 3.0, random)});
  device = with(device, "time_bits", {static_cast<double>(bits)});
  if (between(0, 1, random) == 1) device = with(device, "device_spread", {real(0.0, 0.3, random)});
  if (between(0, 1, random) == 1) device = with(device, "read_relative", {real(0.0, 0.2, random)});
  if (between(0, 2, random) == 0) device = with(device, "stuck_low", {0.1});
  if (between(0, 2, random) == 0) device = with(device, "stuck_high", {0.1});
  if (between(0, 2, random) == 0) device = with(device, "endurance", {2});
  return device;
}

MacroParameters parameters_of(const spec::MacroSpec& spec) {
  MacroParameters p;
  p.rows = static_cast<std::size_t>(spec.rows);
  p.columns = static_cast<std::size_t>(spec.columns);
  p.input = p.weight = {1, false, true};
  p.encoding = Encoding::bipolar;
  p.adc_bits = spec.analog.adc_bits;
  p.ranges.assign(p.columns, 0);
  p.trims.assign(p.columns, {});
  p.mode = static_cast<OutputMode>(spec.output_mode);
  p.output_bits = spec::output_width(spec);
  return p;
}

}  // namespace

TEST_CASE("a string is the sum of the junctions that its input selects, and of its switches") {
  Array array = fresh_array(string_device(), {kSeed, kArray}, 4, 2);
  program_levels(array, std::vector<int>{1, 0, 1, 0, 0, 0, 1, 0});
  // Weights + + - + against + - - +: three matches; - - - - against them: two.
  const std::vector<int> bits = {1, 0, 0, 1};
  const std::vector<double> ohm = string_resistances(array, bits, 0);
  CHECK(ohm[0] == Approx(3 * 10e3 + 1 * 5e3 + 4 * 1e3));
  CHECK(ohm[1] == Approx(2 * 10e3 + 2 * 5e3 + 4 * 1e3));
  // 0.7 x 39 kohm x 100 fF = 2730 ps, and 140 ps more, in steps of 175 ps.
  CHECK(delay_steps(array.device, ohm[0]) == Approx((2730.0 + 140.0) / 175.0));
  CHECK(sensed_row(array, 0, 0) == std::vector<int>{1, 0});
  CHECK(sensed_row(array, 2, 0) == std::vector<int>{0, 0});
}

TEST_CASE("spread is a junction's own, and read noise adds up in quadrature") {
  Array array =
      fresh_array(with(string_device(), "device_spread", {0.1}), {kSeed, kArray}, 1, 4000);
  std::vector<int> ones(4000, 1);
  program_levels(array, ones);
  const auto moments = [](const std::vector<double>& values) {
    double sum = 0.0;
    double squares = 0.0;
    for (const double each : values) sum += each;
    const double mean = sum / static_cast<double>(values.size());
    for (const double each : values) squares += (each - mean) * (each - mean);
    return std::pair(mean, std::sqrt(squares / static_cast<double>(values.size())));
  };
  const std::vector<double> match = string_resistances(array, std::vector<int>{1}, 0);
  const std::vector<double> miss = string_resistances(array, std::vector<int>{0}, 0);
  CHECK(moments(match).first == Approx(11e3).epsilon(0.01));
  CHECK(moments(match).second == Approx(1e3).epsilon(0.05));
  CHECK(moments(miss).second == Approx(500).epsilon(0.05));
  double product = 0.0;  // of the deviations of the two junctions of a cell: they are apart
  for (std::size_t i = 0; i < match.size(); ++i) product += (match[i] - 11e3) * (miss[i] - 6e3);
  CHECK(std::abs(product / 4000.0 / (1e3 * 500.0)) < 0.06);
  CHECK(string_resistances(array, std::vector<int>{1}, 7) == match);  // no noise

  Array noisy = fresh_array(with(string_device(), "read_relative", {0.01}), {kSeed, 0}, 9, 4000);
  program_levels(noisy, std::vector<int>(9 * 4000, 1));
  const std::vector<int> bits(9, 1);
  const std::vector<double> once = string_resistances(noisy, bits, 0);
  CHECK(moments(once).second == Approx(3 * 100.0).epsilon(0.05));  // sqrt(9) x 1 % of 10 kohm
  CHECK(string_resistances(noisy, bits, 1) != once);
}

TEST_CASE("golden: without effects a bipolar macro counts matches less mismatches") {
  Random random(8);
  for (int i = 0; i < 100; ++i) {
    MacroParameters p = parameters_of(random_spec(random));
    p.mode = OutputMode::exact;
    p.adc_bits = 6;
    p.output_bits = 16;
    const auto weights = wide(random_signs(p.rows * p.columns, random));
    const auto inputs = wide(random_signs(p.rows, random));
    const Result result = Macro(p, weights).multiply(inputs);
    for (std::size_t c = 0; c < p.columns; ++c) {
      std::int64_t sum = 0;
      for (std::size_t r = 0; r < p.rows; ++r) sum += inputs[r] * weights[r * p.columns + c];
      REQUIRE(result.outputs[c] == sum);
      REQUIRE_FALSE(result.saturated[c]);
    }
  }
}

TEST_CASE("the fast model of strings agrees with the golden one, trims, programming and noise") {
  Random random(9);
  int clipped = 0;
  int clean = 0;
  std::uint64_t given_up = 0;
  for (int i = 0; i < 300; ++i) {
    const spec::MacroSpec spec = random_spec(random);
    analog::MacroConfig config;
    config.spec = spec;
    config.device = random_device(spec.analog.adc_bits, spec.rows, random);
    config.converter.gain_error = between(0, 2, random) == 0 ? 0.03 : 0.0;
    config.converter.offset_lsb = between(0, 2, random) == 0 ? 0.7 : 0.0;
    config.converter.noise_lsb = between(0, 2, random) == 0 ? 0.4 : 0.0;
    const bool is_direct = between(0, 1, random) == 0;
    config.programming = is_direct ? analog::Programming::direct : analog::Programming::verified;
    config.seed = kSeed;
    config.array = kArray;
    INFO(i << '\n' << spec::to_toml(spec));
    analog::AnalogMacro fast(config);

    MacroParameters p = parameters_of(spec);
    AnalogParts parts;
    parts.array = fresh_array(config.device, {kSeed, kArray}, p.rows, p.columns);
    const auto per_adc = static_cast<std::size_t>(spec.analog.columns_per_adc);
    const std::size_t count = (p.columns + per_adc - 1) / per_adc;
    for (std::size_t n = 0; n < count; ++n) {
      Converter converter;
      converter.kind = ConverterKind::time;
      converter.bits = p.adc_bits;
      converter.is_signed = false;
      converter.gain_error = config.converter.gain_error;
      converter.offset = config.converter.offset_lsb;
      converter.noise = config.converter.noise_lsb;
      converter.draws = {kSeed, kArray};
      converter.number = static_cast<std::uint32_t>(n);
      parts.converters.push_back(converter);
    }
    parts.conversions.assign(count, 0);
    for (int c = 0; c < spec.columns; ++c) {
      const analog::Trim trim{between(-400, 400, random), between(2000, 8191, random),
                              between(0, sum_bits(p) - 1, random)};
      fast.set_trim(c, trim);
      p.trims[static_cast<std::size_t>(c)] = {trim.offset, trim.gain};
      p.ranges[static_cast<std::size_t>(c)] = trim.range;
    }

    std::uint64_t faults = 0;
    for (int round = 0; round < 2; ++round) {
      const auto weights = random_signs(p.rows * p.columns, random);
      fast.load(weights);
      const std::vector<int> levels = cell_levels(p, wide(weights));
      if (is_direct) program_levels(parts.array, levels);
      for (std::size_t r = 0; r < p.rows && !is_direct; ++r) {
        for (int pulses = 0;; ++pulses) {
          const std::vector<int> read = sensed_row(parts.array, r, parts.reads++);
          std::vector<std::size_t> wrong;
          for (std::size_t d = 0; d < p.columns; ++d) {
            if (read[d] != levels[r * p.columns + d]) wrong.push_back(d);
          }
          if (wrong.empty()) break;
          if (pulses == spec.analog.program_retries) {
            faults += wrong.size();
            break;
          }
          for (const std::size_t d : wrong) {
            Cell& cell = parts.array.cells[r * p.columns + d];
            const double amplitude = levels[r * p.columns + d] - read[d];
            cell = after_pulse(parts.array.device, parts.array.draws, cell, amplitude);
          }
        }
      }
      REQUIRE(fast.counts().faults == faults);
      for (std::size_t cell = 0; cell < parts.array.cells.size(); ++cell) {
        const int r = static_cast<int>(cell / p.columns);
        const int d = static_cast<int>(cell % p.columns);
        REQUIRE(fast.array().weight(r, d) == parts.array.cells[cell].weight);
        REQUIRE(fast.array().pulses(r, d) == parts.array.cells[cell].pulses);
      }
      const Macro golden(p, device_sums(p, parts), [&](std::size_t c, double ohm, int) {
        const std::size_t n = c / per_adc;
        return convert(parts.converters[n], delay_steps(config.device, ohm), 0,
                       parts.conversions[n]++);
      });
      const auto inputs = random_signs(3 * p.rows, random);
      std::vector<std::int64_t> outputs(3 * p.columns);
      std::vector<char> saturated(outputs.size());
      fast.multiply(inputs, outputs, saturated);
      for (std::size_t v = 0; v < 3; ++v) {
        const Result result = golden.multiply(wide(std::span(inputs).subspan(v * p.rows, p.rows)));
        for (std::size_t c = 0; c < p.columns; ++c) {
          INFO("vector " << v << ", column " << c);
          REQUIRE(outputs[v * p.columns + c] == result.outputs[c]);
          REQUIRE((saturated[v * p.columns + c] != 0) == result.saturated[c]);
          (result.saturated[c] ? clipped : clean) += 1;
        }
      }
    }
    given_up += faults;
  }
  CHECK(clipped > 300);
  CHECK(clean > 300);
  CHECK(given_up > 100);
}

}  // namespace cimforge::reference
