// The corners of a floating macro, as steps: matrices, single rows of them, and vectors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "generator/spec/spec.h"
#include "tb/float_stimulus.h"

namespace cimforge::tb {

struct FloatStep {
  enum class Kind : std::uint8_t {
    matrix,         ///< loads a bank
    special_rows,   ///< writes rows again, each with what is no number in a column of its own
    plain_rows,     ///< writes them as they were
    special_scale,  ///< writes a row again, with the scale NaN in one column in two
    input,
  };
  Kind kind = Kind::input;
  int bank = 0;
  FloatPattern pattern = FloatPattern::zeros;
  std::size_t index = 0;  ///< of the pattern; the first of the rows
  std::size_t count = 0;  ///< of rows
  bool integer = false;
  /// Of an input, what is no number, in row `index`; with `opposite` its negative in the row after.
  std::optional<std::int32_t> special = {};
  bool opposite = false;
  std::optional<std::size_t> nan_scale = {};  ///< of an input: the block
  std::optional<std::int32_t> scale = {};     ///< of all blocks
};

/// Rows that see what is no number, each: all of them, or those of boundary_places.
std::vector<std::size_t> special_rows(const spec::MacroSpec& spec);

/// The whole program; all banks hold random weights before the first step.
std::vector<FloatStep> float_steps(const spec::MacroSpec& spec);

}  // namespace cimforge::tb
