// Stuck-at faults of a mapped netlist: which there are, which of them are the same, and which ones
// a recorded test finds.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "flows/circuit.h"
#include "flows/circuit_simulator.h"

namespace cimforge::flows {

/// Faults that no test can tell apart, by their first; and what became of them.
struct FaultGroup {
  StuckPin first;
  std::uint32_t count = 1;  ///< pins and values in it
  enum class State : std::uint8_t {
    untried,
    detected,
    undetected,
    untestable,  ///< proved
    undecided,   ///< undetected, and the prover gave up
  } state = State::untried;
};

/// Every pin of every cell at 0 and at 1, without open outputs, but faults that are the same
/// circuit are one group: an input of a cell of one output at the value that decides the output,
/// and that output at what it decides; the ends of a wire with one reader. (McCluskey and Clegg,
/// "Fault equivalence in combinational logic networks", IEEE Trans. Computers C-20, 1971.) Groups
/// come in the order of their cells. `observed` are nets that are seen beside their readers.
std::vector<FaultGroup> stuck_at_groups(const Circuit& circuit,
                                        const std::vector<FlatNet>& observed);

/// The text of a fault: `u_slice0/u_block0/_012_ NAND2X1 pin A at 1`.
std::string to_text(const Circuit& circuit, const StuckPin& fault);

/// A test as a tester applies it: values of some nets, one set after the other, and which values of
/// other nets must be seen after some of them.
struct RecordedTest {
  std::vector<FlatNet> driven;
  /// Of each step one value a driven net.
  std::vector<std::vector<bool>> steps;
  struct Observation {
    std::size_t step = 0;
    std::vector<FlatNet> nets;
    std::vector<bool> values;
  };
  std::vector<Observation> observations;  ///< steps ascend
};

struct FaultRun {
  std::function<void(std::size_t done, std::size_t total)> progress;
  std::function<void()> interrupt;  ///< called often; may throw
};

/// Marks the groups that the test finds, from storage that holds 0 and from storage that holds 1
/// before it: what depends on that is not found. Only groups that are untried or undetected are
/// simulated. Throws base::ToolError where the circuit without a fault fails the test.
void simulate_stuck_at(const Circuit& circuit, const RecordedTest& test,
                       std::vector<FaultGroup>& groups, const FaultRun& run = {});

}  // namespace cimforge::flows
