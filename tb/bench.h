// Bench: compares a macro with the golden model under every kind of traffic, and holds it to the
// contract of its ports.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "generator/spec/spec.h"
#include "tb/coverage.h"
#include "tb/driver.h"
#include "tb/dut.hpp"
#include "tb/float_errors.h"
#include "tb/scoreboard.h"
#include "tb/sum_errors.h"

namespace cimforge::tb {

struct BenchOptions {
  std::uint64_t vectors =
      1000;  ///< results to compare; more where corners and exhaustive parts are
  std::uint64_t seed = 1;
  int jobs = 1;            ///< threads, each with models of its own
  std::string trace_file;  ///< FST file, or empty; a run with a trace has one thread
  /// Cycles from the edge that accepts a vector to the first edge that sees out_valid_o high, with
  /// an idle macro; asserted where it is given.
  std::optional<int> expected_latency;
  /// Cycles from one accepted vector to the next at full rate; asserted where it is given.
  std::optional<int> expected_interval;
  /// Cycles of a march test and of a compute self-test, from rest; asserted where they are given.
  std::optional<std::int64_t> expected_march_cycles;
  std::optional<std::int64_t> expected_compute_cycles;
  /// Whether other banks take a row of weights every cycle while one computes at full rate
  /// (docs/banks.md); asserted where it is true and there are several banks.
  bool expect_concurrent_update = false;
  /// The least and the greatest error of a sum of an approximate macro, before the output mode;
  /// asserted where they are given.
  std::optional<std::pair<std::int64_t, std::int64_t>> stated_error;
  /// Called now and then by the thread that called run_bench, with results compared and planned.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
  /// Called often by the same thread; may throw to end the run.
  std::function<void()> interrupt;
};

/// The outcome; all but `seconds` depends on the specification, the model, `vectors` and `seed`
/// alone.
struct BenchResult {
  std::uint64_t vectors = 0;     ///< results compared
  std::uint64_t mismatches = 0;  ///< of them, how many differ
  std::uint64_t cycles = 0;
  std::uint64_t seed = 0;
  double seconds = 0;
  std::optional<Mismatch> first_mismatch;
  std::vector<Finding> findings;
  std::optional<std::pair<int, int>> latency;   ///< least and greatest found, in cycles
  std::optional<std::pair<int, int>> interval;  ///< likewise, between vectors at full rate
  SelfTestCycles self_test;                     ///< of a macro that tests itself
  CoverageReport coverage;
  std::optional<FloatErrorParts> errors;  ///< of a floating macro
  std::optional<SumErrors> sum_errors;    ///< of an approximate one

  [[nodiscard]] bool passed() const { return mismatches == 0 && findings.empty(); }
  [[nodiscard]] double cycles_per_second() const {
    return seconds > 0 ? static_cast<double>(cycles) / seconds : 0;
  }
};

/// Runs the bench on models of one macro. A model that breaks a rule, hangs or stops itself is told
/// in the result; what the factory throws when it makes a model, and what the callbacks throw, ends
/// the run.
BenchResult run_bench(const spec::MacroSpec& spec, const DutFactory& factory,
                      const BenchOptions& options);

/// Keys passed, vectors, mismatches, cycles, cycles_per_second, seed, first_mismatch (or null),
/// findings, latency, interval, coverage; of a floating macro error, of an approximate one
/// sum_error.
nlohmann::ordered_json to_json(const BenchResult& result);

/// A few lines for a terminal, the last without a newline. The seed is always told.
std::string to_text(const BenchResult& result);

}  // namespace cimforge::tb
