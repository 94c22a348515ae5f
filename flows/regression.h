// A regression: every test of a list with every seed once, each as a process; coverage of all of
// them; of each test that failed the smallest seed and number of vectors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "flows/job_pool.h"
#include "flows/regression_list.h"
#include "flows/verilator_coverage.h"

namespace cimforge::flows {

/// How a run ended.
enum class Verdict {
  passed,
  failed,  ///< a check failed: exit status 1
  error,   ///< anything else: wrong input, a missing tool, a crash, the time limit
};
const char* to_string(Verdict verdict);

/// One test, one specification, one seed.
struct RegressionRun {
  std::string test;
  std::filesystem::path specification;
  std::optional<std::uint64_t> seed;
  std::vector<std::string> command;  ///< as a user repeats it: `cimforge verify ...`
  Verdict verdict = Verdict::passed;
  double seconds = 0;
  std::string message;                          ///< of what did not pass, one line
  std::string log;                              ///< of what did not pass, what it printed
  std::optional<std::uint64_t> first_mismatch;  ///< the vector that the bench names
};

/// What did not pass, made as small as it gets.
struct RegressionFailure {
  std::size_t run = 0;                   ///< its smallest failing seed, in RegressionResult::runs
  std::string folder;                    ///< in the output directory
  std::optional<std::uint64_t> vectors;  ///< the smallest number that fails, where it was sought
  bool is_smallest = true;               ///< false where a run of the search ended in an error
  bool is_monotone = true;               ///< whether more vectors failed as well, as far as tried
  std::optional<std::uint64_t> first_mismatch;        ///< with so many vectors
  std::vector<std::pair<std::uint64_t, bool>> tried;  ///< vectors, whether they failed
  std::vector<std::string> command;                   ///< to be run in the folder
  std::map<std::string, std::string> files;           ///< in the folder: specification, script, log
};

/// Functional coverage of a specification, over all its runs.
struct FunctionalCoverage {
  std::filesystem::path specification;
  std::size_t runs = 0;
  std::size_t total = 0;            ///< bins
  std::vector<std::string> missed;  ///< that no run hit
};

struct RegressionResult {
  std::string name;
  std::vector<RegressionRun> runs;  ///< in the order of the list; those that were finished
  std::size_t planned = 0;
  bool is_complete = false;  ///< false after an interrupt
  double seconds = 0;
  std::vector<RegressionFailure> failures;
  std::vector<FunctionalCoverage> functional;
  std::size_t coverage_runs = 0;  ///< that recorded code coverage
  VerilatorCoverage coverage;     ///< merged; empty after an interrupt

  [[nodiscard]] std::size_t count(Verdict verdict) const;
};

struct RegressionOptions {
  std::filesystem::path program;  ///< this one
  int jobs = 1;                   ///< processes at once
  JobRunner runner;               ///< runs them
  std::string filter;             ///< regular expression on `test specification`; empty: all
  std::optional<std::uint64_t> seeds_from;  ///< where ranges of seeds begin
  std::size_t reductions = 20;              ///< failures that are made smaller, the first so many
  /// Called with each run that has ended, one at a time.
  std::function<void(const RegressionRun& run, std::size_t done, std::size_t total,
                     std::size_t failed)>
      on_run;
};

/// Runs a list. Throws base::InputError for a filter that is no regular expression or selects
/// nothing. After an interrupt it returns what is finished.
RegressionResult run_regression(const RegressionList& list, const RegressionOptions& options);

/// Words as a line of a shell.
std::string command_line(const std::vector<std::string>& words);

}  // namespace cimforge::flows
