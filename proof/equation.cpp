#include "proof/equation.h"

#include <fmt/format.h>

#include <algorithm>

#include "generator/spec/approximation.h"
#include "generator/spec/binary.h"
#include "generator/spec/range.h"
#include "generator/spec/structure.h"
#include "proof/refutation.h"

namespace cimforge::proof {
namespace {

/// The least width of an accumulator that gives every result.
int needed_width(const spec::MacroSpec& spec, bool saturates) {
  if (!saturates && !spec::has_thresholds(spec)) {
    return spec.output_shift + spec::output_width(spec);
  }
  return spec.output_shift + spec::needed_output_bits(spec);
}

std::string value_of(const spec::IntegerFormat& format, std::uint64_t code) {
  const bool negative = format.is_signed && (code >> (format.bits - 1) & 1U) != 0;
  return fmt::format(
      "{}", static_cast<std::int64_t>(code) - (negative ? std::int64_t{1} << format.bits : 0));
}

/// What bit `bit` of a code adds to its value, or one of the planes of a ternary weight: 2^bit,
/// negative for the sign bit. -1: what a code of zeros has.
std::uint64_t weight_of(const spec::IntegerFormat& format, int bit) {
  if (bit < 0) return format.is_bipolar ? ~std::uint64_t{0} : 0;
  if (format.is_bipolar) return 2;
  if (format.is_ternary) return bit == 0 ? 1 : ~std::uint64_t{0};
  const std::uint64_t value = std::uint64_t{1} << bit;
  return format.is_signed && bit == format.bits - 1 ? ~value + 1 : value;
}

}  // namespace

bool Constants::feeds() const {
  return std::any_of(feed.begin(), feed.end(), [](std::uint64_t digit) { return digit != 0; });
}

Constants prove_equation(const ColumnProof& column, const spec::MacroSpec& spec) {
  const bool saturates = spec.output_mode == spec::OutputMode::saturate &&
                         spec::needed_output_bits(spec) > spec::output_width(spec);
  const auto refute = [](const std::string& bit, const std::string& what,
                         std::vector<std::pair<std::string, std::string>> values = {},
                         const std::string& expected = "", const std::string& got = "") {
    throw Refuted{{"column", bit, what, std::move(values), expected, got}};
  };
  const int width = column.width;
  if (width < needed_width(spec, saturates)) {
    refute("accumulator", "it is too narrow for every result", {},
           fmt::format("{} bits", needed_width(spec, saturates)), fmt::format("{} bits", width));
  }
  if (saturates != (column.saturation != nullptr)) {
    refute("result", saturates ? "it does not saturate" : "it saturates");
  }
  const int n = steps(spec);
  const int k = spec.input_bits_per_cycle;
  const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
  const auto scaled = [&](std::int64_t value, int step) {
    const int shift = k * (n - 1 - step);
    return shift >= 64 ? 0 : static_cast<std::uint64_t>(value) << shift & mask;
  };

  // Bit i of a row's code (or of a group of them, under its first row) times bit b of a weight:
  // what all the steps together give it. Of structured weights the input of stored row p is what
  // its index selects, x[i[p]]: the sums hold for every index if they hold for all values of it.
  const int stored_rows = spec::stored_rows(spec);
  const char* const name = spec.sparsity.is_structured() ? "x[i[{}]]" : "x[{}]";
  const auto rows = static_cast<std::size_t>(stored_rows);
  const auto input_bits = static_cast<std::size_t>(spec.input.bits);
  const auto weight_bits = static_cast<std::size_t>(spec.weight.bits);
  // Bit -1 is none: of the values of bipolar codes a part belongs to one operand alone.
  std::vector<std::uint64_t> got(rows * (input_bits + 1) * (weight_bits + 1), 0);
  const auto at = [&](std::size_t row, int i, int b) -> std::uint64_t& {
    return got[(row * (input_bits + 1) + static_cast<std::size_t>(i + 1)) * (weight_bits + 1) +
               static_cast<std::size_t>(b + 1)];
  };
  const auto wrong_pair = [&](int digit_row, int code_bit, int row, int bit, std::uint64_t expected,
                              std::uint64_t found) {
    if (code_bit < 0 || bit < 0) {
      refute(fmt::format("row {}", row),
             fmt::format("bit {} of its {} counts wrongly by itself", std::max(code_bit, bit),
                         code_bit < 0 ? "weight" : "input"),
             {}, fmt::format("{} modulo 2^{}", expected & mask, width),
             fmt::format("{} modulo 2^{}", found & mask, width));
    }
    const std::uint64_t x = std::uint64_t{1} << code_bit;
    const std::uint64_t w = std::uint64_t{1} << bit;
    const std::uint64_t difference = (expected ^ found) & mask;
    int lowest = 0;
    while ((difference >> lowest & 1U) == 0) ++lowest;
    refute(fmt::format("bit {} of the sum", lowest),
           fmt::format("bit {} of {} times bit {} of W[{}] counts wrongly; all other codes are 0",
                       code_bit, fmt::format(fmt::runtime(name), digit_row), bit, row),
           {{fmt::format(fmt::runtime(name), digit_row), value_of(spec.input, x)},
            {fmt::format("W[{}]", row), value_of(spec.weight, w)}},
           fmt::format("{} modulo 2^{}", expected & mask, width),
           fmt::format("{} modulo 2^{}", found & mask, width));
  };
  std::uint64_t offset = 0;
  for (int step = 0; step < n; ++step) {
    offset += scaled(step == 0 ? column.constant_first : column.constant_later, step);
    for (const Product& each : step == 0 ? column.first : column.later) {
      if (each.digit < 0) {
        at(static_cast<std::size_t>(each.row), -1, each.bit) += scaled(each.coefficient, step);
        continue;
      }
      const int j = each.digit / stored_rows + column.lowest_digit_bit;
      const int row = each.digit % stored_rows;
      int i = k * (n - 1 - step) + j;
      if (i < 0) continue;  // below the last step there are zeros
      if (i >= spec.input.bits) {
        if (!spec.input.is_signed) continue;
        i = spec.input.bits - 1;
      }
      const std::uint64_t coefficient = scaled(each.coefficient, step);
      if (row != each.row) {
        if (coefficient != 0) wrong_pair(row, i, each.row, each.bit, 0, coefficient);
        continue;
      }
      const int group = spec.approximation.or_rows;
      if (row % group != 0 || each.rows != std::min(group, spec.rows - row)) {
        refute("a product", "it joins other rows than those of a group", {},
               fmt::format("rows {} to {}", row / group * group,
                           std::min((row / group + 1) * group, spec.rows) - 1),
               fmt::format("rows {} to {}", row, row + each.rows - 1));
      }
      at(static_cast<std::size_t>(row), i, each.bit) += coefficient;
    }
  }
  for (std::size_t row = 0; row < rows; ++row) {
    for (int i = -1; i < spec.input.bits; ++i) {
      for (int b = -1; b < spec.weight.bits; ++b) {
        if (i < 0 && b < 0) continue;
        // A group counts as its first row.
        const bool counts = row % static_cast<std::size_t>(spec.approximation.or_rows) == 0 &&
                            (i < 0 || b < 0 || spec::keeps_product(spec, i % k, b));
        const std::uint64_t expected =
            counts ? weight_of(spec.input, i) * weight_of(spec.weight, b) : 0;
        if (((at(row, i, b) ^ expected) & mask) == 0) continue;
        wrong_pair(static_cast<int>(row), i, static_cast<int>(row), b, expected, at(row, i, b));
      }
    }
  }
  // What every row has, whatever its codes.
  offset -= rows * weight_of(spec.input, -1) * weight_of(spec.weight, -1);

  Constants constants;
  constants.width = width;
  for (int digit = 0; skips(spec) && digit < n; ++digit) {
    // A digit that is skipped adds no product, and no offset.
    const int step = n - 1 - digit;
    constants.terms.push_back(
        (~scaled(step == 0 ? column.constant_first : column.constant_later, step) + 1) & mask);
  }
  const std::uint64_t correction = (~offset + 1) & mask;
  const int below = std::min(63, k * (n - 1));
  constants.initial = correction >> below;
  constants.initial_bits = std::max(0, width - k * (n - 1));
  for (int step = 1; step < n; ++step) {
    const int shift = k * (n - 1 - step);
    const std::uint64_t digit = shift >= 64 ? 0 : correction >> shift;
    constants.feed.push_back(digit & ((std::uint64_t{1} << k) - 1));
  }
  return constants;
}

}  // namespace cimforge::proof
