#include "flows/sweep/pool.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <mutex>
#include <numeric>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "flows/interrupt.h"
#include "flows/process.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "tests/catch.h"

namespace cimforge {
namespace {

namespace fs = std::filesystem;

/// A program in the place of cimforge, which notes each run in a file, and tasks for it.
struct Bench {
  base::TemporaryDirectory directory{"cimforge-sweep-test-"};
  fs::path program = directory.path() / "program";
  sweep::Tasks tasks;

  /// `script` runs with the words of a task: $1 the command, $2 the specification, $3 its number.
  explicit Bench(std::size_t count, const std::string& script = "") {
    base::write_file_atomically(program, "#!/bin/sh\necho \"$3\" >> " +
                                             (directory.path() / "runs").string() + "\n" +
                                             "for last; do :; done\n" + script +
                                             "\nprintf '{\"number\": %d}' \"$3\" > \"$last\"\n");
    fs::permissions(program, fs::perms::owner_all);
    tasks.specifications = {"name = \"m\"\n"};
    for (std::size_t i = 0; i < count; ++i) {
      sweep::Task task;
      task.command = "verify";
      task.words = {"verify", "SPEC", std::to_string(i)};
      task.hash = sweep::hash_of("", task.words, {}, {});
      task.time_limit = std::chrono::seconds(200);
      tasks.tasks.push_back(task);
    }
  }

  [[nodiscard]] std::vector<std::size_t> all() const {
    std::vector<std::size_t> indices(tasks.tasks.size());
    std::iota(indices.begin(), indices.end(), std::size_t{0});
    return indices;
  }

  [[nodiscard]] fs::path results() const { return directory.path() / "results"; }

  /// Runs what has no result; what ended, by task.
  std::vector<sweep::TaskEnd> run(int jobs) const {
    const sweep::Store store(results());
    std::vector<std::size_t> missing;
    for (const std::size_t i : all()) {
      if (!store.find(tasks.tasks[i].hash, nullptr)) missing.push_back(i);
    }
    std::vector<sweep::TaskEnd> ends;
    sweep::PoolOptions options{program, directory.path(), jobs, 0};
    sweep::run_tasks(tasks, missing, store, options,
                     [&](const sweep::TaskEnd& end) { ends.push_back(end); });
    std::ranges::sort(ends, {}, &sweep::TaskEnd::task);
    return ends;
  }

