// The tasks of a sweep: a command on a specification, under the hash of all that its result depends
// on.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "flows/sweep/points.h"
#include "flows/sweep/sweep.h"
#include "generator/spec/spec.h"

namespace cimforge::sweep {

struct Task {
  std::string hash;
  std::string command;             ///< its name in the sweep
  std::vector<std::string> words;  ///< with `SPEC` for the specification
  std::size_t specification = 0;   ///< in Tasks
  std::chrono::seconds time_limit{3600};
  std::map<std::string, std::string> tools;
};

/// A point and its tasks; none where it is no macro.
struct PlannedPoint {
  Point point;
  std::vector<std::size_t> tasks;          ///< in the order of the sweep's commands
  std::string refusal;                     ///< why it is no macro
  std::map<std::string, Value> estimates;  ///< where the sweep reads them and there are some
};

struct Tasks {
  std::vector<PlannedPoint> points;
  std::vector<Task> tasks;                  ///< each hash once, in the order of the points
  std::vector<std::string> specifications;  ///< canonical TOML, each once
  std::size_t refused = 0;                  ///< points that are no macro
};

/// Plans the tasks of points. `program` is the executable of cimforge, whose contents count in
/// every hash; so do the versions of the tools of a command, and the contents of files that its
/// words or the specification name. Throws ToolError where a tool is missing.
Tasks plan_tasks(const Sweep& sweep, const std::vector<Point>& points,
                 const std::filesystem::path& program,
                 const std::function<void()>& check_interrupt);

/// One command on specifications, without a sweep: `words` have no `{name}`; files that they name
/// are relative to `directory`.
Tasks plan_tasks(const std::vector<spec::MacroSpec>& specifications, const Command& command,
                 const std::filesystem::path& directory, const std::filesystem::path& program);

/// A hash over everything that the result of a task depends on: 32 hexadecimal digits.
std::string hash_of(const std::string& specification, const std::vector<std::string>& words,
                    const std::map<std::string, std::string>& tools,
                    const std::map<std::string, std::string>& files);

}  // namespace cimforge::sweep
