#include "generator/lower/heap.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <queue>
#include <set>
#include <tuple>
#include <utility>

#include "generator/lower/names.h"

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

namespace {

/// The signals of a tree, by number: given ones, or names that tell level, column and place.
class TreeNames {
 public:
  TreeNames(const plan::TreePlan& tree, const std::vector<Expression>& inputs,
            const std::string& prefix)
      : expressions_(tree.arrivals.size(), id("")), names_(tree.arrivals.size()) {
    for (std::size_t i = 0; i < inputs.size(); ++i) expressions_[i] = inputs[i];
    std::map<std::string, int> used;
    const auto number = [&](const std::string& stem) {
      return fmt::format("{}_{}", stem, used[stem]++);
    };
    for (const plan::Adder& adder : tree.adders) {
      const int level = adder.level + 1;
      set(adder.sum, number(fmt::format("{}s{}_b{}", prefix, level, adder.column)));
      if (adder.carry >= 0) {
        set(adder.carry, number(fmt::format("{}c{}_b{}", prefix, level, adder.column + 1)));
      }
    }
    // `s2_b3_0_q1` is s2_b3_0 behind the first rank of registers.
    std::map<int, std::string> stems;
    int unnamed = 0;
    for (const plan::TreeRegister& each : tree.registers) {
      std::string stem = stems.contains(each.input) ? stems[each.input] : name(each.input);
      if (stem.empty()) stem = fmt::format("{}in{}", prefix, unnamed++);
      stems[each.output] = stem;
      set(each.output, fmt::format("{}_q{}", stem, each.stage));
    }
  }

  [[nodiscard]] const Expression& operator()(int signal) const {
    return expressions_[static_cast<std::size_t>(signal)];
  }
  [[nodiscard]] const std::string& name(int signal) const {
    return names_[static_cast<std::size_t>(signal)];
  }

 private:
  void set(int signal, const std::string& name) {
    names_[static_cast<std::size_t>(signal)] = name;
    expressions_[static_cast<std::size_t>(signal)] = id(name);
  }

