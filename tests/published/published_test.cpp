// The shapes of published macros (examples/published): each is verified, and by night proved.
#include <fmt/format.h>

#include <filesystem>
#include <set>
#include <string>

#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/spec/parse.h"
#include "tb/bench.h"
#include "tests/catch.h"
#include "tests/judge/emitted.h"
#include "tests/proof/planted.h"

namespace cimforge {
namespace {

const std::set<std::string> shapes = {"isscc2021_22nm", "isscc2022_5nm", "isscc2023_4nm",
                                      "isscc2024_3nm",  "openc2_64x64",  "syndcim_40nm"};

spec::MacroSpec shape(const std::string& name) {
  const std::filesystem::path file = std::filesystem::path(CIMFORGE_PUBLISHED) / (name + ".toml");
  const spec::ParseResult result = spec::parse(base::read_file(file), file.string());
  REQUIRE(result.spec);
  return *result.spec;
}

void check_right(const std::string& name) {
  const spec::MacroSpec spec = shape(name);
  const tb::BenchResult result = test::bench(spec, test::Emitted(spec), {.vectors = 100});
  INFO(tb::to_text(result));
  CHECK(result.passed());
  CHECK(result.vectors >= 100);
}

void check_proved(const std::string& name) {
  const spec::MacroSpec spec = shape(name);
  const proof::ProofResult result = test::prove_files(spec, collateral::emit(spec));
  INFO(proof::to_text(result));
  CHECK(result.proved);
}

}  // namespace

TEST_CASE("no shape is forgotten") {
  std::set<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(CIMFORGE_PUBLISHED)) {
    if (entry.path().extension() == ".toml") found.insert(entry.path().stem().string());
  }
  CHECK(found == shapes);
}

TEST_CASE("every shape is right", "[tools]") {
  for (const std::string& name : shapes) {
    DYNAMIC_SECTION(name) {
      check_right(name);
    }
  }
}

TEST_CASE("every shape is proved", "[.][nightly]") {
  for (const std::string& name : shapes) {
    DYNAMIC_SECTION(name) {
      check_proved(name);
    }
  }
}

}  // namespace cimforge
