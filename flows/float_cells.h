// Proof of the cells of a floating macro around its integer array: each is equivalent to a reference
// module in plain arithmetic (proof/reference), with the parameters that the emitted RTL gives it.
#pragma once

#include <chrono>

#include "flows/verilated_model.h"
#include "proof/prove.h"

namespace cimforge::flows {

/// Proves the cells and adds them to the parts of `result`; stops at the first that is refuted or
/// not decided within `time_limit`, and then `result` is not proved and says why. Throws
/// base::InputError for RTL that Yosys rejects, base::ToolError where a tool fails.
void prove_float_cells(const RtlSource& rtl, const spec::MacroSpec& spec,
                       std::chrono::milliseconds time_limit, proof::ProofResult& result);

}  // namespace cimforge::flows
