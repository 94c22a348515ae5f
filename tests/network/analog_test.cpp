// Networks on the model of an analog macro, and studies over devices, times and temperatures.
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>
#include <vector>

#include "flows/analog_engine.h"
#include "flows/network_run.h"
#include "flows/study.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/spec/parse.h"
#include "tests/catch.h"

namespace {

using namespace cimforge;
using Catch::Matchers::Contains;
using flows::AnalogEngine;
using flows::AnalogEngineOptions;
using flows::Layer;
using flows::Network;

constexpr unsigned kSeed = 20;

std::vector<std::int32_t> random_values(std::mt19937& random, std::size_t count, int min, int max) {
  std::uniform_int_distribution<std::int32_t> value(min, max);
  std::vector<std::int32_t> values(count);
  for (std::int32_t& v : values) v = value(random);
  return values;
}

Layer random_layer(std::mt19937& random, std::size_t inputs, std::size_t outputs) {
  Layer layer;
  layer.name = "layer of " + std::to_string(outputs);
  layer.inputs = inputs;
  layer.outputs = outputs;
  layer.weights = random_values(random, inputs * outputs, -8, 7);
  layer.bias = random_values(random, outputs, -20, 20);
  layer.scale.assign(outputs, 0.02);
  return layer;
}

/// Two layers; the right class is the one that exact arithmetic gives.
Network random_network(std::size_t images = 60) {
  std::mt19937 random(kSeed);
  Network network;
  network.name = "random";
  network.input = {true, 4};
  network.images = images;
  network.codes = random_values(random, images * 30, -8, 7);
  network.layers = {random_layer(random, 30, 11), random_layer(random, 11, 5)};
  network.layers[0].relu = true;
  network.layers[0].output = spec::IntegerFormat{true, 4};
  const std::vector<std::int32_t> hidden =
      flows::requantise(network.layers[0], flows::accumulate(network.layers[0], network.codes));
  network.labels = flows::predict(network.layers[1], flows::accumulate(network.layers[1], hidden));
  return network;
}

/// 16 x 8, so that the network is cut into tiles; converters that lose nothing.
spec::MacroSpec make_spec() {
  spec::MacroSpec spec;
  spec.name = "acim";
  spec.kind = spec::Kind::analog;
  spec.rows = 16;
  spec.columns = 8;
  spec.analog.columns_per_adc = 4;
  return spec;
}

AnalogEngineOptions make_options(const std::string& device, bool is_ideal = false) {
  AnalogEngineOptions options;
  options.device = device::load(device);
  if (is_ideal) options.effects = analog::Effects::none();
  return options;
}

flows::NetworkReport run(const Network& network, AnalogEngine& engine) {
  flows::NetworkRunOptions options;
  options.is_device_model = true;
  return flows::run_network(network, engine, options);
}

std::string write(const base::TemporaryDirectory& folder, const std::string& name,
                  const std::string& text) {
  const std::filesystem::path path = folder.path() / name;
  base::write_file_atomically(path, text);
  return path.string();
}

}  // namespace

TEST_CASE("a network on ideal cells and wide converters is the exact one") {
  const Network network = random_network();
  AnalogEngine engine(make_spec(), make_options("pcm_hermes", true));
  const flows::NetworkReport report = run(network, engine);
  CHECK(report.passed());
  CHECK(*report.correct == network.images);
  CHECK(report.mismatches == 0);
  CHECK(report.sum_mismatches == 0);
  CHECK(report.rms_error() == 0.0);
  CHECK(report.outputs == network.images * (2 * 11 + 5));  // two tiles along the first inputs
  CHECK(engine.counts().clipped == 0);
  CHECK(engine.counts().faults == 0);
}

