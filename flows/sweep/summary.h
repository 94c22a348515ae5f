// What a sweep found: the figures of each point, the best ones, the failures.
#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "flows/sweep/store.h"
#include "flows/sweep/task.h"

namespace cimforge::sweep {

enum class PointState {
  done,     ///< every command succeeded
  failed,   ///< one did not
  refused,  ///< no macro
  missing,  ///< a command has no result yet
};
const char* to_string(PointState state);

struct PointResult {
  const PlannedPoint* planned = nullptr;
  PointState state = PointState::missing;
  std::map<std::string, Value> figures;           ///< `ppa.area_um2`
  std::vector<std::optional<double>> objectives;  ///< of each of the sweep's, where it has a value
  bool is_best = false;  ///< no other point is as good in all objectives and better in one
};

struct Summary {
  std::string name;
  std::vector<PointResult> points;
  std::size_t done = 0;
  std::size_t failed = 0;
  std::size_t refused = 0;
  std::size_t missing = 0;
  std::vector<std::string> without_value;  ///< objectives that no point has

  [[nodiscard]] std::size_t count(PointState state) const;
};

/// `records` has an element for each task: null where it has no result.
Summary summarise(const Sweep& sweep, const Tasks& tasks,
                  const std::vector<const Record*>& records);

/// Marks the points that no other dominates; those without a value in an objective are not among
/// them. O(n f) for f of n points that are best.
void mark_best(const Sweep& sweep, std::vector<PointResult>& points);

/// docs/sweep.md documents the keys.
nlohmann::ordered_json to_json(const Sweep& sweep, const Tasks& tasks,
                               const std::vector<const Record*>& records, const Summary& summary);
/// One row a point: its values, its state, every figure that is a number, objectives.
std::string to_csv(const Sweep& sweep, const Summary& summary);
/// Counts, the best points, the failures with the command that repeats them.
std::string to_markdown(const Sweep& sweep, const Tasks& tasks,
                        const std::vector<const Record*>& records, const Summary& summary);

/// Writes summary.json, summary.md and points.csv, and for each failure a directory
/// failures/COMMAND-HASH with spec.toml, run.sh, which repeats it, and output.txt. Those of an
/// earlier summary that do not fail any more go.
void write_summary(const Sweep& sweep, const Tasks& tasks,
                   const std::vector<const Record*>& records, const Summary& summary,
                   const Store& store);

}  // namespace cimforge::sweep
