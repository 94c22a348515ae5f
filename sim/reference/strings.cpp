#include "sim/reference/strings.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace cimforge::reference {
namespace {

double value_or_zero(const device::Device& device, const char* parameter) {
  return device.parameters.contains(parameter) ? device.value(parameter) : 0.0;
}

double read_noise(const Array& array, std::size_t column, std::uint64_t reads_before) {
  return gaussian(array.draws, Kind::read, static_cast<std::uint32_t>(column), reads_before);
}

}  // namespace

bool is_string(const device::Device& device) {
  return device.family == "mram_resistance_sum";
}

double junction_ohm(const device::Device& device, const Draws& draws, const Cell& cell, int bit) {
  const int level = cell.weight > 0.5 ? 1 : 0;
  const double ohm = device.value(bit == level ? "resistance_ap" : "resistance_p");
  const double z1 = gaussian(draws, Kind::spread, cell.number, 0, bit == 1 ? 0 : 1);
  return ohm * std::max(0.0, 1.0 + value_or_zero(device, "device_spread") * z1);
}

std::vector<double> string_resistances(const Array& array, std::span<const int> bits,
                                       std::uint64_t reads_before) {
  assert(bits.size() == array.rows);
  const double sigma = value_or_zero(array.device, "read_relative");
  std::vector<double> result;
  for (std::size_t d = 0; d < array.columns; ++d) {
    double ohm = 0.0;
    double squares = 0.0;
    for (std::size_t r = 0; r < array.rows; ++r) {
      const Cell& cell = array.cells[r * array.columns + d];
      const double junction = junction_ohm(array.device, array.draws, cell, bits[r]);
      ohm += junction + array.device.value("resistance_switch");
      squares += std::pow(sigma * junction, 2);
    }
    result.push_back(ohm + std::sqrt(squares) * read_noise(array, d, reads_before));
  }
  return result;
}

double delay_steps(const device::Device& device, double ohm) {
  // ohm x fF is 1e-15 s, the 1e-3rd part of a ps.
  const double ps = device.value("delay_factor") * ohm * device.value("capacitance") / 1000.0 +
                    device.value("delay_offset");
  return ps / device.value("time_lsb");
}

std::vector<int> sensed_row(const Array& array, std::size_t row, std::uint64_t reads_before) {
  const double middle =
      (array.device.value("resistance_p") + array.device.value("resistance_ap")) / 2.0;
  const double sigma = value_or_zero(array.device, "read_relative");
  std::vector<int> levels;
  for (std::size_t d = 0; d < array.columns; ++d) {
    const Cell& cell = array.cells[row * array.columns + d];
    const double ohm = junction_ohm(array.device, array.draws, cell, 1);
    levels.push_back(ohm + sigma * ohm * read_noise(array, d, reads_before) > middle ? 1 : 0);
  }
  return levels;
}

}  // namespace cimforge::reference
