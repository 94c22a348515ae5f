#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/options.h"
#include "flows/tools.h"

namespace cimforge::cli {

void add_doctor(CLI::App& app, Action& action) {
  const auto json = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("doctor", "Which tools are found, their versions, and what to install");
  add_json(*command, *json);
  command->callback([json, &action] {
    action = [json] {
      require_writable(*json);
      const flows::DoctorReport report = flows::doctor_report();
      give(flows::to_text(report), flows::to_json(report), *json);
      return report.ready ? base::ExitStatus::done : base::ExitStatus::tool_failed;
    };
  });
}

}  // namespace cimforge::cli
