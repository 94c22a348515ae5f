// Every specification of the matrix, from its text to results: emitted, Verilated and held to its
// contract by the bench; then the same vectors in Icarus, in Verilator and in the golden model.
#include "tests/lower/matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include "flows/verilated_model.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/plan/plan.h"
#include "sim/golden.h"
#include "tb/bench.h"
#include "tb/bus_engine.h"
#include "tests/catch.h"
#include "tests/judge/judge.h"

namespace cimforge {
namespace {

std::size_t environment_number(const char* name, std::size_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<std::size_t>(std::strtoul(text, nullptr, 10));
}

/// Fewer vectors for larger macros, and one round for the largest: in Icarus each vector and each
/// write of a row takes them up to a tenth of a second.
test::Traffic icarus_traffic(const spec::MacroSpec& spec, std::uint64_t seed) {
  // A transposable macro has a tree for each direction, and every row that is written goes through
  // both.
  const int directions = spec.transpose == spec::Transpose::never ? 1 : 8;
  const std::int64_t products = std::int64_t{1} * spec.rows * spec.weight.bits * spec.input.bits *
                                ((spec.columns + 63) / 64) * spec.banks * directions;
  return test::make_traffic(
      spec, products > 2000 ? 1 : 2,
      static_cast<std::size_t>(std::clamp<std::int64_t>(12000 / products, 4, 16)), seed);
}

/// All that is wrong with a specification; empty where nothing is.
std::string run_specification(const spec::MacroSpec& spec, std::uint64_t seed) {
  const auto start = std::chrono::steady_clock::now();
  const base::TemporaryDirectory work("cimforge-matrix-");
  const std::filesystem::path directory = work.path() / "rtl";
  base::write_directory_atomically(directory, collateral::emit(spec), collateral::manifest_name);
  const flows::VerilatedModel model({directory, spec.name}, spec,
                                    {.trace = false, .jobs = 1, .optimised = false});

  std::string wrong;
  tb::BenchOptions options;
  options.vectors = 200;
  options.seed = seed;
  const plan::MacroPlan plan = plan::plan(spec);
  options.expected_latency = plan.latency;
  options.expected_interval = plan.cycles_per_vector;
  options.expect_concurrent_update = true;
  const tb::BenchResult bench = tb::run_bench(spec, model, options);
  if (!bench.passed()) wrong += tb::to_text(bench) + '\n';
  if (bench.vectors < options.vectors) {
    wrong += fmt::format("{} results compared\n", bench.vectors);
  }

  const test::Traffic traffic = icarus_traffic(spec, seed);
  const std::vector<std::int64_t> expected = test::golden_results(spec, traffic);
  const auto columns = static_cast<std::size_t>(spec.columns);
  tb::BusEngine engine(spec, model.make(""));
  wrong +=
      test::difference("Verilator", test::engine_results(spec, engine, traffic), expected, columns);
  const test::IcarusRun icarus = test::play_streams(spec, directory, traffic);
  wrong += icarus.errors;
  wrong += test::difference("Icarus", icarus.results, expected, columns);

  const std::chrono::duration<double> total = std::chrono::steady_clock::now() - start;
  fmt::print(
      "{}: seed {}, {:.1f} s: verilator {:.1f}, compiler {:.1f}, bench {:.1f} ({} vectors), "
      "iverilog {:.1f}, vvp {:.1f} ({} vectors)\n",
      spec.name, seed, total.count(), model.report().verilate_seconds,
      model.report().compile_seconds, bench.seconds, bench.vectors, icarus.compile_seconds,
      icarus.run_seconds, traffic.banks.size());
  std::fflush(stdout);
  return wrong;
}

}  // namespace

TEST_CASE("the matrix is right in Verilator and in Icarus", "[matrix]") {
  const std::size_t parts = environment_number("CIMFORGE_MATRIX_PARTS", 1);
  const std::size_t part = environment_number("CIMFORGE_MATRIX_PART", 0);
  REQUIRE(part < parts);
  for (std::size_t index = part; index < test::matrix.size(); index += parts) {
    const spec::MacroSpec spec = test::matrix_specification(index);
    const std::uint64_t seed = 1000 + index;
    std::string wrong;
    try {
      wrong = run_specification(spec, seed);
    } catch (const std::exception& error) {
      wrong = error.what();
    }
    INFO(fmt::format("seed {}\n{}\n{}", seed, spec::to_toml(spec), wrong));
    CHECK(wrong.empty());
  }
}

}  // namespace cimforge
