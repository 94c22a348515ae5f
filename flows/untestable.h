// Which stuck-at faults no test can find: a proof by SAT.
#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "flows/circuit.h"
#include "flows/stuck_at.h"

namespace cimforge::flows {

struct UntestableReport {
  std::size_t proved = 0;  ///< untestable
  std::size_t testable =
      0;  ///< some state and inputs show the fault; whether a test reaches them is open
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

/// The steps in which a column computes a vector: the input `first` is 1 in the first of them and 0
/// in the others, `step` is 1 in all of them (between them the accumulator rests); inputs whose
/// names begin with `loads` decide which registers take the result of the last.
struct VectorSteps {
  int steps = 1;
  const char* first = "first_i";
  const char* step = "accumulate_i";
  const char* loads = "result_";
};

/// Likewise, of the groups that are still undetected: with every register free before the first
/// step, in both circuits for itself, with any weights and inputs, the registers of results take
/// the same in the last step. Only of columns without registers in the tree, and of faults that
/// reach neither weights nor clocks. Returns how many are proved.
std::size_t prove_untestable_in_vectors(const Circuit& circuit, const VectorSteps& vector,
                                        std::vector<FaultGroup>& groups,
                                        std::chrono::milliseconds time_limit,
                                        const std::function<void()>& interrupt);

}  // namespace cimforge::flows
