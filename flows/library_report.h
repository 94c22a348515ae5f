// What a library has for a macro: adder cells, gates, storage, clock gates.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "flows/cell_library.h"

namespace cimforge::flows {

/// The smallest storage cell of its kind: `flip-flop`, `flip-flop with reset`, `latch`, `clock
/// gate`.
struct StorageCell {
  std::string kind;
  std::string cell;
  double area_um2 = 0;
  double input_pf = 0;  ///< of its clock or enable
  double delay_ns = 0;  ///< from the clock, with two of its own inputs as the load
};

/// One entry a kind that the first library has.
std::vector<StorageCell> find_storage_cells(const CellLibrary& library);

/// Lines for `cimforge check --liberty`.
std::string to_text(const CellLibrary& library);

/// Keys: full_adder, half_adder (cell, area_um2, input_pf, delay_ns, sum_inverted, carry_inverted;
/// null where there is none), gates (by kind: cell, area_um2, input_pf, delay_ns),
/// four_gate_adder_um2, storage (by kind, as the gates).
nlohmann::ordered_json to_json(const CellLibrary& library);

}  // namespace cimforge::flows