TEST_CASE("a network on a device: errors are measured, not judged") {
  const Network network = random_network();
  AnalogEngineOptions options = make_options("pcm_nandakumar");
  options.seconds = 1e6;
  AnalogEngine engine(make_spec(), options);
  engine.watch_weights();
  const flows::NetworkReport report = run(network, engine);
  CHECK(report.passed());
  CHECK(report.mismatches > 0);
  CHECK(report.mismatches <= report.outputs);
  CHECK(report.rms_error() > 1.0);
  CHECK(report.accuracy() < 1.0);
  CHECK_THAT(flows::to_text(report), Contains("outputs differ"));
  const auto json = nlohmann::json::parse(flows::to_json(report));
  CHECK(json.at("rms_error") == report.rms_error());
  CHECK(json.at("outputs") == report.outputs);
  // Cells of PCM lose conductance.
  REQUIRE(engine.weights().contains(7));
  CHECK(engine.weights().at(7).mean() < 5.0);
  CHECK(engine.weights().at(7).mean() > 2.0);
  CHECK(engine.weights().at(7).sigma() > 0.1);
  CHECK(engine.weights().at(0).mean() == Approx(0.0).margin(0.1));

  // The same seed is the same run, another one is not.
  AnalogEngine same(make_spec(), options);
  CHECK(run(network, same).squared_error == report.squared_error);
  options.seed = 2;
  AnalogEngine other(make_spec(), options);
  CHECK(run(network, other).squared_error != report.squared_error);
}

TEST_CASE("calibrated ranges bring back what coarse ranges lose") {
  const Network network = random_network();
  spec::MacroSpec spec = make_spec();
  spec.analog.adc_bits = 5;
  spec.analog.adc_range = 4;
  const AnalogEngineOptions options = make_options("pcm_hermes", true);
  AnalogEngine coarse(spec, options);
  const double before = run(network, coarse).rms_error();
  AnalogEngine fine(spec, options);
  flows::NetworkRunOptions run_options;
  run_options.is_device_model = true;
  run_options.on_tile = [&](std::span<const std::int32_t> inputs) {
    CHECK(inputs.size() == network.images * 16);
    fine.calibrate(inputs.first(20 * 16));
  };
  const double after = flows::run_network(network, fine, run_options).rms_error();
  CHECK(after < 0.7 * before);
  CHECK(flows::to_json(fine).at("calibrated_images") == 20);
  CHECK(flows::to_json(fine).at("saturated_codes") == fine.counts().clipped);
  CHECK_THAT(flows::to_text(fine), Contains("first 20 images") && Contains("without its effects"));
}

