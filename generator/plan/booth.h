// Radix-4 Booth recoding of the input bits of a step: digits of -2 to 2, each for two bits, whose
// products with a weight are one row of bits where two were. docs/booth.md has the arithmetic.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "generator/plan/tree.h"
#include "generator/spec/spec.h"

namespace cimforge::plan {

struct MacroPlan;

/// The planes of a digit among those that the recoder gives (rtl/cim_booth_input.v).
struct BoothDigit {
  int one = 0;       ///< the digit is +-1
  int negative = 0;  ///< it is negative
  int two = -1;      ///< it is +-2; -1: it never is
};

struct BoothPlan {
  std::vector<BoothDigit> digits;  ///< digit i has the weight 4^i
  /// The plane of the top bit of an unsigned code in the first step, of weight 2^k; -1: there is
  /// none.
  int top_plane = -1;
  int planes = 0;            ///< of a row, all together
  bool reads_first = false;  ///< the first step is recoded in another way than the others
  /// A negative product is the inverse of a positive one and lacks 1, or 2: N = sum over rows and
  /// digits of 4^i max(0, -digit), the same for all columns, comes from one tree of the macro.
  /// Input i: row i % rows; digit by digit, first those that are -1, then those that are -2.
  TreePlan count;
  int count_bits = 0;  ///< of N; no bit of it is always zero
};

/// The digits of a step; nothing without Booth recoding.
std::optional<BoothPlan> plan_booth(const spec::MacroSpec& spec, int steps);

/// The products of a step: `digit_bit` of a plane is 2i for digit i and k for the top plane,
/// `weight_bit` the bit of the product.
void choose_booth_heap(MacroPlan& plan);

/// Unit delays from the serialiser to a product.
int booth_product_delay(const AdderDelays& delays);

/// Plans the count of negative digits.
void plan_booth_count(MacroPlan& plan);

/// The bits of N in the heap of a column, in order: as the number `operand`; with unsigned weights
/// then those of -2^B N, inverted, B the bits of a weight, as the number behind it.
std::vector<TreeInput> booth_count_inputs(const MacroPlan& plan, int operand);

/// What those bits add up to at most, and what the inverted ones add beside their value.
std::uint64_t most_of_booth_count(const MacroPlan& plan);
std::uint64_t offset_of_booth_count(const MacroPlan& plan);

}  // namespace cimforge::plan
