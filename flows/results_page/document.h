// The data of a page of results, as JSON for the page's script. Columns in place of points, and
// each text once, so that ten thousand points stay small.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "flows/results_page/results.h"

namespace cimforge::results_page {

/// Pictures of one point, which need more than its record.
struct Illustrations {
  std::optional<std::size_t> point;  ///< in SweepResults
  std::string waves;                 ///< WaveDrom's JSON; empty: none
  std::string waves_reason;          ///< why there are none
  std::string schematic;             ///< SVG, safe to be put into a page; empty: none
  std::string schematic_reason;      ///< what it shows, or why there is none
  std::string schematic_made_by;     ///< tools and versions
};

/// Room that figures and details may take in the page, in bytes of JSON. What does not fit is left
/// out and named: figures that are no objective from the end of the alphabet, details of the points
/// that are not best.
struct DocumentLimits {
  std::size_t figures = 8'000'000;
  std::size_t details = 3'000'000;
  std::size_t failures = 500;
};

/// Keys: kind, title, version, sha256, counts, commands, objectives, points, columns, left_out,
/// runs, details, coverage, failures, failures_left_out, refusals, illustrations. What each holds
/// is at the function that makes it.
nlohmann::ordered_json sweep_document(const SweepResults& results,
                                      const Illustrations& illustrations,
                                      const DocumentLimits& limits = {});

/// Keys: kind, title, version, sha256, and those of results.json, with runs as columns.
nlohmann::ordered_json regression_document(const RegressionResults& results);

/// The unit in the end of a figure's name, for readers: `µm²` of `ppa.area_um2`; empty where there
/// is none.
std::string unit_of(const std::string& name);

/// The point that a page begins with: the first best one, else the first that is done.
std::optional<std::size_t> first_shown(const SweepResults& results);

}  // namespace cimforge::results_page
