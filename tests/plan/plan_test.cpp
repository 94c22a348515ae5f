// The plan of a macro, and what its column computes.
#include "generator/plan/plan.h"

#include <algorithm>
#include <random>
#include <vector>

#include "generator/spec/range.h"
#include "tests/catch.h"
#include "tests/plan/tree_model.h"

namespace cimforge {
namespace {

using plan::MacroPlan;
using spec::AdderTree;
using spec::MacroSpec;
using spec::OutputMode;
using test::at;

int random_int(std::mt19937& random, int least, int most) {
  return std::uniform_int_distribution<int>(least, most)(random);
}

/// Output mode, width and shift that the specification may have.
void choose_output(std::mt19937& random, MacroSpec& spec) {
  spec.output_mode = static_cast<OutputMode>(random_int(random, 0, 2));
  const int full = spec::needed_output_bits(spec);
  if (spec.output_mode == OutputMode::exact) {
    if (random_int(random, 0, 3) == 0) spec.output_bits = full + random_int(random, 0, 3);
    return;
  }
  if (random_int(random, 0, 1) == 0) spec.output_shift = random_int(random, 0, full - 1);
  if (random_int(random, 0, 4) > 0) {
    spec.output_bits = random_int(random, 1, spec::needed_output_bits(spec));
  }
}

MacroSpec random_spec(std::mt19937& random) {
  MacroSpec spec;
  spec.name = "macro";
  const int size = random_int(random, 0, 9);
  spec.rows = random_int(random, 1, size < 6 ? 12 : size < 9 ? 70 : 300);
  spec.columns = random_int(random, 1, 200);
  spec.input = {random_int(random, 0, 1) == 1, random_int(random, 1, size < 8 ? 8 : 16)};
  spec.weight = {random_int(random, 0, 1) == 1, random_int(random, 1, size < 8 ? 8 : 16)};
  spec.input_bits_per_cycle = random_int(random, 0, 3) == 0 ? spec.input.bits
                              : random_int(random, 0, 1) == 0
                                  ? 1
                                  : random_int(random, 1, spec.input.bits);
  spec.adder_tree = static_cast<AdderTree>(random_int(random, 0, 4));
  spec.pipeline_stages = random_int(random, 0, 1) * random_int(random, 0, 4);
  if (random_int(random, 0, 2) == 0) spec.rows_per_block = random_int(random, 1, spec.rows);
  choose_output(random, spec);
  return spec;
}

std::int64_t floor_shift(std::int64_t value, int shift) {
  const std::int64_t unit = std::int64_t{1} << shift;
  const std::int64_t quotient = value / unit;
  return value % unit < 0 ? quotient - 1 : quotient;
}

/// The code that the specification asks for.
std::uint64_t expected_code(const MacroSpec& spec, const std::vector<std::int64_t>& input,
                            const std::vector<std::int64_t>& weights) {
  std::int64_t sum = 0;
  for (std::size_t row = 0; row < input.size(); ++row) sum += input[row] * weights[row];
  std::int64_t value = floor_shift(sum, spec.output_shift);
  const int bits = spec::output_width(spec);
  if (spec.output_mode == OutputMode::saturate) {
    const spec::IntegerFormat format{spec::output_is_signed(spec), bits};
    value = std::clamp(value, format.min(), format.max());
  }
  return static_cast<std::uint64_t>(value) & test::mask(bits);
}

/// `bits` of all ones in place of a value: the ends of the formats and random codes.
void check_column(const MacroPlan& plan, std::mt19937& random, int vectors) {
  const MacroSpec& spec = plan.spec;
  const auto value = [&](const spec::IntegerFormat& format, int kind) {
    if (kind == 0) return format.min();
    if (kind == 1) return format.max();
    return format.min() + static_cast<std::int64_t>(
                              random_int(random, 0, static_cast<int>(format.max() - format.min())));
  };
  for (int vector = 0; vector < vectors; ++vector) {
    std::vector<std::int64_t> input;
    std::vector<std::int64_t> weights;
    for (int row = 0; row < spec.rows; ++row) {
      input.push_back(value(spec.input, vector < 4 ? vector % 2 : 2));
      weights.push_back(value(spec.weight, vector < 4 ? vector / 2 : 2));
    }
    REQUIRE(test::run_column(plan, input, weights) == expected_code(spec, input, weights));
  }
}

void check_stages(const plan::TreePlan& tree) {
  bool right = true;
  for (const plan::Adder& adder : tree.adders) {
    for (const int input : adder.inputs) {
      if (input >= 0) right &= tree.stages.at(at(input)) == adder.stage;
    }
  }
  CHECK(right);
}

/// A tree's inputs are the outputs of the blocks, each where it says that it is.
void check_joints(const MacroPlan& plan) {
  std::vector<plan::TreeInput> fixed;
  std::vector<plan::TreeInput> top;
  for (const plan::BlockUse& use : plan.block_uses) {
    const plan::BlockPlan& block = plan.blocks.at(at(use.block));
    for (const auto& each : block.fixed.outputs) {
      if (each.signal >= 0) fixed.push_back({0, each.column, 0, each.stage});
    }
    for (const auto& each : block.top.outputs) {
      if (each.signal >= 0) top.push_back({0, each.column, 0, each.stage});
    }
    check_stages(block.fixed.tree);
    check_stages(block.top.tree);
  }
  check_stages(plan.top_tree);
  check_stages(plan.tree);
  for (int column = 0; !plan.top_heap.empty() && column < plan.top_bits; ++column) {
    if (column + plan.top_column < plan.sum_bits) {
      fixed.push_back({0, column + plan.top_column, 0, plan.top_stage});
    }
  }
  const auto same = [](const plan::TreeInput& a, const plan::TreeInput& b) {
    return a.column == b.column && a.stage == b.stage;
  };
  CHECK(std::ranges::equal(plan.tree.inputs, fixed, same));
  CHECK(std::ranges::equal(plan.top_tree.inputs, top, same));
  for (const int output : plan.tree.outputs) {
    if (output >= 0) CHECK(plan.tree.stages.at(at(output)) == plan.cut.stages);
  }
  for (const int output : plan.top_tree.outputs) {
    if (output >= 0) CHECK(plan.top_tree.stages.at(at(output)) == plan.top_stage);
  }
}

void check_numbers(const MacroPlan& plan) {
  const MacroSpec& spec = plan.spec;
  CHECK(plan.steps * plan.digit_bits >= spec.input.bits);
  CHECK((plan.steps - 1) * plan.digit_bits < spec.input.bits);
  CHECK(plan.latency == plan.steps + spec.pipeline_stages + 1);
  CHECK(plan.skid == (plan.steps == 1));
  CHECK(plan.output_bits == spec::output_width(spec));
  CHECK(plan.output_signed == spec::output_is_signed(spec));
  CHECK(plan.kept_bits == plan.acc_bits - spec.output_shift);
  CHECK(plan.kept_bits >= plan.output_bits);
  CHECK(plan.saturates == (plan.kept_bits > plan.output_bits));
  CHECK(plan.sum_bits >= 1);
  CHECK(plan.sum_bits <= plan.acc_bits);
  CHECK(plan.acc_bits <= 64);
  CHECK(plan.correction.initial <= test::mask(plan.acc_bits));
  REQUIRE(plan.correction.feed.size() == at(plan.steps));
  CHECK(plan.correction.feed[0] == 0);
  for (const std::uint32_t digit : plan.correction.feed) {
    CHECK(digit <= test::mask(plan.digit_bits));
  }
  // Blocks: all rows once, in order, sizes that differ by at most one.
  int row = 0;
  for (const plan::BlockUse& use : plan.block_uses) {
    CHECK(use.first_row == row);
    row += plan.blocks.at(at(use.block)).rows;
  }
  CHECK(row == spec.rows);
  CHECK(plan.blocks.size() <= 2);
  if (plan.blocks.size() == 2) CHECK(plan.blocks[0].rows == plan.blocks[1].rows + 1);
  if (spec.rows_per_block > 0) CHECK(plan.blocks[0].rows <= spec.rows_per_block);
}

}  // namespace

TEST_CASE("a planned column computes the dot product: random specifications", "[plan]") {
  std::mt19937 random(20240602);
  for (int trial = 0; trial < 240; ++trial) {
    const MacroSpec spec = random_spec(random);
    INFO("trial " << trial << "\n" << spec::to_toml(spec));
    const MacroPlan plan = plan::plan(spec);
    check_numbers(plan);
    check_joints(plan);
    check_column(plan, random, 10);
  }
}

TEST_CASE("a planned column computes the dot product: all codes of small ones", "[plan]") {
  std::mt19937 random(20240603);
  for (int input_bits = 1; input_bits <= 3; ++input_bits) {
    for (int weight_bits = 1; weight_bits <= 3; ++weight_bits) {
      for (int choice = 0; choice < 4 * 5; ++choice) {
        for (int k = 1; k <= input_bits; ++k) {
          MacroSpec spec;
          spec.name = "macro";
          spec.rows = input_bits + weight_bits <= 4 ? 2 : 1;
          spec.input = {choice % 2 == 1, input_bits};
          spec.weight = {choice / 2 % 2 == 1, weight_bits};
          spec.input_bits_per_cycle = k;
          spec.adder_tree = static_cast<AdderTree>(choice / 4);
          choose_output(random, spec);
          INFO(spec::to_toml(spec));
          const MacroPlan plan = plan::plan(spec);
          check_numbers(plan);
          const int bits = spec.rows * (input_bits + weight_bits);
          for (int code = 0; code < 1 << bits; ++code) {
            std::vector<std::int64_t> input;
            std::vector<std::int64_t> weights;
            int left = code;
            for (int row = 0; row < spec.rows; ++row) {
              input.push_back(spec.input.min() + left % (1 << input_bits));
              left >>= input_bits;
              weights.push_back(spec.weight.min() + left % (1 << weight_bits));
              left >>= weight_bits;
            }
            REQUIRE(test::run_column(plan, input, weights) == expected_code(spec, input, weights));
          }
        }
      }
    }
  }
}

TEST_CASE("a truncated result plans nothing above its bits", "[plan]") {
  MacroSpec spec;
  spec.name = "macro";
  spec.rows = 37;
  spec.input = {true, 8};
  spec.weight = {true, 8};
  spec.output_mode = OutputMode::truncate;
  std::mt19937 random(3);
  for (const int k : {1, 3, 8}) {
    for (const int bits : {1, 2, 5, 9, 14}) {
      for (const AdderTree tree : {AdderTree::loop, AdderTree::ripple, AdderTree::dadda,
                                   AdderTree::area, AdderTree::speed}) {
        spec.input_bits_per_cycle = k;
        spec.output_bits = bits;
        spec.adder_tree = tree;
        INFO(spec::to_toml(spec));
        const MacroPlan plan = plan::plan(spec);
        CHECK(plan.acc_bits == bits);
        for (const plan::ProductPlane& each : plan.fixed_heap.planes) {
          CHECK(each.digit_bit + each.weight_bit < bits);
        }
        for (const plan::BlockPlan& block : plan.blocks) {
          CHECK(block.fixed.sum_bits <= bits);
          CHECK(block.top.sum_bits + plan.top_column <= std::max(bits, plan.top_column));
        }
        check_joints(plan);
        check_column(plan, random, 20);
      }
    }
  }
}

TEST_CASE("columns are split into equal slices of at most a word, and a rest", "[plan]") {
  MacroSpec spec;
  spec.name = "macro";
  spec.rows = 1;
  spec.input = {false, 1};
  spec.weight = {false, 1};
  for (spec.columns = 1; spec.columns <= 4096; ++spec.columns) {
    const MacroPlan plan = plan::plan(spec);
    CAPTURE(spec.columns);
    const bool right = plan.lanes * plan.full_slices + plan.last_lanes == spec.columns &&
                       plan.last_lanes < plan.lanes && plan.lanes <= plan::most_lanes &&
                       plan.full_slices >= 1 && plan.slices() <= (spec.columns + 63) / 64;
    if (!right) FAIL_CHECK("lanes " << plan.lanes << ", rest " << plan.last_lanes);
  }
}

TEST_CASE("the trees need no more full adders than the heap asks for", "[plan]") {
  for (const AdderTree tree : {AdderTree::ripple, AdderTree::wallace, AdderTree::dadda,
                               AdderTree::area, AdderTree::balanced, AdderTree::speed}) {
    for (const int rows : {16, 64, 100}) {
      MacroSpec spec;
      spec.name = "macro";
      spec.rows = rows;
      spec.input = {false, 4};
      spec.weight = {false, 4};
      spec.adder_tree = tree;
      const MacroPlan plan = plan::plan(spec);
      CHECK(plan.full_adders_per_column() <= plan.full_adder_bound());
      if (spec::is_planned(tree)) {
        // One at most for each column, whatever the blocks.
        CHECK(plan.half_adders_per_column() <= plan.sum_bits);
      }
      if (tree == AdderTree::dadda || spec::is_planned(tree)) {
        CHECK(plan.full_adders_per_column() == plan.full_adder_bound());
      }
      CHECK(plan.products_per_column() == rows * 4);
    }
  }
}

TEST_CASE("the bound counts both heaps of a macro that takes several bits a cycle", "[plan]") {
  MacroSpec spec;
  spec.name = "macro";
  spec.rows = 83;
  spec.input = {true, 7};
  spec.weight = {false, 5};
  spec.input_bits_per_cycle = 3;
  spec.adder_tree = AdderTree::area;
  const MacroPlan plan = plan::plan(spec);
  CHECK(plan.products_per_column() == 83 * 15);
  CHECK(plan.sum_bits == 15);
  CHECK(plan.full_adder_bound() == 83 * 15 - 15);
  CHECK(plan.full_adders_per_column() == plan.full_adder_bound());
}

namespace {

/// When the last output of a tree arrives if its adders have these delays.
int depth_in(const plan::AdderDelays& delays, const plan::TreePlan& tree) {
  std::vector<int> arrivals(tree.arrivals.size(), 0);
  for (std::size_t i = 0; i < tree.inputs.size(); ++i) arrivals[i] = delays.product;
  for (const plan::Adder& adder : tree.adders) {
    int sum = 0;
    int carry = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      if (adder.inputs.at(i) < 0) continue;
      const int from = arrivals.at(at(adder.inputs.at(i)));
      sum = std::max(sum, from + (!adder.full ? delays.half_sum
                                  : i == 2    ? delays.late_sum
                                              : delays.full_sum));
      carry = std::max(carry, from + (!adder.full ? delays.half_carry
                                      : i == 2    ? delays.late_carry
                                                  : delays.full_carry));
    }
    arrivals.at(at(adder.sum)) = sum;
    if (adder.carry >= 0) arrivals.at(at(adder.carry)) = carry;
  }
  int depth = 0;
  for (const int output : tree.outputs) {
    if (output >= 0) depth = std::max(depth, arrivals.at(at(output)));
  }
  return depth;
}

}  // namespace

