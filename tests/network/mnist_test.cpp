// The network of examples/mnist on the golden model of a 64 x 64 macro.
#include <filesystem>

#include "flows/network.h"
#include "flows/network_run.h"
#include "tests/catch.h"
#include "tests/network/golden_engine.h"

namespace {
using namespace cimforge;
}

TEST_CASE("the digits of examples/mnist are read right by a 64 x 64 int4 macro") {
  const flows::Network network =
      flows::load_network(std::filesystem::path(CIMFORGE_EXAMPLES_DIR) / "mnist" / "network.toml");
  CHECK(network.images >= 1000);
  CHECK(network.classes() == 10);

  spec::MacroSpec spec;  // 64 x 64, int4 x int4
  spec.name = "dcim_64x64_i4w4";
  tests::GoldenEngine engine(spec);
  const flows::NetworkReport report = flows::run_network(network, engine);
  CHECK(report.passed());
  CHECK(static_cast<double>(*report.correct) >= 0.95 * static_cast<double>(report.images));

  // Plain arithmetic, without tiles.
  std::vector<std::int32_t> codes = network.codes;
  for (const flows::Layer& layer : network.layers) {
    const std::vector<std::int64_t> sums = flows::accumulate(layer, codes);
    if (layer.output) {
      codes = flows::requantise(layer, sums);
    } else {
      CHECK(report.predictions == flows::predict(layer, sums));
    }
  }
}

TEST_CASE("the digits of examples/mnist_binary are read right by strings of 64 cells") {
  const flows::Network network = flows::load_network(std::filesystem::path(CIMFORGE_EXAMPLES_DIR) /
                                                     "mnist_binary" / "network.toml");
  spec::MacroSpec spec;
  spec.name = "strings";
  spec.kind = spec::Kind::analog;
  spec.input = spec.weight = spec::IntegerFormat::bipolar();
  spec.analog.cell_bits = 1;
  spec.analog.adc = spec::Adc::time;
  tests::GoldenEngine engine(spec);
  flows::NetworkRunOptions options;
  options.images = 100;
  const flows::NetworkReport report = flows::run_network(network, engine, options);
  CHECK(report.mismatches == 0);
  CHECK(report.sum_mismatches == 0);

  std::vector<std::int32_t> codes = network.codes;
  for (const flows::Layer& layer : network.layers) {
    const std::vector<std::int64_t> sums = flows::accumulate(layer, codes);
    if (layer.output) {
      codes = flows::requantise(layer, sums);
      continue;
    }
    std::vector<std::size_t> predictions = flows::predict(layer, sums);
    std::size_t right = 0;
    for (std::size_t i = 0; i < predictions.size(); ++i) {
      right += predictions[i] == network.labels[i] ? 1U : 0U;
    }
    CHECK(right == 949);  // as evaluate.py counts them
    predictions.resize(100);
    CHECK(report.predictions == predictions);
  }
}

TEST_CASE("the digits of examples/mnist_binary are read right by digital macros of signs") {
  const flows::Network network = flows::load_network(std::filesystem::path(CIMFORGE_EXAMPLES_DIR) /
                                                     "mnist_binary" / "network.toml");
  spec::MacroSpec spec;
  spec.name = "signs";
  spec.input = spec.weight = spec::IntegerFormat::bipolar();
  const auto right = [&] {
    tests::GoldenEngine engine(spec);
    const flows::NetworkReport report = flows::run_network(network, engine);
    CHECK(report.passed());
    return *report.correct;
  };
  CHECK(right() == 949);
  spec.weight = spec::IntegerFormat::ternary();
  CHECK(right() == 949);
  spec.output_mode = spec::OutputMode::sign;
  spec.rows = 784;
  CHECK(right() == 949);
}
