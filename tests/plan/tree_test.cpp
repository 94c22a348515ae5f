// What is true of every planned tree.
#include "generator/plan/tree.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <random>
#include <vector>

#include "tests/catch.h"
#include "tests/plan/tree_model.h"

namespace cimforge {
namespace {

using plan::TreeInput;
using plan::TreePlan;
using spec::AdderTree;
using test::at;

constexpr std::array compressors = {AdderTree::ripple, AdderTree::wallace,  AdderTree::dadda,
                                    AdderTree::area,   AdderTree::balanced, AdderTree::speed};

int random_int(std::mt19937& random, int least, int most) {
  return std::uniform_int_distribution<int>(least, most)(random);
}

/// `operands` numbers of `bits` bits.
std::vector<TreeInput> uniform(int operands, int bits) {
  std::vector<TreeInput> inputs;
  for (int operand = 0; operand < operands; ++operand) {
    for (int column = 0; column < bits; ++column) inputs.push_back({operand, column, 0, 0});
  }
  return inputs;
}

int sum_width(int operands, int bits) {
  return static_cast<int>(std::bit_width(static_cast<unsigned>(operands) * ((1U << bits) - 1)));
}

/// Numbers with holes that arrive at odd times; some stand behind pipeline registers already.
std::vector<TreeInput> random_inputs(std::mt19937& random, int columns, int stages) {
  std::vector<TreeInput> inputs;
  const int operands = random_int(random, 1, 20);
  for (int operand = 0; operand < operands; ++operand) {
    for (int column = 0; column < columns; ++column) {
      if (random_int(random, 0, 2) == 0) continue;
      inputs.push_back({operand, column, random_int(random, 0, 9), random_int(random, 0, stages)});
    }
  }
  return inputs;
}

/// The structure: who reads what, and behind how many registers.
void check_structure(const plan::AdderDelays& delays, const TreePlan& tree,
                     const plan::PipelineCut& cut) {
  std::map<int, int> column_of;
  for (std::size_t i = 0; i < tree.inputs.size(); ++i) {
    column_of[static_cast<int>(i)] = tree.inputs[i].column;
    CHECK(tree.stages[i] == tree.inputs[i].stage);
    CHECK(tree.arrivals[i] == tree.inputs[i].arrival);
  }
  std::map<int, int> reads;
  for (const plan::Adder& adder : tree.adders) {
    column_of[adder.sum] = adder.column;
    if (adder.carry >= 0) column_of[adder.carry] = adder.column + 1;
  }
  for (const plan::TreeRegister& each : tree.registers) {
    column_of[each.output] = column_of.at(each.input);
    CHECK(tree.stages.at(at(each.output)) == each.stage);
    CHECK(tree.stages.at(at(each.input)) == each.stage - 1);
    CHECK(each.stage <= std::max(cut.stages, cut.align_outputs));
    ++reads[each.input];
  }
  bool adders_right = true;
  for (const plan::Adder& adder : tree.adders) {
    int sum_arrival = 0;
    int carry_arrival = 0;
    int last = -1;
    for (std::size_t i = 0; i < adder.inputs.size(); ++i) {
      const int input = adder.inputs[i];
      adders_right &= (input >= 0) == (i < 2 || adder.full);
      if (input < 0) continue;
      ++reads[input];
      const int from = tree.arrivals.at(at(input));
      adders_right &= tree.stages.at(at(input)) == adder.stage;
      adders_right &= column_of.at(input) == adder.column;
      adders_right &= from >= last;  // the last to arrive has the fast input
      last = from;
      const int to_sum = !adder.full ? delays.half_sum : i == 2 ? delays.late_sum : delays.full_sum;
      const int to_carry = !adder.full ? delays.half_carry
                           : i == 2    ? delays.late_carry
                                       : delays.full_carry;
      sum_arrival = std::max(sum_arrival, from + to_sum);
      carry_arrival = std::max(carry_arrival, from + to_carry);
    }
    adders_right &= tree.arrivals.at(at(adder.sum)) == sum_arrival;
    if (adder.carry >= 0) adders_right &= tree.arrivals.at(at(adder.carry)) == carry_arrival;
    adders_right &= tree.stages.at(at(adder.sum)) == adder.stage;
    adders_right &= adder.stage <= std::max(cut.stages, 4);
    if (adder.carry >= 0) adders_right &= tree.stages.at(at(adder.carry)) == adder.stage;
  }
  CHECK(adders_right);
  for (std::size_t column = 0; column < tree.outputs.size(); ++column) {
    const int output = tree.outputs[column];
    if (output < 0) continue;
    ++reads[output];
    CHECK(column_of.at(output) == static_cast<int>(column));
    if (cut.align_outputs >= 0) CHECK(tree.stages.at(at(output)) == cut.align_outputs);
  }
  // Every signal is read once, or by one adder or output and one register each stage.
  for (std::size_t i = 0; i < tree.inputs.size(); ++i) CHECK(reads[static_cast<int>(i)] == 1);
  for (const plan::Adder& adder : tree.adders) {
    CHECK(reads[adder.sum] == 1);
    if (adder.carry >= 0) CHECK(reads[adder.carry] == 1);
  }
}

void check_sum(const TreePlan& tree, int columns, std::mt19937& random, int trials) {
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<int> bits;
    std::uint64_t expected = 0;
    for (const TreeInput& input : tree.inputs) {
      bits.push_back(trial == 0 ? 1 : random_int(random, 0, 1));
      expected += static_cast<std::uint64_t>(bits.back()) << input.column;
    }
    const std::vector<int> outputs = test::run_tree(tree, bits);
    REQUIRE(outputs.size() == at(columns));
    CHECK(test::number(outputs) == (expected & test::mask(columns)));
  }
}

}  // namespace

