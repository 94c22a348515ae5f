// Check bits beside each stored weight (docs/protection.md). The code word of a column and a stored
// row has the bits of the weight, with those of its index where weights are structured, and behind
// them the check bits.
#pragma once

#include <cstdint>
#include <vector>

#include "generator/spec/spec.h"

namespace cimforge::spec {

constexpr bool is_protected(const MacroSpec& spec) {
  return spec.protection.code != Code::none;
}
/// Whether a wrong bit is mended, and not only seen.
constexpr bool mends(const MacroSpec& spec) {
  return spec.protection.code == Code::secded;
}
constexpr bool scrubs(const MacroSpec& spec) {
  return spec.protection.scrubbing != Scrubbing::never;
}

/// Check bits of a word of so many data bits: 1 of parity; of SECDED the fewest with enough
/// columns (Hsiao 1970), one more than Hamming's code has.
int check_bits(Code code, int data_bits);
int check_bits(const MacroSpec& spec);

/// Bits of storage that a weight takes, with its index and its check bits.
int word_bits(const MacroSpec& spec);

/// For each data bit the check bits that it enters: bit i of the mask is check bit i. Of SECDED
/// they are columns of odd weight, 3 first, all different, and chosen so that every check bit is
/// entered by as many data bits as any other, give or take one (Hsiao 1970).
std::vector<std::uint32_t> check_columns(Code code, int data_bits);

}  // namespace cimforge::spec
