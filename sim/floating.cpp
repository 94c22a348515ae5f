#include "sim/floating.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

#include "generator/spec/floating.h"

namespace cimforge::sim {
namespace {

using number::Class;
using number::Number;

// A weight beside its value, as flags.
constexpr std::uint8_t class_mask = 3;
constexpr std::uint8_t negative_flag = 4;
constexpr std::uint8_t saturated_flag = 8;
constexpr std::uint8_t integer_flag = 16;

Class class_of(std::uint8_t flags) {
  return static_cast<Class>(flags & class_mask);
}

std::size_t size(int count) {
  return static_cast<std::size_t>(count);
}

number::Rounding rounding_of(const spec::MacroSpec& spec) {
  return static_cast<number::Rounding>(spec.floating.rounding);
}
static_assert(static_cast<int>(spec::Rounding::truncate) ==
              static_cast<int>(number::Rounding::truncate));
static_assert(static_cast<int>(spec::Rounding::nearest_even) ==
              static_cast<int>(number::Rounding::nearest_even));
static_assert(static_cast<int>(spec::Rounding::sticky) ==
              static_cast<int>(number::Rounding::sticky));

/// value * 2^-down in two's complement, rounded. 0 stays 0 whatever `down` is.
std::int64_t shifted(std::int64_t value, std::int64_t down, spec::Rounding rounding) {
  if (value == 0 || down == 0) return value;
  assert(down > 0);
  // A sum has fewer than 60 bits: at 62 only its sign is left of it.
  const int shift = static_cast<int>(std::min<std::int64_t>(down, 62));
  const std::int64_t kept = value >> shift;  // rounds down
  const std::int64_t dropped = value - kept * (std::int64_t{1} << shift);
  const std::int64_t half = std::int64_t{1} << (shift - 1);
  switch (rounding) {
    case spec::Rounding::truncate:
      return kept;
    case spec::Rounding::sticky:
      return dropped != 0 ? kept | 1 : kept;
    case spec::Rounding::nearest_even:
      return dropped > half || (dropped == half && (kept & 1) != 0) ? kept + 1 : kept;
  }
  return kept;
}

std::int64_t low_bits(std::int64_t value, int bits) {
  if (bits >= 64) return value;
  return value & ((std::int64_t{1} << bits) - 1);
}

/// The low bits of a code as two's complement.
std::int64_t sign_extended(std::int64_t code, int bits) {
  const std::int64_t low = low_bits(code, bits);
  if (bits >= 64 || (low >> (bits - 1) & 1) == 0) return low;
  return low - (std::int64_t{1} << bits);
}

}  // namespace

number::Format number_format(const spec::IntegerFormat& format) {
  number::Format result;
  result.bits = format.bits;
  result.is_signed = format.is_signed;
  result.has_scale = format.has_scale;
  if (format.element == spec::Element::integer) {
    // Scaled integers have one bit before the point, behind the sign (OCP MX 1.0, 5.3.4).
    result.point = format.has_scale ? format.bits - 2 : 0;
    return result;
  }
  const spec::FloatShape shape = spec::shape_of(format.element);
  result.exponent_bits = shape.exponent_bits;
  result.fraction_bits = shape.fraction_bits;
  result.bias = shape.bias;
  result.largest_exponent = shape.largest_exponent;
  result.has_infinity = shape.has_infinity;
  result.has_nan = shape.has_nan;
  result.is_signed = true;
  return result;
}

number::Format result_number_format(spec::ResultFormat format) {
  assert(format != spec::ResultFormat::integer);
  number::Format result;
  result.bits = format == spec::ResultFormat::fp32 ? 32 : 16;
  result.exponent_bits = 8;
  result.fraction_bits = result.bits - 9;
  result.bias = 127;
  result.largest_exponent = 254;
  result.has_infinity = true;
  result.has_nan = true;
  return result;
}

StoredWeight stored_weight(const spec::MacroSpec& spec, std::int32_t code, std::int32_t scale,
                           bool integer) {
  if (integer) {
    return {code, code == 0 ? Class::zero : Class::number, code < 0, false};
  }
  const number::Format format = number_format(spec.weight);
  const Number number = number::decode(format, code);
  const spec::AlignedOperand aligned = spec::aligned_weight(spec);
  const number::Aligned value = number::align(format, aligned.guard_bits, rounding_of(spec), number,
                                              aligned.target.value_or(scale));
  return {value.value, number.kind, number.negative, value.saturated};
}

std::uint32_t class_code(const spec::MacroSpec& spec, const StoredWeight& weight) {
  return number::class_code(spec::weight_class_bits(spec), {weight.kind, weight.negative, 0, 0});
}

std::vector<std::int32_t> block_exponents(const spec::MacroSpec& spec,
                                          std::span<const std::int32_t> codes) {
  const std::size_t columns = size(spec.columns);
  const std::size_t block_rows = size(spec.floating.block_rows);
  assert(codes.size() == size(spec.rows) * columns);
  std::vector<std::int32_t> exponents(codes.size(), 0);
  if (spec::aligned_weight(spec).target || spec.weight.has_scale) return exponents;
  const number::Format format = number_format(spec.weight);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::size_t first = i / columns / block_rows * block_rows * columns + i % columns;
    exponents[first] = std::max(exponents[first], number::decode(format, codes[i]).exponent);
  }
  for (std::size_t i = 0; i < codes.size(); ++i) {
    exponents[i] = exponents[i / columns / block_rows * block_rows * columns + i % columns];
  }
  return exponents;
}

