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
  /// Delay of Path::word_line where it was measured, by rows and banks: a decoder is what the tools
  /// make of it, and no smooth function of either. Elsewhere the terms of delay_ns stand for it.
  std::map<std::pair<int, int>, double> word_line_ns;
  /// Of one of each term in one vector, pJ; empty where no power was measured.
  std::vector<double> energy_pj;

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
