#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/options.h"
#include "flows/interrupt.h"
#include "flows/library_calibration.h"
#include "flows/progress.h"
#include "flows/tools.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"

namespace cimforge::cli {

void add_calibrate_library(CLI::App& app, Action& action) {
  struct Options {
    std::string liberty, output, results, points, compare, json;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "calibrate-library",
      "Fit the model that `check --estimate` uses to runs of Yosys and OpenSTA (docs/estimate.md)");
  command->add_option("LIB", options->liberty, "Liberty file. Default: OSU 0.18 um");
  command->add_option("-o,--output", options->output, "Write the model to FILE")->type_name("FILE");
  command
      ->add_option("--results", options->results,
                   "Keep the result of each run in DIR; what is there is not run again")
      ->type_name("DIR");
  command
      ->add_option("--points", options->points,
                   "Specifications to run, as a list in FILE. Default: the list of the program")
      ->type_name("FILE");
  command
      ->add_option("--compare", options->compare,
                   "Fit nothing: compare the model in FILE with the runs (\"osu018\": the one of "
                   "the program)")
      ->type_name("FILE");
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      require_writable(options->output);
      require_writable(options->json);
      const auto points =
          options->points.empty()
              ? flows::calibration_points()
              : flows::parse_points(base::read_file(options->points), options->points);
      flows::LibraryRuns runs;
      runs.liberty = options->liberty.empty() ? flows::default_liberty()
                                              : std::filesystem::path(options->liberty);
      runs.results = options->results;
      runs.interrupt = flows::throw_if_interrupted;
      estimate::Library library = flows::describe_library(runs.liberty);
      if (!options->compare.empty()) {
        const std::string hash = library.liberty_sha256;
        library = options->compare == "osu018" ? estimate::osu018()
                                               : estimate::load_library(options->compare);
        if (library.liberty_sha256 != hash) {
          throw base::InputError(fmt::format("{}: is the model of another library ({})",
                                             options->compare, library.name));
        }
      }
      flows::Progress progress("calibrate-library", "runs");
      runs.progress = [&](std::size_t done, std::size_t all) { progress.update(done, all); };
      const auto observations = flows::measure_points(points, runs);
      progress.clear();
      if (options->compare.empty()) {
        library.command = "cimforge calibrate-library " + runs.liberty.filename().string();
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
