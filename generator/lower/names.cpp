#include "generator/lower/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

std::string block_module(const plan::MacroPlan& plan, int block) {
  return fmt::format("{}_block{}", plan.spec.name,
                     plan.blocks[static_cast<std::size_t>(block)].rows);
}

std::string slice_module(const plan::MacroPlan& plan) { return plan.spec.name + "_slice"; }

Expression lanes() { return id("LANES"); }
Expression all_lanes_zero() { return replication(lanes(), literal(1, 0)); }
Expression lanes_times(int count) { return integer(count) * lanes(); }
Expression plane(const std::string& vector, int index) {
  return part(id(vector), index == 0 ? integer(0) : integer(index) * lanes(), lanes());
}

Connection same(const std::string& name) { return {name, id(name)}; }
Connection connect(const std::string& port, const Expression& value) { return {port, value}; }
Connection connect(const std::string& port, const std::string& signal) {
  return {port, id(signal)};
}

void add_ranks(const plan::TreePlan& tree, std::set<int>& ranks) {
  for (const plan::TreeRegister& each : tree.registers) ranks.insert(each.stage);
}

std::set<int> block_ranks(const plan::BlockPlan& block) {
  std::set<int> ranks;
  add_ranks(block.fixed.tree, ranks);
  add_ranks(block.top.tree, ranks);
  return ranks;
}

std::set<int> slice_ranks(const plan::MacroPlan& plan) {
  std::set<int> ranks;
  for (const plan::BlockPlan& block : plan.blocks) ranks.merge(block_ranks(block));
  add_ranks(plan.top_tree, ranks);
  add_ranks(plan.tree, ranks);
  return ranks;
}

std::string rank_enable_port(int rank) { return fmt::format("stage{}_enable_i", rank); }

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

void emit_adder(Items& items, const plan::Adder& adder, const TreeNames& names) {
  const auto input = [&](std::size_t i) { return names(adder.inputs[i]); };
  if (adder.carry < 0) {
    // The carry is past the highest column: it is zero, or dropped modulo 2^columns.
    Expression sum = input(0) ^ input(1);
    items.push_back(Assign{names(adder.sum), adder.full ? sum ^ input(2) : sum});
    return;
  }
  std::vector<Connection> connections = {connect("a_i", input(0)), connect("b_i", input(1))};
  if (adder.full) connections.push_back(connect("c_i", input(2)));
  connections.push_back(connect("sum_o", names(adder.sum)));
  connections.push_back(connect("carry_o", names(adder.carry)));
  items.push_back(Instance{adder.full ? "cim_full_adder" : "cim_half_adder",
                           {connect("LANES", lanes())},
                           "u_" + names.name(adder.sum),
                           std::move(connections),
                           true});
}

}  // namespace

std::vector<Expression> emit_tree(Items& items, const plan::TreePlan& tree,
                                  const std::vector<Expression>& inputs,
                                  const std::string& prefix) {
  const TreeNames names(tree, inputs, prefix);

  // Registers first: they cut the tree, and every stage begins with what they hold.
  std::map<int, std::vector<const plan::TreeRegister*>> ranks;
  for (const plan::TreeRegister& each : tree.registers) ranks[each.stage].push_back(&each);
  for (const auto& [stage, registers] : ranks) {
    Declaration declaration{true, lanes(), {}, ""};
    for (const plan::TreeRegister* each : registers) {
      declaration.names.push_back(names.name(each->output));
    }
    items.push_back(Comment{fmt::format("Pipeline registers in front of stage {}", stage)});
    items.push_back(std::move(declaration));
  }

  // Adders by level, each after those that it reads.
  std::map<int, std::vector<const plan::Adder*>> levels;
  for (const plan::Adder& adder : tree.adders) levels[adder.level].push_back(&adder);
  std::size_t heap = inputs.size();
  for (const auto& [level, adders] : levels) {
    std::size_t full = 0;
    Declaration declaration{false, lanes(), {}, ""};
    for (const plan::Adder* adder : adders) {
      full += adder->full ? 1 : 0;
      declaration.names.push_back(names.name(adder->sum));
      if (adder->carry >= 0) declaration.names.push_back(names.name(adder->carry));
    }
    items.push_back(Blank{});
    items.push_back(Comment{fmt::format("Level {}: {} full adders, {} half adders; {} bits -> {}",
                                        level + 1, full, adders.size() - full, heap,
                                        heap - full)});
    heap -= full;
    items.push_back(std::move(declaration));
    for (const plan::Adder* adder : adders) emit_adder(items, *adder, names);
  }

  for (const auto& [stage, registers] : ranks) {
    ClockedAssign rank{id("clk_i"), id(rank_enable_port(stage)), {}};
    for (const plan::TreeRegister* each : registers) {
      rank.assigns.push_back(Assign{names(each->output), names(each->input)});
    }
    items.push_back(Blank{});
    items.push_back(std::move(rank));
  }

  std::vector<Expression> outputs;
  for (const int output : tree.outputs) {
    outputs.push_back(output < 0 ? all_lanes_zero() : names(output));
  }
  return outputs;
}

}  // namespace cimforge::lower
