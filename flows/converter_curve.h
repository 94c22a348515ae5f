// The static curve of a converter as a data sheet shows it: where its codes begin, INL and DNL.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/analog/converter.h"

namespace cimforge::flows {

/// Inputs and errors are in LSB.
struct ConverterCurve {
  int first_code = 0;  ///< the lowest: 0, or -2^(bits - 1)
  /// Entry i: the least input whose code is above first_code + i.
  std::vector<double> thresholds;
  double low_end = 0.0;   ///< below it an input overflows
  double high_end = 0.0;  ///< from it on one does
  /// Of the thresholds, from the line through the first and the last of them.
  std::vector<double> inl;
  /// Of the codes between two thresholds: width against the mean one; -1 is a missing code.
  std::vector<double> dnl;
  double gain_error = 0.0;  ///< of that line, relative
  double offset = 0.0;      ///< of it where the ideal one has the lowest code
};

/// Measures the curve of converter `index` of a macro without the noise of its comparator.
ConverterCurve measure_curve(analog::ConverterConfig config, std::uint64_t seed,
                             std::uint32_t index);

}  // namespace cimforge::flows
