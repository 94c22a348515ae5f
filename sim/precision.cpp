#include "sim/precision.h"

#include <algorithm>
#include <cassert>
#include <cstddef>

#include "generator/spec/precision.h"
#include "generator/spec/range.h"

namespace cimforge::sim {
namespace {

/// The low `bits` of a number, as one that is two's complement or not.
std::int64_t low_bits(std::int64_t value, int bits, bool is_signed) {
  if (bits >= 64) return value;
  const std::int64_t modulus = std::int64_t{1} << bits;
  const std::int64_t low = value & (modulus - 1);
  return is_signed && low >= modulus / 2 ? low - modulus : low;
}

}  // namespace

std::int64_t fused_weight(const spec::MacroSpec& spec, const spec::Mode& mode,
                          std::span<const std::int32_t> columns) {
  std::int64_t code = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    code += low_bits(columns[i], spec.weight.bits, false)
            << (i * static_cast<std::size_t>(spec.weight.bits));
  }
  return low_bits(code, spec.weight.bits * static_cast<int>(columns.size()), mode.weight_signed);
}

void split_result(const spec::MacroSpec& spec, std::int64_t result, std::span<std::int64_t> codes) {
  const int bits = spec::output_width(spec);
  const bool is_signed = spec::output_is_signed(spec);
  for (std::int64_t& code : codes) {
    code = low_bits(result, bits, is_signed);
    // What is left when these bits are taken away: past 64 bits there is only the sign.
    result = bits >= 64 ? (result < 0 ? -1 : 0) : result >> bits;
  }
}

std::int64_t joined_result(const spec::MacroSpec& spec, const spec::Mode& mode,
                           std::span<const std::int64_t> codes) {
  const int bits = spec::output_width(spec);
  std::int64_t result = 0;
  int place = 0;
  for (const std::int64_t code : codes) {
    if (place < 64) {
      const auto low = static_cast<std::uint64_t>(low_bits(code, bits, false));
      result = static_cast<std::int64_t>(static_cast<std::uint64_t>(result) | low << place);
    }
    place += bits;
  }
  // No result has 64 bits: the highest of 63 and less is the sign where there is one.
  return place < 64 ? low_bits(result, place, spec::is_signed_result(mode)) : result;
}

std::vector<std::int64_t> results_in(const spec::MacroSpec& spec, const spec::Mode& asked,
                                     std::span<const std::int32_t> weights,
                                     std::span<const std::int32_t> indices,
                                     std::span<const std::int32_t> input) {
  const spec::Mode mode = spec::clamped(spec, asked);
  const auto columns = static_cast<std::size_t>(spec.columns);
  const auto group = static_cast<std::size_t>(mode.fused_columns);
  assert(columns % group == 0);
  assert(std::ranges::all_of(input, [&](auto x) { return spec::input_of(mode).holds(x); }));
  std::vector<std::int64_t> codes(columns);
  std::vector<std::int64_t> sums(columns / group, 0);
  // Of structured weights, whose columns are not fused, the input that the index names, or none.
  const auto choices = static_cast<std::size_t>(spec.sparsity.group);
  const auto kept = static_cast<std::size_t>(spec.sparsity.nonzero);
  const auto input_of_stored = [&](std::size_t row, std::size_t column) {
    if (!spec.sparsity.is_structured()) return input[row];
    const auto index = static_cast<std::size_t>(indices[row * columns + column]);
    return index < choices ? input[row / kept * choices + index] : 0;
  };
  for (std::size_t row = 0; row < weights.size() / columns; ++row) {
    for (std::size_t g = 0; g < sums.size(); ++g) {
      sums[g] += input_of_stored(row, g * group) *
                 fused_weight(spec, mode, weights.subspan(row * columns + g * group, group));
    }
  }
  for (std::size_t g = 0; g < sums.size(); ++g) {
    split_result(spec, sums[g], std::span(codes).subspan(g * group, group));
  }
  return codes;
}

}  // namespace cimforge::sim
