// Logic restructured for speed: ABC rewrites the gates and adders of a module into a shallower
// network and covers it with cells of the library, for more area than adders as cells take. What
// comes out is proved equal to what went in.
#pragma once

#include <chrono>
#include <optional>

#include "flows/cell_library.h"
#include "flows/gate_timing.h"
#include "flows/netlist.h"

namespace cimforge::flows {

struct RestructureRequest {
  const CellLibrary& library;
  const CellTable& table;                   ///< of the same library
  double most_um2 = 0.0;                    ///< area that all that is not storage may have
  std::chrono::milliseconds time_limit{0};  ///< of each run of ABC
};

/// The fastest form found of a module within its area, by GateTiming; gates are sized. Storage,
/// other modules and the gates in front of their clock and control pins stay as they are. Nothing
/// where no form keeps within the area. Throws base::ToolError where ABC fails, or where what it
/// made cannot be proved equal.
std::optional<NetlistModule> restructure_for_speed(const NetlistModule& module,
                                                   const RestructureRequest& request);

/// Proves by ABC's equivalence check (SAT sweeping) that two forms of a module compute the same, by
/// the functions of their cells in the Liberty files: every output port, and every net that an
/// instance which is no gate reads. Ports and instances that are no gates must be the same in both.
/// Returns whether it is proved; throws base::ToolError where ABC decides nothing.
bool is_equivalent(const NetlistModule& before, const NetlistModule& after,
                   const std::vector<LibertyLibrary>& libraries,
                   std::chrono::milliseconds time_limit);

}  // namespace cimforge::flows
