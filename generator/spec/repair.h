// Redundancy analysis: which spare rows and columns stand in for what, from the list of failures of
// a self-test (docs/repair.md).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "generator/spec/spec.h"

namespace cimforge::spec {

/// A bit that a march test found wrong: rows are the same in every bank, and a column is that of
/// the weight whose bit it is.
struct Failure {
  int bank = 0;
  int row = 0;
  std::int64_t bit = 0;  ///< of the row: column * weight bits + bit of the weight
  bool operator==(const Failure&) const = default;
};

/// What each spare stands in for; nothing: it is not in use.
struct Allocation {
  std::vector<std::optional<int>> rows;
  std::vector<std::optional<int>> columns;
  bool operator==(const Allocation&) const = default;
};

/// Spares that are themselves faulty.
struct FaultySpares {
  std::vector<int> rows;
  std::vector<int> columns;
};

struct RepairPlan {
  /// Every failure is in a row or a column that is replaced; nothing where the spares do not do.
  std::optional<Allocation> allocation;
  int rows_needed = 0;     ///< must-repair: rows with more faulty columns than there are spare ones
  int columns_needed = 0;  ///< likewise
  bool given_up = false;   ///< the search was too long: there may be an allocation
};

/// Rows that only a spare row can mend, and columns likewise, first; then a search that ends where
/// a matching of faulty rows and columns is larger than the spares that are left (Kuo and Fuchs,
/// "Efficient spare allocation for reconfigurable arrays", IEEE Design & Test 4 (1987)). Uses as
/// few spares as that search meets first. Failures must lie in the macro.
RepairPlan allocate_spares(const MacroSpec& spec, const std::vector<Failure>& failures,
                           const FaultySpares& faulty = {});

/// The value of repair_data_i, the lowest bit first (spec::repair_data_bits of them).
std::vector<bool> repair_data(const MacroSpec& spec, const Allocation& allocation);

}  // namespace cimforge::spec
