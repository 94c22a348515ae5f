// The golden model of an array of memory cells: every effect of docs/analog_model.md is one plain
// function with its formula. Slow, and nothing is remembered; a physicist can read it beside the
// text. It knows nothing of the fast model, against which tests/reference holds it.
//
// G is a conductance in uS, for devices that are told by their read current that current in nA,
// for capacitors a share of the nominal one: the "device unit" below. A cell is kept as its weight
// (G - low) / dG in levels, so that an array without errors computes in whole numbers.
//
// A parameter that the device does not list is an effect that it does not have; one that is listed
// without a value throws base::InputError. To switch an effect off, take its parameters away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "generator/device/device.h"
#include "sim/crossbar/crossbar.h"

namespace cimforge::reference {

// ---- Draws ----

/// Whose random numbers: the run and the array in it.
struct Draws {
  std::uint64_t seed = 0;
  std::uint32_t array = 0;
};

/// What a number is drawn for; the table of docs/analog_model.md.
enum class Kind : std::uint32_t {
  programming = 0,
  spread = 1,
  stuck = 2,
  drift = 3,
  relaxation = 4,
  read = 5,
  flicker = 6,
  output = 7,
  comparator = 8,
  mismatch = 9,
};

/// z(kind, cell, event): the standard Gaussian of one word of {seed, 32 array + kind, cell, event}.
double gaussian(const Draws& draws, Kind kind, std::uint32_t cell, std::uint64_t event,
                std::size_t word = 0);

/// u(kind, cell, event): the uniform number in (0, 1) of word 0 of the same key.
double uniform(const Draws& draws, Kind kind, std::uint32_t cell, std::uint64_t event);

// ---- Programming ----

/// The states of a cell, evenly spaced, in the device unit.
struct States {
  double low = 0.0;   ///< g_min in uS, i_min in nA, or 0 of a capacitor
  double high = 0.0;  ///< g_max in uS, i_max in nA, or 1 of a capacitor
  int levels = 0;     ///< L

