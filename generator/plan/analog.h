// AnalogPlan: every number of an analog macro's hardware, from a validated specification. No text.
//
// How a column computes. An input is taken in digits of k bits, most significant first; the sign
// bits of a signed input are a last step of their own, which counts negative. A weight is stored in
// slices of cell_bits; a signed one as two devices (differential) or with 2^(bits - 1) added
// (offset), which a reference column takes off again. In each step the converters go through their
// columns and slices:
//   S = sum over rows of code x level, a code of the converter is S / 2^range, rounded and clipped
// and what they give is added up with the weights of step and slice. With converters that hold
// every sum the result is the exact one.
// Bipolar operands have one bit and one step. A column is a string of cells that all take part, S
// the number of rows in which input and weight are equal, and the result 2 S - rows.
#pragma once

#include <cstdint>

#include "generator/spec/spec.h"

namespace cimforge::plan {

/// Trims of a column: offset in 1/16 steps of the converter, gain in 1/4096
/// (rtl/cim_analog_lane.v).
inline constexpr int trim_offset_bits = 12;
inline constexpr int trim_gain_bits = 13;
inline constexpr int trim_gain_one = 4096;

struct AnalogPlan {
  bool differential = false;   ///< two devices a slice
  bool has_reference = false;  ///< a column that takes the offset of the weights off
  bool bipolar = false;        ///< a column counts where input and weight are equal
  int slices = 1;              ///< of a weight
  int devices = 1;             ///< of a slice
  int digits = 0;              ///< steps of the bits below the sign
  bool sign_step = false;      ///< one more step, for the sign bits
  int steps = 1;

  int columns_per_adc = 1;
  int last_columns = 0;  ///< of one more converter with fewer columns; 0: there is none
  int full_converters = 1;
  int lanes = 1;         ///< converters, that of the reference column included
  int positions = 1;     ///< of a converter: its columns times the slices
  int cell_columns = 1;  ///< columns of devices
  int conversion_cycles = 1;

  int reference_level = 0;  ///< of every device of the reference column
  int reference_shift = 0;  ///< its result counts 2^reference_shift
  int sum_bits = 1;         ///< of the largest sum of a column of devices
  int range_most = 0;       ///< the coarsest range
  int range_bits = 1;
  int value_bits = 1;  ///< of a trimmed code, signed; it is clamped to them
  int acc_bits = 1;
  int reset_range = 0;

  int cycles_per_vector = 1;
  int row_program_cycles = 1;  ///< least, of a row that needs no pulse
};

/// The cycles of one conversion.
int conversion_cycles(spec::Adc adc, int bits);

/// Plans a validated specification of Kind::analog. Never fails.
AnalogPlan plan_analog(const spec::MacroSpec& spec, int output_bits);

}  // namespace cimforge::plan
