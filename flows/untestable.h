// Which stuck-at faults no test can find: a proof by SAT.
#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "flows/circuit.h"
#include "flows/stuck_at.h"

namespace cimforge::flows {

struct UntestableReport {
  std::size_t proved = 0;     ///< untestable
  std::size_t testable = 0;   ///< some state and inputs show the fault; whether a test reaches them is open
  std::size_t undecided = 0;  ///< ABC gave up
};

/// Proves groups that are undetected to be untestable, and marks them: with every register, latch
/// and input of the circuit free, no value of them makes an output of the circuit, or what a
/// register or latch takes, differ. That is enough in every state that can be reached, and in all
/// others. Throws base::ToolError where ABC fails.
UntestableReport prove_untestable(const Circuit& circuit, const std::vector<FlatNet>& observed,
                                  std::vector<FaultGroup>& groups,
                                  std::chrono::milliseconds time_limit,
                                  const std::function<void()>& interrupt);

}  // namespace cimforge::flows
