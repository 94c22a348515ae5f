#include "sim/reference/cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "generator/base/exit_status.h"
#include "sim/noise/noise.h"
#include "sim/reference/strings.h"
#include "sim/reference/wires.h"

namespace cimforge::reference {
namespace {

using device::Device;

/// Whether the device has an effect: a parameter that is listed has a value, or value() throws.
bool lists(const Device& device, std::string_view parameter) {
  return device.parameters.contains(parameter);
}

/// The logarithm of a conductance of 0 is none: where one is taken, G is at least this share of the
/// highest state.
constexpr double kFloor = 1e-6;

/// sum over i of c[i] x^i
double polynomial(std::span<const double> c, double x) {
  double sum = 0.0;
  for (std::size_t i = 0; i < c.size(); ++i) sum += c[i] * std::pow(x, static_cast<double>(i));
  return sum;
}

/// a (1 - exp(-g / b))
double saturating(double a, double b, double g) {
  return a * (1.0 - std::exp(-g / b));
}

bool relaxes(const Device& device) {
  return lists(device, "relax_times") || lists(device, "relax_saturating");
}

bool drifts(const Device& device) {
  return lists(device, "drift_mean") || lists(device, "drift_spread");
}

bool decays(const Device& device) {
  return lists(device, "decay_mean") || lists(device, "decay_spread");
}

/// x = max(G, 1e-6 high) / high
double share_of_highest(const Device& device, double g) {
  const double high = states_of(device).high;
  return std::max(g, kFloor * high) / high;
}

/// clip(a ln x + b, low, high) of the four values of a parameter, 0 where the device has none.
double clipped_logarithm(const Device& device, std::string_view parameter, double x) {
  if (!lists(device, parameter)) return 0.0;
  const std::vector<double>& p = device.values(parameter);
  return std::clamp(p[0] * std::log(x) + p[1], p[2], p[3]);
}

bool moves(const Device& device, const Draws& draws, const Cell& cell) {
  if (stuck_state(device, draws, cell.number) != Stuck::no) return false;
  return !lists(device, "endurance") ||
         static_cast<double>(cell.pulses) < device.value("endurance");
}

/// Whether a device is told by its read current in nA and not by a conductance in uS.
bool told_by_current(const Device& device) {
  return device.family != "sram_charge" && !lists(device, "g_max");
}

bool is_linear(const Device& device) {
  return !lists(device, "iv_quadratic") && !lists(device, "iv_cubic");
}

}  // namespace

double gaussian(const Draws& draws, Kind kind, std::uint32_t cell, std::uint64_t event,
                std::size_t word) {
  const std::uint32_t array = 32 * draws.array + static_cast<std::uint32_t>(kind);
  return noise::gaussian(noise::words({draws.seed, array, cell, event})[word]);
}

double uniform(const Draws& draws, Kind kind, std::uint32_t cell, std::uint64_t event) {
  const std::uint32_t array = 32 * draws.array + static_cast<std::uint32_t>(kind);
  return noise::uniform(noise::words({draws.seed, array, cell, event})[0]);
}

States states_of(const Device& device) {
  if (is_string(device)) return {0.0, 1.0, 2};  // the weight bit
  const int levels = static_cast<int>(device.value("levels"));
  if (device.family == "sram_charge") return {0.0, 1.0, levels};
  if (told_by_current(device)) return {device.value("i_min"), device.value("i_max"), levels};
  return {device.value("g_min"), device.value("g_max"), levels};
}

void check_units(const Device& device) {
  if (device.family == "sram_charge") return;
  const std::string_view wrong = told_by_current(device) ? "uS" : "nA";
  for (const auto& [name, parameter] : device.parameters) {
    const device::ParameterInfo* info = device::find_parameter(name);
    if (info == nullptr || info->unit != wrong) continue;
    throw base::InputError(
        fmt::format("{}: {} is in {}, the states are not", device.name, name, wrong));
  }
}

Stuck stuck_state(const Device& device, const Draws& draws, std::uint32_t number) {
  const double u2 = uniform(draws, Kind::stuck, number, 0);
  if (lists(device, "stuck_low") && u2 < device.value("stuck_low")) return Stuck::low;
  if (lists(device, "stuck_high") && u2 > 1.0 - device.value("stuck_high")) return Stuck::high;
  return Stuck::no;
}

double programming_sigma(const Device& device, double m) {
  double squares = 0.0;
  if (lists(device, "program_polynomial")) {
    const double x = m / device.value("program_scale");
    const double sigma = std::max(0.0, polynomial(device.values("program_polynomial"), x));
    squares += sigma * sigma;
  }
  if (lists(device, "program_relative")) {
    const double sigma = device.value("program_relative") * m;
    squares += sigma * sigma;
  }
  if (lists(device, "program_saturating")) {
    const std::vector<double>& p = device.values("program_saturating");
    const double sigma = saturating(p[0], p[1], m);
    squares += sigma * sigma;
  }
  return std::sqrt(squares);
}

double programmed_conductance(const Device& device, const Cell& cell) {
  return states_of(device).conductance(cell.weight);
}

Cell fresh_cell(const Device& device, const Draws& draws, std::uint32_t number) {
  const bool is_high = stuck_state(device, draws, number) == Stuck::high;
  return {number, is_high ? states_of(device).levels - 1.0 : 0.0, 0};
}

Cell after_pulse(const Device& device, const Draws& draws, Cell cell, double amplitude) {
  if (moves(device, draws, cell)) {
    const States states = states_of(device);
    const double z1 = gaussian(draws, Kind::spread, cell.number, 0);
    const double z0 = gaussian(draws, Kind::programming, cell.number, cell.pulses);
    // That of a string is of its junctions, not of the pulses.
    const bool spreads = lists(device, "device_spread") && !is_string(device);
    const double spread = spreads ? device.value("device_spread") : 0.0;
    // In levels, where the lowest state is 0, the highest L - 1, and a conductance of 0 -low / dG.
    const double m =
        std::clamp(cell.weight + amplitude * (1.0 + spread * z1), 0.0, states.levels - 1.0);
    const double sigma = programming_sigma(device, states.conductance(m)) / states.step();
    cell.weight = std::max(states.weight(0.0), m + sigma * z0);
  }
  cell.pulses += 1;
  return cell;
}

Cell after_level(const Device& device, const Draws& draws, Cell cell, double level) {
  if (moves(device, draws, cell)) cell.weight = 0.0;
  return after_pulse(device, draws, cell, level);
}

Cell programmed_cell(const Device& device, const Draws& draws, std::uint32_t number,
                     std::span<const double> pulses) {
  Cell cell = fresh_cell(device, draws, number);
  for (const double amplitude : pulses) cell = after_pulse(device, draws, cell, amplitude);
  return cell;
}

double accelerated_seconds(const Device& device, double seconds, double kelvin) {
  if (kelvin == kReferenceKelvin) return seconds;
  if (!device.has("activation_energy")) {
    if (!relaxes(device) && !drifts(device) && !decays(device)) return seconds;
    throw base::InputError(
        fmt::format("{} needs activation_energy at a temperature of {} K: it changes with time",
                    device.name, kelvin));
  }
  const double energy = device.value("activation_energy");
  return seconds * std::exp(energy / kBoltzmann * (1.0 / kReferenceKelvin - 1.0 / kelvin));
}

double after_capacitor(const Device& device, const Draws& draws, const Cell& cell, double g) {
  if (!lists(device, "capacitor_sigma")) return g;
  const double z1 = gaussian(draws, Kind::spread, cell.number, 0, 1);
  return g * std::max(0.0, 1.0 + device.value("capacitor_sigma") * z1);
}

double relaxation_sigma(const Device& device, double g, double seconds) {
  const std::vector<double>& times = device.values("relax_times");
  const std::vector<double>& all = device.values("relax_polynomials");
  const std::size_t length = all.size() / times.size();
  const double x = g / device.value("program_scale");
  const auto sigma_at = [&](std::size_t i) {
    return std::max(0.0, polynomial(std::span(all).subspan(i * length, length), x));
  };
  if (seconds <= times.front()) return sigma_at(0);
  if (seconds >= times.back()) return sigma_at(times.size() - 1);
  std::size_t next = 1;
  while (times[next] < seconds) ++next;
  const double share = (std::log(seconds) - std::log(times[next - 1])) /
                       (std::log(times[next]) - std::log(times[next - 1]));
  return sigma_at(next - 1) + share * (sigma_at(next) - sigma_at(next - 1));
}

double after_relaxation(const Device& device, const Draws& draws, const Cell& cell, double g,
                        double seconds) {
  const double z4 = gaussian(draws, Kind::relaxation, cell.number, cell.pulses);
  if (lists(device, "relax_times")) {
    const double now = relaxation_sigma(device, g, seconds);
    const double first = relaxation_sigma(device, g, device.values("relax_times").front());
    // Programming has the sigma of the first time already; what comes on top is independent of it.
    g += std::sqrt(std::max(0.0, now * now - first * first)) * z4;
  }
  if (lists(device, "relax_saturating")) {
    const std::vector<double>& p = device.values("relax_saturating");
    const double share = std::min(1.0, std::log(1.0 + seconds) / std::log(1.0 + p[2]));
    g += saturating(p[0], p[1], g) * share * z4;
  }
  return g;
}

double after_drift(const Device& device, const Draws& draws, const Cell& cell, double g,
                   double seconds) {
  if (!drifts(device)) return g;
  const double x = share_of_highest(device, g);
  const double mean = clipped_logarithm(device, "drift_mean", x);
  const double spread = clipped_logarithm(device, "drift_spread", x);
  const double nu =
      std::abs(mean + spread * gaussian(draws, Kind::drift, cell.number, cell.pulses));
  const double t0 = device.value("drift_time");
  return g * std::pow((seconds + t0) / t0, -nu);
}

double after_decay(const Device& device, const Draws& draws, const Cell& cell, double g,
                   double seconds) {
  if (!decays(device) || seconds <= 1.0) return g;
  const double logarithm = std::log(seconds);
  if (lists(device, "decay_mean")) g += device.value("decay_mean") * logarithm;
  if (lists(device, "decay_spread")) {
    const std::vector<double>& p = device.values("decay_spread");
    const std::size_t word = relaxes(device) ? 1 : 0;
    g += (p[0] * logarithm + p[1]) *
         gaussian(draws, Kind::relaxation, cell.number, cell.pulses, word);
  }
  return g;
}

double after_temperature(const Device& device, double g, double kelvin) {
  if (!lists(device, "temperature_coefficient")) return g;
  return g * (1.0 + device.value("temperature_coefficient") * (kelvin - kReferenceKelvin));
}

double after_flicker(const Device& device, const Draws& draws, const Cell& cell, double g,
                     double seconds, std::uint64_t condition_changes) {
  if (!lists(device, "flicker") && !lists(device, "flicker_log")) return g;
  const double t_r = device.value("flicker_time");
  if (seconds <= t_r) return g;
  const double root = std::sqrt(std::log((seconds + t_r) / (2.0 * t_r)));
  const double z6 = gaussian(draws, Kind::flicker, cell.number, condition_changes);
  if (lists(device, "flicker")) {
    const std::vector<double>& p = device.values("flicker");
    const double q = std::min(p[0] / std::pow(share_of_highest(device, g), p[1]), p[2]);
    g += g * q * root * z6;
  }
  if (lists(device, "flicker_log")) {
    g += device.value("flicker_log") * std::log10(std::max(g, 1.0)) * root * z6;
  }
  return g;
}

double conductance_at(const Device& device, const Draws& draws, const Cell& cell,
                      const Conditions& conditions) {
  const double t = accelerated_seconds(device, conditions.seconds, conditions.kelvin);
  double g = programmed_conductance(device, cell);
  g = after_capacitor(device, draws, cell, g);
  g = after_relaxation(device, draws, cell, g, t);
  g = after_drift(device, draws, cell, g, t);
  g = after_decay(device, draws, cell, g, t);
  g = after_temperature(device, g, conditions.kelvin);
  g = after_flicker(device, draws, cell, g, t, conditions.changes);
  if (!std::isfinite(g)) {
    throw base::InputError(
        fmt::format("{}: the conductance of cell {} is not finite", device.name, cell.number));
  }
  return std::max(0.0, g);
}

Array fresh_array(Device device, const Draws& draws, std::size_t rows, std::size_t columns,
                  const crossbar::Wires& wires) {
  check_units(device);
  Array array{std::move(device), draws, rows, columns, {}, wires};
  for (std::size_t i = 0; i < rows * columns; ++i) {
    array.cells.push_back(fresh_cell(array.device, draws, static_cast<std::uint32_t>(i)));
  }
  return array;
}

void program_levels(Array& array, std::span<const int> levels) {
  assert(levels.size() == array.cells.size());
  for (std::size_t i = 0; i < levels.size(); ++i) {
    array.cells[i] = after_level(array.device, array.draws, array.cells[i], levels[i]);
  }
}

std::vector<double> conductances(const Array& array, const Conditions& conditions) {
  std::vector<double> result;
  for (const Cell& cell : array.cells) {
    result.push_back(conductance_at(array.device, array.draws, cell, conditions));
  }
  return result;
}

double weight_at(const Device& device, const Draws& draws, const Cell& cell,
                 const Conditions& conditions) {
  const double change =
      conductance_at(device, draws, cell, conditions) - programmed_conductance(device, cell);
  return cell.weight + change / states_of(device).step();
}

double cell_current(const Device& device, double g, double v) {
  double current = g * v;
  if (is_linear(device)) return current;
  const double read_voltage = device.value("read_voltage");
  const double volt = v * read_voltage;
  double microampere = 0.0;
  if (lists(device, "iv_quadratic")) {
    microampere += device.value("iv_quadratic") * volt * std::abs(volt);
  }
  if (lists(device, "iv_cubic")) microampere += device.value("iv_cubic") * volt * volt * volt;
  // uA / V is uS, the unit of G; a device in nA counts the current itself.
  current += told_by_current(device) ? 1000.0 * microampere : microampere / read_voltage;
  return current;
}

double read_sigma(const Device& device, double g) {
  double squares = 0.0;
  if (lists(device, "read_relative")) {
    const double sigma = device.value("read_relative") * g;
    squares += sigma * sigma;
  }
  if (lists(device, "read_saturating")) {
    const std::vector<double>& p = device.values("read_saturating");
    const double sigma = saturating(p[0], p[1], g);
    squares += sigma * sigma;
  }
  return std::sqrt(squares);
}

namespace {

/// Siemens of one device unit: 1 uS, or 1 nA at the read voltage.
double siemens_per_unit(const Device& device) {
  return told_by_current(device) ? 1e-9 / device.value("read_voltage") : 1e-6;
}

/// The voltage of v = 1. Currents of linear cells in uS are in proportion to it: any will do.
double full_voltage(const Device& device) {
  return is_linear(device) && !told_by_current(device) ? 1.0 : device.value("read_voltage");
}

std::vector<double> scaled(std::span<const double> values, double factor) {
  std::vector<double> result;
  for (const double value : values) result.push_back(value * factor);
  return result;
}

void check_has_conductance(const Device& device) {
  if (device.family != "sram_charge") return;
  throw base::InputError(
      fmt::format("{}: a capacitor has no conductance, wires say nothing of it", device.name));
}

}  // namespace

namespace {

/// 2^k - 1
double greatest_code(int code_bits) {
  return std::pow(2.0, code_bits) - 1.0;
}

/// Codes of the rows that are enabled, 0 of the others, as shares of `full`.
std::vector<double> driven(std::span<const int> codes, const std::vector<bool>& enabled,
                           double full) {
  std::vector<double> result;
  for (std::size_t r = 0; r < codes.size(); ++r) result.push_back(enabled[r] ? codes[r] / full : 0);
  return result;
}

}  // namespace

std::vector<double> sums_without_wires(const Array& array, const Conditions& conditions,
                                       std::span<const int> codes,
                                       const std::vector<bool>& enabled) {
  std::vector<double> sums(array.columns, 0.0);
  for (std::size_t d = 0; d < array.columns; ++d) {
    for (std::size_t r = 0; r < array.rows; ++r) {
      if (!enabled[r]) continue;
      const Cell& cell = array.cells[r * array.columns + d];
      sums[d] += codes[r] * weight_at(array.device, array.draws, cell, conditions);
    }
  }
  return sums;
}

std::vector<double> sums_with_wires(const Array& array, const Conditions& conditions,
                                    std::span<const int> codes, int code_bits,
                                    const std::vector<bool>& enabled) {
  const Device& device = array.device;
  check_has_conductance(device);
  const States states = states_of(device);
  const double unit = siemens_per_unit(device);
  const double volt = full_voltage(device);
  crossbar::CellCurve curve;  // uA to A
  if (lists(device, "iv_quadratic")) curve.a2 = 1e-6 * device.value("iv_quadratic");
  if (lists(device, "iv_cubic")) curve.a3 = 1e-6 * device.value("iv_cubic");

  const std::vector<double> v = driven(codes, enabled, greatest_code(code_bits));
  const std::vector<double> siemens = scaled(conductances(array, conditions), unit);
  const std::vector<double> ampere = ground_currents(array.rows, array.columns, siemens, curve,
                                                     array.wires, scaled(v, volt), enabled);
  double lowest = 0.0;
  for (const double share : v) lowest += cell_current(device, states.low, share);

  std::vector<double> sums;
  for (const double current : scaled(ampere, 1.0 / (unit * volt))) {
    sums.push_back((current - lowest) * greatest_code(code_bits) / states.step());
  }
  return sums;
}

std::vector<double> noise_sigmas(const Array& array, const Conditions& conditions,
                                 std::span<const int> codes, const std::vector<bool>& enabled) {
  const Device& device = array.device;
  const std::vector<double> g = conductances(array, conditions);
  std::vector<double> effective = g;
  if (has_wires(array.wires)) {
    check_has_conductance(device);
    effective = scaled(effective_conductances(array.rows, array.columns,
                                              scaled(g, siemens_per_unit(device)), array.wires),
                       1.0 / siemens_per_unit(device));
  }
  std::vector<double> sigmas;
  for (std::size_t d = 0; d < array.columns; ++d) {
    double squares = 0.0;
    for (std::size_t r = 0; r < array.rows; ++r) {
      const std::size_t i = r * array.columns + d;
      if (!enabled[r] || g[i] == 0.0) continue;
      const double sigma = codes[r] * read_sigma(device, g[i]) * effective[i] / g[i];
      squares += sigma * sigma;
    }
    sigmas.push_back(std::sqrt(squares) / states_of(device).step());
  }
  return sigmas;
}

double output_noise_sigma(const Array& array, int code_bits) {
  const Device& device = array.device;
  if (!lists(device, "output_sigma")) return 0.0;
  const double full_scale =
      static_cast<double>(array.rows) * greatest_code(code_bits) * (states_of(device).levels - 1);
  return device.value("output_sigma") * full_scale / std::pow(2.0, device.value("output_bits"));
}

std::vector<double> read_currents(const Array& array, const Conditions& conditions,
                                  std::span<const int> codes, int code_bits,
                                  const std::vector<bool>& enabled, std::uint64_t reads_before) {
  assert(codes.size() == array.rows && enabled.size() == array.rows);
  if (is_string(array.device)) {
    throw base::InputError(fmt::format("{}: a string has no sum of currents", array.device.name));
  }
  std::vector<double> sums = has_wires(array.wires)
                                 ? sums_with_wires(array, conditions, codes, code_bits, enabled)
                                 : sums_without_wires(array, conditions, codes, enabled);
  const std::vector<double> sigmas = noise_sigmas(array, conditions, codes, enabled);
  for (std::size_t d = 0; d < array.columns; ++d) {
    const auto column = static_cast<std::uint32_t>(d);
    sums[d] += sigmas[d] * gaussian(array.draws, Kind::read, column, reads_before);
    sums[d] += output_noise_sigma(array, code_bits) *
               gaussian(array.draws, Kind::output, column, reads_before);
  }
  return sums;
}

}  // namespace cimforge::reference
