// What an approximate macro leaves out, and the error that its sums have for it
// (docs/approximation.md). Let g be or_rows, t dropped_columns and k input_bits_per_cycle. Rows
// stand in groups of g neighbours, the last of which may be smaller. Bit i of the inputs and bit b
// of the weights make one bit plane, of weight c[i] d[b]; in it a group counts
//   OR over its rows r of x[r][i] and W[r][b]
// times, and not at all where (i mod k) + b < t.
#pragma once

#include <cstdint>

#include "generator/spec/spec.h"
#include "generator/spec/structure.h"

namespace cimforge::spec {

/// Groups of rows: what each bit plane has in a column.
inline int or_groups(const MacroSpec& spec) {
  return (stored_rows(spec) + spec.approximation.or_rows - 1) / spec.approximation.or_rows;
}

/// Whether the product of bit `digit_bit` of a digit and bit `weight_bit` of a weight is formed.
constexpr bool keeps_product(const MacroSpec& spec, int digit_bit, int weight_bit) {
  return digit_bit + weight_bit >= spec.approximation.dropped_columns;
}

/// The most columns that may be dropped: every bit of a digit and of a weight still counts.
int most_dropped_columns(const MacroSpec& spec);

/// Of a sum, before the output mode: approximate - exact. Means are over operands whose codes are
/// uniformly random and independent.
struct ApproximationError {
  std::int64_t least = 0;     ///< reached
  std::int64_t greatest = 0;  ///< reached
  double mean = 0;            ///< exact, as is `rms`, but for rounding
  double rms = 0;
  double mean_magnitude = 0;
  int samples = 0;  ///< random vectors that `mean_magnitude` was taken of; 0: it is exact
};

ApproximationError approximation_error(const MacroSpec& spec);

}  // namespace cimforge::spec
