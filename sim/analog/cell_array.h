// An analog array of memory cells: programmed by pulses, read as sums of products with the errors
// of its devices and wires. docs/analog_model.md has the formulas; this is their fast form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "generator/device/device.h"
#include "sim/analog/cell_model.h"
#include "sim/analog/product.h"
#include "sim/crossbar/crossbar.h"

namespace cimforge::analog {

struct ArrayConfig {
  int rows = 0;            ///< at least 1
  int device_columns = 0;  ///< at least 1; two of them may be one column of the macro
  int levels = 2;          ///< that are used of those that the device has
  int code_bits = 1;       ///< 1 to 16; a row code is 0 to 2^code_bits - 1
  device::Device device;
  crossbar::Wires wires;    ///< all 0 ohm: no wires
  std::uint64_t seed = 0;   ///< names the run
  std::uint32_t array = 0;  ///< names the array in the run; below 2^27
  Effects effects;
};

/// One array. Its results depend on the configuration and the calls alone: objects with the same
/// of both agree bit for bit, on any number of threads. One object is used by one thread at a time.
class CellArray {
 public:
  /// Throws base::InputError that names the device and what is wrong or has no value.
  explicit CellArray(ArrayConfig config);

  [[nodiscard]] const ArrayConfig& config() const { return config_; }
  [[nodiscard]] int rows() const { return config_.rows; }
  [[nodiscard]] int device_columns() const { return config_.device_columns; }

  /// One pulse to some cells of a row: one amplitude a device column, in levels, positive for SET,
  /// negative for RESET, 0 for no pulse.
  void pulse(int row, std::span<const int> amplitudes);

  /// Direct programming, each cell by one pulse from the lowest state. `levels` is rows x
  /// device_columns, row-major, each 0 to levels - 1.
  void program(std::span<const int> levels);
  /// The same for one row: device_columns levels.
  void program_row(int row, std::span<const int> levels);

  /// `seconds` since programming, and the temperature, of all cells from now on. Each call counts
  /// as a change of the conditions. Throws base::InputError where the device cannot tell what
  /// happens at this temperature.
  void set_conditions(double seconds, double kelvin);

  /// sums[d] = S[d] in product units, device_columns values: without errors the sum over the rows
  /// of code times level, exactly. `codes` has one value a row; `enabled` too, or is empty for all.
  /// Of strings (CellModel::string) the matches, rows whose code is their level; with one row
  /// enabled alone, and its code 1, the level of each cell that a sense amplifier reads.
  void read(std::span<const int> codes, const std::vector<bool>& enabled, std::span<double> sums);

  /// Of one cell, in the device's unit (uS, nA, or 1 for a full capacitor): as it is programmed ...
  [[nodiscard]] double programmed_conductance(int row, int device_column) const;
  /// ... and now, under the conditions; without white noise, which differs from read to read.
  [[nodiscard]] double conductance(int row, int device_column);
  /// The same in levels above the lowest state: without errors the level itself.
  [[nodiscard]] double weight(int row, int device_column);
  /// Of a cell of a string: how many matches more it is with the code 1 than with 0; without errors
  /// +1 or -1.
  [[nodiscard]] double bipolar_weight(int row, int device_column);
  /// Of mram_resistance_sum alone.
  [[nodiscard]] const std::optional<StringModel>& string() const { return model_.string(); }
  [[nodiscard]] std::uint32_t pulses(int row, int device_column) const;
  [[nodiscard]] bool is_stuck(int row, int device_column) const;
  [[nodiscard]] std::uint64_t reads() const { return reads_; }  ///< so far

 private:
  [[nodiscard]] std::size_t cell_of(int row, int device_column) const;
  [[nodiscard]] std::uint32_t word(Draw draw, std::size_t cell, std::uint64_t event,
                                   std::size_t word = 0) const;
  void check_row(int row) const;
  void check_read(std::span<const int> codes, const std::vector<bool>& enabled,
                  std::span<const double> sums) const;
  void pulse_cell(std::size_t cell, int amplitude, double from);
  void touch(std::size_t row);
  void update_row(std::size_t row);
  void update_stale_rows();

  // With wires.
  [[nodiscard]] crossbar::Matrix siemens(const std::vector<bool>& conducting) const;
  [[nodiscard]] std::vector<double> weights_with_wires(const crossbar::Array& array) const;
  const crossbar::Array& network();
  const std::vector<double>& effective();
  const std::vector<double>& selected(const std::vector<bool>& enabled);
  void read_currents(std::span<const int> codes, const std::vector<bool>& enabled,
                     std::span<double> sums);

  // Of strings.
  void update_string(std::size_t cell);
  void sum_strings();
  void read_strings(std::span<double> sums);
  void sense_row(std::size_t row, std::span<double> sums);

  const std::vector<double>& variances();
  void add_column_noise(Draw draw, std::span<const double> sigmas, std::span<double> sums) const;

  ArrayConfig config_;
  bool has_wires_ = false;
  CellModel model_;
  Conditions conditions_;
  std::uint64_t reads_ = 0;

  // Matrices are rows x device_columns. A cell's state is its weight (G - g_low) / dG, in levels:
  // then an array without errors computes in whole numbers.
  std::vector<double> programmed_;
  std::vector<std::uint32_t> pulses_;
  std::vector<double> spread_;      ///< Gaussians between devices; empty without that effect
  std::vector<double> capacitors_;  ///< relative sizes; empty without that effect
  std::vector<char> stuck_;         ///< 1 for stuck cells; empty without that effect

  // Made when they are asked for, and empty until then and from the next change on.
  std::vector<char> stale_;  ///< rows whose part of now_ and variances_ is of former times
  bool any_stale_ = true;
  std::vector<double> now_;                 ///< weights under the conditions
  std::vector<double> variances_;           ///< of white read noise, in levels^2, without wires
  std::vector<double> effective_;           ///< weights with wires, every row active
  std::vector<double> wired_variances_;     ///< of white read noise with wires
  std::optional<crossbar::Array> network_;  ///< with the curve of the cells
  /// Of one-transistor cells: weights with wires by the rows that are enabled, of recent reads.
  std::map<std::vector<bool>, std::vector<double>> selected_;

  /// Strings: what a cell adds to S with the code 0, and how much more with 1; the same of the
  /// variance of S. Then the first of both, summed over the rows.
  struct Strings {
    std::vector<double> junctions[2];  ///< relative resistances of the branches of 1 and 0
    std::vector<double> matches, change, variances, variance_change;
    std::vector<double> column_matches, column_variances;
  };
  Strings strings_;

  std::vector<DrivenRow> driven_;  ///< of the read under way
  std::vector<double> sigmas_;     ///< of its sums
};

}  // namespace cimforge::analog
