// What builds of models keep for one another: compiled headers, used where they are good, left out
// where they are not.
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "flows/verilated_model.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "tb/bench.h"
#include "tests/catch.h"
#include "tests/flows_tools/scoped_environment.h"

namespace cimforge {
namespace {

namespace fs = std::filesystem;

spec::MacroSpec small() {
  spec::MacroSpec spec;
  spec.name = "cached";
  spec.rows = 3;
  spec.columns = 2;
  return spec;
}

/// Builds the model, with -O0, and runs it.
bool is_right(const base::TemporaryDirectory& work) {
  const spec::MacroSpec spec = small();
  const fs::path rtl = work.path() / "rtl";
  if (!fs::exists(rtl)) {
    base::write_directory_atomically(rtl, collateral::emit(spec), collateral::manifest_name);
  }
  const flows::VerilatedModel model({rtl, spec.name}, spec, {.trace = false, .optimised = false});
  tb::BenchOptions options;
  options.vectors = 20;
  return tb::run_bench(spec, model, options).passed();
}

/// The compiled headers in a cache.
std::vector<fs::path> compiled(const fs::path& cache) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(cache)) {
    const std::string extension = entry.path().extension().string();
    if (extension == ".pch" || extension == ".gch") found.push_back(entry.path());
  }
  return found;
}

}  // namespace

TEST_CASE("headers are compiled once and models use them; bad ones are made again") {
  const base::TemporaryDirectory work("cimforge-model-cache-");
  const fs::path cache = work.path() / "cache";
  const ScopedEnvironment home("XDG_CACHE_HOME", cache.string());
  const ScopedEnvironment plain("CCACHE_DISABLE", "1");
  REQUIRE(is_right(work));
  const std::vector<fs::path> first = compiled(cache);
  REQUIRE(first.size() == 1);
  const auto time = fs::last_write_time(first.front());
  REQUIRE(is_right(work));
  CHECK(compiled(cache) == first);
  CHECK(fs::last_write_time(first.front()) == time);

  // A compiler refuses what it did not compile: the model is right all the same, and the next one
  // has good headers again.
  base::write_file_atomically(first.front(), "no compiled headers");
  REQUIRE(is_right(work));
  CHECK(compiled(cache).empty());
  REQUIRE(is_right(work));
  REQUIRE(compiled(cache) == first);
  CHECK(fs::file_size(first.front()) > 1'000'000);
}

TEST_CASE("a model is built where nothing can be kept") {
  const base::TemporaryDirectory work("cimforge-model-cache-");
  base::write_file_atomically(work.path() / "file", "");
  const ScopedEnvironment home("XDG_CACHE_HOME", (work.path() / "file").string());
  const ScopedEnvironment plain("CCACHE_DISABLE", "1");
  CHECK(is_right(work));
}

}  // namespace cimforge