  /// dG = (high - low) / (L - 1)
  [[nodiscard]] double step() const { return (high - low) / (levels - 1); }
  /// G(l) = low + l dG, of any weight l
  [[nodiscard]] double conductance(double weight) const { return low + weight * step(); }
  /// Its inverse (G - low) / dG
  [[nodiscard]] double weight(double g) const { return (g - low) / step(); }
};

/// Throws base::InputError where the device has neither conductances nor currents.
States states_of(const device::Device& device);

/// Throws base::InputError where a parameter is told in uS and the device in nA, or the reverse.
void check_units(const device::Device& device);

/// What a cell is, apart from the conditions in which it is read.
struct Cell {
  std::uint32_t number = 0;  ///< r D + d; it names the cell's draws
  double weight = 0.0;       ///< as programmed: (G - low) / dG
  std::uint64_t pulses = 0;  ///< that it had
};

/// G as programmed, in the device unit.
double programmed_conductance(const device::Device& device, const Cell& cell);

enum class Stuck { no, low, high };

/// u2 < stuck_low: stuck at the lowest state; u2 > 1 - stuck_high: at the highest.
Stuck stuck_state(const device::Device& device, const Draws& draws, std::uint32_t number);

/// sigma(m) in the device unit, the root of the sum of squares of what the device has:
///   program_polynomial c: max(0, sum of c[i] (m / program_scale)^i)
///                         (PCM, Nandakumar 2019; ReRAM, Wan 2022, Milo 2021, Falcone)
///   program_relative s:   s m                  (NeuroSim, MNSIM)
///   program_saturating:   a (1 - exp(-m / b))  (SONOS, IEDM 2022)
double programming_sigma(const device::Device& device, double m);

/// A cell without a pulse: at the lowest state, or where it is stuck.
Cell fresh_cell(const device::Device& device, const Draws& draws, std::uint32_t number);

/// One pulse of `amplitude` levels, positive for SET and negative for RESET:
///   m = clip(G + a dG (1 + device_spread z1), low, high), G = max(0, m + sigma(m) z0)
/// Stuck cells, and cells that had `endurance` pulses, stay; the pulse counts.
Cell after_pulse(const device::Device& device, const Draws& draws, Cell cell, double amplitude);

/// Direct programming of a level: the cell goes to the lowest state, then one pulse of that many
/// levels, also of 0. Cells that do not move stay where they are.
Cell after_level(const device::Device& device, const Draws& draws, Cell cell, double level);

/// A fresh cell after a list of pulses.
Cell programmed_cell(const device::Device& device, const Draws& draws, std::uint32_t number,
                     std::span<const double> pulses);

// ---- Conditions: what time and temperature make of a programmed conductance, in this order ----
// Each function begins with the G that the one before left.

/// The temperature, in kelvin, at which devices are told.
inline constexpr double kReferenceKelvin = 298.15;
/// Boltzmann's constant in eV/K (CODATA 2018, exact since the SI of 2019).
inline constexpr double kBoltzmann = 8.617333262e-5;

struct Conditions {
  double seconds = 0.0;  ///< since programming
  double kelvin = kReferenceKelvin;
  std::uint64_t changes = 0;  ///< times that they were set so far: the event of 1/f noise
};

/// Arrhenius: t exp(E / k (1 / 298.15 - 1 / T)), E = activation_energy in eV. Throws
/// base::InputError where a device that drifts, relaxes or decays has none and T is not 298.15 K.
double accelerated_seconds(const device::Device& device, double seconds, double kelvin);

/// s(t) of relax_polynomials in the device unit: each polynomial of G / program_scale, at least 0;
/// linear in ln t between two times, the first's before the first, the last's after the last.
double relaxation_sigma(const device::Device& device, double g, double seconds);

/// 0. Capacitors: G max(0, 1 + capacitor_sigma z1), z1 of the second word. A capacitor stays what
///    it is, however often its bit is written.
double after_capacitor(const device::Device& device, const Draws& draws, const Cell& cell,
                       double g);

/// 1. relax_polynomials (ReRAM, Wan 2022): G += sqrt(max(0, s(t)^2 - s(t1)^2)) z4, t1 the first
///    time; relax_saturating (SONOS, IEDM 2022): G += a (1 - exp(-G / b)) min(1, ln(1 + t) /
///    ln(1 + t5)) z4.
double after_relaxation(const device::Device& device, const Draws& draws, const Cell& cell,
                        double g, double seconds);

/// 2. Drift (PCM, Nandakumar 2019): G ((t + t0) / t0)^-nu, nu = |mean + spread z3|, both
///    clip(a ln(x) + b, low, high) of x = max(G, 1e-6 high) / high.
double after_drift(const device::Device& device, const Draws& draws, const Cell& cell, double g,
                   double seconds);

/// 3. Decay (ReRAM CMO/HfOx, Falcone), t > 1 s: G += k ln t + (a ln t + b) z4. A device that
///    relaxes too draws the second word of z4.
double after_decay(const device::Device& device, const Draws& draws, const Cell& cell, double g,
                   double seconds);

/// 4. G (1 + temperature_coefficient (T - 298.15)).
double after_temperature(const device::Device& device, double g, double kelvin);

/// 5. 1/f noise, t > t_r: flicker (PCM, Nandakumar 2019): G += G min(q / x^e, m) root z6, x =
///    max(G, 1e-6 high) / high; flicker_log (Falcone): G += k log10(max(G, 1)) root z6; root =
///    sqrt(ln((t + t_r) / (2 t_r))).
double after_flicker(const device::Device& device, const Draws& draws, const Cell& cell, double g,
                     double seconds, std::uint64_t condition_changes);

/// All six, then max(0, G). Throws base::InputError where that is not finite.
double conductance_at(const device::Device& device, const Draws& draws, const Cell& cell,
                      const Conditions& conditions);

// ---- Reading ----

/// An array of R x D cells with what stands around them.
struct Array {
  device::Device device;
  Draws draws;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<Cell> cells;  ///< rows x columns
  crossbar::Wires wires;    ///< all of 0 ohm: none
};

/// Fresh cells, numbered row by row.
Array fresh_array(device::Device device, const Draws& draws, std::size_t rows, std::size_t columns,
                  const crossbar::Wires& wires = {});

/// Direct programming of every cell; `levels` is rows x columns.
void program_levels(Array& array, std::span<const int> levels);

/// G of every cell, rows x columns, in the device unit.
std::vector<double> conductances(const Array& array, const Conditions& conditions);

/// The weight (G - low) / dG of a cell under conditions: that as programmed and the change of G, so
/// that a level stays a whole number where nothing happens.
double weight_at(const device::Device& device, const Draws& draws, const Cell& cell,
                 const Conditions& conditions);

/// The current of a cell of conductance `g`, without wires, at the share v of read_voltage:
///   I = G v + (n2 V |V| + n3 V^3) / V_read, V = v V_read   (Milo 2021)
/// in the device unit, so that a linear cell at full voltage has the current G.
double cell_current(const device::Device& device, double g, double v);

/// sigma of white read noise in the device unit at full voltage: read_relative s: s G;
/// read_saturating: a (1 - exp(-G / b)) (SONOS, IEDM 2022); the root of the sum of squares.
double read_sigma(const device::Device& device, double g);

/// S of all columns without noise and without wires, in product units: I[d] = sum over r of
/// v[r] G[r][d], less a column of cells in the lowest state, times (2^k - 1) / dG. That is
///   S[d] = sum over r of code[r] weight[r][d]
/// Curves of cells are the same for all of them and leave with the column that is subtracted.
std::vector<double> sums_without_wires(const Array& array, const Conditions& conditions,
                                       std::span<const int> codes,
                                       const std::vector<bool>& enabled);

/// The same with wires: I[d] after Kirchhoff's laws of the whole network, in which a row that is
/// not enabled is inactive;
///   S[d] = (I[d] - sum over r of cell_current(low, v[r])) (2^k - 1) / dG, v = code / (2^k - 1)
std::vector<double> sums_with_wires(const Array& array, const Conditions& conditions,
                                    std::span<const int> codes, int code_bits,
                                    const std::vector<bool>& enabled);

/// sigma of a column's white noise in product units: (2^k - 1) / dG sqrt(sum over r of (v[r]
/// sigma[r][d])^2). With wires sigma[r][d] is scaled by effective / G, that of linear cells with
/// every row active; 0 where G is 0.
std::vector<double> noise_sigmas(const Array& array, const Conditions& conditions,
                                 std::span<const int> codes, const std::vector<bool>& enabled);

/// sigma of a charge-domain column in product units: output_sigma R (2^k - 1) (L - 1) /
/// 2^output_bits, output_sigma being told in steps of a converter of output_bits (MC2-RAM, ASiM).
double output_noise_sigma(const Array& array, int code_bits);

/// What one read gives: S[d], one value a column, in product units, where an ideal array gives sum
/// over r of code[r] level[r][d]: one of the two sums, + noise sigma z5 + output noise sigma z7.
/// `reads_before` is the event of z5 and z7.
std::vector<double> read_currents(const Array& array, const Conditions& conditions,
                                  std::span<const int> codes, int code_bits,
                                  const std::vector<bool>& enabled, std::uint64_t reads_before);

}  // namespace cimforge::reference
