#include "tb/float_coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "generator/spec/floating.h"
#include "sim/floating.h"
#include "tb/float_corners.h"

namespace cimforge::tb {
namespace {

constexpr std::array kKinds = {
    "zero",    "negative zero",       "least subnormal", "largest subnormal", "least normal",
    "largest", "largest with a sign", "infinity",        "minus infinity",    "NaN"};
enum Alignment : std::size_t { own_exponent, larger_exponent, saturating, kAlignments };
constexpr std::array kAlignmentNames = {"a weight with the largest exponent of its block",
                                        "a weight with a smaller exponent than its block's",
                                        "a weight that saturates"};
constexpr std::array kExponentNames = {"inputs of one exponent",
                                       "inputs of least and largest exponent",
                                       "one input that is not zero", "no input that is not zero"};
constexpr std::array kScaleNames = {"a scale of inputs that is NaN", "a scale of inputs at an end",
                                    "a scale of weights that is NaN",
                                    "a scale of weights at an end"};
constexpr std::array kResultNames = {"positive result", "negative result",       "zero",
                                     "infinite result", "minus infinite result", "NaN as a result"};
constexpr std::array kModeNames = {
    "numbers with numbers", "numbers with integers among the weights", "integers with integers",
    "integers with numbers among the weights"};

}  // namespace

FloatCoverage::FloatCoverage(const spec::MacroSpec& spec)
    : spec_(spec),
      ports_(spec),
      result_(spec::result_shape(spec)),
      input_(sim::number_format(spec.input)),
      weight_(sim::number_format(spec.weight)) {
  input_kinds_ = add_kinds("input", spec.input);
  weight_kinds_ = add_kinds("weight", spec.weight);

  special_row_.assign(ports_.rows, -1);
  const std::vector<std::size_t> rows = special_rows(spec);
  for (std::size_t i = 0; i < rows.size(); ++i) special_row_[rows[i]] = static_cast<int>(i);
  input_rows_ = weight_rows_ = bins_.size();
  for (const char* const operand : {"input", "weight"}) {
    const bool is_input = operand[0] == 'i';
    (is_input ? input_rows_ : weight_rows_) = bins_.size();
    const bool any = !special_codes(is_input ? spec.input : spec.weight).empty();
    for (const std::size_t row : rows) {
      add(fmt::format("{} of row {} that is no number", operand, row), any);
    }
  }

  const bool aligns = ports_.weight_scale_bits > 0 && !spec.weight.has_scale;
  alignment_ = bins_.size();
  for (const char* const name : kAlignmentNames) add(name, aligns);
  exponents_ = bins_.size();
  const bool has_exponents = input_.is_float();
  for (std::size_t i = 0; i < kExponentNames.size(); ++i) {
    add(kExponentNames[i], (i >= 2 || has_exponents) && !(i == 1 && spec.rows == 1));
  }
  scales_ = bins_.size();
  for (std::size_t i = 0; i < kScaleNames.size(); ++i) {
    add(kScaleNames[i], i < 2 ? spec.input.has_scale : spec.weight.has_scale);
  }
  results_ = bins_.size();
  const bool negative =
      spec.input.min() < 0 || spec.weight.min() < 0 || input_.is_float() || weight_.is_float();
  const bool infinite = input_.has_infinity || weight_.has_infinity;
  // By their operands; whether a sum overflows depends on the format.
  for (std::size_t i = 0; i < kResultNames.size(); ++i) {
    add(kResultNames[i], i == 1             ? negative
                         : i == 3 || i == 4 ? infinite
                         : i == 5           ? spec::has_specials(spec)
                                            : true);
  }
  modes_ = bins_.size();
  for (std::size_t i = 0; i < kModeNames.size(); ++i) {
    add(kModeNames[i], i == 0 || ports_.integer_bits > 0);
  }
  forget_weights();
}

std::size_t FloatCoverage::add(std::string name, bool reachable) {
  bins_.push_back({std::move(name), reachable});
  return bins_.size() - 1;
}

std::size_t FloatCoverage::add_kinds(const char* operand, const spec::IntegerFormat& format) {
  const std::size_t first = bins_.size();
  const number::Format number = sim::number_format(format);
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    const bool only_floats = i >= 1 && i <= 4;
    const bool only_infinities = i == 7 || i == 8;
    const bool reachable = only_floats       ? number.is_float()
                           : only_infinities ? number.has_infinity
                           : i == 9          ? number.has_nan
                           : i == 6          ? number.is_signed
                                             : true;
    add(fmt::format("{}: {}", operand, kKinds[i]), reachable);
  }
  return first;
}

void FloatCoverage::forget_weights() {
  const std::size_t rows = static_cast<std::size_t>(ports_.banks) * ports_.rows;
  row_has_special_.assign(rows, 0);
  row_is_integer_.assign(rows, 0);
  integer_rows_.assign(static_cast<std::size_t>(ports_.banks), 0);
}

