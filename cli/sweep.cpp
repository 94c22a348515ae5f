#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/options.h"
#include "flows/interrupt.h"
#include "flows/progress.h"
#include "flows/sweep/cluster.h"
#include "flows/sweep/command.h"
#include "flows/sweep/engine.h"
#include "generator/base/file.h"
#include "generator/base/quote.h"

namespace cimforge::cli {
namespace {

namespace fs = std::filesystem;

/// `3/16`: part 3, counted from 0, of 16.
sweep::Part part_named(const std::string& text) {
  sweep::Part part;
  char rest = 0;
  unsigned long long index = 0;
  unsigned long long count = 0;
  if (std::sscanf(text.c_str(), "%llu/%llu%c", &index, &count, &rest) != 2 || index >= count) {
    throw base::InputError("--part is I/N, the I-th of N parts, counted from 0; got " + text);
  }
  part.index = index;
  part.count = count;
  return part;
}

std::string end_text(const sweep::Record& record) {
  if (record.timed_out) return "time limit";
  if (record.signal != 0) return fmt::format("signal {}", record.signal);
  return record.status == 0 ? "ok" : fmt::format("status {}", record.status);
}

/// A bar on a terminal, a line a task in a log, JSON lines for programs.
class Reporter {
 public:
  Reporter(const sweep::Run& run, std::size_t total, bool json_lines)
      : run_(run), total_(total), json_lines_(json_lines), bar_("sweep", "runs") {}

  void operator()(const sweep::TaskEnd& end) {
    ++done_;
    if (!end.record.succeeded()) ++failed_;
    const sweep::Task& task = run_.tasks().tasks[end.task];
    if (json_lines_) {
      const nlohmann::ordered_json line = {{"done", done_},
                                           {"total", total_},
                                           {"command", task.command},
                                           {"hash", task.hash},
                                           {"end", end_text(end.record)},
                                           {"seconds", end.record.seconds},
                                           {"kept", end.was_kept}};
      fmt::print("{}\n", json_text(line));
      std::fflush(stdout);
    } else if (::isatty(STDERR_FILENO) != 0) {
      bar_.update(done_, total_, failed_);
    } else {
      fmt::print(stderr, "{}/{} {} {} {:.1f} s {}\n", done_, total_, task.command,
                 task.hash.substr(0, 12), end.record.seconds, end_text(end.record));
    }
  }
  void clear() { bar_.clear(); }

