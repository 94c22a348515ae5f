// `cimforge explore` as a user runs it.
#include <filesystem>
#include <string>

#include "generator/base/file.h"
#include "tests/catch.h"
#include "tests/cli/command.h"
#include "tests/explore/goals.h"

namespace {

using namespace cimforge;
using namespace cimforge::tests;
namespace fs = std::filesystem;

constexpr const char* rows =
    "[[axis]]\nkey = \"array.rows\"\nvalues = [16, 64]\n"
    "[[axis]]\nkey = \"array.banks\"\nvalues = [1, 4]\n";
const std::string area_goal = std::string(goal_head) + "least = \"area\"\n";

}  // namespace

TEST_CASE("the sizing cases have systems, each with a specification that stands") {
  const Workspace work;
  std::size_t goals = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(CIMFORGE_EXAMPLES) / "goals")) {
    INFO(entry.path().string());
    const std::string output = work(entry.path().stem().string());
    const auto done = succeed({"explore", entry.path().string(), "-o", output});
    CHECK(done.stdout_text.find("on the front") != std::string::npos);
    const auto json = nlohmann::json::parse(base::read_file(fs::path(output) / "summary.json"));
    REQUIRE(json.at("front").size() >= 1);
    for (const auto& system : json.at("front")) {
      CHECK(system.at("throughput_gops").get<double>() >=
            json.at("throughput_gops").get<double>() * 0.999);
    }
    const std::string first = (fs::path(output) / "specs/001.toml").string();
    succeed({"check", first});
    ++goals;
  }
  CHECK(goals == 5);
}

TEST_CASE("an output is written whole, and over an earlier one alone") {
  const Workspace work;
  const std::string goal = work.write("g.toml", goal_text(rows, area_goal));
  succeed({"explore", goal, "-o", work("out")});
  const base::FileSet first = files_in(work.path("out"));
  CHECK(first.contains("summary.md"));
  CHECK(first.contains("front.csv"));
  CHECK(first.contains("specs/001.toml"));
  succeed({"explore", goal, "-o", work("out")});
  CHECK(files_in(work.path("out")) == first);
  // A smaller front is written over a larger one.
  const std::string two = work.write(
      "two.toml", goal_text(rows, std::string(goal_head) + "least = [\"area\", \"latency\"]\n"));
  succeed({"explore", two, "-o", work("front")});
  REQUIRE(files_in(work.path("front")).size() > first.size());
  succeed({"explore", goal, "-o", work("front")});
  CHECK(files_in(work.path("front")) == first);
  work.write("mine/thesis.txt", "text");
  refuse(2, {"explore", goal, "-o", work("mine")}, {"mine"});
  CHECK(files_in(work.path("mine")).size() == 1);
}

TEST_CASE("a goal that cannot be met or read ends with status 2 and says why") {
  const Workspace work;
  const std::string goal = work.write("g.toml", goal_text(rows, area_goal + "area_mm2 = 0.001\n"));
  refuse(2, {"explore", goal, "-o", work("out")}, {"no point meets the goal", "[area_mm2]"});
  CHECK_FALSE(fs::exists(work.path("out")));
  const std::string wrong = work.write("w.toml", goal_text(rows, area_goal + "speed = 3\n"));
  refuse(2, {"explore", wrong}, {"w.toml:5:1: error: unknown key 'speed' in [goal]"});
  refuse(2, {"explore", work("none.toml")}, {"none.toml"});
  // The name of a file need not be text.
  const std::string odd = work.write("odd\xff\n.toml", goal_text(rows, area_goal));
  succeed({"explore", odd, "-o", work("odd"), "--json", work("odd.json")});
}
