#include "generator/plan/floating.h"

#include <algorithm>

#include "generator/plan/plan.h"

namespace cimforge::plan {
namespace {

/// FP32 and BF16.
constexpr int result_bias = 127;
constexpr int result_infinity = 255;

int ceil_div(int a, int b) {
  return (a + b - 1) / b;
}

}  // namespace

FloatingPlan plan_floating(const spec::MacroSpec& spec, const MacroPlan& integer) {
  FloatingPlan plan;
  plan.input = spec::aligned_input(spec);
  plan.weight = spec::aligned_weight(spec);
  plan.result = spec::result_shape(spec);
  plan.blocks = spec::blocks_of(spec);
  plan.input_stages = spec::input_stages(spec);
  const bool is_rounded = spec.floating.result != spec::ResultFormat::integer;
  plan.result_stages = (plan.blocks > 1 ? 1 : 0) + (is_rounded ? 2 : 1);
  // One in the input register, those in the ranks of registers, and the results that wait.
  plan.depth =
      1 + ceil_div(spec.pipeline_stages, integer.cycles_per_vector) + (integer.skid ? 2 : 1);
  plan.index_bits = std::max(1, spec::bits_up_to(plan.depth - 1));
  plan.block_row_bits = spec::bits_up_to(spec.floating.block_rows - 1);
  plan.class_bits = spec::weight_class_bits(spec);
  plan.weight_scale_bits = spec::weight_scale_bits(spec);
  if (spec::aligns_as_read(spec)) {
    plan.read_exponent_bits = spec::bits_up_to(spec::greatest_read_exponent(spec));
  }
  plan.weight_exponent_bits = plan.weight.exponent_bits;
  plan.port_bits = spec.floating.align_weights_at == spec::WeightAligner::offline
                       ? plan.weight.format.bits
                       : spec.weight.bits;
  plan.has_specials = spec::has_specials(spec);
  const auto greatest =
      plan.result.greatest_exponent + plan.result.sum_bits - 1 - plan.result.offset + result_bias;
  plan.subnormals = result_bias - plan.result.offset < 1;
  plan.overflows = greatest >= result_infinity;
  return plan;
}

}  // namespace cimforge::plan
