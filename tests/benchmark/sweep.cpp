// What a sweep costs beside its commands: the local engine against the same processes one after the
// other, and 10,000 kept results read again.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

#include "flows/process.h"
#include "flows/sweep/engine.h"
#include "flows/sweep/pool.h"
#include "generator/base/file.h"

using namespace cimforge;  // NOLINT
namespace fs = std::filesystem;

namespace {

double seconds(const std::chrono::steady_clock::time_point& since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

constexpr const char* text =
    "[[axis]]\nkey = \"array.rows\"\nrange = { first = 1, last = 100 }\n"
    "[[axis]]\nkey = \"array.columns\"\nrange = { first = 1, last = LAST }\n"
    "[[command]]\nrun = \"check\"\n[[objective]]\nleast = \"check.full_adders_per_column\"\n"
    "[specification]\nname = \"m\"\nkind = \"digital\"\n"
    "[specification.array]\nrows = 1\ncolumns = 1\n"
    "[specification.operands]\ninput = \"int4\"\nweight = \"int4\"\n";

std::string sweep_to(int columns) {
  std::string result = text;
  result.replace(result.find("LAST"), 4, std::to_string(columns));
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const fs::path program = argv[1];
  const base::TemporaryDirectory directory("cimforge-bench-sweep-");
  {
    // In turn, so that both meet the same machine.
    const fs::path file = directory.path() / "small.toml";
    base::write_file_atomically(file, sweep_to(2));
    const sweep::Run run(file, directory.path() / "small", program);
    const std::size_t count = run.tasks().tasks.size();
    const fs::path spec = directory.path() / "spec.toml";
    const fs::path json = directory.path() / "result.json";
    double alone = 0.0;
    double engine = 0.0;
    sweep::PoolOptions options{program, directory.path(), 1, 0};
    for (std::size_t first = 0; first < count; first += 20) {
      auto start = std::chrono::steady_clock::now();
      std::vector<std::size_t> chosen;
      for (std::size_t i = first; i < std::min(first + 20, count); ++i) {
        chosen.push_back(i);
        base::write_file_atomically(spec,
                                    run.tasks().specifications[run.tasks().tasks[i].specification]);
        static_cast<void>(
            flows::run_process({{program.string(), "check", spec.string(), "--json", json.string()},
                                std::chrono::minutes(1)}));
      }
      alone += seconds(start);
      start = std::chrono::steady_clock::now();
      sweep::run_tasks(run.tasks(), chosen, run.store(), options, [](const auto&) {});
      engine += seconds(start);
    }
    const auto each = [&](double total) { return total / static_cast<double>(count) * 1e3; };
    fmt::print("{} runs of check: {:.2f} ms alone, {:.2f} ms in the engine: {:.2f} ms more\n",
               count, each(alone), each(engine), each(engine - alone));
  }
  const fs::path file = directory.path() / "large.toml";
  base::write_file_atomically(file, sweep_to(100));
  {
    sweep::Run run(file, directory.path() / "large", program);
    sweep::Record record;
    record.command = "check";
    record.words = {"check", "SPEC"};
    for (int i = 0; i < 60; ++i) record.figures[fmt::format("figure.number{}", i)] = 1.5 * i;
    record.figures["full_adders_per_column"] = 7.0;
    for (const sweep::Task& task : run.tasks().tasks) {
      record.hash = task.hash;
      record.specification = run.tasks().specifications[task.specification];
      run.store().keep(record, "{}");
    }
  }
  const auto start = std::chrono::steady_clock::now();
  sweep::Run run(file, directory.path() / "large", program);
  const double planned = seconds(start);
  static_cast<void>(run.look(false));
  const double read = seconds(start);
  const sweep::Summary summary = run.finish();
  fmt::print(
      "{} points read again in {:.2f} s (planned {:.2f} s, records {:.2f} s), summed up and "
      "written in {:.2f} s more\n",
      summary.done, read, planned, read - planned, seconds(start) - read);
  return 0;
}
