// Adders as cells of a library. Yosys maps everything else and leaves the adders whole: ABC cannot
// use a cell with two outputs, and rewrites a tree of adders into something larger. Here each
// becomes
//   - the library's adder cell, or
//   - four inverting gates, of which there are two kinds; with x = a ^ b
//       positive: from a, b, ~c   NAND2(a, b), OAI21 -> ~x, XOR2(~c, ~x) = sum, OAI21 -> carry
//       negative: from ~a, ~b, c  NOR2(~a, ~b), AOI21 -> x, XNOR2(c, x) = ~sum, AOI21 -> ~carry
//     whose sum may have either polarity (XOR2 or XNOR2), and whose carry comes after one gate from
//     c.
// The polarity of every net between adders, XORs and two-input gates is chosen so that few
// inverters are needed. The gates of the positive kind are the mirror adder without its output
// inverters (Weste and Harris, "CMOS VLSI Design", 4th edition, 11.2.1); a full adder is self-dual,
// which gives the negative one.
#pragma once

#include <vector>

#include "flows/adder_cells.h"
#include "flows/adder_report.h"
#include "flows/gate_timing.h"
#include "flows/netlist.h"
#include "generator/spec/spec.h"

namespace cimforge::flows {

/// What the mapping is after; docs/ppa.md says what each gives.
enum class MappingGoal {
  area,      ///< the least area
  balanced,  ///< the shortest delay for a few percent more area
  speed,     ///< the shortest delay for at most 60 % more area
};

MappingGoal mapping_goal(spec::AdderTree form);

/// Whether the library has what every adder needs: a cell for a full adder, or four gates.
bool can_map_adders(const AdderCells& cells);

/// Replaces the adders of every module. The cells that are not adders may change their polarity
/// (NAND2 for AND2) and, unless the goal is area, their size. Each module is proved equal to what
/// it was (check_mapping).
std::vector<AdderMappingReport> map_adders(Netlist& netlist, const AdderCells& cells,
                                           const CellTable& table,
                                           const std::vector<LibertyLibrary>& libraries,
                                           MappingGoal goal);

/// What a mapped netlist costs by its own timing: cells that are not storage, and the longest path
/// within a module.
struct NetlistCost {
  double area_um2 = 0.0;
  double delay_ns = 0.0;
};
NetlistCost cost_of(const Netlist& netlist, const CellTable& table);

/// What a goal may cost, given what the least area costs.
double most_area_um2(double least_um2, MappingGoal goal);

}  // namespace cimforge::flows
