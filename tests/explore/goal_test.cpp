// The file of a goal: what it says, and each mistake in it.
#include <cmath>
#include <string>

#include "flows/explore/search.h"
#include "tests/catch.h"
#include "tests/explore/goals.h"

namespace {

using namespace cimforge;
using namespace cimforge::tests;

std::string mistakes(const std::string& text) {
  std::string codes;
  for (const base::Diagnostic& each : explore::read(text, "g.toml").diagnostics) {
    CHECK(each.location.file == "g.toml");
    codes += (codes.empty() ? "" : " ") + each.code;
  }
  return codes;
}

}  // namespace

TEST_CASE("a goal has wants, limits, a space and a way to search it") {
  const auto result = explore::read(
      "name = \"system\"\n"
      "[goal]\nstorage_mb = 2\nthroughput_gops = 1.5e3\nleast = [\"energy\", \"macros\"]\n"
      "clock_mhz = 200\narea_mm2 = 50\nenergy_pj_per_op = 2.5\nlatency_ns = 100\nmacros = 64\n"
      "[search]\nmethod = \"nsga2\"\nevaluations = 5000\nseed = 9\n"
      "[[axis]]\nkey = \"array.rows\"\nvalues = [16, 32]\n" +
          std::string(goal_specification),
      "g.toml");
  INFO(base::to_string(result.diagnostics));
  REQUIRE(result.goal);
  const explore::Goal& goal = *result.goal;
  CHECK(goal.name == "system");
  CHECK(goal.storage_mb == 2.0);
  CHECK(goal.throughput_gops == 1500.0);
  CHECK(goal.least == std::vector{explore::Aim::energy, explore::Aim::macros});
  CHECK(goal.clock_mhz == 200.0);
  CHECK(goal.area_mm2 == 50.0);
  CHECK(goal.energy_pj == 2.5);
  CHECK(goal.latency_ns == 100.0);
  CHECK(goal.macros == 64);
  CHECK(goal.method == explore::Method::nsga2);
  CHECK(goal.evaluations == 5000);
  CHECK(goal.seed == 9);
  CHECK(explore::space_size(goal) == 2);
  // Two points are judged, whatever the method; more than its budget are bred.
  CHECK(explore::judges_all(goal));
  explore::Goal large = goal;
  large.axes = explore::read(goal_text(), "g.toml").goal->axes;
  CHECK_FALSE(explore::judges_all(large));
}

TEST_CASE("what a goal leaves open has a default") {
  const auto result = explore::read(goal_text(), "some/place.toml");
  REQUIRE(result.goal);
  CHECK(result.goal->name == "place");
  CHECK(result.goal->least == std::vector{explore::Aim::area, explore::Aim::energy});
  CHECK(std::isinf(result.goal->area_mm2));
  CHECK(result.goal->axes.size() == 7);
  CHECK(explore::judges_all(*result.goal));
}

TEST_CASE("each mistake in a goal has its place and a code") {
  CHECK(mistakes(goal_text()) == "");
  CHECK(mistakes(goal_head) == "missing-key");
  CHECK(mistakes(goal_specification) == "missing-key");
  CHECK(mistakes("goal = 3\n" + std::string(goal_specification)) == "wrong-type");
  CHECK(mistakes("x = [") == "toml-syntax");
  CHECK(mistakes(goal_text("", "[goal]\nstorage_mb = 1\n")) == "missing-key");
  CHECK(mistakes(goal_text("", "[goal]\nstorage_mb = -1\nthroughput_gops = 1\n")) ==
        "out-of-range");
  CHECK(mistakes(goal_text("", "[goal]\nstorage_mb = nan\nthroughput_gops = 1\n")) ==
        "out-of-range");
  CHECK(mistakes(goal_text("", "[goal]\nstorage_mb = \"2 MB\"\nthroughput_gops = 1\n")) ==
        "wrong-type");
  const std::string head = goal_head;
  CHECK(mistakes(goal_text("", head + "area = 3\n")) == "unknown-key");
  CHECK(mistakes(goal_text("", head + "least = \"power\"\n")) == "least-unknown-value");
  CHECK(mistakes(goal_text("", head + "least = [\"area\", 3]\n")) == "least-unknown-value");
  CHECK(mistakes(goal_text("", head + "least = [\"area\", \"area\"]\n")) == "least-repeated");
  CHECK(mistakes(goal_text("", head + "least = []\n")) == "wrong-type");
  CHECK(mistakes(goal_text("", head + "macros = 0\n")) == "out-of-range");
  CHECK(mistakes(goal_text("", head + "area_mm2 = 0\n")) == "out-of-range");
  CHECK(mistakes(goal_text("[search]\nmethod = \"hope\"\n")) == "method-unknown-value");
  CHECK(mistakes(goal_text("[search]\nevaluations = 3\n")) == "out-of-range");
  CHECK(mistakes(goal_text("[[axis]]\nkey = \"array.row\"\nvalues = [1]\n")) == "key-unknown");
  // A variable of a sweep means nothing here.
  CHECK(mistakes(goal_text("[[axis]]\nkey = \"library\"\nvalues = [\"a\"]\n")) == "key-unknown");
  CHECK(mistakes(goal_text("[[axis]]\nkey = \"array.rows\"\nvalues = []\n")) ==
        "axis-without-values");
}
