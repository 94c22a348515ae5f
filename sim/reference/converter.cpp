#include "sim/reference/converter.h"

#include <algorithm>
#include <cmath>

namespace cimforge::reference {
namespace {

/// 2^B
double code_count(const Converter& converter) {
  return std::pow(2.0, converter.bits);
}

std::int64_t greatest_code(const Converter& converter) {
  return static_cast<std::int64_t>(code_count(converter)) - 1;
}

}  // namespace

double integral_nonlinearity(const Converter& converter, std::int64_t i) {
  const auto entry = static_cast<std::size_t>(i);
  if (!converter.inl.empty()) return converter.inl[entry];
  if (converter.dnl.empty()) return 0.0;
  double sum = 0.0;
  for (std::size_t j = 0; j <= entry; ++j) sum += converter.dnl[j];
  return sum;
}

double effective_input(const Converter& converter, double sum, int range,
                       std::uint64_t conversions_before) {
  double x = sum / std::pow(2.0, range);
  if (converter.is_signed) x += code_count(converter) / 2.0;
  const double z8 =
      gaussian(converter.draws, Kind::comparator, converter.number, conversions_before);
  return x * (1.0 + converter.gain_error) + converter.offset + converter.noise * z8;
}

std::int64_t threshold_code(const Converter& converter, double e) {
  std::int64_t code = 0;
  for (std::int64_t i = 1; i <= greatest_code(converter); ++i) {
    const double threshold = static_cast<double>(i) - 0.5 + integral_nonlinearity(converter, i);
    if (threshold <= e) ++code;
  }
  return code;
}

double capacitor(const Converter& converter, int bit) {
  const std::uint32_t cell = 32 * converter.number + static_cast<std::uint32_t>(bit);
  const double z9 = gaussian(converter.draws, Kind::mismatch, cell, 0);
  return std::max(0.0, std::pow(2.0, bit) + converter.mismatch * std::pow(2.0, bit / 2.0) * z9);
}

double bit_weight(const Converter& converter, int bit) {
  double all = 0.0;
  for (int n = 0; n < converter.bits; ++n) all += capacitor(converter, n);
  return capacitor(converter, bit) * (code_count(converter) - 1.0) / all /
         (1.0 + 1.0 / converter.loop_gain);
}

std::int64_t sar_code(const Converter& converter, double e) {
  std::int64_t nearest = 0;
  for (std::int64_t i = 1; i <= greatest_code(converter); ++i) {
    if (static_cast<double>(i) - 0.5 <= e) ++nearest;
  }
  e -= integral_nonlinearity(converter, nearest);
  std::int64_t code = 0;
  double kept = 0.0;
  for (int n = converter.bits - 1; n >= 0; --n) {
    const double trial = kept + bit_weight(converter, n);
    if (trial - 0.5 <= e) {
      kept = trial;
      code += std::int64_t{1} << n;
    }
  }
  return code;
}

Conversion convert(const Converter& converter, double sum, int range,
                   std::uint64_t conversions_before) {
  const double e = effective_input(converter, sum, range, conversions_before);
  Conversion result;
  if (e < -0.5) {
    result = {0, true};
  } else if (e >= code_count(converter) - 0.5) {
    result = {greatest_code(converter), true};
  } else if (converter.kind == ConverterKind::sar) {
    result = {sar_code(converter, e), false};
  } else {
    result = {threshold_code(converter, e), false};
  }
  if (converter.is_signed) result.code -= std::int64_t{1} << (converter.bits - 1);
  return result;
}

std::int64_t conversion_cycles(const Converter& converter) {
  switch (converter.kind) {
    case ConverterKind::flash:
      return 1;
    case ConverterKind::sar:
      return converter.bits;
    case ConverterKind::ramp:
    case ConverterKind::time:
      break;
  }
  return std::int64_t{1} << converter.bits;
}

}  // namespace cimforge::reference
