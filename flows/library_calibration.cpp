#include "flows/library_calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "flows/adder_delays.h"
#include "flows/cell_library.h"
#include "flows/tools.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/base/hash.h"
#include "generator/plan/plan.h"
#include "generator/spec/parse.h"

namespace cimforge::flows {

const std::map<std::string, std::string>& calibration_lists();  // from cimforge_embed

namespace {

using estimate::Part;
using estimate::Path;

constexpr std::string_view point_header =
    "rows,columns,banks,storage,input,weight,k,tree,pipeline,rows_per_block,mode,output_bits,shift";
constexpr std::size_t point_fields = 13;

std::size_t index(Part part) {
  return static_cast<std::size_t>(part);
}

std::string toml_of(const std::vector<std::string>& f) {
  std::string text = fmt::format(
      "name = \"macro\"\nkind = \"digital\"\n[array]\nrows = {}\ncolumns = {}\nbanks = {}\n"
      "storage = \"{}\"\n[operands]\ninput = \"{}\"\nweight = \"{}\"\n[compute]\n"
      "input_bits_per_cycle = {}\nadder_tree = \"{}\"\npipeline_stages = {}\n"
      "rows_per_block = {}\n[output]\nmode = \"{}\"\n",
      f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9], f[10]);
  return text + fmt::format("bits = {}\nshift = {}\n", f[11], f[12]);
}

/// What a module is in the hierarchy.
Part part_of(const std::string& module, const std::string& top) {
  return module == top ? Part::top : module == top + "_slice" ? Part::slice : Part::block;
}

/// The kind of the paths between two classes of registers (flows/ppa.cpp); nothing where no
/// estimate needs it. Without ranks there are no paths between them, and the sequencer's step tells
/// the first.
std::optional<Path> kind_of(const std::string& from, const std::string& to, bool has_ranks) {
  const bool from_column = from == "column" || from == "accumulator";
  const bool to_column = to == "column" || to == "accumulator";
  if (from == "storage") return std::nullopt;
  if (to == "storage") return from_column ? std::nullopt : std::optional(Path::row_enable);
  if (!to_column) return from_column ? std::nullopt : std::optional(Path::control);
  if (from == "operands") return Path::first;
  if (from == "first step" || (from == "control" && !has_ranks)) return Path::accumulate;
  if (from == "column" && has_ranks) return Path::later;
  return std::nullopt;
}

template <typename Terms>
std::size_t term(const Terms& terms, std::string_view name) {
  const auto found =
      std::find_if(terms.begin(), terms.end(), [&](const auto& each) { return each.name == name; });
  return static_cast<std::size_t>(found - terms.begin());
}

struct Tie {
  std::string_view term, like;
};

/// Terms that are the same cells at another place.
constexpr std::array area_ties = {
    Tie{"full_adder_area", "full_adder_fixed"},
    Tie{"full_adder_balanced", "full_adder_area"},
    Tie{"full_adder_speed", "full_adder_balanced"},
    Tie{"half_adder_area", "half_adder_fixed"},
    Tie{"half_adder_balanced", "half_adder_area"},
    Tie{"half_adder_speed", "half_adder_balanced"},
    Tie{"shared_mux_2", "bank_mux_2"},
    Tie{"shared_mux_3", "bank_mux_3"},
    Tie{"shared_mux_4", "bank_mux_4"},
    Tie{"shared_mux_more", "bank_mux_more"},
    Tie{"bank_mux_2_speed", "bank_mux_2"},
    Tie{"bank_mux_3_speed", "bank_mux_3"},
    Tie{"bank_mux_4_speed", "bank_mux_4"},
    Tie{"bank_mux_more_speed", "bank_mux_more"},
    Tie{"shared_mux_2_speed", "shared_mux_2"},
    Tie{"shared_mux_3_speed", "shared_mux_3"},
    Tie{"shared_mux_4_speed", "shared_mux_4"},
    Tie{"shared_mux_more_speed", "shared_mux_more"},
    Tie{"flop_bit_speed", "flop_bit"},
    Tie{"slice_full_adder", "full_adder_fixed"},
    Tie{"slice_half_adder", "half_adder_fixed"},
    Tie{"accumulator_full_adder", "full_adder_fixed"},
    Tie{"accumulator_half_adder", "half_adder_fixed"},
    Tie{"product_plain_balanced", "product_plain_area"},
    Tie{"product_plain_speed", "product_plain_balanced"},
    Tie{"product_negative_balanced", "product_negative_area"},
    Tie{"product_negative_speed", "product_negative_balanced"},
    Tie{"product_plain_area", "product_negative_fixed"},
    Tie{"product_negative_area", "product_plain_fixed"},
    Tie{"product_plain_loop", "product_plain_fixed"},
    Tie{"product_negative_loop", "product_negative_fixed"},
    Tie{"loop_full_adder", "full_adder_fixed"},
    Tie{"loop_half_adder", "half_adder_fixed"},
    Tie{"slice_register", "block_register"},
    Tie{"accumulator_bit", "block_register"},
    Tie{"result_bit", "block_register"},
    Tie{"write_buffer_bit", "block_register"},
    Tie{"input_bit", "block_register"},
    Tie{"flop_bit", "block_register"},
    Tie{"digit_area", "digit_fixed"},
    Tie{"digit_balanced", "digit_fixed"},
    Tie{"digit_speed", "digit_fixed"},
    Tie{"digit_loop", "digit_fixed"},
};
constexpr std::array delay_ties = {
    Tie{"first_bank_levels", "first_digit_levels"},
    Tie{"accumulate_levels", "first_digit_levels"},
    Tie{"row_enable_levels", "first_digit_levels"},
    Tie{"control_levels", "first_digit_levels"},
    Tie{"first_bank_loads", "first_digit_loads"},
    Tie{"accumulate_loads", "first_digit_loads"},
    Tie{"row_enable_loads", "first_digit_loads"},
    Tie{"control_loads", "first_digit_loads"},
    Tie{"first_units_area", "first_units_fixed"},
    Tie{"first_units_balanced", "first_units_fixed"},
    Tie{"first_units_speed", "first_units_balanced"},
    Tie{"first_loop_units", "first_units_fixed"},
    Tie{"later_units", "first_units_fixed"},
    Tie{"later_units_balanced", "first_units_balanced"},
    Tie{"later_units_speed", "first_units_speed"},
    Tie{"accumulate_units", "first_units_fixed"},
    Tie{"accumulate_units_balanced", "first_units_balanced"},
    Tie{"first_saturates", "accumulate_saturates"},
    Tie{"later_saturates", "accumulate_saturates"},
    Tie{"first_saturates_signed", "accumulate_saturates_signed"},
    Tie{"later_saturates_signed", "accumulate_saturates_signed"},
    Tie{"later", "first"},
    Tie{"accumulate", "first"},
};

/// A linear system to be solved by least squares.
struct System {
  std::vector<std::vector<double>> rows;
  std::vector<double> right;
  void add(std::vector<double> row, double value) {
    rows.push_back(std::move(row));
    right.push_back(value);
  }
};

/// Draws alike terms together, so weakly that it only counts where the observations do not tell.
template <typename Terms, typename Ties>
void add_ties(System& system, const Terms& terms, const Ties& ties) {
  constexpr double strength = 0.02;  // of 0.001 to 0.05 the best by a little, cross-validated
  std::vector<double> sizes(terms.size(), 0.0);
  for (const auto& row : system.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) sizes[i] += row[i] * row[i];
  }
  for (const Tie& tie : ties) {
    const std::size_t a = term(terms, tie.term);
    const std::size_t b = term(terms, tie.like);
    // In the size of the terms' own part of an observation; one that never occurs follows the
    // other.
    const double size =
        std::sqrt(sizes[a] > 0.0 ? std::min(sizes[a], sizes[b] > 0.0 ? sizes[b] : sizes[a])
                                 : std::max(sizes[b], 1e-12));
    std::vector<double> row(terms.size(), 0.0);
    row[a] = strength * size;
    row[b] = -strength * size;
    system.add(std::move(row), 0.0);
  }
}

