#include "generator/plan/binary.h"

namespace cimforge::plan {
namespace {

/// Both operands' products of one bit of a bipolar input.
void choose_bipolar_inputs(MacroPlan& plan) {
  const spec::IntegerFormat& format = plan.spec.weight;
  HeapPlan& heap = plan.fixed_heap;
  if (format.is_bipolar) {
    heap.planes.push_back({0, 0, false, ProductKind::match, 1});
    heap.surplus = 1;
    return;
  }
  if (format.is_ternary) {
    heap.planes.push_back({0, 0, false, ProductKind::match, 0});
    heap.planes.push_back({0, 1, true, ProductKind::match, -1});
    return;
  }
  for (int b = 0; b < format.bits; ++b) {
    const bool negative = format.is_signed && b == format.bits - 1;
    heap.planes.push_back({0, b, negative, ProductKind::both, 1});
    heap.planes.push_back({0, b, !negative, ProductKind::weight, 0});
  }
}

}  // namespace

void choose_binary_heaps(MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  if (spec.input.is_bipolar) choose_bipolar_inputs(plan);
  for (int j = 0; j < plan.digit_bits && !spec.input.is_bipolar; ++j) {
    const bool sign_plane = spec.input.is_signed && j == plan.digit_bits - 1;
    const bool apart = sign_plane && plan.steps > 1;
    HeapPlan& heap = apart ? plan.top_heap : plan.fixed_heap;
    if (apart) plan.top_column = j;
    const int digit = apart ? 0 : j;
    const bool negative = sign_plane && !apart;
    if (spec.weight.is_ternary) {
      heap.planes.push_back({digit, 0, negative, ProductKind::both, 0});
      heap.planes.push_back({digit, 1, !negative, ProductKind::both, -1});
    } else {
      heap.planes.push_back({digit, 0, negative, ProductKind::both, 1});
      heap.planes.push_back({digit, 0, !negative, ProductKind::input, 0});
    }
  }
  // Those past the accumulator do not count.
  const auto past = [&](const HeapPlan& heap, int first) {
    return [&heap, first, &plan](const ProductPlane& plane) {
      return plane.column() - heap.lowest + first >= plan.acc_bits;
    };
  };
  std::erase_if(plan.fixed_heap.planes, past(plan.fixed_heap, 0));
  std::erase_if(plan.top_heap.planes, past(plan.top_heap, plan.top_column));
}

int number_of_plane(const MacroPlan& plan, const ProductPlane& plane) {
  return plane.kind == ProductKind::input || plane.kind == ProductKind::weight ||
                 (plan.spec.weight.is_ternary && plane.weight_bit == 1)
             ? 1
             : 0;
}

}  // namespace cimforge::plan
