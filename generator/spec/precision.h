// What run-time precision means: the modes that a macro has, the width of its results and the
// cycles of a vector. Plain words of the specification, before any plan is made
// (docs/precision.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "generator/spec/spec.h"

namespace cimforge::spec {

/// Whether vectors bring their precision.
constexpr bool has_precision(const MacroSpec& spec) {
  return spec.precision.mode == PrecisionMode::per_vector;
}

/// The mode that a macro makes of what is asked for: never wider than it is.
Mode clamped(const MacroSpec& spec, const Mode& mode);

/// The format of the inputs and of the weights of a mode.
IntegerFormat input_of(const Mode& mode);
IntegerFormat weight_of(const MacroSpec& spec, const Mode& mode);

/// A result of the mode is two's complement; unsigned where both operands are.
constexpr bool is_signed_result(const Mode& mode) {
  return mode.input_signed || mode.weight_signed;
}

/// Bits of every result of so many fused columns, with the widest inputs and whichever signs.
int fused_bits(const MacroSpec& spec, int columns);

/// Every mode of a macro; its own one where it has no other.
std::vector<Mode> modes_of(const MacroSpec& spec);

/// Cycles that a vector of a mode takes less than one of the widest inputs.
int cycles_saved(const MacroSpec& spec, const Mode& mode);

/// `int4 x uint8`.
std::string name_of(const MacroSpec& spec, const Mode& mode);

/// The mode that name_of() calls so, blanks apart; nothing where the macro has none.
std::optional<Mode> mode_named(const MacroSpec& spec, std::string_view name);

/// Every mode in one sentence: `inputs int1 to int8 or uint1 to uint8, weights int4, int8, uint4 or
/// uint8`.
std::string describe_modes(const MacroSpec& spec);

}  // namespace cimforge::spec
