#include "generator/plan/booth.h"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "generator/plan/plan.h"

namespace cimforge::plan {
namespace {

/// Unit delays of the recoder: about two gates.
int recoder_delay(const AdderDelays& delays) {
  return 2 * delays.product;
}

/// 4^0 + 4^1 + ... for the magnitudes 2 of the digits: N of one row at most.
std::uint64_t most_of_row(const BoothPlan& booth) {
  std::uint64_t most = 0;
  for (std::size_t i = 0; i < booth.digits.size(); ++i) {
    most += std::uint64_t{booth.digits[i].two < 0 ? 1U : 2U} << (2 * i);
  }
  return most;
}

/// In a loop the synthesis tool chooses the adders of the columns; these stand once in a macro.
spec::AdderTree count_form(const MacroPlan& plan) {
  return plan.spec.adder_tree == spec::AdderTree::loop ? spec::AdderTree::dadda
                                                       : plan.spec.adder_tree;
}

}  // namespace

std::optional<BoothPlan> plan_booth(const spec::MacroSpec& spec, int steps) {
  if (spec.recoding != spec::Recoding::booth) return std::nullopt;
  const int k = spec.input_bits_per_cycle;
  const bool fills = !spec.input.is_signed && steps * k == spec.input.bits;
  BoothPlan booth;
  for (int bit = 0; bit < k; bit += 2) {
    BoothDigit digit{booth.planes, booth.planes + 1, -1};
    booth.planes += 2;
    if (bit + 1 < k || fills) digit.two = booth.planes++;
    booth.digits.push_back(digit);
  }
  if (fills && k % 2 == 0) booth.top_plane = booth.planes++;
  booth.reads_first = fills;
  return booth;
}

void choose_booth_heap(MacroPlan& plan) {
  const spec::IntegerFormat& weight = plan.spec.weight;
  const BoothPlan& booth = *plan.booth;
  const auto add = [&](int column, int bits) {
    for (int b = 0; b < bits && column + b < plan.acc_bits; ++b) {
      plan.fixed_heap.planes.push_back({column, b, weight.is_signed && b == bits - 1});
    }
  };
  for (std::size_t i = 0; i < booth.digits.size(); ++i) {
    add(2 * static_cast<int>(i), weight.bits + (booth.digits[i].two < 0 ? 0 : 1));
  }
  if (booth.top_plane >= 0) add(plan.digit_bits, weight.bits);
}

int booth_product_delay(const AdderDelays& delays) {
  return recoder_delay(delays) + delays.inversion + delays.product;
}

void plan_booth_count(MacroPlan& plan) {
  BoothPlan& booth = *plan.booth;
  const int rows = plan.spec.rows;
  const auto most = static_cast<std::uint64_t>(rows) * most_of_row(booth);
  booth.count_bits = std::min(static_cast<int>(std::bit_width(most)), plan.acc_bits);
  std::vector<TreeInput> inputs;
  const int arrival = recoder_delay(plan.delays) + plan.delays.product;
  for (std::size_t i = 0; i < booth.digits.size(); ++i) {
    const int digit = static_cast<int>(i);
    for (int bit = 2 * digit; bit < 2 * digit + (booth.digits[i].two < 0 ? 1 : 2); ++bit) {
      if (bit >= booth.count_bits) continue;
      for (int row = 0; row < rows; ++row) {
        inputs.push_back({digit * rows + row, bit, arrival, 0});
      }
    }
  }
  booth.count =
      plan_tree(count_form(plan), plan.delays, std::move(inputs), booth.count_bits, plan.cut);
}

std::vector<TreeInput> booth_count_inputs(const MacroPlan& plan, int operand) {
  const TreePlan& count = plan.booth->count;
  std::vector<TreeInput> inputs;
  const int numbers = plan.spec.weight.is_signed ? 1 : 2;
  for (int number = 0; number < numbers; ++number) {
    for (std::size_t i = 0; i < count.outputs.size(); ++i) {
      const int column = static_cast<int>(i) + number * plan.spec.weight.bits;
      const auto signal = static_cast<std::size_t>(count.outputs[i]);
      inputs.push_back({operand + number, column, count.arrivals[signal], count.stages[signal]});
    }
  }
  return inputs;
}

std::uint64_t most_of_booth_count(const MacroPlan& plan) {
  return (std::uint64_t{1} << plan.booth->count_bits) - 1 + offset_of_booth_count(plan);
}

std::uint64_t offset_of_booth_count(const MacroPlan& plan) {
  if (plan.spec.weight.is_signed) return 0;
  return ((std::uint64_t{1} << plan.booth->count_bits) - 1) << plan.spec.weight.bits;
}

}  // namespace cimforge::plan
