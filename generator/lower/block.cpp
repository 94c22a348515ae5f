#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>

#include "generator/lower/binary.h"
#include "generator/lower/booth.h"
#include "generator/lower/heap.h"
#include "generator/lower/modules.h"
#include "generator/lower/names.h"
#include "generator/lower/protection.h"
#include "generator/lower/structure.h"
#include "generator/spec/binary.h"
#include "generator/spec/structure.h"

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

namespace {

bool is_loop(const plan::MacroPlan& plan) {
  return plan.spec.adder_tree == spec::AdderTree::loop;
}

/// What the storage drives: words that are checked first, or weights.
const char* stored_name(const plan::MacroPlan& plan) {
  return plan.protection ? "word" : "weight";
}

}  // namespace

Instance storage(const plan::MacroPlan& plan, int rows, const std::string& data) {
  const spec::MacroSpec& spec = plan.spec;
  if (spec.storage == spec::Storage::bitcell) {
    Instance array{bitcells_module(plan, rows), {connect("LANES", lanes())}, "u_weights", {}};
    array.connections.push_back(same("word_line_i"));
    array.connections.push_back(connect("data_i", data));
    if (plan.bank_bits > 0) array.connections.push_back(same("bank_i"));
    array.connections.push_back(connect("weight_o", stored_name(plan)));
    if (transposes(plan)) array.connections.push_back(connect("weight_t_o", "weight_t"));
    return array;
  }
  const bool latch = spec.storage == spec::Storage::latch;
  const bool whole = keeps_codes_whole(plan);
  Instance instance{
      !latch                      ? "cim_weight_flop"
      : has_many_banks(plan.spec) ? "cim_weight_banks"
                                  : "cim_weight_latch",
      {connect("LANES", whole ? lanes_times(spec.weight.bits) : lanes()),
       connect("ROWS", integer(rows)), connect("BITS", integer(whole ? 1 : word_bits(plan))),
       connect("BANKS", integer(spec.banks)),
       connect("BANK_BITS", integer(std::max(1, plan.bank_bits)))},
      "u_weights",
      {}};
  if (!latch) instance.connections.push_back(same("clk_i"));
  instance.connections.push_back(same("word_line_i"));
  instance.connections.push_back(connect("data_i", data));
  instance.connections.push_back(
      connect("bank_i", plan.bank_bits > 0 ? id("bank_i") : literal(1, 0)));
  instance.connections.push_back(connect("weight_o", stored_name(plan)));
  return instance;
}

