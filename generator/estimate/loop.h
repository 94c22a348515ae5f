// The adders of a sum that is written as a loop, as Yosys makes them (passes alumacc and maccmap):
// the digits of a row in a chain, all rows in carry-save form, and one more adder.
#pragma once

#include <cstdint>
#include <vector>

#include "generator/estimate/column.h"

namespace cimforge::estimate {

/// Counts the adders of `rows` rows. A digit of a row is the bits that it has, at their columns;
/// the sum has `bits` bits, at most 64.
TreeCount count_loop(const std::vector<std::uint64_t>& digits, int rows, int bits);

}  // namespace cimforge::estimate
