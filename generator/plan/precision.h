// What a digital macro has more where its vectors bring their precision (docs/precision.md). The
// plan of a column stands: the weight's sign plane takes the place of the input's (top_heap), no
// product is inverted, and there is no constant to correct.
#pragma once

#include <vector>

#include "generator/spec/spec.h"

namespace cimforge::plan {

struct PrecisionPlan {
  int fuse_log = 0;   ///< log2 of the most fused columns
  int fuse_bits = 0;  ///< of in_fuse_i; 0: no pin
  int last_bits = 0;  ///< of in_last_bit_i; 0: no pin
  /// Bits of a result of 2^l fused columns, more from level to level; the first is the
  /// accumulator's.
  std::vector<int> widths;

  /// The adders of fused columns are a stage of their own.
  [[nodiscard]] bool fuses() const { return fuse_log > 0; }
};

PrecisionPlan plan_precision(const spec::MacroSpec& spec, int acc_bits);

}  // namespace cimforge::plan
