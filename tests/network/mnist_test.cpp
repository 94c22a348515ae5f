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
