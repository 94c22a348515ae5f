// N:M structured weights in a block (docs/sparsity.md): each stored row multiplies, lane by lane,
// the input of its group that the stored index names.
#pragma once

#include <set>
#include <string>

#include "generator/plan/plan.h"
#include "generator/verilog/module.h"

namespace cimforge::lower {

/// Whether weights have an index.
bool is_structured(const plan::MacroPlan& plan);

/// Whether weights stand as the columns' codes, as one bit of LANES*bits lanes, which a loop
/// reads; else it has a plane for each bit of the weights, behind them one for each bit of the
/// indices, and in storage one for each check bit.
bool keeps_codes_whole(const plan::MacroPlan& plan);

/// Rows of the input that so many stored rows read.
int input_rows(const plan::MacroPlan& plan, int stored_rows);

/// The digit bit that the products of the heap apart have: the input's sign, or, with run-time
/// precision, the only one there is.
int top_digit(const plan::MacroPlan& plan);

/// The digit bits that some product reads.
std::set<int> digit_bits_read(const plan::MacroPlan& plan);

/// Digit bit `digit_bit` of the row that the index of stored row `row` names, a bit for each lane.
std::string selected_bit(int digit_bit, int row);

/// Makes them all, for the products of a block.
void emit_selections(const plan::MacroPlan& plan, verilog::Items& items,
                     const plan::BlockPlan& block);

}  // namespace cimforge::lower
