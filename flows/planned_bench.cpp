#include "flows/planned_bench.h"

#include "generator/spec/approximation.h"
#include "generator/spec/parts.h"

namespace cimforge::flows {

void expect_planned(const plan::MacroPlan& plan, tb::BenchOptions& options) {
  options.expected_latency = plan.latency;
  options.expected_interval = plan.cycles_per_vector;
  // Programming an array is no transfer a cycle.
  options.expect_concurrent_update = !spec::has_array(plan.spec);
  if (!plan.spec.approximation.is_exact()) {
    const spec::ApproximationError error = spec::approximation_error(plan.spec);
    options.stated_error = {error.least, error.greatest};
  }
  if (!plan.shell) return;
  options.expected_march_cycles = plan.shell->march_cycles;
  options.expected_compute_cycles = plan.shell->compute_cycles;
}

}  // namespace cimforge::flows
