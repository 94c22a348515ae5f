// A list of regression tests: TOML with positions -> tests, each with specifications, a command,
// seeds and a time limit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "generator/base/diagnostic.h"

namespace cimforge::flows {

/// One [[test]].
struct RegressionTest {
  std::string name;
  std::vector<std::filesystem::path> specifications;  ///< globs resolved, sorted, each once
  std::string command;                                ///< a name of regression_commands()
  std::vector<std::string> options;      ///< of the command; files relative to the list resolved
  std::vector<std::uint64_t> seeds;      ///< ascending; empty where the command takes none
  bool seeds_are_range = false;          ///< `{ first, count }`: --seeds-from moves them
  std::optional<std::uint64_t> vectors;  ///< of commands that take them
  double time_limit = 600.0;             ///< of one run, s
  bool coverage = false;                 ///< record it; of commands that can
};

struct RegressionList {
  std::string name;
  std::vector<RegressionTest> tests;
};

/// A command that a test may name.
struct RegressionCommand {
  std::string_view name;
  bool takes_seeds = false;  ///< --seed and --vectors
  bool has_coverage = false;
  bool takes_jobs = false;  ///< --jobs
};
const std::vector<RegressionCommand>& regression_commands();
const RegressionCommand& regression_command(std::string_view name);

/// Reads a list. Specifications and the files of options stand relative to `file`, which is also
/// the name in the diagnostics; what exists is looked up on disk. Every mistake is reported, each
/// with its place; the list is set if and only if there is none.
struct RegressionListResult {
  std::optional<RegressionList> list;
  base::Diagnostics diagnostics;
};
RegressionListResult parse_regression_list(std::string_view text,
                                           const std::filesystem::path& file);

/// Options of a test whose files are named by absolute paths, to be used anywhere.
std::vector<std::string> with_absolute_files(std::vector<std::string> options);

/// Reads a file. Throws base::InputError with one line for each mistake.
RegressionList load_regression_list(const std::filesystem::path& file);

}  // namespace cimforge::flows
