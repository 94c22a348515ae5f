#include "flows/prove.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/options.h"
#include "generator/spec/parse.h"

namespace cimforge::cli {

void add_prove(CLI::App& app, Action& action) {
  struct Options {
    std::string spec, rtl, json;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "prove", "Prove from the elaborated netlist that every column computes the exact sums");
  add_spec(*command, options->spec);
  add_rtl(*command, options->rtl);
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      const spec::MacroSpec spec = spec::load(options->spec);
      require_writable(options->json);
      const Rtl rtl = rtl_for(spec, options->rtl);
      const proof::ProofResult result = flows::prove(rtl.source, spec);
      give(fmt::format("{}: {}", spec.name, proof::to_text(result)), proof::to_json(result),
           options->json);
      return result.proved ? base::ExitStatus::done : base::ExitStatus::check_failed;
    };
  });
}

}  // namespace cimforge::cli
