#include "generator/estimate/column.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <random>
#include <utility>

#include "generator/plan/plan.h"
#include "generator/spec/range.h"
#include "tests/catch.h"

using namespace cimforge;  // NOLINT

namespace {

spec::MacroSpec random_specification(std::mt19937_64& random) {
  const auto pick = [&](int least, int most) {
    return least + static_cast<int>(random() % static_cast<std::uint64_t>(most - least + 1));
  };
  spec::MacroSpec spec;
  spec.name = "macro";
  spec.rows = pick(1, 70);
  spec.input = {pick(0, 1) == 1, pick(1, 8)};
  spec.weight = {pick(0, 1) == 1, pick(1, 8)};
  spec.input_bits_per_cycle = pick(1, spec.input.bits);
  spec.adder_tree = static_cast<spec::AdderTree>(pick(0, 6));
  spec.pipeline_stages = std::max(0, pick(-2, 4));
  if (pick(0, 2) == 0) spec.rows_per_block = pick(1, spec.rows);
  const int needed = spec::needed_output_bits(spec);
  switch (pick(0, 3)) {
    case 0:
      spec.output_mode = spec::OutputMode::truncate;
      spec.output_bits = pick(1, needed);
      spec.output_shift = pick(0, needed - spec.output_bits);
      break;
    case 1:
      spec.output_mode = spec::OutputMode::saturate;
      spec.output_bits = pick(1, needed);
      break;
    default:
      break;
  }
  return spec;
}

/// The same counts of a plan, the slow way.
estimate::TreeCount of_tree(const plan::TreePlan& tree) {
  return {tree.full_adders(), tree.half_adders(), static_cast<std::int64_t>(tree.registers.size())};
}

void require_equal(const spec::MacroSpec& spec, const plan::LibraryDelays& delays) {
  const plan::MacroPlan plan = plan::plan(spec, delays);
  INFO(spec::to_toml(spec));
  const estimate::ColumnKey key = estimate::column_key(spec);
  REQUIRE(key.acc_bits == plan.acc_bits);
  const estimate::Column column = estimate::count_column(key, delays.delays);

  estimate::TreeCount blocks;
  for (const plan::BlockUse& use : plan.block_uses) {
    const plan::BlockPlan& block = plan.blocks[static_cast<std::size_t>(use.block)];
    blocks += of_tree(block.fixed.tree);
    blocks += of_tree(block.top.tree);
  }
  estimate::TreeCount slice = of_tree(plan.tree);
  slice += of_tree(plan.top_tree);
  CHECK(column.steps == plan.steps);
  CHECK(column.block_count == static_cast<int>(plan.block_uses.size()));
  CHECK(column.sum_bits == plan.sum_bits);
  CHECK(column.top_bits == plan.top_bits);
  CHECK(column.plain_products + column.negative_products == plan.products_per_column());
  CHECK(column.negative_products == plan.inverted_products_per_column());
  CHECK(column.depth == plan.tree_depth());
  CHECK(column.blocks.full_adders == blocks.full_adders);
  CHECK(column.blocks.half_adders == blocks.half_adders);
  CHECK(column.blocks.registers == blocks.registers);
  CHECK(column.slice.full_adders == slice.full_adders);
  CHECK(column.slice.half_adders == slice.half_adders);
  CHECK(column.slice.registers == slice.registers);
  CHECK(column.initial == plan.correction.initial);
  CHECK((column.fed_ones > 0) == plan.correction.feeds());
}

}  // namespace

TEST_CASE("The trees of a column are counted as the planner plans them") {
  constexpr std::uint64_t seed = 20261129;
  std::mt19937_64 random(seed);
  // Round numbers, and such as a library has.
  const std::vector<plan::AdderDelays> forms = {
      {}, {4, 3, 2, 1, 2, 1}, {32, 29, 22, 20, 17, 12, 5, 14, 20}};
  for (int i = 0; i < 600; ++i) {
    require_equal(random_specification(random), {"", forms[static_cast<std::size_t>(i % 3)]});
  }
}

TEST_CASE("The adders of a loop are those of the carry-save form that Yosys 0.23 makes") {
  // Of `synth` up to `maccmap`: words of $fa, the width of the last $alu, and a $alu for each
  // further digit of a row.
  spec::MacroSpec spec;
  spec.name = "macro";
  spec.rows = 3;
  spec.input = {false, 4};
  spec.weight = {false, 4};
  spec.adder_tree = spec::AdderTree::loop;
  const estimate::Column three = estimate::count_column(estimate::column_key(spec), {});
  // One word of four, and 1111 + 11110: a half, two with a carry, and the highest bit with one.
  CHECK(three.loop_full_adders == 4 + 2);
  CHECK(three.loop_half_adders == 1 + 1);
  CHECK(three.loop_sum_bits == 6);

  // Two digits of a row: 1111 + 11110, before anything is added to another row.
  spec.rows = 1;
  spec.input_bits_per_cycle = 2;
  const estimate::Column digits = estimate::count_column(estimate::column_key(spec), {});
  CHECK(digits.loop_full_adders == 2);
  CHECK(digits.loop_half_adders == 2);

  // Digits of one-bit weights lie side by side.
  spec.weight = {false, 1};
  const estimate::Column bits = estimate::count_column(estimate::column_key(spec), {});
  CHECK(bits.loop_full_adders == 0);
  CHECK(bits.loop_half_adders == 0);
}

TEST_CASE("The first step's tag goes through the carries above the digit that is shifted in") {
  spec::MacroSpec spec;
  spec.name = "macro";
  spec.rows = 16;
  spec.input = {false, 8};
  spec.weight = {false, 4};
  const plan::AdderDelays delays;
  const auto way = [&](int digit) {
    spec.input_bits_per_cycle = digit;
    const estimate::Column column = estimate::count_column(estimate::column_key(spec), delays);
    CHECK(column.fed == 0);
    // Bits that have a sum take a full adder, those above it a half.
    const int acc = estimate::accumulator_bits(spec);
    const int full = column.sum_bits - digit;
    const int half = acc - column.sum_bits;
    REQUIRE(full > 1);
    REQUIRE(half > 0);
    return std::pair(column.from_first, delays.full_carry + (full - 1) * delays.late_carry +
                                            (half - 1) * (delays.half_carry * 2 / 3) +
                                            delays.late_sum);
  };
  for (const int digit : {1, 2, 4}) {
    const auto [counted, expected] = way(digit);
    CHECK(counted == expected);
  }
}
