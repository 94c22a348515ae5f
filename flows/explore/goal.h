// What is looked for: a system of equal macros that stores and computes at least so much, with the
// least area or energy; and the space it is looked for in. docs/explore.md documents the file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flows/sweep/sweep.h"
#include "generator/base/diagnostic.h"

namespace cimforge::explore {

/// What is to be least.
enum class Aim {
  area,     ///< of all macros
  energy,   ///< of an operation
  macros,   ///< so many
  latency,  ///< from a vector to its result
};
inline constexpr std::size_t aim_count = 4;
inline constexpr std::array<std::string_view, aim_count> aim_names = {"area", "energy", "macros",
                                                                      "latency"};
inline constexpr std::array<std::string_view, aim_count> aim_units = {"mm2", "pJ/op", "", "ns"};

/// How the space is searched: every point of it, or by NSGA-II.
enum class Method { automatic, all, nsga2 };

struct Goal {
  std::string name;
  std::filesystem::path file;
  std::string specification;      ///< TOML that the axes change
  std::vector<sweep::Axis> axes;  ///< of keys; the usual ones where the file has none

  double storage_mb = 0.0;       ///< at least; of weights, 2^20 bytes
  double throughput_gops = 0.0;  ///< at least; a multiplication and an addition are two operations
  std::vector<Aim> least;
  /// At most; infinite where nothing is asked.
  double clock_mhz = std::numeric_limits<double>::infinity();
  double area_mm2 = std::numeric_limits<double>::infinity();
  double energy_pj = std::numeric_limits<double>::infinity();  ///< of an operation
  double latency_ns = std::numeric_limits<double>::infinity();
  std::int64_t macros = std::numeric_limits<std::int64_t>::max();

  Method method = Method::automatic;
  std::uint64_t evaluations = 200'000;  ///< of NSGA-II
  std::uint64_t seed = 1;
};

struct ReadResult {
  std::optional<Goal> goal;  ///< set if and only if `diagnostics` is empty
  base::Diagnostics diagnostics;
};

/// Reads the text of a goal; `file` names it in diagnostics and tells where its files are.
ReadResult read(std::string_view text, const std::filesystem::path& file);

/// Throws base::InputError with one line for each mistake.
Goal load(const std::filesystem::path& file);

}  // namespace cimforge::explore