namespace {

/// In a transposable macro: the view of the weights that the vector asks for.
Instance selection(const plan::MacroPlan& plan, int rows) {
  return {
      "cim_weight_select",
      {connect("WIDTH", lanes_times(rows * plan.spec.weight.bits))},
      "u_weights",
      {same("transpose_i"), same("weight_i"), same("weight_t_i"), connect("weight_o", "weight")}};
}

/// Digit bit `plane` of `row`, among the inputs of the block.
Expression digit(int rows, int plane, int row) {
  return select(id("digit_i"), integer(std::int64_t{1} * plane * rows + row));
}

std::string stored_bit(int bit, int row) {
  return fmt::format("w{}_r{}", bit, row);
}

/// A name for each stored bit that is read. Verilator sees through names, not through parts of a
/// wide vector that a process reads: it would copy the vector.
void emit_stored_bits(const plan::MacroPlan& plan, Items& items, int rows) {
  const int bits = plan.spec.weight.bits;
  Declaration declaration{false, lanes(), {}};
  Items assigns;
  for (int bit = 0; bit < std::min(bits, plan.acc_bits); ++bit) {
    for (int row = 0; row < rows; ++row) {
      declaration.names.push_back(stored_bit(bit, row));
      assigns.push_back(Assign{id(stored_bit(bit, row)),
                               plane("weight", row * spec::stored_bits(plan.spec) + bit)});
    }
  }
  items.push_back(Blank{});
  items.push_back(Comment{"Bit b of the weights of row r: w<b>_r<r>"});
  items.push_back(std::move(declaration));
  items.insert(items.end(), assigns.begin(), assigns.end());
}

/// A cell that gives the product `name` of a row, or joins those of a group: the rows from `first`
/// on.
HeapCell product_cell(const plan::MacroPlan& plan, const std::string& name, int digit_bit,
                      const plan::ProductPlane& plane, int block_rows, int first, int count,
                      bool inverted) {
  const int weight_bit = plane.weight_bit;
  const bool structured = is_structured(plan);  // every lane has selected a bit of its own
  std::vector<Expression> inputs;
  std::vector<Expression> weights;
  std::optional<Expression> joined;
  for (int row = first; row < first + count; ++row) {
    inputs.push_back(structured ? id(selected_bit(digit_bit, row))
                                : digit(block_rows, digit_bit, row));
    weights.push_back(id(stored_bit(weight_bit, row)));
    const Expression product =
        weights.back() & (structured ? inputs.back() : replication(lanes(), inputs.back()));
    joined = joined ? *joined | product : product;
  }
  std::string cell = structured  ? "cim_lane_product"
                     : count > 1 ? "cim_or_product"
                                 : "cim_bit_product";
  const bool is_binary_product = plane.kind != plan::ProductKind::both;
  if (is_binary_product) {
    if (plane.kind == plan::ProductKind::match) cell = "cim_match_product";
    joined =
        binary_product(plane.kind, replication(lanes(), inputs.front()), weights.front(), inverted);
    if (plane.kind == plan::ProductKind::input) weights = {all_lanes_one()};
    if (plane.kind == plan::ProductKind::weight) inputs = {literal(1, 1)};
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
          Instance{std::move(cell),
                   std::move(parameters),
                   "u_" + name,
                   {connect("input_i", packed(std::move(inputs))),
                    connect("weight_i", packed(std::move(weights))), connect("product_o", name)},
                   true},
          inverted && !is_binary_product ? ~*joined : *joined};
}

/// The products of a heap and the tree that adds them.
void emit_products(const plan::MacroPlan& plan, Items& items, const plan::BlockPlan& block,
                   const plan::HeapPlan& heap, const plan::BlockHeap& block_heap, bool is_top) {
  const std::string port = is_top ? "top" : "sum";
  std::vector<HeapCells> planes;
  std::vector<Expression> products;
  for (const plan::ProductPlane& each : heap.planes) {
    const int digit_bit = is_top ? top_digit(plan) : each.digit_bit;
    // A product of negative weight enters the heap inverted, and a complemented heap turns every
    // bit around.
    const bool inverted = each.inverted != plan.complemented;
    const int group_rows = plan.spec.approximation.or_rows;
    const std::string joined = group_rows > 1 ? fmt::format(", OR of {} rows", group_rows) : "";
    HeapCells cells{
        fmt::format("{}{}{}{}",
                    plan.booth ? describe_booth_plane(plan, each) : describe_plane(each, digit_bit),
                    joined, each.inverted ? ": negative" : "",
                    inverted        ? ", inverted"
                    : each.inverted ? ", inverted twice"
                                    : ""),
        0,
        {}};
    for (int first = 0; first < block.rows; first += group_rows) {
      if (plan.booth) {
        cells.cells.push_back(booth_product(
            plan, each, first, inverted, [&](int bits) { return digit(block.rows, bits, first); },
            [&](int bit) { return id(stored_bit(bit, first)); }));
        products.push_back(id(cells.cells.back().name));
        continue;
      }
      const std::string name = product_name(each, digit_bit, first);
      cells.cells.push_back(product_cell(plan, name, digit_bit, each, block.rows, first,
                                         std::min(group_rows, block.rows - first), inverted));
      products.push_back(id(name));
    }
    planes.push_back(std::move(cells));
  }
  items.push_back(Blank{});
  const auto outputs =
      emit_heap(items, planes, block_heap.tree, products, is_top ? "t_" : "", plan.complemented);
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
  if (plan.booth) {
    std::vector<Expression> planes;
    for (const int plane : unread_booth_planes(plan)) {
      planes.push_back(part(id("digit_i"), integer(plane * rows), integer(rows)));
    }
    if (!planes.empty()) {
      const auto count = static_cast<std::int64_t>(planes.size()) * rows;
      items.push_back(Declaration{false, integer(count), {"unused_digit"}});
      items.push_back(Assign{id("unused_digit"), planes.size() == 1
                                                     ? planes.front()
                                                     : concatenation(std::move(planes))});
    }
  } else if (plan.digit_bits > plan.acc_bits) {
    const int inputs = input_rows(plan, rows);
    const int unread = (plan.digit_bits - plan.acc_bits) * inputs;
    items.push_back(Declaration{false, integer(unread), {"unused_digit"}});
    items.push_back(Assign{id("unused_digit"),
                           part(id("digit_i"), integer(plan.acc_bits * inputs), integer(unread))});
  }
  if (bits > plan.acc_bits && !is_loop(plan)) {
    std::vector<Expression> unread;
    for (int row = rows - 1; row >= 0; --row) {
      unread.push_back(part(id("weight"),
                            integer(row * spec::stored_bits(plan.spec) + plan.acc_bits) * lanes(),
                            integer(bits - plan.acc_bits) * lanes()));
    }
    items.push_back(
        Declaration{false, integer((bits - plan.acc_bits) * rows) * lanes(), {"unused_weight"}});
    items.push_back(Assign{id("unused_weight"),
                           unread.size() == 1 ? unread.front() : concatenation(std::move(unread))});
  }
}

/// Some bits of the weight of a row and a lane, where storage has a plane for each bit.
Expression stored_planes(const plan::MacroPlan& plan, const Expression& row, const Expression& lane,
                         int lowest, int count) {
  std::vector<Expression> bits;
  for (int bit = lowest + count - 1; bit >= lowest; --bit) {
    bits.push_back(
        select(id("weight"),
               (row * integer(spec::stored_bits(plan.spec)) + integer(bit)) * lanes() + lane));
  }
  return bits.size() == 1 ? bits.front() : concatenation(std::move(bits));
}

/// What the indices have selected as one vector for each digit bit of either heap: a loop reads it
/// by row and lane.
void emit_selected_vectors(const plan::MacroPlan& plan, Items& items,
                           const plan::BlockPlan& block) {
  for (const int digit_bit : digit_bits_read(plan)) {
    std::vector<Expression> rows;
    for (int row = block.rows - 1; row >= 0; --row) {
      rows.push_back(id(selected_bit(digit_bit, row)));
    }
    const std::string name = fmt::format("selected{}", digit_bit);
    items.push_back(Declaration{false, lanes_times(block.rows), {name}});
    items.push_back(Assign{id(name), rows.size() == 1 ? rows.front() : concatenation(rows)});
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

  // One term for each digit bit: the row's weight where the bit is set, or the OR of a group of
  // them, negative bits inverted. Of bipolar and ternary operands one for each plane.
  struct WeightBits {
    int lowest, count;
  };
  std::map<int, WeightBits> digit_bits;  // digit bit -> weight bits that it multiplies
  for (const plan::ProductPlane& each : heap.planes) {
    ++digit_bits.try_emplace(each.digit_bit, WeightBits{each.weight_bit, 0}).first->second.count;
  }
  const auto term_of = [&](int j, const WeightBits& used, const Expression& row) {
    const int digit_plane = is_top ? top_digit(plan) : j;
    if (is_structured(plan)) {
      return stored_planes(plan, row, id(lane), used.lowest, used.count) &
             replication(integer(used.count), select(id(fmt::format("selected{}", digit_plane)),
                                                     row * lanes() + id(lane)));
    }
    const auto row_digit = [&](int of_plane) {
      return of_plane == 0 ? select(id("digit_i"), row)
                           : select(id("digit_i"), integer(of_plane * block.rows) + row);
    };
    const Expression code = (row * lanes() + id(lane)) * integer(bits);
    const auto weight = [&](int count) {
      if (!keeps_codes_whole(plan)) return stored_planes(plan, row, id(lane), used.lowest, count);
      return part(id("weight"), used.lowest == 0 ? code : code + integer(used.lowest),
                  integer(count));
    };
    if (plan.booth) {
      return booth_number(plan, j, used.count, row_digit, weight,
                          keeps_codes_whole(plan)
                              ? select(id("weight"), code + integer(bits - 1))
                              : stored_planes(plan, row, id(lane), bits - 1, 1));
    }
    return weight(used.count) & replication(integer(used.count), row_digit(digit_plane));
  };
  /// `term`, of `count` bits from column `below` on, as wide as the sum.
  const auto widened = [&](const Expression& term, int count, int below) {
    std::vector<Expression> parts;
    if (width > count + below) parts.push_back(literal(width - count - below, 0));
    parts.push_back(term);
    if (below > 0) parts.push_back(literal(below, 0));
    return parts.size() == 1 ? term : concatenation(parts);
  };
  /// Of the group of `count` rows that `row_at` gives.
  const auto sum_of = [&](int count, const auto& row_at) {
    std::optional<Expression> sum;
    for (const plan::ProductPlane& each : heap.planes) {
      if (!spec::is_binary(plan.spec)) break;
      const int digit_plane = is_top ? top_digit(plan) : each.digit_bit;
      const Expression row = row_at(0);
      const Expression x =
          is_structured(plan)
              ? select(id(fmt::format("selected{}", digit_plane)), row * lanes() + id(lane))
          : digit_plane == 0 ? select(id("digit_i"), row)
                             : select(id("digit_i"), integer(digit_plane * block.rows) + row);
      const Expression w = keeps_codes_whole(plan)
                               ? select(id("weight"), (row * lanes() + id(lane)) * integer(bits) +
                                                          integer(each.weight_bit))
                               : stored_planes(plan, row, id(lane), each.weight_bit, 1);
      const Expression wide =
          widened(binary_product(each.kind, x, w, each.inverted), 1, each.column() - heap.lowest);
      sum = sum ? *sum + wide : wide;
    }
    if (sum) return std::move(*sum);
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
      const Expression wide = widened(term, used.count, j + used.lowest - heap.lowest);
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
  loop.items.push_back(LoopSum{
      total, index, integer(whole_groups),
      left == 0 ? literal(width, 0)
                : sum_of(left, [&](int row) { return integer(whole_groups * group_rows + row); }),
      sum_of(group_rows, [&](int row) {
        const Expression first = group_rows == 1 ? id(index) : id(index) * integer(group_rows);
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
      "A block of {} rows of LANES columns: {}bitwise multipliers and the tree that\n"
      "adds their products. Sums are unsigned; see the plan of the offsets in the top module.",
      block.rows,
      transposes(plan)         ? "choice of the weights, "
      : stores_in_blocks(plan) ? "weight storage, "
                               : "");
  module.parameters = {{"LANES", integer(plan.lanes)}};

  const auto input = [&](const std::string& name, std::optional<Expression> width,
                         const std::string& comment = "", bool keep = false) {
    module.ports.push_back({Direction::input, name, std::move(width), comment, keep});
  };
  const bool stores = stores_in_blocks(plan);
  if ((stores && spec.storage == spec::Storage::flop) || !ranks.empty()) {
    input("clk_i", std::nullopt);
  }
  for (const int rank : ranks) input(rank_enable_port(rank), std::nullopt);
  if (stores) {
    input("word_line_i", integer(spec.banks * block.rows), "", true);
    input("write_data_i", lanes_times(word_bits(plan)),
          fmt::format("{}{}",
                      is_structured(plan) ? "planes of the weights, then of their indices" : "",
                      !plan.protection      ? ""
                      : is_structured(plan) ? ", then check bits"
                                            : "planes of the weights, then check bits"));
    if (plan.bank_bits > 0) input("bank_i", integer(plan.bank_bits));
  } else if (transposes(plan)) {
    add_view_ports(block.rows, plan, module.ports);
  } else {
    input("weight_i", lanes_times(block.rows * spec.weight.bits),
          "bit b of row r: plane r*bits + b", true);
  }
  const int inputs = input_rows(plan, block.rows);
  input("digit_i", integer(plan.digit_planes() * inputs),
        fmt::format("{} of row r at [j*{} + r]", plan.booth ? "plane j" : "bit j", inputs), true);
  const auto outputs = [&](const plan::BlockHeap& heap, const char* name, const char* comment) {
    for (const plan::BlockOutput& output : heap.outputs) {
      if (output.signal < 0) continue;
      module.ports.push_back({Direction::output, fmt::format("{}{}_o", name, block_output(output)),
                              lanes(), output.column == 0 ? comment : "", false});
    }
  };
  outputs(block.fixed, "sum",
          plan.complemented ? "inverted bit planes of the sum" : "bit planes of the sum");
  const std::string top_comment =
      fmt::format("{}bit planes of the sum over the {}'s sign plane",
                  plan.complemented ? "inverted " : "", plan.precision ? "weight" : "input");
  outputs(block.top, "top", top_comment.c_str());
  if (plan.protection) add_block_error_ports(plan, block.rows, module.ports);

  module.items.push_back(
      Declaration{false, integer(block.rows * spec::stored_bits(spec)) * lanes(), {"weight"}});
  if (plan.protection) {
    module.items.push_back(
        Declaration{false, integer(block.rows * word_bits(plan)) * lanes(), {"word"}});
  }
  if (spec.weights_outside) {
    module.items.push_back(Assign{id("weight"), id("weight_i")});
  } else {
    module.items.push_back(stores ? storage(plan, block.rows, "write_data_i")
                                  : selection(plan, block.rows));
  }
  if (plan.protection) emit_decoders(plan, module.items, block.rows);
  emit_unread(plan, module.items, block.rows);
  if (!is_loop(plan)) emit_stored_bits(plan, module.items, block.rows);
  if (is_structured(plan)) emit_selections(plan, module.items, block);
  if (is_structured(plan) && is_loop(plan)) emit_selected_vectors(plan, module.items, block);
  const auto emit = is_loop(plan) ? emit_loop : emit_products;
  if (!plan.fixed_heap.empty()) {
    emit(plan, module.items, block, plan.fixed_heap, block.fixed, false);
  }
  if (!plan.top_heap.empty()) emit(plan, module.items, block, plan.top_heap, block.top, true);
  return module;
}

}  // namespace cimforge::lower