AlignedWeights align_weights(const spec::MacroSpec& spec, std::span<const double> values) {
  assert(values.size() == size(spec.rows) * size(spec.columns));
  const std::size_t columns = size(spec.columns);
  const std::size_t block_rows = size(spec.floating.block_rows);
  const bool to_block = !spec::aligned_weight(spec).target;
  const number::Format format = number_format(spec.weight);
  number::Quantised quantised = number::quantise(format, columns, block_rows, to_block, values);
  AlignedWeights result;
  result.saturated = quantised.saturated;
  const bool offline = spec.floating.align_weights_at == spec::WeightAligner::offline;
  const spec::AlignedOperand operand = spec::aligned_weight(spec);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::int32_t scale =
        quantised.scales.empty()
            ? 0
            : quantised.scales[i / columns / block_rows * columns + i % columns];
    const StoredWeight weight = stored_weight(spec, quantised.codes[i], scale, false);
    if (offline) {
      result.aligned.push_back(weight.value);
      if (spec::weight_class_bits(spec) > 0) {
        result.classes.push_back(static_cast<std::int32_t>(class_code(spec, weight)));
      }
    }
    if (!std::isfinite(values[i])) continue;
    const int exponent = operand.exponent_bits > 0 ? scale : 0;
    const double off = std::ldexp(weight.value, exponent - operand.offset) - values[i];
    result.error_squares += off * off;
    result.squares += values[i] * values[i];
  }
  result.codes = std::move(quantised.codes);
  result.scales = std::move(quantised.scales);
  return result;
}

double result_value(const spec::MacroSpec& spec, std::int64_t code, bool integer) {
  return result_value(spec.floating.result, spec::result_shape(spec), code, integer);
}

double result_value(spec::ResultFormat format, const spec::ResultShape& shape, std::int64_t code,
                    bool integer) {
  if (integer) return static_cast<double>(sign_extended(code, shape.bits));
  if (format != spec::ResultFormat::integer) {
    return number::value_of(result_number_format(format),
                            static_cast<std::int32_t>(static_cast<std::uint32_t>(code)));
  }
  const std::int64_t sum = sign_extended(code, shape.sum_bits);
  const int exponent_bits = shape.bits - shape.sum_bits;
  const auto exponent =
      static_cast<std::int64_t>(static_cast<std::uint64_t>(code) >> shape.sum_bits) &
      ((std::int64_t{1} << exponent_bits) - 1);
  if (exponent == (std::int64_t{1} << exponent_bits) - 1) {
    if (sum == 0) return std::numeric_limits<double>::quiet_NaN();
    return sum > 0 ? std::numeric_limits<double>::infinity()
                   : -std::numeric_limits<double>::infinity();
  }
  return std::ldexp(static_cast<double>(sum), static_cast<int>(exponent - shape.offset));
}

