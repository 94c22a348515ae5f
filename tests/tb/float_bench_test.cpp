// The bench on floating macros: it passes one that keeps the contract and catches every mutation.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "generator/spec/floating.h"
#include "generator/spec/parse.h"
#include "tb/bench.h"
#include "tb/bus_engine.h"
#include "tests/catch.h"
#include "tests/tb/float_reference_dut.h"

namespace cimforge::tests {
namespace {

using spec::MacroSpec;
using tb::BenchResult;

/// `more`: lines of TOML behind the operands; a table of its own may follow.
MacroSpec macro(int rows, int columns, int banks, const std::string& input,
                const std::string& weight, const std::string& more = "") {
  const std::string text =
      "name = \"reference\"\nkind = \"floating\"\n[array]\nrows = " + std::to_string(rows) +
      "\ncolumns = " + std::to_string(columns) + "\nbanks = " + std::to_string(banks) +
      "\n[operands]\ninput = \"" + input + "\"\nweight = \"" + weight + "\"\n" + more;
  const spec::ParseResult parsed = spec::parse(text, "reference.toml");
  INFO(text);
  for (const auto& diagnostic : parsed.diagnostics) UNSCOPED_INFO(diagnostic.message);
  REQUIRE(parsed.spec);
  return *parsed.spec;
}

BenchResult bench(const MacroSpec& spec, FloatMutation mutation, std::uint64_t vectors,
                  std::uint64_t seed = 1) {
  tb::BenchOptions options;
  options.vectors = vectors;
  options.seed = seed;
  options.expected_latency = FloatReferenceDut::latency(spec);
  options.expected_interval = tb::Ports(spec).cycles_per_vector;
  return tb::run_bench(spec, FloatReferenceFactory(spec, mutation), options);
}

TEST_CASE("the bench passes floating macros that keep the contract") {
  const std::vector<MacroSpec> specs = {
      macro(16, 6, 2, "fp8_e4m3", "fp8_e4m3"),
      macro(12, 5, 1, "fp8_e5m2", "fp8_e4m3", "[floating]\nblock_rows = 4\n"),
      macro(8, 4, 1, "fp16", "fp16", "[floating]\nblock_rows = 2\nrounding = \"sticky\"\n"),
      macro(8, 4, 1, "bf16", "bf16", "[floating]\nalign_inputs_to = \"vector\"\n"),
      macro(
          8, 4, 1, "bf16", "bf16",
          "[floating]\nblock_rows = 4\nalign_weights_at = \"offline\"\nrounding = \"truncate\"\n"),
      macro(8, 3, 2, "fp8_e4m3", "fp8_e4m3",
            "[floating]\nalign_weights_at = \"offline\"\ninteger_bits = 5\n"),
      macro(64, 3, 1, "mxfp8_e4m3", "mxfp4_e2m1"),
      macro(8, 3, 1, "mxint8", "mxint8", "[floating]\nblock_rows = 4\ninteger_bits = 8\n"),
      macro(6, 3, 1, "bfp5", "fp8_e5m2",
            "[output]\nformat = \"bf16\"\n[floating]\nblock_rows = 3\n"),
      macro(6, 3, 1, "uint4", "fp16"),
      macro(6, 3, 1, "fp16", "int8",
            "[floating]\ninteger_bits = 8\nalign_inputs_to = \"format\"\n"),
      macro(8, 3, 3, "fp8_e5m2", "fp8_e5m2",
            "[output]\nformat = \"integer\"\n[floating]\nblock_rows = 4\ninteger_bits = 6\n"),
      macro(1, 1, 1, "fp4_e2m1", "fp6_e2m3"),
      macro(2, 2, 1, "fp4_e2m1", "fp4_e2m1", "[floating]\nblock_rows = 1\n"),
      macro(1, 2, 1, "fp6_e3m2", "mxfp6_e3m2", "[output]\nformat = \"bf16\"\n"),
      macro(1, 2, 1, "fp8_e4m3", "fp8_e5m2", "[compute]\ninput_bits_per_cycle = 3\n"),
  };
  std::uint64_t seed = 1;
  for (const MacroSpec& spec : specs) {
    const BenchResult result = bench(spec, FloatMutation::none, 1200, seed++);
    INFO(spec::to_toml(spec) << tb::to_text(result));
    CHECK(result.passed());
    REQUIRE(result.errors);
    CHECK(result.errors->gaussian.results > 0);
    for (const std::string& missed : result.coverage.missed) UNSCOPED_INFO(missed);
    CHECK(result.coverage.missed.size() <= 2);
  }
}

}  // namespace
}  // namespace cimforge::tests
