// Directories of results without a run of any tool: points of two axes with figures, areas, paths,
// coverage and failures by a formula.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace cimforge::tests {

struct Synthetic {
  std::size_t points = 60;
  std::size_t figures = 40;       ///< beside those with a meaning
  std::size_t failing_every = 7;  ///< 0: none
};

/// Writes the directory as `cimforge sweep` would: marker, records, results, summary.
void write_sweep(const std::filesystem::path& directory, const Synthetic& options);

/// Writes results.json as `cimforge regress` would, with a failure.
void write_regression(const std::filesystem::path& directory);

/// An encoded specification that waves can be drawn of.
std::string synthetic_specification(int rows, int columns);

}  // namespace cimforge::tests