std::string result_text(const spec::MacroSpec& spec, std::int64_t code, bool integer) {
  const int bits = spec::result_shape(spec).bits;
  const auto pattern = static_cast<std::uint64_t>(low_bits(code, bits));
  return fmt::format("0x{:0{}x} ({:.9g})", pattern, (bits + 3) / 4,
                     result_value(spec, code, integer));
}

FloatMacro::Operand FloatMacro::operand(const number::Format& format, std::int32_t code) {
  const Number number = number::decode(format, code);
  return {number.negative ? -number.significand : number.significand,
          number.exponent - number::unit(format)};
}

FloatMacro::FloatMacro(const spec::MacroSpec& spec)
    : spec_(spec),
      rows_(size(spec.rows)),
      columns_(size(spec.columns)),
      blocks_(size(spec::blocks_of(spec))),
      block_rows_(size(spec.floating.block_rows)),
      input_(number_format(spec.input)),
      weight_(number_format(spec.weight)),
      offset_(spec::result_shape(spec).offset),
      sum_guard_bits_(spec.floating.sum_guard_bits),
      has_specials_(spec::has_specials(spec)),
      values_(size(spec.banks) * rows_ * columns_, 0),
      flags_(values_.size(), static_cast<std::uint8_t>(Class::zero)),
      codes_(values_.size(), 0),
      brought_(values_.size(), 0),
      scales_(size(spec.banks) * blocks_ * columns_, 0),
      no_numbers_(size(spec.banks) * rows_, 0) {
  assert(spec.kind == spec::Kind::floating);
  for (std::int64_t code = spec.weight.min(); code <= spec.weight.max(); ++code) {
    weight_operands_.push_back(operand(weight_, static_cast<std::int32_t>(code)));
  }
}

std::size_t FloatMacro::place(int bank, int row) const {
  assert(0 <= bank && bank < spec_.banks);
  assert(0 <= row && row < spec_.rows);
  return (size(bank) * rows_ + size(row)) * columns_;
}

void FloatMacro::write_row(int bank, int row, std::span<const std::int32_t> codes,
                           std::span<const std::int32_t> scales, bool integer) {
  assert(codes.size() == columns_);
  assert(scales.size() == (spec::weight_scale_bits(spec_) > 0 ? columns_ : 0));
  assert(!integer || spec_.floating.integer_bits > 0);
  const std::size_t first = place(bank, row);
  const std::size_t block = (size(bank) * blocks_ + size(row) / block_rows_) * columns_;
  int& no_numbers = no_numbers_[first / columns_];
  no_numbers = 0;
  for (std::size_t column = 0; column < columns_; ++column) {
    const std::int32_t code = codes[column];
    assert(integer ? integer_format(spec_).holds(code) : spec_.weight.holds(code));
    const std::int32_t scale = scales.empty() ? 0 : scales[column];
    const StoredWeight weight = stored_weight(spec_, code, scale, integer);
    values_[first + column] = weight.value;
    flags_[first + column] = static_cast<std::uint8_t>(
        static_cast<unsigned>(weight.kind) | (weight.negative ? negative_flag : 0U) |
        (weight.saturated ? saturated_flag : 0U) | (integer ? integer_flag : 0U));
    codes_[first + column] = integer ? 0 : code;
    brought_[first + column] = static_cast<std::uint8_t>(scale);
    scales_[block + column] = static_cast<std::uint8_t>(scale);
    if (weight.kind == Class::infinity || weight.kind == Class::nan) ++no_numbers;
  }
}

