// Which modules of RTL are adders, and what becomes of those of a module.
#pragma once

#include <string>
#include <string_view>

#include "flows/adder_check.h"

namespace cimforge::flows {

/// The modules of RTL that are adders: kept whole until they are mapped.
bool is_adder_module(std::string_view type);

/// How one module's adders were mapped.
struct AdderMappingReport {
  std::string module;
  int adder_cells = 0;  ///< full adders that are cells
  int four_gate = 0;    ///< full adders that are four gates
  int half_adders = 0;
  int inverters = 0;
  double tree_um2 = 0.0;  ///< of the adder trees: adders, products, and what stands between them
  double area_um2 = 0.0;  ///< of all that is not storage
  double delay_ns = 0.0;  ///< the longest path through the module, by its own timing
  CarriedNets carried;    ///< for the proof (adder_check.h)
};

}  // namespace cimforge::flows
