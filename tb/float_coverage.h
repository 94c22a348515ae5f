// Situations of a floating macro that are worth testing, as they are met at its ports.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "generator/spec/floating.h"
#include "generator/spec/spec.h"
#include "sim/number.hpp"
#include "tb/codes.h"

namespace cimforge::tb {

/// Bins by name; tells the numbers of those that a write or a vector hits.
class FloatCoverage {
 public:
  struct Bin {
    std::string name;
    bool reachable;
  };

  explicit FloatCoverage(const spec::MacroSpec& spec);

  [[nodiscard]] const std::vector<Bin>& bins() const { return bins_; }
  /// Sets `hit`, one a bin, where a bin is hit.
  void observe_write(const WeightRow& write, std::span<std::uint8_t> hit);
  void observe_vector(const InputVector& vector, std::span<const std::int64_t> expected,
                      std::span<std::uint8_t> hit);
  /// The weights of all banks are no longer known.
  void forget_weights();

 private:
  /// The first of the bins of an operand's kinds of code.
  std::size_t add_kinds(const char* operand, const spec::IntegerFormat& format);
  std::size_t add(std::string name, bool reachable);
  void observe_codes(const spec::IntegerFormat& format, std::span<const std::int32_t> codes,
                     std::size_t first, std::span<std::uint8_t> hit) const;

  spec::MacroSpec spec_;
  Ports ports_;
  spec::ResultShape result_;
  number::Format input_, weight_;
  std::vector<Bin> bins_;
  std::size_t input_kinds_, weight_kinds_;
  std::size_t input_rows_, weight_rows_;  ///< what is no number, in each row of special_rows
  std::size_t alignment_, exponents_, scales_, results_, modes_;
  std::vector<int> special_row_;               ///< of a row: its place in special_rows, or -1
  std::vector<std::uint8_t> row_has_special_;  ///< [bank][row]
  std::vector<std::uint8_t> row_is_integer_;   ///< [bank][row]
  std::vector<int> integer_rows_;              ///< [bank]
};

}  // namespace cimforge::tb
