// The search: the front against every point compared with every other, the table of values against
// a count by hand, NSGA-II against the true front.
#include "flows/explore/search.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "flows/sweep/front.h"
#include "generator/base/exit_status.h"
#include "tests/catch.h"
#include "tests/explore/goals.h"

namespace {

using namespace cimforge;
using namespace cimforge::tests;
using explore::Aim;

constexpr auto silent = [](std::uint64_t, std::uint64_t) {};

constexpr const char* small_axes =
    "[[axis]]\nkey = \"array.rows\"\nvalues = [8, 16, 64, 9000]\n"
    "[[axis]]\nkey = \"array.columns\"\nvalues = [4, 16]\n"
    "[[axis]]\nkeys = [\"operands.input\", \"compute.input_bits_per_cycle\"]\n"
    "values = [[\"int4\", 1], [\"int4\", 2], [\"int4\", 4]]\n"
    "[[axis]]\nkey = \"array.storage\"\nvalues = [\"latch\", \"flop\"]\n";

/// The area below a front of two aims, up to the corner: larger is better.
double hypervolume(const std::vector<explore::Found>& front, double corner_area,
                   double corner_energy) {
  double volume = 0.0;
  double last = corner_energy;
  for (const explore::Found& found : front) {  // area rises, energy falls
    const double area = found.system.area_mm2();
    const double energy = std::min(last, found.system.energy_pj.value());
    if (area < corner_area) volume += (corner_area - area) * (last - energy);
    last = energy;
  }
  return volume;
}

}  // namespace

TEST_CASE("the front of random systems is what no other dominates") {
  std::mt19937 random(3);
  std::uniform_int_distribution<int> value(1, 12);
  std::vector<explore::Found> all(300);
  sweep::Front<std::vector<double>> front;
  for (explore::Found& found : all) {
    found.system.macro_area_mm2 = value(random);
    found.system.energy_pj = value(random);
    found.system.latency_ns = value(random);
  }
  const auto values = [](const explore::Found& f) {
    return std::vector{f.system.area_mm2(), f.system.energy_pj.value(), f.system.latency_ns};
  };
  for (const explore::Found& found : all) front.add(values(found), values(found));
  std::vector<std::vector<double>> expected;
  for (const explore::Found& mine : all) {
    const auto dominates = [&](const explore::Found& other) {
      return values(other) != values(mine) &&
             std::ranges::equal(values(other), values(mine), std::less_equal<>());
    };
    if (std::ranges::none_of(all, dominates)) expected.push_back(values(mine));
  }
  std::ranges::sort(expected);
  expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
  std::vector<std::vector<double>> found;
  for (const auto& each : front.kept()) found.push_back(each.first);
  CHECK(found == expected);
}

TEST_CASE("a whole space is judged, each point once, and counted by value and by reason") {
  const explore::Goal goal = goal_of(goal_text(small_axes));
  const estimate::Library library = library_with_energies();
  const explore::Result result = explore::search(goal, library, silent);
  CHECK(result.points == 48);
  CHECK(result.looked == 48);
  CHECK(result.is_complete);
  CHECK(result.meets == 36);
  REQUIRE(result.losses.size() == 1);
  CHECK(result.losses.begin()->first == "rows-out-of-range");
  CHECK(result.losses.begin()->second.count == 12);
  REQUIRE(result.values.size() == 4);
  CHECK(result.values[0][3].looked == 12);
  CHECK(result.values[0][3].meets == 0);
  CHECK_FALSE(result.values[0][3].best[0]);
  // The best with each value, by hand.
  explore::Judge judge(goal, library);
  for (std::uint32_t row = 0; row < 3; ++row) {
    double least = 1e300;
    for (std::uint32_t column = 0; column < 2; ++column) {
      for (std::uint32_t digit = 0; digit < 3; ++digit) {
        for (std::uint32_t storage = 0; storage < 2; ++storage) {
          least = std::min(least, judge({row, column, digit, storage}).system->area_mm2());
        }
      }
    }
    CHECK(result.values[0][row].best[0]->system.area_mm2() == least);
  }
  std::uint64_t on_front = 0;
  for (const explore::ValueResult& value : result.values[1]) on_front += value.front;
  CHECK(on_front == result.front.size());
}

