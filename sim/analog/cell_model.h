// What one cell does, formula by formula: a device's parameters, checked and ready for use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "generator/device/device.h"
#include "sim/crossbar/crossbar.h"

namespace cimforge::analog {

/// Which effects an array has; those that its device has no parameter for do nothing.
struct Effects {
  bool programming = true;           ///< noise of each pulse
  bool device_spread = true;         ///< between devices: of the pulses, of the capacitors
  bool stuck = true;                 ///< cells that stay where they are
  bool endurance = true;             ///< cells that wear out
  bool relaxation_and_drift = true;  ///< over time: relaxation, drift, decay
  bool temperature = true;           ///< acceleration of time, and of the conductances themselves
  bool read_noise = true;            ///< white, new at each read
  bool flicker = true;               ///< 1/f, new at each change of the conditions
  bool output_noise = true;          ///< of the columns of sram_charge
  bool wires = true;                 ///< their resistance
  bool nonlinear = true;             ///< I-V curves of the cells, which show with wires alone
  bool time_readout = true;          ///< strings of resistances are read in steps of time

  /// An ideal array: it computes sums of products.
  static constexpr Effects none() {
    return {false, false, false, false, false, false, false, false, false, false, false, false};
  }
  bool operator==(const Effects&) const = default;
};

/// Kinds of draws: an array's keys have 32 array + kind.
enum class Draw : std::uint32_t {
  programming = 0,
  device_spread = 1,
  stuck = 2,
  drift = 3,
  relaxation = 4,
  read_noise = 5,
  flicker = 6,
  output_noise = 7,
  comparator = 8,
  capacitor_mismatch = 9,
};
inline constexpr std::uint32_t kDraws = 32;              ///< of one array
inline constexpr std::uint32_t kMostArrays = 1U << 27U;  ///< so that 32 array + kind is 32 bits

inline constexpr double kReferenceKelvin = 298.15;

/// Where and when cells are read.
struct Conditions {
  double seconds = 0.0;  ///< since programming
  double kelvin = kReferenceKelvin;
  std::uint64_t changes = 0;  ///< calls that set them
};

/// Gaussians of a cell under conditions.
struct CellDraws {
  double drift = 0.0;
  double relaxation = 0.0;
  double decay = 0.0;
  double flicker = 0.0;
};

/// A string of mram_resistance_sum and what reads it, as docs/analog_model.md has them.
struct StringModel {
  double resistance_p = 0.0;       ///< ohm
  double resistance_ap = 0.0;      ///< ohm
  double resistance_switch = 0.0;  ///< ohm
  double spread = 0.0;             ///< of a junction's resistance, relative
  double read_relative = 0.0;      ///< white noise of a junction's resistance, relative
  double ps_per_ohm = 0.0;         ///< alpha C
  double offset_ps = 0.0;
  double lsb_ps = 0.0;
  int bits = 0;  ///< of the time-to-digital converter

  [[nodiscard]] double step_ohm() const { return resistance_ap - resistance_p; }
  /// Of a string whose resistance is that of so many matches, in steps of the converter.
  [[nodiscard]] double steps(int rows, double matches) const {
    const double ohm = rows * (resistance_p + resistance_switch) + matches * step_ohm();
    return (ps_per_ohm * ohm + offset_ps) / lsb_ps;
  }
};

/// Conductances G are in the device's unit: uS, nA at the full read voltage, or 1.
class CellModel {
 public:
  /// Throws base::InputError that names the device and the parameter that is missing or wrong.
  /// `with_wires`: parameters that only wires need are needed.
  CellModel(const device::Device& device, const Effects& effects, int levels, bool with_wires);

  [[nodiscard]] double low() const { return low_; }
  [[nodiscard]] double high() const { return high_; }
  [[nodiscard]] double step() const { return step_; }  ///< dG

  /// Standard deviation of one pulse that ends at G.
  [[nodiscard]] double program_sigma(double g) const;
  /// Standard deviation of white read noise of a cell.
  [[nodiscard]] double read_sigma(double g) const;
  /// Throws base::InputError where the device has no parameter that these conditions need.
  void check(const Conditions& conditions) const;
  /// Whether cells differ from what was programmed.
  [[nodiscard]] bool acts(const Conditions& conditions) const;
  // Which draws the next function reads.
  [[nodiscard]] bool relaxes() const { return relaxes_; }
  [[nodiscard]] bool drifts() const { return drift_.has_value(); }
  [[nodiscard]] bool decays() const { return decay_.has_value(); }
  [[nodiscard]] bool flickers(const Conditions& conditions) const;
  /// The word of kind `relaxation` that decay uses.
  [[nodiscard]] std::size_t decay_word() const { return relaxes_ ? 1 : 0; }
  /// The conductance of a programmed cell under conditions.
  [[nodiscard]] double conductance(double g, const Conditions& conditions,
                                   const CellDraws& draws) const;
  /// Relative size of the capacitor of a cell with this Gaussian.
  [[nodiscard]] double capacitor(double gaussian) const;

