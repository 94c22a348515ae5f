// A regression with a runner that only pretends: verdicts, failures, results.
#include "flows/regression.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "flows/regression_report.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "tests/catch.h"
#include "tests/picture/xml.h"

using namespace cimforge;
using flows::Job;
using flows::JobResult;
using flows::Verdict;

namespace {

std::string after(const Job& job, const std::string& option) {
  const auto place = std::ranges::find(job.arguments, option);
  return place == job.arguments.end() || place + 1 == job.arguments.end() ? "" : *(place + 1);
}

/// Ends with the status that a function gives, and writes what verify would.
flows::JobRunner pretend(const std::function<int(const Job&)>& status_of) {
  return [status_of](const std::vector<Job>& jobs, const flows::OnResult& on_result) {
    // The last first: results come in any order.
    for (std::size_t i = jobs.size(); i-- > 0;) {
      const int status = status_of(jobs[i]);
      nlohmann::json json = {{"coverage",
                              {{"hit", 2},
                               {"total", 3},
                               {"missed", {after(jobs[i], "--seed") == "1" ? "first" : "second"}}}},
                             {"first_mismatch", nullptr}};
      if (status == 1) json["first_mismatch"] = {{"vector", 41}};
      base::write_file_atomically(after(jobs[i], "--json"), json.dump());
      JobResult result;
      result.started = true;
      result.process.exit_code = status;
      result.process.elapsed_seconds = 0.5;
      if (status == 1) result.process.stdout_text = "m: failed: 3 < 4 & \"so\" \x01\xff\n";
      if (status == 2) result.process.stderr_text = "spec.toml:1:1: error: wrong\n";
      if (status != 0) result.end = fmt::format("exit status {}", status);
      on_result(i, result);
    }
  };
}

class Lists {
 public:
  Lists() {
    for (const char* name : {"a.toml", "b.toml"}) {
      base::write_file_atomically(path(name), "name = \"m\"\nkind = \"digital\"\n");
    }
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return (directory_.path() / name).string();
  }
  [[nodiscard]] flows::RegressionList list(const std::string& tests) const {
    base::write_file_atomically(path("list.toml"), tests);
    return flows::load_regression_list(path("list.toml"));
  }

 private:
  base::TemporaryDirectory directory_{"cimforge-regress-test-"};
};

constexpr const char* two_specifications =
    "[[test]]\nname = \"t\"\nspecification = \"?.toml\"\nseeds = { count = 4 }\nvectors = 1000\n"
    "[[test]]\nname = \"p\"\ncommand = \"prove\"\nspecification = \"a.toml\"\n";

flows::RegressionOptions options_with(flows::JobRunner runner) {
  flows::RegressionOptions options;
  options.program = "cimforge";
  options.runner = std::move(runner);
  return options;
}

}  // namespace

TEST_CASE("each test runs once with each specification and seed, in the order of the list") {
  const Lists lists;
  std::size_t jobs = 0;
  std::size_t told = 0;
  auto options = options_with(pretend([&](const Job&) {
    ++jobs;
    return 0;
  }));
  options.on_run = [&](const flows::RegressionRun& run, std::size_t done, std::size_t total,
                       std::size_t failed) {
    CHECK(done == ++told);
    CHECK(total == 9);
    CHECK(failed == 0);
    CHECK(flows::log_line(run, done, total).starts_with(fmt::format("ok {}/9 ", done)));
  };
  const flows::RegressionResult result =
      flows::run_regression(lists.list(two_specifications), options);
  CHECK(jobs == 9);
  CHECK(told == 9);
  REQUIRE(result.runs.size() == 9);
  CHECK(result.is_complete);
  CHECK(result.failures.empty());
  CHECK(result.count(Verdict::passed) == 9);
  CHECK(flows::command_line(result.runs[6].command) ==
        fmt::format("cimforge verify {} --vectors 1000 --seed 3", lists.path("b.toml")));
  CHECK(flows::command_line(result.runs[8].command) == "cimforge prove " + lists.path("a.toml"));
  // No bin was missed by all seeds.
  REQUIRE(result.functional.size() == 2);
  CHECK(result.functional[1].runs == 4);
  CHECK(result.functional[1].missed.empty());
}

TEST_CASE("seeds-from moves ranges of seeds") {
  const Lists lists;
  auto options = options_with(pretend([](const Job&) { return 0; }));
  options.seeds_from = 100;
  const auto result = flows::run_regression(
      lists.list("[[test]]\nname = \"t\"\nspecification = \"a.toml\"\nseeds = { first = 5, count = "
                 "2 }\n[[test]]\nname = \"u\"\nspecification = \"a.toml\"\nseeds = [5]\n"),
      options);
  REQUIRE(result.runs.size() == 3);
  CHECK(result.runs[0].seed == 100U);
  CHECK(result.runs[1].seed == 101U);
  CHECK(result.runs[2].seed == 5U);
}

