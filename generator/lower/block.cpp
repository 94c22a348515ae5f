#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>

#include "generator/lower/heap.h"
#include "generator/lower/modules.h"
#include "generator/lower/names.h"

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

namespace {

bool is_loop(const plan::MacroPlan& plan) {
  return plan.spec.adder_tree == spec::AdderTree::loop;
}

Instance storage(const plan::MacroPlan& plan, int rows) {
  const spec::MacroSpec& spec = plan.spec;
  if (spec.storage == spec::Storage::bitcell) {
    Instance array{bitcells_module(plan, rows), {connect("LANES", lanes())}, "u_weights", {}};
    array.connections.push_back(same("word_line_i"));
    array.connections.push_back(connect("data_i", "write_data_i"));
    if (plan.bank_bits > 0) array.connections.push_back(same("bank_i"));
    array.connections.push_back(connect("weight_o", "weight"));
    return array;
  }
  const bool latch = spec.storage == spec::Storage::latch;
  // In a loop the columns' codes stay whole: one bit of LANES*bits lanes.
  const bool whole = is_loop(plan);
  Instance instance{latch ? "cim_weight_latch" : "cim_weight_flop",
                    {connect("LANES", whole ? lanes_times(spec.weight.bits) : lanes()),
                     connect("ROWS", integer(rows)),
                     connect("BITS", integer(whole ? 1 : spec.weight.bits)),
                     connect("BANKS", integer(spec.banks)),
                     connect("BANK_BITS", integer(std::max(1, plan.bank_bits)))},
                    "u_weights",
                    {}};
  if (!latch) instance.connections.push_back(same("clk_i"));
  instance.connections.push_back(same("word_line_i"));
  instance.connections.push_back(connect("data_i", "write_data_i"));
  instance.connections.push_back(
      connect("bank_i", plan.bank_bits > 0 ? id("bank_i") : literal(1, 0)));
  instance.connections.push_back(connect("weight_o", "weight"));
  return instance;
}

/// Digit bit `plane` of `row`, among the inputs of the block.
Expression digit(int rows, int plane, int row) {
  return select(id("digit_i"), integer(std::int64_t{1} * plane * rows + row));
}

std::string stored_bit(int bit, int row) { return fmt::format("w{}_r{}", bit, row); }

/// A name for each stored bit that is read. Verilator sees through names, not through parts of a wide
/// vector that a process reads: it would copy the vector.
void emit_stored_bits(const plan::MacroPlan& plan, Items& items, int rows) {
  const int bits = plan.spec.weight.bits;
  Declaration declaration{false, lanes(), {}};
  Items assigns;
  for (int bit = 0; bit < std::min(bits, plan.acc_bits); ++bit) {
    for (int row = 0; row < rows; ++row) {
      declaration.names.push_back(stored_bit(bit, row));
      assigns.push_back(Assign{id(stored_bit(bit, row)), plane("weight", row * bits + bit)});
    }
  }
  items.push_back(Blank{});
  items.push_back(Comment{"Bit b of the weights of row r: w<b>_r<r>"});
  items.push_back(std::move(declaration));
  items.insert(items.end(), assigns.begin(), assigns.end());
}

/// A cell that gives the product `name` of a row, or joins those of a group: the rows from `first` on.
HeapCell product_cell(const std::string& name, int digit_bit, int weight_bit, int block_rows,
                      int first, int count, bool inverted) {
  std::vector<Expression> inputs;
  std::vector<Expression> weights;
  std::optional<Expression> joined;
  for (int row = first; row < first + count; ++row) {
    inputs.push_back(digit(block_rows, digit_bit, row));
    weights.push_back(id(stored_bit(weight_bit, row)));
    const Expression product = weights.back() & replication(lanes(), inputs.back());
    joined = joined ? *joined | product : product;
  }
  std::vector<Connection> parameters;
  parameters.reserve(3);
  parameters.push_back(connect("LANES", lanes()));
  if (count > 1) parameters.push_back(connect("ROWS", integer(count)));
  if (inverted) parameters.push_back(connect("INVERT", integer(1)));
  const auto packed = [](std::vector<Expression> bits) {
    std::reverse(bits.begin(), bits.end());
    return bits.size() == 1 ? bits.front() : concatenation(std::move(bits));
  };
  return {name,
          Instance{count > 1 ? "cim_or_product" : "cim_bit_product",
                   std::move(parameters),
                   "u_" + name,
                   {connect("input_i", packed(std::move(inputs))),
                    connect("weight_i", packed(std::move(weights))), connect("product_o", name)},
                   true},
          inverted ? ~*joined : *joined};
}

/// The products of a heap and the tree that adds them.
void emit_products(const plan::MacroPlan& plan, Items& items, const plan::BlockPlan& block,
                   const plan::HeapPlan& heap, const plan::BlockHeap& block_heap, bool is_top) {
  const std::string port = is_top ? "top" : "sum";
  std::vector<HeapCells> planes;
  std::vector<Expression> products;
  for (const plan::ProductPlane& each : heap.planes) {
    const int digit_bit = is_top ? plan.top_column : each.digit_bit;
    // A product of negative weight enters the heap inverted, and a complemented heap turns every bit
    // around.
    const bool inverted = each.inverted != plan.complemented;
    const int group_rows = plan.spec.approximation.or_rows;
    const std::string joined = group_rows > 1 ? fmt::format(", OR of {} rows", group_rows) : "";
    HeapCells cells{fmt::format("Input bit {} x weight bit {}{}{}{}", digit_bit, each.weight_bit, joined,
                                each.inverted ? ": negative" : "",
                                inverted        ? ", inverted"
                                : each.inverted ? ", inverted twice"
                                                : ""),
                    0,
                    {}};
    for (int first = 0; first < block.rows; first += group_rows) {
      const std::string name = fmt::format("x{}w{}_r{}", digit_bit, each.weight_bit, first);
      cells.cells.push_back(product_cell(name, digit_bit, each.weight_bit, block.rows, first,
                                         std::min(group_rows, block.rows - first), inverted));
      products.push_back(id(name));
    }
    planes.push_back(std::move(cells));
  }
  items.push_back(Blank{});
  const auto outputs = emit_heap(items, planes, block_heap.tree, products,
                                 is_top ? "t_" : "", plan.complemented);
  for (const plan::BlockOutput& output : block_heap.outputs) {
    if (output.signal < 0) continue;
    const auto& number = output.number == 0 ? outputs.first : outputs.second;
    items.push_back(Assign{id(fmt::format("{}{}_o", port, block_output(output))),
                           number[static_cast<std::size_t>(output.column)]});
  }
}

/// What a truncated result never reads: digit and weight bits past its width.
void emit_unread(const plan::MacroPlan& plan, Items& items, int rows) {
  const int bits = plan.spec.weight.bits;
  if (plan.digit_bits > plan.acc_bits) {
    const int unread = (plan.digit_bits - plan.acc_bits) * rows;
    items.push_back(Declaration{false, integer(unread), {"unused_digit"}});
    items.push_back(Assign{id("unused_digit"), part(id("digit_i"), integer(plan.acc_bits * rows),
                                                    integer(unread))});
  }
  if (bits > plan.acc_bits && !is_loop(plan)) {
    std::vector<Expression> unread;
    for (int row = rows - 1; row >= 0; --row) {
      unread.push_back(part(id("weight"), integer(row * bits + plan.acc_bits) * lanes(),
                            integer(bits - plan.acc_bits) * lanes()));
    }
    items.push_back(Declaration{
        false, integer((bits - plan.acc_bits) * rows) * lanes(), {"unused_weight"}});
    items.push_back(Assign{id("unused_weight"), unread.size() == 1
                                                    ? unread.front()
                                                    : concatenation(std::move(unread))});
  }
}

/// The same sum as a loop over the rows, in each lane: the synthesis tool chooses the adders.
void emit_loop(const plan::MacroPlan& plan, Items& items, const plan::BlockPlan& block,
               const plan::HeapPlan& heap, const plan::BlockHeap& block_heap, bool is_top) {
  const int bits = plan.spec.weight.bits;
  const int width = block_heap.sum_bits;
  const std::string port = is_top ? "top" : "sum";
  const std::string index = is_top ? "top_row" : "row";
  const std::string lane = is_top ? "top_lane" : "lane";

  // One term for each digit bit: the row's weight where the bit is set, or the OR of a group of them,
  // negative bits inverted.
  struct WeightBits {
    int lowest, count;
  };
  std::map<int, WeightBits> digit_bits;  // digit bit -> weight bits that it multiplies
  for (const plan::ProductPlane& each : heap.planes) {
    ++digit_bits.try_emplace(each.digit_bit, WeightBits{each.weight_bit, 0}).first->second.count;
  }
  const auto term_of = [&](int j, const WeightBits& used, const Expression& row) {
    const int digit_plane = is_top ? plan.top_column : j;
    const Expression row_digit =
        digit_plane == 0 ? select(id("digit_i"), row)
                         : select(id("digit_i"), integer(digit_plane * block.rows) + row);
    const Expression code = (row * lanes() + id(lane)) * integer(bits);
    const Expression weight = part(
        id("weight"), used.lowest == 0 ? code : code + integer(used.lowest), integer(used.count));
    return weight & replication(integer(used.count), row_digit);
  };
  /// Of the group of `count` rows that `row_at` gives.
  const auto sum_of = [&](int count, const auto& row_at) {
    std::optional<Expression> sum;
    for (const auto& [j, used] : digit_bits) {
      std::uint64_t inverted = 0;
      for (const plan::ProductPlane& each : heap.planes) {
        if (each.digit_bit == j && each.inverted) {
          inverted |= std::uint64_t{1} << (each.weight_bit - used.lowest);
        }
      }
      Expression term = term_of(j, used, row_at(0));
      for (int row = 1; row < count; ++row) term = term | term_of(j, used, row_at(row));
      if (inverted != 0) term = term ^ literal_hex(used.count, inverted);
      const int below = j + used.lowest;
      std::vector<Expression> parts;
      if (width > used.count + below) parts.push_back(literal(width - used.count - below, 0));
      parts.push_back(term);
      if (below > 0) parts.push_back(literal(below, 0));
      const Expression wide = parts.size() == 1 ? term : concatenation(parts);
      sum = sum ? *sum + wide : wide;
    }
    return std::move(*sum);
  };
  const int group_rows = std::min(plan.spec.approximation.or_rows, block.rows);
  const int whole_groups = block.rows / group_rows;
  const int left = block.rows % group_rows;

  const std::string total = is_top ? "top" : "sum";
  GenerateFor loop{is_top ? "g_top" : "g_sum", lane, lanes(), {}};
  loop.items.push_back(Declaration{true, integer(width), {total}});
  loop.items.push_back(
      LoopSum{total, index, integer(whole_groups),
              left == 0 ? literal(width, 0)
                        : sum_of(left, [&](int row) { return integer(whole_groups * group_rows + row); }),
              sum_of(group_rows, [&](int row) {
                const Expression first =
                    group_rows == 1 ? id(index) : id(index) * integer(group_rows);
                return row == 0 ? first : first + integer(row);
              })});
  for (int column = 0; column < width; ++column) {
    loop.items.push_back(Assign{select(id(fmt::format("{}{}_o", port, column)), id(lane)),
                                select(id(total), integer(column))});
  }
  items.push_back(Blank{});
  items.push_back(std::move(loop));
}

}  // namespace

