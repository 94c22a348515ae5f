#include "generator/plan/plan.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>

#include "generator/plan/binary.h"
#include "generator/spec/approximation.h"
#include "generator/spec/binary.h"
#include "generator/spec/floating.h"
#include "generator/spec/parts.h"
#include "generator/spec/precision.h"
#include "generator/spec/protection.h"
#include "generator/spec/range.h"
#include "generator/spec/self_test.h"
#include "generator/spec/structure.h"

namespace cimforge::plan {
namespace {

constexpr int ceil_div(int a, int b) {
  return (a + b - 1) / b;
}

/// Bits of an unsigned number up to `most`.
int bits_for(std::uint64_t most) {
  return static_cast<int>(std::bit_width(most));
}

/// Bits of an address of `count` places; 0 for one place.
int address_bits(int count) {
  return bits_for(static_cast<std::uint64_t>(count) - 1);
}

std::uint64_t mask(int bits) {
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

/// What one group of rows adds to a heap at most.
std::uint64_t most_of_group(const HeapPlan& heap) {
  std::uint64_t most = 0;
  for (const ProductPlane& plane : heap.planes) {
    most += std::uint64_t{1} << (plane.column() - heap.lowest);
  }
  return most;
}

/// What products add to a heap beside their value, for one group of rows.
std::uint64_t offset_of_group(const HeapPlan& heap) {
  auto offset = static_cast<std::uint64_t>(heap.surplus);
  for (const ProductPlane& plane : heap.planes) {
    if (plane.inverted) offset += std::uint64_t{1} << plane.column();
  }
  return offset;
}

/// The products of each heap, by column so that a reader of the text finds them in order. Those
/// past the accumulator do not count: everything is modulo 2^acc_bits.
void choose_heaps(MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  if (plan.precision) {
    // The sign plane of the weights apart: the mode of the vector says whether it is negative.
    for (int b = 0; b < spec.weight.bits; ++b) {
      HeapPlan& heap = b == spec.weight.bits - 1 ? plan.top_heap : plan.fixed_heap;
      heap.planes.push_back({0, b, false});
    }
    plan.top_column = spec.weight.bits - 1;
    plan.top_heap.lowest = plan.top_column;
    return;
  }
  const bool serial_sign = spec.input.is_signed && plan.steps > 1;
  const bool binary = spec::is_binary(spec);
  if (plan.booth) choose_booth_heap(plan);
  if (binary) choose_binary_heaps(plan);
  for (int j = 0; j < plan.digit_bits && !plan.booth && !binary; ++j) {
    const bool sign_plane = spec.input.is_signed && j == plan.digit_bits - 1;
    for (int b = 0; b < spec.weight.bits && j + b < plan.acc_bits; ++b) {
      if (!spec::keeps_product(spec, j, b)) continue;
      const bool negative_weight = spec.weight.is_signed && b == spec.weight.bits - 1;
      if (sign_plane && serial_sign) {
        plan.top_heap.planes.push_back({0, b, negative_weight});
        plan.top_column = j;
      } else {
        plan.fixed_heap.planes.push_back({j, b, sign_plane != negative_weight});
      }
    }
  }
  const auto by_column = [](const ProductPlane& a, const ProductPlane& b) {
    return a.column() < b.column();
  };
  std::stable_sort(plan.fixed_heap.planes.begin(), plan.fixed_heap.planes.end(), by_column);
}

/// When a product is there, or the OR of the products of a group, by gates of two inputs.
int product_arrival(const MacroPlan& plan) {
  const int mended = plan.protection ? plan.protection->delay(plan.delays) : 0;
  if (plan.booth) return mended + booth_product_delay(plan.delays);
  // Behind a multiplexer of two for each bit of an index.
  const int selected = spec::index_bits(plan.spec) * plan.delays.half_sum;
  return mended + selected +
         plan.delays.product * (1 + address_bits(plan.spec.approximation.or_rows));
}

/// The block's sum of a heap whose column 0 has weight 2^lowest.
BlockHeap plan_block_heap(const MacroPlan& plan, const HeapPlan& heap, int lowest,
                          const BlockPlan& block) {
  const int groups = block.groups;
  BlockHeap result;
  if (heap.empty()) return result;
  result.sum_bits = std::min(bits_for(static_cast<std::uint64_t>(groups) * most_of_group(heap)),
                             plan.acc_bits - lowest);

  if (plan.spec.adder_tree == spec::AdderTree::loop) {
    // The synthesis tool chooses the adders; a guess at their depth only places the registers.
    const int depth = product_arrival(plan) + plan.delays.full_sum * result.sum_bits;
    for (int column = 0; column < result.sum_bits; ++column) {
      result.outputs.push_back({column, 0, column, depth, 0});
    }
    return result;
  }

  std::vector<TreeInput> inputs;
  for (std::size_t p = 0; p < heap.planes.size(); ++p) {
    const ProductPlane& plane = heap.planes[p];
    const int digit = plan.booth ? plane.digit_bit / 2
                      : spec::is_binary(plan.spec)
                          ? 2 * plane.digit_bit + number_of_plane(plan, plane)
                          : plane.digit_bit;
    for (int group = 0; group < groups; ++group) {
      // For ripple adders a group's products of one digit bit are one number.
      inputs.push_back(
          {digit * groups + group, plane.column() - heap.lowest, product_arrival(plan), 0});
    }
  }
  // The sum of a block that is an addend of several is not finished: two numbers save half adders.
  const bool unfinished = spec::is_planned(plan.spec.adder_tree) &&
                          (block.rows < spec::stored_rows(plan.spec) || plan.booth);
  result.tree = plan_tree(plan.spec.adder_tree, plan.delays, std::move(inputs), result.sum_bits,
                          plan.cut, unfinished ? TreeEnd::carry_save : TreeEnd::binary);
  const auto add_number = [&](const std::vector<int>& signals, int number) {
    for (std::size_t column = 0; column < signals.size(); ++column) {
      BlockOutput output{static_cast<int>(column), number, signals[column], 0, 0};
      if (output.signal >= 0) {
        output.arrival = result.tree.arrivals[static_cast<std::size_t>(output.signal)];
        output.stage = result.tree.stages[static_cast<std::size_t>(output.signal)];
      }
      result.outputs.push_back(output);
    }
  };
  add_number(result.tree.outputs, 0);
  add_number(result.tree.second_outputs, 1);
  return result;
}

/// Blocks of equal size, give or take one group of rows: of those whose products are joined, or of
/// the stored rows of structured weights that share their inputs.
void plan_blocks(MacroPlan& plan) {
  const int rows = spec::stored_rows(plan.spec);
  const bool loop = plan.spec.adder_tree == spec::AdderTree::loop;
  const int wanted = plan.spec.rows_per_block > 0             ? plan.spec.rows_per_block
                     : loop                                   ? rows
                     : spec::is_planned(plan.spec.adder_tree) ? default_rows_per_planned_block
                                                              : default_rows_per_block;
  const int group_rows = plan.spec.approximation.or_rows;
  const int unit = std::max(group_rows, plan.spec.sparsity.nonzero);
  const int units = ceil_div(rows, unit);
  const int count = ceil_div(units, std::max(1, wanted / unit));
  const int small = units / count;
  const int large_count = units % count;

  plan.blocks.clear();
  plan.block_uses.clear();
  int first_row = 0;
  const auto add_use = [&](int size) {
    const int block_rows = std::min(size * unit, rows - first_row);
    if (plan.blocks.empty() || plan.blocks.back().rows != block_rows) {
      BlockPlan block;
      block.rows = block_rows;
      block.groups = ceil_div(block_rows, group_rows);
      block.fixed = plan_block_heap(plan, plan.fixed_heap, 0, block);
      block.top = plan_block_heap(plan, plan.top_heap, plan.top_column, block);
      plan.blocks.push_back(std::move(block));
    }
    plan.block_uses.push_back({static_cast<int>(plan.blocks.size()) - 1, first_row});
    first_row += block_rows;
  };
  for (int i = 0; i < count; ++i) add_use(i < large_count ? small + 1 : small);
}

/// The sums of the blocks, as inputs of a tree of the slice: in the order of block_uses and
/// columns, bits that are always zero left out.
std::vector<TreeInput> block_sums(const MacroPlan& plan, BlockHeap BlockPlan::*heap) {
  std::vector<TreeInput> inputs;
  for (std::size_t use = 0; use < plan.block_uses.size(); ++use) {
    const auto& block = plan.blocks[static_cast<std::size_t>(plan.block_uses[use].block)];
    for (const BlockOutput& output : (block.*heap).outputs) {
      if (output.signal < 0) continue;
      inputs.push_back(
          {2 * static_cast<int>(use) + output.number, output.column, output.arrival, output.stage});
    }
  }
  return inputs;
}

/// In a loop the blocks' sums are added by adders of the tool's choice as well; where there are
/// several blocks they meet in a tree of ripple adders.
spec::AdderTree slice_form(const MacroPlan& plan) {
  return plan.spec.adder_tree == spec::AdderTree::loop ? spec::AdderTree::ripple
                                                       : plan.spec.adder_tree;
}

void plan_slice_trees(MacroPlan& plan) {
  const auto groups = static_cast<std::uint64_t>(spec::or_groups(plan.spec));
  std::vector<TreeInput> inputs = block_sums(plan, &BlockPlan::fixed);
  std::uint64_t most = groups * most_of_group(plan.fixed_heap);

  plan.top_stage = 0;
  if (!plan.top_heap.empty()) {
    plan.top_bits =
        std::min(bits_for(groups * most_of_group(plan.top_heap)), plan.acc_bits - plan.top_column);
    std::vector<TreeInput> top_inputs = block_sums(plan, &BlockPlan::top);
    PipelineCut cut = plan.cut;
    plan.top_tree = plan_tree(slice_form(plan), plan.delays, top_inputs, plan.top_bits, cut);
    // The inversion is one step for all bits: it stands where the last of them appears. With no
    // other heap that is in front of the accumulator.
    int stage = 0;
    for (const int output : plan.top_tree.outputs) {
      if (output >= 0) {
        stage = std::max(stage, plan.top_tree.stages[static_cast<std::size_t>(output)]);
      }
    }
    plan.top_stage = plan.fixed_heap.empty() ? plan.cut.stages : stage;
    cut.align_outputs = plan.top_stage;
    plan.top_tree =
        plan_tree(slice_form(plan), plan.delays, std::move(top_inputs), plan.top_bits, cut);
    most += mask(plan.top_bits) << plan.top_column;
    // The 1 of a negation is a bit of the heap where it is not in a constant.
    if (plan.precision) most += std::uint64_t{1} << plan.top_column;
  }
  if (plan.booth) {
    plan_booth_count(plan);
    most += most_of_booth_count(plan);
  }
  plan.sum_bits = std::min(bits_for(most), plan.acc_bits);

  const int operand = 2 * static_cast<int>(plan.block_uses.size());
  if (plan.booth) {
    const std::vector<TreeInput> count = booth_count_inputs(plan, operand);
    inputs.insert(inputs.end(), count.begin(), count.end());
  }
  if (!plan.top_heap.empty()) {
    for (int column = 0; column < plan.top_bits; ++column) {
      const int signal = plan.top_tree.outputs[static_cast<std::size_t>(column)];
      // A bit of the sum that is always zero is one in the first step: it is never left out.
      const int arrival = signal < 0 ? 0 : plan.top_tree.arrivals[static_cast<std::size_t>(signal)];
      inputs.push_back(
          {operand, column + plan.top_column, arrival + plan.delays.inversion, plan.top_stage});
    }
    if (plan.precision) inputs.push_back({operand + 1, plan.top_column, 0, plan.top_stage});
  }
  // Bits past the accumulator do not count: everything is modulo 2^acc_bits.
  PipelineCut cut = plan.cut;
  cut.align_outputs = plan.cut.stages;
  for (TreeInput& input : inputs) {
    if (input.column >= plan.sum_bits) input.column = -1;
  }
  std::vector<TreeInput> kept;
  std::copy_if(inputs.begin(), inputs.end(), std::back_inserter(kept),
               [](const TreeInput& input) { return input.column >= 0; });
  plan.tree = plan_tree(slice_form(plan), plan.delays, std::move(kept), plan.sum_bits, cut);
}

/// What the sum of a step exceeds its value by; see the head of plan.h.
std::uint64_t offset_of_step(const MacroPlan& plan, int step) {
  const auto groups = static_cast<std::uint64_t>(spec::or_groups(plan.spec));
  const std::uint64_t fixed =
      groups * offset_of_group(plan.fixed_heap) + (plan.booth ? offset_of_booth_count(plan) : 0);
  if (plan.top_heap.empty()) return fixed;
  const std::uint64_t top = groups * offset_of_group(plan.top_heap);
  const std::uint64_t of_top = step == 0 ? mask(plan.top_bits) - top : top;
  return fixed + (of_top << plan.top_column);
}

/// The constant that cancels every offset.
Correction plan_correction(const MacroPlan& plan) {
  const int k = plan.digit_bits;
  const int n = plan.steps;

  // Arithmetic modulo 2^64 is arithmetic modulo 2^acc_bits.
  std::uint64_t offset = 0;
  for (int step = 0; step < n; ++step) offset = (offset << k) + offset_of_step(plan, step);
  const int low_bits = k * (n - 1);
  const std::uint64_t constant = (0 - offset) & mask(std::max(plan.acc_bits, low_bits));

  Correction correction;
  correction.initial = (constant >> low_bits) & mask(plan.acc_bits);
  for (int step = 0; step < n; ++step) {
    const auto digit = (constant >> (k * (n - 1 - step))) & mask(k);
    correction.feed.push_back(step == 0 ? 0 : static_cast<std::uint32_t>(digit));
  }
  return correction;
}

/// The same for each digit that a vector may visit.
SkipPlan plan_skipping(const MacroPlan& plan) {
  SkipPlan skipping;
  if (plan.precision) return skipping;
  for (int digit = 0; digit < plan.steps; ++digit) {
    const std::uint64_t offset = offset_of_step(plan, plan.steps - 1 - digit);
    skipping.terms.push_back((0 - (offset << (plan.digit_bits * digit))) & mask(plan.acc_bits));
  }
  return skipping;
}

/// Registers between stages of equal depth: the depth without them, the accumulator's carry chain
/// included, divided by the number of stages.
void place_registers(MacroPlan& plan) {
  plan.cut = {0, 1, -1};
  plan_blocks(plan);
  plan_slice_trees(plan);
  const int depth = plan.tree.depth() + plan.acc_bits * plan.delays.two_accumulator_bits / 2;
  plan.cut = {plan.spec.pipeline_stages,
              std::max(1, ceil_div(depth + 1, plan.spec.pipeline_stages + 1)), -1};
}

/// Slices of whole groups of fused columns; one stage more for their adders; and a second entry at
/// the output, since a vector may take one cycle.
void add_precision(MacroPlan& plan) {
  plan.precision = plan_precision(plan.spec, plan.acc_bits);
  const int group = 1 << plan.precision->fuse_log;
  plan.lanes = ceil_div(plan.lanes, group) * group;
  plan.full_slices = plan.spec.columns / plan.lanes;
  plan.last_lanes = plan.spec.columns % plan.lanes;
  if (plan.precision->fuses()) ++plan.latency;
  plan.skid = true;
}

}  // namespace

bool Correction::feeds() const {
  return std::any_of(feed.begin(), feed.end(), [](std::uint32_t digit) { return digit != 0; });
}

std::int64_t MacroPlan::storage_bits() const {
  if (spec.weights_outside) return 0;
  if (floating && !spec::aligns_as_read(spec)) {
    return std::int64_t{1} * spec.rows * spec.columns * floating->weight.format.bits * spec.banks;
  }
  return std::int64_t{1} * spec::stored_rows(spec) * spec.columns * spec::word_bits(spec) *
         spec.banks;
}

int MacroPlan::full_adders_per_column() const {
  int count = tree.full_adders() + top_tree.full_adders();
  for (const BlockUse& use : block_uses) {
    const BlockPlan& block = blocks[static_cast<std::size_t>(use.block)];
    count += block.fixed.tree.full_adders() + block.top.tree.full_adders();
  }
  return count;
}

int MacroPlan::half_adders_per_column() const {
  int count = tree.half_adders() + top_tree.half_adders();
  for (const BlockUse& use : block_uses) {
    const BlockPlan& block = blocks[static_cast<std::size_t>(use.block)];
    count += block.fixed.tree.half_adders() + block.top.tree.half_adders();
  }
  return count;
}

int MacroPlan::products_per_column() const {
  return spec::stored_rows(spec) *
         static_cast<int>(fixed_heap.planes.size() + top_heap.planes.size());
}

int MacroPlan::inverted_products_per_column() const {
  int count = 0;
  for (const HeapPlan* heap : {&fixed_heap, &top_heap}) {
    for (const ProductPlane& plane : heap->planes)
      count += plane.inverted ? spec::stored_rows(spec) : 0;
  }
  return count;
}

int MacroPlan::heap_bits_per_column() const {
  return products_per_column() / spec::stored_rows(spec) * spec::or_groups(spec);
}

int MacroPlan::inverted_heap_bits_per_column() const {
  return inverted_products_per_column() / spec::stored_rows(spec) * spec::or_groups(spec);
}

int MacroPlan::pipeline_bits_per_column() const {
  std::size_t count = tree.registers.size() + top_tree.registers.size();
  for (const BlockUse& use : block_uses) {
    const BlockPlan& block = blocks[static_cast<std::size_t>(use.block)];
    count += block.fixed.tree.registers.size() + block.top.tree.registers.size();
  }
  return static_cast<int>(count);
}

int MacroPlan::tree_depth() const {
  return tree.depth();
}

int MacroPlan::full_adder_bound() const {
  // The sum of the top heap joins the other one: together they are one heap and one sum.
  const auto groups = static_cast<std::uint64_t>(spec::or_groups(spec));
  std::uint64_t most = groups * most_of_group(fixed_heap);
  if (!top_heap.empty()) {
    most += fixed_heap.empty() ? groups * most_of_group(top_heap) : mask(top_bits) << top_column;
  }
  int bits = heap_bits_per_column();
  if (booth) {
    most += most_of_booth_count(*this);
    bits += static_cast<int>(booth_count_inputs(*this, 0).size());
  }
  // Dropped columns have no bit in the sum, and none below the products of bipolar operands.
  int empty = spec.approximation.dropped_columns;
  if (top_heap.empty() && !fixed_heap.empty() && !booth) {
    empty = std::max(empty, fixed_heap.planes.front().column());
  }
  return std::max(0, bits - bits_for(most >> empty));
}

const MacroPlan* MacroPlan::with_array() const {
  if (analog) return this;
  if (floating) return nullptr;
  return parts.empty() || shell ? nullptr : &parts.back();
}

int MacroPlan::joined_bits() const {
  assert(parts.size() == 2);
  const int high = parts.front().output_bits + spec::low_bits(spec);
  // A sign for an unsigned one, and a bit for the sum.
  return std::max({high + 2, parts.back().output_bits + 2, output_bits + 1 + spec.output_shift});
}

MacroPlan plan(const spec::MacroSpec& spec, const std::optional<LibraryDelays>& measured) {
  MacroPlan plan;
  plan.spec = spec;
  plan.delays = measured ? measured->delays : adder_delays(spec.adder_tree);
  if (measured) plan.delays_of = measured->library;

  plan.digit_bits = spec.input_bits_per_cycle;
  const int input_bits =
      spec.kind == spec::Kind::floating ? spec::aligned_input(spec).format.bits : spec.input.bits;
  plan.steps = ceil_div(input_bits, plan.digit_bits);
  // One edge for each step, one for each rank of registers, one to see the output register.
  plan.latency = plan.steps + spec.pipeline_stages + 1;
  plan.skid = plan.steps == 1;

  plan.cycles_per_vector = plan.steps;
  plan.lanes = ceil_div(spec.columns, ceil_div(spec.columns, most_lanes));
  plan.full_slices = spec.columns / plan.lanes;
  plan.last_lanes = spec.columns % plan.lanes;

  if (spec.kind == spec::Kind::logic) {
    plan.logic = plan_logic(spec);
    // The shortest operation that gives a result, which may have a new one each cycle.
    plan.steps = 1;
    plan.cycles_per_vector = 1;
    plan.latency = plan.steps + logic_ranks;
    plan.skid = true;
    plan.output_signed = false;
    plan.output_bits = plan.logic->result_bits;
    plan.row_bits = address_bits(spec.rows);
    return plan;
  }
  plan.output_signed = spec::output_is_signed(spec);
  plan.output_bits = spec::output_width(spec);
  if (spec.kind == spec::Kind::floating) {
    plan.parts.push_back(plan::plan(spec::integer_part(spec), measured));
    plan.floating = plan_floating(spec, plan.parts.front());
    plan.latency =
        plan.floating->input_stages + plan.parts.front().latency + plan.floating->result_stages;
    plan.skid = false;
    plan.bank_bits = address_bits(spec.banks);
    plan.row_bits = address_bits(spec.rows);
    return plan;
  }
  spec::MacroSpec exact = spec;
  exact.output_mode = spec::OutputMode::exact;
  exact.output_bits = 0;
  exact.output_shift = 0;
  const int exact_bits = spec::needed_output_bits(exact);
  switch (spec.output_mode) {
    case spec::OutputMode::exact:
      plan.acc_bits = plan.output_bits;
      break;
    case spec::OutputMode::saturate:
    case spec::OutputMode::sign:
      plan.acc_bits = exact_bits;
      break;
    case spec::OutputMode::truncate:
      plan.acc_bits = std::min(exact_bits, spec.output_shift + plan.output_bits);
      break;
  }
  plan.kept_bits = plan.acc_bits - spec.output_shift;
  plan.saturates =
      spec.output_mode == spec::OutputMode::saturate && plan.output_bits < plan.kept_bits;
  plan.threshold_bits = spec::threshold_format(spec).bits;
  plan.thresholds_signed = spec::threshold_format(spec).is_signed;
  assert(plan.saturates || plan.threshold_bits > 0 || plan.kept_bits == plan.output_bits);

  plan.bank_bits = address_bits(spec.banks);
  plan.row_bits = address_bits(spec::stored_rows(spec));

  if (spec.kind == spec::Kind::hybrid) {
    plan.parts.push_back(plan::plan(spec::digital_part(spec), measured));
    plan.parts.push_back(plan::plan(spec::analog_part(spec)));
    // The digital macro has its result before the array has: see docs/hybrid.md.
    assert(plan.parts.front().latency <= plan.parts.back().latency);
    plan.steps = plan.parts.back().steps;
    plan.cycles_per_vector = plan.parts.back().cycles_per_vector;
    plan.latency = plan.parts.back().latency + 1;
    plan.skid = false;
    plan.saturates = false;
    return plan;
  }
  if (spec.kind == spec::Kind::analog) {
    plan.analog = plan_analog(spec, plan.output_bits);
    plan.steps = plan.analog->steps;
    plan.cycles_per_vector = plan.analog->cycles_per_vector;
    plan.latency = plan.cycles_per_vector;
    plan.skid = false;
    return plan;
  }
  if (spec.kind == spec::Kind::near_memory) {
    plan.near_memory = plan_near_memory(spec, exact_bits, plan.output_bits);
    plan.acc_bits = plan.near_memory->acc_bits;
    plan.kept_bits = plan.acc_bits - spec.output_shift;
    plan.digit_bits = spec.input.bits;
    plan.steps = spec.rows;
    plan.cycles_per_vector = plan.steps;
    plan.latency = plan.steps + near_memory_ranks + 1;
    plan.skid = plan.steps == 1;
    return plan;
  }
  if (spec::has_shell(spec)) {
    // The numbers are those of the macro inside, but for what its ports say.
    const MacroPlan core = plan::plan(spec::core_part(spec), measured);
    MacroPlan shelled = core;
    shelled.spec = spec;
    shelled.row_bits = plan.row_bits;
    shelled.shell = plan_shell(spec, core.steps, core.latency, core.skid);
    shelled.parts.push_back(core);
    return shelled;
  }
  plan.complemented = spec::is_planned(spec.adder_tree);
  if (spec::is_protected(spec)) plan.protection = plan_protection(spec);
  plan.booth = plan_booth(spec, plan.steps);
  if (spec::has_precision(spec)) add_precision(plan);
  choose_heaps(plan);
  place_registers(plan);
  plan_blocks(plan);
  plan_slice_trees(plan);
  if (spec.sparsity.zero_planes == spec::ZeroPlanes::skip) {
    plan.skipping = plan_skipping(plan);
    plan.skid = true;  // a vector may take one cycle
  } else if (!plan.precision) {
    plan.correction = plan_correction(plan);
  }
  return plan;
}

}  // namespace cimforge::plan
