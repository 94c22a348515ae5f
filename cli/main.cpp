// cimforge: one command a flow.
#include <fmt/format.h>

#include <algorithm>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <iostream>
#include <new>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "flows/interrupt.h"
#include "generator/base/exit_status.h"
#include "generator/base/nearest_name.h"
#include "generator/base/version.h"

namespace {

using cimforge::base::ExitStatus;

constexpr const char* footer =
    "Exit status: 0 done and right; 1 a check failed; 2 the input is wrong; 3 a tool is missing "
    "or\n"
    "failed; 130 interrupted. Files appear whole or not at all.";

/// `file:line:column: error: ...`, which editors read from the start of a line.
bool is_diagnostic(const std::string& message) {
  static const std::regex place(R"([^\n]*:[0-9]+:[0-9]+: error: )");
  const std::string start = message.substr(0, std::min<std::size_t>(message.find('\n'), 1000));
  return std::regex_search(start, place, std::regex_constants::match_continuous);
}

int end(ExitStatus status, const std::string& message) {
  fmt::print(stderr, "{}{}\n", is_diagnostic(message) ? "" : "cimforge: ", message);
  return static_cast<int>(status);
}

/// The status, or that of a standard output that could not be written.
int end_of_output(int status) {
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good()) return status;
  return end(ExitStatus::tool_failed, "standard output cannot be written");
}

/// A mistake on the command line: what it is, and which --help has more.
int usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  const std::string help =
      fmt::format("cimforge {}{}--help", chosen.empty() ? "" : chosen.front()->get_name(),
                  chosen.empty() ? "" : " ");
  std::string message = error.what();
  const std::vector<std::string> rest = app.remaining();
  if (chosen.empty() && !rest.empty() && !rest.front().starts_with('-')) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
    const std::vector<std::string_view> known(names.begin(), names.end());
    message = fmt::format("there is no command '{}'", rest.front());
    if (const auto near = cimforge::base::nearest_name(rest.front(), known)) {
      message += fmt::format("; did you mean '{}'?", *near);
    }
  } else if (chosen.empty() && rest.empty()) {
    message = "a command is missing";
  }
  return end(ExitStatus::input_wrong, fmt::format("{} (`{}` tells more)", message, help));
}

}  // namespace

int main(int argc, char** argv) {
  cimforge::flows::install_interrupt_handlers();

  CLI::App app{"Generator of compute-in-memory macros: Verilog, cycle models, verification, cost",
               "cimforge"};
  app.require_subcommand(1);
  app.set_version_flag("--version",
                       std::string("cimforge ") + std::string(cimforge::base::version()));
  app.footer(footer);

  cimforge::cli::Action action;
  cimforge::cli::add_check(app, action);
  cimforge::cli::add_align(app, action);
  cimforge::cli::add_emit(app, action);
  cimforge::cli::add_verify(app, action);
  cimforge::cli::add_prove(app, action);
  cimforge::cli::add_faults(app, action);
  cimforge::cli::add_repair(app, action);
  cimforge::cli::add_scan(app, action);
  cimforge::cli::add_model(app, action);
  cimforge::cli::add_run(app, action);
  cimforge::cli::add_calibrate(app, action);
  cimforge::cli::add_calibrate_library(app, action);
  cimforge::cli::add_study(app, action);
  cimforge::cli::add_ppa(app, action);
  cimforge::cli::add_report(app, action);
  cimforge::cli::add_sweep(app, action);
  cimforge::cli::add_explore(app, action);
  cimforge::cli::add_regress(app, action);
  cimforge::cli::add_devices(app, action);
  cimforge::cli::add_doctor(app, action);
  for (CLI::App* command : app.get_subcommands({})) command->footer(footer);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // --help and --version are done; anything else is the user's mistake.
    if (error.get_exit_code() != 0) return usage_error(app, error);
    return end_of_output(app.exit(error));
  }
  try {
    return end_of_output(static_cast<int>(action()));
  } catch (const cimforge::base::CommandError& error) {
    return end(error.status(), error.what());
  } catch (const std::bad_alloc&) {
    return end(ExitStatus::tool_failed, "out of memory");
  } catch (const std::exception& error) {
    return end(ExitStatus::tool_failed, fmt::format("internal error: {}", error.what()));
  }
}
