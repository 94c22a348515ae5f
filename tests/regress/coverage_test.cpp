// Verilator's coverage files: read, summed, counted by module.
#include <string>

#include "flows/verilator_coverage.h"
#include "generator/base/exit_status.h"
#include "tests/catch.h"

using namespace cimforge;
using flows::VerilatorCoverage;

namespace {

std::string point(const std::string& page, int line, const std::string& comment,
                  const std::string& hierarchy, int count) {
  return "C '\001f\002rtl/a.v\001l\002" + std::to_string(line) + "\001n\0023\001page\002" + page +
         "\001o\002" + comment + "\001h\002" + hierarchy + "' " + std::to_string(count) + "\n";
}

}  // namespace

TEST_CASE("a coverage file is read, summed and written") {
  const std::string text = "# SystemC::Coverage-3\n" + point("v_line/a", 1, "block", "top.a", 3);
  VerilatorCoverage sum = VerilatorCoverage::parse(text, "a.dat");
  CHECK(sum.to_text() == text);
  sum.add(sum);
  sum.add(VerilatorCoverage::parse(point("v_line/a", 2, "block", "top.a", 0), "b.dat"));
  REQUIRE(sum.points.size() == 2);
  CHECK(sum.points.begin()->second == 6);
  CHECK(VerilatorCoverage::parse(sum.to_text(), "c.dat").points == sum.points);
}

TEST_CASE("points are counted by module, whatever its widths and place") {
  const std::string text = point("v_line/cell__L40", 1, "block", "top.a", 1) +
                           point("v_line/cell__L1_W3", 1, "block", "other.b", 0) +
                           point("v_branch/cell", 2, "if", "top.a", 0) +
                           point("v_toggle/cell__L40", 3, "x[0]", "top.a", 2) +
                           point("v_toggle/cell__L40", 3, "x[1]", "top.a", 0) +
                           point("v_toggle/top", 3, "y", "top", 0);
  const auto modules = flows::coverage_by_module(VerilatorCoverage::parse(text, "a.dat"));
  REQUIRE(modules.size() == 2);
  const flows::ModuleCoverage& cell = modules.at("cell");
  CHECK(cell.lines.hit == 1);
  CHECK(cell.lines.total == 2);
  CHECK(cell.toggles.hit == 1);
  CHECK(cell.toggles.total == 2);
  CHECK(modules.at("top").toggles.percent() == 0.0);
  CHECK(modules.at("top").lines.percent() == 100.0);
  CHECK(flows::PointCount{1999, 2000}.percent() == 99.9);
}

TEST_CASE("what is no coverage file is refused") {
  for (const char* text :
       {"C '' x\n", "hello\n", "C 'a' 1 2\n", "C 'a'\n", "C '\n", "C 'a' -1\n"}) {
    INFO(text);
    CHECK_THROWS_AS(VerilatorCoverage::parse(text, "a.dat"), base::ToolError);
  }
}
