// NearMemoryPlan: a memory that gives one row of weights a cycle, and a multiply-accumulate unit for
// each column. A vector takes as many cycles as there are rows.
#pragma once

#include "generator/spec/spec.h"

namespace cimforge::plan {

/// Cycles from the one in which the first row is addressed to the first that sees the result, beside
/// the rows: the memory reads, the units multiply and add, the output register takes the sums.
inline constexpr int near_memory_ranks = 2;

struct NearMemoryPlan {
  int words = 0;         ///< banks x rows; row r of bank b is word b * rows + r
  int address_bits = 1;  ///< at least 1
  int word_bits = 0;     ///< columns x weight bits: one row of weights
  int acc_bits = 0;      ///< of an accumulator: what every sum, or what is kept of it, needs
};

/// Plans a validated specification of Kind::near_memory. `exact_bits` hold every sum, `output_bits`
/// are those of a result. Never fails.
NearMemoryPlan plan_near_memory(const spec::MacroSpec& spec, int exact_bits, int output_bits);

}  // namespace cimforge::plan
