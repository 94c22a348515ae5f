#include "tb/stimulus.h"

#include <algorithm>
#include <cassert>
#include <set>

#include "generator/spec/binary.h"

namespace cimforge::tb {
namespace {

/// Transfers that the corner program may spend on weights, as far as two banks do not need more.
constexpr int kWeightBudget = 32768;
/// Matrices that a corner bank is loaded with.
constexpr int kMatrices = 8;
/// One-hot input vectors of a macro with one bank.
constexpr std::size_t kOneHotLimit = 64;

std::int32_t lowest(const spec::IntegerFormat& format) {
  return static_cast<std::int32_t>(format.min());
}
std::int32_t highest(const spec::IntegerFormat& format) {
  return static_cast<std::int32_t>(format.max());
}

void pack_codes(const spec::IntegerFormat& format, Codes& codes) {
  pack(codes.values, format, codes.port);
}

void unpack_codes(const spec::IntegerFormat& format, Codes& codes) {
  codes.port.trim();
  unpack(codes.port, format, codes.values);
}

void fill_alternating(const spec::IntegerFormat& format, bool high_first, Codes& codes) {
  bool high = high_first;
  for (std::int32_t& value : codes.values) {
    value = high ? highest(format) : lowest(format);
    high = !high;
  }
  pack_codes(format, codes);
}

/// Ends of the format, with one of the two in seven of eight codes or in half of them.
void fill_extremes(const spec::IntegerFormat& format, Random& random, Codes& codes) {
  const std::uint32_t likely = random.once_in(2) ? 7 : 4;
  const bool mostly_high = random.once_in(2);
  for (std::int32_t& value : codes.values) {
    const bool is_likely = random.below(8) < likely;
    value = is_likely == mostly_high ? highest(format) : lowest(format);
  }
  pack_codes(format, codes);
}

/// One code in `one_of` is not zero; of a bipolar format that is the bits.
void fill_sparse(const spec::IntegerFormat& format, std::uint32_t one_of, Random& random,
                 Codes& codes) {
  const auto range = static_cast<std::uint64_t>(format.max() - format.min() + 1);
  for (std::int32_t& value : codes.values) {
    if (!random.once_in(one_of)) {
      value = format.rest();
    } else if (format.is_bipolar) {
      value = 1;
    } else {
      value = lowest(format) + static_cast<std::int32_t>(random.below(range));
    }
  }
  pack_codes(format, codes);
}

/// The value of a code; bits that the format does not have are not seen.
std::int32_t value_of(std::uint32_t code, const spec::IntegerFormat& format) {
  const auto value = static_cast<std::int32_t>(code & ((std::uint64_t{1} << format.bits) - 1));
  return value > highest(format) ? value - (std::int32_t{1} << format.bits) : value;
}

std::uint32_t low_bits(std::size_t count) {
  return (std::uint32_t{1} << count) - 1;
}

}  // namespace

std::int32_t one_hot_value(const spec::IntegerFormat& format, std::size_t index) {
  if (format.min() == 0 || format.is_bipolar) return highest(format);
  if (format.max() == 0) return lowest(format);
  return index % 2 == 0 ? lowest(format) : highest(format);
}

void fill(Shape shape, std::size_t index, const spec::IntegerFormat& format, Random& random,
          Codes& codes) {
  switch (shape) {
    case Shape::random:
      fill_random(format, random, codes);
      return;
    case Shape::zero:
      std::ranges::fill(codes.values, format.rest());
      break;
    case Shape::ones:
      std::ranges::fill(codes.values, format.is_signed ? -1 : highest(format));
      break;
    case Shape::max:
      std::ranges::fill(codes.values, highest(format));
      break;
    case Shape::min:
      std::ranges::fill(codes.values, lowest(format));
      break;
    case Shape::alternating:
      fill_alternating(format, false, codes);
      return;
    case Shape::opposite:
      fill_alternating(format, true, codes);
      return;
    case Shape::one_hot:
    case Shape::diagonal:
      std::ranges::fill(codes.values, format.rest());
      codes.values[index] = one_hot_value(format, index);
      break;
    case Shape::one_plane:
      std::ranges::fill(codes.values, value_of(std::uint32_t{1} << index, format));
      break;
    case Shape::low_planes:
      std::ranges::fill(codes.values, value_of(low_bits(index), format));
      break;
  }
  pack_codes(format, codes);
}

void fill_weights(Shape shape, std::size_t index, std::size_t row,
                  const spec::IntegerFormat& format, Random& random, Codes& codes) {
  const bool odd = row % 2 == 1;
  switch (shape) {
    case Shape::alternating:
      fill(odd ? Shape::opposite : Shape::alternating, 0, format, random, codes);
      return;
    case Shape::opposite:
      fill(odd ? Shape::alternating : Shape::opposite, 0, format, random, codes);
      return;
    case Shape::diagonal:
      fill(Shape::one_hot, (index + row) % codes.values.size(), format, random, codes);
      return;
    default:
      fill(shape, index, format, random, codes);
      return;
  }
}

void fill_random(const spec::IntegerFormat& format, Random& random, Codes& codes) {
  switch (random.below(8)) {
    case 4:  // one bit in four
      for (std::uint64_t& word : codes.port.words()) word = random.word() & random.word();
      break;
    case 5:  // three bits in four
      for (std::uint64_t& word : codes.port.words()) word = random.word() | random.word();
      break;
    case 6:
      fill_extremes(format, random, codes);
      return;
    case 7:
      fill_sparse(format, random.once_in(2) ? 4 : 16, random, codes);
      return;
    default:  // every code alike: all bit patterns are codes
      for (std::uint64_t& word : codes.port.words()) word = random.word();
      break;
  }
  unpack_codes(format, codes);
}

void thin_digits(const spec::IntegerFormat& format, int digit_bits, Random& random, Codes& codes) {
  const int digits = (format.bits + digit_bits - 1) / digit_bits;
  std::uint64_t kept = random.below(std::uint64_t{1} << digits);
  if (random.once_in(4)) kept = std::uint64_t{1} << random.index(digits);
  std::uint32_t mask = 0;
  for (int bit = 0; bit < format.bits; ++bit) {
    if ((kept >> (bit / digit_bits) & 1) != 0) mask |= std::uint32_t{1} << bit;
  }
  for (std::int32_t& value : codes.values) {
    value = value_of(static_cast<std::uint32_t>(value) & mask, format);
  }
  pack_codes(format, codes);
}

void fill_indices(const Ports& ports, bool valid, Random& random, Codes& indices) {
  if (ports.index_bits == 0) return;
  const spec::IntegerFormat format{false, ports.index_bits};
  if (!valid) return fill_random(format, random, indices);
  for (std::int32_t& index : indices.values) {
    index = static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(ports.group)));
  }
  pack_codes(format, indices);
}

