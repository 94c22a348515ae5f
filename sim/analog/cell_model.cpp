#include "sim/analog/cell_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string_view>

#include "generator/base/exit_status.h"
#include "sim/analog/converter.h"

namespace cimforge::analog {
namespace {

constexpr std::string_view kStringFamily = "mram_resistance_sum";
constexpr double kBoltzmann = 8.617333262e-5;  // eV / K
constexpr double kFloor = 1e-6;                // of g_high, below which ln g and 1/g go no further

double polynomial(const std::vector<double>& coefficients, double x) {
  double sum = 0.0;
  for (std::size_t i = coefficients.size(); i-- > 0;) sum = sum * x + coefficients[i];
  return std::max(0.0, sum);
}

/// What 1/f noise grows with.
double flicker_growth(double seconds, double time) {
  return std::sqrt(std::log((seconds + time) / (2.0 * time)));
}

}  // namespace

/// The parameters of a device, each checked when it is asked for.
class CellModel::Parameters {
 public:
  explicit Parameters(const device::Device& device) : device_(device) {}

  [[noreturn]] void refuse(const std::string& what) const {
    throw base::InputError(fmt::format("the device {}: {}", device_.name, what));
  }

  [[nodiscard]] bool lists(std::string_view name) const {
    return device_.parameters.contains(name);
  }

  /// Throws where there is no value, or none that can be.
  [[nodiscard]] const std::vector<double>& values(std::string_view name) const {
    const std::vector<double>& values = device_.values(name);
    const device::ParameterInfo* info = device::find_parameter(name);
    if (values.size() < info->fewest || values.size() > info->most) {
      refuse(fmt::format("{} must have {} to {} values, got {}", name, info->fewest, info->most,
                         values.size()));
    }
    for (const double value : values) {
      if (value >= info->least && value <= info->greatest) continue;
      refuse(fmt::format("{} must be {:g} to {:g} {}, got {}", name, info->least, info->greatest,
                         info->unit, value));
    }
    if ((info->unit == "uS" || info->unit == "nA") && info->effect != "cell" &&
        name != "program_scale" && info->unit != unit) {
      refuse(fmt::format("{} is in {}, but the cells are told in {}", name, info->unit, unit));
    }
    return values;
  }
  [[nodiscard]] double value(std::string_view name) const { return values(name).front(); }

  /// 0 where it is not listed.
  [[nodiscard]] double value_or_none(std::string_view name) const {
    return lists(name) ? value(name) : 0.0;
  }
  [[nodiscard]] double more_than_none(std::string_view name, double number) const {
    if (!(number > 0.0)) refuse(fmt::format("{} must be more than 0, got {}", name, number));
    return number;
  }
  [[nodiscard]] double positive(std::string_view name) const {
    return more_than_none(name, value(name));
  }
  [[nodiscard]] std::optional<Saturating> saturating(std::string_view name) const {
    if (!lists(name)) return std::nullopt;
    const auto& both = values(name);
    return Saturating{both[0], more_than_none(fmt::format("b of {}", name), both[1])};
  }
  [[nodiscard]] ClippedLog clipped_log(std::string_view name) const {
    const auto& all = values(name);
    if (!(all[2] <= all[3])) {
      refuse(fmt::format("{} is clipped between {} and {}, which is empty", name, all[2], all[3]));
    }
    return {all[0], all[1], all[2], all[3]};
  }
  [[nodiscard]] const device::Device& device() const { return device_; }

  std::string_view unit = "1";  ///< of G

