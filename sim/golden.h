// Golden model of a macro: straight integer arithmetic on the specification alone, for an analog
// macro that of its converters on ideal cells. It includes generator/spec and nothing below it, so
// that a mistake in planning cannot stand on both sides of a comparison.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "generator/spec/spec.h"
#include "sim/floating.h"

namespace cimforge::sim {

/// What the output stage makes of an exact sum: the sum itself, its saturated or its truncated
/// value, after the arithmetic shift that the specification asks for.
/// Where results are signs the sum itself: only a column knows its threshold.
std::int64_t output_value(const spec::MacroSpec& spec, std::int64_t sum);

/// What comes with a row of weights beside their codes, one number a column each.
struct BesideWeights {
  std::span<const std::int32_t> indices = {};  ///< of structured weights
  std::span<const std::int32_t> scales = {};   ///< of a floating macro: scales, exponent fields
  bool integer = false;                        ///< the codes are those of integer mode
};

/// The weights of every bank and the results that they give. A bank holds codes of
/// zeros until it is written.
class GoldenMacro {
 public:
  explicit GoldenMacro(spec::MacroSpec spec);

  [[nodiscard]] const spec::MacroSpec& spec() const { return spec_; }

  /// Stores one row of weights: `weights` has one value a column. Asserts that the row, the bank
  /// and every value are within the specification. Of structured weights it is a stored row, and
  /// an index is for each column the row of its group, any number that the port holds.
  void write_row(int bank, int row, std::span<const std::int32_t> weights,
                 const BesideWeights& beside = {});

  /// Of OutputMode::sign: stores the thresholds of a bank, one a column; all are 0 before. Asserts
  /// that they are in the format of thresholds.
  void write_thresholds(int bank, std::span<const std::int64_t> thresholds);
  /// The thresholds of a bank; empty where results are no signs.
  [[nodiscard]] std::span<const std::int64_t> thresholds(int bank) const;
  /// The sums that multiply() compares with them, in the macro's own mode.
  void sums(int bank, std::span<const std::int32_t> inputs, std::span<std::int64_t> outputs) const;

  /// y[c] = output_value(sum over r of x[r] * W[bank][r][c]), but for what the converters of an
  /// analog macro, or of the analog part of a hybrid one, lose, and what an approximate one leaves
  /// out; `input` has one value a row, the result one a column.
  [[nodiscard]] std::vector<std::int64_t> multiply(int bank,
                                                   std::span<const std::int32_t> input) const;

  /// The same for many vectors: `inputs` is vectors x rows, `outputs` vectors x columns, row-major.
  /// All in one mode: the macro's own where none is given. With run-time precision a result of
  /// fused columns is the codes of all of them (sim/precision.h). `scales`, vectors x blocks, where
  /// inputs of a floating macro have them.
  void multiply(int bank, const spec::Mode& mode, std::span<const std::int32_t> inputs,
                std::span<std::int64_t> outputs, std::span<const std::int32_t> scales = {}) const;
  void multiply(int bank, std::span<const std::int32_t> inputs,
                std::span<std::int64_t> outputs) const;

  /// Of an approximate macro: what it leaves out of each sum, approximate - exact, before the
  /// output mode. Shapes as of multiply(), one vector.
  void approximation_errors(int bank, const spec::Mode& mode, std::span<const std::int32_t> input,
                            std::span<std::int64_t> errors) const;

  /// Of Kind::floating, whose weights it holds; else null.
  [[nodiscard]] const FloatMacro* floating() const { return floating_ ? &*floating_ : nullptr; }

 private:
  /// The results, or the sums where results are signs, of a macro that is neither transposed nor
  /// floating nor of run-time precision.
  void multiply_plainly(int bank, std::span<const std::int32_t> inputs,
                        std::span<std::int64_t> outputs) const;
  /// With run-time precision.
  void multiply_in_mode(int bank, const spec::Mode& mode, std::span<const std::int32_t> inputs,
                        std::span<std::int64_t> outputs) const;
  /// With the converters of an analog macro, on ideal cells.
  void multiply_analog(std::span<const std::int32_t> inputs, std::span<std::int64_t> outputs) const;
  /// 2^low_bits times the exact sums of the weights' high bits, and the analog macro of their low
  /// ones.
  void multiply_hybrid(std::span<const std::int32_t> inputs, std::span<std::int64_t> outputs) const;
  /// With what the specification leaves out (docs/approximation.md).
  void multiply_approximately(int bank, std::span<const std::int32_t> inputs,
                              std::span<std::int64_t> outputs) const;
  template <typename Sum>
  void multiply_in(int bank, std::span<const std::int32_t> inputs,
                   std::span<std::int64_t> outputs) const;

  /// y[c] = sum over stored rows p of x[M * (p / N) + i[p][c]] * W[p][c]; an index of M or more
  /// selects nothing.
  void multiply_structured(int bank, std::span<const std::int32_t> inputs,
                           std::span<std::int64_t> outputs) const;

  /// Where the weights of a row begin in `weights_`.
  [[nodiscard]] std::size_t row_offset(int bank, int row) const;

  spec::MacroSpec spec_;
  std::optional<FloatMacro> floating_;
  std::vector<std::int32_t> weights_;     ///< [bank][row][column]; empty of a floating macro
  std::vector<std::int32_t> indices_;     ///< likewise; empty unless weights are structured
  std::vector<std::int64_t> thresholds_;  ///< [bank][column]; empty unless results are signs
};

}  // namespace cimforge::sim
