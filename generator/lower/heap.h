// The text of a heap of bits and the tree that adds it up, in two descriptions of the same plan:
//   - for synthesis tools, which define SYNTHESIS: one instance a product and an adder, so that
//   every
//     adder of the plan is an adder of the netlist;
//   - for simulators: the same adders as statements of one process a pipeline stage. An
//   event-driven
//     simulator then has one event for a tree instead of one for each cell; Verilator 5.006
//     evaluates single cells in an order that differs from block to block, so that no two blocks
//     share their code and the processor waits for it (docs/tool_workarounds.md).
#pragma once

#include <string>
#include <vector>

#include "generator/plan/tree.h"
#include "generator/verilog/module.h"

namespace cimforge::lower {

/// The macro that synthesis tools define, and with it the description for them.
inline constexpr const char* synthesis_macro = "SYNTHESIS";

/// A signal that a cell makes for the tree: a product, or a bit inverted in the first step.
struct HeapCell {
  std::string name;            ///< of the signal
  verilog::Instance instance;  ///< that drives it
  verilog::Expression value;   ///< the same, for a simulator
};

/// Cells under one comment.
struct HeapCells {
  std::string comment;
  int stage = 0;  ///< pipeline stage in which they stand
  std::vector<HeapCell> cells;
};

/// The signals of the numbers that a tree gives, one a column; LANES zeros where a bit is always
/// zero.
struct HeapOutputs {
  std::vector<verilog::Expression> first;
  std::vector<verilog::Expression> second;  ///< empty unless the tree ends in carry-save
};

/// Emits cells, adders and pipeline registers; with `complemented` for inputs that are inverted,
/// and outputs too but for those that are always zero. `inputs` are the signals of the tree's
/// inputs, among them every cell's; `prefix` begins the names of the others.
HeapOutputs emit_heap(verilog::Items& items, const std::vector<HeapCells>& cells,
                      const plan::TreePlan& tree, const std::vector<verilog::Expression>& inputs,
                      const std::string& prefix, bool complemented);

/// The adders of one stage in the order in which few sums are alive at once: each as soon as it can
/// be evaluated, those first that use up most sums, then low columns. Indices into tree.adders.
std::vector<int> simulation_order(const plan::TreePlan& tree, int stage);

}  // namespace cimforge::lower
