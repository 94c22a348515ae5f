// cimforge: one command a flow.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <new>

#include "cli/commands.h"
#include "flows/interrupt.h"
#include "generator/base/exit_status.h"
#include "generator/base/version.h"

namespace {

using cimforge::base::ExitStatus;

constexpr const char* footer =
    "Exit status: 0 done and right; 1 a check failed; 2 the input is wrong; 3 a tool is missing or\n"
    "failed; 130 interrupted. Files appear whole or not at all.";

int end(ExitStatus status, const std::string& message) {
  fmt::print(stderr, "cimforge: {}\n", message);
  return static_cast<int>(status);
}

}  // namespace

int main(int argc, char** argv) {
  cimforge::flows::install_interrupt_handlers();

  CLI::App app{"Generator of compute-in-memory macros: Verilog, cycle models, verification, cost",
               "cimforge"};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("cimforge ") +
                                        std::string(cimforge::base::version()));
  app.footer(footer);

  cimforge::cli::Action action;
  cimforge::cli::add_check(app, action);
  cimforge::cli::add_emit(app, action);
  cimforge::cli::add_verify(app, action);
  cimforge::cli::add_model(app, action);
  cimforge::cli::add_run(app, action);
  cimforge::cli::add_ppa(app, action);
  cimforge::cli::add_doctor(app, action);
  for (CLI::App* command : app.get_subcommands({})) command->footer(footer);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // --help and --version are done; anything else is the user's mistake.
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitStatus::input_wrong);
  }
  try {
    return static_cast<int>(action());
  } catch (const cimforge::base::CommandError& error) {
    return end(error.status(), error.what());
  } catch (const std::bad_alloc&) {
    return end(ExitStatus::tool_failed, "out of memory");
  } catch (const std::exception& error) {
    return end(ExitStatus::tool_failed, fmt::format("internal error: {}", error.what()));
  }
}
