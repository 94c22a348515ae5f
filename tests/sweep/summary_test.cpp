#include "flows/sweep/summary.h"

#include <cmath>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "flows/process.h"
#include "generator/base/file.h"
#include "tests/catch.h"

namespace cimforge {
namespace {

namespace fs = std::filesystem;

/// Three points of one command; what they found.
struct Small {
  sweep::Sweep sweep;
  sweep::Tasks tasks;
  std::vector<sweep::Record> kept;
  std::vector<const sweep::Record*> records;

  Small() {
    sweep.name = "three";
    sweep.file = "three.toml";
    sweep.commands = {{"ppa", {"ppa"}, std::chrono::seconds(1)}};
    sweep.axes = {{{"array.rows"}, {{std::int64_t{1}}, {std::int64_t{2}}, {std::int64_t{3}}}}};
    sweep.objectives = {{"ppa.area", false}, {"ppa.speed * array.rows", true}};
    for (std::int64_t i = 0; i < 3; ++i) {
      sweep::Record record;
      record.hash = std::string(31, 'a') + std::to_string(i);
      record.command = "ppa";
      record.words = {"ppa", "SPEC", "--liberty", "it's.lib"};
      record.specification = "name = \"m\"\n";
      record.figures = {{"area", 10.0 - static_cast<double>(i)}, {"speed", 1.0}};
      kept.push_back(record);
      sweep::Task task;
      task.hash = record.hash;
      task.command = "ppa";
      tasks.tasks.push_back(task);
      sweep::PlannedPoint point;
      point.point = {static_cast<std::uint64_t>(i), {{"array.rows", i + 1}}};
      point.tasks = {static_cast<std::size_t>(i)};
      tasks.points.push_back(point);
    }
    for (const sweep::Record& record : kept) records.push_back(&record);
  }
};

}  // namespace

TEST_CASE("the best points are those that no other dominates: random points") {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    sweep::Sweep sweep;
    const std::size_t aims = 1 + random() % 4;
    for (std::size_t i = 0; i < aims; ++i) sweep.objectives.push_back({"x", random() % 2 == 0});
    std::vector<sweep::PointResult> points(random() % 40);
    for (sweep::PointResult& point : points) {
      point.state = random() % 8 == 0 ? sweep::PointState::failed : sweep::PointState::done;
      for (std::size_t i = 0; i < aims; ++i) {
        point.objectives.push_back(random() % 20 == 0 ? std::nullopt
                                                      : std::optional<double>(random() % 6));
      }
    }
    sweep::mark_best(sweep, points);
    const auto counts = [](const sweep::PointResult& point) {
      return point.state == sweep::PointState::done &&
             std::ranges::all_of(point.objectives,
                                 [](const auto& value) { return value.has_value(); });
    };
    for (const sweep::PointResult& mine : points) {
      bool dominated = !counts(mine);
      for (const sweep::PointResult& other : points) {
        if (dominated || !counts(other)) continue;
        bool as_good = true;
        bool better = false;
        for (std::size_t i = 0; i < aims; ++i) {
          const double sign = sweep.objectives[i].most ? -1.0 : 1.0;
          as_good = as_good && sign * *other.objectives[i] <= sign * *mine.objectives[i];
          better = better || sign * *other.objectives[i] < sign * *mine.objectives[i];
        }
        dominated = as_good && better;
      }
      CHECK(mine.is_best == !dominated);
    }
  }
}

TEST_CASE("figures have the names of their commands, and points a state") {
  Small small;
  small.kept[1].status = 1;
  small.records[2] = nullptr;
  sweep::PlannedPoint refused;
  refused.point = {3, {{"array.rows", std::int64_t{0}}}};
  refused.refusal = "rows must be positive";
  small.tasks.points.push_back(refused);
  const sweep::Summary summary = sweep::summarise(small.sweep, small.tasks, small.records);
  CHECK(summary.done == 1);
  CHECK(summary.failed == 1);
  CHECK(summary.missing == 1);
  CHECK(summary.refused == 1);
  CHECK(summary.points[0].figures.at("ppa.area") == sweep::Value(10.0));
  CHECK(summary.points[0].objectives == std::vector<std::optional<double>>{10.0, 1.0});
  CHECK(summary.points[0].is_best);
  CHECK_FALSE(summary.points[1].is_best);

  const auto json = sweep::to_json(small.sweep, small.tasks, small.records, summary);
  CHECK(json.at("points").size() == 4);
  CHECK(json.at("points")[1].at("runs")[0].at("end") == "exit status 1");
  CHECK(json.at("points")[2].at("runs")[0].at("end") == "missing");
  CHECK(json.at("points")[3].at("refusal") == "rows must be positive");
  const std::string csv = sweep::to_csv(small.sweep, summary);
  CHECK_THAT(csv,
             Catch::StartsWith("point,array.rows,state,best,ppa.area,ppa.speed * array.rows,"));
  CHECK(std::ranges::count(csv, '\n') == 5);
  const std::string text = sweep::to_markdown(small.sweep, small.tasks, small.records, summary);
  CHECK_THAT(text, Catch::Contains("4 points: 1 done, 1 failed, 1 no macro, 1 without a result"));
  CHECK_THAT(text, Catch::Contains("rows must be positive"));
}

