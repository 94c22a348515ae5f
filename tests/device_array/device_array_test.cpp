// The Verilated macro with the device model behind its array, against the functional model of the
// same devices: same seed, same noise, same results.
#include "flows/device_array.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <vector>

#include "flows/calibrate.h"
#include "flows/verilated_model.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/device/device.h"
#include "generator/spec/range.h"
#include "sim/analog/macro.h"
#include "tb/bus_engine.h"
#include "tests/catch.h"

namespace cimforge {
namespace {

spec::MacroSpec small(spec::Encoding encoding, const std::string& device) {
  spec::MacroSpec spec;
  spec.name = "macro";
  spec.kind = spec::Kind::analog;
  spec.rows = 11;
  spec.columns = 7;
  spec.input_bits_per_cycle = 2;
  spec.analog.device = device;
  spec.analog.encoding = encoding;
  spec.analog.cell_bits = 2;
  spec.analog.columns_per_adc = 3;
  spec.analog.adc_bits = 7;
  spec.analog.adc_range = 1;
  spec.analog.model = spec::ArrayModel::device;
  return spec;
}

struct Emitted {
  base::TemporaryDirectory directory{"cimforge test"};
  flows::RtlSource source;

  explicit Emitted(const spec::MacroSpec& spec) : source{directory.path(), spec.name, false} {
    for (const auto& [path, text] : collateral::emit(spec)) {
      std::filesystem::create_directories((directory.path() / path).parent_path());
      base::write_file_atomically(directory.path() / path, text);
    }
  }
};

std::vector<std::int32_t> random_values(std::mt19937& random, std::size_t count,
                                        const spec::IntegerFormat& format) {
  std::uniform_int_distribution<std::int32_t> value(static_cast<std::int32_t>(format.min()),
                                                    static_cast<std::int32_t>(format.max()));
  std::vector<std::int32_t> values(count);
  for (std::int32_t& each : values) {
    do each = value(random);
    while (!format.holds(each));
  }
  return values;
}

spec::MacroSpec strings() {
  spec::MacroSpec spec = small({}, "mram_resistance_sum");
  spec.input = spec.weight = spec::IntegerFormat::bipolar();
  spec.input_bits_per_cycle = 1;
  spec.analog.cell_bits = 1;
  spec.analog.adc = spec::Adc::time;
  spec.analog.adc_range = 0;
  return spec;
}

/// 2.3 steps a match, 21.5 before the first.
device::Device string_device() {
  device::Device device = device::load("mram_resistance_sum");
  const auto set = [&](const char* name, double value) {
    device.parameters[name].values = {value};
    device.parameters[name].status = device::Status::assumed;
  };
  set("resistance_p", 5e3);
  set("resistance_ap", 12e3);
  set("resistance_switch", 800);
  set("capacitance", 80);
  set("delay_factor", 0.7);
  set("delay_offset", 120);
  set("time_lsb", 170);
  set("time_bits", 7);
  return device;
}

void apply(const flows::Calibration& calibration, tb::BusEngine& engine) {
  for (const flows::RegisterWrite& write : calibration.writes) {
    engine.write_register(write.page, write.index, write.data);
  }
}

}  // namespace

TEST_CASE("a Verilated macro on real devices gives what the functional model of them gives") {
  std::mt19937 random(77);
  for (const auto encoding : {spec::Encoding::differential, spec::Encoding::offset}) {
    const spec::MacroSpec spec = small(encoding, "pcm_hermes");
    analog::MacroConfig config{.spec = spec,
                               .device = device::load("pcm_hermes"),
                               .converter = analog::ideal_converter(spec),
                               .effects = {},
                               .seed = 5};
    config.converter.noise_lsb = 0.3;
    config.converter.offset_lsb = 0.2;
    config.converter.mismatch = 0.01;
    const flows::DeviceArrays devices(config);
    const Emitted rtl(spec);
    const flows::VerilatedModel model(rtl.source, spec,
                                      {.jobs = 1, .optimised = false, .array = &devices.hooks()});
    tb::BusEngine engine(spec, model.make(""), {});
    analog::AnalogMacro functional(config);

    const auto rows = static_cast<std::size_t>(spec.rows);
    const auto columns = static_cast<std::size_t>(spec.columns);
    const auto weights = random_values(random, rows * columns, spec.weight);
    constexpr std::size_t vectors = 40;
    const auto inputs = random_values(random, vectors * rows, spec.input);
    std::vector<std::int64_t> got(vectors * columns);
    std::vector<std::int64_t> expected(vectors * columns);
    engine.load_weights(0, weights);
    functional.load(weights);
    engine.multiply(0, inputs, got);
    functional.multiply(inputs, expected);
    CHECK(got == expected);
    CHECK(functional.counts().conversions > 0);

    // And not what ideal devices would give.
    config.effects = analog::Effects::none();
    config.converter = analog::ideal_converter(spec);
    analog::AnalogMacro ideal(config);
    ideal.load(weights);
    ideal.multiply(inputs, expected);
    CHECK(got != expected);
  }
}

TEST_CASE("a Verilated macro of strings gives what the functional model gives, trims included") {
  std::mt19937 random(78);
  const spec::MacroSpec spec = strings();
  analog::MacroConfig config{.spec = spec,
                             .device = string_device(),
                             .converter = analog::ideal_converter(spec),
                             .effects = {},
                             .seed = 5};
  for (const auto& [name, value] : {std::pair{"device_spread", 0.15},
                                    {"read_relative", 0.05},
                                    {"stuck_low", 0.05},
                                    {"endurance", 3.0}}) {
    config.device.parameters[name].values = {value};
    config.device.parameters[name].status = device::Status::assumed;
  }
  config.converter.noise_lsb = 0.3;
  config.converter.gain_error = 0.01;
  const flows::DeviceArrays devices(config);
  const Emitted rtl(spec);
  const flows::VerilatedModel model(rtl.source, spec,
                                    {.jobs = 1, .optimised = false, .array = &devices.hooks()});
  tb::BusEngine engine(spec, model.make(""), {});
  analog::AnalogMacro functional(config);
  flows::write_nominal_trims(config, engine);
  for (int c = 0; c < spec.columns; ++c) functional.set_trim(c, *analog::nominal_trim(config));

  constexpr std::size_t vectors = 40;
  const auto rows = static_cast<std::size_t>(spec.rows);
  const auto columns = static_cast<std::size_t>(spec.columns);
  std::vector<std::int64_t> got(vectors * columns);
  std::vector<std::int64_t> expected(vectors * columns);
  std::vector<std::int64_t> exact(vectors * columns);
  for (int round = 0; round < 3; ++round) {
    const auto weights = random_values(random, rows * columns, spec.weight);
    const auto inputs = random_values(random, vectors * rows, spec.input);
    engine.load_weights(0, weights);
    functional.load(weights);
    engine.multiply(0, inputs, got);
    functional.multiply(inputs, expected);
    CHECK(got == expected);
    CHECK(engine.faults() == functional.counts().faults);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      exact[i] = 0;
      for (std::size_t r = 0; r < rows; ++r) {
        exact[i] += inputs[i / columns * rows + r] * weights[r * columns + i % columns];
      }
    }
    CHECK(got != exact);
  }
  CHECK(functional.counts().faults > 0);
}

