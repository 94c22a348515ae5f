// Code coverage of a Verilated model: what Verilator's coverage files hold, summed, merged and
// counted by module.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cimforge::flows {

/// Points of a coverage file (`# SystemC::Coverage-3`), each with how often it was hit. A point is
/// named by Verilator: file, line, kind and module, comment, joined by control characters.
struct VerilatorCoverage {
  std::map<std::string, std::uint64_t> points;

  /// Reads a file's text; `file` is the name that a message carries. Throws base::ToolError where a
  /// line is not Verilator's.
  static VerilatorCoverage parse(std::string_view text, const std::string& file);
  /// The text of such a file, sorted.
  [[nodiscard]] std::string to_text() const;
  /// Adds the counts of another; a sum stops at the largest number.
  void add(const VerilatorCoverage& other);
};

/// Points hit, of all.
struct PointCount {
  std::uint64_t hit = 0;
  std::uint64_t total = 0;
  /// 0 to 100; 100 where there is none. Rounded down to a tenth, so that 100 means all.
  [[nodiscard]] double percent() const;
  void operator+=(const PointCount& other);
};

/// Of one module: blocks of lines (branches too), and toggles of bits of its signals.
struct ModuleCoverage {
  PointCount lines;
  PointCount toggles;
};

/// Counts the points of each module; the widths that a module was elaborated with
/// (`cim_add_constant__L40_W14`) are one module.
std::map<std::string, ModuleCoverage> coverage_by_module(const VerilatorCoverage& coverage);

/// Merges coverage files by `verilator_coverage --write`, some at a time. The files stand in one
/// directory, where intermediate ones are written. Throws base::ToolError.
VerilatorCoverage merge_coverage_files(const std::filesystem::path& directory,
                                       const std::vector<std::string>& names);

}  // namespace cimforge::flows