  std::vector<Expression> expressions_;
  std::vector<std::string> names_;
};

Expression sum_of(const plan::Adder& adder, const TreeNames& names, bool complemented) {
  const Expression sum = names(adder.inputs[0]) ^ names(adder.inputs[1]);
  if (adder.full) return sum ^ names(adder.inputs[2]);
  return complemented ? ~sum : sum;
}

Expression carry_of(const plan::Adder& adder, const TreeNames& names, bool complemented) {
  const Expression& a = names(adder.inputs[0]);
  const Expression& b = names(adder.inputs[1]);
  if (adder.full) return (a & b) | (names(adder.inputs[2]) & (a ^ b));
  return complemented ? a | b : a & b;
}

Item adder_cell(const plan::Adder& adder, const TreeNames& names, bool complemented) {
  if (adder.carry < 0) {
    // The carry is past the highest column: it is zero, or dropped modulo 2^columns.
    return Assign{names(adder.sum), sum_of(adder, names, complemented)};
  }
  std::vector<Connection> connections = {connect("a_i", names(adder.inputs[0])),
                                         connect("b_i", names(adder.inputs[1]))};
  if (adder.full) connections.push_back(connect("c_i", names(adder.inputs[2])));
  connections.push_back(connect("sum_o", names(adder.sum)));
  connections.push_back(connect("carry_o", names(adder.carry)));
  return Instance{adder.full     ? "cim_full_adder"
                  : complemented ? "cim_dual_half_adder"
                                 : "cim_half_adder",
                  {connect("LANES", lanes())},
                  "u_" + names.name(adder.sum),
                  std::move(connections),
                  true};
}

/// Cells, then the adders by level, each after those that it reads.
Items structure(const std::vector<HeapCells>& cells, const plan::TreePlan& tree,
                const TreeNames& names, bool complemented) {
  Items items;
  for (const HeapCells& group : cells) {
    Declaration declaration{false, lanes(), {}};
    for (const HeapCell& cell : group.cells) declaration.names.push_back(cell.name);
    items.push_back(Comment{group.comment});
    items.push_back(std::move(declaration));
    for (const HeapCell& cell : group.cells) items.push_back(cell.instance);
  }
  std::map<int, std::vector<const plan::Adder*>> levels;
  for (const plan::Adder& adder : tree.adders) levels[adder.level].push_back(&adder);
  std::size_t heap = tree.inputs.size();
  for (const auto& [level, adders] : levels) {
    std::size_t full = 0;
    Declaration declaration{false, lanes(), {}};
    for (const plan::Adder* adder : adders) {
      full += adder->full ? 1 : 0;
      declaration.names.push_back(names.name(adder->sum));
      if (adder->carry >= 0) declaration.names.push_back(names.name(adder->carry));
    }
    items.push_back(Comment{fmt::format("Level {}: {} full adders, {} half adders; {} bits -> {}",
                                        level + 1, full, adders.size() - full, heap, heap - full)});
    heap -= full;
    items.push_back(std::move(declaration));
    for (const plan::Adder* adder : adders) {
      items.push_back(adder_cell(*adder, names, complemented));
    }
  }
  return items;
}

/// Verilator looks in each process for variables that a latch would keep, in time that is quadratic
/// in the variables: 12 s for the 7000 of 16 rows of 12 x 12 bits, minutes for 64 rows.
constexpr std::size_t most_assigns_of_process = 2000;

/// One process a stage, or more where it is long: a cell just before the first adder that reads it.
Items statements(const std::vector<HeapCells>& cells, const plan::TreePlan& tree,
                 const std::vector<Expression>& inputs, const TreeNames& names, bool complemented) {
  struct Cell {
    const HeapCell* cell;
    int stage;
    bool written = false;
  };
  std::vector<Cell> list;
  std::set<int> stages;
  Declaration declaration{true, lanes(), {}};
  for (const HeapCells& group : cells) {
    for (const HeapCell& cell : group.cells) {
      list.push_back({&cell, group.stage});
      stages.insert(group.stage);
      declaration.names.push_back(cell.name);
    }
  }
  std::map<std::string, Cell*> cell_of_name;
  for (Cell& cell : list) cell_of_name[cell.cell->name] = &cell;
  std::vector<Cell*> cell_of_input(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const ExpressionNode& node = inputs[i].node();
    if (node.kind != ExpressionNode::Kind::identifier) continue;
    const auto found = cell_of_name.find(node.text);
    if (found != cell_of_name.end()) cell_of_input[i] = found->second;
  }
  for (const plan::Adder& adder : tree.adders) {
    stages.insert(adder.stage);
    declaration.names.push_back(names.name(adder.sum));
    if (adder.carry >= 0) declaration.names.push_back(names.name(adder.carry));
  }

  Items items;
  if (declaration.names.empty()) return items;
  items.push_back(std::move(declaration));
  for (const int stage : stages) {
    CombinationalBlock block;
    const auto assign = [&](Assign each) {
      if (block.assigns.size() == most_assigns_of_process) {
        items.push_back(std::exchange(block, {}));
      }
      block.assigns.push_back(std::move(each));
    };
    const auto write = [&](Cell& cell) {
      if (cell.written) return;
      cell.written = true;
      assign(Assign{id(cell.cell->name), cell.cell->value});
    };
    for (const int index : simulation_order(tree, stage)) {
      const plan::Adder& adder = tree.adders[static_cast<std::size_t>(index)];
      for (const int input : adder.inputs) {
        if (input < 0 || static_cast<std::size_t>(input) >= inputs.size()) continue;
        Cell* cell = cell_of_input[static_cast<std::size_t>(input)];
        if (cell != nullptr && cell->stage == stage) write(*cell);
      }
      assign(Assign{names(adder.sum), sum_of(adder, names, complemented)});
      if (adder.carry >= 0) {
        assign(Assign{names(adder.carry), carry_of(adder, names, complemented)});
      }
    }
    for (Cell& cell : list) {
      if (cell.stage == stage) write(cell);  // read by no adder of this stage
    }
    items.push_back(std::move(block));
  }
  return items;
}

}  // namespace

