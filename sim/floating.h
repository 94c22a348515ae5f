// Floating macros: what their formats mean, the aligned result that hardware must equal bit for
// bit, and how far that is from the exact one (docs/floating.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "generator/spec/floating.h"
#include "generator/spec/spec.h"
#include "sim/number.hpp"
#include "sim/wide_sum.h"

namespace cimforge::sim {

/// The meaning of the codes of a format.
number::Format number_format(const spec::IntegerFormat& format);

/// Of the result of a floating macro; not of ResultFormat::integer.
number::Format result_number_format(spec::ResultFormat format);

/// The integers of integer mode.
constexpr spec::IntegerFormat integer_format(const spec::MacroSpec& spec) {
  return {true, spec.floating.integer_bits};
}

/// A weight as the macro stores it.
struct StoredWeight {
  std::int32_t value = 0;  ///< aligned
  number::Class kind = number::Class::zero;
  bool negative = false;
  bool saturated = false;
};

/// Aligns a weight to what came with it: `scale` is an exponent field where the macro aligns to
/// one, and means nothing otherwise. `integer`: the code is an integer of integer mode.
StoredWeight stored_weight(const spec::MacroSpec& spec, std::int32_t code, std::int32_t scale,
                           bool integer);

/// The class as `weight_class_i` has it: 1 or 3 bits, 0 where there are none.
std::uint32_t class_code(const spec::MacroSpec& spec, const StoredWeight& weight);

/// The exponent fields that belong to a matrix rows x columns of codes, row-major: for each weight
/// the largest of its column and block. For a macro that takes none or scales: zeros.
std::vector<std::int32_t> block_exponents(const spec::MacroSpec& spec,
                                          std::span<const std::int32_t> codes);

/// Real weights as a macro takes them.
struct AlignedWeights {
  std::vector<std::int32_t> codes;    ///< rows x columns, row-major
  std::vector<std::int32_t> scales;   ///< blocks x columns: scales or exponents; or empty
  std::vector<std::int32_t> aligned;  ///< rows x columns, of a macro that takes these; or empty
  std::vector<std::int32_t> classes;  ///< likewise, where it takes them
  std::size_t saturated = 0;          ///< weights past the largest of the format
  double squares = 0;                 ///< sum of the squares of the weights
  double error_squares = 0;           ///< and of what quantisation and alignment change of them
};

/// Quantises a matrix rows x columns, row-major, and chooses its scales, or its exponents, as
/// docs/floating.md wants them.
AlignedWeights align_weights(const spec::MacroSpec& spec, std::span<const double> values);

/// The value of a result: a number, infinity or NaN. Of ResultFormat::integer to within double
/// precision. `integer`: a result of integer mode.
double result_value(const spec::MacroSpec& spec, std::int64_t code, bool integer);

/// The same, for many results of one macro.
double result_value(spec::ResultFormat format, const spec::ResultShape& shape, std::int64_t code,
                    bool integer);

/// `0x3f800000 (1)`: a result for people.
std::string result_text(const spec::MacroSpec& spec, std::int64_t code, bool integer);

/// How far a result is from the exact dot product.
struct ResultError {
  double ulp = 0;          ///< |result - exactly rounded|, in units in the last place of the latter
  bool overflows = false;  ///< they differ, and one is infinite
  double of_bound = 0;     ///< |aligned - exact| / spec::aligned_error_bound, before it is rounded
};

/// The weights of every bank, and what vectors give with them. A bank holds zeros of exponent 0
/// until it is written.
class FloatMacro {
 public:
  explicit FloatMacro(const spec::MacroSpec& spec);

  /// One row: codes and scales, one a column each; no scales where the macro takes none.
  void write_row(int bank, int row, std::span<const std::int32_t> codes,
                 std::span<const std::int32_t> scales, bool integer);

  /// `input` has one code a row, `scales` one a block or none; results are one code a column.
  void multiply(int bank, std::span<const std::int32_t> input, std::span<const std::int32_t> scales,
                bool integer, std::span<std::int64_t> outputs) const;

  /// The exact dot products of the values of the codes, one a column, whatever they were aligned
  /// to. What is infinite or NaN, and an integer of integer mode, counts as 0.
  [[nodiscard]] std::vector<WideSum> exact(int bank, std::span<const std::int32_t> input,
                                           std::span<const std::int32_t> scales) const;

  /// The errors of the results of a vector that is not in integer mode, one a column. Nothing where
  /// the result is no number by its operands, or the weights of the column are not what their codes
  /// say: integers of integer mode, blocks that were written with several exponents or scales, and
  /// what saturated in alignment.
  std::vector<std::optional<ResultError>> errors(int bank, std::span<const std::int32_t> input,
                                                 std::span<const std::int32_t> scales) const;

 private:
  /// An operand as it is, for the exact sum: value * 2^exponent.
  struct Operand {
    std::int32_t value = 0;
    std::int32_t exponent = 0;
  };
  static Operand operand(const number::Format& format, std::int32_t code);

  /// A sum before it is rounded: value * 2^(exponent - offset).
  struct Sum {
    std::int64_t value = 0;
    std::int64_t exponent = 0;
    std::int64_t greatest = 0;  ///< largest exponent of a block, that of zeros among them
  };
  struct AlignedVector {
    std::vector<std::int32_t> values;     ///< one a row
    std::vector<std::int64_t> exponents;  ///< one a block: T + s
    std::vector<number::Number> numbers;  ///< one a row; empty in integer mode
    bool is_nan = false;                  ///< an input, or a scale
  };
  [[nodiscard]] std::size_t place(int bank, int row) const;
  [[nodiscard]] AlignedVector aligned(std::span<const std::int32_t> input,
                                      std::span<const std::int32_t> scales, bool integer) const;
  [[nodiscard]] std::vector<Sum> sums(int bank, const AlignedVector& vector, bool integer) const;
  /// What no sum is: per column NaN, infinity of either sign, or nothing.
  [[nodiscard]] std::vector<std::optional<number::Number>> specials(
      int bank, const AlignedVector& vector) const;
  [[nodiscard]] std::int64_t encoded(const Sum& sum) const;
  [[nodiscard]] std::int64_t encoded(const number::Number& special) const;
  /// Of each column, whether its weights are what their codes say, as far as alignment can.
  [[nodiscard]] std::vector<std::uint8_t> sound_columns(int bank) const;
  /// `off`: |aligned - exact|.
  [[nodiscard]] ResultError error_of(const Sum& sum, const WideSum& exact, double off) const;

  spec::MacroSpec spec_;
  std::size_t rows_, columns_, blocks_, block_rows_;
  number::Format input_, weight_;
  std::vector<Operand> weight_operands_;  ///< of each code, from the least on, with a scale of 1
  std::int64_t offset_;                   ///< of a sum
  int sum_guard_bits_;
  bool has_specials_;
  std::vector<std::int32_t> values_;  ///< [bank][row][column]: aligned weights
  std::vector<std::uint8_t> flags_;   ///< likewise: class, sign, saturated, integer
  std::vector<std::int32_t> codes_;  ///< likewise: as written, 0 for integers; for the exact result
  std::vector<std::uint8_t> brought_;  ///< likewise: the scale or exponent that came with it
  std::vector<std::uint8_t> scales_;   ///< [bank][block][column]: what the last row brought
  std::vector<int> no_numbers_;        ///< [bank][row]: weights that are infinite or NaN
};

}  // namespace cimforge::sim