void FloatCoverage::observe_codes(const spec::IntegerFormat& format,
                                  std::span<const std::int32_t> codes, std::size_t first,
                                  std::span<std::uint8_t> hit) const {
  const number::Format& number = &format == &spec_.input ? input_ : weight_;
  const std::int32_t largest = number::largest_code(number);
  const std::int32_t sign = number.is_float() ? 1 << (format.bits - 1) : 0;
  const std::int32_t normal = 1 << number.fraction_bits;
  for (const std::int32_t code : codes) {
    if (code == 0) hit[first] = 1;
    if (code == largest) hit[first + 5] = 1;
    if (!number.is_float()) {
      if (code == format.min()) hit[first + 6] = 1;
      continue;
    }
    const std::int32_t magnitude = code & ~sign;
    if (code == sign) hit[first + 1] = 1;
    if (magnitude == 1) hit[first + 2] = 1;
    if (magnitude == normal - 1) hit[first + 3] = 1;
    if (magnitude == normal) hit[first + 4] = 1;
    if (code == (sign | largest)) hit[first + 6] = 1;
    if (magnitude <= largest) continue;
    const bool infinite = number::decode(number, code).kind == number::Class::infinity;
    hit[first + (infinite ? (code == magnitude ? 7 : 8) : 9)] = 1;
  }
}

void FloatCoverage::observe_write(const WeightRow& write, std::span<std::uint8_t> hit) {
  const auto bank = static_cast<std::size_t>(write.bank);
  const auto row = static_cast<std::size_t>(write.row);
  std::uint8_t& was_integer = row_is_integer_[bank * ports_.rows + row];
  integer_rows_[bank] += (write.integer ? 1 : 0) - was_integer;
  was_integer = write.integer ? 1 : 0;
  std::uint8_t& has_special = row_has_special_[bank * ports_.rows + row];
  has_special = 0;
  if (!write.integer) {
    observe_codes(spec_.weight, write.codes.values, weight_kinds_, hit);
    has_special = std::ranges::any_of(write.codes.values, [&](std::int32_t code) {
      return number::decode(weight_, code).kind >= number::Class::infinity;
    });
  }
  for (std::size_t i = 0; i < write.scales.values.size(); ++i) {
    const std::int32_t scale = write.scales.values[i];
    if (weight_.has_scale) {
      if (scale == number::scale_nan) hit[scales_ + 2] = 1;
      if (scale == 0 || scale == number::scale_nan - 1) hit[scales_ + 3] = 1;
      continue;
    }
    if (write.integer) continue;
    const number::Number number = number::decode(weight_, write.codes.values[i]);
    if (number.kind != number::Class::number) continue;
    hit[alignment_ + (number.exponent == scale  ? own_exponent
                      : number.exponent < scale ? larger_exponent
                                                : saturating)] = 1;
  }
}

void FloatCoverage::observe_vector(const InputVector& vector,
                                   std::span<const std::int64_t> expected,
                                   std::span<std::uint8_t> hit) {
  const auto bank = static_cast<std::size_t>(vector.bank);
  const bool has_integers = integer_rows_[bank] > 0;
  const bool has_numbers = integer_rows_[bank] < static_cast<int>(ports_.rows);
  if (vector.mode.integer) {
    if (has_integers) hit[modes_ + 2] = 1;
    if (has_numbers) hit[modes_ + 3] = 1;
    return;
  }
  if (has_numbers) hit[modes_] = 1;
  if (has_integers) hit[modes_ + 1] = 1;

  const std::vector<std::int32_t>& codes = vector.codes.values;
  observe_codes(spec_.input, codes, input_kinds_, hit);
  int not_zero = 0;
  int least = 1 << 16;
  int greatest = 0;
  for (std::size_t row = 0; row < codes.size(); ++row) {
    const number::Number number = number::decode(input_, codes[row]);
    const auto place = static_cast<std::size_t>(special_row_[row]);
    if (special_row_[row] >= 0) {
      if (number.kind >= number::Class::infinity) hit[input_rows_ + place] = 1;
      if (row_has_special_[bank * ports_.rows + row] != 0) hit[weight_rows_ + place] = 1;
    }
    if (number.kind == number::Class::zero) continue;
    ++not_zero;
    least = std::min(least, number.exponent);
    greatest = std::max(greatest, number.exponent);
  }
  if (not_zero > 0 && least == greatest) hit[exponents_] = 1;
  if (least == 1 && greatest == input_.largest_exponent) hit[exponents_ + 1] = 1;
  if (not_zero == 1) hit[exponents_ + 2] = 1;
  if (not_zero == 0) hit[exponents_ + 3] = 1;
  for (const std::int32_t scale : vector.scales.values) {
    if (scale == number::scale_nan) hit[scales_] = 1;
    if (scale == 0 || scale == number::scale_nan - 1) hit[scales_ + 1] = 1;
  }
  for (const std::int64_t code : expected) {
    const double value = sim::result_value(spec_.floating.result, result_, code, false);
    const std::size_t kind = std::isnan(value)   ? 5
                             : std::isinf(value) ? (value > 0 ? 3 : 4)
                             : value == 0        ? 2
                             : value < 0         ? 1
                                                 : 0;
    hit[results_ + kind] = 1;
  }
}

}  // namespace cimforge::tb
