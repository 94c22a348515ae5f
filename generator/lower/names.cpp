#include "generator/lower/names.h"

#include <fmt/format.h>

#include <cstddef>

#include "generator/spec/protection.h"

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

std::string block_module(const plan::MacroPlan& plan, int block) {
  return fmt::format("{}_block{}", plan.spec.name,
                     plan.blocks[static_cast<std::size_t>(block)].rows);
}

std::string bitcells_module(const plan::MacroPlan& plan, int rows) {
  return fmt::format("{}_bitcells{}", plan.spec.name, rows);
}

std::string bitcell_column_module(const plan::MacroPlan& plan, int rows) {
  return fmt::format("{}_bitcell_column{}", plan.spec.name, rows);
}

std::string block_output(const plan::BlockOutput& output) {
  return fmt::format("{}{}", output.column, output.number == 0 ? "" : "_1");
}

std::string slice_module(const plan::MacroPlan& plan) {
  return plan.spec.name + "_slice";
}
std::string weights_module(const plan::MacroPlan& plan) {
  return plan.spec.name + "_weights";
}

std::string encode_module(const plan::MacroPlan& plan) {
  return plan.spec.name + "_encode";
}
std::string decode_module(const plan::MacroPlan& plan) {
  return plan.spec.name + "_decode";
}

std::string read_bank(const plan::MacroPlan& plan) {
  if (!plan.protection || !spec::scrubs(plan.spec)) return "bank";
  return plan.bank_bits > 0 ? "read_bank" : "unused_read_bank";
}

bool transposes(const plan::MacroPlan& plan) {
  return plan.spec.transpose != spec::Transpose::never;
}

bool stores_in_blocks(const plan::MacroPlan& plan) {
  return !transposes(plan) && !plan.spec.weights_outside;
}

std::string fused_columns_module(const plan::MacroPlan& plan) {
  return plan.spec.name + "_columns";
}

Expression lanes() {
  return id("LANES");
}
Expression all_lanes_zero() {
  return replication(lanes(), literal(1, 0));
}
Expression lanes_times(int count) {
  return integer(count) * lanes();
}
Expression plane(const std::string& vector, int index) {
  return part(id(vector), index == 0 ? integer(0) : integer(index) * lanes(), lanes());
}

Connection same(const std::string& name) {
  return {name, id(name)};
}
Connection connect(const std::string& port, const Expression& value) {
  return {port, value};
}
Connection connect(const std::string& port, const std::string& signal) {
  return {port, id(signal)};
}

std::vector<Connection> connections_of(const std::vector<Port>& ports,
                                       const std::vector<Connection>& others) {
  std::vector<Connection> result;
  for (const Port& port : ports) {
    Connection connection = same(port.name);
    for (const Connection& other : others) {
      if (other.port == port.name) connection = other;
    }
    result.push_back(connection);
  }
  return result;
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
  // Errors go through all of them.
  for (int rank = 1; plan.protection && rank <= plan.spec.pipeline_stages; ++rank) {
    ranks.insert(rank);
  }
  return ranks;
}

std::string rank_enable_port(int rank) {
  return fmt::format("stage{}_enable_i", rank);
}

}  // namespace cimforge::lower