  [[nodiscard]] bool has_device_spread() const { return device_spread_ != 0.0; }
  [[nodiscard]] bool has_capacitors() const { return capacitor_sigma_ != 0.0; }
  [[nodiscard]] bool has_stuck() const { return stuck_low_ != 0.0 || stuck_high_ != 0.0; }
  [[nodiscard]] bool has_program_noise() const { return has_program_noise_; }
  [[nodiscard]] bool has_read_noise() const;
  [[nodiscard]] double device_spread() const { return device_spread_; }
  [[nodiscard]] double stuck_low() const { return stuck_low_; }
  [[nodiscard]] double stuck_high() const { return stuck_high_; }
  [[nodiscard]] double endurance() const { return endurance_; }  ///< pulses; may be infinite
  /// Standard deviation of a column of sram_charge, in steps of an ADC of output_bits; or 0.
  [[nodiscard]] double output_sigma() const { return output_sigma_; }
  [[nodiscard]] double output_bits() const { return output_bits_; }

  /// Of mram_resistance_sum alone; a cell's level is then its weight bit.
  [[nodiscard]] const std::optional<StringModel>& string() const { return string_; }

  // With wires.
  /// Siemens of one unit of G; and units of I (those of G) of one ampere.
  [[nodiscard]] double siemens_per_unit() const { return siemens_per_unit_; }
  [[nodiscard]] double units_per_ampere() const { return units_per_ampere_; }
  /// At which the full code drives a row, in V.
  [[nodiscard]] double full_voltage() const { return full_voltage_; }
  [[nodiscard]] const crossbar::CellCurve& curve() const { return curve_; }

 private:
  using Polynomial = std::vector<double>;
  struct Saturating {
    double a = 0.0;
    double b = 0.0;
    [[nodiscard]] double at(double g) const;
  };
  /// clip(a ln g + b, low, high)
  struct ClippedLog {
    double a = 0.0;
    double b = 0.0;
    double low = 0.0;
    double high = 0.0;
    [[nodiscard]] double at(double log_g) const;
  };
  struct Drift {
    ClippedLog mean;
    std::optional<ClippedLog> spread;
    double time = 0.0;
  };
  struct Decay {
    double mean = 0.0;
    double slope = 0.0;
    double offset = 0.0;
  };
  struct Flicker {
    double q = 0.0;
    double exponent = 0.0;
    double most = 0.0;
  };
  class Parameters;

  void read_range(const Parameters& parameters, int levels);
  void read_string(const Parameters& parameters, const Effects& effects, int levels);
  void read_programming(const Parameters& parameters, const Effects& effects);
  void read_time(const Parameters& parameters);
  void read_noise(const Parameters& parameters, const Effects& effects);
  void read_wires(const Parameters& parameters, const Effects& effects);
  [[nodiscard]] bool is_warm(const Conditions& conditions) const;
  [[nodiscard]] double seconds_of(const Conditions& conditions) const;
  [[nodiscard]] double relaxation_sigma(double g, double seconds) const;

  std::string name_;
  double low_ = 0.0;
  double high_ = 1.0;
  double step_ = 1.0;

  double scale_ = 1.0;  ///< of the polynomials
  bool has_program_noise_ = false;
  Polynomial program_polynomial_;
  double program_relative_ = 0.0;
  std::optional<Saturating> program_saturating_;
  double device_spread_ = 0.0;
  double capacitor_sigma_ = 0.0;
  double stuck_low_ = 0.0;
  double stuck_high_ = 0.0;
  double endurance_ = std::numeric_limits<double>::infinity();

  bool relaxes_ = false;
  std::vector<double> relax_times_;
  std::vector<Polynomial> relax_polynomials_;
  std::optional<Saturating> relax_saturating_;
  double relax_saturating_time_ = 0.0;
  std::optional<Drift> drift_;
  std::optional<Decay> decay_;
  std::optional<Flicker> flicker_;
  double flicker_log_ = 0.0;
  double flicker_time_ = std::numeric_limits<double>::infinity();

  // Needed at other temperatures than the reference alone: asked for when there is one.
  bool with_temperature_ = false;
  std::optional<double> activation_energy_;
  double temperature_coefficient_ = 0.0;
  device::Device device_;

  double read_relative_ = 0.0;
  std::optional<Saturating> read_saturating_;
  double output_sigma_ = 0.0;
  double output_bits_ = 0.0;

  std::optional<StringModel> string_;

  double siemens_per_unit_ = 1.0;
  double units_per_ampere_ = 1.0;
  double full_voltage_ = 1.0;
  crossbar::CellCurve curve_;
};

}  // namespace cimforge::analog
