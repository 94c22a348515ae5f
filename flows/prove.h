// Proof of a macro: Yosys elaborates its RTL with LANES = 1, the room `proof` does the rest.
#pragma once

#include <chrono>

#include "flows/verilated_model.h"
#include "proof/prove.h"

namespace cimforge::flows {

struct ProofRequest {
  std::chrono::minutes time_limit{30};  ///< of Yosys
  std::chrono::milliseconds cell_limit{
      300'000};  ///< of the prover, for each cell of a floating macro, and a near-memory unit
};

/// Proves or refutes; of a floating or a hybrid macro its integer macro and, if floating, the cells
/// around that too (flows/float_cells.h); a near-memory macro by flows/near_memory_proof.h. Throws
/// base::InputError for a tree without adder cells
/// (`adder_tree = "loop"`) and for RTL that Yosys rejects, base::ToolError where Yosys fails.
proof::ProofResult prove(const RtlSource& rtl, const spec::MacroSpec& spec,
                         const ProofRequest& request = {});

}  // namespace cimforge::flows