void fit_area(estimate::Library& library, const std::vector<Observation>& observations,
              const std::vector<estimate::Features>& features) {
  System system;
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const Observation& observation = observations[i];
    const double weight = 1.0 / observation.total_um2();
    // Trees for time are dissolved into their column, and there is no telling its parts apart.
    const bool dissolved = observation.spec.adder_tree >= spec::AdderTree::balanced;
    const auto add = [&](std::initializer_list<Part> parts) {
      std::vector<double> row(estimate::area_term_count, 0.0);
      double area = 0.0;
      for (const Part part : parts) {
        area += observation.area_um2[index(part)];
        for (std::size_t t = 0; t < row.size(); ++t) {
          if (estimate::area_terms[t].part == part) row[t] = features[i].area[t] * weight;
        }
      }
      system.add(std::move(row), area * weight);
    };
    if (dissolved) {
      add({Part::block, Part::slice});
    } else {
      add({Part::block});
      add({Part::slice});
    }
    add({Part::top});
  }
  add_ties(system, estimate::area_terms, area_ties);
  const std::vector<double> solution = non_negative_least_squares(system.rows, system.right);
  std::copy(solution.begin(), solution.end(), library.area_um2.begin());
}

/// The terms of one kind of path.
std::vector<double> path_row(const estimate::Features& features, Path path, double weight) {
  std::vector<double> row(estimate::delay_term_count, 0.0);
  for (std::size_t t = 0; t < row.size(); ++t) {
    if (estimate::delay_terms[t].path == path) row[t] = features.delay[t] * weight;
  }
  return row;
}

