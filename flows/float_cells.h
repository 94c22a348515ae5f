// Proof of the cells of a floating macro around its integer array: each is equivalent to a
// reference module in plain arithmetic (proof/reference), with the parameters that the emitted RTL
// gives it.
#pragma once

#include <chrono>
#include <string>

#include "flows/verilated_model.h"
#include "proof/prove.h"

namespace cimforge::flows {

struct FloatCellsRequest {
  std::chrono::milliseconds time_limit;  ///< of the prover, for each cell
  std::string only;                      ///< the name of a cell: that one alone
};

/// Proves the cells and adds them to the parts of `result`; stops at the first that is refuted or
/// not decided within the time limit, and then `result` is not proved and says why. Throws
/// base::InputError for RTL that Yosys rejects, base::ToolError where a tool fails.
void prove_float_cells(const RtlSource& rtl, const spec::MacroSpec& spec,
                       const FloatCellsRequest& request, proof::ProofResult& result);

}  // namespace cimforge::flows
