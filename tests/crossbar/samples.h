// Arrays for the tests of this room: random, with every topology.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "sim/crossbar/crossbar.h"

namespace cimforge::crossbar::test {

inline constexpr std::array kDriverSides = {DriverSide::left, DriverSide::right, DriverSide::both};
inline constexpr std::array kSenseSides = {SenseSide::bottom, SenseSide::top, SenseSide::both};
inline constexpr std::array kInactiveRows = {InactiveRow::grounded, InactiveRow::floating};
inline constexpr std::array kCellKinds = {CellKind::passive, CellKind::one_transistor};

using Random = std::mt19937;

/// Conductances from 1 to 100 uS; about one in eight is 0, but no row is without any.
inline Matrix random_conductances(std::size_t rows, std::size_t columns, Random& random) {
  std::uniform_real_distribution<double> siemens(1e-6, 1e-4);
  std::uniform_int_distribution<int> one_in_eight(0, 7);
  Matrix matrix{rows, columns, std::vector<double>(rows * columns)};
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      matrix(r, c) = siemens(random);
      if (one_in_eight(random) == 0 && c != r % columns) matrix(r, c) = 0.0;
    }
  }
  return matrix;
}

inline std::vector<double> random_voltages(std::size_t rows, Random& random) {
  std::uniform_real_distribution<double> volt(-0.5, 0.5);
  std::vector<double> result(rows);
  for (double& value : result) value = volt(random);
  return result;
}

/// Every third row or so is not active; at least one is active and, of several, one is not.
inline std::vector<bool> random_rows(std::size_t rows, Random& random) {
  std::uniform_int_distribution<int> one_in_three(0, 2);
  std::vector<bool> result(rows);
  for (std::size_t r = 0; r < rows; ++r) result[r] = one_in_three(random) != 0;
  result[rows / 2] = true;
  if (rows > 1) result[0] = false;
  return result;
}

/// How far apart two vectors are, as a share of the largest element.
inline double distance(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size()) return HUGE_VAL;
  double largest = 0.0;
  double worst = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) || std::isnan(b[i])) return HUGE_VAL;
    largest = std::max(largest, std::abs(b[i]));
    worst = std::max(worst, std::abs(a[i] - b[i]));
  }
  return worst == 0.0 ? 0.0 : worst / largest;
}

/// How far apart two vectors are, element by element: the worst share of an element.
inline double relative_distance(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size()) return HUGE_VAL;
  double worst = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) || std::isnan(b[i])) return HUGE_VAL;
    if (a[i] != b[i]) worst = std::max(worst, std::abs(a[i] - b[i]) / std::abs(b[i]));
  }
  return worst;
}

inline std::string describe(const Wires& wires) {
  const auto number = [](auto value) { return std::to_string(static_cast<int>(value)); };
  return "row " + std::to_string(wires.row_ohm) + " column " + std::to_string(wires.column_ohm) +
         " driver " + std::to_string(wires.driver_ohm) + " sense " +
         std::to_string(wires.sense_ohm) + " ohm, driver side " + number(wires.driver) +
         ", sense side " + number(wires.sense) + ", inactive " + number(wires.inactive) +
         ", cell " + number(wires.cell);
}

}  // namespace cimforge::crossbar::test