TEST_CASE("a filter selects, and one that selects nothing or is none is refused") {
  const Lists lists;
  auto options = options_with(pretend([](const Job&) { return 0; }));
  options.filter = "^t .*/b";
  CHECK(flows::run_regression(lists.list(two_specifications), options).runs.size() == 4);
  options.filter = "nothing";
  CHECK_THROWS_AS(flows::run_regression(lists.list(two_specifications), options), base::InputError);
  options.filter = "(";
  CHECK_THROWS_AS(flows::run_regression(lists.list(two_specifications), options), base::InputError);
}

TEST_CASE("a failure is made as small as it gets, and is written with its specification") {
  const Lists lists;
  // b.toml fails with the seeds 2 and 4 from 38 vectors on; a.toml is wrong input with seed 1.
  const auto status = [&](const Job& job) {
    const std::string seed = after(job, "--seed");
    if (job.arguments[1] != "verify") return 0;
    if (job.arguments[2] == lists.path("a.toml")) return seed == "1" ? 2 : 0;
    return (seed == "2" || seed == "4") && std::stoi(after(job, "--vectors")) >= 38 ? 1 : 0;
  };
  const flows::RegressionResult result =
      flows::run_regression(lists.list(two_specifications), options_with(pretend(status)));
  CHECK(result.is_complete);
  CHECK(result.count(Verdict::failed) == 2);
  CHECK(result.count(Verdict::error) == 1);
  REQUIRE(result.failures.size() == 2);
  const flows::RegressionFailure& wrong = result.failures[0];
  CHECK(result.runs[wrong.run].verdict == Verdict::error);
  CHECK_FALSE(wrong.vectors);
  const flows::RegressionFailure& failed = result.failures[1];
  CHECK(result.runs[failed.run].seed == 2U);
  CHECK(failed.vectors == 38U);
  CHECK(failed.is_monotone);
  CHECK(failed.first_mismatch == 41U);
  CHECK(flows::command_line(failed.command) == "cimforge verify spec.toml --vectors 38 --seed 2");
  CHECK(failed.files.at("spec.toml") == base::read_file(lists.path("b.toml")));
  CHECK_THAT(failed.files.at("repeat.sh"),
             Catch::Matchers::Contains("verify spec.toml --vectors 38 --seed 2\n"));

  const base::FileSet files = flows::regression_files(result);
  const auto json = nlohmann::json::parse(files.at("results.json"));
  CHECK(json.at("failed") == 2);
  CHECK(json.at("errors") == 1);
  CHECK(json.at("failures").at(1).at("vectors") == 38);
  CHECK(json.at("files").size() == files.size() - 1);
  const auto named = json.at("files").get<std::vector<std::string>>();
  for (const auto& [name, text] : files) {
    if (name == "results.json") continue;
    INFO(name);
    CHECK(std::ranges::count(named, name) == 1);
  }
  CHECK_THAT(files.at("summary.md"), Catch::Matchers::Contains("fails with --vectors 38"));
  CHECK_THAT(files.at("summary.md"), Catch::Matchers::Contains("sh failures/2-t-b/repeat.sh"));
}

TEST_CASE("a search that meets an error says what it does not know") {
  const Lists lists;
  const auto status = [&](const Job& job) {
    const int vectors = std::stoi(after(job, "--vectors"));
    return vectors == 1000 ? 1 : vectors < 8 ? 0 : 3;
  };
  const flows::RegressionResult result = flows::run_regression(
      lists.list("[[test]]\nname = \"t\"\nspecification = \"a.toml\"\nvectors = 1000\n"),
      options_with(pretend(status)));
  REQUIRE(result.failures.size() == 1);
  CHECK(result.failures[0].vectors == 1000U);
  CHECK_FALSE(result.failures[0].is_smallest);
  const std::string summary = flows::regression_files(result).at("summary.md");
  CHECK_THAT(summary, Catch::Matchers::Contains("is not known") &&
                          !Catch::Matchers::Contains("passes with"));
}

