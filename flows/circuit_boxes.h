// What black boxes of a macro do, for the simulation of its mapped netlist: memories and columns of
// bitcells.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "flows/circuit.h"
#include "flows/circuit_simulator.h"
#include "flows/netlist.h"
#include "generator/spec/spec.h"

namespace cimforge::flows {

/// A box behind its nets.
class BoxModel {
 public:
  virtual ~BoxModel() = default;
  /// Sets the outputs by what the inputs are now; true where one changed.
  virtual bool follow(CircuitSimulator& simulator) = 0;
  /// The circuit has come to rest: what a box takes with the next edge stands at its inputs.
  virtual void rest(const CircuitSimulator&) {}
  /// Readings of a memory so far.
  [[nodiscard]] virtual std::int64_t reads() const { return 0; }
};

/// Black boxes that a netlist of the macro instantiates and that have a model here.
std::set<std::string> boxes_with_models(const spec::MacroSpec& spec, const Netlist& netlist);

/// A model for each box of the circuit; what was never written is 0.
std::vector<std::unique_ptr<BoxModel>> make_boxes(const spec::MacroSpec& spec,
                                                  const Circuit& circuit);

}  // namespace cimforge::flows
