// What a bench asserts of a macro beside its results: the cycles that were planned.
#pragma once

#include "generator/plan/plan.h"
#include "tb/bench.h"

namespace cimforge::flows {

/// Sets what the options expect: latency, interval, cycles of self-tests, and whether other banks
/// are written at full rate.
void expect_planned(const plan::MacroPlan& plan, tb::BenchOptions& options);

}  // namespace cimforge::flows