TEST_CASE("a goal that nothing meets names the limits that are in the way") {
  explore::Goal goal = goal_of(goal_text(small_axes));
  goal.area_mm2 = 1e-6;
  try {
    explore::search(goal, library_with_energies(), silent);
    FAIL("it was met");
  } catch (const base::InputError& error) {
    const std::string text = error.what();
    CHECK(text.find("no point meets the goal") != std::string::npos);
    CHECK(text.find("36 of 48 points") != std::string::npos);
    CHECK(text.find("[area_mm2]") != std::string::npos);
    CHECK(text.find("[rows-out-of-range]") != std::string::npos);
  }
}

TEST_CASE("without energies only other aims can be had") {
  estimate::Library library = estimate::osu018();
  library.energy_pj.clear();
  CHECK_THROWS_AS(explore::search(goal_of(goal_text(small_axes)), library, silent),
                  base::InputError);
  explore::Goal goal = goal_of(goal_text(small_axes));
  goal.least = {Aim::area};
  CHECK(explore::search(goal, library, silent).front.size() == 1);
}

TEST_CASE("NSGA-II takes one aim, and axes that leave no choice") {
  const std::string axes =
      "[[axis]]\nkey = \"array.rows\"\nrange = { first = 1, last = 200 }\n"
      "[[axis]]\nkey = \"array.columns\"\nrange = { first = 1, last = 100 }\n"
      "[[axis]]\nkey = \"array.banks\"\nvalues = [2]\n"
      "[search]\nmethod = \"nsga2\"\nevaluations = 2000\n";
  for (const char* aim : {"area", "energy", "macros", "latency"}) {
    const explore::Goal goal =
        goal_of(goal_text(axes, std::string(goal_head) + "least = \"" + aim + "\"\n"));
    REQUIRE_FALSE(explore::judges_all(goal));
    const explore::Result result = explore::search(goal, library_with_energies(), silent);
    CHECK(result.front.size() == 1);
    CHECK(result.front.front().choice.size() == 3);
  }
}

TEST_CASE("NSGA-II comes near the true front with a tenth of the points, the same each time") {
  explore::Goal goal = goal_of(goal_text());
  const estimate::Library library = library_with_energies();
  const explore::Result truth = explore::search(goal, library, silent);
  REQUIRE(truth.is_complete);
  goal.method = explore::Method::nsga2;
  goal.evaluations = truth.points / 10;
  const explore::Result found = explore::search(goal, library, silent);
  CHECK_FALSE(found.is_complete);
  CHECK(found.looked < truth.points / 5);
  const double area = 3.0 * truth.best[0]->system.area_mm2();
  const double energy = 10.0 * truth.best[1]->system.energy_pj.value();
  CHECK(hypervolume(found.front, area, energy) > 0.99 * hypervolume(truth.front, area, energy));
  CHECK(found.best[0]->system.area_mm2() < 1.01 * truth.best[0]->system.area_mm2());
  CHECK(found.best[1]->system.energy_pj.value() < 1.01 * truth.best[1]->system.energy_pj.value());
  // What it found is there: no system is better than the true front.
  for (const explore::Found& each : found.front) {
    CHECK(std::ranges::none_of(truth.front, [&](const explore::Found& true_one) {
      return each.system.area_mm2() < true_one.system.area_mm2() &&
             each.system.energy_pj.value() < true_one.system.energy_pj.value();
    }));
  }
  const explore::Result again = explore::search(goal, library, silent);
  REQUIRE(again.front.size() == found.front.size());
  for (std::size_t i = 0; i < found.front.size(); ++i) {
    CHECK(again.front[i].choice == found.front[i].choice);
  }
}