void fit_delay(estimate::Library& library, const std::vector<Observation>& observations,
               const std::vector<estimate::Features>& features) {
  System system;
  for (std::size_t i = 0; i < observations.size(); ++i) {
    for (const auto& [path, period] : observations[i].paths) {
      system.add(path_row(features[i], path, 1.0 / period), 1.0);
    }
  }
  add_ties(system, estimate::delay_terms, delay_ties);
  const std::vector<double> solution = non_negative_least_squares(system.rows, system.right);
  std::copy(solution.begin(), solution.end(), library.delay_ns.begin());
}

void fit_energy(estimate::Library& library, const std::vector<Observation>& observations,
                const std::vector<estimate::Features>& features) {
  library.energy_pj.clear();
  System system;
  for (std::size_t i = 0; i < observations.size(); ++i) {
    if (!observations[i].energy_pj) return;
    const double weight = 1.0 / *observations[i].energy_pj;
    std::vector<double> row(features[i].energy.begin(), features[i].energy.end());
    for (double& each : row) each *= weight;
    system.add(std::move(row), 1.0);
  }
  library.energy_pj = non_negative_least_squares(system.rows, system.right);
}

}  // namespace

std::vector<spec::MacroSpec> parse_points(const std::string& text, const std::string& file) {
  std::vector<spec::MacroSpec> points;
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (number == 1) {
      if (line != point_header) {
        throw base::InputError(
            fmt::format("{}:1:1: error: the names \"{}\" are expected", file, point_header));
      }
      continue;
    }
    if (line.empty()) continue;
    std::vector<std::string> fields;
    std::istringstream words(line);
    for (std::string field; std::getline(words, field, ',');) fields.push_back(field);
    if (fields.size() != point_fields) {
      throw base::InputError(fmt::format("{}:{}:1: error: {} fields are expected, got {}", file,
                                         number, point_fields, fields.size()));
    }
    const spec::ParseResult parsed = spec::parse(toml_of(fields), file);
    if (!parsed.spec) {
      throw base::InputError(
          fmt::format("{}:{}:1: error: {}", file, number, parsed.diagnostics.front().message));
    }
    if (const auto reason = estimate::not_covered(*parsed.spec)) {
      throw base::InputError(
          fmt::format("{}:{}:1: error: {} cannot be estimated", file, number, *reason));
    }
    points.push_back(*parsed.spec);
  }
  if (points.empty()) throw base::InputError(fmt::format("{}: has no specifications", file));
  return points;
}

std::vector<spec::MacroSpec> calibration_points() {
  return parse_points(calibration_lists().at("calibration.csv"), "calibration.csv");
}

Observation observe(const spec::MacroSpec& spec, const nlohmann::json& json) {
  Observation observation;
  observation.spec = spec;
  const std::string top = json.at("name").get<std::string>();
  for (const nlohmann::json& module : json.at("modules")) {
    observation.area_um2[index(part_of(module.at("name").get<std::string>(), top))] +=
        module.at("total_own_area_um2").get<double>();
  }
  observation.delay_ns = 1000.0 / json.at("fmax_mhz").get<double>();
  std::map<Path, double> slowest;
  const auto saw = [&](Path path, double period) {
    slowest[path] = std::max(slowest[path], period);
  };
  for (const nlohmann::json& stage : json.at("timing").at("stages")) {
    const std::string from = stage.at("from").get<std::string>();
    const auto kind = kind_of(from, stage.at("to").get<std::string>(), spec.pipeline_stages > 0);
    if (kind) saw(*kind, stage.at("period_ns").get<double>());
  }
  for (const nlohmann::json& path : json.at("timing").at("setup_paths")) {
    if (path.at("kind") == "enable of a clock gate") {
      saw(Path::word_line, path.at("period_ns").get<double>());
    }
  }
  observation.paths.assign(slowest.begin(), slowest.end());
  if (json.contains("energy_per_mvm_pj")) {
    observation.energy_pj = json.at("energy_per_mvm_pj").get<double>();
  }
  return observation;
}