FloatMacro::AlignedVector FloatMacro::aligned(std::span<const std::int32_t> input,
                                              std::span<const std::int32_t> scales,
                                              bool integer) const {
  assert(input.size() == rows_);
  assert(scales.size() == (spec_.input.has_scale ? blocks_ : 0));
  AlignedVector vector;
  vector.exponents.assign(blocks_, 0);
  vector.values.assign(input.begin(), input.end());
  if (integer) {
    assert(std::ranges::all_of(input, [this](auto x) { return integer_format(spec_).holds(x); }));
    return vector;
  }
  assert(std::ranges::all_of(input, [this](auto x) { return spec_.input.holds(x); }));
  vector.numbers.reserve(rows_);
  for (const std::int32_t code : input) {
    vector.numbers.push_back(number::decode(input_, code));
    if (vector.numbers.back().kind == Class::nan) vector.is_nan = true;
  }

  // The exponents that the blocks are aligned to: fields.
  const spec::AlignedOperand operand = spec::aligned_input(spec_);
  std::vector<int> targets(blocks_, operand.target.value_or(0));
  if (!operand.target) {
    const bool whole = spec_.floating.align_inputs_to == spec::InputTarget::vector;
    for (std::size_t row = 0; row < rows_; ++row) {
      int& target = targets[whole ? 0 : row / block_rows_];
      target = std::max(target, vector.numbers[row].exponent);
    }
    if (whole) std::ranges::fill(targets, targets.front());
  }
  for (std::size_t block = 0; block < blocks_; ++block) {
    if (!operand.target) vector.exponents[block] = targets[block];
    if (scales.empty()) continue;
    if (scales[block] == number::scale_nan) vector.is_nan = true;
    vector.exponents[block] += scales[block];
  }
  for (std::size_t row = 0; row < rows_; ++row) {
    vector.values[row] = number::align(input_, operand.guard_bits, rounding_of(spec_),
                                       vector.numbers[row], targets[row / block_rows_])
                             .value;
  }
  return vector;
}

std::vector<FloatMacro::Sum> FloatMacro::sums(int bank, const AlignedVector& vector,
                                              bool integer) const {
  // Aligned operands have 16 bits, and 17 unsigned: 4096 products of both have 45, 8 guard bits
  // more 53.
  std::vector<std::int64_t> of_blocks(blocks_ * columns_, 0);
  for (std::size_t row = 0; row < rows_; ++row) {
    const std::int64_t x = vector.values[row];
    if (x == 0) continue;
    const std::int32_t* const weights = values_.data() + place(bank, static_cast<int>(row));
    std::int64_t* const sum = of_blocks.data() + row / block_rows_ * columns_;
    for (std::size_t column = 0; column < columns_; ++column) sum[column] += x * weights[column];
  }
  std::vector<Sum> sums(columns_);
  const std::uint8_t* const scales = scales_.data() + size(bank) * blocks_ * columns_;
  for (std::size_t column = 0; column < columns_; ++column) {
    Sum& sum = sums[column];
    const auto exponent = [&](std::size_t block) {
      return vector.exponents[block] + scales[block * columns_ + column];
    };
    for (std::size_t block = 0; block < blocks_; ++block) {
      sum.greatest = std::max(sum.greatest, exponent(block));
    }
    if (integer || blocks_ == 1) {
      for (std::size_t block = 0; block < blocks_; ++block) {
        sum.value += of_blocks[block * columns_ + column];
      }
      sum.exponent = exponent(0);
      continue;
    }
    for (std::size_t block = 0; block < blocks_; ++block) {
      if (of_blocks[block * columns_ + column] == 0) continue;
      sum.exponent = std::max(sum.exponent, exponent(block));
    }
    for (std::size_t block = 0; block < blocks_; ++block) {
      sum.value += shifted(of_blocks[block * columns_ + column] * (1 << sum_guard_bits_),
                           sum.exponent - exponent(block), spec_.floating.rounding);
    }
  }
  return sums;
}

