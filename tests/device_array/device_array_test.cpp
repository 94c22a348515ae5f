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
  for (std::int32_t& each : values) each = value(random);
  return values;
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
