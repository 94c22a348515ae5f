// Bench of a logic macro: every operation at every width, back-to-back and under every traffic,
// compared with the golden model and with the cycles that the documents promise.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "generator/spec/spec.h"
#include "tb/coverage.h"
#include "tb/driver.h"
#include "tb/dut.hpp"

namespace cimforge::tb {

struct LogicBenchOptions {
  std::uint64_t results = 1000;  ///< to compare, besides those of the corners
  std::uint64_t seed = 1;
  std::string trace_file;  ///< FST file, or empty
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
  std::function<void()> interrupt;  ///< called often; may throw to end the run
};

struct LogicBenchResult {
  std::uint64_t operations = 0;
  std::uint64_t results = 0;     ///< compared
  std::uint64_t mismatches = 0;  ///< of them
  std::uint64_t cycles = 0;
  std::uint64_t seed = 0;
  double seconds = 0;
  std::vector<Finding> findings;
  CoverageReport coverage;
  [[nodiscard]] bool passed() const { return mismatches == 0 && findings.empty(); }
};

/// A model that breaks a rule, hangs or stops itself is told in the result.
LogicBenchResult run_logic_bench(const spec::MacroSpec& spec, const DutFactory& factory,
                                 const LogicBenchOptions& options);

nlohmann::ordered_json to_json(const LogicBenchResult& result);
/// A few lines for a terminal, the last without a newline.
std::string to_text(const LogicBenchResult& result);

}  // namespace cimforge::tb
