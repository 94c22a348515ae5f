#include "flows/baseline.h"

#include <nlohmann/json.hpp>

#include "flows/ppa_report.h"
#include "tests/catch.h"
#include "tests/flows_tools/thrown.h"

namespace cimforge::flows {
namespace {

using base::ExitStatus;

PpaResult sample() {
  PpaResult result;
  result.name = "macro";
  result.specification_sha256 = "0123";
  result.operands = "int4 x int4";
  result.area.area_um2 = 1200.0;
  result.area.yosys_version = "0.23";
  result.area.library = {{"cells.lib", "cells", "aaaabbbbccccdddd"}};
  ModuleArea top;
  top.name = "macro";
  top.instances = 1;
  top.own_area_um2 = 200.0;
  top.area_um2 = 1200.0;
  ModuleArea slice;
  slice.name = "macro_slice";
  slice.instances = 10;
  slice.own_area_um2 = 100.0;
  slice.area_um2 = 100.0;
  result.area.modules = {top, slice};
  return result;
}

Baseline baseline_of(const PpaResult& result) {
  return parse_baseline(to_json(result).dump(2), "base.json");
}

}  // namespace

TEST_CASE("A result is its own baseline") {
  const BaselineComparison comparison = compare_with_baseline(baseline_of(sample()), sample(), 0.0);
  CHECK(comparison.passed());
  CHECK(comparison.improvements.empty());
  CHECK(comparison.modules.size() == 2);
  CHECK(comparison.total.percent() == Approx(0.0));
  CHECK(to_markdown(comparison).find("| **total** | 1200.0 | 1200.0 | +0.00 % |") !=
        std::string::npos);
}

TEST_CASE("Growth past the tolerance is a regression, of the whole and of each module") {
  const Baseline baseline = baseline_of(sample());
  PpaResult now = sample();
  now.area.modules[1].own_area_um2 = 101.0;
  now.area.area_um2 = 1210.0;
  const BaselineComparison strict = compare_with_baseline(baseline, now, 0.5);
  REQUIRE(strict.regressions.size() == 2);
  CHECK(strict.regressions[0].find("the area of macro grew from 1200.0 um2 to 1210.0 um2") == 0);
  CHECK(strict.regressions[1].find("the module macro_slice grew") == 0);
  CHECK(to_markdown(strict).find("| `macro_slice` | 100.0 | 101.0 | +1.00 % |") !=
        std::string::npos);
  CHECK(to_text(strict).find("REGRESSION") != std::string::npos);
  CHECK(to_json(strict).at("passed") == false);
  CHECK(compare_with_baseline(baseline, now, 1.0).passed());

  // One module may not hide behind the saving of another.
  now.area.area_um2 = 1100.0;
  now.area.modules[0].own_area_um2 = 90.0;
  const BaselineComparison mixed = compare_with_baseline(baseline, now, 0.5);
  CHECK(mixed.regressions.size() == 1);
  CHECK(mixed.improvements.size() == 2);
}

TEST_CASE("Modules that are new, gone or more often there are regressions") {
  const Baseline baseline = baseline_of(sample());
  PpaResult renamed = sample();
  renamed.area.modules[1].name = "macro_tile";
  const BaselineComparison comparison = compare_with_baseline(baseline, renamed, 50.0);
  REQUIRE(comparison.regressions.size() == 2);
  CHECK(comparison.regressions[0] == "the module macro_tile is new");
  CHECK(comparison.regressions[1] == "the module macro_slice is gone");
  CHECK(to_markdown(comparison).find("| `macro_tile` | - | 100.0 | - |") != std::string::npos);
  PpaResult more = sample();
  more.area.modules[1].instances = 11;
  CHECK_FALSE(compare_with_baseline(baseline, more, 50.0).passed());
}

TEST_CASE("What cannot be compared is told") {
  const Baseline baseline = baseline_of(sample());
  const auto refused = [&](const PpaResult& result) {
    const Thrown thrown = thrown_by([&] { compare_with_baseline(baseline, result, 0.5); });
    CHECK(thrown.status == ExitStatus::input_wrong);
    return thrown;
  };
  PpaResult version = sample();
  version.area.yosys_version = "0.55";
  CHECK(refused(version).says("it was made by Yosys 0.23, and this is Yosys 0.55"));
  PpaResult library = sample();
  library.area.library[0].sha256 = "ffffbbbbccccdddd";
  CHECK(refused(library).says("another library: cells.lib"));
  PpaResult more = sample();
  more.area.library.push_back(more.area.library[0]);
  CHECK(refused(more).says("1 Liberty files, and there are 2"));
  PpaResult specification = sample();
  specification.specification_sha256 = "4567";
  CHECK(refused(specification).says("another specification"));
}

TEST_CASE("A baseline that is none has one clear message") {
  const std::string good = to_json(sample()).dump(2);
  for (const auto& [text, words] : std::vector<std::pair<std::string, std::string>>{
           {"", "base.json: the baseline is empty"},
           {" \n", "base.json: the baseline is empty"},
           {good.substr(0, good.size() / 2), "base.json: the baseline is truncated"},
           {"hello", "base.json: the baseline is no JSON"},
           {"{}", "not a baseline"},
           {"[1]", "not a baseline"},
           {R"({"specification_sha256": 3})", "not a baseline"}}) {
    CAPTURE(text);
    const Thrown thrown = thrown_by([&, &input = text] { parse_baseline(input, "base.json"); });
    CHECK(thrown.status == ExitStatus::input_wrong);
    CHECK(thrown.says(words));
  }
  CHECK(thrown_by([] { load_baseline("/no/such.json"); }).status == ExitStatus::input_wrong);
}

}  // namespace cimforge::flows
