// Baselines: areas of an earlier run, kept in a repository, and what a new run is next to them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flows/ppa.h"

namespace cimforge::flows {

struct BaselineModule {
  std::string name;
  std::int64_t instances = 0;
  double own_area_um2 = 0.0;
};

/// What is compared, of the JSON of an earlier `cimforge ppa`.
struct Baseline {
  std::string file;  ///< for messages
  std::string specification_sha256;
  std::string yosys_version;
  std::vector<LibraryFile> library;
  double area_um2 = 0.0;
  std::vector<BaselineModule> modules;
};

/// Reads the text of a baseline. Throws base::InputError `FILE: ...` where it is empty, no JSON or
/// lacks something.
Baseline parse_baseline(std::string_view text, const std::string& file);
Baseline load_baseline(const std::filesystem::path& path);

/// One line of the comparison: a module's own area, or the whole macro's.
struct AreaChange {
  std::string name;
  std::optional<double> old_um2;  ///< nothing where the module is new
  std::optional<double> new_um2;  ///< nothing where it is gone

  /// In percent of the old area; nothing where one of the two is missing or the old one is 0.
  [[nodiscard]] std::optional<double> percent() const;
};

struct BaselineComparison {
  std::string file;
  double tolerance_percent = 0.0;
  AreaChange total;
  std::vector<AreaChange> modules;
  std::vector<std::string> regressions;   ///< each a sentence; empty: passed
  std::vector<std::string> improvements;  ///< likewise

  [[nodiscard]] bool passed() const { return regressions.empty(); }
};

/// Compares. A module that is new or gone is a regression; so is an area that grew by more than the
/// tolerance. Throws base::InputError where the two cannot be compared: another specification,
/// another version of Yosys, another library.
BaselineComparison compare_with_baseline(const Baseline& baseline, const PpaResult& result,
                                         double tolerance_percent);

std::string to_text(const BaselineComparison& comparison);
/// Keys: tolerance_percent, passed, total, modules, regressions, improvements.
nlohmann::ordered_json to_json(const BaselineComparison& comparison);
/// A table for a pull request.
std::string to_markdown(const BaselineComparison& comparison);

}  // namespace cimforge::flows
