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

/// The top as JSON of Yosys, its registers and logic as word-level cells, flat but for the modules
/// that are to be kept. Throws base::InputError for RTL that Yosys rejects, base::ToolError where
/// it fails.
std::string elaborate_flat(const RtlSource& rtl, const std::vector<std::string>& kept,
                           std::chrono::minutes time_limit);

}  // namespace cimforge::flows
