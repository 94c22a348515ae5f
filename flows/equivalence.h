// Proof that two mapped forms of a module compute the same.
#pragma once

#include <chrono>
#include <vector>

#include "flows/liberty.h"
#include "flows/netlist.h"

namespace cimforge::flows {

/// Proves by ABC's equivalence check (SAT sweeping) that two forms of a module compute the same, by
/// the functions of their cells in the Liberty files: every output port, and every net that an
/// instance which is no gate reads. Ports and instances that are no gates must be the same in both.
/// Returns whether it is proved; throws base::ToolError where ABC decides nothing.
bool is_equivalent(const NetlistModule& before, const NetlistModule& after,
                   const std::vector<LibertyLibrary>& libraries,
                   std::chrono::milliseconds time_limit);

}  // namespace cimforge::flows
