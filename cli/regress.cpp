#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/options.h"
#include "flows/interrupt.h"
#include "flows/progress.h"
#include "flows/regression.h"
#include "flows/regression_report.h"
#include "flows/tools.h"
#include "generator/base/exit_status.h"

namespace cimforge::cli {
void add_regress(CLI::App& app, Action& action) {
  struct Options {
    std::string list, output, json, filter;
    int jobs = default_jobs();
    std::optional<std::uint64_t> seeds_from;
    std::size_t reductions = 20;
    bool json_lines = false;
    bool no_coverage = false;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "regress", "Run a list of tests with seeds: JUnit XML, merged coverage, smallest failures");
  command->add_option("LIST", options->list, "Tests (TOML; docs/regress.md)")->required();
  command
      ->add_option("-o,--output", options->output,
                   "Directory of the results: new, empty or of an earlier regression")
      ->type_name("DIR")
      ->required();
  command->add_option("--jobs", options->jobs, "Tests at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command
      ->add_option("--seeds-from", options->seeds_from,
                   "First seed of every range in the list; lists of seeds stay")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 62U));
  command
      ->add_option("--filter", options->filter,
                   "Run the tests in whose `name specification` this regular expression is found")
      ->type_name("REGEX");
  command
      ->add_option("--reduce", options->reductions,
                   "Failures whose smallest number of vectors is sought, the first so many")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  command->add_flag("--no-coverage", options->no_coverage, "Record no code coverage: faster");
  command->add_flag("--json-lines", options->json_lines,
                    "Print one JSON object for each run on standard output, and the summary on "
                    "standard error");
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      flows::RegressionList list = flows::load_regression_list(options->list);
      require_output(options->output, flows::regression_manifest);
      require_writable(options->json);
      bool needs_verilator = false;
      for (flows::RegressionTest& test : list.tests) {
        if (options->no_coverage) test.coverage = false;
        needs_verilator = needs_verilator || test.command == "verify";
      }
      // Told once, and not as the failure of every test.
      if (needs_verilator) {
        flows::find_tool(flows::ToolId::verilator);
        flows::find_cxx_compiler();
      }

      flows::Progress progress("regress", "runs");
      flows::RegressionOptions regression;
      regression.program = this_program();
      regression.jobs = options->jobs;
      regression.runner = flows::local_runner(options->jobs);
      regression.filter = options->filter;
      regression.seeds_from = options->seeds_from;
      regression.reductions = options->reductions;
      regression.on_run = [&](const flows::RegressionRun& run, std::size_t done, std::size_t total,
                              std::size_t failed) {
        if (options->json_lines) {
          fmt::print("{}\n", json_text(flows::to_json(run)));
          std::fflush(stdout);
        }
        if (!progress.is_terminal()) {
          fmt::print(stderr, "{}\n", flows::log_line(run, done, total));
          return;
        }
        if (run.verdict != flows::Verdict::passed) {
          progress.clear();
          fmt::print(stderr, "{}\n", flows::log_line(run, done, total));
        }
        progress.update(done, total, failed);
      };
      const flows::RegressionResult result = flows::run_regression(list, regression);
      progress.clear();

      const base::FileSet files = flows::regression_files(result);
      base::write_directory_atomically(options->output, files, flows::regression_manifest);
      if (!options->json.empty()) {
        base::write_file_atomically(options->json, files.at(flows::regression_manifest));
      }
      fmt::print(options->json_lines ? stderr : stdout, "{}\nresults in {}\n",
                 flows::to_text(result), options->output);
      if (!result.is_complete) return base::ExitStatus::interrupted;
      return result.count(flows::Verdict::passed) == result.runs.size()
                 ? base::ExitStatus::done
                 : base::ExitStatus::check_failed;
    };
  });
}

}  // namespace cimforge::cli
