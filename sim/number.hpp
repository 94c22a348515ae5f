// Number formats as codes: floating-point elements, integers with a point, and the alignment of
// both to integers (docs/floating.md). Needs nothing but the standard library: shipped with the
// cycle models of floating macros too. A guard by name, as in cycle_model.hpp.
#ifndef CIMFORGE_NUMBER_HPP
#define CIMFORGE_NUMBER_HPP

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace cimforge::number {

/// The meaning of a code: from its top a sign, an exponent field and a fraction; or, with
/// exponent_bits 0, an integer of which `point` bits are behind the point.
struct Format {
  int bits = 0;
  int exponent_bits = 0;
  int fraction_bits = 0;
  int bias = 0;
  int largest_exponent = 0;  ///< greatest exponent field of a finite number
  bool has_infinity = false;
  bool has_nan = false;  ///< without infinity: all ones behind the sign alone
  bool is_signed = true;
  int point = 0;
  bool has_scale = false;
  [[nodiscard]] constexpr bool is_float() const { return exponent_bits > 0; }
};

/// In the order of the weight classes on the port.
enum class Class : std::uint8_t { number, zero, infinity, nan };

/// A code taken apart. Its value is significand * 2^(exponent - unit(format)).
struct Number {
  Class kind = Class::zero;
  bool negative = false;
  std::int32_t significand = 0;  ///< magnitude, with the hidden bit; 0 where it is no number
  int exponent = 0;              ///< the field, 1 of a subnormal; 0 of an integer
};

/// What is taken off the exponent of a number.
constexpr int unit(const Format& format) {
  return format.is_float() ? format.bias + format.fraction_bits : format.point;
}

/// `code`: the bits of a float, the value of an integer.
constexpr Number decode(const Format& format, std::int32_t code) {
  Number number;
  if (!format.is_float()) {
    number.kind = code == 0 ? Class::zero : Class::number;
    number.negative = code < 0;
    number.significand = code < 0 ? -code : code;
    return number;
  }
  const std::int32_t fraction = code & ((1 << format.fraction_bits) - 1);
  const std::int32_t top = (1 << format.exponent_bits) - 1;
  const std::int32_t field = code >> format.fraction_bits & top;
  number.negative = (code >> (format.bits - 1) & 1) != 0;
  number.exponent = field == 0 ? 1 : field;
  if (format.has_infinity && field == top) {
    number.kind = fraction == 0 ? Class::infinity : Class::nan;
    number.exponent = 1;
    return number;
  }
  if (format.has_nan && field == top && fraction == (1 << format.fraction_bits) - 1) {
    number.kind = Class::nan;
    number.exponent = 1;
    return number;
  }
  number.significand = fraction + (field == 0 ? 0 : 1 << format.fraction_bits);
  number.kind = number.significand == 0 ? Class::zero : Class::number;
  return number;
}

/// The value of a code, without its scale.
inline double value_of(const Format& format, std::int32_t code) {
  const Number number = decode(format, code);
  double magnitude = 0.0;
  if (number.kind == Class::nan) return std::numeric_limits<double>::quiet_NaN();
  if (number.kind == Class::infinity) magnitude = std::numeric_limits<double>::infinity();
  if (number.kind == Class::number) {
    magnitude = std::ldexp(number.significand, number.exponent - unit(format));
  }
  return number.negative ? -magnitude : magnitude;
}

/// The largest finite magnitude, as a code without sign.
constexpr std::int32_t largest_code(const Format& format) {
  if (!format.is_float()) {
    return static_cast<std::int32_t>((1U << (format.bits - (format.is_signed ? 1 : 0))) - 1);
  }
  const std::int32_t ones = (1 << format.fraction_bits) - 1;
  const bool nan_in_reach = format.has_nan && !format.has_infinity;
  return format.largest_exponent << format.fraction_bits | (nan_in_reach ? ones - 1 : ones);
}

/// What becomes of a value past the largest: saturate: the largest. overflow: infinity, where the
/// format has none NaN, where it has neither the largest (OCP FP8 1.0, 5.2; MX 1.0, 5.3).
enum class Overflow { saturate, overflow };

/// To the nearest integer, ties to even; |value| < 2^53.
inline double round_to_even(double value) {
  const double below = std::floor(value);
  const double rest = value - below;
  const bool up = rest > 0.5 || (rest == 0.5 && std::fmod(below, 2.0) != 0.0);
  return up ? below + 1.0 : below;
}

/// The code nearest to a value, ties to even. NaN is the quiet NaN without sign, or 0 in a format
/// without one; infinity overflows.
inline std::int32_t encode(const Format& format, double value, Overflow overflow) {
  if (!format.is_float()) {
    if (std::isnan(value)) return 0;
    const auto most = static_cast<double>(largest_code(format));
    const double least = format.is_signed ? -most - 1.0 : 0.0;
    const double scaled = std::clamp(std::ldexp(value, format.point), least - 1.0, most + 1.0);
    return static_cast<std::int32_t>(std::clamp(round_to_even(scaled), least, most));
  }
  const std::int32_t fraction_ones = (1 << format.fraction_bits) - 1;
  const std::int32_t all_ones =
      ((1 << format.exponent_bits) - 1) << format.fraction_bits | fraction_ones;
  if (std::isnan(value)) {
    if (!format.has_nan) return 0;
    return format.has_infinity ? all_ones & ~(fraction_ones >> 1) : all_ones;
  }
  const std::int32_t sign = std::signbit(value) ? 1 << (format.bits - 1) : 0;
  const double magnitude = std::abs(value);
  std::int32_t code = largest_code(format) + 1;  // past the end
  if (magnitude == 0.0) {
    code = 0;
  } else if (magnitude <= 2.0 * value_of(format, largest_code(format))) {
    int exponent = 0;
    std::frexp(magnitude, &exponent);  // magnitude < 2^exponent
    // The field of the value, 1 for those that are subnormal.
    const int field = std::max(exponent - 1 + format.bias, 1);
    const double significand = round_to_even(std::ldexp(magnitude, unit(format) - field));
    // A significand that rounds up to the next power of two carries into the field.
    code = static_cast<std::int32_t>(significand) + ((field - 1) << format.fraction_bits);
  }
  if (code > largest_code(format)) {
    const bool saturates = overflow == Overflow::saturate || !format.has_nan;
    code = saturates             ? largest_code(format)
           : format.has_infinity ? all_ones & ~fraction_ones
                                 : all_ones;
  }
  return sign | code;
}

/// E8M0: 2^(code - 127), and this code is NaN (OCP MX 1.0, 5.4.1).
constexpr int scale_bias = 127;
constexpr int scale_nan = 255;

inline double scale_value(std::int32_t code) {
  if (code == scale_nan) return std::numeric_limits<double>::quiet_NaN();
  return std::ldexp(1.0, code - scale_bias);
}

/// The scale of a block whose largest magnitude is this: its exponent less that of the largest
/// power of two of the format (OCP MX 1.0, 6.3), as near as a scale can be. Elements past the
/// largest of the format saturate.
inline std::int32_t scale_for(const Format& format, double largest) {
  if (!(largest > 0.0)) return 0;
  const int element = format.is_float() ? format.largest_exponent - format.bias
                                        : format.bits - (format.is_signed ? 2 : 1) - format.point;
  return std::clamp(std::ilogb(largest) - element + scale_bias, 0, scale_nan - 1);
}

/// What becomes of bits that alignment shifts out.
enum class Rounding { truncate, nearest_even, sticky };

struct Aligned {
  std::int32_t value = 0;
  bool saturated = false;
};

/// significand * 2^guard_bits, aligned to an exponent field: rounded where it is larger than the
/// number's, saturated where it is smaller. What is no number is 0.
inline Aligned align(const Format& format, int guard_bits, Rounding rounding, const Number& number,
                     int target) {
  if (!format.is_float()) {
    return {number.negative ? -number.significand : number.significand, false};
  }
  if (number.kind != Class::number) return {};
  std::int64_t magnitude = std::int64_t{number.significand} << guard_bits;
  const int down = target - number.exponent;
  const bool saturated = down < 0;
  if (saturated) {
    magnitude = (std::int64_t{1} << (format.fraction_bits + 1 + guard_bits)) - 1;
  } else if (down > 0) {
    // Past 40 bits nothing is left of 16.
    const int shift = std::min(down, 40);
    const std::int64_t kept = magnitude >> shift;
    const std::int64_t dropped = magnitude - (kept << shift);
    const std::int64_t half = std::int64_t{1} << (shift - 1);
    magnitude = kept;
    if (rounding == Rounding::sticky && dropped != 0) magnitude |= 1;
    if (rounding == Rounding::nearest_even &&
        (dropped > half || (dropped == half && (kept & 1) != 0))) {
      ++magnitude;
    }
  }
  const auto value = static_cast<std::int32_t>(magnitude);
  return {number.negative ? -value : value, saturated};
}

/// Real numbers as codes, with one scale, or one exponent field to align to, for each block of rows
/// of a column.
struct Quantised {
  std::vector<std::int32_t> codes;   ///< rows x columns, row-major
  std::vector<std::int32_t> scales;  ///< blocks x columns; empty where there are none
  std::size_t saturated = 0;  ///< numbers past the largest of the format, or below an unsigned one
};

/// Quantises rows x columns numbers, row-major. Of a format with scales a block has that of its
/// largest magnitude; with `to_block` the exponent is the largest field of its codes.
inline Quantised quantise(const Format& format, std::size_t columns, std::size_t block_rows,
                          bool to_block, std::span<const double> values) {
  Quantised result;
  result.codes.resize(values.size());
  const std::size_t blocks = values.size() / columns / block_rows;
  if (format.has_scale || to_block) result.scales.assign(blocks * columns, 0);
  std::vector<double> greatest(format.has_scale ? blocks * columns : 0, 0.0);
  const auto place = [&](std::size_t i) {
    return i / columns / block_rows * columns + i % columns;
  };
  for (std::size_t i = 0; i < values.size() && format.has_scale; ++i) {
    const double magnitude = std::abs(values[i]);
    if (std::isfinite(magnitude)) greatest[place(i)] = std::max(greatest[place(i)], magnitude);
  }
  for (std::size_t i = 0; i < greatest.size(); ++i) {
    result.scales[i] = scale_for(format, greatest[i]);
  }
  const double most = value_of(format, largest_code(format));
  for (std::size_t i = 0; i < values.size(); ++i) {
    double value = values[i];
    if (format.has_scale) value = std::ldexp(value, scale_bias - result.scales[place(i)]);
    // An infinity stays one where it can.
    const bool overflows = std::isinf(value) && format.has_infinity;
    const std::int32_t code =
        encode(format, value, overflows ? Overflow::overflow : Overflow::saturate);
    result.codes[i] = code;
    // Less than half a unit below zero is rounded.
    const bool below = !format.is_signed && value < -0.5 * value_of(format, 1);
    if (below || (!overflows && std::abs(value) > most && value_of(format, code) != value)) {
      ++result.saturated;
    }
    if (!to_block) continue;
    std::int32_t& exponent = result.scales[place(i)];
    exponent = std::max(exponent, decode(format, code).exponent);
  }
  return result;
}

/// A weight class on its port: 1 bit: NaN; 3 bits: bit 0 negative, above it the class.
constexpr std::uint32_t class_code(int bits, const Number& number) {
  const auto kind = static_cast<std::uint32_t>(number.kind);
  if (bits == 1) return number.kind == Class::nan ? 1 : 0;
  return bits == 3 ? (number.negative ? 1U : 0U) | kind << 1U : 0;
}

}  // namespace cimforge::number

#endif  // CIMFORGE_NUMBER_HPP
