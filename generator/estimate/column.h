// The trees of a column, counted without being planned: the same adders and registers that
// plan::plan_tree places, for heaps whose bits come in runs of equal ones. Microseconds where a
// plan takes milliseconds; tests/estimate holds both against each other.
#pragma once

#include <cstdint>

#include "generator/plan/tree.h"
#include "generator/spec/spec.h"

namespace cimforge::estimate {

/// What of a specification the trees of a column depend on.
struct ColumnKey {
  int rows = 0;
  int rows_per_block = 0;  ///< 0: the planner's
  int input_bits = 0;
  int weight_bits = 0;
  bool input_signed = false;
  bool weight_signed = false;
  int digit_bits = 1;  ///< k
  int acc_bits = 0;
  spec::AdderTree form = spec::AdderTree::dadda;
  int pipeline_stages = 0;
  bool operator==(const ColumnKey&) const = default;
};

/// Adders and registers of trees. A full adder whose carry nobody reads counts like any other.
struct TreeCount {
  std::int64_t full_adders = 0;
  std::int64_t half_adders = 0;
  std::int64_t registers = 0;  ///< of pipeline ranks
  TreeCount& operator+=(const TreeCount& other);
  bool operator==(const TreeCount&) const = default;
};

/// One column: what its blocks and its slice have, and how long its paths are.
struct Column {
  int steps = 1;
  int block_count = 0;
  TreeCount blocks;  ///< of all blocks together
  TreeCount slice;   ///< of the trees behind them
  std::int64_t plain_products = 0;
  std::int64_t negative_products = 0;  ///< that enter the heap inverted
  int top_bits = 0;  ///< of the input's sign plane, inverted in the first step; 0: there is none
  int top_column = 0;
  int sum_bits = 0;  ///< of a step
  int depth = 0;     ///< unit delays from the products to the sum, registers not counted
  /// Unit delays of the longest way from the inputs of the products to a register, and from one
  /// rank of registers to the next; with the carry chain of the accumulator where it ends there.
  int first_stage = 0;
  int later_stages = 0;  ///< 0: there are none
  /// From the tag of the first step, through the inverters of the sign plane or the lowest bit of
  /// the accumulator, to a register; 0: no vector takes several steps.
  int from_first = 0;
  std::uint64_t initial = 0;  ///< what the accumulator begins with, or the constant of one step
  std::uint64_t fed = 0;      ///< bits of a digit that are one in any digit that is fed
  int fed_ones = 0;           ///< bits that are one in what is fed behind it; 0: nothing is
  std::int64_t loop_full_adders = 0;  ///< of loops, as Yosys makes them
  std::int64_t loop_half_adders = 0;
  std::int64_t loop_sum_bits = 0;  ///< of loops: bits of the blocks' sums
};

/// The bits of the accumulator of a macro: plan::MacroPlan::acc_bits.
int accumulator_bits(const spec::MacroSpec& spec);

ColumnKey column_key(const spec::MacroSpec& spec);

/// Counts. Pure; tens of microseconds at the most.
Column count_column(const ColumnKey& key, const plan::AdderDelays& delays);

}  // namespace cimforge::estimate
