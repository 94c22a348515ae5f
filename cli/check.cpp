#include "cli/commands.h"
#include "cli/options.h"
#include "generator/collateral/collateral.h"
#include "generator/plan/plan.h"
#include "generator/spec/parse.h"

#include <nlohmann/json.hpp>

namespace cimforge::cli {

void add_check(CLI::App& app, Action& action) {
  struct Options {
    std::string spec, json;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "check", "What the macro will be: widths, cycles, latency, cells, storage");
  add_spec(*command, options->spec);
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      require_writable(options->json);
      const plan::MacroPlan plan = plan::plan(spec::load(options->spec));
      give(collateral::check_text(plan), collateral::plan_json(plan), options->json);
      return base::ExitStatus::done;
    };
  });
}

}  // namespace cimforge::cli
