// An interpreter of planned trees and macros: what the planned hardware computes, one column at a
// time, from the numbers of the plan alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "generator/plan/plan.h"

namespace cimforge::test {

inline std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}

inline std::uint64_t mask(int bits) {
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

/// Values of a tree's outputs, one a column, for values of its inputs. Registers are wires.
inline std::vector<int> run_tree(const plan::TreePlan& tree, const std::vector<int>& inputs) {
  std::vector<int> values(tree.arrivals.size(), -1);
  for (std::size_t i = 0; i < inputs.size(); ++i) values[i] = inputs[i];
  std::map<int, int> behind;  // a register's output -> its input
  for (const plan::TreeRegister& each : tree.registers) behind[each.output] = each.input;
  const auto value = [&](int signal) {
    while (behind.contains(signal)) signal = behind.at(signal);
    return values.at(at(signal));
  };
  for (const plan::Adder& adder : tree.adders) {
    int total = 0;
    for (const int input : adder.inputs) {
      if (input < 0) continue;
      if (value(input) < 0) return {};  // it is read before it is there
      total += value(input);
    }
    values.at(at(adder.sum)) = total % 2;
    if (adder.carry >= 0) values.at(at(adder.carry)) = total / 2;
  }
  std::vector<int> outputs;
  for (const auto* number : {&tree.outputs, &tree.second_outputs}) {
    for (const int output : *number) outputs.push_back(output < 0 ? 0 : value(output));
  }
  return outputs;
}

inline std::uint64_t number(const std::vector<int>& bits) {
  std::uint64_t result = 0;
  for (std::size_t i = 0; i < bits.size(); ++i) result |= std::uint64_t(bits[i] != 0) << i;
  return result;
}

/// The bits of a block's sum of one heap, those that are always zero left out, in order.
inline std::vector<int> run_block(const plan::MacroPlan& plan, const plan::BlockUse& use,
                                  const plan::HeapPlan& heap,
                                  const plan::BlockHeap plan::BlockPlan::*member, bool is_top,
                                  const std::vector<std::uint64_t>& digits,
                                  std::span<const std::int64_t> weights) {
  const plan::BlockPlan& block = plan.blocks.at(at(use.block));
  const plan::BlockHeap& block_heap = block.*member;
  std::vector<int> products;
  std::uint64_t total = 0;
  for (const plan::ProductPlane& plane : heap.planes) {
    const int digit_bit = is_top ? plan.top_column : plane.digit_bit;
    for (int first = 0; first < block.rows; first += plan.spec.approximation.or_rows) {
      bool joined = false;
      for (int row = first; row < block.rows && row < first + plan.spec.approximation.or_rows;
           ++row) {
        const auto place = at(use.first_row + row);
        const bool x = (digits.at(place) >> digit_bit & 1) != 0;
        const bool w = (weights[place] >> plane.weight_bit & 1) != 0;
        joined |= x && w;
      }
      products.push_back(joined != plane.inverted ? 1 : 0);
      total += static_cast<std::uint64_t>(products.back())
               << (plane.weight_bit + (is_top ? 0 : plane.digit_bit));
    }
  }
  std::vector<int> bits;
  if (heap.empty()) return bits;
  const bool loop = plan.spec.adder_tree == spec::AdderTree::loop;
  const std::vector<int> sum = loop ? std::vector<int>{} : run_tree(block_heap.tree, products);
  for (const plan::BlockOutput& output : block_heap.outputs) {
    if (output.signal < 0) continue;
    bits.push_back(loop ? static_cast<int>(total >> output.column & 1)
                        : sum.at(at(output.number * block_heap.sum_bits + output.column)));
  }
  return bits;
}

/// The code that a column gives out: the low output_bits of the result.
inline std::uint64_t run_column(const plan::MacroPlan& plan, std::span<const std::int64_t> input,
                                std::span<const std::int64_t> weights) {
  const spec::MacroSpec& spec = plan.spec;
  std::uint64_t accumulator = 0;
  for (int step = 0; step < plan.steps; ++step) {
    // Codes are extended by their sign to whole digits.
    std::vector<std::uint64_t> digits;
    for (const std::int64_t x : input) {
      digits.push_back(static_cast<std::uint64_t>(x) >>
                           (plan.digit_bits * (plan.steps - 1 - step)) &
                       mask(plan.digit_bits));
    }
    std::vector<int> inputs;
    std::vector<int> top_inputs;
    for (const plan::BlockUse& use : plan.block_uses) {
      const auto fixed =
          run_block(plan, use, plan.fixed_heap, &plan::BlockPlan::fixed, false, digits, weights);
      inputs.insert(inputs.end(), fixed.begin(), fixed.end());
      const auto top =
          run_block(plan, use, plan.top_heap, &plan::BlockPlan::top, true, digits, weights);
      top_inputs.insert(top_inputs.end(), top.begin(), top.end());
    }
    if (!plan.top_heap.empty()) {
      std::vector<int> top = run_tree(plan.top_tree, top_inputs);
      for (int column = 0; column < plan.top_bits; ++column) {
        if (column + plan.top_column >= plan.sum_bits) break;
        const int bit = top.at(at(column));
        inputs.push_back(step == 0 ? 1 - bit : bit);
      }
    }
    const std::uint64_t sum = number(run_tree(plan.tree, inputs));
    const std::uint64_t before =
        step == 0 ? plan.correction.initial
                  : (accumulator << plan.digit_bits) + plan.correction.feed.at(at(step));
    accumulator = (before + sum) & mask(plan.acc_bits);
  }

  const std::uint64_t kept = accumulator >> spec.output_shift & mask(plan.kept_bits);
  if (!plan.saturates) return kept;
  if (!plan.output_signed) {
    return kept > mask(plan.output_bits) ? mask(plan.output_bits) : kept;
  }
  const bool negative = (kept >> (plan.kept_bits - 1) & 1) != 0;
  const std::uint64_t dropped = kept >> (plan.output_bits - 1);
  const std::uint64_t extension = negative ? mask(plan.kept_bits - plan.output_bits + 1) : 0;
  if (dropped == extension) return kept & mask(plan.output_bits);
  return negative ? std::uint64_t{1} << (plan.output_bits - 1) : mask(plan.output_bits - 1);
}

}  // namespace cimforge::test
