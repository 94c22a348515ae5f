// The registers of a cell, checked in its netlist: what a proof takes as given when it makes wires
// of them.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "proof/netlist.h"

namespace cimforge::flows {

struct Ranks {
  std::string module;
  std::vector<std::string> loads;  ///< what enables the registers, rank by rank
  /// Outputs that stand before the last rank, by how many.
  std::map<std::string, std::size_t> early;
};

/// Every register is one of a rank, loads where that is enabled and holds where it is not; a rank
/// takes what comes from the one before it, the first from inputs. Throws Unproved where not.
void check_ranks(const Ranks& kind, const proof::Module& module);

}  // namespace cimforge::flows
