#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <set>

#include "generator/lower/binary.h"
#include "generator/lower/booth.h"
#include "generator/lower/heap.h"
#include "generator/lower/modules.h"
#include "generator/lower/names.h"
#include "generator/lower/precision.h"
#include "generator/lower/protection.h"
#include "generator/lower/structure.h"
#include "generator/spec/protection.h"
#include "generator/spec/structure.h"

namespace cimforge::lower {

using namespace verilog;  // NOLINT: this room writes Verilog

namespace {

/// `{plane n-1, ..., plane 0}`
Expression packed(std::vector<Expression> planes) {
  std::reverse(planes.begin(), planes.end());
  return planes.size() == 1 ? planes.front() : concatenation(std::move(planes));
}

/// The part of a vector of `groups` x rows bits that belongs to a block.
Expression rows_of_block(const std::string& vector, int groups, int rows, int first, int count) {
  std::vector<Expression> parts;
  for (int group = 0; group < groups; ++group) {
    parts.push_back(
        part(id(vector), integer(std::int64_t{1} * group * rows + first), integer(count)));
  }
  return packed(std::move(parts));
}

/// Weights and indices in a buffer each, as one row of planes.
void emit_structured_write_buffer(const plan::MacroPlan& plan, const std::string& weight_codes,
                                  Items& items, const std::string& target) {
  const int weight_bits = plan.spec.weight.bits;
  const int index_bits = spec::index_bits(plan.spec);
  const auto buffer = [&](const char* name, int bits, const std::string& codes,
                          const Expression& planes) {
    items.push_back(Instance{
        "cim_plane_register",
        {connect("CODES", lanes()), connect("BITS", integer(bits)),
         connect("PLANES", integer(bits))},
        name,
        {same("clk_i"), connect("load_i", "weight_load_i"), connect("shift_i", literal(1, 0)),
         connect("codes_i", codes), connect("planes_o", planes)}});
  };
  items.push_back(Declaration{false, lanes_times(weight_bits + index_bits), {target}});
  buffer("u_write_buffer", weight_bits, weight_codes,
         part(id(target), integer(0), lanes_times(weight_bits)));
  buffer("u_index_buffer", index_bits, "weight_index_i",
         part(id(target), lanes_times(weight_bits), lanes_times(index_bits)));
}

}  // namespace

void emit_write_buffer(const plan::MacroPlan& plan, Items& items) {
  const int bits = plan.spec.weight.bits;
  items.push_back(Comment{"One row of weights on its way to the array"});
  const std::string codes = emit_weight_codes(plan, items);
  // Where there are check bits, they are put behind it.
  const std::string target = plan.protection ? "buffered" : "write_data";
  if (plan.protection && spec::scrubs(plan.spec)) {
    items.push_back(Declaration{false, lanes_times(spec::stored_bits(plan.spec)), {target}});
    return emit_scrub_buffers(plan, codes, items);
  }
  if (is_structured(plan)) return emit_structured_write_buffer(plan, codes, items, target);
  if (keeps_codes_whole(plan)) {
    items.push_back(Declaration{true, lanes_times(bits), {"write_data"}});
    items.push_back(
        ClockedAssign{id("clk_i"), id("weight_load_i"), {Assign{id("write_data"), id(codes)}}});
    return;
  }
  items.push_back(Declaration{false, lanes_times(bits), {target}});
  items.push_back(Instance{
      "cim_plane_register",
      {connect("CODES", lanes()), connect("BITS", integer(bits)), connect("PLANES", integer(bits))},
      "u_write_buffer",
      {same("clk_i"), connect("load_i", "weight_load_i"), connect("shift_i", literal(1, 0)),
       connect("codes_i", codes), connect("planes_o", target)}});
}

namespace {

/// Where weights come from outside: the rows of a block, of a transposable macro in one of the
/// views.
Expression view_of_block(const std::string& view, const plan::MacroPlan& plan, int first,
                         int count) {
  const int bits = plan.spec.weight.bits;
  return part(id(view), first == 0 ? integer(0) : lanes_times(first * bits),
              lanes_times(count * bits));
}

/// The blocks; returns nothing: block i gives planes `b<i>_s<column>` and `b<i>_t<column>`.
void emit_blocks(const plan::MacroPlan& plan, Items& items) {
  const spec::MacroSpec& spec = plan.spec;
  for (std::size_t use = 0; use < plan.block_uses.size(); ++use) {
    const plan::BlockUse& block_use = plan.block_uses[use];
    const plan::BlockPlan& block = plan.blocks[static_cast<std::size_t>(block_use.block)];
    Declaration declaration{false, lanes(), {}};
    Instance instance{block_module(plan, block_use.block),
                      {connect("LANES", lanes())},
                      fmt::format("u_block{}", use),
                      {}};
    const std::set<int> ranks = block_ranks(block);
    const bool stores = stores_in_blocks(plan);
    if ((stores && spec.storage == spec::Storage::flop) || !ranks.empty()) {
      instance.connections.push_back(same("clk_i"));
    }
    for (const int rank : ranks) instance.connections.push_back(same(rank_enable_port(rank)));
    if (stores) {
      instance.connections.push_back(
          connect("word_line_i", rows_of_block("word_line_i", spec.banks, spec::stored_rows(spec),
                                               block_use.first_row, block.rows)));
      instance.connections.push_back(connect("write_data_i", "write_data"));
      if (plan.bank_bits > 0) instance.connections.push_back(same("bank_i"));
    } else if (!transposes(plan)) {
      instance.connections.push_back(
          connect("weight_i", view_of_block("weight_i", plan, block_use.first_row, block.rows)));
    } else {
      instance.connections.push_back(same("transpose_i"));
      for (const char* view : {"weight_i", "weight_t_i"}) {
        instance.connections.push_back(
            connect(view, view_of_block(view, plan, block_use.first_row, block.rows)));
      }
    }
    instance.connections.push_back(connect(
        "digit_i",
        rows_of_block("digit_i", plan.digit_planes(), spec.rows,
                      input_rows(plan, block_use.first_row), input_rows(plan, block.rows))));
    const auto outputs = [&](const plan::BlockHeap& heap, const char* port, const char* letter) {
      for (const plan::BlockOutput& output : heap.outputs) {
        if (output.signal < 0) continue;
        const std::string name = fmt::format("b{}_{}{}", use, letter, block_output(output));
        declaration.names.push_back(name);
        instance.connections.push_back(
            connect(fmt::format("{}{}_o", port, block_output(output)), name));
      }
    };
    outputs(block.fixed, "sum", "s");
    outputs(block.top, "top", "t");
    Items scrubbed;
    if (plan.protection) connect_block_errors(plan, use, declaration, scrubbed, instance);
    items.push_back(Blank{});
    items.push_back(
        Comment{fmt::format("{} {} to {}", is_structured(plan) ? "Stored rows" : "Rows",
                            block_use.first_row, block_use.first_row + block.rows - 1)});
    items.push_back(std::move(declaration));
    items.insert(items.end(), scrubbed.begin(), scrubbed.end());
    items.push_back(std::move(instance));
  }
}

/// The blocks' sums, in the order in which the planner gave them to the tree.
std::vector<Expression> block_sums(const plan::MacroPlan& plan,
                                   plan::BlockHeap plan::BlockPlan::*heap, const char* letter,
                                   int below_column) {
  std::vector<Expression> sums;
  for (std::size_t use = 0; use < plan.block_uses.size(); ++use) {
    const auto& block = plan.blocks[static_cast<std::size_t>(plan.block_uses[use].block)];
    for (const plan::BlockOutput& output : (block.*heap).outputs) {
      if (output.signal < 0 || output.column >= below_column) continue;
      sums.push_back(id(fmt::format("b{}_{}{}", use, letter, block_output(output))));
    }
  }
  return sums;
}

/// The trees of the slice; returns the planes of the sum of a step.
std::vector<Expression> emit_trees(const plan::MacroPlan& plan, Items& items) {
  std::vector<Expression> inputs = block_sums(plan, &plan::BlockPlan::fixed, "s", plan.sum_bits);
  if (plan.booth) {
    const std::vector<Expression> count = booth_count_bits(plan);
    inputs.insert(inputs.end(), count.begin(), count.end());
  }
  // Without other products the sign plane is the sum, and its inverters give it as it is needed.
  const bool complemented = plan.complemented && !plan.fixed_heap.empty();
  std::vector<HeapCells> cells;
  if (!plan.top_heap.empty()) {
    items.push_back(Blank{});
    const bool of_weights = plan.precision.has_value();
    items.push_back(Comment{fmt::format("The {}'s sign plane: the sum of all blocks",
                                        of_weights ? "weight" : "input")});
    const auto outputs = emit_heap(items, {}, plan.top_tree,
                                   block_sums(plan, &plan::BlockPlan::top, "t", plan.top_bits),
                                   "t_", plan.complemented);
    // A vector has weights with a sign in some columns, or inputs with one in its first step.
    const Expression negate = of_weights ? id("negate_i") : replication(lanes(), id("negate_i"));
    const Expression keep = of_weights ? ~id("negate_i") : replication(lanes(), ~id("negate_i"));
    HeapCells inverted{of_weights ? "The sign plane is negative where weights are signed"
                                  : "The sign plane is negative in the first step",
                       plan.top_stage,
                       {}};
    for (int column = 0; column < plan.top_bits; ++column) {
      if (column + plan.top_column >= plan.sum_bits) break;
      const std::string name = fmt::format("top{}", column);
      const Expression& bit = outputs.first[static_cast<std::size_t>(column)];
      const bool is_inverted =
          plan.complemented && plan.top_tree.outputs[static_cast<std::size_t>(column)] >= 0;
      const bool inverts = is_inverted != complemented;
      std::vector<Connection> parameters = {connect("LANES", lanes())};
      if (inverts) parameters.push_back(connect("INVERT", integer(1)));
      inverted.cells.push_back({name,
                                Instance{of_weights ? "cim_lane_invert" : "cim_conditional_invert",
                                         std::move(parameters),
                                         "u_" + name,
                                         {connect("invert_i", "negate_i"), connect("data_i", bit),
                                          connect("data_o", name)},
                                         true},
                                bit ^ (inverts ? keep : negate)});
      inputs.push_back(id(name));
    }
    if (of_weights) inputs.push_back(complemented ? keep : negate);
    cells.push_back(std::move(inverted));
  }
  if (!cells.empty() || !plan.tree.adders.empty() || !plan.tree.registers.empty()) {
    items.push_back(Blank{});
    items.push_back(Comment{"The sum of a step"});
  }
  std::vector<Expression> sum = emit_heap(items, cells, plan.tree, inputs, "", complemented).first;
  for (std::size_t column = 0; complemented && column < sum.size(); ++column) {
    if (plan.tree.outputs[column] >= 0) sum[column] = ~sum[column];
  }
  return sum;
}

/// The accumulator of a macro that skips digits, whose sums come each at its place.
void emit_place_accumulator(const plan::MacroPlan& plan, Items& items,
                            const std::vector<Expression>& sum) {
  const bool corrects = plan.skipping->corrects();
  items.push_back(Comment{
      fmt::format("result = (first step ? {} : result) + sum of digit i * 2^({}i), modulo 2^{}",
                  corrects ? "start" : "0", plan.digit_bits, plan.acc_bits)});
  items.push_back(Declaration{false, lanes_times(plan.kept_bits), {"result"}});
  items.push_back(Instance{
      "cim_place_accumulator",
      {connect("LANES", lanes()), connect("SUM_BITS", integer(plan.sum_bits)),
       connect("WIDTH", integer(plan.acc_bits)), connect("DIGIT", integer(plan.digit_bits)),
       connect("STEPS", integer(plan.steps)), connect("DROP", integer(plan.spec.output_shift))},
      "u_accumulator",
      {same("clk_i"), connect("enable_i", "accumulate_i"), same("first_i"), same("place_i"),
       connect("start_i", corrects ? id("start_i") : literal(plan.acc_bits, 0)),
       connect("sum_i", packed(sum)), connect("next_o", "result")}});
}

/// The accumulator, or the correction of a macro of one step: gives the planes `result`.
void emit_accumulator(const plan::MacroPlan& plan, Items& items,
                      const std::vector<Expression>& sum) {
  const int drop = plan.spec.output_shift;
  items.push_back(Blank{});
  if (plan.steps == 1) {
    items.push_back(Comment{"The products' offset is taken off"});
    items.push_back(Declaration{false, lanes_times(plan.kept_bits), {"result"}});
    items.push_back(
        Instance{"cim_add_constant",
                 {connect("LANES", lanes()), connect("SUM_BITS", integer(plan.sum_bits)),
                  connect("WIDTH", integer(plan.acc_bits)),
                  connect("CONSTANT", literal_hex(plan.acc_bits, plan.correction.initial)),
                  connect("DROP", integer(drop))},
                 "u_correction",
                 {connect("sum_i", packed(sum)), connect("sum_o", "result")}});
    return;
  }
  if (plan.skipping) {
    emit_place_accumulator(plan, items, sum);
    return;
  }
  items.push_back(
      Comment{fmt::format("result = (first step ? {} : {} * result{}) + sum, modulo 2^{}",
                          plan.correction.initial, std::int64_t{1} << plan.digit_bits,
                          plan.correction.feeds() ? " + feed" : "", plan.acc_bits)});
  items.push_back(Declaration{false, lanes_times(plan.kept_bits), {"result"}});
  items.push_back(Instance{
      "cim_shift_accumulator",
      {connect("LANES", lanes()), connect("SUM_BITS", integer(plan.sum_bits)),
       connect("WIDTH", integer(plan.acc_bits)), connect("DIGIT", integer(plan.digit_bits)),
       connect("INITIAL", literal_hex(plan.acc_bits, plan.correction.initial)),
       connect("FEED", integer(plan.correction.feeds() ? 1 : 0)), connect("DROP", integer(drop))},
      "u_accumulator",
      {same("clk_i"), connect("enable_i", "accumulate_i"), same("first_i"),
       connect("feed_i", plan.correction.feeds() ? id("feed_i") : literal(plan.digit_bits, 0)),
       connect("sum_i", packed(sum)), connect("next_o", "result")}});
}

}  // namespace

void add_output_ports(const plan::MacroPlan& plan, std::vector<Port>& ports) {
  ports.push_back({Direction::input, "result_load_i", std::nullopt, "", false});
  if (plan.skid) {
    ports.push_back({Direction::input, "result_load_skid_i", std::nullopt, "", false});
    ports.push_back({Direction::input, "result_move_i", std::nullopt, "", false});
  }
  ports.push_back({Direction::output, "out_data_o", lanes_times(plan.output_bits),
                   fmt::format("lane c at [c*{} +: {}]", plan.output_bits, plan.output_bits),
                   false});
}

void emit_output(const plan::MacroPlan& plan, Items& items) {
  std::string planes = "result";
  items.push_back(Blank{});
  if (plan.saturates) {
    items.push_back(Declaration{false, lanes_times(plan.output_bits), {"saturated"}});
    items.push_back(
        Instance{"cim_saturate",
                 {connect("LANES", lanes()), connect("IN_BITS", integer(plan.kept_bits)),
                  connect("OUT_BITS", integer(plan.output_bits)),
                  connect("SIGNED", integer(plan.output_signed ? 1 : 0))},
                 "u_saturate",
                 {connect("data_i", "result"), connect("data_o", "saturated")}});
    planes = "saturated";
  }
  if (plan.threshold_bits > 0) {
    emit_threshold(plan, items);
    planes = "sign";
  }
  items.push_back(
      Instance{"cim_output_register",
               {connect("LANES", lanes()), connect("BITS", integer(plan.output_bits)),
                connect("SKID", integer(plan.skid ? 1 : 0))},
               "u_output",
               {same("clk_i"), connect("load_i", "result_load_i"),
                connect("load_skid_i", plan.skid ? id("result_load_skid_i") : literal(1, 0)),
                connect("move_i", plan.skid ? id("result_move_i") : literal(1, 0)),
                connect("planes_i", planes), connect("codes_o", "out_data_o")}});
}

Module slice(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  const bool fuses = plan.precision && plan.precision->fuses();
  Module module;
  module.name = fuses ? fused_columns_module(plan) : slice_module(plan);
  module.keep_hierarchy = true;
  module.header =
      "A slice of LANES columns. What belongs to a column is a vector with one bit a column, so "
      "the\n"
      "same text is one column with LANES = 1.";
  module.parameters = {{"LANES", integer(plan.lanes)}};
  const auto port = [&](Direction direction, const std::string& name,
                        std::optional<Expression> width, const std::string& comment = "") {
    module.ports.push_back({direction, name, std::move(width), comment, false});
  };
  const auto input = [&](const std::string& name, std::optional<Expression> width = std::nullopt,
                         const std::string& comment = "") {
    port(Direction::input, name, std::move(width), comment);
  };
  input("clk_i");
  if (transposes(plan)) {
    add_view_ports(spec.rows, plan, module.ports);
  } else if (spec.weights_outside) {
    input("weight_i", lanes_times(spec.rows * spec.weight.bits));
  } else {
    input("weight_load_i", std::nullopt, "takes a row of weights");
    input("weight_data_i", lanes_times(spec.weight.bits));
    if (is_structured(plan)) {
      input("weight_index_i", lanes_times(spec::index_bits(spec)), "rows of their groups");
    }
    input("word_line_i", integer(spec.banks * spec::stored_rows(spec)));
    if (plan.bank_bits > 0) input("bank_i", integer(plan.bank_bits));
  }
  input("digit_i", integer(plan.digit_planes() * spec.rows),
        fmt::format("{} of row r at [j*rows + r]", plan.booth ? "plane j" : "bit j"));
  if (plan.booth) {
    input("negatives_i", integer(plan.booth->count_bits), "what the inverses of products lack");
  }
  for (const int rank : slice_ranks(plan)) input(rank_enable_port(rank));
  if (plan.precision) {
    add_precision_inputs(plan, module.ports);
  } else if (!plan.top_heap.empty()) {
    input("negate_i", std::nullopt, "first step: the sign plane");
  }
  if (plan.steps > 1 && !plan.precision) {
    input("first_i", std::nullopt, "first step of the accumulator");
    if (plan.correction.feeds()) input("feed_i", integer(plan.digit_bits));
    if (plan.skipping) {
      input("place_i", integer(plan.steps), "one-hot: the digit whose sum this is");
      if (plan.skipping->corrects()) input("start_i", integer(plan.acc_bits));
    }
    input("accumulate_i");
  }
  if (plan.threshold_bits > 0) add_slice_threshold_ports(plan, module.ports);
  if (fuses) {
    port(Direction::output, "result_o", lanes_times(plan.acc_bits), "of each column by itself");
  } else {
    add_output_ports(plan, module.ports);
  }
  if (plan.protection) add_slice_error_ports(plan, module.ports);

  if (stores_in_blocks(plan)) emit_write_buffer(plan, module.items);
  if (plan.protection) emit_encoder(plan, module.items);
  emit_blocks(plan, module.items);
  const auto sum = emit_trees(plan, module.items);
  if (plan.precision) {
    emit_signed_accumulator(plan, module.items, packed(sum));
  } else {
    emit_accumulator(plan, module.items, sum);
  }
  if (!fuses) emit_output(plan, module.items);
  if (plan.protection) emit_flags(plan, module.items);
  return module;
}

}  // namespace cimforge::lower
