#include "flows/scan.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/options.h"
#include "generator/spec/parse.h"

namespace cimforge::cli {

void add_scan(CLI::App& app, Action& action) {
  struct Options {
    std::string spec, rtl, json;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "scan", "Check on the netlist that scan chains can be put in: clocks, resets, clock gates");
  add_spec(*command, options->spec);
  add_rtl(*command, options->rtl);
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      const spec::MacroSpec spec = load_specification(options->spec);
      require_writable(options->json);
      Rtl rtl = rtl_for(spec, options->rtl, std::nullopt);
      rtl.source.top = spec.name;
      const flows::ScanResult result = flows::check_scan(rtl.source);
      give(fmt::format("{}: {}", spec.name, flows::to_text(result)), flows::to_json(result),
           options->json);
      return result.passed() ? base::ExitStatus::done : base::ExitStatus::check_failed;
    };
  });
}

}  // namespace cimforge::cli