  /// How often the program ran.
  [[nodiscard]] std::size_t runs() const {
    std::error_code error;
    if (!fs::exists(directory.path() / "runs", error)) return 0;
    const std::string text = base::read_file(directory.path() / "runs");
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
  }
};

}  // namespace

TEST_CASE("every task runs once, and a second run repeats nothing") {
  const Bench bench(25);
  const auto ends = bench.run(4);
  REQUIRE(ends.size() == 25);
  for (std::size_t i = 0; i < ends.size(); ++i) {
    CHECK(ends[i].task == i);
    CHECK_FALSE(ends[i].was_kept);
    CHECK(ends[i].record.succeeded());
    CHECK(ends[i].record.figures.at("number") == sweep::Value(static_cast<std::int64_t>(i)));
  }
  CHECK(bench.runs() == 25);
  CHECK(bench.run(4).empty());
  CHECK(bench.runs() == 25);
}

TEST_CASE("two sweeps in one directory share the work") {
  const Bench bench(40);
  std::vector<sweep::TaskEnd> other;
  std::thread thread([&] { other = bench.run(2); });
  const std::vector<sweep::TaskEnd> ends = bench.run(2);
  thread.join();
  CHECK(bench.runs() == 40);
  // What the first had finished before the second looked is not of the second at all.
  CHECK(std::max(ends.size(), other.size()) == 40);
  for (const std::vector<sweep::TaskEnd>* each : {&ends, &std::as_const(other)}) {
    for (const sweep::TaskEnd& end : *each) CHECK(end.record.succeeded());
  }
}

TEST_CASE("failures are results, and the sweep goes on") {
  const Bench bench(9,
                    "case $3 in\n"
                    "1) echo \"$2: wrong\" >&2; exit 1;;\n"
                    "2) echo 'a tool is missing' >&2; exit 3;;\n"
                    "3) kill -TERM $$;;\n"
                    "4) printf '{\"number\": ' > \"$last\"; exit 1;;\n"
                    "esac");
  const auto ends = bench.run(3);
  REQUIRE(ends.size() == 9);
  CHECK(ends[0].record.succeeded());
  CHECK(ends[1].record.status == 1);
  CHECK(ends[1].record.is_final());
  CHECK(ends[1].record.message == "spec.toml: wrong");  // not where it was by chance
  CHECK(ends[2].record.status == 3);
  CHECK_FALSE(ends[2].record.is_final());
  CHECK(ends[3].record.signal == SIGTERM);
  CHECK_FALSE(ends[3].record.is_final());
  CHECK(ends[4].record.figures.empty());
  CHECK(ends[8].record.succeeded());
  CHECK(bench.runs() == 9);
}

TEST_CASE("what the kernel killed runs once more, alone") {
  const Bench bench(6, "if [ $3 = 2 ]; then if mkdir once 2>/dev/null; then kill -KILL $$; fi; fi");
  const auto ends = bench.run(3);
  REQUIRE(ends.size() == 6);
  for (const sweep::TaskEnd& end : ends) CHECK(end.record.succeeded());
  CHECK(bench.runs() == 7);
}

TEST_CASE("a task ends at its time limit") {
  Bench bench(2, "if [ $3 = 1 ]; then sleep 1000; fi");
  bench.tasks.tasks[1].time_limit = std::chrono::seconds(1);
  const auto ends = bench.run(2);
  REQUIRE(ends.size() == 2);
  CHECK(ends[0].record.succeeded());
  CHECK(ends[1].record.timed_out);
  CHECK_THAT(ends[1].record.message, Catch::Contains("time limit of 1 s"));
}

TEST_CASE("an interrupt ends the pool, keeps what has ended, and a later run has the rest") {
  Bench bench(12, "if [ $3 = 5 ] && mkdir once 2>/dev/null; then sleep 1000; fi");
  flows::clear_interrupt();
  std::thread other([&] {
    while (!fs::exists(bench.directory.path() / "once")) std::this_thread::yield();
    flows::request_interrupt();
  });
  try {
    bench.run(1);
    FAIL("it was not interrupted");
  } catch (const base::CommandError& error) {
    CHECK(error.status() == base::ExitStatus::interrupted);
  }
  other.join();
  flows::clear_interrupt();
  CHECK(bench.runs() == 6);
  const auto ends = bench.run(2);
  CHECK(ends.size() == 7);
  CHECK(bench.runs() == 13);
}

TEST_CASE("memory lets as many start as fit, and one always") {
  sweep::MemoryBudget budget(3 * 1024 * 1024);
  const auto gibibyte = std::int64_t{1024} * 1024;
  CHECK(budget.start("ppa"));
  budget.end("ppa", 2 * gibibyte);
  CHECK(budget.start("ppa"));        // 2 of 3 GiB
  CHECK_FALSE(budget.start("ppa"));  // 2 more do not fit
  CHECK(budget.start("check"));      // a guess of half a GiB does
  CHECK_FALSE(budget.start_alone());
  budget.end("ppa", 5 * gibibyte);
  CHECK_FALSE(budget.start("ppa"));  // 5 GiB beside `check`
  budget.end("check", std::nullopt);
  CHECK(budget.start("ppa"));  // alone, though it may need more than there is
  budget.end("ppa", gibibyte);
  CHECK(budget.start_alone());
  CHECK_FALSE(budget.start("check"));
  budget.end("check", std::nullopt);
  CHECK(budget.start("check"));
  CHECK(sweep::available_memory_kib() > 0);
}

}  // namespace cimforge