TEST_CASE("what is said of coverage goes where coverage is recorded") {
  const Lists lists;
  const auto status = [&](const Job& job) {
    const bool has_width = std::ranges::count(job.arguments, "--toggle-width") > 0;
    CHECK(has_width == (after(job, "--coverage") != ""));
    return std::stoi(after(job, "--vectors")) >= 5 ? 1 : 0;
  };
  const flows::RegressionResult result = flows::run_regression(
      lists.list("[[test]]\nname = \"t\"\nspecification = \"a.toml\"\nvectors = 20\n"
                 "coverage = true\noptions = [\"--toggle-width\", \"8\", \"--gates\"]\n"),
      options_with(pretend(status)));
  REQUIRE(result.failures.size() == 1);
  CHECK(result.failures[0].vectors == 5U);
  CHECK(flows::command_line(result.failures[0].command) ==
        "cimforge verify spec.toml --vectors 5 --seed 1 --gates");
}

TEST_CASE("the XML of a regression is what readers of JUnit expect") {
  const Lists lists;
  const auto status = [](const Job& job) {
    if (job.arguments[1] == "prove") return 3;
    return after(job, "--seed") == "2" ? 1 : 0;
  };
  const flows::RegressionResult result =
      flows::run_regression(lists.list(two_specifications), options_with(pretend(status)));
  const std::string text = flows::to_junit(result);
  const std::string declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  REQUIRE(text.starts_with(declaration));
  const picture::Element root = picture::parse_xml(text.substr(declaration.size()));
  CHECK(root.name == "testsuites");
  CHECK(root.at("tests") == "9");
  CHECK(root.at("failures") == "2");
  CHECK(root.at("errors") == "1");
  CHECK(root.at("time") == "4.500");
  REQUIRE(root.children.size() == 2);
  for (const picture::Element& suite : root.children) {
    CHECK(suite.name == "testsuite");
    CHECK(suite.at("tests") == std::to_string(suite.children.size()));
    CHECK(suite.at("failures") == std::to_string(suite.all("failure").size()));
    CHECK(suite.at("errors") == std::to_string(suite.all("error").size()));
    for (const picture::Element& each : suite.children) {
      CHECK(each.name == "testcase");
      CHECK(each.at("classname") == suite.at("name"));
      CHECK_FALSE(each.at("name").empty());
      CHECK(each.at("time") == "0.500");
      CHECK(each.children.size() <= 1);
    }
  }
  const auto failures = root.all("failure");
  REQUIRE(failures.size() == 2);
  CHECK_THAT(failures[0]->at("message"), Catch::Matchers::Contains("3 < 4 & \"so\""));
  CHECK_THAT(failures[0]->text, Catch::Matchers::Contains("cimforge verify"));
  CHECK_THAT(failures[0]->text, Catch::Matchers::Contains("??\n"));  // what is no character
}

TEST_CASE("an interrupt keeps what is finished") {
  const Lists lists;
  const flows::JobRunner runner = [](const std::vector<Job>& jobs,
                                     const flows::OnResult& on_result) {
    JobResult failed;
    failed.started = true;
    failed.process.exit_code = 1;
    failed.end = "exit status 1";
    on_result(2, failed);
    REQUIRE(jobs.size() == 9);
    throw base::CommandError(base::ExitStatus::interrupted, "interrupted");
  };
  const auto result = flows::run_regression(lists.list(two_specifications), options_with(runner));
  CHECK_FALSE(result.is_complete);
  REQUIRE(result.runs.size() == 1);
  CHECK(result.planned == 9);
  REQUIRE(result.failures.size() == 1);
  CHECK(result.runs[0].seed == 3U);
  CHECK_FALSE(result.failures[0].vectors);
  const auto json = nlohmann::json::parse(flows::regression_files(result).at("results.json"));
  CHECK(json.at("complete") == false);
}

TEST_CASE("the local runner runs each job once, tells how it ended and goes on after a failure") {
  std::vector<Job> jobs;
  for (int i = 0; i < 20; ++i) {
    jobs.push_back(
        {{"/bin/sh", "-c", fmt::format("echo {}; exit {}", i, i % 3)}, std::chrono::minutes(5)});
  }
  jobs.push_back({{"/no/such/program"}, std::chrono::minutes(5)});
  jobs.push_back({{"/bin/sleep", "1000"}, std::chrono::milliseconds(1)});
  std::vector<int> told(jobs.size());
  flows::local_runner(4)(jobs, [&](std::size_t index, const JobResult& result) {
    ++told[index];
    if (index < 20) {
      CHECK(result.process.stdout_text == fmt::format("{}\n", index));
      CHECK(result.process.exit_code == static_cast<int>(index % 3));
      CHECK(result.succeeded() == (index % 3 == 0));
    } else if (index == 20) {
      CHECK_FALSE(result.started);
      CHECK_FALSE(result.end.empty());
    } else {
      CHECK(result.process.timed_out);
      CHECK_THAT(result.end, Catch::Matchers::Contains("time limit"));
    }
  });
  CHECK(std::ranges::all_of(told, [](int count) { return count == 1; }));
}
