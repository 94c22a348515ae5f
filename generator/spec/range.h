// The range of a macro's results and the width and sign that follow from it: what a specification
// means, before any plan is made.
#pragma once

#include <cstdint>

#include "generator/spec/spec.h"

namespace cimforge::spec {

/// All integers from `min` to `max`.
struct ResultRange {
  std::int64_t min = 0;
  std::int64_t max = 0;
  bool operator==(const ResultRange&) const = default;
};

/// The exact sums: rows times the least and the greatest product of an input and a weight. Both are
/// reached, with every row at that product.
ResultRange sum_range(const MacroSpec& spec);

/// The sums after the arithmetic shift right by output_shift: floor(sum / 2^output_shift).
ResultRange shifted_range(const MacroSpec& spec);

/// True where a sum can be negative; a result is then two's complement, and unsigned otherwise, as
/// the code of a floating macro is. Two
/// signed formats of one bit (values 0 and -1) have the products 0 and 1: unsigned.
bool output_is_signed(const MacroSpec& spec);

/// The smallest width, at least 1, that holds the shifted range without loss; with run-time
/// precision the results of one column in every mode.
int needed_output_bits(const MacroSpec& spec);

/// The width of a result: output_bits, or needed_output_bits where that is 0; of a floating macro
/// that of its code; 1 where results are signs.
int output_width(const MacroSpec& spec);

/// The values that a result can have: the shifted range, or for saturate and truncate what
/// output_width holds of it.
ResultRange output_range(const MacroSpec& spec);

}  // namespace cimforge::spec
