// What is sent to a floating macro: numbers at the corners of their formats, Gaussian and random
// ones, with exponents and scales that fit them or not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "generator/spec/spec.h"
#include "tb/codes.h"
#include "tb/random.h"
#include "tb/structured.h"

namespace cimforge::tb {

/// A vector of inputs, or a matrix of weights.
enum class FloatPattern : std::uint8_t {
  zeros,
  negative_zeros,
  ones,
  largest,
  least,        ///< the largest with a sign
  alternating,  ///< the two by turns; weights: a checkerboard
  least_normal,
  largest_subnormal,
  least_subnormal,
  mixed,       ///< the largest beside the least, which it shifts out
  staircase,   ///< each exponent in turn, signs by turns
  cancelling,  ///< x and -x by turns: sums of zero, or of what alignment loses
  units,       ///< 1, 0, -1 and -0 in turn, the same in all rows of a matrix
  one_hot,     ///< all zero but one row of a vector, or one column of a matrix
  gaussian,    ///< quantised to the format, with scales that fit
  random,      ///< one of several distributions of finite numbers
};

/// Infinities and NaN of a format: of both signs and several patterns. Empty where there are none.
std::vector<std::int32_t> special_codes(const spec::IntegerFormat& format);

/// Draws the vectors and the weights of one macro.
class FloatStimulus {
 public:
  FloatStimulus(const spec::MacroSpec& spec, Random& random);

  /// A vector of a pattern; `index`: the row of a one-hot one. With scales of 1, or those that fit.
  void fill_vector(FloatPattern pattern, std::size_t index, InputVector& vector);
  /// Likewise of a vector in integer mode: ends of the integers and random ones.
  void fill_integer_vector(FloatPattern pattern, std::size_t index, InputVector& vector);
  /// Anything: any mode, rarely what is no number.
  void fill_any_vector(InputVector& vector);
  /// Packs what the caller changed.
  void finish(InputVector& vector);

  /// A matrix, row-major, each column and block with its largest exponent; or with scales of 1 or
  /// those that fit. `index`: the column of a one-hot one. `integer`: in integer mode.
  StoredWeights matrix(FloatPattern pattern, std::size_t index, bool integer);
  /// Row `row` of a matrix.
  void take_row(const StoredWeights& matrix, std::size_t row, WeightRow& write);
  /// Any row: with the exponents that its blocks have, others that fit or that do not, rarely with
  /// what is no number. `bank` and `row` are set.
  void fill_any_row(WeightRow& write);

 private:
  /// Numbers of a pattern in a format; those of a Gaussian one as large as `scales` need.
  void fill(FloatPattern pattern, std::size_t index, const spec::IntegerFormat& format,
            std::span<std::int32_t> codes);
  void fill_gaussian(const spec::IntegerFormat& format, std::span<std::int32_t> codes);
  void fill_random(const spec::IntegerFormat& format, std::span<std::int32_t> codes);
  void fill_integers(FloatPattern pattern, std::size_t index, std::span<std::int32_t> values);
  [[nodiscard]] std::int32_t any_number(const spec::IntegerFormat& format);
  [[nodiscard]] std::int32_t any_scale();
  /// About normally distributed, of variance 1.
  [[nodiscard]] double normal();
  [[nodiscard]] std::uint8_t& held(int bank, std::size_t row, std::size_t column);

  const spec::MacroSpec& spec_;
  Random& random_;
  Ports ports_;
  std::vector<std::int32_t> input_specials_, weight_specials_;
  std::size_t block_rows_;
  bool aligns_weights_;             ///< to an exponent that comes with them
  std::vector<std::uint8_t> held_;  ///< [bank][block][column]: what was brought last
};

}  // namespace cimforge::tb
