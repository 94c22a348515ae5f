// What a transposable macro has beside the plain one: the weights outside of the slices, their
// transposed view, and the direction of the vector that is computed.
#include <fmt/format.h>

#include <algorithm>

#include "generator/lower/modules.h"
#include "generator/lower/names.h"

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

namespace {

/// Bits of one row of a column.
int bits_of(const plan::MacroPlan& plan) {
  return plan.spec.weight.bits;
}

/// The two read ports of a bitcell are two pins; everything else has one.
bool has_second_port(const plan::MacroPlan& plan) {
  return plan.spec.storage == spec::Storage::bitcell;
}

/// The weights of `count` columns from column `first` on.
Instance weights_instance(const plan::MacroPlan& plan, const std::string& name,
                          const Expression& count, const Expression& first) {
  const auto columns = [&](const char* vector, int bits) {
    return part(id(vector), first * integer(bits), count * integer(bits));
  };
  const int bits = plan.spec.rows * bits_of(plan);
  Instance instance{weights_module(plan), {connect("LANES", count)}, name, {}};
  auto& pins = instance.connections;
  pins.push_back(same("clk_i"));
  pins.push_back(connect("weight_load_i", "weight_load"));
  pins.push_back(connect("weight_data_i", columns("weight_data_i", bits_of(plan))));
  pins.push_back(connect("word_line_i", "word_line"));
  if (plan.bank_bits > 0) pins.push_back(connect("bank_i", "bank"));
  pins.push_back(connect("weight_o", columns("weight", bits)));
  if (has_second_port(plan)) pins.push_back(connect("weight_t_o", columns("other_port", bits)));
  return instance;
}

}  // namespace

void add_view_ports(int rows, const plan::MacroPlan& plan, std::vector<Port>& ports) {
  const Expression width = lanes_times(rows * bits_of(plan));
  ports.push_back({Direction::input, "transpose_i", std::nullopt, "weight_t_i counts", false});
  ports.push_back({Direction::input, "weight_i", width, "the weights of the columns", false});
  ports.push_back(
      {Direction::input, "weight_t_i", width, "those of the rows in their place", false});
}

Module weights(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  Module module;
  module.name = weights_module(plan);
  module.keep_hierarchy = true;
  module.header = fmt::format(
      "The weights of LANES columns, all {} rows: write buffer and storage. Slices do not have "
      "them,\n"
      "since a vector that wants the transposed matrix reads those of every column in each.",
      spec.rows);
  module.parameters = {{"LANES", integer(plan.lanes)}};
  const auto port = [&](Direction direction, const std::string& name,
                        std::optional<Expression> width = std::nullopt,
                        const std::string& comment = "") {
    module.ports.push_back({direction, name, std::move(width), comment, false});
  };
  const Expression size = lanes_times(spec.rows * spec.weight.bits);
  port(Direction::input, "clk_i");
  port(Direction::input, "weight_load_i", std::nullopt, "takes a row of weights");
  port(Direction::input, "weight_data_i", lanes_times(spec.weight.bits));
  port(Direction::input, "word_line_i", integer(spec.banks * spec.rows));
  if (plan.bank_bits > 0) port(Direction::input, "bank_i", integer(plan.bank_bits));
  port(Direction::output, "weight_o", size, "of that bank");
  if (has_second_port(plan)) {
    port(Direction::output, "weight_t_o", size, "the same through the cells' other read ports");
  }

  emit_write_buffer(plan, module.items);
  module.items.push_back(Blank{});
  module.items.push_back(Declaration{false, size, {"weight"}});
  if (has_second_port(plan)) module.items.push_back(Declaration{false, size, {"weight_t"}});
  module.items.push_back(storage(plan, spec.rows, "write_data"));
  module.items.push_back(Assign{id("weight_o"), id("weight")});
  if (has_second_port(plan)) module.items.push_back(Assign{id("weight_t_o"), id("weight_t")});
  return module;
}

void emit_transposable_array(const plan::MacroPlan& plan, Items& items) {
  const spec::MacroSpec& spec = plan.spec;
  const Expression size = integer(std::int64_t{1} * spec.rows * spec.columns * spec.weight.bits);
  items.push_back(Blank{});
  items.push_back(
      Comment{"The array, seen from the columns and from the rows, slice behind slice"});
  items.push_back(Declaration{false, size, {"weight", "weight_t"}});
  if (has_second_port(plan)) items.push_back(Declaration{false, size, {"other_port"}});
  items.push_back(
      GenerateFor{"g_weights",
                  "group",
                  id("FULL_SLICES"),
                  {weights_instance(plan, "u_weights", lanes(), id("group") * lanes())}});
  items.push_back(GenerateIf{
      "g_last_weights",
      not_equal(id("LAST_LANES"), integer(0)),
      {weights_instance(plan, "u_last_weights", id("LAST_LANES"), id("FULL_SLICES") * lanes())}});
  const bool whole_codes = spec.adder_tree == spec::AdderTree::loop;
  items.push_back(
      Instance{"cim_weight_transpose",
               {connect("SIZE", integer(spec.rows)), connect("BITS", integer(spec.weight.bits)),
                connect("LANES", lanes()), connect("CODES", integer(whole_codes ? 1 : 0)),
                connect("BANKS", integer(spec.banks)),
                connect("BANK_BITS", integer(std::max(1, plan.bank_bits)))},
               "u_transpose",
               {same("clk_i"), connect("load_i", "weight_load"), same("weight_data_i"),
                connect("word_line_i", "word_line"), connect("bank_i", "bank"),
                connect("weight_i", has_second_port(plan) ? "other_port" : "weight"),
                connect("weight_t_o", "weight_t")}});

  items.push_back(Blank{});
  items.push_back(Declaration{false, std::nullopt, {"transpose"}});
  items.push_back(Instance{"cim_direction",
                           {},
                           "u_direction",
                           {same("clk_i"), connect("take_i", "take"), same("in_transpose_i"),
                            connect("transpose_o", "transpose")}});
  items.push_back(Blank{});
}

}  // namespace cimforge::lower
