#include <nlohmann/json.hpp>
#include <string>

#include "generator/base/file.h"
#include "tests/catch.h"
#include "tests/cli/command.h"

using namespace cimforge;         // NOLINT
using namespace cimforge::tests;  // NOLINT
using Catch::Matchers::Contains;

TEST_CASE("check --estimate tells area and delay, and what it cannot estimate") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  const std::string text =
      succeed({"check", spec, "--estimate", "--json", here("estimate.json")}).stdout_text;
  CHECK_THAT(text, Contains("estimate for osu018_stdcells"));
  const auto json = nlohmann::json::parse(base::read_file(here("estimate.json"))).at("estimate");
  CHECK(json.at("area_um2").get<double>() > 0.0);
  CHECK(json.at("delay_ns").get<double>() > 0.0);
  CHECK(json.at("energy_per_vector_pj").get<double>() > 0.0);

  CHECK_THAT(text, Contains("nine in ten `dadda` macros are within "));
  CHECK(json.at("within_percent_of_nine_in_ten").at("area").get<double>() > 0.0);
  CHECK(json.at("within_percent_of_nine_in_ten").at("delay").get<double>() > 0.0);

  const std::string bad = here.write("bad.json", "{\"format\": 1");
  refuse(2, {"check", spec, "--estimate", "--library", bad}, {bad, "cut short"});
  refuse(2, {"check", spec, "--library", bad}, {"--library", "--estimate"});
  const std::string skips =
      here.write("skips.toml", small_spec() + "\n[sparsity]\nzero_rows = \"gate\"\n");
  refuse(2, {"check", skips, "--estimate"}, {"skips.toml", "sparsity.zero_rows = \"gate\""});
}
