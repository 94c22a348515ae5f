// Devices and arrays that the tests of sim/analog share.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "generator/device/device.h"
#include "sim/analog/cell_array.h"
#include "sim/noise/noise.h"

namespace cimforge::analog::test {

constexpr std::uint64_t kSeed = 20240601;
constexpr std::uint32_t kArray = 7;

inline void set(device::Device& device, const std::string& name, std::vector<double> values) {
  device::Parameter& parameter = device.parameters[name];
  parameter.values = std::move(values);
  parameter.status = device::Status::assumed;
}

/// A preset; what nobody knows of it is made up.
inline device::Device complete(const std::string& name) {
  static const std::vector<std::pair<std::string, double>> made_up = {
      {"g_min", 50},          {"g_max", 125},
      {"i_min", 10},          {"i_max", 1000},
      {"levels", 8},          {"string_length", 32},
      {"capacitance", 1},     {"capacitor_sigma", .02},
      {"device_spread", .05}, {"iv_quadratic", 0},
      {"iv_cubic", 40},       {"activation_energy", 0.6},
      {"read_voltage", 0.2},  {"temperature_coefficient", -0.001}};
  device::Device device = device::load(name);
  for (const std::string& missing : device.missing()) {
    for (const auto& [parameter, value] : made_up) {
      if (parameter == missing) set(device, parameter, {value});
    }
  }
  return device;
}

/// The presets of sums of currents or charges; strings_test.cpp has the other.
inline std::vector<std::string> presets() {
  std::vector<std::string> names = device::preset_names();
  std::erase(names, "mram_resistance_sum");
  return names;
}

/// Cells of 10 to 40 uS without any effect.
inline device::Device plain_device(int levels = 4) {
  device::Device device;
  device.name = "plain";
  device.family = "reram";
  set(device, "g_min", {10});
  set(device, "g_max", {40});
  set(device, "levels", {static_cast<double>(levels)});
  return device;
}

inline ArrayConfig config_of(device::Device device, int rows = 6, int device_columns = 5,
                             int code_bits = 3) {
  ArrayConfig config;
  config.rows = rows;
  config.device_columns = device_columns;
  config.levels = static_cast<int>(device.value("levels"));
  config.code_bits = code_bits;
  config.device = std::move(device);
  config.seed = kSeed;
  config.array = kArray;
  return config;
}

inline std::vector<int> random_integers(std::size_t count, int least, int most, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> any(least, most);
  std::vector<int> result(count);
  for (int& each : result) each = any(random);
  return result;
}

inline std::vector<int> random_levels(const ArrayConfig& config, unsigned seed = 1) {
  return random_integers(
      static_cast<std::size_t>(config.rows) * static_cast<std::size_t>(config.device_columns), 0,
      config.levels - 1, seed);
}

inline std::vector<int> random_codes(const ArrayConfig& config, unsigned seed = 1) {
  return random_integers(static_cast<std::size_t>(config.rows), 0, (1 << config.code_bits) - 1,
                         seed);
}

inline std::vector<double> read(CellArray& array, const std::vector<int>& codes,
                                const std::vector<bool>& enabled = {}) {
  std::vector<double> sums(static_cast<std::size_t>(array.device_columns()));
  array.read(codes, enabled, sums);
  return sums;
}

/// z of docs/analog_model.md.
inline double z(std::uint32_t kind, std::size_t cell, std::uint64_t event, std::size_t word = 0) {
  return noise::gaussian(
      noise::words({kSeed, 32 * kArray + kind, static_cast<std::uint32_t>(cell), event})[word]);
}

/// Mean and variance of what was added, with how far they stray.
class Moments {
 public:
  void add(double x) {
    ++count_;
    const double step = x - mean_;
    mean_ += step / count_;
    squares_ += step * (x - mean_);
  }
  [[nodiscard]] double mean() const { return mean_; }
  [[nodiscard]] double sigma() const { return std::sqrt(squares_ / (count_ - 1)); }
  /// In standard deviations of the estimate: how far a mean and a sigma are from the right ones.
  [[nodiscard]] double mean_error(double mean, double sigma) const {
    return (mean_ - mean) / (sigma / std::sqrt(count_));
  }
  [[nodiscard]] double sigma_error(double right) const {
    return (sigma() - right) / (right / std::sqrt(2.0 * count_));
  }

 private:
  double count_ = 0.0;
  double mean_ = 0.0;
  double squares_ = 0.0;
};

}  // namespace cimforge::analog::test
