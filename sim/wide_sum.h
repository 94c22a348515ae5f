// WideSum: an exact sum of integers times powers of two, wide enough for every product of two
// operands of a floating macro, and its rounding to a binary format.
#pragma once

#include <array>
#include <cstdint>

#include "sim/number.hpp"

namespace cimforge::sim {

/// Two's complement with the lowest bit 2^-384. Operands and their sums lie between 2^-330 (the
/// lowest bit of a sum of scaled E5M2 with all guard bits) and 2^300 (4096 products of 2^143).
class WideSum {
 public:
  /// Adds value * 2^exponent.
  void add(std::int64_t value, int exponent);
  [[nodiscard]] bool is_zero() const;
  [[nodiscard]] bool is_negative() const { return (words_.back() >> 63 & 1) != 0; }
  /// The nearest value of a floating-point format with infinities, ties to even: its code. 0 is +0.
  [[nodiscard]] std::int64_t rounded(int exponent_bits, int fraction_bits) const;
  /// The same value to within 2^-52 of it.
  [[nodiscard]] double approximately() const;

 private:
  static constexpr int lowest = -384;
  static constexpr std::size_t count = 12;
  using Words = std::array<std::uint64_t, count>;

  [[nodiscard]] Words magnitude() const;

  Words words_{};  ///< the least significant one first
};

}  // namespace cimforge::sim