estimate::Library describe_library(const std::filesystem::path& liberty) {
  const CellLibrary cells = load_cell_library({liberty});
  estimate::Library library;
  library.name = cells.files.front().library;
  library.liberty_sha256 = base::sha256(base::read_file(liberty));
  library.yosys = find_tool(ToolId::yosys).version;
  library.opensta = find_tool(ToolId::sta).version;
  for (std::size_t tree = 0; tree < estimate::tree_count; ++tree) {
    const auto delays = adder_delays(cells, static_cast<spec::AdderTree>(tree));
    if (!delays) {
      throw base::InputError(fmt::format(
          "{}: has no adders, or no delays of them: nothing to calibrate", liberty.string()));
    }
    library.delays[tree] = delays->delays;
  }
  return library;
}

namespace {

void fit_terms(estimate::Library& library, const std::vector<Observation>& observations) {
  estimate::Estimator estimator(library);
  std::vector<estimate::Features> features;
  features.reserve(observations.size());
  for (const Observation& observation : observations) {
    features.push_back(estimator.features(observation.spec));
  }
  fit_area(library, observations, features);
  fit_delay(library, observations, features);
  fit_energy(library, observations, features);
}

/// The value that nine of ten are not above.
double nine_in_ten(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() * 9 / 10];
}

/// Cross-validation: each tenth is estimated by what is fitted to the others.
void tell_spread(estimate::Library& library, const std::vector<Observation>& observations) {
  constexpr std::size_t folds = 10;
  constexpr std::size_t least_runs = 20;  // of a tree
  std::map<spec::AdderTree, std::vector<EstimateError>> errors;
  for (std::size_t fold = 0; fold < folds; ++fold) {
    std::vector<Observation> left_out;
    std::vector<Observation> others;
    for (std::size_t i = 0; i < observations.size(); ++i) {
      (i % folds == fold ? left_out : others).push_back(observations[i]);
    }
    if (left_out.empty() || others.empty()) continue;
    estimate::Library fitted = library;
    fit_terms(fitted, others);
    for (const EstimateError& error : compare(fitted, left_out)) {
      errors[error.spec.adder_tree].push_back(error);
    }
  }
  library.spread = {};
  for (const auto& [tree, of_tree] : errors) {
    if (of_tree.size() < least_runs) continue;
    std::vector<double> areas;
    std::vector<double> delays;
    for (const EstimateError& error : of_tree) {
      areas.push_back(std::abs(error.area_percent()));
      delays.push_back(std::abs(error.delay_percent()));
    }
    library.spread[static_cast<std::size_t>(tree)] =
        estimate::Spread{nine_in_ten(areas), nine_in_ten(delays)};
  }
}

}  // namespace

void fit(estimate::Library& library, const std::vector<Observation>& observations) {
  tell_spread(library, observations);
  fit_terms(library, observations);
  library.points = static_cast<int>(observations.size());
}

std::vector<double> non_negative_least_squares(const std::vector<std::vector<double>>& rows,
                                               const std::vector<double>& right) {
  if (rows.empty()) return {};
  const std::size_t terms = rows.front().size();
  // Columns of length one: terms of a flip-flop and of a whole macro are equally easy to move.
  std::vector<double> sizes(terms, 0.0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < terms; ++i) sizes[i] += row[i] * row[i];
  }
  for (double& size : sizes) size = std::sqrt(size);
  std::vector<std::vector<double>> normal(terms, std::vector<double>(terms, 0.0));
  std::vector<double> goal(terms, 0.0);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t i = 0; i < terms; ++i) {
      if (rows[r][i] == 0.0) continue;
      const double value = rows[r][i] / sizes[i];
      goal[i] += value * right[r];
      for (std::size_t j = 0; j < terms; ++j) {
        if (rows[r][j] != 0.0) normal[i][j] += value * rows[r][j] / sizes[j];
      }
    }
  }
  // One coordinate after the other to its least; the sum is convex, so that they come to rest at
  // the least of all.
  constexpr int most_sweeps = 200'000;
  constexpr double rest = 1e-12;
  std::vector<double> solution(terms, 0.0);
  for (int sweep = 0; sweep < most_sweeps; ++sweep) {
    double moved = 0.0;
    for (std::size_t i = 0; i < terms; ++i) {
      if (sizes[i] == 0.0) continue;
      double gradient = goal[i];
      for (std::size_t j = 0; j < terms; ++j) gradient -= normal[i][j] * solution[j];
      const double next = std::max(0.0, solution[i] + gradient / normal[i][i]);
      moved = std::max(moved, std::abs(next - solution[i]));
      solution[i] = next;
    }
    if (moved < rest) break;
  }
  for (std::size_t i = 0; i < terms; ++i)
    solution[i] = sizes[i] == 0.0 ? 0.0 : solution[i] / sizes[i];
  return solution;
}

