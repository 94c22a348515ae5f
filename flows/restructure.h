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

}  // namespace cimforge::flows
