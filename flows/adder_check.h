// Proof that a mapped module computes what it did with whole adders: net by net, by the functions
// of its cells in their Liberty file. It shares nothing with the mapping but the claim which net
// carries which.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "flows/liberty.h"
#include "flows/netlist.h"

namespace cimforge::flows {

/// A net of a mapped module -> the net of the whole one that it carries, and whether inverted. A
/// net of the whole module that is in the mapped one too carries itself.
using CarriedNets = std::map<NetId, std::pair<NetId, bool>>;

/// Checks every net of `mapped` that carries one of `whole`, every output port, and every input of
/// storage and of other modules. Each net is compared as a function of the carrying nets in front
/// of it, of at most six: time is linear in cells. Both netlists must be free of combinational
/// loops. Throws base::ToolError that names the first net that is wrong: a fault of the program,
/// never of its input.
void check_mapping(const NetlistModule& whole, const NetlistModule& mapped,
                   const CarriedNets& carried, const std::vector<LibertyLibrary>& libraries);

}  // namespace cimforge::flows
