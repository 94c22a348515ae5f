// How the words of a protected macro are checked (docs/protection.md).
#pragma once

#include <cstdint>
#include <vector>

#include "generator/plan/tree.h"
#include "generator/spec/spec.h"

namespace cimforge::plan {

struct ProtectionPlan {
  int data_bits = 0;   ///< of a word: the weight and its index
  int check_bits = 0;  ///< behind them
  /// Check bits that each data bit enters, as masks (spec::check_columns).
  std::vector<std::uint32_t> columns;
  /// Of SECDED: the bits of the syndrome that tell an error of each data bit from every other
  /// single one, and from none. Where they are as in its column, it is the wrong bit; the other
  /// bits of the syndrome need not be looked at, since two errors are told apart from it.
  std::vector<std::uint32_t> matches;

  /// Of two-input gates from a stored bit to the mended one, in the unit delays of the tree.
  [[nodiscard]] int delay(const AdderDelays& delays) const;
};

ProtectionPlan plan_protection(const spec::MacroSpec& spec);

}  // namespace cimforge::plan