TEST_CASE("a tree keeps the weighted sum of random heaps", "[plan]") {
  std::mt19937 random(20240601);
  for (const AdderTree form : compressors) {
    for (int trial = 0; trial < 150; ++trial) {
      const int columns = random_int(random, 1, 14);
      plan::PipelineCut cut{random_int(random, 0, 4), random_int(random, 1, 6), -1};
      const auto inputs = random_inputs(random, columns, random_int(random, 0, cut.stages));
      if (random_int(random, 0, 1) == 0) cut.align_outputs = cut.stages;
      if (inputs.empty()) continue;
      INFO(spec::to_string(form) << ", trial " << trial);
      // Half of the trials in the delays of some library.
      plan::AdderDelays delays = plan::adder_delays(form);
      if (trial % 2 == 1) {
        for (int* delay : {&delays.full_sum, &delays.full_carry, &delays.late_sum,
                           &delays.late_carry, &delays.half_sum, &delays.half_carry}) {
          *delay = random_int(random, 1, 32);
        }
      }
      const TreePlan tree = plan::plan_tree(form, delays, inputs, columns, cut);
      check_structure(delays, tree, cut);
      check_sum(tree, columns, random, 20);
    }
  }
}

TEST_CASE("a tree that ends in carry-save gives two numbers and has no half adder", "[plan]") {
  std::mt19937 random(11);
  for (int trial = 0; trial < 150; ++trial) {
    const int columns = random_int(random, 2, 14);
    plan::PipelineCut cut{random_int(random, 0, 4), random_int(random, 1, 6), -1};
    if (random_int(random, 0, 1) == 0) cut.align_outputs = cut.stages;
    const auto inputs = random_inputs(random, columns, random_int(random, 0, cut.stages));
    if (inputs.empty()) continue;
    INFO("trial " << trial);
    const TreePlan tree =
        plan::plan_tree(AdderTree::area, {}, inputs, columns, cut, plan::TreeEnd::carry_save);
    CHECK(tree.half_adders() == 0);
    for (int i = 0; i < 20; ++i) {
      std::vector<int> bits;
      std::uint64_t expected = 0;
      for (const TreeInput& input : tree.inputs) {
        bits.push_back(i == 0 ? 1 : random_int(random, 0, 1));
        expected += static_cast<std::uint64_t>(bits.back()) << input.column;
      }
      const std::vector<int> outputs = test::run_tree(tree, bits);
      REQUIRE(outputs.size() == 2 * at(columns));
      const auto middle = outputs.begin() + columns;
      const std::uint64_t sum =
          test::number({outputs.begin(), middle}) + test::number({middle, outputs.end()});
      CHECK((sum & test::mask(columns)) == (expected & test::mask(columns)));
    }
  }
}

