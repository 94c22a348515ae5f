#include "generator/picture/number.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace cimforge::picture {
namespace {

const std::string minus = "\u2212";

/// Without the zeros at the end of a decimal fraction; `-0` becomes `0`.
std::string without_end_zeros(std::string text) {
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

std::string with_minus_sign(const std::string& text) {
  return text.starts_with('-') ? minus + text.substr(1) : text;
}

}  // namespace

bool drawable(double value) {
  return std::isfinite(value) && std::abs(value) < 1e300;
}

std::string coordinate(double value) {
  // What lies far outside of the page is cut there; renderers count in single precision.
  constexpr double far = 20000.0;
  return without_end_zeros(fmt::format("{:.1f}", std::clamp(value, -far, far)));
}

std::string fixed(double value, int decimals) {
  const std::string text = fmt::format("{:.{}f}", value, decimals);
  const bool zero = text.find_first_not_of("-0.") == std::string::npos;
  return with_minus_sign(zero && text.starts_with('-') ? text.substr(1) : text);
}

std::string short_number(double value) {
  if (std::isnan(value)) return "not a number";
  if (std::isinf(value)) return value > 0 ? "infinity" : minus + "infinity";
  if (value == 0.0) return "0";
  const std::string scientific = fmt::format("{:.3e}", value);
  const std::size_t e = scientific.find('e');
  const int exponent = std::atoi(scientific.c_str() + e + 1);
  if (exponent >= -4 && exponent < 6) {
    return with_minus_sign(
        without_end_zeros(fmt::format("{:.{}f}", value, std::max(0, 3 - exponent))));
  }
  return with_minus_sign(without_end_zeros(scientific.substr(0, e))) + "\u00d7" +
         power_of_ten(exponent);
}

std::string power_of_ten(int exponent) {
  static const std::array<const char*, 10> digits = {"\u2070", "\u00b9", "\u00b2", "\u00b3",
                                                     "\u2074", "\u2075", "\u2076", "\u2077",
                                                     "\u2078", "\u2079"};
  std::string text = exponent < 0 ? "10\u207b" : "10";
  for (const char digit : std::to_string(std::abs(exponent))) {
    text += digits[static_cast<std::size_t>(digit - '0')];
  }
  return text;
}

std::string counted(std::size_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace cimforge::picture