std::vector<int> simulation_order(const plan::TreePlan& tree, int stage) {
  // The adder of this stage that makes a signal.
  std::map<int, int> maker;
  for (std::size_t i = 0; i < tree.adders.size(); ++i) {
    const plan::Adder& adder = tree.adders[i];
    if (adder.stage != stage) continue;
    maker[adder.sum] = static_cast<int>(i);
    if (adder.carry >= 0) maker[adder.carry] = static_cast<int>(i);
  }
  using Key = std::tuple<int, int, int>;  // sums used up, negative; column; index
  std::priority_queue<Key, std::vector<Key>, std::greater<>> ready;
  std::map<int, int> waits;                 // adder -> sums that it still waits for
  std::map<int, std::vector<int>> readers;  // adder -> those that wait for it
  const auto key = [&](int index, int sums) {
    return Key{-sums, tree.adders[static_cast<std::size_t>(index)].column, index};
  };
  std::map<int, int> uses;
  for (std::size_t i = 0; i < tree.adders.size(); ++i) {
    const plan::Adder& adder = tree.adders[i];
    if (adder.stage != stage) continue;
    const int index = static_cast<int>(i);
    for (const int input : adder.inputs) {
      const auto made = maker.find(input);
      if (made == maker.end()) continue;
      ++uses[index];
      readers[made->second].push_back(index);
    }
    waits[index] = uses[index];
    if (waits[index] == 0) ready.push(key(index, 0));
  }
  std::vector<int> order;
  while (!ready.empty()) {
    const int index = std::get<2>(ready.top());
    ready.pop();
    order.push_back(index);
    for (const int reader : readers[index]) {
      if (--waits[reader] == 0) ready.push(key(reader, uses[reader]));
    }
  }
  return order;
}

HeapOutputs emit_heap(Items& items, const std::vector<HeapCells>& cells, const plan::TreePlan& tree,
                      const std::vector<Expression>& inputs, const std::string& prefix,
                      bool complemented) {
  const TreeNames names(tree, inputs, prefix);

  // Registers first: they cut the tree, and every stage begins with what they hold.
  std::map<int, std::vector<const plan::TreeRegister*>> ranks;
  for (const plan::TreeRegister& each : tree.registers) ranks[each.stage].push_back(&each);
  for (const auto& [stage, registers] : ranks) {
    Declaration declaration{true, lanes(), {}};
    for (const plan::TreeRegister* each : registers) {
      declaration.names.push_back(names.name(each->output));
    }
    items.push_back(Comment{fmt::format("Pipeline registers in front of stage {}", stage)});
    items.push_back(std::move(declaration));
  }

  if (!cells.empty() || !tree.adders.empty()) {
    items.push_back(MacroIf{synthesis_macro, structure(cells, tree, names, complemented),
                            statements(cells, tree, inputs, names, complemented)});
  }

  for (const auto& [stage, registers] : ranks) {
    ClockedAssign rank{id("clk_i"), id(rank_enable_port(stage)), {}};
    for (const plan::TreeRegister* each : registers) {
      rank.assigns.push_back(Assign{names(each->output), names(each->input)});
    }
    items.push_back(std::move(rank));
  }

  const auto signals = [&](const std::vector<int>& numbers) {
    std::vector<Expression> expressions;
    for (const int signal : numbers) {
      expressions.push_back(signal < 0 ? all_lanes_zero() : names(signal));
    }
    return expressions;
  };
  return {signals(tree.outputs), signals(tree.second_outputs)};
}

}  // namespace cimforge::lower