std::vector<std::optional<Number>> FloatMacro::specials(int bank,
                                                        const AlignedVector& vector) const {
  constexpr Number nan{Class::nan, false, 0, 0};
  std::vector<std::optional<Number>> found(columns_);
  if (!has_specials_) return found;
  if (vector.is_nan) {
    std::ranges::fill(found, nan);
    return found;
  }
  if (weight_.has_scale) {
    const std::uint8_t* const scales = scales_.data() + size(bank) * blocks_ * columns_;
    for (std::size_t i = 0; i < blocks_ * columns_; ++i) {
      if (scales[i] == number::scale_nan) found[i % columns_] = nan;
    }
  }
  for (std::size_t row = 0; row < rows_; ++row) {
    const Number& x = vector.numbers[row];
    const std::size_t first = place(bank, static_cast<int>(row));
    if (x.kind != Class::infinity && no_numbers_[first / columns_] == 0) continue;
    for (std::size_t column = 0; column < columns_; ++column) {
      const std::uint8_t flags = flags_[first + column];
      const Class w = class_of(flags);
      std::optional<Number>& result = found[column];
      if (w == Class::nan) {
        result = nan;
      } else if (x.kind == Class::infinity || w == Class::infinity) {
        const bool negative = x.negative != ((flags & negative_flag) != 0);
        const bool times_zero = x.kind == Class::zero || w == Class::zero;
        const bool other_sign =
            result && (result->kind == Class::nan || result->negative != negative);
        result = times_zero || other_sign ? nan : Number{Class::infinity, negative, 0, 0};
      }
    }
  }
  return found;
}

std::int64_t FloatMacro::encoded(const Number& special) const {
  const bool is_nan = special.kind == Class::nan;
  if (spec_.floating.result == spec::ResultFormat::integer) {
    const spec::ResultShape shape = spec::result_shape(spec_);
    const std::int64_t sum = is_nan ? 0 : special.negative ? -1 : 1;
    const std::int64_t ones = low_bits(-1, shape.bits) & ~low_bits(-1, shape.sum_bits);
    return ones | low_bits(sum, shape.sum_bits);
  }
  const number::Format format = result_number_format(spec_.floating.result);
  const std::int64_t infinity = std::int64_t{255} << format.fraction_bits;
  if (is_nan) return infinity | std::int64_t{1} << (format.fraction_bits - 1);
  return infinity | (special.negative ? std::int64_t{1} << (format.bits - 1) : 0);
}

std::int64_t FloatMacro::encoded(const Sum& sum) const {
  if (spec_.floating.result == spec::ResultFormat::integer) {
    const spec::ResultShape shape = spec::result_shape(spec_);
    return low_bits(sum.value, shape.sum_bits) |
           static_cast<std::int64_t>(static_cast<std::uint64_t>(sum.exponent) << shape.sum_bits);
  }
  if (sum.value == 0) return 0;
  const number::Format format = result_number_format(spec_.floating.result);
  const std::int64_t sign = sum.value < 0 ? std::int64_t{1} << (format.bits - 1) : 0;
  std::int64_t significand = std::abs(sum.value);
  std::int64_t exponent = sum.exponent - offset_;  // value = significand * 2^exponent
  int bits = spec::bits_up_to(significand);
  // Left so far that the leading bit is the hidden one, or the exponent that of a subnormal.
  const std::int64_t least = 1 - format.bias - format.fraction_bits;
  const std::int64_t wanted =
      std::max<std::int64_t>(exponent + bits - 1 - format.fraction_bits, least);
  const std::int64_t down = wanted - exponent;
  if (down < 0) {
    significand <<= -down;
  } else {
    significand = shifted(significand, down, spec::Rounding::nearest_even);
  }
  exponent = wanted;
  const std::int64_t field = exponent + format.bias + format.fraction_bits;
  const std::int64_t infinity = std::int64_t{255} << format.fraction_bits;
  if (field > 254) return sign | infinity;
  const std::int64_t code = ((field - 1) << format.fraction_bits) + significand;
  return sign | std::min(code, infinity);
}

void FloatMacro::multiply(int bank, std::span<const std::int32_t> input,
                          std::span<const std::int32_t> scales, bool integer,
                          std::span<std::int64_t> outputs) const {
  assert(outputs.size() == columns_);
  const AlignedVector vector = aligned(input, scales, integer);
  const std::vector<Sum> results = sums(bank, vector, integer);
  if (integer) {
    const int bits = spec::result_shape(spec_).bits;
    for (std::size_t column = 0; column < columns_; ++column) {
      outputs[column] = low_bits(results[column].value, bits);
    }
    return;
  }
  const auto special = specials(bank, vector);
  for (std::size_t column = 0; column < columns_; ++column) {
    outputs[column] = special[column] ? encoded(*special[column]) : encoded(results[column]);
  }
}

