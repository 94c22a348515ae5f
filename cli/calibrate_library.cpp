#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <vector>

#include "cli/commands.h"
#include "cli/options.h"
#include "flows/library_calibration.h"
#include "flows/progress.h"
#include "flows/sweep/pool.h"
#include "flows/tools.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"

namespace cimforge::cli {
namespace {

/// Runs `cimforge ppa` on each specification.
std::vector<flows::Observation> measure(const std::vector<spec::MacroSpec>& points,
                                        const std::filesystem::path& liberty,
                                        const std::string& results, int jobs, bool power) {
  std::optional<base::TemporaryDirectory> own;
  if (results.empty()) own.emplace("cimforge-calibrate-library-");
  const sweep::Store store(own ? own->path() / "results" : std::filesystem::path(results));
  sweep::PoolOptions pool;
  pool.program = this_program();
  pool.directory = std::filesystem::current_path();
  pool.jobs = jobs;
  sweep::Command command{"ppa",
                         {"ppa", "--liberty", std::filesystem::absolute(liberty).string()},
                         std::chrono::hours(2)};
  if (!power) command.words.emplace_back("--no-power");
  const sweep::Tasks tasks = sweep::plan_tasks(points, command, pool.directory, pool.program);
  std::vector<std::size_t> all(tasks.tasks.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  flows::Progress progress("calibrate-library", "runs");
  std::size_t done = 0;
  sweep::run_tasks(tasks, all, store, pool, [&](const sweep::TaskEnd& end) {
    progress.update(++done, all.size());
    if (end.record.succeeded()) return;
    store.forget(end.record.hash);  // nothing is fitted without it
    throw base::ToolError("ppa: " + end.record.message + "\n" + end.record.specification);
  });
  progress.clear();
  std::vector<flows::Observation> observations;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::string& hash = tasks.tasks[tasks.points[i].tasks.front()].hash;
    try {
      observations.push_back(flows::observe(points[i], nlohmann::json::parse(store.result(hash))));
    } catch (const nlohmann::json::exception&) {
      throw base::InputError(fmt::format("{}: the result {} was cut short; remove it",
                                         store.directory().string(), hash));
    }
  }
  return observations;
}

}  // namespace

void add_calibrate_library(CLI::App& app, Action& action) {
  struct Options {
    std::string liberty, output, results, points, compare, json;
    int jobs = default_jobs();
    bool no_power = false;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "calibrate-library",
      "Fit the model that `check --estimate` uses to runs of Yosys and OpenSTA (docs/estimate.md)");
  command->add_option("LIB", options->liberty, "Liberty file. Default: OSU 0.18 um");
  command->add_option("-o,--output", options->output, "Write the model to FILE")->type_name("FILE");
  command
      ->add_option("--results", options->results,
                   "Keep the result of each run in DIR, as a sweep does; what is there is not run "
                   "again")
      ->type_name("DIR");
  command->add_option("--jobs", options->jobs, "Runs at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command
      ->add_option("--points", options->points,
                   "Specifications to run, as a list in FILE. Default: the list of the program")
      ->type_name("FILE");
  command
      ->add_option("--compare", options->compare,
                   "Fit nothing: compare the model in FILE with the runs (\"osu018\": the one of "
                   "the program)")
      ->type_name("FILE");
  command->add_flag("--no-power", options->no_power,
                    "No simulation of the mapped netlists; the model has no energies then");
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      require_writable(options->output);
      require_writable(options->json);
      const auto points =
          options->points.empty()
              ? flows::calibration_points()
              : flows::parse_points(base::read_file(options->points), options->points);
      const std::filesystem::path liberty = options->liberty.empty()
                                                ? flows::default_liberty()
                                                : std::filesystem::path(options->liberty);
      estimate::Library library = flows::describe_library(liberty);
      if (!options->compare.empty()) {
        const std::string hash = library.liberty_sha256;
        library = options->compare == "osu018" ? estimate::osu018()
                                               : estimate::load_library(options->compare);
        if (library.liberty_sha256 != hash) {
          throw base::InputError(fmt::format("{}: is the model of another library ({})",
                                             options->compare, library.name));
        }
      }
      const auto observations =
          measure(points, liberty, options->results, options->jobs, !options->no_power);
      if (options->compare.empty()) {
        library.command = "cimforge calibrate-library " + liberty.filename().string();
        flows::fit(library, observations);
        if (!options->output.empty()) {
          base::write_file_atomically(options->output, estimate::to_json(library).dump(2) + "\n");
        }
      }
      const auto errors = flows::compare(library, observations);
      nlohmann::ordered_json json = flows::to_json(errors);
      json["model"] = estimate::to_json(library);
      give(flows::to_text(errors), json, options->json);
      return base::ExitStatus::done;
    };
  });
}

}  // namespace cimforge::cli