TEST_CASE("a calibration of strings finds the line of the time-to-digital converter") {
  std::mt19937 random(79);
  const spec::MacroSpec spec = strings();
  analog::MacroConfig config{.spec = spec,
                             .device = string_device(),
                             .converter = analog::ideal_converter(spec),
                             .effects = {},
                             .seed = 5};
  const flows::DeviceArrays devices(config);
  const Emitted rtl(spec);
  const flows::VerilatedModel model(rtl.source, spec,
                                    {.jobs = 1, .optimised = false, .array = &devices.hooks()});
  const auto rows = static_cast<std::size_t>(spec.rows);
  const auto columns = static_cast<std::size_t>(spec.columns);
  const auto weights = random_values(random, rows * columns, spec.weight);
  const auto inputs = random_values(random, 60 * rows, spec.input);

  tb::BusEngine engine(spec, model.make(""), {});
  const flows::Calibration result = flows::calibrate(spec, engine, weights, inputs);
  INFO(flows::to_text(result));
  // After reset the codes are those of the delay: far off. Then every match is told.
  CHECK(result.rms_error_before > 5.0);
  CHECK(result.rms_error_after == 0.0);
  CHECK(result.saturated_after == 0);
  CHECK(result.faults == 0);
  CHECK(result.ranges.size() == columns);
  const double per_match = 0.7 * 7e3 * 80e-3 / 170.0;
  const double at_zero = (0.7 * 11 * 5.8e3 * 80e-3 + 120.0) / 170.0;
  for (const flows::ConverterFit& fit : result.converters) {
    CHECK(fit.gain == Approx(per_match).epsilon(0.02));
    CHECK(fit.offset_steps == Approx(at_zero).margin(0.4));
    CHECK(fit.points == 513);
  }
  CHECK_THAT(flows::to_text(result), Catch::Contains("steps a match"));
  tb::BusEngine fresh(spec, model.make(""), {});
  apply(result, fresh);
  fresh.load_weights(0, weights);
  std::vector<std::int64_t> one(60 * columns);
  std::vector<std::int64_t> other(one.size());
  engine.multiply(0, inputs, one);
  fresh.multiply(0, inputs, other);
  CHECK(one == other);

  // A converter with an error is calibrated too; one that ends too early cannot be.
  config.converter.offset_lsb = 4.3;
  config.converter.gain_error = -0.05;
  const flows::DeviceArrays shifted(config);
  const flows::VerilatedModel off(rtl.source, spec,
                                  {.jobs = 1, .optimised = false, .array = &shifted.hooks()});
  tb::BusEngine other_engine(spec, off.make(""), {});
  CHECK(flows::calibrate(spec, other_engine, weights, inputs).rms_error_after == 0.0);

  config.device.parameters["delay_offset"].values = {30000.0};
  const flows::DeviceArrays late(config);
  const flows::VerilatedModel too_late(rtl.source, spec,
                                       {.jobs = 1, .optimised = false, .array = &late.hooks()});
  tb::BusEngine late_engine(spec, too_late.make(""), {});
  CHECK_THROWS_WITH(flows::calibrate(spec, late_engine, weights, inputs),
                    Catch::Contains("nearly all of its codes are clipped"));
}

