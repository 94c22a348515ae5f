#include "sim/self_test.h"

#include <bit>

#include "generator/spec/range.h"
#include "generator/spec/structure.h"
#include "sim/golden.h"

namespace cimforge::sim {
namespace {

/// What a pass of the test makes of the bits of its weights.
enum class Pass { plain, inverse, ones };

/// Codes at [i * bits +: bits] of a pattern, as the pass has it.
std::vector<std::int32_t> codes_of(std::uint32_t state, int count,
                                   const spec::IntegerFormat& format, Pass pass = Pass::plain) {
  std::vector<std::int32_t> codes(static_cast<std::size_t>(count));
  std::size_t at = 0;
  for (std::int32_t& code : codes) {
    std::uint32_t value = 0;
    for (int bit = 0; bit < format.bits; ++bit) {
      value |= static_cast<std::uint32_t>(pass == Pass::ones ||
                                          pattern_bit(state, at) != (pass == Pass::inverse))
               << bit;
      ++at;
    }
    code = static_cast<std::int32_t>(value);
    if (format.is_signed && value >> (format.bits - 1) != 0) code -= 1 << format.bits;
    if (format.is_bipolar) code = 2 * code - 1;
  }
  return codes;
}

/// Words of 32 bits of a result, one column behind the other, joined by exclusive or.
std::uint32_t folded(const std::vector<std::int64_t>& result, int bits) {
  std::uint32_t word = 0;
  std::size_t at = 0;
  for (const std::int64_t value : result) {
    for (int bit = 0; bit < bits; ++bit, ++at) {
      word ^= static_cast<std::uint32_t>(static_cast<std::uint64_t>(value) >> bit & 1) << at % 32;
    }
  }
  return word;
}

}  // namespace

std::uint32_t next_state(std::uint32_t state) {
  const std::uint32_t feedback = (state >> 31 ^ state >> 21 ^ state >> 1 ^ state) & 1;
  return state << 1 | feedback;
}

bool pattern_bit(std::uint32_t state, std::size_t index) {
  const std::size_t first = index % 32;
  const std::size_t second = (first + 1 + index / 32 % 15) % 32;
  std::uint32_t bit = state >> first ^ state >> second;
  if (index >= 480) bit ^= state >> (second + 1 + index / 480 % 13) % 32;
  return (bit & 1) != 0;
}

ComputeSelfTest compute_self_test(const spec::MacroSpec& spec, bool keep) {
  ComputeSelfTest test;
  GoldenMacro golden(spec);
  const int output_bits = spec::output_width(spec);
  spec::Mode mode = spec::mode_of(spec);
  for (const Pass pass : {Pass::plain, Pass::inverse, Pass::ones}) {
    std::uint32_t state = self_test_seed;
    for (int bank = 0; bank < spec.banks; ++bank) {
      for (int row = 0; row < spec::stored_rows(spec); ++row) {
        const std::vector<std::int32_t> weights = codes_of(state, spec.columns, spec.weight, pass);
        std::vector<std::int32_t> indices;
        if (spec.sparsity.is_structured()) {
          indices = codes_of(state, spec.columns, {false, spec::index_bits(spec)}, pass);
        }
        golden.write_row(bank, row, weights, {.indices = indices});
        if (keep) test.weights.push_back(weights);
        if (keep && !indices.empty()) test.indices.push_back(indices);
        state = next_state(state);
      }
    }
    for (int i = 0; i < spec.self_test.compute_vectors; ++i) {
      const std::vector<std::int32_t> vector = codes_of(state, spec.rows, spec.input);
      mode.transposed = spec.transpose == spec::Transpose::per_vector && pattern_bit(state, 0);
      std::vector<std::int64_t> result(static_cast<std::size_t>(spec.columns));
      golden.multiply(i % spec.banks, mode, vector, result);
      test.signature = next_state(test.signature) ^ folded(result, output_bits);
      if (keep) {
        test.vectors.push_back(vector);
        test.transposed.push_back(mode.transposed);
        test.results.push_back(result);
      }
      state = next_state(state);
    }
  }
  return test;
}

}  // namespace cimforge::sim
