// What stands in a directory of results: of a sweep or of a regression, read and checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "flows/sweep/store.h"

namespace cimforge::results_page {

enum class DirectoryKind {
  sweep,       ///< has the marker of `cimforge sweep`
  regression,  ///< has the manifest of `cimforge regress`
  other,
};
DirectoryKind kind_of(const std::filesystem::path& directory);

/// A module of a mapped macro, as `ppa` tells it.
struct AreaModule {
  std::string name;
  std::int64_t instances = 1;
  double area_um2 = 0.0;             ///< of all its instances, without the modules in them
  double sequential_area_um2 = 0.0;  ///< of these: flip-flops and latches
};

/// The worst path of a group, as `ppa` tells it.
struct PathGroup {
  std::string kind;
  double delay_ns = 0.0;
  double slack_ns = 0.0;
};

/// A device under one condition, as `study` tells it.
struct AccuracyCase {
  std::string device;
  bool is_ideal = false;
  std::optional<double> seconds;
  std::optional<double> celsius;
  double accuracy = 0.0;
};

/// A run of a command, whose result any number of points may share.
struct Run {
  std::string command;  ///< its name in the sweep
  std::string hash;
  std::string end;  ///< `exit status 0`; `missing` where it has no result
  std::optional<sweep::Record> record;
  // What the command's whole JSON has beside the figures.
  std::vector<AreaModule> modules;
  std::vector<PathGroup> paths;
  std::vector<AccuracyCase> cases;
  std::optional<std::vector<std::string>> missed_bins;  ///< where it has coverage
};

struct ResultPoint {
  std::uint64_t number = 0;
  std::string state;  ///< `done`, `failed`, `refused`, `missing`
  bool is_best = false;
  std::string refusal;
  std::map<std::string, sweep::Value> values;   ///< of axes
  std::map<std::string, sweep::Value> figures;  ///< `ppa.area_um2`
  std::vector<std::optional<double>> objectives;
  std::vector<std::size_t> runs;
};

struct SweepCommand {
  std::string name;
  std::vector<std::string> words;
};

struct SweepObjective {
  std::string figure;
  bool most = false;
};

struct SweepResults {
  std::string name;
  std::string sha256;  ///< of summary.json, from which the points come
  std::vector<SweepCommand> commands;
  std::vector<SweepObjective> objectives;
  std::vector<ResultPoint> points;
  std::vector<Run> runs;  ///< each once, in the order of the points
};

/// Reads the summary, each record that it names, and what is wanted of the commands' JSON. Throws
/// base::InputError with one message: no summary yet, a summary without points, a file that was cut
/// short, a record that the summary has and the directory has not.
SweepResults read_sweep(const std::filesystem::path& directory);

struct RegressionResults {
  std::string sha256;           ///< of results.json
  nlohmann::ordered_json json;  ///< docs/regress.md
};

/// Throws base::InputError where the file is cut short or not what `cimforge regress` writes.
RegressionResults read_regression(const std::filesystem::path& directory);

}  // namespace cimforge::results_page