void fill_from_bits(std::uint64_t bits, const spec::IntegerFormat& format, Codes& codes) {
  assert(codes.port.bits() <= 64);
  codes.port.words()[0] = bits;
  unpack_codes(format, codes);
}

void fill_thresholds(const spec::MacroSpec& spec, std::span<const std::int64_t> sums,
                     Random& random, Thresholds& thresholds) {
  const spec::ResultRange range = spec::threshold_range(spec);
  const spec::IntegerFormat format = spec::threshold_format(spec);
  const auto between = [&](std::int64_t least, std::int64_t greatest) {
    return least + static_cast<std::int64_t>(random.word() %
                                             static_cast<std::uint64_t>(greatest - least + 1));
  };
  const bool near_sums = sums.size() == thresholds.values.size() && !random.once_in(4);
  for (std::size_t column = 0; column < thresholds.values.size(); ++column) {
    std::int64_t& threshold = thresholds.values[column];
    switch (random.below(near_sums ? 4 : 16)) {
      case 0:
        threshold = random.once_in(2) ? range.min : range.max;
        break;
      case 1:
        threshold = between(format.min(), format.max());
        break;
      default:
        threshold = near_sums ? std::clamp(sums[column] + between(-1, 1), range.min, range.max)
                              : between(range.min, range.max);
        break;
    }
  }
}