std::vector<WideSum> FloatMacro::exact(int bank, std::span<const std::int32_t> input,
                                       std::span<const std::int32_t> scales) const {
  const auto least = static_cast<std::int32_t>(spec_.weight.min());
  std::vector<WideSum> sums(columns_);
  for (std::size_t row = 0; row < rows_; ++row) {
    const Operand x = operand(input_, input[row]);
    if (x.value == 0) continue;
    const int input_scale = scales.empty() ? 0 : scales[row / block_rows_] - number::scale_bias;
    const std::size_t first = place(bank, static_cast<int>(row));
    for (std::size_t column = 0; column < columns_; ++column) {
      const std::size_t at = first + column;
      const Operand& w = weight_operands_[static_cast<std::size_t>(codes_[at] - least)];
      if (w.value == 0) continue;
      const int weight_scale = weight_.has_scale ? brought_[at] - number::scale_bias : 0;
      sums[column].add(std::int64_t{x.value} * w.value,
                       x.exponent + w.exponent + input_scale + weight_scale);
    }
  }
  return sums;
}

std::vector<std::uint8_t> FloatMacro::sound_columns(int bank) const {
  std::vector<std::uint8_t> sound(columns_, 1);
  for (std::size_t row = 0; row < rows_; ++row) {
    const std::size_t first = place(bank, static_cast<int>(row));
    const std::size_t block = (size(bank) * blocks_ + row / block_rows_) * columns_;
    for (std::size_t column = 0; column < columns_; ++column) {
      const bool is_other = (flags_[first + column] & (integer_flag | saturated_flag)) != 0;
      if (is_other || brought_[first + column] != scales_[block + column]) sound[column] = 0;
    }
  }
  return sound;
}

ResultError FloatMacro::error_of(const Sum& sum, const WideSum& exact, double off) const {
  ResultError error;
  if (spec_.floating.result == spec::ResultFormat::integer) {
    error.ulp = std::ldexp(off, static_cast<int>(offset_ - sum.exponent));
    return error;
  }
  const number::Format format = result_number_format(spec_.floating.result);
  const auto value = [&](std::int64_t code) {
    return number::value_of(format, static_cast<std::int32_t>(static_cast<std::uint32_t>(code)));
  };
  const std::int64_t right = exact.rounded(format.exponent_bits, format.fraction_bits);
  const std::int64_t got = encoded(sum);
  if (got == right) return error;
  error.overflows = std::isinf(value(got)) || std::isinf(value(right));
  if (error.overflows) return error;
  const auto field = static_cast<int>(right >> format.fraction_bits & 255);
  error.ulp =
      std::ldexp(std::abs(value(got) - value(right)), number::unit(format) - std::max(field, 1));
  return error;
}

std::vector<std::optional<ResultError>> FloatMacro::errors(
    int bank, std::span<const std::int32_t> input, std::span<const std::int32_t> scales) const {
  const AlignedVector vector = aligned(input, scales, false);
  const std::vector<Sum> results = sums(bank, vector, false);
  const auto special = specials(bank, vector);
  std::vector<std::optional<ResultError>> errors(columns_);
  if (vector.is_nan) return errors;
  const std::vector<WideSum> right = exact(bank, input, scales);
  const std::vector<std::uint8_t> sound = sound_columns(bank);
  const double bound = spec::aligned_error_bound(spec_);
  for (std::size_t column = 0; column < columns_; ++column) {
    if (special[column] || sound[column] == 0) continue;
    const Sum& sum = results[column];
    WideSum difference = right[column];
    difference.add(-sum.value, static_cast<int>(sum.exponent - offset_));
    const double off = std::abs(difference.approximately());
    const double in_units = std::ldexp(off, static_cast<int>(offset_ - sum.greatest));
    ResultError& error = errors[column].emplace(error_of(sum, right[column], off));
    error.of_bound = in_units == 0.0 ? 0.0 : in_units / bound;
  }
  return errors;
}

}  // namespace cimforge::sim