TEST_CASE("a tree of nothing, of one bit, of one number", "[plan]") {
  for (const AdderTree form : compressors) {
    const TreePlan one = plan::plan_tree(form, {}, {{0, 0, 3, 0}}, 2, {2, 100, 2});
    CHECK(one.adders.empty());
    CHECK(one.registers.size() == 2);
    CHECK(one.outputs.at(1) == -1);
    CHECK(one.depth() == 3);
    const TreePlan number = plan::plan_tree(form, {}, uniform(1, 5), 5, {});
    CHECK(number.adders.empty());
    CHECK(number.registers.empty());
    CHECK(number.outputs == std::vector<int>{0, 1, 2, 3, 4});
    CHECK(number.levels() == 0);
  }
}

TEST_CASE("full adders are the bits that go in less those that come out", "[plan]") {
  std::mt19937 random(7);
  for (const AdderTree form : compressors) {
    for (const int operands : {2, 3, 4, 5, 7, 8, 13, 16, 31, 32, 37, 64, 100}) {
      for (int bits = 1; bits <= 6; ++bits) {
        INFO(spec::to_string(form) << " " << operands << " x " << bits);
        const int columns = sum_width(operands, bits);
        const TreePlan tree =
            plan::plan_tree(form, plan::adder_delays(form), uniform(operands, bits), columns, {});
        const auto dropped = std::count_if(tree.adders.begin(), tree.adders.end(),
                                           [](const auto& adder) { return adder.carry < 0; });
        CHECK(tree.full_adders() + dropped == operands * bits - columns);
        check_sum(tree, columns, random, 3);
      }
    }
  }
}

TEST_CASE("Dadda's tree has the adders of Dadda's heights", "[plan]") {
  for (const int operands : {3, 4, 5, 6, 7, 9, 10, 13, 14, 19, 20, 28, 29, 42, 64, 100}) {
    for (const int bits : {1, 2, 4, 8}) {
      INFO(operands << " x " << bits);
      const int columns = sum_width(operands, bits);
      // Heights alone: 2, 3, 4, 6, 9, 13, 19, 28, 42, 63, 94.
      std::vector<int> heights(at(columns), 0);
      for (int column = 0; column < bits; ++column) heights[at(column)] = operands;
      std::vector<int> full(at(columns), 0);
      std::vector<int> half(at(columns), 0);
      for (const int height : {94, 63, 42, 28, 19, 13, 9, 6, 4, 3, 2}) {
        int carries = 0;
        for (int column = 0; column < columns; ++column) {
          int size = heights[at(column)] + carries;
          carries = 0;
          while (size > height) {
            const bool is_half = size == height + 1;
            ++(is_half ? half : full)[at(column)];
            size -= is_half ? 1 : 2;
            ++carries;
          }
          heights[at(column)] = size;
        }
      }
      int carry = 0;
      for (int column = 0; column < columns; ++column) {
        const int size = heights[at(column)] + carry;
        if (size == 3) ++full[at(column)];
        if (size == 2) ++half[at(column)];
        carry = size >= 2 ? 1 : 0;
      }
      const TreePlan tree =
          plan::plan_tree(AdderTree::dadda, {}, uniform(operands, bits), columns, {});
      std::vector<int> planned_full(at(columns), 0);
      std::vector<int> planned_half(at(columns), 0);
      for (const plan::Adder& adder : tree.adders) {
        ++(adder.full ? planned_full : planned_half)[at(adder.column)];
      }
      CHECK(planned_full == full);
      CHECK(planned_half == half);
    }
  }
}

TEST_CASE("compressor trees are shallower than ripple adders and have fewer half adders",
          "[plan]") {
  for (const int operands : {16, 64, 100}) {
    const int columns = sum_width(operands, 4);
    const TreePlan ripple =
        plan::plan_tree(AdderTree::ripple, {}, uniform(operands, 4), columns, {});
    const TreePlan wallace =
        plan::plan_tree(AdderTree::wallace, {}, uniform(operands, 4), columns, {});
    const TreePlan dadda = plan::plan_tree(AdderTree::dadda, {}, uniform(operands, 4), columns, {});
    CHECK(wallace.levels() <= ripple.levels());
    CHECK(wallace.half_adders() < ripple.half_adders());
    CHECK(dadda.half_adders() < ripple.half_adders());
  }
}

}  // namespace cimforge
