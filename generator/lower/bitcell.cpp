#include "generator/spec/bitcell.h"

#include <fmt/format.h>

#include <algorithm>

#include "generator/lower/modules.h"
#include "generator/lower/names.h"
#include "generator/lower/structure.h"
#include "generator/spec/protection.h"

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

namespace {

/// The ports of storage, of `columns` columns: those of cim_weight_latch.
std::vector<Port> ports(const plan::MacroPlan& plan, int rows, const Expression* columns) {
  const int bits = spec::word_bits(plan.spec);
  const auto width = [&](int count) {
    return columns == nullptr ? integer(count) : integer(count) * *columns;
  };
  std::vector<Port> result;
  result.push_back({Direction::input, "word_line_i", integer(plan.spec.banks * rows),
                    fmt::format("bank b, row r at [b*{} + r]", rows), false});
  result.push_back({Direction::input, "data_i", width(bits), "the bit lines", false});
  if (plan.bank_bits > 0) {
    result.push_back({Direction::input, "bank_i", integer(plan.bank_bits), "", false});
  }
  result.push_back(
      {Direction::output, "weight_o", width(rows * bits), "every stored bit of that bank", false});
  if (transposes(plan)) {
    result.push_back({Direction::output, "weight_t_o", width(rows * bits),
                      "the same through the cells' other read ports", false});
  }
  return result;
}

}  // namespace

BlackBox bitcell_column(const plan::MacroPlan& plan, int rows) {
  const spec::MacroSpec& spec = plan.spec;
  const Expression columns = lanes();
  BlackBox result;
  result.model.name = bitcell_column_module(plan, rows);
  result.model.header = fmt::format(
      "A column of {} {} bitcells, {} rows of {} weights: what stands in simulation for the black\n"
      "box of one lane. A word line is high in the low half of the cycle that writes its row.",
      spec.banks * rows * spec::word_bits(spec) / spec::bits_of_cell(spec.bitcell.cell),
      spec::to_string(spec.bitcell.cell), spec.banks * rows, spec.weight.name());
  result.model.parameters = {{"LANES", integer(1)}};
  result.model.ports = ports(plan, rows, &columns);
  const bool whole = keeps_codes_whole(plan);
  result.model.items.push_back(Instance{
      has_many_banks(spec) ? "cim_weight_banks" : "cim_weight_bitcell",
      {connect("LANES", whole ? lanes_times(spec.weight.bits) : lanes()),
       connect("ROWS", integer(rows)), connect("BITS", integer(whole ? 1 : spec::word_bits(spec))),
       connect("BANKS", integer(spec.banks)),
       connect("BANK_BITS", integer(std::max(1, plan.bank_bits)))},
      "u_cells",
      {same("word_line_i"), same("data_i"),
       connect("bank_i", plan.bank_bits > 0 ? id("bank_i") : literal(1, 0)), same("weight_o")}});
  if (transposes(plan)) result.model.items.push_back(Assign{id("weight_t_o"), id("weight_o")});
  result.box.name = result.model.name;
  result.box.ports = ports(plan, rows, nullptr);
  return result;
}

Module bitcells(const plan::MacroPlan& plan, int rows) {
  const int bits = spec::word_bits(plan.spec);
  const Expression columns = lanes();
  Module module;
  module.name = bitcells_module(plan, rows);
  module.header = fmt::format(
      "The bitcells of {} rows and LANES columns. A layout has a tile for each column, and so has\n"
      "synthesis; a simulator has all columns in one instance, a bit of a word each.",
      rows);
  module.parameters = {{"LANES", integer(plan.lanes)}};
  module.ports = ports(plan, rows, &columns);
  const auto column = [&](std::vector<Connection> parameters, const char* data, const char* weight,
                          const char* other) {
    Instance instance{bitcell_column_module(plan, rows), std::move(parameters), "u_bitcells", {}};
    instance.connections.push_back(same("word_line_i"));
    instance.connections.push_back(connect("data_i", data));
    if (plan.bank_bits > 0) instance.connections.push_back(same("bank_i"));
    instance.connections.push_back(connect("weight_o", weight));
    if (transposes(plan)) instance.connections.push_back(connect("weight_t_o", other));
    return instance;
  };
  GenerateFor tiles{"g_column", "lane", lanes(), {}};
  tiles.items.push_back(Declaration{false, integer(bits), {"data"}});
  // Each read port with the output of the module that shows it.
  std::vector<std::pair<const char*, const char*>> views = {{"weight", "weight_o"}};
  if (transposes(plan)) views.emplace_back("weight_t", "weight_t_o");
  for (const auto& [wire, output] : views) {
    tiles.items.push_back(Declaration{false, integer(rows * bits), {wire}});
  }
  if (keeps_codes_whole(plan)) {
    // Whole codes: row r of the lane at [(r*LANES + lane)*bits +: bits].
    tiles.items.push_back(
        Assign{id("data"), part(id("data_i"), id("lane") * integer(bits), integer(bits))});
    GenerateFor codes{"g_row", "row", integer(rows), {}};
    for (const auto& [wire, output] : views) {
      codes.items.push_back(Assign{
          part(id(output), (id("row") * lanes() + id("lane")) * integer(bits), integer(bits)),
          part(id(wire), id("row") * integer(bits), integer(bits))});
    }
    tiles.items.push_back(std::move(codes));
  } else {
    GenerateFor written{"g_data", "plane", integer(bits), {}};
    written.items.push_back(Assign{select(id("data"), id("plane")),
                                   select(id("data_i"), id("plane") * lanes() + id("lane"))});
    tiles.items.push_back(std::move(written));
    GenerateFor stored{"g_weight", "place", integer(rows * bits), {}};
    for (const auto& [wire, output] : views) {
      stored.items.push_back(Assign{select(id(output), id("place") * lanes() + id("lane")),
                                    select(id(wire), id("place"))});
    }
    tiles.items.push_back(std::move(stored));
  }
  tiles.items.push_back(column({}, "data", "weight", "weight_t"));
  MacroIf descriptions{"SYNTHESIS", {}, {}};
  descriptions.defined.push_back(std::move(tiles));
  descriptions.otherwise.push_back(
      column({connect("LANES", lanes())}, "data_i", "weight_o", "weight_t_o"));
  module.items.push_back(std::move(descriptions));
  return module;
}

}  // namespace cimforge::lower