TEST_CASE("trees planned in the delays of a library are faster in them", "[plan]") {
  // A quick carry; a carry input that is no faster than the others; a slow carry.
  const std::vector<plan::AdderDelays> libraries = {{32, 19, 29, 18, 19, 12, 5, 12, 18},
                                                    {32, 24, 32, 24, 18, 10, 6, 14, 15},
                                                    {20, 32, 10, 12, 16, 7, 7, 16, 12}};
  for (const plan::AdderDelays& delays : libraries) {
    for (const int bits : {4, 8}) {
      MacroSpec spec;
      spec.name = "macro";
      spec.input = {false, 4};
      spec.weight = {true, bits};
      spec.adder_tree = AdderTree::area;
      const MacroPlan of_form = plan::plan(spec);
      const MacroPlan measured = plan::plan(spec, plan::LibraryDelays{"a library", delays});
      CAPTURE(bits, delays.full_sum, delays.full_carry);
      CHECK(measured.delays_of == "a library");
      CHECK(measured.delays == delays);
      CHECK(of_form.delays == plan::adder_delays(AdderTree::area));
      const plan::TreePlan& tree = measured.blocks.front().fixed.tree;
      CHECK(depth_in(delays, tree) == tree.depth());
      CHECK(depth_in(delays, tree) < depth_in(delays, of_form.blocks.front().fixed.tree));
      CHECK(measured.full_adders_per_column() == of_form.full_adders_per_column());
      CHECK(measured.half_adders_per_column() == of_form.half_adders_per_column());
    }
  }
}