 private:
  const device::Device& device_;
};

double CellModel::Saturating::at(double g) const {
  return -a * std::expm1(-g / b);
}

double CellModel::ClippedLog::at(double log_g) const {
  return std::clamp(a * log_g + b, low, high);
}

CellModel::CellModel(const device::Device& device, const Effects& effects, int levels,
                     bool with_wires)
    : name_(device.name), with_temperature_(effects.temperature), device_(device) {
  Parameters parameters(device);
  const device::Family* family = device::find_family(device.family);
  if (family == nullptr) parameters.refuse(fmt::format("unknown family '{}'", device.family));
  if (device.family == kStringFamily) {
    read_string(parameters, effects, levels);
    if (with_wires) {
      parameters.refuse(
          "its columns are strings: what is in series with the junctions is part of "
          "resistance_switch, and there is no other resistance of wires");
    }
    return;
  }
  const auto& needs = family->needs;
  if (std::ranges::find(needs, "g_min") != needs.end()) parameters.unit = "uS";
  if (std::ranges::find(needs, "i_min") != needs.end()) parameters.unit = "nA";

  read_range(parameters, levels);
  for (const char* name : {"program_polynomial", "relax_polynomials"}) {
    if (parameters.lists(name)) scale_ = parameters.positive("program_scale");
  }
  read_programming(parameters, effects);
  if (effects.relaxation_and_drift) read_time(parameters);
  read_noise(parameters, effects);
  if (effects.temperature) {
    if (device.has("activation_energy")) activation_energy_ = parameters.value("activation_energy");
    if (device.has("temperature_coefficient")) {
      temperature_coefficient_ = parameters.value("temperature_coefficient");
    }
  }
  if (with_wires) read_wires(parameters, effects);
}

void CellModel::read_range(const Parameters& parameters, int levels) {
  const double most = parameters.value("levels");
  if (levels < 2 || !(levels <= most)) {
    parameters.refuse(fmt::format("it has {:g} levels; {} of them are asked for", most, levels));
  }
  if (parameters.unit != "1") {
    const bool is_conductance = parameters.unit == "uS";
    const char* lowest = is_conductance ? "g_min" : "i_min";
    const char* highest = is_conductance ? "g_max" : "i_max";
    low_ = parameters.value(lowest);
    high_ = parameters.value(highest);
    if (!(low_ < high_)) {
      parameters.refuse(fmt::format("{} must be greater than {}: {:g} against {:g} {}", highest,
                                    lowest, high_, low_, parameters.unit));
    }
  }
  step_ = (high_ - low_) / (levels - 1);
}

void CellModel::read_string(const Parameters& parameters, const Effects& effects, int levels) {
  const std::vector<std::string_view>& needs = device::find_family(kStringFamily)->needs;
  for (const auto& [name, parameter] : device_.parameters) {
    static constexpr std::array optional = {"device_spread", "read_relative", "stuck_low",
                                            "stuck_high", "endurance"};
    if (std::ranges::find(needs, name) != needs.end()) continue;
    if (std::ranges::find(optional, name) != optional.end()) continue;
    parameters.refuse(fmt::format("{} is not modelled for the family {}", name, kStringFamily));
  }
  if (levels != 2) {
    parameters.refuse(fmt::format("it has 2 levels; {} of them are asked for", levels));
  }
  StringModel& string = string_.emplace();
  string.resistance_p = parameters.positive("resistance_p");
  string.resistance_ap = parameters.value("resistance_ap");
  if (!(string.resistance_ap > string.resistance_p)) {
    parameters.refuse(
        fmt::format("resistance_ap must be greater than resistance_p: {:g} against {:g} ohm",
                    string.resistance_ap, string.resistance_p));
  }
  string.resistance_switch = parameters.value("resistance_switch");
  constexpr double ps_of_ohm_ff = 1e-3;
  string.ps_per_ohm =
      parameters.positive("delay_factor") * parameters.positive("capacitance") * ps_of_ohm_ff;
  string.offset_ps = parameters.value("delay_offset");
  string.lsb_ps = parameters.positive("time_lsb");
  const double bits = parameters.value("time_bits");
  if (!(bits <= kMostBits) || bits != std::floor(bits)) {
    parameters.refuse(
        fmt::format("time_bits must be a whole number of 1 to {}, got {:g}", kMostBits, bits));
  }
  string.bits = static_cast<int>(bits);
  if (effects.device_spread) string.spread = parameters.value_or_none("device_spread");
  if (effects.read_noise) string.read_relative = parameters.value_or_none("read_relative");
  read_programming(parameters, effects);
  device_spread_ = 0.0;  // of the junctions, not of the pulses
}

void CellModel::read_programming(const Parameters& parameters, const Effects& effects) {
  if (effects.programming) {
    if (parameters.lists("program_polynomial")) {
      program_polynomial_ = parameters.values("program_polynomial");
    }
    program_relative_ = parameters.value_or_none("program_relative");
    program_saturating_ = parameters.saturating("program_saturating");
    has_program_noise_ =
        !program_polynomial_.empty() || program_relative_ != 0.0 || program_saturating_;
  }
  if (effects.device_spread) {
    device_spread_ = parameters.value_or_none("device_spread");
    capacitor_sigma_ = parameters.value_or_none("capacitor_sigma");
  }
  if (effects.stuck) {
    stuck_low_ = parameters.value_or_none("stuck_low");
    stuck_high_ = parameters.value_or_none("stuck_high");
    if (stuck_low_ + stuck_high_ > 1.0) {
      parameters.refuse(fmt::format("stuck_low and stuck_high are {:g} together, more than 1",
                                    stuck_low_ + stuck_high_));
    }
  }
  if (effects.endurance && parameters.lists("endurance")) {
    endurance_ = parameters.value("endurance");
  }
}

void CellModel::read_time(const Parameters& parameters) {
  if (parameters.lists("relax_times") || parameters.lists("relax_polynomials")) {
    relax_times_ = parameters.values("relax_times");
    const auto& flat = parameters.values("relax_polynomials");
    const std::size_t times = relax_times_.size();
    if (flat.size() % times != 0) {
      parameters.refuse(
          fmt::format("relax_polynomials are {} numbers, which are not {} polynomials "
                      "of the same length",
                      flat.size(), times));
    }
    if (!(relax_times_.front() > 0.0) ||
        std::ranges::adjacent_find(relax_times_, std::greater_equal<>()) != relax_times_.end()) {
      parameters.refuse("relax_times must be more than 0 and grow");
    }
    const auto length = static_cast<std::ptrdiff_t>(flat.size() / times);
    for (auto from = flat.begin(); from != flat.end(); from += length) {
      relax_polynomials_.emplace_back(from, from + length);
    }
    relaxes_ = true;
  }
  if (parameters.lists("relax_saturating")) {
    relax_saturating_ = parameters.saturating("relax_saturating");
    relax_saturating_time_ = parameters.more_than_none("t of relax_saturating",
                                                       parameters.values("relax_saturating")[2]);
    relaxes_ = true;
  }
  if (parameters.lists("drift_mean") || parameters.lists("drift_spread")) {
    drift_ = Drift{};  // clang 14 has no emplace() of a nested struct with defaults
    drift_->mean = parameters.clipped_log("drift_mean");
    if (parameters.lists("drift_spread")) {
      drift_->spread = parameters.clipped_log("drift_spread");
    }
    drift_->time = parameters.positive("drift_time");
  }
  if (parameters.lists("decay_mean") || parameters.lists("decay_spread")) {
    decay_ = Decay{};
    decay_->mean = parameters.value_or_none("decay_mean");
    if (parameters.lists("decay_spread")) {
      const auto& spread = parameters.values("decay_spread");
      decay_->slope = spread[0];
      decay_->offset = spread[1];
    }
  }
}

void CellModel::read_noise(const Parameters& parameters, const Effects& effects) {
  if (effects.read_noise) {
    read_relative_ = parameters.value_or_none("read_relative");
    read_saturating_ = parameters.saturating("read_saturating");
  }
  if (effects.flicker && (parameters.lists("flicker") || parameters.lists("flicker_log"))) {
    if (parameters.lists("flicker")) {
      const auto& three = parameters.values("flicker");
      flicker_ = Flicker{three[0], three[1], three[2]};
    }
    flicker_log_ = parameters.value_or_none("flicker_log");
    flicker_time_ = parameters.positive("flicker_time");
  }
  if (effects.output_noise && parameters.lists("output_sigma")) {
    output_sigma_ = parameters.value("output_sigma");
    output_bits_ = parameters.value("output_bits");
  }
}

void CellModel::read_wires(const Parameters& parameters, const Effects& effects) {
  if (parameters.unit == "1") {
    parameters.refuse("its columns share charge: they have no wires whose resistance counts");
  }
  if (effects.nonlinear) {
    // uA to A
    curve_ = {1e-6 * parameters.value_or_none("iv_quadratic"),
              1e-6 * parameters.value_or_none("iv_cubic")};
  }
  // Linear cells of known conductance are the same at any voltage.
  const bool is_current = parameters.unit == "nA";
  if (is_current || !curve_.is_linear()) full_voltage_ = parameters.positive("read_voltage");
  siemens_per_unit_ = is_current ? 1e-9 / full_voltage_ : 1e-6;
  units_per_ampere_ = is_current ? 1e9 : 1e6 / full_voltage_;
}

bool CellModel::has_read_noise() const {
  return read_relative_ != 0.0 || read_saturating_.has_value();
}

double CellModel::program_sigma(double g) const {
  double variance = 0.0;
  const auto add = [&](double sigma) { variance += sigma * sigma; };
  if (!program_polynomial_.empty()) add(polynomial(program_polynomial_, g / scale_));
  add(program_relative_ * g);
  if (program_saturating_) add(program_saturating_->at(g));
  return std::sqrt(variance);
}

double CellModel::read_sigma(double g) const {
  const double relative = read_relative_ * g;
  const double saturating = read_saturating_ ? read_saturating_->at(g) : 0.0;
  return std::sqrt(relative * relative + saturating * saturating);
}

double CellModel::capacitor(double gaussian) const {
  return std::max(0.0, 1.0 + capacitor_sigma_ * gaussian);
}

void CellModel::check(const Conditions& conditions) const {
  if (!(conditions.seconds >= 0.0) || !std::isfinite(conditions.seconds)) {
    throw base::InputError(
        fmt::format("the time since programming must be 0 s or more, got {}", conditions.seconds));
  }
  if (!(conditions.kelvin > 0.0) || !std::isfinite(conditions.kelvin)) {
    throw base::InputError(
        fmt::format("the temperature must be more than 0 K, got {}", conditions.kelvin));
  }
  if (!is_warm(conditions)) return;
  const Parameters parameters(device_);
  if ((relaxes() || drifts() || decays()) && !activation_energy_) {
    (void)parameters.value("activation_energy");  // says so
  }
  (void)parameters.value_or_none("temperature_coefficient");
  if (!std::isfinite(seconds_of(conditions))) {
    parameters.refuse(fmt::format("{:g} s at {:g} K are more than can be told", conditions.seconds,
                                  conditions.kelvin));
  }
}

/// Whether it is at another temperature than that at which the parameters are told.
bool CellModel::is_warm(const Conditions& conditions) const {
  return with_temperature_ && conditions.kelvin != kReferenceKelvin;
}

/// As long as the time at the reference temperature.
double CellModel::seconds_of(const Conditions& conditions) const {
  if (!is_warm(conditions) || !activation_energy_) return conditions.seconds;
  return conditions.seconds * std::exp(*activation_energy_ / kBoltzmann *
                                       (1.0 / kReferenceKelvin - 1.0 / conditions.kelvin));
}

bool CellModel::flickers(const Conditions& conditions) const {
  return (flicker_ || flicker_log_ != 0.0) && seconds_of(conditions) > flicker_time_;
}

bool CellModel::acts(const Conditions& conditions) const {
  const bool in_time = conditions.seconds > 0.0 && (relaxes() || drifts() || decays());
  const bool of_temperature = is_warm(conditions) && temperature_coefficient_ != 0.0;
  return in_time || of_temperature || flickers(conditions);
}

double CellModel::relaxation_sigma(double g, double seconds) const {
  const auto at = [&](std::size_t i) { return polynomial(relax_polynomials_[i], g / scale_); };
  const std::size_t last = relax_times_.size() - 1;
  if (seconds <= relax_times_.front()) return at(0);
  if (seconds >= relax_times_[last]) return at(last);
  std::size_t next = 1;
  while (relax_times_[next] < seconds) ++next;
  const double from = std::log(relax_times_[next - 1]);
  const double share = (std::log(seconds) - from) / (std::log(relax_times_[next]) - from);
  return at(next - 1) + share * (at(next) - at(next - 1));
}

double CellModel::conductance(double g, const Conditions& conditions,
                              const CellDraws& draws) const {
  const double seconds = seconds_of(conditions);
  const auto log_g = [&] { return std::log(std::max(g / high_, kFloor)); };
  if (!relax_times_.empty()) {
    const double now = relaxation_sigma(g, seconds);
    const double first = polynomial(relax_polynomials_.front(), g / scale_);
    g += std::sqrt(std::max(0.0, now * now - first * first)) * draws.relaxation;
  }
  if (relax_saturating_) {
    const double share =
        std::min(1.0, std::log(1.0 + seconds) / std::log(1.0 + relax_saturating_time_));
    g += relax_saturating_->at(g) * share * draws.relaxation;
  }
  if (drift_) {
    const double spread = drift_->spread ? drift_->spread->at(log_g()) : 0.0;
    const double nu = std::abs(drift_->mean.at(log_g()) + spread * draws.drift);
    g *= std::pow((seconds + drift_->time) / drift_->time, -nu);
  }
  if (decay_ && seconds > 1.0) {
    const double log_time = std::log(seconds);
    g += decay_->mean * log_time + (decay_->slope * log_time + decay_->offset) * draws.decay;
  }
  if (is_warm(conditions)) {
    g *= 1.0 + temperature_coefficient_ * (conditions.kelvin - kReferenceKelvin);
  }
  if (flickers(conditions)) {
    const double growth = flicker_growth(seconds, flicker_time_);
    if (flicker_) {
      const double share = std::min(
          flicker_->q / std::pow(std::max(g / high_, kFloor), flicker_->exponent), flicker_->most);
      g += g * share * growth * draws.flicker;
    }
    g += flicker_log_ * std::log10(std::max(g, 1.0)) * growth * draws.flicker;
  }
  if (!std::isfinite(g)) {
    throw base::InputError(
        fmt::format("the device {}: after {:g} s at {:g} K the conductance of a cell is {}", name_,
                    conditions.seconds, conditions.kelvin, g));
  }
  return std::max(0.0, g);
}

}  // namespace cimforge::analog
