// The compute self-test as it should come out (docs/self_test.md): its pseudo-random weights and
// vectors, and the signature of their results. Plain arithmetic on the specification alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "generator/spec/spec.h"

namespace cimforge::sim {

/// A linear-feedback shift register of 32 bits with the primitive polynomial
/// x^32 + x^22 + x^2 + x + 1 (P. Alfke, XAPP052, 1996): every state but 0 in 2^32 - 1 steps.
std::uint32_t next_state(std::uint32_t state);

/// The state in which a self-test begins.
inline constexpr std::uint32_t self_test_seed = 0x2545F491U;

/// Bit `index` of a wide pattern: the exclusive or of two or three bits of the state, others for
/// each index below 480 and for most above, so that the sequences of the bits are far apart (a
/// phase shifter: Rajski and Tyszer, "Automated synthesis of phase shifters for built-in self-test
/// applications", IEEE TCAD 19 (2000)).
bool pattern_bit(std::uint32_t state, std::size_t index);

/// Passes of a compute self-test.
inline constexpr int compute_passes = 3;

/// What the compute self-test of a macro sends, in order: every row of every bank (row-major, banks
/// outermost), then vectors, whose banks take turns; then all of it again with every stored bit
/// inverted, and again with every stored bit 1. The lists hold the three passes, one behind the
/// other.
struct ComputeSelfTest {
  std::vector<std::vector<std::int32_t>> weights;  ///< of each stored row: one value a column
  std::vector<std::vector<std::int32_t>>
      indices;  ///< likewise; empty unless weights are structured
  std::vector<std::vector<std::int32_t>> vectors;  ///< one value a row
  std::vector<bool> transposed;                    ///< of each vector
  std::vector<std::vector<std::int64_t>> results;  ///< one value a column
  std::uint32_t signature = 0;
};

/// The compute self-test of a macro with compute_vectors > 0. Where `keep` is false only the
/// signature is filled in.
ComputeSelfTest compute_self_test(const spec::MacroSpec& spec, bool keep = true);

}  // namespace cimforge::sim
