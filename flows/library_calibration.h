// The model of a library that estimates are made with, fitted to real runs of Yosys and OpenSTA
// (generator/estimate, docs/estimate.md).
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "generator/estimate/estimate.h"
#include "generator/spec/spec.h"

namespace cimforge::flows {

/// The specifications of a list: one a line, comma-separated, below a line with these names:
/// rows,columns,banks,storage,input,weight,k,tree,pipeline,rows_per_block,mode,output_bits,shift.
/// `file` is for messages. Throws base::InputError, `file:line:column: error: ...`.
std::vector<spec::MacroSpec> parse_points(const std::string& text, const std::string& file);

/// The list that comes with the program.
std::vector<spec::MacroSpec> calibration_points();

/// What a real run measured.
struct Observation {
  spec::MacroSpec spec;
  std::array<double, 3> area_um2{};  ///< of estimate::Part, in the whole macro
  /// The slowest path of each kind that was told, in ns: the period that it needs.
  std::vector<std::pair<estimate::Path, double>> paths;
  double delay_ns = 0.0;            ///< 1000 / fmax_mhz
  std::optional<double> energy_pj;  ///< of a vector, where the power was measured

  [[nodiscard]] double total_um2() const { return area_um2[0] + area_um2[1] + area_um2[2]; }
};

/// What `cimforge ppa --json` told of a specification. Throws nlohmann::json::exception
/// where the JSON is another.
Observation observe(const spec::MacroSpec& spec, const nlohmann::json& json);

/// Names, hashes, versions and adder delays of a model, without coefficients. Throws
/// base::InputError where the library has no adders or no delays.
estimate::Library describe_library(const std::filesystem::path& liberty);

/// Fits the coefficients: no one is negative, the sum of squares of relative errors is the least.
/// Where the observations do not tell two alike terms apart, they are taken to be equal. A path
/// that was not the slowest bounds its kind from above. Energies are fitted where all observations
/// have one.
void fit(estimate::Library& library, const std::vector<Observation>& observations);

/// The least squares solution of rows * x = right with x >= 0. Public for its test.
std::vector<double> non_negative_least_squares(const std::vector<std::vector<double>>& rows,
                                               const std::vector<double>& right);

/// One line of a comparison of estimates with real runs.
struct EstimateError {
  spec::MacroSpec spec;
  double area_um2 = 0.0, estimated_um2 = 0.0;
  double delay_ns = 0.0, estimated_ns = 0.0;
  [[nodiscard]] double area_percent() const { return 100.0 * (estimated_um2 / area_um2 - 1.0); }
  std::optional<double> energy_pj, estimated_pj;
  [[nodiscard]] double delay_percent() const { return 100.0 * (estimated_ns / delay_ns - 1.0); }
  /// Nothing where the power was not measured, or the model has no energies.
  [[nodiscard]] std::optional<double> energy_percent() const {
    if (!energy_pj || !estimated_pj) return std::nullopt;
    return 100.0 * (*estimated_pj / *energy_pj - 1.0);
  }
};
std::vector<EstimateError> compare(const estimate::Library& library,
                                   const std::vector<Observation>& observations);
/// A Markdown table with the largest and the mean errors below it.
std::string to_text(const std::vector<EstimateError>& errors);
nlohmann::ordered_json to_json(const std::vector<EstimateError>& errors);

}  // namespace cimforge::flows
