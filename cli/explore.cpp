#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/options.h"
#include "flows/explore/search.h"
#include "flows/explore/summary.h"
#include "flows/interrupt.h"
#include "flows/progress.h"
#include "generator/base/exit_status.h"

namespace cimforge::cli {

void add_explore(CLI::App& app, Action& action) {
  struct Options {
    std::string file, output, library, json;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "explore",
      "Systems of macros for a goal of storage and throughput, and why the rest lost "
      "(docs/explore.md)");
  command->add_option("GOAL", options->file, "Goal (TOML)")->required();
  command
      ->add_option("-o,--output", options->output,
                   "Directory for the summary and a specification for each system of the front")
      ->type_name("DIR");
  command
      ->add_option("--library", options->library,
                   "Model of a library, of `cimforge calibrate-library`. Default: OSU 0.18 um")
      ->type_name("FILE");
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      require_writable(options->json);
      if (!options->output.empty()) require_output(options->output, "summary.json");
      const explore::Goal goal = explore::load(options->file);
      const estimate::Library library =
          options->library.empty() ? estimate::osu018() : estimate::load_library(options->library);
      flows::Progress progress("explore", "points");
      const explore::Result result =
          explore::search(goal, library, [&](std::uint64_t done, std::uint64_t total) {
            flows::throw_if_interrupted();
            progress.update(static_cast<std::size_t>(done), static_cast<std::size_t>(total));
          });
      progress.clear();
      if (!options->output.empty()) {
        const explore::Judge judge(goal, library);
        std::vector<spec::MacroSpec> specifications;
        for (const explore::Found& found : result.front) {
          specifications.push_back(judge.specification(found.choice));
        }
        explore::write_output(options->output, goal, result, specifications);
      }
      std::string text = explore::to_text(goal, result);
      if (!options->output.empty()) text += fmt::format("\n{}/summary.md", options->output);
      give(text, explore::to_json(goal, result), options->json);
      return base::ExitStatus::done;
    };
  });
}

}  // namespace cimforge::cli
