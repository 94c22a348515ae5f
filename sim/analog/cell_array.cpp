#include "sim/analog/cell_array.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "generator/base/exit_status.h"
#include "sim/noise/noise.h"

namespace cimforge::analog {
namespace {

constexpr int kMostCodeBits = 16;
constexpr std::size_t kMostCells = std::size_t{1} << 30U;  // as many as sim/crossbar takes
/// What the weights of patterns of rows may take together.
constexpr std::size_t kPatternBytes = std::size_t{1} << 26U;

std::size_t index(int number) {
  return static_cast<std::size_t>(number);
}

bool has_resistance(const crossbar::Wires& wires) {
  return wires.row_ohm != 0.0 || wires.column_ohm != 0.0 || wires.driver_ohm != 0.0 ||
         wires.sense_ohm != 0.0;
}

/// The configuration, if it is right; what the device has to say is checked by its model.
ArrayConfig checked(ArrayConfig config) {
  const auto refuse = [&](const std::string& what) {
    throw base::InputError(fmt::format("an array of the device {}: {}", config.device.name, what));
  };
  if (config.rows < 1 || config.device_columns < 1 ||
      index(config.rows) > kMostCells / index(config.device_columns)) {
    refuse(fmt::format("it must have 1 to {} cells, got {} x {}", kMostCells, config.rows,
                       config.device_columns));
  }
  if (config.code_bits < 1 || config.code_bits > kMostCodeBits) {
    refuse(fmt::format("codes must have 1 to {} bits, got {}", kMostCodeBits, config.code_bits));
  }
  if (config.array >= kMostArrays) {
    refuse(fmt::format("its number must be below {}, got {}", kMostArrays, config.array));
  }
  return config;
}

}  // namespace

CellArray::CellArray(ArrayConfig config)
    : config_(checked(std::move(config))),
      has_wires_(config_.effects.wires && has_resistance(config_.wires)),
      model_(config_.device, config_.effects, config_.levels, has_wires_) {
  const std::size_t cells = index(config_.rows) * index(config_.device_columns);
  programmed_.assign(cells, 0.0);
  pulses_.assign(cells, 0);
  now_.resize(cells);
  if (model_.has_read_noise()) variances_.resize(cells);
  stale_.assign(index(config_.rows), 1);
  sigmas_.resize(index(config_.device_columns));

  const auto gaussians = [&](std::size_t which) {
    std::vector<double> values(cells);
    for (std::size_t cell = 0; cell < cells; ++cell) {
      values[cell] = noise::gaussian(word(Draw::device_spread, cell, 0, which));
    }
    return values;
  };
  if (model_.has_device_spread()) spread_ = gaussians(0);
  if (model_.has_capacitors()) {
    capacitors_ = gaussians(1);
    for (double& each : capacitors_) each = model_.capacitor(each);
  }
  if (model_.has_stuck()) {
    stuck_.resize(cells);
    for (std::size_t cell = 0; cell < cells; ++cell) {
      const double u = noise::uniform(word(Draw::stuck, cell, 0));
      const bool at_high = u > 1.0 - model_.stuck_high();
      stuck_[cell] = u < model_.stuck_low() || at_high ? 1 : 0;
      if (at_high) programmed_[cell] = config_.levels - 1;
    }
  }
  if (const auto& string = model_.string()) {
    for (std::size_t branch = 0; branch < 2; ++branch) {
      std::vector<double>& relative = strings_.junctions[branch];
      relative.assign(cells, 1.0);
      if (string->spread == 0.0) continue;
      relative = gaussians(branch);
      for (double& each : relative) each = std::max(0.0, 1.0 + string->spread * each);
    }
    for (auto* each :
         {&strings_.matches, &strings_.change, &strings_.variances, &strings_.variance_change}) {
      each->resize(cells);
    }
    strings_.column_matches.resize(index(config_.device_columns));
    strings_.column_variances.resize(index(config_.device_columns));
  }
  // What wires refuse is refused now.
  if (has_wires_) (void)crossbar::Array({1, 1, {0.0}}, config_.wires, model_.curve());
}

std::size_t CellArray::cell_of(int row, int device_column) const {
  check_row(row);
  if (device_column < 0 || device_column >= config_.device_columns) {
    throw base::InputError(fmt::format("there is no device column {}: the array has {}",
                                       device_column, config_.device_columns));
  }
  return index(row) * index(config_.device_columns) + index(device_column);
}

std::uint32_t CellArray::word(Draw draw, std::size_t cell, std::uint64_t event,
                              std::size_t word) const {
  return noise::words({config_.seed, kDraws * config_.array + static_cast<std::uint32_t>(draw),
                       static_cast<std::uint32_t>(cell), event})[word];
}

void CellArray::check_row(int row) const {
  if (row >= 0 && row < config_.rows) return;
  throw base::InputError(fmt::format("there is no row {}: the array has {}", row, config_.rows));
}

// Programming

void CellArray::pulse(int row, std::span<const int> amplitudes) {
  check_row(row);
  const std::size_t columns = index(config_.device_columns);
  if (amplitudes.size() != columns) {
    throw base::InputError(
        fmt::format("{} device columns have as many pulses, got {}", columns, amplitudes.size()));
  }
  for (std::size_t d = 0; d < columns; ++d) {
    const std::size_t cell = index(row) * columns + d;
    if (amplitudes[d] != 0) pulse_cell(cell, amplitudes[d], programmed_[cell]);
  }
  touch(index(row));
}

void CellArray::program(std::span<const int> levels) {
  if (levels.size() != programmed_.size()) {
    throw base::InputError(fmt::format("{} x {} cells have as many levels, got {}", config_.rows,
                                       config_.device_columns, levels.size()));
  }
  const std::size_t columns = index(config_.device_columns);
  for (int row = 0; row < config_.rows; ++row) {
    program_row(row, levels.subspan(index(row) * columns, columns));
  }
}

void CellArray::program_row(int row, std::span<const int> levels) {
  check_row(row);
  const std::size_t columns = index(config_.device_columns);
  if (levels.size() != columns) {
    throw base::InputError(
        fmt::format("{} device columns have as many levels, got {}", columns, levels.size()));
  }
  for (const int level : levels) {
    if (level >= 0 && level < config_.levels) continue;
    throw base::InputError(
        fmt::format("a level must be 0 to {}, got {}", config_.levels - 1, level));
  }
  for (std::size_t d = 0; d < columns; ++d) pulse_cell(index(row) * columns + d, levels[d], 0.0);
  touch(index(row));
}

/// One pulse to a cell, which moves it if it can still move. `from` is the weight before.
void CellArray::pulse_cell(std::size_t cell, int amplitude, double from) {
  const std::uint32_t had = pulses_[cell]++;
  if (!stuck_.empty() && stuck_[cell] != 0) return;
  if (static_cast<double>(had) >= model_.endurance()) return;
  const double slope = spread_.empty() ? 1.0 : 1.0 + model_.device_spread() * spread_[cell];
  double weight =
      std::clamp(from + amplitude * slope, 0.0, static_cast<double>(config_.levels - 1));
  if (model_.has_program_noise()) {
    const double sigma = model_.program_sigma(model_.low() + weight * model_.step());
    weight += sigma / model_.step() * noise::gaussian(word(Draw::programming, cell, had));
    weight = std::max(weight, -model_.low() / model_.step());  // G is never below 0
  }
  programmed_[cell] = weight;
}

/// A row changed: what was made from it is made again when it is asked for.
void CellArray::touch(std::size_t row) {
  stale_[row] = 1;
  any_stale_ = true;
}

void CellArray::set_conditions(double seconds, double kelvin) {
  const Conditions next{seconds, kelvin, conditions_.changes + 1};
  model_.check(next);
  const bool any_effect = model_.acts(conditions_) || model_.acts(next);
  conditions_ = next;
  if (!any_effect) return;
  std::ranges::fill(stale_, 1);
  any_stale_ = true;
}

// Cells under conditions

void CellArray::update_row(std::size_t row) {
  const std::size_t columns = index(config_.device_columns);
  const std::size_t first = row * columns;
  const bool acts = model_.acts(conditions_);
  const bool flickers = model_.flickers(conditions_);
  const auto normal = [&](Draw draw, std::size_t cell, std::uint64_t event, std::size_t which = 0) {
    return noise::gaussian(word(draw, cell, event, which));
  };
  for (std::size_t cell = first; cell < first + columns; ++cell) {
    now_[cell] = programmed_[cell];
    if (acts || !capacitors_.empty()) {
      double g = std::max(0.0, model_.low() + programmed_[cell] * model_.step());
      if (!capacitors_.empty()) g *= capacitors_[cell];
      if (acts) {
        const std::uint32_t had = pulses_[cell];
        CellDraws draws;
        if (model_.relaxes()) draws.relaxation = normal(Draw::relaxation, cell, had);
        if (model_.decays()) draws.decay = normal(Draw::relaxation, cell, had, model_.decay_word());
        if (model_.drifts()) draws.drift = normal(Draw::drift, cell, had);
        if (flickers) draws.flicker = normal(Draw::flicker, cell, conditions_.changes);
        g = model_.conductance(g, conditions_, draws);
      }
      now_[cell] = (g - model_.low()) / model_.step();
    }
    if (model_.string()) update_string(cell);
    if (!variances_.empty()) {
      const double g = std::max(0.0, model_.low() + now_[cell] * model_.step());
      const double sigma = model_.read_sigma(g) / model_.step();
      variances_[cell] = sigma * sigma;
    }
  }
  stale_[row] = 0;
}

void CellArray::update_stale_rows() {
  if (!any_stale_) return;
  for (std::size_t row = 0; row < stale_.size(); ++row) {
    if (stale_[row] != 0) update_row(row);
  }
  any_stale_ = false;
  if (model_.string()) sum_strings();
  effective_.clear();
  wired_variances_.clear();
  network_.reset();
  selected_.clear();
}

/// A branch holds R_AP where its code is the level, R_P otherwise. What a junction is off its
/// nominal resistance counts in steps of R_AP - R_P, which are matches.
void CellArray::update_string(std::size_t cell) {
  const StringModel& string = *model_.string();
  const bool is_one = programmed_[cell] > 0.5;
  const double step = string.step_ohm();
  double matches[2];
  double variances[2];
  for (int code = 0; code < 2; ++code) {
    const bool match = (code == 1) == is_one;
    const double nominal = match ? string.resistance_ap : string.resistance_p;
    const double ohm = nominal * strings_.junctions[code == 1 ? 0 : 1][cell];
    matches[code] = (match ? 1.0 : 0.0) + (ohm - nominal) / step;
    variances[code] = std::pow(string.read_relative * ohm / step, 2);
  }
  strings_.matches[cell] = matches[0];
  strings_.change[cell] = matches[1] - matches[0];
  strings_.variances[cell] = variances[0];
  strings_.variance_change[cell] = variances[1] - variances[0];
}

void CellArray::sum_strings() {
  std::ranges::fill(strings_.column_matches, 0.0);
  std::ranges::fill(strings_.column_variances, 0.0);
  const std::size_t columns = strings_.column_matches.size();
  for (std::size_t cell = 0; cell < strings_.matches.size(); ++cell) {
    strings_.column_matches[cell % columns] += strings_.matches[cell];
    strings_.column_variances[cell % columns] += strings_.variances[cell];
  }
}

void CellArray::read_strings(std::span<double> sums) {
  const bool has_noise = model_.string()->read_relative != 0.0;
  if (has_noise) {
    multiply_with_variances(strings_.change, strings_.variance_change, driven_, sums, sigmas_);
  } else {
    multiply(strings_.change, driven_, sums);
  }
  for (std::size_t d = 0; d < sums.size(); ++d) sums[d] += strings_.column_matches[d];
  if (!has_noise) return;
  for (std::size_t d = 0; d < sums.size(); ++d) {
    sigmas_[d] = std::sqrt(std::max(0.0, sigmas_[d] + strings_.column_variances[d]));
  }
  add_column_noise(Draw::read_noise, sigmas_, sums);
}

/// The branch of the code 1 alone, against a resistance in the middle of the two.
void CellArray::sense_row(std::size_t row, std::span<double> sums) {
  const StringModel& string = *model_.string();
  for (std::size_t d = 0; d < sums.size(); ++d) {
    const std::size_t cell = row * sums.size() + d;
    const double nominal = programmed_[cell] > 0.5 ? string.resistance_ap : string.resistance_p;
    sums[d] = nominal * strings_.junctions[0][cell];
    sigmas_[d] = string.read_relative * sums[d];
  }
  if (string.read_relative != 0.0) add_column_noise(Draw::read_noise, sigmas_, sums);
  const double middle = (string.resistance_p + string.resistance_ap) / 2.0;
  for (double& each : sums) each = each > middle ? 1.0 : 0.0;
}

double CellArray::bipolar_weight(int row, int device_column) {
  const std::size_t cell = cell_of(row, device_column);
  update_stale_rows();
  return strings_.change.at(cell);
}

double CellArray::programmed_conductance(int row, int device_column) const {
  return std::max(0.0, model_.low() + programmed_[cell_of(row, device_column)] * model_.step());
}

double CellArray::conductance(int row, int device_column) {
  const std::size_t cell = cell_of(row, device_column);
  update_stale_rows();
  return std::max(0.0, model_.low() + now_[cell] * model_.step());
}

double CellArray::weight(int row, int device_column) {
  const std::size_t cell = cell_of(row, device_column);
  update_stale_rows();
  return now_[cell];
}

std::uint32_t CellArray::pulses(int row, int device_column) const {
  return pulses_[cell_of(row, device_column)];
}

bool CellArray::is_stuck(int row, int device_column) const {
  const std::size_t cell = cell_of(row, device_column);
  return !stuck_.empty() && stuck_[cell] != 0;
}

// Wires

/// The cells of the rows that conduct; all, if there is nothing said about rows.
crossbar::Matrix CellArray::siemens(const std::vector<bool>& conducting) const {
  const std::size_t columns = index(config_.device_columns);
  crossbar::Matrix matrix{index(config_.rows), columns, std::vector<double>(now_.size(), 0.0)};
  for (std::size_t r = 0; r < matrix.rows; ++r) {
    if (!conducting.empty() && !conducting[r]) continue;
    for (std::size_t cell = r * columns; cell < (r + 1) * columns; ++cell) {
      const double g = std::max(0.0, model_.low() + now_[cell] * model_.step());
      matrix.values[cell] = g * model_.siemens_per_unit();
    }
  }
  return matrix;
}

/// The weights that an array of linear cells shows at its ends.
std::vector<double> CellArray::weights_with_wires(const crossbar::Array& array) const {
  std::vector<double> weights = array.effective().values;
  for (double& each : weights) {
    each = (each / model_.siemens_per_unit() - model_.low()) / model_.step();
  }
  return weights;
}

const crossbar::Array& CellArray::network() {
  if (!network_) network_.emplace(siemens({}), config_.wires, model_.curve());
  return *network_;
}

const std::vector<double>& CellArray::effective() {
  if (effective_.empty()) {
    effective_ = model_.curve().is_linear()
                     ? weights_with_wires(network())
                     : weights_with_wires(crossbar::Array(siemens({}), config_.wires));
  }
  return effective_;
}

/// A row of one-transistor cells that is not active is one of cells of 0 S: then a read is a
/// product again.
const std::vector<double>& CellArray::selected(const std::vector<bool>& enabled) {
  const auto found = selected_.find(enabled);
  if (found != selected_.end()) return found->second;
  const std::size_t bytes = now_.size() * sizeof(double);
  if ((selected_.size() + 1) * bytes > kPatternBytes) selected_.clear();
  return selected_[enabled] = weights_with_wires(crossbar::Array(siemens(enabled), config_.wires));
}

/// Reads whose currents are not a product with a matrix.
void CellArray::read_currents(std::span<const int> codes, const std::vector<bool>& enabled,
                              std::span<double> sums) {
  const double full_code = (1 << config_.code_bits) - 1;
  std::vector<double> voltages(codes.size(), 0.0);
  double lowest = 0.0;  // current of a column of cells in the lowest state
  for (std::size_t r = 0; r < codes.size(); ++r) {
    if (!enabled.empty() && !enabled[r]) continue;
    const double share = codes[r] / full_code;
    const double volt = share * model_.full_voltage();
    voltages[r] = volt;
    const double curve = volt * volt * (model_.curve().a2 + model_.curve().a3 * volt);
    lowest += model_.low() * share + curve * model_.units_per_ampere();
  }
  const std::vector<double> currents =
      enabled.empty() ? network().currents(voltages) : network().currents(voltages, enabled);
  for (std::size_t d = 0; d < sums.size(); ++d) {
    sums[d] = (currents[d] * model_.units_per_ampere() - lowest) * full_code / model_.step();
  }
}

// Reads

/// Of white read noise in levels^2, with wires scaled by what they leave of a cell.
const std::vector<double>& CellArray::variances() {
  if (!has_wires_) return variances_;
  if (wired_variances_.empty()) {
    const std::vector<double>& weights = effective();
    wired_variances_.resize(now_.size());
    for (std::size_t cell = 0; cell < now_.size(); ++cell) {
      const double g = model_.low() + now_[cell] * model_.step();
      const double share = g > 0.0 ? (model_.low() + weights[cell] * model_.step()) / g : 0.0;
      wired_variances_[cell] = variances_[cell] * share * share;
    }
  }
  return wired_variances_;
}

/// One draw for a column.
void CellArray::add_column_noise(Draw draw, std::span<const double> sigmas,
                                 std::span<double> sums) const {
  noise::Key key{config_.seed, kDraws * config_.array + static_cast<std::uint32_t>(draw), 0,
                 reads_};
  noise::detail::Batch batch;  // batch_words fills it
  for (std::size_t first = 0; first < sums.size(); first += noise::detail::kBatch) {
    key.cell = static_cast<std::uint32_t>(first);
    noise::detail::batch_words(key, batch);
    const std::size_t count = std::min(noise::detail::kBatch, sums.size() - first);
    for (std::size_t i = 0; i < count; ++i) {
      sums[first + i] += sigmas[first + i] * noise::gaussian(batch[0][i]);
    }
  }
}

void CellArray::check_read(std::span<const int> codes, const std::vector<bool>& enabled,
                           std::span<const double> sums) const {
  const std::size_t rows = index(config_.rows);
  if (codes.size() != rows || (!enabled.empty() && enabled.size() != rows) ||
      sums.size() != index(config_.device_columns)) {
    throw base::InputError(fmt::format(
        "a read of {} x {} cells has as many codes, enabled rows and sums, got {}, {} and {}",
        config_.rows, config_.device_columns, codes.size(), enabled.size(), sums.size()));
  }
  for (const int code : codes) {
    if (code >= 0 && code >> config_.code_bits == 0) continue;
    throw base::InputError(
        fmt::format("a row code must be 0 to {}, got {}", (1 << config_.code_bits) - 1, code));
  }
}

void CellArray::read(std::span<const int> codes, const std::vector<bool>& enabled,
                     std::span<double> sums) {
  check_read(codes, enabled, sums);
  update_stale_rows();
  driven_.clear();
  for (std::size_t r = 0; r < codes.size(); ++r) {
    if (codes[r] != 0 && (enabled.empty() || enabled[r])) {
      driven_.push_back({r, static_cast<double>(codes[r])});
    }
  }

  const bool all_active = enabled.empty() || std::ranges::find(enabled, false) == enabled.end();
  if (model_.string()) {
    if (all_active) {
      read_strings(sums);
    } else if (std::ranges::count(enabled, true) == 1 && driven_.size() == 1) {
      sense_row(driven_.front().row, sums);
    } else {
      throw base::InputError(
          "a string is read with all of its rows, or a cell of it with its row alone and the code "
          "1");
    }
    ++reads_;
    return;
  }
  const bool selects =
      has_wires_ && !all_active && config_.wires.cell == crossbar::CellKind::one_transistor;
  const bool floats =
      has_wires_ && !all_active && config_.wires.inactive == crossbar::InactiveRow::floating;
  const bool is_product = model_.curve().is_linear() && (selects || !floats);
  const bool has_noise = model_.has_read_noise();
  if (is_product) {
    const std::vector<double>& weights = selects      ? selected(enabled)
                                         : has_wires_ ? effective()
                                                      : now_;
    if (has_noise) {
      multiply_with_variances(weights, variances(), driven_, sums, sigmas_);
    } else {
      multiply(weights, driven_, sums);
    }
  } else {
    read_currents(codes, enabled, sums);
    if (has_noise) {
      for (DrivenRow& each : driven_) each.code *= each.code;
      multiply(variances(), driven_, sigmas_);
    }
  }
  if (has_noise) {
    for (double& each : sigmas_) each = std::sqrt(each);
    add_column_noise(Draw::read_noise, sigmas_, sums);
  }
  if (model_.output_sigma() != 0.0) {
    const double full_scale =
        static_cast<double>(config_.rows) * ((1 << config_.code_bits) - 1) * (config_.levels - 1);
    std::ranges::fill(sigmas_,
                      model_.output_sigma() * full_scale * std::exp2(-model_.output_bits()));
    add_column_noise(Draw::output_noise, sigmas_, sums);
  }
  ++reads_;
}

}  // namespace cimforge::analog
