// What the formats of binary networks, and the output of signs, mean for a digital macro
// (docs/binary.md).
#pragma once

#include "generator/spec/range.h"
#include "generator/spec/spec.h"

namespace cimforge::spec {

/// Whether an operand is bipolar or ternary: products are then no sums of ANDs of plain binary
/// numbers.
constexpr bool is_binary(const MacroSpec& spec) {
  return spec.input.is_bipolar || spec.weight.is_bipolar || spec.weight.is_ternary;
}

/// Whether results are signs, and each column of each bank has a threshold.
constexpr bool has_thresholds(const MacroSpec& spec) {
  return spec.output_mode == OutputMode::sign;
}

/// The thresholds that say something: from the least sum, which every sum reaches, to one more than
/// the greatest, which none does.
ResultRange threshold_range(const MacroSpec& spec);

/// The format of a threshold: the smallest that holds them all, with a sign where sums have one. 0
/// bits without thresholds.
IntegerFormat threshold_format(const MacroSpec& spec);

}  // namespace cimforge::spec