TEST_CASE("strings of exact cells are calibrated to what they are") {
  std::mt19937 random(80);
  spec::MacroSpec spec = strings();
  spec.analog.model = spec::ArrayModel::exact;
  const Emitted rtl(spec);
  const flows::VerilatedModel model(rtl.source, spec, {.jobs = 1, .optimised = false});
  tb::BusEngine engine(spec, model.make(""), {});
  const auto rows = static_cast<std::size_t>(spec.rows);
  const auto weights =
      random_values(random, rows * static_cast<std::size_t>(spec.columns), spec.weight);
  const auto inputs = random_values(random, 40 * rows, spec.input);
  const flows::Calibration result = flows::calibrate(spec, engine, weights, inputs);
  CHECK(result.rms_error_before == 0.0);
  CHECK(result.rms_error_after == 0.0);
  for (const flows::ConverterFit& fit : result.converters) CHECK(fit.gain == Approx(1.0));
}

TEST_CASE("a model of a device that nobody put behind the array stops, and says why") {
  const spec::MacroSpec spec = small(spec::Encoding::differential, "pcm_hermes");
  const Emitted rtl(spec);
  const flows::VerilatedModel model(rtl.source, spec, {.jobs = 1, .optimised = false});
  CHECK_THROWS_WITH(tb::BusEngine(spec, model.make(""), {}),
                    Catch::Matchers::Contains("no device model behind its array"));
}