TEST_CASE("pipeline stages are of equal depth", "[plan]") {
  for (const AdderTree tree : {AdderTree::ripple, AdderTree::wallace, AdderTree::dadda}) {
    for (int stages = 1; stages <= 4; ++stages) {
      MacroSpec spec;
      spec.name = "macro";
      spec.rows = 100;
      spec.input = {false, 4};
      spec.weight = {true, 4};
      spec.adder_tree = tree;
      spec.pipeline_stages = stages;
      CAPTURE(spec::to_string(tree), stages);
      const MacroPlan plan = plan::plan(spec);
      const int period = plan.cut.period;
      CHECK(plan.cut.stages == stages);
      CHECK(plan.pipeline_bits_per_column() > 0);
      CHECK(plan.tree.depth() + plan.acc_bits / 2 < (stages + 1) * period);
      bool early_enough = true;
      const auto check = [&](const plan::TreePlan& each) {
        for (const plan::Adder& adder : each.adders) {
          early_enough &=
              adder.stage == stages || each.arrivals.at(at(adder.sum)) < (adder.stage + 1) * period;
          early_enough &= each.arrivals.at(at(adder.sum)) >= adder.stage * period;
        }
      };
      for (const plan::BlockPlan& block : plan.blocks) check(block.fixed.tree);
      check(plan.tree);
      CHECK(early_enough);
      const MacroPlan flat = [&] {
        spec.pipeline_stages = 0;
        return plan::plan(spec);
      }();
      CHECK(flat.pipeline_bits_per_column() == 0);
      CHECK(flat.full_adders_per_column() == plan.full_adders_per_column());
    }
  }
}

TEST_CASE("the widths and figures of the 64 x 64 macro of int4", "[plan]") {
  MacroSpec spec;
  spec.name = "macro";
  const MacroPlan plan = plan::plan(spec);
  CHECK(plan.steps == 4);
  CHECK(plan.latency == 5);
  CHECK(plan.lanes == 64);
  CHECK(plan.acc_bits == 14);  // -3584 * 1 to 4096: 64 * (-8 * 7) to 64 * 64
  CHECK(plan.output_bits == 14);
  CHECK(plan.row_bits == 6);
  CHECK(plan.bank_bits == 0);
  CHECK(plan.storage_bits() == 64 * 64 * 4);
  CHECK(plan.block_uses.size() == 4);
  CHECK(plan.blocks.size() == 1);
}

}  // namespace cimforge
