#include "flows/results_page/document.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "flows/results_page/illustrate.h"
#include "tests/catch.h"

namespace cimforge {
namespace {

namespace page = results_page;
using nlohmann::ordered_json;

/// Four points of one command, the second of them failed, the third the best, the last no macro.
page::SweepResults four() {
  page::SweepResults results;
  results.name = "four";
  results.sha256 = "00";
  results.commands = {{"ppa", {"ppa", "--liberty", "it's.lib"}}};
  results.objectives = {{"ppa.area_um2", false}, {"ppa.speed * array.rows", true}};
  for (std::size_t i = 0; i < 3; ++i) {
    page::Run run;
    run.command = "ppa";
    run.hash = std::string(31, 'a') + std::to_string(i);
    run.end = i == 1 ? "exit status 1" : "exit status 0";
    sweep::Record record;
    record.hash = run.hash;
    record.words = {"ppa", "SPEC"};
    record.status = i == 1 ? 1 : 0;
    record.seconds = 1.23456;
    record.peak_memory_kib = 2048;
    record.tools = {{"cimforge", "0.1.0"}, {"yosys", "0.23"}};
    record.host = "a";
    record.finished = "1970-01-02T00:00:01Z";
    record.message = i == 1 ? "wrong" : "";
    run.record = record;
    run.modules = {{"top", 1, 10.0, 4.0}, {"slice", 4, 40.0, 0.0}};
    run.missed_bins = i == 0 ? std::vector<std::string>{"x", "y"} : std::vector<std::string>{"y"};
    results.runs.push_back(run);
    page::ResultPoint point;
    point.number = 10 * i;
    point.state = i == 1 ? "failed" : "done";
    point.is_best = i == 2;
    point.values = {{"array.rows", static_cast<std::int64_t>(i)}, {"library", std::string("l")}};
    point.figures = {{"ppa.area_um2", 100.0 / 3.0 + static_cast<double>(i)},
                     {"ppa.tree", std::string(i == 0 ? "area" : "speed")}};
    if (i == 2) point.figures["ppa.fmax_mhz"] = 250.0;
    point.objectives = {33.25, i == 1 ? std::nullopt : std::optional(1.0)};
    point.runs = {i};
    results.points.push_back(point);
  }
  page::ResultPoint refused;
  refused.number = 30;
  refused.state = "refused";
  refused.refusal = "no";
  refused.objectives.resize(2);
  results.points.push_back(refused);
  return results;
}

ordered_json column(const ordered_json& document, const std::string& name) {
  for (const ordered_json& each : document.at("columns")) {
    if (each.at("name") == name) return each;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("points become columns, each text once, numbers of seven digits") {
  const ordered_json document = page::sweep_document(four(), {});
  CHECK(document.at("counts") == ordered_json({{"points", 4},
                                               {"runs", 3},
                                               {"done", 2},
                                               {"failed", 1},
                                               {"refused", 1},
                                               {"missing", 0}}));
  CHECK(column(document, "array.rows").at("values").dump() == "[0,1,2,null]");
  CHECK(column(document, "array.rows").at("role") == "axis");
  CHECK(column(document, "library").at("texts").dump() == "[\"l\"]");
  CHECK(column(document, "library").at("values").dump() == "[0,0,0,-1]");
  CHECK(column(document, "ppa.tree").at("values").dump() == "[0,1,1,-1]");
  CHECK(column(document, "ppa.fmax_mhz").at("values").dump() == "[null,null,250,null]");
  CHECK(column(document, "ppa.fmax_mhz").at("unit") == "MHz");
  CHECK(document.at("points").at("best").dump() == "[2]");
  CHECK(document.at("shown") == 2);
  CHECK(document.at("refusals").dump() == "[[3,\"no\"]]");
}

TEST_CASE("an objective that is a figure stands once, with its aim") {
  const ordered_json document = page::sweep_document(four(), {});
  CHECK(column(document, "ppa.area_um2").at("role") == "objective");
  CHECK(column(document, "ppa.area_um2").at("aim") == "least");
  CHECK(column(document, "ppa.area_um2").at("values").dump() == "[33.25,33.25,33.25,null]");
  CHECK(column(document, "ppa.speed * array.rows").at("aim") == "most");
  CHECK_FALSE(column(document, "ppa.speed * array.rows").contains("unit"));
  std::size_t count = 0;
  for (const ordered_json& each : document.at("columns"))
    if (each.at("name") == "ppa.area_um2") ++count;
  CHECK(count == 1);
}

TEST_CASE("a column that is the same everywhere is one value") {
  page::SweepResults results = four();
  results.points.pop_back();
  const ordered_json document = page::sweep_document(results, {});
  CHECK(column(document, "library").at("all") == "l");
  CHECK_FALSE(column(document, "library").contains("values"));
}

TEST_CASE("runs tell command, tools, host, time and how they ended") {
  const ordered_json runs = page::sweep_document(four(), {}).at("runs");
  CHECK(runs.at("hash").size() == 3);
  CHECK(runs.at("texts").at("tools").dump() == "[\"cimforge 0.1.0, yosys 0.23\"]");
  CHECK(runs.at("texts").at("words").dump() == "[\"ppa SPEC\"]");
  CHECK(runs.at("texts").at("end").dump() == "[\"exit status 0\",\"exit status 1\"]");
  CHECK(runs.at("end").dump() == "[0,1,0]");
  CHECK(runs.at("seconds")[0] == 1.235);
  CHECK(runs.at("memory_mib")[0] == 2);
  CHECK(runs.at("finished")[0] == 86401);
}

TEST_CASE("a run without a record has no figures of its own") {
  page::SweepResults results = four();
  results.runs[0].record.reset();
  results.runs[0].end = "missing";
  const ordered_json runs = page::sweep_document(results, {}).at("runs");
  CHECK(runs.at("words")[0] == -1);
  CHECK(runs.at("seconds")[0].is_null());
}

TEST_CASE("failures have what repeats them, areas and bins come from the commands' JSON") {
  const ordered_json document = page::sweep_document(four(), {});
  CHECK(document.at("failures").size() == 1);
  CHECK(document.at("failures")[0].at("directory") == "failures/ppa-aaaaaaaaaaaa");
  CHECK(document.at("failures")[0].at("message") == "wrong");
  CHECK(document.at("details").at("area").at("2").dump() == "[[0,1,10,4],[1,4,40,0]]");
  CHECK(document.at("coverage").dump() ==
        R"([{"command":"ppa","runs":3,"missed":[["y",3],["x",1]]}])");
}

TEST_CASE("what does not fit is left out: details of common points first, figures by name") {
  page::DocumentLimits limits;
  limits.details = 40;
  limits.figures = 60;
  limits.failures = 0;
  const ordered_json document = page::sweep_document(four(), {}, limits);
  CHECK(document.at("details").at("area").size() == 1);
  CHECK(document.at("details").at("area").contains("2"));
  CHECK(document.at("details").at("left_out") == 2);
  CHECK(document.at("left_out").size() == 2);
  CHECK(column(document, "ppa.area_um2").at("role") == "objective");
  CHECK(document.at("failures").empty());
  CHECK(document.at("failures_left_out") == 1);
}

TEST_CASE("units stand at the ends of names") {
  CHECK(page::unit_of("ppa.area_um2") == "µm²");
  CHECK(page::unit_of("ppa.timing.hold_slack_ns") == "ns");
  CHECK(page::unit_of("ppa.tops_per_mm2") == "TOPS/mm²");
  CHECK(page::unit_of("ppa.tops") == "TOPS");
  CHECK(page::unit_of("verify.run_seconds") == "s");
  CHECK(page::unit_of("verify.cycles_per_second") == "1/s");
  CHECK(page::unit_of("array.columns").empty());
  CHECK(page::unit_of("verify.columns").empty());
  CHECK(page::unit_of("ppa.area_um2 / array.rows").empty());
}

TEST_CASE("a page begins with the first best point, else with one that is done") {
  page::SweepResults results = four();
  CHECK(page::first_shown(results) == 2);
  results.points[2].is_best = false;
  CHECK(page::first_shown(results) == 0);
  for (page::ResultPoint& point : results.points) point.state = "failed";
  CHECK_FALSE(page::first_shown(results));
}

TEST_CASE("names that Yosys makes of parameters are the module's again") {
  CHECK(page::plain_module_name("cim_half_adder") == "cim_half_adder");
  CHECK(page::plain_module_name("$paramod\\cim_full_adder\\LANES=32'1") == "cim_full_adder");
  CHECK(page::plain_module_name("$paramod$cc3f\\cim_bit_product") == "cim_bit_product");
  CHECK(page::plain_module_name("$and") == "$and");
}

TEST_CASE("a drawing loses its style and names, and a script makes it none") {
  const std::string drawn =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:s=\"https://x.org\" width=\"100\" "
      "height=\"50.5\"><style>svg { fill:none; }</style><g s:type=\"a\" id=\"b\" "
      "class=\"c\"/></svg>";
  const auto svg = page::page_svg(drawn);
  REQUIRE(svg);
  CHECK(*svg ==
        "<svg viewBox=\"-30 -10 160 70.5\" xmlns=\"http://www.w3.org/2000/svg\"><g "
        "class=\"c\"/></svg>");
  // What runs a script in other ways goes too, and a long drawing is no harder than a short one.
  const auto handlers = page::page_svg(
      "<svg width='1' width=\"1\" height=\"1\"><g\nonclick='x()' "
      "class=\"c\"/></svg>");
  CHECK((!handlers || handlers->find("onclick") == std::string::npos));
  CHECK_FALSE(page::page_svg("<svg width=\"1\" height=\"1\"><a href=\"javascript:x\"/></svg>"));
  const auto large = page::page_svg("<svg width=\"1\" height=\"1\"><style>" +
                                    std::string(1'000'000, 'x') + "</style><g/></svg>");
  REQUIRE(large);
  CHECK(large->size() < 100);
  CHECK_FALSE(page::page_svg("<svg width=\".\" height=\"1\"></svg>"));
  CHECK_FALSE(page::page_svg("<svg width=\"1\" height=\"1\"><script>x</script></svg>"));
  CHECK_FALSE(page::page_svg("no drawing"));
}

}  // namespace cimforge