TEST_CASE("a calibration takes offset and gain of the converters off, through the registers") {
  std::mt19937 random(3);
  for (const auto encoding : {spec::Encoding::differential, spec::Encoding::offset}) {
    spec::MacroSpec spec = small(encoding, "reram_neurram");
    spec.analog.adc_bits = 10;  // so that errors are those of the converters, not of their steps
    spec.analog.adc_range = 2;
    analog::MacroConfig config{.spec = spec,
                               .device = device::load("reram_neurram"),
                               .converter = analog::ideal_converter(spec),
                               .effects = analog::Effects::none(),
                               .seed = 5};
    config.converter.offset_lsb = 3.4;
    config.converter.gain_error = 0.06;
    const flows::DeviceArrays devices(config);
    const Emitted rtl(spec);
    const flows::VerilatedModel model(rtl.source, spec,
                                      {.jobs = 1, .optimised = false, .array = &devices.hooks()});
    tb::BusEngine engine(spec, model.make(""), {});
    const auto rows = static_cast<std::size_t>(spec.rows);
    const auto weights =
        random_values(random, rows * static_cast<std::size_t>(spec.columns), spec.weight);
    const auto inputs = random_values(random, 40 * rows, spec.input);
    const flows::Calibration result = flows::calibrate(spec, engine, weights, inputs);
    INFO(flows::to_text(result) << flows::to_json(result).dump());
    CHECK(result.rms_error_after < result.rms_error_before / 3);
    CHECK(result.saturated_after == 0);
    // A step is 2^range products: no column needs the coarsest.
    CHECK(*std::min_element(result.ranges.begin(), result.ranges.end()) <= 1);
    // The gain acts from the bottom of a signed range (docs/analog_model.md).
    const double expected = encoding == spec::Encoding::differential ? 3.4 + 0.06 * 512 : 3.4;
    for (const flows::ConverterFit& fit : result.converters) {
      CHECK(fit.gain == Approx(1.06).epsilon(0.01));
      CHECK(fit.offset_steps == Approx(expected).margin(0.3));
    }
    // A macro that is set so from reset is calibrated as well.
    tb::BusEngine fresh(spec, model.make(""), {});
    for (const flows::RegisterWrite& write : result.writes) {
      fresh.write_register(write.page, write.index, write.data);
    }
    fresh.load_weights(0, weights);
    std::vector<std::int64_t> one(40 * static_cast<std::size_t>(spec.columns));
    std::vector<std::int64_t> other(one.size());
    engine.multiply(0, inputs, one);
    fresh.multiply(0, inputs, other);
    CAPTURE(result.rms_error_before, result.rms_error_after, flows::to_text(result));
    CHECK((one == other));
  }
}

TEST_CASE("a digital macro and a result that is not exact are not calibrated") {
  spec::MacroSpec spec = small(spec::Encoding::offset, "reram_neurram");
  spec.analog.model = spec::ArrayModel::exact;
  const Emitted rtl(spec);
  const flows::VerilatedModel model(rtl.source, spec, {.jobs = 1, .optimised = false});
  tb::BusEngine engine(spec, model.make(""), {});
  spec::MacroSpec digital = spec;
  digital.kind = spec::Kind::digital;
  CHECK_THROWS_WITH(flows::calibrate(digital, engine, {}, {}),
                    Catch::Matchers::Contains("nothing to calibrate"));
  spec.output_mode = spec::OutputMode::truncate;
  CHECK_THROWS_WITH(flows::calibrate(spec, engine, {}, {}),
                    Catch::Matchers::Contains("must be \"exact\""));
}

}  // namespace cimforge