TEST_CASE("what a device cannot do is refused before anything is run") {
  const auto refused = [](const spec::MacroSpec& spec, const AnalogEngineOptions& options) {
    try {
      const AnalogEngine engine(spec, options);
    } catch (const base::InputError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  AnalogEngineOptions options = make_options("pcm_hermes");
  CHECK(refused(make_spec(), options) == "accepted");
  options.kelvin = 358.15;
  CHECK_THAT(refused(make_spec(), options), Contains("activation_energy"));
  options.effects = analog::Effects::none();
  CHECK(refused(make_spec(), options) == "accepted");
  spec::MacroSpec binary = make_spec();
  binary.analog.cell_bits = 1;
  CHECK_THAT(refused(binary, make_options("stt_mram_generic")), Contains("g_min"));
  CHECK_THAT(refused(make_spec(), make_options("reram_generic")), Contains("2 levels"));
  spec::MacroSpec digital = make_spec();
  digital.kind = spec::Kind::digital;
  CHECK_THAT(refused(digital, options), Contains("kind \"digital\""));
}

TEST_CASE("files of devices and converters stand beside the specification") {
  const base::TemporaryDirectory folder("cimforge-analog-test-");
  spec::MacroSpec spec = make_spec();
  const std::filesystem::path file = folder.path() / "macro.toml";
  write(folder, "mine.toml", "base = \"pcm_hermes\"\nname = \"mine\"\n");
  spec.analog.device = "mine.toml";
  CHECK(flows::analog_device(spec, file).name == "mine");
  CHECK(flows::analog_device(spec, file, "reram_milo").name == "reram_milo");

  CHECK(flows::analog_converter(spec, file).kind == analog::Kind::sar);
  spec.analog.converter = "adc.toml";
  write(folder, "adc.toml", "kind = \"sar\"\nbits = 8\nsigned = true\noffset = 0.5\n");
  CHECK(flows::analog_converter(spec, file).offset_lsb == 0.5);
  write(folder, "adc.toml", "kind = \"flash\"\nbits = 6\n");
  CHECK_THROWS_WITH(flows::analog_converter(spec, file),
                    Contains("flash of 6 bits, unsigned") && Contains("sar of 8 bits, signed"));
}

TEST_CASE("a study has every device, time and temperature, and says what is missing") {
  const Network network = random_network();
  flows::StudyOptions options;
  for (const char* name : {"pcm_hermes", "reram_generic", "nand_string"}) {
    options.devices.push_back(device::load(name));
  }
  options.seconds = {1.0, 86400.0};
  options.celsius = {25.0, 85.0};
  options.seeds = 2;
  options.calibrate = 20;
  const flows::Study study = flows::run_study(network, make_spec(), options);
  CHECK(study.digital_accuracy == 1.0);
  REQUIRE(study.cases.size() == 3 * 5);
  for (const flows::StudyCase& each : study.cases) {
    INFO(each.device << ", " << each.seconds << " s, " << each.celsius << " C");
    if (each.device == "nand_string") {
      CHECK_THAT(each.needs, Catch::Matchers::StartsWith("needs "));
    } else if (each.device == "pcm_hermes" && each.celsius == 85.0) {
      CHECK(each.needs == "needs activation_energy");
      CHECK(each.accuracies.empty());
    } else {
      CHECK(each.needs.empty());
      CHECK(each.accuracies.size() == (each.is_ideal ? 1 : 2));
      CHECK(each.cell_bits == (each.device == "pcm_hermes" ? 2 : 1));
      CHECK_FALSE(each.weights.empty());
    }
  }
  CHECK(study.cases.front().mean() == 1.0);

  const std::string table = flows::to_markdown(study);
  CHECK_THAT(table, Contains("digital 100.00 %") && Contains("| 1 s | 1 d |") &&
                        Contains("| | | | 85 | needs activation_energy |"));
  const auto json = flows::to_json(study);
  CHECK(json.at("cases").size() == study.cases.size());
  CHECK(json.at("cases")[0].at("ideal") == true);
  CHECK(json.at("cases")[1].at("weights")[0].contains("sigma"));

  // As many threads as one likes; and what a thread throws arrives.
  options.jobs = 3;
  CHECK(flows::to_json(flows::run_study(network, make_spec(), options)) == json);
  options.check_interrupt = [] { throw std::runtime_error("interrupted"); };
  CHECK_THROWS_WITH(flows::run_study(network, make_spec(), options), "interrupted");

  Network unlabelled = network;
  unlabelled.labels.clear();
  options.check_interrupt = nullptr;
  CHECK_THROWS_WITH(flows::run_study(unlabelled, make_spec(), options), Contains("no labels"));
}

TEST_CASE("the analog examples are read, and the digits on one of them") {
  const std::filesystem::path examples = CIMFORGE_EXAMPLES_DIR;
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(examples / "analog")) {
    if (entry.path().extension() != ".toml") continue;
    ++count;
    INFO(entry.path());
    const spec::MacroSpec spec = spec::load(entry.path().string());
    CHECK(spec.kind == spec::Kind::analog);
    CHECK(spec.name == entry.path().stem());
    AnalogEngineOptions options;
    options.device = flows::analog_device(spec, entry.path());
    options.converter = flows::analog_converter(spec, entry.path());
    CHECK_NOTHROW(AnalogEngine(spec, options));
  }
  CHECK(count >= 3);

  const spec::MacroSpec spec = spec::load((examples / "analog/acim_256x64_pcm.toml").string());
  Network network = flows::load_network(examples / "mnist" / "noise_aware" / "network.toml");
  flows::StudyOptions options;
  options.devices = {device::load("pcm_nandakumar")};
  options.seconds = {365 * 86400.0};
  options.celsius = {25.0};
  options.seeds = 1;
  options.first_seed = 7;
  options.images = 200;
  options.converter = flows::analog_converter(spec, "");
  const flows::Study study = flows::run_study(network, spec, options);
  CHECK(study.digital_accuracy >= 0.95);
  CHECK(study.cases.back().mean() >= 0.95);
}
