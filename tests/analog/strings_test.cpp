// Macros whose columns are strings of resistances, read by time: exact where every match can be
// told apart, flagged where the converter ends, and refused where a figure is missing or wrong.
#include <cmath>
#include <limits>
#include <random>

#include "generator/base/exit_status.h"
#include "sim/analog/cell_array.h"
#include "sim/analog/macro.h"
#include "tests/analog/samples.h"
#include "tests/catch.h"

namespace cimforge::analog {
namespace {

using test::set;

/// 2 steps a match; 64 rows without a match are 64 x 7.5 kohm, 33120 ps and 92.9 steps of them.
device::Device string_device() {
  device::Device device;
  device.name = "string";
  device.family = "mram_resistance_sum";
  set(device, "resistance_p", {6e3});
  set(device, "resistance_ap", {15e3});
  set(device, "resistance_switch", {1.5e3});
  set(device, "capacitance", {100});
  set(device, "delay_factor", {0.69});
  set(device, "delay_offset", {200});
  set(device, "time_lsb", {310.5});
  set(device, "time_bits", {8});
  return device;
}

spec::MacroSpec string_spec(int rows = 64, int columns = 5) {
  spec::MacroSpec spec;
  spec.name = "strings";
  spec.kind = spec::Kind::analog;
  spec.rows = rows;
  spec.columns = columns;
  spec.input = spec.weight = spec::IntegerFormat::bipolar();
  spec.analog.cell_bits = 1;
  spec.analog.columns_per_adc = 2;
  spec.analog.adc = spec::Adc::time;
  spec.analog.adc_bits = 8;
  return spec;
}

MacroConfig config_of(const spec::MacroSpec& spec, const device::Device& device) {
  MacroConfig config;
  config.spec = spec;
  config.device = device;
  config.seed = 5;
  return config;
}

/// Weights of +1; vector k has k times +1: every number of matches.
struct Ladder {
  explicit Ladder(const spec::MacroSpec& spec)
      : weights(static_cast<std::size_t>(spec.rows * spec.columns), 1) {
    for (int k = 0; k <= spec.rows; ++k) {
      for (int r = 0; r < spec.rows; ++r) inputs.push_back(r < k ? 1 : -1);
    }
    outputs.resize(static_cast<std::size_t>((spec.rows + 1) * spec.columns));
    saturated.resize(outputs.size());
  }
  std::vector<std::int32_t> weights;
  std::vector<std::int32_t> inputs;
  std::vector<std::int64_t> outputs;
  std::vector<char> saturated;
};

std::string message(const MacroConfig& config) {
  try {
    AnalogMacro macro(config);
    return "accepted";
  } catch (const base::InputError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("with trims of the nominal device every number of matches is told apart") {
  for (const double lsb : {155.25, 310.5, 330.0, 400.0, 560.0}) {
    device::Device device = string_device();
    set(device, "time_lsb", {lsb});
    spec::MacroSpec spec = string_spec();
    spec.analog.adc_bits = lsb < 200.0 ? 9 : 8;
    set(device, "time_bits", {static_cast<double>(spec.analog.adc_bits)});
    // Finer steps come later: the trim takes off 127.9 of them.
    if (lsb < 200.0) set(device, "resistance_p", {1e3});
    if (lsb < 200.0) set(device, "resistance_ap", {10e3});
    const MacroConfig config = config_of(spec, device);
    AnalogMacro macro(config);
    const Trim trim = nominal_trim(config).value();
    CAPTURE(lsb, trim.offset, trim.gain, trim.range);
    for (int c = 0; c < spec.columns; ++c) macro.set_trim(c, trim);
    Ladder ladder(spec);
    macro.load(ladder.weights);
    macro.multiply(ladder.inputs, ladder.outputs, ladder.saturated);
    for (std::size_t i = 0; i < ladder.outputs.size(); ++i) {
      const auto matches = static_cast<int>(i) / spec.columns;
      REQUIRE(ladder.outputs[i] == 2 * matches - spec.rows);
      REQUIRE(ladder.saturated[i] == 0);
    }
    CHECK(macro.counts().faults == 0);
  }
}

TEST_CASE("a converter that ends before the longest string flags what it clips") {
  spec::MacroSpec spec = string_spec();
  spec.analog.adc_bits = 7;  // 107.3 + 2 k steps: 128 codes hold k up to 10
  device::Device device = string_device();
  set(device, "time_bits", {7});
  const MacroConfig config = config_of(spec, device);
  AnalogMacro macro(config);
  for (int c = 0; c < spec.columns; ++c) macro.set_trim(c, nominal_trim(config).value());
  Ladder ladder(spec);
  macro.load(ladder.weights);
  macro.multiply(ladder.inputs, ladder.outputs, ladder.saturated);
  for (std::size_t i = 0; i < ladder.outputs.size(); ++i) {
    const int matches = static_cast<int>(i) / spec.columns;
    CAPTURE(matches);
    CHECK((ladder.saturated[i] != 0) == (matches > 10));
    if (matches <= 10) CHECK(ladder.outputs[i] == 2 * matches - 64);
  }
  CHECK(macro.counts().clipped == 54U * 5U);
}

TEST_CASE("strings without effects need no trims, and are exact") {
  std::mt19937 random(4);
  spec::MacroSpec spec = string_spec(13, 6);
  MacroConfig config = config_of(spec, string_device());
  config.effects = Effects::none();
  CHECK_FALSE(nominal_trim(config));
  AnalogMacro macro(config);
  for (int i = 0; i < 20; ++i) {
    std::vector<std::int32_t> weights(13 * 6);
    std::vector<std::int32_t> inputs(13);
    for (auto* values : {&weights, &inputs}) {
      for (std::int32_t& value : *values) value = random() % 2 == 0 ? 1 : -1;
    }
    macro.load(weights);
    std::vector<std::int64_t> outputs(6);
    macro.multiply(inputs, outputs);
    for (std::size_t c = 0; c < 6; ++c) {
      std::int64_t sum = 0;
      for (std::size_t r = 0; r < 13; ++r) sum += inputs[r] * weights[r * 6 + c];
      CHECK(outputs[c] == sum);
    }
    CHECK(macro.weights_now() == std::vector<double>(weights.begin(), weights.end()));
  }
  CHECK_THROWS_WITH(macro.load(std::vector<std::int32_t>(13 * 6, 0)),
                    Catch::Contains("a weight of 0 does not fit bipolar"));
  std::vector<std::int64_t> outputs(6);
  CHECK_THROWS_WITH(macro.multiply(std::vector<std::int32_t>(13, 0), outputs),
                    Catch::Contains("an input of 0 does not fit bipolar"));
}

TEST_CASE("a sense amplifier reads a cell, also one whose junction is far off") {
  ArrayConfig config;
  config.rows = 3;
  config.device_columns = 2000;
  config.device = string_device();
  set(config.device, "device_spread", {0.4});
  CellArray array(config);
  array.program(std::vector<int>(3 * 2000, 1));
  std::vector<double> sums(2000);
  array.read(std::vector<int>{0, 1, 0}, {false, true, false}, sums);
  int low = 0;
  for (const double each : sums) {
    REQUIRE((each == 0.0 || each == 1.0));
    low += each == 0.0 ? 1 : 0;
  }
  // 15 kohm (1 + 0.4 z) is below 10.5 kohm for z < -0.75: 22.7 %.
  CHECK(low == Approx(0.2266 * 2000).margin(60));
  CHECK_THROWS_WITH(array.read(std::vector<int>{1, 1, 0}, {true, true, false}, sums),
                    Catch::Contains("with all of its rows"));
  CHECK_THROWS_WITH(array.read(std::vector<int>{0, 0, 0}, {false, true, false}, sums),
                    Catch::Contains("with all of its rows"));
}

TEST_CASE("a figure of a string that is missing or wrong is told, never replaced") {
  const spec::MacroSpec spec = string_spec();
  const auto with = [&](const char* name, std::vector<double> values) {
    device::Device device = string_device();
    set(device, name, std::move(values));
    return message(config_of(spec, device));
  };
  CHECK(message(config_of(spec, string_device())) == "accepted");
  for (const char* name : {"resistance_p", "resistance_ap", "resistance_switch", "capacitance",
                           "delay_factor", "delay_offset", "time_lsb", "time_bits"}) {
    device::Device device = string_device();
    device.parameters.at(name).values.clear();
    device.parameters.at(name).status = device::Status::required;
    CHECK_THAT(message(config_of(spec, device)), Catch::Contains(name));
    CHECK_THAT(with(name, {-1.0}), Catch::Contains(name));
    CHECK_THAT(with(name, {std::numeric_limits<double>::quiet_NaN()}), Catch::Contains(name));
    CHECK_THAT(with(name, {std::numeric_limits<double>::infinity()}), Catch::Contains(name));
  }
  CHECK_THAT(message(config_of(spec, device::load("mram_resistance_sum"))),
             Catch::Contains("resistance_p"));
  CHECK_THAT(with("resistance_ap", {6e3}), Catch::Contains("greater than resistance_p"));
  CHECK_THAT(with("resistance_ap", {5e3}), Catch::Contains("greater than resistance_p"));
  for (const char* name : {"resistance_p", "capacitance", "delay_factor", "time_lsb"}) {
    CHECK_THAT(with(name, {0.0}), Catch::Contains(name));
  }
  CHECK_THAT(with("time_bits", {7.5}), Catch::Contains("whole number"));
  CHECK_THAT(with("time_bits", {20.0}), Catch::Contains("time_bits"));
  CHECK_THAT(with("time_bits", {9.0}), Catch::Contains("adc_bits = 8"));
  CHECK_THAT(with("delay_factor", {1e308}), Catch::Contains("finite"));
  CHECK_THAT(with("temperature_coefficient", {0.001}), Catch::Contains("not modelled"));
  CHECK_THAT(with("g_min", {1.0}), Catch::Contains("not modelled"));
  CHECK_THAT(with("device_spread", {}), Catch::Contains("device_spread"));
  CHECK_THAT(with("read_relative", {}), Catch::Contains("read_relative"));

  spec::MacroSpec other = spec;
  other.analog.adc = spec::Adc::sar;
  CHECK_THAT(message(config_of(other, string_device())), Catch::Contains("time-to-digital"));
  other = spec;
  other.input = other.weight = {true, 4};
  other.analog.cell_bits = 2;
  CHECK_THAT(message(config_of(other, string_device())), Catch::Contains("must be \"bipolar\""));
  CHECK_THAT(message(config_of(spec, device::load("pcm_hermes"))),
             Catch::Contains("mram_resistance_sum"));
  other = spec;
  other.analog.column_ohm = 1.0;
  CHECK_THAT(message(config_of(other, string_device())), Catch::Contains("resistance of wires"));
}

TEST_CASE("a line of codes that has no place in the registers is refused") {
  CHECK(trim_of_line(0.0, 1.0, 6) == Trim{0, 4096, 0});
  CHECK(trim_of_line(107.32, 2.0, 6) == Trim{1717, 2048, 0});
  CHECK(trim_of_line(3.0, 0.5, 6) == Trim{48, 4096, 1});
  CHECK(trim_of_line(-3.0, 0.3, 6) == Trim{-48, 3413, 2});
  CHECK_THROWS_WITH(trim_of_line(128.0, 1.0, 6), Catch::Contains("without matches is 128"));
  CHECK_THROWS_WITH(trim_of_line(0.0, 8.5, 6), Catch::Contains("a match is 8.5 steps"));
  CHECK_THROWS_WITH(trim_of_line(0.0, 0.01, 6), Catch::Contains("a match is 0.01 steps"));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(trim_of_line(nan, 1.0, 6), base::InputError);
  CHECK_THROWS_AS(trim_of_line(0.0, nan, 6), base::InputError);
  device::Device device = string_device();
  set(device, "resistance_switch", {10e3});
  CHECK_THROWS_WITH(nominal_trim(config_of(string_spec(), device)),
                    Catch::Contains("the device string: the code of a column without matches"));
}

}  // namespace cimforge::analog