std::vector<EstimateError> compare(const estimate::Library& library,
                                   const std::vector<Observation>& observations) {
  estimate::Estimator estimator(library);
  std::vector<EstimateError> errors;
  errors.reserve(observations.size());
  for (const Observation& observation : observations) {
    const estimate::Estimate estimated = estimator(observation.spec);
    errors.push_back({observation.spec, observation.total_um2(), estimated.area_um2,
                      observation.delay_ns, estimated.delay_ns, observation.energy_pj,
                      estimated.energy_per_vector_pj});
  }
  return errors;
}

namespace {

std::string describe(const spec::MacroSpec& spec) {
  std::string output = spec::to_string(spec.output_mode);
  if (spec.output_bits > 0) output += fmt::format(" {}", spec.output_bits);
  if (spec.output_shift > 0) output += fmt::format(" >> {}", spec.output_shift);
  return fmt::format("{} x {} x {} | {} | {} x {} | {} | {} | {} | {}", spec.rows, spec.columns,
                     spec.banks, spec::to_string(spec.storage), spec.input.name(),
                     spec.weight.name(), spec.input_bits_per_cycle,
                     spec::to_string(spec.adder_tree), spec.pipeline_stages, output);
}

/// Largest and mean of absolute values.
struct Spread {
  double largest = 0.0, mean = 0.0;
};

/// Of the values that are there.
template <typename Value>
std::optional<Spread> spread_of(const std::vector<EstimateError>& errors, Value value) {
  Spread spread;
  std::size_t count = 0;
  for (const EstimateError& error : errors) {
    const std::optional<double> known = value(error);
    if (!known) continue;
    spread.largest = std::max(spread.largest, std::abs(*known));
    spread.mean += std::abs(*known);
    ++count;
  }
  if (count == 0) return std::nullopt;
  spread.mean /= static_cast<double>(count);
  return spread;
}

}  // namespace

std::string to_text(const std::vector<EstimateError>& errors) {
  const auto energy = spread_of(errors, [](const auto& error) { return error.energy_percent(); });
  std::string text = fmt::format(
      "| rows x columns x banks | storage | operands | k | tree | P | result | um2 | estimate | "
      "error | ns | estimate | error "
      "|{}\n|---|---|---|---|---|---|---|---|---|---|---|---|---|{}\n",
      energy ? " pJ | estimate | error |" : "", energy ? "---|---|---|" : "");
  for (const EstimateError& error : errors) {
    text +=
        fmt::format("| {} | {:.0f} | {:.0f} | {:+.2f} % | {:.3f} | {:.3f} | {:+.1f} % |",
                    describe(error.spec), error.area_um2, error.estimated_um2, error.area_percent(),
                    error.delay_ns, error.estimated_ns, error.delay_percent());
    if (energy) {
      text += error.energy_percent()
                  ? fmt::format(" {:.4g} | {:.4g} | {:+.1f} % |", *error.energy_pj,
                                *error.estimated_pj, *error.energy_percent())
                  : " | | |";
    }
    text += '\n';
  }
  const auto area = spread_of(
      errors, [](const auto& error) { return std::optional<double>(error.area_percent()); });
  const auto delay = spread_of(
      errors, [](const auto& error) { return std::optional<double>(error.delay_percent()); });
  text += fmt::format("\n{} specifications", errors.size());
  if (area)
    text += fmt::format(": area within {:.2f} % (mean {:.2f} %)", area->largest, area->mean);
  if (delay)
    text += fmt::format(", delay within {:.1f} % (mean {:.1f} %)", delay->largest, delay->mean);
  if (energy) {
    text += fmt::format(", energy within {:.1f} % (mean {:.1f} %)", energy->largest, energy->mean);
  }
  return text + '\n';
}

nlohmann::ordered_json to_json(const std::vector<EstimateError>& errors) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const EstimateError& error : errors) {
    list.push_back({{"specification", describe(error.spec)},
                    {"area_um2", error.area_um2},
                    {"estimated_area_um2", error.estimated_um2},
                    {"area_percent", error.area_percent()},
                    {"delay_ns", error.delay_ns},
                    {"estimated_delay_ns", error.estimated_ns},
                    {"delay_percent", error.delay_percent()}});
    if (error.energy_percent()) {
      list.back()["energy_pj"] = *error.energy_pj;
      list.back()["estimated_energy_pj"] = *error.estimated_pj;
      list.back()["energy_percent"] = *error.energy_percent();
    }
  }
  return {{"points", list}};
}

}  // namespace cimforge::flows
