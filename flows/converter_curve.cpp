#include "flows/converter_curve.h"

#include <cmath>
#include <cstddef>

namespace cimforge::flows {
namespace {

/// Steps of the first search, in each LSB, and halvings of the second.
constexpr int steps_per_lsb = 8;
constexpr int halvings = 24;

/// What is below the accuracy of the search is 0.
double rounded(double lsb) {
  return std::round(lsb * 1e5) / 1e5 + 0.0;
}

}  // namespace

ConverterCurve measure_curve(analog::ConverterConfig config, std::uint64_t seed,
                             std::uint32_t index) {
  config.noise_lsb = 0.0;
  analog::Converter converter(config, seed, 0, index);
  const int codes = 1 << config.bits;
  ConverterCurve curve;
  curve.first_code = config.is_signed ? -codes / 2 : 0;
  // The input at which gain and offset give e, counted from the lowest code.
  const auto input = [&](double e) {
    return (e - config.offset_lsb) / (1.0 + config.gain_error) + curve.first_code;
  };
  curve.low_end = input(-0.5);
  curve.high_end = input(codes - 0.5);
  const auto code = [&](double e) {
    bool overflow = false;
    return converter.convert(input(e), 0, overflow) - curve.first_code;
  };

  // With INL a code may fall again: a threshold is where it is passed for the first time.
  double before = -1.5;
  for (int step = 0; step <= (codes + 2) * steps_per_lsb; ++step) {
    const double here = -1.5 + static_cast<double>(step) / steps_per_lsb;
    const int reached = code(here);
    while (static_cast<int>(curve.thresholds.size()) < reached) {
      const int wanted = static_cast<int>(curve.thresholds.size()) + 1;
      double low = before;
      double high = here;
      for (int i = 0; i < halvings; ++i) {
        const double middle = 0.5 * (low + high);
        (code(middle) >= wanted ? high : low) = middle;
      }
      curve.thresholds.push_back(input(high));
    }
    before = here;
  }

  const std::size_t count = curve.thresholds.size();
  const double first = curve.thresholds.front();
  const double lsb =
      count > 1 ? (curve.thresholds.back() - first) / static_cast<double>(count - 1) : 1.0;
  const double ideal_first = curve.first_code + 0.5;
  // In an ideal converter a code is 1 wide; a gain makes it narrower.
  curve.gain_error = lsb > 0.0 ? rounded(1.0 / lsb - 1.0) : 0.0;
  curve.offset = rounded(ideal_first - first);
  for (std::size_t i = 0; i < count; ++i) {
    const double on_line = first + lsb * static_cast<double>(i);
    curve.inl.push_back(rounded(curve.thresholds[i] - on_line));
    if (i == 0) continue;
    const double width = curve.thresholds[i] - curve.thresholds[i - 1];
    curve.dnl.push_back(lsb > 0.0 ? rounded(width / lsb - 1.0) : 0.0);
  }
  return curve;
}

}  // namespace cimforge::flows
