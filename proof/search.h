// A case in which a column adds wrongly, found by simulating its netlist: for the report of a proof
// that failed where nothing says which values show it.
#pragma once

#include "generator/spec/spec.h"
#include "proof/macro.h"
#include "proof/netlist.h"
#include "proof/refutation.h"

namespace cimforge::proof {

/// Puts inputs, weights and the two sums into `refutation` where it has no values and random
/// vectors find a wrong one; leaves it as it is otherwise. `column` is a slice, or one of the
/// columns of a slice that fuses them.
void find_wrong_sum(const Design& design, const Module& column, const Macro& macro,
                    const spec::MacroSpec& spec, Refutation& refutation);

}  // namespace cimforge::proof