Module block(const plan::MacroPlan& plan, int index) {
  const spec::MacroSpec& spec = plan.spec;
  const plan::BlockPlan& block = plan.blocks[static_cast<std::size_t>(index)];
  const std::set<int> ranks = block_ranks(block);

  Module module;
  module.name = block_module(plan, index);
  module.keep_hierarchy = true;
  module.header = fmt::format(
      "A block of {} rows of LANES columns: weight storage, bitwise multipliers and the tree that\n"
      "adds their products. Sums are unsigned; see the plan of the offsets in the top module.",
      block.rows);
  module.parameters = {{"LANES", integer(plan.lanes)}};

  const auto input = [&](const std::string& name, std::optional<Expression> width,
                         const std::string& comment = "", bool keep = false) {
    module.ports.push_back({Direction::input, name, std::move(width), comment, keep});
  };
  if (spec.storage == spec::Storage::flop || !ranks.empty()) input("clk_i", std::nullopt);
  for (const int rank : ranks) input(rank_enable_port(rank), std::nullopt);
  input("word_line_i", integer(spec.banks * block.rows), "", true);
  input("write_data_i", lanes_times(spec.weight.bits));
  if (plan.bank_bits > 0) input("bank_i", integer(plan.bank_bits));
  input("digit_i", integer(plan.digit_bits * block.rows),
        fmt::format("bit j of row r at [j*{} + r]", block.rows), true);
  const auto outputs = [&](const plan::BlockHeap& heap, const char* name, const char* comment) {
    for (const plan::BlockOutput& output : heap.outputs) {
      if (output.signal < 0) continue;
      module.ports.push_back({Direction::output, fmt::format("{}{}_o", name, block_output(output)),
                              lanes(), output.column == 0 ? comment : "", false});
    }
  };
  outputs(block.fixed, "sum",
          plan.complemented ? "inverted bit planes of the sum" : "bit planes of the sum");
  outputs(block.top, "top",
          plan.complemented ? "inverted bit planes of the sum over the input's sign plane"
                            : "bit planes of the sum over the input's sign plane");

  module.items.push_back(
      Declaration{false, integer(block.rows * spec.weight.bits) * lanes(), {"weight"}});
  module.items.push_back(storage(plan, block.rows));
  emit_unread(plan, module.items, block.rows);
  if (!is_loop(plan)) emit_stored_bits(plan, module.items, block.rows);
  const auto emit = is_loop(plan) ? emit_loop : emit_products;
  if (!plan.fixed_heap.empty()) {
    emit(plan, module.items, block, plan.fixed_heap, block.fixed, false);
  }
  if (!plan.top_heap.empty()) emit(plan, module.items, block, plan.top_heap, block.top, true);
  return module;
}

}  // namespace cimforge::lower
