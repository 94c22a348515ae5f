// The macros that a hybrid one is made of. A weight is W = W_high * 2^low_bits + W_low: W_high, with
// the sign, is a weight of the digital macro, W_low an unsigned one of the analog macro, and
//   y[c] = 2^low_bits * sum over r of x[r] * W_high[r][c]  +  sum over r of x[r] * W_low[r][c]
#pragma once

#include "generator/spec/spec.h"

namespace cimforge::spec {

/// Whether there are cells and converters in the macro.
constexpr bool has_array(const MacroSpec& spec) {
  return spec.kind == Kind::analog || spec.kind == Kind::hybrid;
}

/// Whether something in it is a black box in synthesis: the array, or the memory.
constexpr bool has_black_box(const MacroSpec& spec) {
  return has_array(spec) || spec.kind == Kind::near_memory;
}

/// Whether weights are kept in bitcells.
constexpr bool has_bitcells(const MacroSpec& spec) {
  return spec.kind != Kind::analog && spec.storage == Storage::bitcell;
}

/// Bits of a weight that the array of a hybrid macro holds.
constexpr int low_bits(const MacroSpec& spec) {
  return spec.weight.bits - spec.hybrid.digital_bits;
}

/// The format of the weights in the array of an analog or hybrid macro.
constexpr IntegerFormat array_weight(const MacroSpec& spec) {
  return spec.kind == Kind::hybrid ? IntegerFormat{false, low_bits(spec), false} : spec.weight;
}

/// The digital macro of a hybrid one, `<name>_digital`, with exact results; the integer macro of a
/// block of rows of a floating one; the core of one with a shell. Another is itself.
MacroSpec digital_part(const MacroSpec& spec);

/// The analog macro of a hybrid one, `<name>_analog`, with exact results. Another is itself.
MacroSpec analog_part(const MacroSpec& spec);

/// The module that is a black box in synthesis, of a macro that has one.
std::string black_box_module(const MacroSpec& spec);

}  // namespace cimforge::spec
