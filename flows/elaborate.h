// One flat netlist of a macro, elaborated by Yosys and mapped to nothing.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "flows/verilated_model.h"

namespace cimforge::flows {

/// Runs a script of Yosys in a directory, in which it may write. Throws base::InputError for RTL of
/// `top` that it rejects, base::ToolError where it fails.
void run_yosys(const std::string& script, const std::filesystem::path& directory,
               const std::string& top, std::chrono::minutes time_limit);

/// From Verilog to gates, module by module; the hierarchy stays. What the functions of a cell leave
/// behind is taken away before it is looked at: most of the time of the output register.
inline constexpr const char* to_gates =
    "proc -noopt\n"
    "opt_clean\n"
    "opt_expr\n"
    "opt_dff -nosdff\n"
    "techmap\n"
    "opt_expr\n"
    "opt_clean\n";

/// The top as JSON of Yosys, its registers and logic as word-level cells, flat but for the modules
/// that are to be kept. Throws base::InputError for RTL that Yosys rejects, base::ToolError where
/// it fails.
std::string elaborate_flat(const RtlSource& rtl, const std::vector<std::string>& kept,
                           std::chrono::minutes time_limit);

}  // namespace cimforge::flows
