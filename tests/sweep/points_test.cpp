#include "flows/sweep/points.h"

#include <set>
#include <string>
#include <vector>

#include "flows/sweep/task.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "tests/catch.h"

namespace cimforge {
namespace {

const auto nothing = [] {};

sweep::Sweep space() {
  sweep::Sweep sweep;
  sweep.name = "s";
  sweep.file = "s.toml";
  sweep.specification =
      "name = \"m\"\nkind = \"digital\"\n[array]\nrows = 8\ncolumns = 4\n"
      "[operands]\ninput = \"int4\"\nweight = \"int4\"\n";
  const auto integers = [](const char* name, std::vector<std::int64_t> values) {
    sweep::Axis axis{{name}, {}};
    for (const std::int64_t value : values) axis.values.push_back({value});
    return axis;
  };
  sweep.axes = {integers("array.rows", {2, 4, 6}), integers("array.columns", {1, 2}),
                integers("compute.input_bits_per_cycle", {1, 2, 3, 4})};
  sweep.commands = {{"check", {"check"}, std::chrono::seconds(60)}};
  return sweep;
}

std::vector<std::uint64_t> numbers(const sweep::Sweep& sweep) {
  std::vector<std::uint64_t> result;
  for (const sweep::Point& point : sweep::points(sweep, nothing)) result.push_back(point.number);
  return result;
}

}  // namespace

TEST_CASE("the last axis is the fastest, and every point comes once") {
  const sweep::Sweep sweep = space();
  const std::vector<sweep::Point> points = sweep::points(sweep, nothing);
  REQUIRE(points.size() == 24);
  CHECK(sweep::product_size(sweep) == 24);
  for (std::size_t i = 0; i < points.size(); ++i) {
    CHECK(points[i].number == i);
    CHECK(std::get<std::int64_t>(points[i].values.at("array.rows")) ==
          static_cast<std::int64_t>(2 + 2 * (i / 8)));
    CHECK(std::get<std::int64_t>(points[i].values.at("compute.input_bits_per_cycle")) ==
          static_cast<std::int64_t>(1 + i % 4));
  }
}

TEST_CASE("constraints leave the points that meet all of them, with keys of the specification") {
  sweep::Sweep sweep = space();
  sweep.constraints = {"array.rows * array.columns <= 8", "operands.input.bits % 1 == 0 || 1",
                       "compute.input_bits_per_cycle == operands.weight.bits"};
  sweep.constraints.erase(sweep.constraints.begin() + 1);
  CHECK(numbers(sweep) == std::vector<std::uint64_t>{3, 7, 11, 15, 19});
  SECTION("none is left") {
    sweep.constraints = {"array.rows > 100"};
    CHECK_THROWS_WITH(numbers(sweep), Catch::Contains("leave none of 24 points"));
  }
  SECTION("a default counts, unless it follows from other keys") {
    sweep.constraints = {"array.banks == 1"};
    CHECK(numbers(sweep).size() == 24);
    sweep.constraints = {"analog.columns_per_adc > 0"};
    CHECK_THROWS_WITH(numbers(sweep), Catch::Contains("give analog.columns_per_adc"));
  }
}

TEST_CASE("a sample has no point twice, is the same for a seed, and another for another") {
  sweep::Sweep sweep = space();
  sweep.constraints = {"array.rows != 4"};
  sweep.sample = sweep::Sample{10, 1};
  const auto drawn = numbers(sweep);
  CHECK(drawn.size() == 10);
  CHECK(std::set<std::uint64_t>(drawn.begin(), drawn.end()).size() == 10);
  CHECK(numbers(sweep) == drawn);
  for (const std::uint64_t number : drawn) CHECK((number < 8 || number >= 16));
  sweep.sample->seed = 2;
  CHECK(numbers(sweep) != drawn);
  sweep.sample->count = 100;
  CHECK(numbers(sweep).size() == 16);  // all that there are
}

TEST_CASE("a sample is drawn from a product that is too large to be listed") {
  sweep::Sweep sweep = space();
  for (const char* name : {"a", "b", "c", "d"}) {
    sweep::Axis axis{{name}, {}};
    for (std::int64_t i = 0; i < 500; ++i) axis.values.push_back({i});
    sweep.axes.push_back(axis);
  }
  sweep.constraints = {"a < 250"};
  sweep.sample = sweep::Sample{200, 1};
  const std::vector<sweep::Point> points = sweep::points(sweep, nothing);
  CHECK(points.size() == 200);
  for (const sweep::Point& point : points)
    CHECK(std::get<std::int64_t>(point.values.at("a")) < 250);
  for (const auto& [constraint, reason] :
       {std::pair{"a < 0", "found none"},
        {"a + b + c + d == 0 && array.rows == 8", "found none"}}) {
    sweep.constraints = {constraint};
    CHECK_THROWS_WITH(sweep::points(sweep, nothing), Catch::Contains(reason));
  }
  // One of 500 is found, however few there are.
  sweep.constraints = {"a == 3"};
  CHECK(sweep::points(sweep, nothing).size() == 200);
}

TEST_CASE("tasks are planned once for each specification and command") {
  const base::TemporaryDirectory directory("cimforge-sweep-test-");
  const std::filesystem::path program = directory.path() / "program";
  base::write_file_atomically(program, "one");
  sweep::Sweep sweep = space();
  sweep.file = directory.path() / "s.toml";
  sweep.axes.push_back({{"seed"}, {{std::int64_t{1}}, {std::int64_t{2}}}});
  sweep.axes[2].values.push_back({std::int64_t{5}});  // more bits than the input has
  const auto plan = [&] {
    return sweep::plan_tasks(sweep, sweep::points(sweep, nothing), program, nothing);
  };
  const sweep::Tasks tasks = plan();
  CHECK(tasks.points.size() == 60);
  CHECK(tasks.tasks.size() == 24);  // `check` has no seed
  CHECK(tasks.specifications.size() == 24);
  CHECK(tasks.refused == 12);
  for (const sweep::PlannedPoint& point : tasks.points) {
    CHECK(point.tasks.size() == (point.refusal.empty() ? 1 : 0));
  }
  CHECK(tasks.tasks[0].words == std::vector<std::string>{"check", "SPEC"});

  SECTION("another program has other results") {
    base::write_file_atomically(program, "two");
    CHECK(plan().tasks[0].hash != tasks.tasks[0].hash);
  }
  SECTION("a file that is named counts by its contents") {
    sweep.commands[0].words = {"check", "--library", "cells.lib"};
    base::write_file_atomically(directory.path() / "cells.lib", "a");
    const std::string before = plan().tasks[0].hash;
    CHECK(plan().tasks[0].hash == before);
    base::write_file_atomically(directory.path() / "cells.lib", "b");
    CHECK(plan().tasks[0].hash != before);
  }
  SECTION("so does one behind an equals sign, one that a file names, and a directory") {
    const auto hash_with = [&](const char* file, const char* text) {
      base::write_file_atomically(directory.path() / file, text);
      return plan().tasks[0].hash;
    };
    sweep.commands[0].words = {"check", "--library=cells.lib"};
    CHECK(hash_with("cells.lib", "a") != hash_with("cells.lib", "b"));
    sweep.commands[0].words = {"check", "net.toml"};
    hash_with("net.toml", "[[layer]]\nweights = \"w.npy\"\n");
    const std::string without = plan().tasks[0].hash;
    const std::string one = hash_with("w.npy", "1");
    CHECK(one != without);
    CHECK(hash_with("w.npy", "2") != one);
    sweep.commands[0].words = {"check", "--rtl", "rtl"};
    std::filesystem::create_directories(directory.path() / "rtl/inner");
    CHECK(hash_with("rtl/inner/a.v", "1") != hash_with("rtl/inner/a.v", "2"));
  }
  SECTION("a value that is the word for the specification is a file") {
    sweep.commands[0].words = {"check", "--liberty", "SPEC"};
    CHECK(plan().tasks[0].words ==
          std::vector<std::string>{"check", "SPEC", "--liberty", "./SPEC"});
  }
  SECTION("what is written otherwise is the same specification") {
    sweep.specification += "# a comment\n";
    CHECK(plan().tasks[0].hash == tasks.tasks[0].hash);
  }
}

TEST_CASE("words of a hash cannot run into each other") {
  CHECK(sweep::hash_of("s", {"a", "bc"}, {}, {}) != sweep::hash_of("s", {"ab", "c"}, {}, {}));
  CHECK(sweep::hash_of("s", {"a"}, {{"t", "1"}}, {}) !=
        sweep::hash_of("s", {"a"}, {{"t", "2"}}, {}));
  CHECK(sweep::hash_of("s", {"a"}, {{"t", "1"}}, {}) !=
        sweep::hash_of("s", {"a"}, {}, {{"t", "1"}}));
}

}  // namespace cimforge