std::vector<std::size_t> boundary_places(std::size_t count, std::size_t limit) {
  std::vector<std::size_t> places;
  if (count <= limit) {
    for (std::size_t place = 0; place < count; ++place) places.push_back(place);
    return places;
  }
  std::set<std::size_t> chosen = {0, count - 1};
  const auto choose = [&](std::size_t place) {
    if (place < count && chosen.size() < limit) chosen.insert(place);
  };
  for (const std::size_t place : {15U, 16U, 17U}) choose(place);
  for (std::size_t power = 64; power <= count; power *= 2) {
    for (const std::size_t place : {power - 1, power, power + 1}) choose(place);
  }
  for (std::size_t power = 1; power <= count; power *= 2) {
    for (const std::size_t place : {power, power + 1}) choose(place);
  }
  return {chosen.begin(), chosen.end()};
}

std::vector<int> corner_banks(const spec::MacroSpec& spec) {
  const int affordable = std::clamp(kWeightBudget / (spec.rows * kMatrices), 2, 64);
  const int count = std::min(affordable, spec.banks);
  std::vector<int> banks;
  for (int i = 0; i < count; ++i) {
    banks.push_back(count == 1 ? 0 : i * (spec.banks - 1) / (count - 1));
  }
  return banks;
}

int directions(const spec::MacroSpec& spec) {
  return spec.transpose == spec::Transpose::never ? 1 : 2;
}

std::vector<CornerStep> corner_steps(const spec::MacroSpec& spec) {
  using Kind = CornerStep::Kind;
  std::vector<CornerStep> steps;
  const auto rows = static_cast<std::size_t>(spec.rows);
  const auto columns = static_cast<std::size_t>(spec.columns);
  const auto input = [&](int bank, Shape shape, std::size_t index = 0) {
    for (int direction = 0; direction < directions(spec); ++direction) {
      steps.push_back({Kind::input, bank, shape, index, direction == 1});
    }
  };

  const std::size_t one_hot_rows =
      std::max<std::size_t>(kOneHotLimit / static_cast<std::size_t>(spec.banks), 5);
  for (int bank = 0; bank < spec.banks; ++bank) {
    for (const Shape shape :
         {Shape::zero, Shape::ones, Shape::max, Shape::min, Shape::alternating, Shape::opposite}) {
      input(bank, shape);
    }
    for (const std::size_t row : boundary_places(rows, one_hot_rows)) {
      input(bank, Shape::one_hot, row);
    }
  }

  // Vectors of each number of cycles, and each digit alone.
  if (spec.sparsity.zero_planes == spec::ZeroPlanes::skip) {
    for (std::size_t bit = 0; bit < static_cast<std::size_t>(spec.input.bits); ++bit) {
      input(0, Shape::one_plane, bit);
      input(0, Shape::low_planes, bit + 1);
    }
  }

  const std::vector<std::size_t> places = boundary_places(columns, kOneHotLimit);
  std::size_t turn = 0;  // banks take the columns by turns
  for (const int bank : corner_banks(spec)) {
    const std::size_t column = places[turn % places.size()];
    const std::size_t other = places[places.size() - 1 - turn % places.size()];
    const CornerStep matrices[kMatrices] = {
        {Kind::weights, bank, Shape::min, 0, false},
        {Kind::weights, bank, Shape::max, 0, false},
        {Kind::weights, bank, Shape::ones, 0, false},
        {Kind::weights, bank, Shape::alternating, 0, false},
        {Kind::weights, bank, Shape::one_hot, column, false},
        {Kind::weights, bank, Shape::one_hot, other, false},
        {Kind::weights, bank, Shape::diagonal, column, false},
        {Kind::weights, bank, Shape::zero, 0, false},
    };
    for (const CornerStep& matrix : matrices) {
      steps.push_back(matrix);
      input(bank, Shape::min);
      input(bank, Shape::max);
      if (matrix.shape == Shape::zero) continue;
      input(bank, Shape::ones);
      input(bank, Shape::alternating);
      input(bank, Shape::one_hot, 0);
      input(bank, Shape::one_hot, rows - 1);
    }
    ++turn;
  }
  return steps;
}

}  // namespace cimforge::tb
