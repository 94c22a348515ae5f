// Proof of a near-memory macro: the room `proof` does what is wiring and control, Yosys and ABC
// compare a multiply-accumulate unit with its reference (proof/reference/reference_near_mac.v).
#pragma once

#include <chrono>

#include "flows/verilated_model.h"
#include "proof/prove.h"

namespace cimforge::flows {

/// Proves or refutes; a unit that the prover does not decide within `limit` is not proved, and the
/// result says so. Throws base::InputError for RTL that Yosys rejects, base::ToolError where it
/// fails.
proof::ProofResult prove_near_memory(const RtlSource& rtl, const spec::MacroSpec& spec,
                                     std::chrono::milliseconds limit);

}  // namespace cimforge::flows
