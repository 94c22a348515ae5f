// Proof of a macro: Yosys elaborates its RTL with LANES = 1, the room `proof` does the rest.
#pragma once

#include <chrono>

#include "flows/verilated_model.h"
#include "proof/prove.h"

namespace cimforge::flows {

struct ProofRequest {
  std::chrono::minutes time_limit{30};  ///< of Yosys
};

/// Proves or refutes. Throws base::InputError for a tree without adder cells (`adder_tree =
/// "loop"`) and for RTL that Yosys rejects, base::ToolError where Yosys fails.
proof::ProofResult prove(const RtlSource& rtl, const spec::MacroSpec& spec,
                         const ProofRequest& request = {});

}  // namespace cimforge::flows
