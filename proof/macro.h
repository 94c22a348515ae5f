// The top module: which cells it has, and that they are connected as the architecture says.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "generator/spec/spec.h"
#include "proof/netlist.h"

namespace cimforge::proof {

/// The cells of a macro; nullptr where it has none.
struct Macro {
  const Module* slice = nullptr;
  std::set<const Module*> slices;  ///< all modules of slices: of the last one too, if it is smaller
  const Module* sequencer = nullptr;
  const Module* weight_port = nullptr;
  const Module* word_line_gate = nullptr;  ///< of latches
  const Module* output_stage = nullptr;
  const Module* feed = nullptr;
  const Module* offset = nullptr;  ///< the start value, where digits of zeros are skipped
  const Module* serializer = nullptr;
  const Module* threshold_port = nullptr;  ///< where results are signs
  // Of a transposable macro.
  const Module* weights = nullptr;    ///< of the columns of a slice
  const Module* transpose = nullptr;  ///< the transposed view, for slices of so many `lanes`
  int lanes = 0;
  const Module* direction = nullptr;
  // Of a macro with check bits.
  const Module* scrubber = nullptr;
  const Module* monitor = nullptr;
  /// Of each cell but the slices, by its name.
  std::map<std::string, std::map<std::string, std::int64_t>> parameters;
};

/// Refutes a pin that is not what it has to be, for every column.
Macro prove_wiring(const Design& design, const spec::MacroSpec& spec);

}  // namespace cimforge::proof
