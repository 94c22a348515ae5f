#include "sim/approximate.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <vector>

namespace cimforge::sim {
namespace {

/// What a code of `bits` bits means.
std::int64_t value_of(std::uint32_t code, const spec::IntegerFormat& format) {
  std::int64_t value = 0;
  for (int bit = 0; bit < format.bits; ++bit) {
    if ((code >> bit & 1U) == 0) continue;
    const bool is_sign = format.is_signed && bit == format.bits - 1;
    value += is_sign ? -(std::int64_t{1} << bit) : std::int64_t{1} << bit;
  }
  return value;
}

}  // namespace

void approximate_sums(const spec::MacroSpec& spec, std::span<const std::int32_t> input,
                      std::span<const std::int32_t> weights, std::span<std::int64_t> sums) {
  const auto columns = static_cast<std::size_t>(spec.columns);
  const auto group_rows = static_cast<std::size_t>(spec.approximation.or_rows);
  assert(weights.size() == input.size() * columns && sums.size() == columns);
  std::ranges::fill(sums, 0);

  std::vector<std::uint32_t> joined(columns);
  for (std::size_t first = 0; first < input.size(); first += group_rows) {
    const std::size_t end = std::min(first + group_rows, input.size());
    for (int bit = 0; bit < spec.input.bits; ++bit) {
      // Of one input bit and all weight bits: the ORs of their products, as one code a column.
      std::ranges::fill(joined, 0);
      for (std::size_t row = first; row < end; ++row) {
        if ((static_cast<std::uint32_t>(input[row]) >> bit & 1U) == 0) continue;
        for (std::size_t column = 0; column < columns; ++column) {
          joined[column] |= static_cast<std::uint32_t>(weights[row * columns + column]);
        }
      }
      // The digit is a number of its own, whose bit 0 is that of its cycle.
      const int bit_of_digit = bit % spec.input_bits_per_cycle;
      std::uint32_t kept = 0;
      for (int weight_bit = 0; weight_bit < spec.weight.bits; ++weight_bit) {
        const bool is_dropped = bit_of_digit + weight_bit < spec.approximation.dropped_columns;
        if (!is_dropped) kept |= std::uint32_t{1} << weight_bit;
      }
      const std::int64_t scale = value_of(std::uint32_t{1} << bit, spec.input);
      for (std::size_t column = 0; column < columns; ++column) {
        sums[column] += scale * value_of(joined[column] & kept, spec.weight);
      }
    }
  }
}

}  // namespace cimforge::sim
