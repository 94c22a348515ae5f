// The combinational part of a module as ABC takes it: BLIF by the functions of its gates.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "flows/gate_functions.h"
#include "flows/liberty.h"
#include "flows/netlist.h"
#include "flows/process.h"

namespace cimforge::flows {

/// The part of a module that is combinational: its gates, and the nets at its border.
struct ModuleLogic {
  std::vector<bool> is_gate;   ///< of each instance
  std::vector<NetId> inputs;   ///< read by a gate and driven by none
  std::vector<NetId> outputs;  ///< driven by a gate and read by something else
};

/// Without gates in front of control pins if `keeps_control`: latches must see no new hazards.
ModuleLogic find_logic(const NetlistModule& module, const GateFunctions& functions,
                       const std::vector<LibertyLibrary>& libraries, bool keeps_control);

/// The name of a net in BLIF; `zero` and `one` are constants.
std::string blif_net(NetId net);

/// The logic as BLIF, by the functions of its cells; inputs and outputs in the order of `logic`.
/// `names` tells the nets at the border, so that two forms of a module agree.
std::string to_blif(const NetlistModule& module, const ModuleLogic& logic,
                    const GateFunctions& functions);

/// Runs a script of ABC in `directory`. What it wrote says whether it came to its end: it has no
/// exit status for that. Throws base::ToolError at the time limit.
ProcessResult run_abc(const std::filesystem::path& directory, const std::string& script,
                      std::chrono::milliseconds time_limit);

}  // namespace cimforge::flows
