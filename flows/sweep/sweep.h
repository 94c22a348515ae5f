// What a sweep is: axes over keys of a specification and over variables of commands, constraints,
// a sample, commands, objectives. docs/sweep.md documents the file.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flows/sweep/value.h"
#include "generator/base/diagnostic.h"

namespace cimforge::sweep {

/// Names that change together, and their values: `values[i][j]` is the value of `names[j]`. A name
/// is a key of the specification (`array.rows`) or else a variable, which commands use as `{name}`.
struct Axis {
  std::vector<std::string> names;
  std::vector<std::vector<Value>> values;
};

/// A command of cimforge for each point.
struct Command {
  std::string name;                ///< begins the names of its figures: `ppa.area_um2`
  std::vector<std::string> words;  ///< without the specification, with `{name}` in them
  std::chrono::seconds time_limit{3600};
};

struct Objective {
  std::string figure;  ///< an expression over figures of commands, keys and variables
  bool most = false;   ///< else least is best
};

/// Points that are drawn without repetition.
struct Sample {
  std::size_t count = 0;
  std::uint64_t seed = 1;
};

struct Sweep {
  std::string name;
  std::filesystem::path file;  ///< relative paths in the sweep are relative to its directory
  std::string specification;   ///< TOML that the axes change
  std::vector<Axis> axes;
  std::vector<std::string> constraints;
  std::optional<Sample> sample;
  std::vector<Command> commands;
  std::vector<Objective> objectives;
  std::filesystem::path model;   ///< of estimates; empty: the program's own
  bool screens = false;          ///< only points that estimate best run their commands
  bool reads_estimates = false;  ///< in a constraint or an objective
  bool skips_invalid = false;    ///< points that are no macro are left out; else they are failures
};

struct ReadResult {
  std::optional<Sweep> sweep;  ///< set if and only if `diagnostics` is empty
  base::Diagnostics diagnostics;
};

/// Reads the text of a sweep; `file` names it in diagnostics and tells where its files are.
ReadResult read(std::string_view text, const std::filesystem::path& file);

/// Throws base::InputError with one line for each mistake.
Sweep load(const std::filesystem::path& file);

}  // namespace cimforge::sweep
