// The commands: each adds itself to the command line and runs one flow.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "generator/base/exit_status.h"

namespace cimforge::cli {

/// What a command runs once the command line is parsed.
using Action = std::function<base::ExitStatus()>;

/// Adds a command; its callback stores what to run in `action`.
void add_check(CLI::App& app, Action& action);
void add_align(CLI::App& app, Action& action);
void add_emit(CLI::App& app, Action& action);
void add_verify(CLI::App& app, Action& action);
void add_repair(CLI::App& app, Action& action);
void add_scan(CLI::App& app, Action& action);
void add_prove(CLI::App& app, Action& action);
void add_faults(CLI::App& app, Action& action);
void add_model(CLI::App& app, Action& action);
void add_run(CLI::App& app, Action& action);
void add_calibrate(CLI::App& app, Action& action);
void add_calibrate_library(CLI::App& app, Action& action);
void add_study(CLI::App& app, Action& action);
void add_ppa(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_explore(CLI::App& app, Action& action);
void add_sweep(CLI::App& app, Action& action);
void add_regress(CLI::App& app, Action& action);
void add_devices(CLI::App& app, Action& action);
void add_doctor(CLI::App& app, Action& action);

}  // namespace cimforge::cli
