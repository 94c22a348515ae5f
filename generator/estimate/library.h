// What the hardware of a macro takes in one library: coefficients that were fitted to real runs.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "generator/estimate/features.h"
#include "generator/plan/tree.h"

namespace cimforge::estimate {

/// A calibrated model; `Library::from_json` makes it, or osu018().
/// How far estimates are off: of ten runs that the model was not fitted to, nine are within these
/// (cross-validation).
struct Spread {
  double area_percent = 0.0;
  double delay_percent = 0.0;
  bool operator==(const Spread&) const = default;
};

struct Library {
  std::string name;  ///< of the library, as its Liberty file has it
  std::string liberty_sha256;
  std::string yosys;  ///< versions of the tools that it was fitted to
  std::string opensta;
  std::string command;  ///< that made it
  int points = 0;       ///< specifications that it was fitted to
  /// Delays that plan the trees, by adder_tree.
  std::array<plan::AdderDelays, tree_count> delays;
  std::array<double, area_term_count> area_um2{};  ///< of one of each term
  std::array<double, delay_term_count> delay_ns{};
  /// Of one of each term in one vector, pJ; empty where no power was measured.
  std::vector<double> energy_pj;
  /// By adder_tree; nothing where the runs were too few to tell.
  std::array<std::optional<Spread>, tree_count> spread{};

  bool operator==(const Library&) const = default;
};

/// Reads a model from the text of a JSON file. Throws base::InputError, `FILE: reason`.
Library parse_library(const std::string& text, const std::string& file);
/// The same from a file. Throws base::InputError.
Library load_library(const std::string& file);
/// The file that parse_library reads.
nlohmann::ordered_json to_json(const Library& library);

/// The model of the default library of `cimforge ppa`, which is kept in the repository.
const Library& osu018();

}  // namespace cimforge::estimate
