// LogicPlan: widths and cycles of a logic macro (docs/logic.md): an array of bits, two rows of
// which are read and one written in each cycle, and one bit of arithmetic below each column.
#pragma once

#include "generator/spec/spec.h"

namespace cimforge::plan {

/// Cycles from the last one of an operation to the first that sees its result: the bit registers of
/// the columns, then the output register.
inline constexpr int logic_ranks = 2;

struct LogicPlan {
  int address_bits = 1;  ///< of a row
  int bits_bits = 1;     ///< of the width of an operand less one
  int key_bits = 1;      ///< of a key: the widest operand
  int sum_bits = 1;      ///< of a sum over the columns: every sum of operands of key_bits fits
  int result_bits = 1;   ///< of a result: a bit for each column, or a sum
};

/// Plans a validated specification of Kind::logic. Never fails.
LogicPlan plan_logic(const spec::MacroSpec& spec);

}  // namespace cimforge::plan
