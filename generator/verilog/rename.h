// Another name for a signal of a module.
#pragma once

#include <string>

#include "generator/verilog/module.h"

namespace cimforge::verilog {

/// True where the module declares a wire, register or genvar of that name.
bool declares_signal(const Module& module, const std::string& name);

/// The module with `to` wherever it declares or names the signal `from`. Ports, parameters and
/// instances keep their names.
Module with_signal_renamed(Module module, const std::string& from, const std::string& to);

}  // namespace cimforge::verilog
