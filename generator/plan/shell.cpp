#include "generator/plan/shell.h"

#include <algorithm>
#include <bit>

#include "generator/spec/self_test.h"
#include "sim/self_test.h"

namespace cimforge::plan {

ShellPlan plan_shell(const spec::MacroSpec& spec) {
  ShellPlan plan;
  if (spec.self_test.has_march()) {
    for (const spec::MarchElement& element : spec::march_of(spec)) {
      for (const spec::MarchOperation& each : element.operations) {
        const std::uint64_t bit = std::uint64_t{1} << plan.operations++;
        if (each.is_read) plan.reads |= bit;
        if (each.bit) plan.values |= bit;
        if (&each == &element.operations.back()) plan.lasts |= bit;
        if (element.order == spec::MarchOrder::down) plan.downs |= bit;
      }
    }
  }
  plan.vectors = spec.self_test.compute_vectors;
  if (plan.vectors > 0) {
    plan.seed = sim::self_test_seed;
    plan.signature = sim::compute_self_test(spec, false).signature;
  }
  plan.row_bits = spec::row_address_bits(spec);
  plan.bit_bits = std::max(
      1, static_cast<int>(std::bit_width(static_cast<std::uint64_t>(spec::row_bits(spec) - 1))));
  plan.repair_row_bits = spec::repair_row_bits(spec);
  plan.repair_column_bits = spec::repair_column_bits(spec);
  plan.repair_bits = spec::repair_data_bits(spec);
  return plan;
}

}  // namespace cimforge::plan
