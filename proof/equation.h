// From one step to the result: what the steps of a vector add up to, against the specification.
#pragma once

#include "generator/spec/spec.h"
#include "proof/column.h"
#include "proof/leaves.h"

namespace cimforge::proof {

/// Refutes unless sum over the steps t of 2^(k(n-1-t)) times the sum of step t is the dot product
/// plus a constant, modulo 2^width; gives what takes that constant off.
Constants prove_equation(const ColumnProof& column, const spec::MacroSpec& spec);

}  // namespace cimforge::proof
