// Proof of a logic macro (docs/proof.md): its columns by SAT for all inputs and all states, the
// rules of its control for every state, and its operations for all values of narrow operands.
#pragma once

#include <chrono>
#include <functional>

#include "flows/verilated_model.h"
#include "proof/prove.h"

namespace cimforge::flows {

struct LogicProofRequest {
  std::chrono::milliseconds time_limit = std::chrono::minutes(30);  ///< of Yosys, for each part
  int most_bits = 8;  ///< operands whose every pair of values is tried have so many bits at most
  int jobs = 2;       ///< compilers at once
  std::function<void()> interrupt;  ///< called often; may throw to end the run
};

/// Throws base::InputError for RTL that a tool rejects, base::ToolError where a tool fails.
proof::ProofResult prove_logic(const RtlSource& rtl, const spec::MacroSpec& spec,
                               const LogicProofRequest& request = {});

}  // namespace cimforge::flows