 private:
  const sweep::Run& run_;
  std::size_t total_;
  bool json_lines_;
  std::size_t done_ = 0;
  std::size_t failed_ = 0;
  flows::Progress bar_;
};

std::string summary_text(const sweep::Run& run, const sweep::Summary& summary, std::size_t kept) {
  std::size_t best = 0;
  for (const sweep::PointResult& point : summary.points) best += point.is_best ? 1 : 0;
  std::string text = fmt::format(
      "{}: {} points: {} done, {} failed, {} no macro, {} without a result\n"
      "  {} runs of commands, {} of them were there\n",
      summary.name, summary.points.size(), summary.done, summary.failed, summary.refused,
      summary.missing, run.tasks().tasks.size(), kept);
  if (run.screened()) {
    text += fmt::format("  the best of {} points by estimates; {} could not be estimated\n",
                        run.screened()->looked, run.screened()->not_estimated);
  }
  if (!run.sweep().objectives.empty()) text += fmt::format("  {} best points\n", best);
  for (const std::string& figure : summary.without_value) {
    text += fmt::format("  {} has a value at no point\n", base::in_quotes(figure));
  }
  const fs::path directory = run.store().directory();
  if (run.failures() > 0) {
    text += fmt::format("  failures, each ready to be run alone, in {}\n",
                        (directory / "failures").string());
  }
  text += fmt::format("  {}", (directory / "summary.md").string());
  return text;
}

}  // namespace

void add_sweep(CLI::App& app, Action& action) {
  struct Options {
    std::string file, directory, json, part, engine = "local", sbatch;
    int jobs = default_jobs();
    double memory = 0.0;
    std::size_t tasks_per_part = 16;
    bool estimate = false;
    bool reduce = false;
    bool retry = false;
    bool no_wait = false;
    bool json_lines = false;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "sweep",
      "A space of specifications, a list of commands for each, kept results (docs/sweep.md)");
  command->add_option("SWEEP", options->file, "Sweep (TOML)")->required();
  command
      ->add_option("-o,--output", options->directory,
                   "Directory of results; default the sweep's name with .sweep")
      ->type_name("DIR");
  command
      ->add_option(
          "--engine", options->engine,
          "local: processes here; slurm: a job array; export: scripts for other schedulers")
      ->check(CLI::IsMember({"local", "slurm", "export"}))
      ->capture_default_str();
  command->add_option("--jobs", options->jobs, "Processes at once, of a part too")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command
      ->add_option("--memory", options->memory,
                   "GiB that all processes may take; default four fifths of what is free")
      ->check(CLI::Range(0.1, 1e6));
  command->add_option("--tasks-per-part", options->tasks_per_part, "slurm, export: runs of a part")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--sbatch", options->sbatch, "slurm: further options of sbatch, in one text")
      ->type_name("WORDS");
  command->add_flag("--no-wait", options->no_wait, "slurm: submit and go");
  command->add_flag("--estimate", options->estimate,
                    "Estimate every point and run only those that no other is better than");
  command->add_option("--part", options->part, "Run this part alone, I/N counted from 0")
      ->type_name("I/N");
  command->add_flag("--reduce", options->reduce, "Run nothing; sum up what is there");
  command->add_flag("--retry-failed", options->retry,
                    "Runs that ended by a tool's failure, a signal or the time limit once more");
  command->add_flag("--json-lines", options->json_lines,
                    "A line of JSON on standard output for each run that ends");
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      require_writable(options->json);
      const fs::path file = options->file;
      const fs::path directory = options->directory.empty()
                                     ? fs::path(file.stem().string() + ".sweep")
                                     : fs::path(options->directory);
      const fs::path program = this_program();
      const std::optional<sweep::Part> part =
          options->part.empty() ? std::nullopt : std::optional(part_named(options->part));
      sweep::Run run(file, directory, program, options->estimate);
      for (const std::string& broken : run.look(options->retry)) {
        fmt::print(stderr, "cimforge: {}: cut short; it is made again\n", broken);
      }
      const std::vector<std::size_t> missing = run.missing(part.value_or(sweep::Part{}));
      const std::size_t kept = run.tasks().tasks.size() - run.missing().size();

      sweep::ClusterOptions cluster;
      cluster.program = program;
      cluster.file = file;
      cluster.tasks_per_part = options->tasks_per_part;
      cluster.jobs = options->jobs;
      if (!options->sbatch.empty()) cluster.words = sweep::split_words(options->sbatch);
      cluster.waits = !options->no_wait;

      if (options->engine == "export") {
        const sweep::Scripts scripts = sweep::write_scripts(run, cluster);
        give(sweep::how_to_run(scripts),
             {{"parts", scripts.parts},
              {"part", scripts.part.string()},
              {"reduce", scripts.reduce.string()}},
             options->json);
        return base::ExitStatus::done;
      }
      if (!options->reduce && options->engine == "slurm") {
        flows::Progress bar("sweep", "runs");
        const std::vector<std::string> jobs = sweep::run_slurm(run, cluster, [&](std::size_t left) {
          bar.update(missing.size() - left, missing.size(), run.failures());
        });
        bar.clear();
        if (options->no_wait && !jobs.empty()) {
          give(fmt::format("jobs {} and {}; the same command waits for them and sums up",
                           jobs.front(), jobs.back()),
               {{"jobs", jobs}}, options->json);
          return base::ExitStatus::done;
        }
      } else if (!options->reduce) {
        Reporter report(run, missing.size(), options->json_lines);
        sweep::PoolOptions pool;
        pool.program = program;
        pool.directory = fs::absolute(file).parent_path();
        pool.jobs = options->jobs;
        pool.memory_kib = static_cast<std::int64_t>(options->memory * 1024.0 * 1024.0);
        sweep::run_tasks(run.tasks(), missing, run.store(), pool, [&](const sweep::TaskEnd& end) {
          run.take(end);
          report(end);
        });
        report.clear();
      }
      if (part) {
        return run.failures() > 0 ? base::ExitStatus::check_failed : base::ExitStatus::done;
      }
      const sweep::Summary summary = run.finish();
      nlohmann::ordered_json counts = {{"sweep", summary.name},
                                       {"points", summary.points.size()},
                                       {"done", summary.done},
                                       {"failed", summary.failed},
                                       {"refused", summary.refused},
                                       {"missing", summary.missing},
                                       {"runs", run.tasks().tasks.size()},
                                       {"kept", kept},
                                       {"directory", directory.string()}};
      if (run.screened()) {
        counts["screened"] = {{"points", run.screened()->looked},
                              {"not_estimated", run.screened()->not_estimated}};
      }
      const std::string text = summary_text(run, summary, kept);
      if (options->json_lines) {
        if (!options->json.empty())
          base::write_file_atomically(options->json, json_text(counts, 2) + "\n");
        fmt::print("{}\n", json_text(counts));
      } else {
        give(text, counts, options->json);
      }
      const bool fails = summary.failed > 0 || summary.missing > 0 ||
                         (summary.refused > 0 && !run.sweep().skips_invalid);
      return fails ? base::ExitStatus::check_failed : base::ExitStatus::done;
    };
  });
}

}  // namespace cimforge::cli
