#include "sim/wide_sum.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

namespace cimforge::sim {

void WideSum::add(std::int64_t value, int exponent) {
  const int place = exponent - lowest;
  assert(0 <= place && place < 64 * (static_cast<int>(count) - 1));
  const auto shift = static_cast<unsigned>(place % 64);
  const auto bits = static_cast<std::uint64_t>(value);
  const std::uint64_t sign = value < 0 ? ~std::uint64_t{0} : 0;
  const std::uint64_t low = bits << shift;
  const std::uint64_t high = shift == 0 ? sign : (bits >> (64 - shift) | sign << shift);

  auto word = static_cast<std::size_t>(place / 64);
  std::uint64_t carry = 0;
  const auto add_word = [&](std::uint64_t term) {
    const std::uint64_t sum = words_[word] + term;
    const std::uint64_t with_carry = sum + carry;
    carry = (sum < term ? 1U : 0U) + (with_carry < sum ? 1U : 0U);
    words_[word++] = with_carry;
  };
  add_word(low);
  add_word(high);
  // Above it nothing changes where the carry cancels the sign.
  while (word < count && carry != (sign & 1)) add_word(sign);
}

bool WideSum::is_zero() const {
  return std::ranges::all_of(words_, [](std::uint64_t word) { return word == 0; });
}

WideSum::Words WideSum::magnitude() const {
  Words result = words_;
  if (!is_negative()) return result;
  std::uint64_t carry = 1;
  for (std::uint64_t& word : result) {
    word = ~word + carry;
    carry = carry != 0 && word == 0 ? 1 : 0;
  }
  return result;
}

std::int64_t WideSum::rounded(int exponent_bits, int fraction_bits) const {
  const Words words = magnitude();
  int top = 64 * static_cast<int>(count) - 1;
  for (std::size_t i = count; i-- > 0;) {
    top = 64 * static_cast<int>(i) + 63 - std::countl_zero(words[i]);
    if (words[i] != 0) break;
  }
  if (top < 0) return 0;
  const auto bit = [&](int place) {
    return place < 0 || place > top
               ? 0
               : words[static_cast<std::size_t>(place / 64)] >> (place % 64) & 1;
  };

  const int bias = (1 << (exponent_bits - 1)) - 1;
  // The place of the lowest fraction bit: of a subnormal result that of field 1.
  const int unit = std::max(top - fraction_bits, 1 - bias - fraction_bits - lowest);
  std::int64_t significand = 0;
  for (int place = top; place >= unit; --place) {
    significand = 2 * significand + static_cast<std::int64_t>(bit(place));
  }
  // Whether a bit below the half is set: words that are whole below it, and the rest of its word.
  const int rest = std::clamp(unit - 1, 0, top + 1);
  const auto whole = static_cast<std::size_t>(rest / 64);
  bool below = rest % 64 != 0 && (words[whole] << (64 - rest % 64)) != 0;
  for (std::size_t i = 0; i < whole; ++i) below = below || words[i] != 0;
  const bool half = bit(unit - 1) != 0;
  if (half && (below || (significand & 1) != 0)) ++significand;

  const std::int64_t field = unit + lowest + bias + fraction_bits;
  const std::int64_t infinity = ((std::int64_t{1} << exponent_bits) - 1) << fraction_bits;
  const std::int64_t code = ((field - 1) << fraction_bits) + significand;
  const std::int64_t sign = is_negative() ? std::int64_t{1} << (exponent_bits + fraction_bits) : 0;
  return sign | std::min(code, infinity);
}

double WideSum::approximately() const {
  const Words words = magnitude();
  double sum = 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    sum += std::ldexp(static_cast<double>(words[i]), static_cast<int>(i) * 64 + lowest);
  }
  return is_negative() ? -sum : sum;
}

}  // namespace cimforge::sim
