// A dense matrix as the stored rows and indices of N:M structured weights (docs/sparsity.md), and
// the one way to write a dense matrix to a golden model of either kind.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "generator/spec/spec.h"
#include "sim/golden.h"

namespace cimforge::tb {

/// stored rows x columns, row-major.
struct StoredWeights {
  std::vector<std::int32_t> weights;
  std::vector<std::int32_t> indices;  ///< empty where weights are not structured
  // Of a floating macro.
  std::vector<std::int32_t> scales = {};   ///< likewise, empty where it takes none
  std::vector<std::uint8_t> integer = {};  ///< of each row, whether it is one of integers; or empty
  /// One a column, where results are signs; or empty.
  std::vector<std::int64_t> thresholds = {};
};

/// A column with more weights in a group than the macro keeps.
struct OverfullGroup {
  std::size_t column = 0;
  std::size_t first_row = 0;
  std::size_t last_row = 0;
  int nonzero = 0;
};

/// Of a matrix rows x columns, whose rows may end within a group: the first group that does not
/// fit, or nothing. Always nothing where weights are not structured.
std::optional<OverfullGroup> overfull_group(const spec::MacroSpec& spec, std::size_t columns,
                                            std::span<const std::int32_t> weights);

/// `column 3, rows 8 to 11 have 3 nonzero weights, and the macro keeps 2`
std::string to_text(const OverfullGroup& group, const spec::MacroSpec& spec);

/// Packs a matrix of the macro's rows and columns. Asserts that it fits. Weights of a floating
/// macro are aligned to the largest exponent of their column and block, or have the scale 1.
StoredWeights stored_weights(const spec::MacroSpec& spec, std::span<const std::int32_t> weights);

void write_stored(sim::GoldenMacro& golden, int bank, const StoredWeights& stored);

}  // namespace cimforge::tb
