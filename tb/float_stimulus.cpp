#include "tb/float_stimulus.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "generator/spec/floating.h"
#include "sim/floating.h"
#include "tb/floating.h"
#include "tb/stimulus.h"

namespace cimforge::tb {
namespace {

/// Codes at the corners of a format. A format without exponents has no subnormals: its least is 1.
struct Corners {
  std::int32_t negative_zero, one, minus_one, largest, least, least_normal, largest_subnormal,
      least_subnormal;
};

Corners corners_of(const spec::IntegerFormat& format) {
  const number::Format number = sim::number_format(format);
  if (!number.is_float()) {
    const auto most = static_cast<std::int32_t>(format.max());
    const auto least = static_cast<std::int32_t>(format.min());
    if (most == 0) return {0, least, least, 0, least, least, least, least};  // int1: 0 and -1
    const std::int32_t one = std::min(most, std::int32_t{1} << number.point);
    return {0, one, std::max(-one, least), most, least, 1, 1, 1};
  }
  const std::int32_t sign = 1 << (format.bits - 1);
  const std::int32_t normal = 1 << number.fraction_bits;
  const std::int32_t one = number.bias << number.fraction_bits;
  const std::int32_t largest = number::largest_code(number);
  return {sign, one, sign | one, largest, sign | largest, normal, normal - 1, 1};
}

bool is_number(const number::Format& format, std::int32_t code) {
  const number::Class kind = number::decode(format, code).kind;
  return kind == number::Class::number || kind == number::Class::zero;
}

/// The same number with the other sign, where there is one.
std::int32_t negated(const spec::IntegerFormat& format, std::int32_t code) {
  if (format.element != spec::Element::integer) return code ^ 1 << (format.bits - 1);
  return format.holds(-code) ? -code : code;
}

}  // namespace

std::vector<std::int32_t> special_codes(const spec::IntegerFormat& format) {
  const number::Format number = sim::number_format(format);
  if (!number.is_float() || !number.has_nan) return {};
  const std::int32_t sign = 1 << (format.bits - 1);
  const std::int32_t ones = sign - 1;
  const std::int32_t fraction = (1 << number.fraction_bits) - 1;
  if (!number.has_infinity) return {ones, sign | ones};
  const std::int32_t infinity = ones & ~fraction;
  // NaN: the quiet one, that of the lowest bit alone, all ones with a sign.
  const std::int32_t quiet = infinity | (fraction + 1) / 2;
  return {infinity, sign | infinity, quiet, infinity | 1, sign | ones};
}

FloatStimulus::FloatStimulus(const spec::MacroSpec& spec, Random& random)
    : spec_(spec),
      random_(random),
      ports_(spec),
      input_specials_(special_codes(spec.input)),
      weight_specials_(special_codes(spec.weight)),
      block_rows_(static_cast<std::size_t>(spec.floating.block_rows)),
      aligns_weights_(ports_.weight_scale_bits > 0 && !spec.weight.has_scale) {
  if (ports_.weight_scale_bits > 0) {
    held_.assign(static_cast<std::size_t>(ports_.banks) * ports_.blocks * ports_.columns, 0);
  }
}

std::uint8_t& FloatStimulus::held(int bank, std::size_t row, std::size_t column) {
  const std::size_t block = static_cast<std::size_t>(bank) * ports_.blocks + row / block_rows_;
  return held_[block * ports_.columns + column];
}

double FloatStimulus::normal() {
  // Twelve uniform numbers have the variance 1 (Irwin-Hall).
  double sum = -6.0;
  for (int i = 0; i < 3; ++i) {
    const std::uint64_t word = random_.word();
    for (int part = 0; part < 4; ++part) {
      sum += std::ldexp(static_cast<double>(word >> (16 * part) & 0xffff) + 0.5, -16);
    }
  }
  return sum;
}

std::int32_t FloatStimulus::any_scale() {
  switch (random_.below(16)) {
    case 0:
      return random_.once_in(2) ? 0 : number::scale_nan - 1;
    case 1:
      return random_.index(number::scale_nan);
    default:
      return number::scale_bias + random_.between(-4, 4);
  }
}

std::int32_t FloatStimulus::any_number(const spec::IntegerFormat& format) {
  const auto count = static_cast<std::uint64_t>(format.max() - format.min() + 1);
  const auto code =
      static_cast<std::int32_t>(format.min()) + static_cast<std::int32_t>(random_.below(count));
  return is_number(sim::number_format(format), code) ? code : 0;
}

void FloatStimulus::fill_gaussian(const spec::IntegerFormat& format,
                                  std::span<std::int32_t> codes) {
  const number::Format number = sim::number_format(format);
  // As quantisers do it: the largest of many, about 4, near the largest of the format, for which a
  // scale is there; but within the middle of formats without one that hold far more.
  const double largest = number::value_of(number, number::largest_code(number));
  const bool is_wide = number.is_float() && !number.has_scale;
  const double deviation = std::min(largest / 4.0, is_wide ? 16.0 : largest);
  for (std::int32_t& code : codes) {
    const double value = normal() * deviation;
    code = number::encode(number, number.is_signed ? value : std::abs(value),
                          number::Overflow::saturate);
  }
}

void FloatStimulus::fill_random(const spec::IntegerFormat& format, std::span<std::int32_t> codes) {
  const Corners corners = corners_of(format);
  const auto any = [&] { return any_number(format); };
  switch (random_.below(8)) {
    case 0:
    case 1:
      return fill_gaussian(format, codes);
    case 2: {  // mostly zeros
      const std::uint32_t one_of = random_.once_in(2) ? 4 : 16;
      for (std::int32_t& code : codes) code = random_.once_in(one_of) ? any() : 0;
      return;
    }
    case 3: {  // ends
      const std::array choice = {corners.largest,         corners.least,
                                 corners.least_subnormal, corners.one,
                                 corners.negative_zero,   corners.least_normal,
                                 corners.largest,         corners.largest_subnormal};
      for (std::int32_t& code : codes) code = choice[random_.below(choice.size())];
      return;
    }
    case 4:
    case 5: {  // magnitudes near each other, so that alignment leaves something of all
      const std::int32_t around = std::abs(any()) & ~(1 << (format.bits - 1));
      const int width = 2 << std::max(1, format.bits / 4);
      for (std::int32_t& code : codes) {
        code = std::min(around + random_.index(width), corners.largest);
        if (random_.once_in(2)) code = negated(format, code);
      }
      return;
    }
    default:
      for (std::int32_t& code : codes) code = any();
      return;
  }
}

void FloatStimulus::fill(FloatPattern pattern, std::size_t index, const spec::IntegerFormat& format,
                         std::span<std::int32_t> codes) {
  const Corners corners = corners_of(format);
  const auto by_turns = [&](std::int32_t first, std::int32_t second) {
    for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = (i + index) % 2 == 0 ? first : second;
  };
  const auto all = [&](std::int32_t code) { std::ranges::fill(codes, code); };
  switch (pattern) {
    case FloatPattern::zeros:
      return all(0);
    case FloatPattern::negative_zeros:
      return all(corners.negative_zero);
    case FloatPattern::ones:
      return all(corners.one);
    case FloatPattern::largest:
      return all(corners.largest);
    case FloatPattern::least:
      return all(corners.least);
    case FloatPattern::alternating:
      return by_turns(corners.largest, corners.least);
    case FloatPattern::least_normal:
      return all(corners.least_normal);
    case FloatPattern::largest_subnormal:
      return all(corners.largest_subnormal);
    case FloatPattern::least_subnormal:
      return all(corners.least_subnormal);
    case FloatPattern::mixed:
      return by_turns(corners.largest, corners.least_subnormal);
    case FloatPattern::staircase: {
      const number::Format number = sim::number_format(format);
      for (std::size_t i = 0; i < codes.size(); ++i) {
        const auto step = static_cast<std::int32_t>(i + index);
        std::int32_t code = 0;
        if (number.is_float()) {
          const std::int32_t field = number.largest_exponent - step % (number.largest_exponent + 1);
          code = field << number.fraction_bits | 1;
        } else {
          // int1 has no place but its sign.
          const int places = format.bits - (format.is_signed ? 1 : 0);
          code = places == 0 ? static_cast<std::int32_t>(format.min()) : 1 << (step % places);
        }
        codes[i] = step % 3 == 2 ? negated(format, code) : code;
      }
      return;
    }
    case FloatPattern::cancelling: {
      for (std::size_t i = 0; i < codes.size(); i += 2) {
        codes[i] = any_number(format);
        if (i + 1 < codes.size()) codes[i + 1] = negated(format, codes[i]);
      }
      return;
    }
    case FloatPattern::units: {
      const std::array units = {corners.one, std::int32_t{0}, corners.minus_one,
                                corners.negative_zero};
      for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = units[i % units.size()];
      return;
    }
    case FloatPattern::one_hot: {
      const std::array hot = {corners.largest, corners.one, corners.least, corners.least_subnormal};
      all(0);
      codes[index] = hot[index % hot.size()];
      return;
    }
    case FloatPattern::gaussian:
      return fill_gaussian(format, codes);
    case FloatPattern::random:
      return fill_random(format, codes);
  }
}

void FloatStimulus::fill_integers(FloatPattern pattern, std::size_t index,
                                  std::span<std::int32_t> values) {
  const spec::IntegerFormat format = sim::integer_format(spec_);
  if (pattern == FloatPattern::random || pattern == FloatPattern::gaussian) {
    Codes codes(values.size(), format);
    tb::fill_random(format, random_, codes);
    std::ranges::copy(codes.values, values.begin());
    return;
  }
  fill(pattern, index, format, values);
}

void FloatStimulus::fill_vector(FloatPattern pattern, std::size_t index, InputVector& vector) {
  vector.mode = ports_.mode;
  fill(pattern, index, spec_.input, vector.codes.values);
  std::ranges::fill(vector.scales.values, number::scale_bias);
  if (pattern == FloatPattern::random || pattern == FloatPattern::gaussian) {
    for (std::int32_t& scale : vector.scales.values) scale += random_.between(-1, 1);
  }
  finish(vector);
}

void FloatStimulus::fill_integer_vector(FloatPattern pattern, std::size_t index,
                                        InputVector& vector) {
  vector.mode = ports_.mode;
  vector.mode.integer = true;
  fill_integers(pattern, index, vector.codes.values);
  for (std::int32_t& scale : vector.scales.values) scale = random_.index(number::scale_nan + 1);
  finish(vector);
}

void FloatStimulus::fill_any_vector(InputVector& vector) {
  if (ports_.integer_bits > 0 && random_.once_in(4)) {
    return fill_integer_vector(FloatPattern::random, 0, vector);
  }
  vector.mode = ports_.mode;
  std::vector<std::int32_t>& codes = vector.codes.values;
  const std::uint32_t which = random_.below(16);
  const FloatPattern pattern = which == 0   ? FloatPattern::mixed
                               : which == 1 ? FloatPattern::cancelling
                               : which == 2 ? FloatPattern::staircase
                                            : FloatPattern::random;
  fill(pattern, random_.below(codes.size()), spec_.input, codes);
  if (!input_specials_.empty() && random_.once_in(8)) {
    for (int count = random_.between(1, 2); count > 0; --count) {
      codes[random_.below(codes.size())] = input_specials_[random_.below(input_specials_.size())];
    }
  }
  for (std::int32_t& scale : vector.scales.values) scale = any_scale();
  if (!vector.scales.values.empty() && random_.once_in(24)) {
    vector.scales.values[random_.below(ports_.blocks)] = number::scale_nan;
  }
  finish(vector);
}

void FloatStimulus::finish(InputVector& vector) {
  pack_vector(ports_, vector, &random_);
}

StoredWeights FloatStimulus::matrix(FloatPattern pattern, std::size_t index, bool integer) {
  StoredWeights made;
  made.weights.resize(ports_.rows * ports_.columns);
  made.integer.assign(ports_.rows, integer ? 1 : 0);
  // A checkerboard, a staircase in both directions, the same units in all rows.
  const bool shifts = pattern == FloatPattern::alternating || pattern == FloatPattern::mixed ||
                      pattern == FloatPattern::staircase;
  // Pairs that cancel are neighbours in a column.
  const bool pairs = pattern == FloatPattern::cancelling;
  for (std::size_t row = 0; row < ports_.rows; ++row) {
    const auto codes = std::span(made.weights).subspan(row * ports_.columns, ports_.columns);
    if (pairs && row % 2 == 1) {
      for (std::size_t column = 0; column < ports_.columns; ++column) {
        const std::int32_t above = made.weights[(row - 1) * ports_.columns + column];
        codes[column] = negated(integer ? sim::integer_format(spec_) : spec_.weight, above);
      }
    } else if (integer) {
      fill_integers(pattern, shifts ? row : index, codes);
    } else {
      fill(pattern, shifts ? row : index, spec_.weight, codes);
    }
  }
  if (ports_.weight_scale_bits == 0) return made;
  if (aligns_weights_ && !integer) {
    made.scales = sim::block_exponents(spec_, made.weights);
    return made;
  }
  // Scales of a block, or exponents for integers.
  const bool plain = pattern != FloatPattern::random && pattern != FloatPattern::gaussian;
  made.scales.resize(made.weights.size());
  for (std::size_t i = 0; i < made.scales.size(); ++i) {
    const std::size_t row = i / ports_.columns;
    if (row % block_rows_ != 0) {
      made.scales[i] = made.scales[i - ports_.columns];
    } else if (aligns_weights_) {
      made.scales[i] = 1 + random_.index((1 << ports_.weight_scale_bits) - 1);
    } else {
      made.scales[i] = number::scale_bias + (plain ? 0 : random_.between(-2, 2));
    }
  }
  return made;
}

void FloatStimulus::take_row(const StoredWeights& matrix, std::size_t row, WeightRow& write) {
  const std::size_t first = row * ports_.columns;
  write.row = static_cast<int>(row);
  write.integer = matrix.integer[row] != 0;
  for (std::size_t column = 0; column < ports_.columns; ++column) {
    write.codes.values[column] = matrix.weights[first + column];
    if (ports_.weight_scale_bits == 0) continue;
    write.scales.values[column] = matrix.scales[first + column];
    held(write.bank, row, column) = static_cast<std::uint8_t>(matrix.scales[first + column]);
  }
  pack_row(spec_, ports_, write, &random_);
}

void FloatStimulus::fill_any_row(WeightRow& write) {
  const auto row = static_cast<std::size_t>(write.row);
  write.integer = ports_.weight_modes && random_.once_in(4);
  std::vector<std::int32_t>& codes = write.codes.values;
  if (write.integer) {
    fill_integers(FloatPattern::random, 0, codes);
  } else {
    fill_random(spec_.weight, codes);
    if (!weight_specials_.empty() && random_.once_in(8)) {
      codes[random_.below(codes.size())] = weight_specials_[random_.below(weight_specials_.size())];
    }
  }
  if (ports_.weight_scale_bits > 0) {
    const number::Format format = sim::number_format(spec_.weight);
    const std::uint32_t which = random_.below(8);
    for (std::size_t column = 0; column < codes.size(); ++column) {
      std::uint8_t& last = held(write.bank, row, column);
      const int own = write.integer ? 1 : number::decode(format, codes[column]).exponent;
      const int most = (1 << ports_.weight_scale_bits) - 1;
      int brought = last;
      if (!aligns_weights_) {
        if (which < 3) brought = any_scale();
        if (which == 0 && random_.once_in(static_cast<std::uint32_t>(2 * codes.size()))) {
          brought = number::scale_nan;
        }
      } else if (which < 2) {
        brought = own;  // another exponent than the block's
      } else if (which == 2) {
        brought = last + random_.between(-2, 2);
      } else if (which == 3) {
        brought = random_.index(most + 1);
      } else if (!write.integer && own > last) {
        // A number that the exponent of the block holds.
        const std::int32_t fraction = (1 << format.fraction_bits) - 1;
        if (is_number(format, codes[column])) {
          codes[column] =
              (codes[column] & (fraction | 1 << (format.bits - 1))) | last << format.fraction_bits;
        }
      }
      brought = std::clamp(brought, 0, most);
      write.scales.values[column] = brought;
      last = static_cast<std::uint8_t>(brought);
    }
  }
  pack_row(spec_, ports_, write, &random_);
}

}  // namespace cimforge::tb