TEST_CASE("a figure that is no number makes no point best, and one of no point is told") {
  Small small;
  small.kept[0].figures["area"] = std::nan("");
  small.kept[1].figures["area"] = -HUGE_VAL;
  small.sweep.objectives = {{"ppa.area", false}};
  const auto summarise = [&] { return sweep::summarise(small.sweep, small.tasks, small.records); };
  CHECK(summarise().points[0].objectives[0] == std::nullopt);
  CHECK(summarise().points[2].is_best);
  CHECK(summarise().points[1].is_best == false);
  CHECK(summarise().without_value.empty());
  small.sweep.objectives = {{"ppa.aera", false}};
  CHECK(summarise().without_value == std::vector<std::string>{"ppa.aera"});
  CHECK_THAT(sweep::to_markdown(small.sweep, small.tasks, small.records, summarise()),
             Catch::Contains("ppa.aera has a value at no point"));
  // A key of the specification that is no axis.
  small.sweep.specification = "[array]\ncolumns = 7\n";
  small.sweep.objectives = {{"array.columns * array.rows", true}};
  CHECK(summarise().points[2].objectives[0] == 21.0);
}

TEST_CASE("texts of an axis and of a tool are text in every file") {
  Small small;
  small.sweep.name = "a|b";
  small.kept[1].status = 1;
  small.kept[1].message = "caf\xe9";
  small.tasks.points[1].point.values["x"] = std::string("y\ntouch never\n|<b>");
  const base::TemporaryDirectory directory("cimforge-sweep-test-");
  const sweep::Store store(directory.path() / "out");
  small.sweep.file = directory.path() / "three.toml";
  for (const sweep::Record& record : small.kept) store.keep(record, "");
  CHECK(store.find(small.kept[1].hash, nullptr)->message == "caf\xef\xbf\xbd");
  sweep::write_summary(small.sweep, small.tasks, small.records,
                       sweep::summarise(small.sweep, small.tasks, small.records), store);
  const std::string script =
      base::read_file(store.directory() / "failures/ppa-aaaaaaaaaaaa/run.sh");
  CHECK(script.find("\ntouch") == std::string::npos);
  const std::string text = base::read_file(store.directory() / "summary.md");
  CHECK_THAT(text, Catch::StartsWith("# a\\|b\n") && Catch::Contains("touch never\\x0a\\|\\<b>"));
}

TEST_CASE("two sweeps in one directory leave each other's failures") {
  Small one;
  one.kept[0].status = 1;
  Small other;
  other.sweep.name = "other";
  for (sweep::Record& record : other.kept) record.hash[0] = 'b';
  other.kept[1].status = 1;
  const base::TemporaryDirectory directory("cimforge-sweep-test-");
  const sweep::Store store(directory.path() / "out");
  const auto write = [&](Small& small) {
    sweep::write_summary(small.sweep, small.tasks, small.records,
                         sweep::summarise(small.sweep, small.tasks, small.records), store);
  };
  write(one);
  write(other);
  write(one);
  CHECK(fs::exists(store.directory() / "failures/ppa-aaaaaaaaaaaa"));
  CHECK(fs::exists(store.directory() / "failures/ppa-baaaaaaaaaaa"));
  other.kept[1].status = 0;
  write(other);
  CHECK(fs::exists(store.directory() / "failures/ppa-aaaaaaaaaaaa"));
  CHECK_FALSE(fs::exists(store.directory() / "failures/ppa-baaaaaaaaaaa"));
}

TEST_CASE("a failure is written out ready to be run alone, and goes when it is mended") {
  Small small;
  small.kept[1].status = 1;
  small.kept[1].message = "a mismatch";
  const base::TemporaryDirectory directory("cimforge-sweep-test-");
  const sweep::Store store(directory.path() / "it's here");
  small.sweep.file = directory.path() / "three.toml";
  const auto write = [&] {
    sweep::write_summary(small.sweep, small.tasks, small.records,
                         sweep::summarise(small.sweep, small.tasks, small.records), store);
  };
  write();
  const fs::path failure = store.directory() / "failures/ppa-aaaaaaaaaaaa";
  CHECK(base::read_file(failure / "spec.toml") == "name = \"m\"\n");
  CHECK(base::read_file(failure / "output.txt") == "a mismatch\n");
  // It runs the command of the point, wherever it is called.
  const fs::path bin = directory.path() / "bin";
  fs::create_directory(bin);
  base::write_file_atomically(bin / "cimforge", "#!/bin/sh\npwd\nprintf '<%s>' \"$@\"\nexit 1\n");
  fs::permissions(bin / "cimforge", fs::perms::owner_all);
  flows::ProcessRequest request{{(failure / "run.sh").string()}, std::chrono::minutes(1)};
  request.working_directory = "/";
  request.environment = {{"PATH", bin.string() + ":/usr/bin:/bin"}};
  const flows::ProcessResult result = flows::run_process(request);
  CHECK(result.exit_code == 1);
  CHECK(result.stdout_text == fs::canonical(directory.path()).string() + "\n<ppa><" +
                                  (failure / "spec.toml").string() + "><--liberty><it's.lib>");
  small.kept[1].status = 0;
  write();
  CHECK_FALSE(fs::exists(failure));
  CHECK(fs::exists(store.directory() / "summary.json"));
}

}  // namespace cimforge
