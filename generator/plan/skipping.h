// What a macro that skips digits of zeros (docs/sparsity.md) has beside the others.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace cimforge::plan {

/// Which digits a vector visits depends on its bits, and with them the offsets of inverted products
/// that its accumulators have to lose.
struct SkipPlan {
  /// What a visit of digit i adds to the start value of the accumulators, modulo 2^acc_bits; digit
  /// 0 is the least significant one. Empty with run-time precision, which inverts no product.
  std::vector<std::uint64_t> terms;

  /// Some visit needs a correction.
  [[nodiscard]] bool corrects() const {
    return std::any_of(terms.begin(), terms.end(), [](std::uint64_t term) { return term != 0; });
  }
};

}  // namespace cimforge::plan
