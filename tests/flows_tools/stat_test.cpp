#include <string>

#include "flows/yosys_stat.h"
#include "generator/base/file.h"
#include "tests/catch.h"
#include "tests/flows_tools/thrown.h"

namespace cimforge::flows {
namespace {

using base::ExitStatus;

std::string captured(const std::string& name) {
  return base::read_file(std::filesystem::path(CIMFORGE_TEST_DATA) / name);
}

}  // namespace

TEST_CASE("The statistics of every captured version are read alike") {
  for (const std::string version : {"0.23", "0.55"}) {
    CAPTURE(version);
    const YosysStat stat = parse_stat(version, captured("stat_" + version + ".json"),
                                      captured("stat_" + version + ".txt"));
    REQUIRE(stat.modules.size() == 3);
    using Counts = std::map<std::string, std::int64_t>;
    CHECK(stat.modules.at("leaf").cells_by_type == Counts{{"NAND2X1", 1}});
    CHECK(stat.modules.at("pair").cells_by_type == Counts{{"leaf", 2}});
    CHECK(stat.modules.at("top").cells_by_type ==
          Counts{{"DFFPOSX1", 4}, {"XOR2X1", 2}, {"pair", 1}});
    CHECK(stat.modules.at("leaf").area_um2 == 24.0);
    CHECK_FALSE(stat.modules.at("pair").area_um2.has_value());  // 0 is not printed
    CHECK(stat.modules.at("top").area_um2 == 496.0);
    CHECK(stat.top_area_um2 == 544.0);
  }
}

TEST_CASE("Statistics of another shape are a tool error that names the version") {
  const auto error_of = [](const std::string& json, const std::string& text) {
    return thrown_by([&] { parse_stat("0.99", json, text); });
  };
  const std::string json = captured("stat_0.23.json");
  CHECK(error_of("", "").says("Yosys 0.99"));
  CHECK(error_of("", "").status == ExitStatus::tool_failed);
  CHECK(error_of(json.substr(0, json.size() / 2), "").says("truncated"));
  CHECK(error_of("{\"modules\": {\"\\\\a\": {}}}", "").says("num_cells_by_type"));
  CHECK(error_of("{\"modules\": {\"\\\\a\": nothing}}", "").status == ExitStatus::tool_failed);
  CHECK(error_of(json, "Chip area for module '\\top': much\n").says("no area in"));
  CHECK(error_of(json, "Chip area for module '\\other': 1.0\n").says("unknown module other"));
  CHECK(error_of(json, "Chip area for module 'top\n").says("no module in"));
}

TEST_CASE("Braces and quotes in names do not end the modules early") {
  const YosysStat stat = parse_stat(
      "0.23", R"({"modules": {"\\a}\"{\\": {"num_cells_by_type": {"\\b\\\\": 3}}} , "design": {)",
      "");
  REQUIRE(stat.modules.size() == 1);
  CHECK(stat.modules.begin()->first == "a}\"{\\");
  CHECK(stat.modules.begin()->second.cells_by_type.at("b\\\\") == 3);
}

}  // namespace cimforge::flows
