#include "generator/lower/structure.h"

#include <fmt/format.h>

#include <optional>
#include <set>

#include "generator/lower/heap.h"
#include "generator/lower/names.h"
#include "generator/spec/structure.h"

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

namespace {

/// The lanes in which the index of a stored row is `index`.
std::string match(int index, int row) {
  return fmt::format("i{}_r{}", index, row);
}

/// Bit `bit` of the index of a stored row.
Expression index_bit(const plan::MacroPlan& plan, int row, int bit) {
  return plane("weight", row * spec::stored_bits(plan.spec) + plan.spec.weight.bits + bit);
}

/// For synthesis: a multiplexer for each digit bit and stored row.
Items cells(const plan::MacroPlan& plan, const plan::BlockPlan& block,
            const std::vector<std::string>& names) {
  const int group = plan.spec.sparsity.group;
  const int index_bits = spec::index_bits(plan.spec);
  const int rows = input_rows(plan, block.rows);
  Items items;
  items.push_back(Declaration{false, lanes(), names});
  for (const int bit : digit_bits_read(plan)) {
    for (int row = 0; row < block.rows; ++row) {
      const int first = bit * rows + spec::first_row_of_group(plan.spec, row);
      const int plane_of_index = row * spec::stored_bits(plan.spec) + plan.spec.weight.bits;
      items.push_back(Instance{
          "cim_index_select",
          {connect("LANES", lanes()), connect("GROUP", integer(group)),
           connect("INDEX_BITS", integer(index_bits))},
          "u_" + selected_bit(bit, row),
          {connect("input_i", part(id("digit_i"), integer(first), integer(group))),
           connect("index_i",
                   part(id("weight"), integer(plane_of_index) * lanes(), lanes_times(index_bits))),
           connect("selected_o", selected_bit(bit, row))},
          true});
    }
  }
  return items;
}

/// For simulation: the indices are decoded where they are written, and one process selects.
Items statements(const plan::MacroPlan& plan, const plan::BlockPlan& block,
                 const std::vector<std::string>& names) {
  const int group = plan.spec.sparsity.group;
  const int rows = input_rows(plan, block.rows);
  Declaration decoded{false, lanes(), {}};
  Items decoders;
  for (int row = 0; row < block.rows; ++row) {
    for (int index = 0; index < group; ++index) {
      std::optional<Expression> is_index;
      for (int bit = 0; bit < spec::index_bits(plan.spec); ++bit) {
        const Expression each = index_bit(plan, row, bit);
        const Expression wanted = (index >> bit & 1) != 0 ? each : ~each;
        is_index = is_index ? *is_index & wanted : wanted;
      }
      decoded.names.push_back(match(index, row));
      decoders.push_back(Assign{id(match(index, row)), *is_index});
    }
  }
  Items items;
  items.push_back(std::move(decoded));
  items.insert(items.end(), decoders.begin(), decoders.end());
  items.push_back(Declaration{true, lanes(), names});
  CombinationalBlock selections;
  for (const int bit : digit_bits_read(plan)) {
    for (int row = 0; row < block.rows; ++row) {
      const int first = bit * rows + spec::first_row_of_group(plan.spec, row);
      std::optional<Expression> selected;
      for (int index = 0; index < group; ++index) {
        const Expression each = id(match(index, row)) &
                                replication(lanes(), select(id("digit_i"), integer(first + index)));
        selected = selected ? *selected | each : each;
      }
      selections.assigns.push_back(Assign{id(selected_bit(bit, row)), *selected});
    }
  }
  items.push_back(std::move(selections));
  return items;
}

}  // namespace

bool is_structured(const plan::MacroPlan& plan) {
  return plan.spec.sparsity.is_structured();
}

bool keeps_codes_whole(const plan::MacroPlan& plan) {
  return plan.spec.adder_tree == spec::AdderTree::loop && !is_structured(plan) &&
         !plan.spec.weights_outside && !plan.protection;
}

int input_rows(const plan::MacroPlan& plan, int stored_rows) {
  return spec::first_row_of_group(plan.spec, stored_rows);
}

int top_digit(const plan::MacroPlan& plan) {
  return plan.precision ? 0 : plan.top_column;
}

std::set<int> digit_bits_read(const plan::MacroPlan& plan) {
  std::set<int> bits;
  for (const plan::ProductPlane& each : plan.fixed_heap.planes) bits.insert(each.digit_bit);
  if (!plan.top_heap.empty()) bits.insert(top_digit(plan));
  return bits;
}

std::string selected_bit(int digit_bit, int row) {
  return fmt::format("x{}_r{}", digit_bit, row);
}

void emit_selections(const plan::MacroPlan& plan, Items& items, const plan::BlockPlan& block) {
  std::vector<std::string> names;
  for (const int bit : digit_bits_read(plan)) {
    for (int row = 0; row < block.rows; ++row) names.push_back(selected_bit(bit, row));
  }
  items.push_back(Blank{});
  items.push_back(
      Comment{"Input bit j of the row that the index of stored row r names: x<j>_r<r>"});
  items.push_back(
      MacroIf{synthesis_macro, cells(plan, block, names), statements(plan, block, names)});
}

}  // namespace cimforge::lower
