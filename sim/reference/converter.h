// The golden model of an analog-to-digital converter: threshold by threshold, or bit by bit, as
// docs/analog_model.md says. One LSB is 2^range product units.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "sim/reference/cells.h"

namespace cimforge::reference {

enum class ConverterKind { flash, ramp, time, sar };

struct Converter {
  ConverterKind kind = ConverterKind::flash;
  int bits = 8;            ///< B
  bool is_signed = false;  ///< codes -2^(B-1) to 2^(B-1) - 1 in place of 0 to 2^B - 1
  double gain_error = 0.0;
  double offset = 0.0;    ///< LSB
  double noise = 0.0;     ///< of the comparator, LSB
  double mismatch = 0.0;  ///< of a SAR's unit capacitor, relative
  double loop_gain = std::numeric_limits<double>::infinity();  ///< A beta of a SAR
  std::vector<double> inl;                                     ///< LSB, 2^B entries, or empty
  std::vector<double> dnl;  ///< LSB, 2^B entries, whose running sum is the INL; or empty
  Draws draws;
  std::uint32_t number = 0;  ///< it names the converter's draws
};

struct Conversion {
  std::int64_t code = 0;
  bool overflow = false;  ///< clipped, at either end
};

/// INL[i] in LSB: the table's entry, the sum of DNL[0] to DNL[i], or 0.
double integral_nonlinearity(const Converter& converter, std::int64_t i);

/// e in LSB: x = S / 2^range, of a signed converter x + 2^(B-1); e = x (1 + gain_error) + offset +
/// noise z8.
double effective_input(const Converter& converter, double sum, int range,
                       std::uint64_t conversions_before);

/// The number of thresholds T[i] = i - 1/2 + INL[i], i = 1 to 2^B - 1, that are <= e.
std::int64_t threshold_code(const Converter& converter, double e);

/// C[n] = max(0, 2^n + mismatch 2^(n/2) z9), in unit capacitors (CrossSim; mismatch of a capacitor
/// of 2^n equal units).
double capacitor(const Converter& converter, int bit);

/// The weight in LSB of a bit of a SAR: C[n] (2^B - 1) / (sum of all C) / (1 + 1 / loop_gain).
double bit_weight(const Converter& converter, int bit);

/// From the top bit down: a bit is kept where (sum of weights of kept bits and this one) - 1/2 <=
/// e, e less INL of the nearest code.
std::int64_t sar_code(const Converter& converter, double e);

/// The whole conversion; e below -1/2 or at least 2^B - 1/2 overflows to the end of the range.
Conversion convert(const Converter& converter, double sum, int range,
                   std::uint64_t conversions_before);

/// Clock cycles of a conversion: flash 1, SAR B, ramp and time-to-digital 2^B.
std::int64_t conversion_cycles(const Converter& converter);

}  // namespace cimforge::reference
