#include "generator/plan/precision.h"

#include <algorithm>
#include <bit>

#include "generator/spec/precision.h"

namespace cimforge::plan {

PrecisionPlan plan_precision(const spec::MacroSpec& spec, int acc_bits) {
  const auto bits_for = [](int most) {
    return static_cast<int>(std::bit_width(static_cast<unsigned>(most)));
  };
  PrecisionPlan plan;
  plan.fuse_log = std::countr_zero(static_cast<unsigned>(spec.precision.fused_columns));
  plan.fuse_bits = bits_for(plan.fuse_log);
  plan.last_bits = bits_for(spec.input.bits - 1);
  plan.widths = {acc_bits};
  for (int level = 1; level <= plan.fuse_log; ++level) {
    plan.widths.push_back(std::max(spec::fused_bits(spec, 1 << level), plan.widths.back() + 1));
  }
  return plan;
}

}  // namespace cimforge::plan
