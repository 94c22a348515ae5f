#include "sim/crossbar/crossbar.h"

#include <fmt/format.h>

#include <cassert>
#include <cmath>
#include <Eigen/Core>
#include <mutex>
#include <string_view>
#include <utility>

#include "sim/crossbar/elimination.h"
#include "sim/crossbar/network.h"
#include "sim/crossbar/newton.h"

namespace cimforge::crossbar {
namespace {

// Far outside anything that is built, and far inside what a double holds: no product overflows.
constexpr double kLeastOhm = 1e-12;
constexpr double kMostOhm = 1e15;
constexpr double kMostSiemens = 1e12;

void check_ohm(std::string_view name, double ohm) {
  if (ohm == 0.0 || (ohm >= kLeastOhm && ohm <= kMostOhm)) return;
  throw base::InputError(
      fmt::format("{} must be 0 or between {} and {} ohm, got {}", name, kLeastOhm, kMostOhm, ohm));
}

void check_finite(std::string_view name, double value) {
  if (std::isfinite(value)) return;
  throw base::InputError(fmt::format("{} must be finite, got {}", name, value));
}

void check_shape(const Matrix& matrix) {
  if (matrix.rows == 0 || matrix.columns == 0) {
    throw base::InputError(fmt::format("an array must have at least one cell, got {} x {}",
                                       matrix.rows, matrix.columns));
  }
  // Nodes are numbered in 32 bits; there are two at a cell and one at each terminal.
  constexpr std::size_t most = std::size_t{1} << 30U;
  if (matrix.rows > most / matrix.columns) {
    throw base::InputError(fmt::format("an array must have at most {} cells, got {} x {}", most,
                                       matrix.rows, matrix.columns));
  }
  if (matrix.values.size() != matrix.rows * matrix.columns) {
    throw base::InputError(fmt::format("{} x {} conductances are {} values, got {}", matrix.rows,
                                       matrix.columns, matrix.rows * matrix.columns,
                                       matrix.values.size()));
  }
}

void check_conductances(const Matrix& matrix) {
  for (std::size_t r = 0; r < matrix.rows; ++r) {
    for (std::size_t c = 0; c < matrix.columns; ++c) {
      const double siemens = matrix(r, c);
      if (siemens >= 0.0 && siemens <= kMostSiemens) continue;
      throw base::InputError(
          fmt::format("the conductance in row {}, column {} must be between 0 and {} S, got {}", r,
                      c, kMostSiemens, siemens));
    }
  }
}

/// The ends of a wire with the same resistance to its terminal at either.
Ends ends(bool first, bool last, double ohm) {
  Ends result;
  if (first) result.first_ohm = ohm;
  if (last) result.last_ohm = ohm;
  return result;
}

Ends row_ends(const Wires& wires) {
  return ends(wires.driver != DriverSide::right, wires.driver != DriverSide::left,
              wires.driver_ohm);
}

/// The network of the rows whose numbers are given, which are those that conduct: where rows in
/// between conduct nothing, the column wires between their neighbours are longer.
Network make_network(const Wires& wires, std::size_t rows, std::size_t columns,
                     const std::vector<std::size_t>& present, std::vector<Ends> ends_of_rows) {
  std::vector<double> column_segments;
  for (std::size_t k = 1; k < present.size(); ++k) {
    column_segments.push_back(static_cast<double>(present[k] - present[k - 1]) * wires.column_ohm);
  }
  Ends column_ends =
      ends(wires.sense != SenseSide::bottom, wires.sense != SenseSide::top, wires.sense_ohm);
  if (column_ends.first_ohm) {
    *column_ends.first_ohm += static_cast<double>(present.front()) * wires.column_ohm;
  }
  if (column_ends.last_ohm) {
    *column_ends.last_ohm += static_cast<double>(rows - 1 - present.back()) * wires.column_ohm;
  }
  return {std::vector<double>(columns - 1, wires.row_ohm), std::move(ends_of_rows),
          std::move(column_segments), column_ends};
}

std::vector<std::size_t> all_rows(std::size_t rows) {
  std::vector<std::size_t> result(rows);
  for (std::size_t r = 0; r < rows; ++r) result[r] = r;
  return result;
}

}  // namespace

/// The same for every input; made once.
struct Array::Computed {
  std::once_flag once;
  Ports ports;
};

Array::Array(Matrix conductances, Wires wires, CellCurve curve, NewtonLimits limits)
    : conductances_(std::move(conductances)),
      wires_(wires),
      curve_(curve),
      limits_(limits),
      computed_(std::make_shared<Computed>()) {
  check_shape(conductances_);
  check_conductances(conductances_);
  check_ohm("row_ohm", wires_.row_ohm);
  check_ohm("column_ohm", wires_.column_ohm);
  check_ohm("driver_ohm", wires_.driver_ohm);
  check_ohm("sense_ohm", wires_.sense_ohm);
  check_finite("a2", curve_.a2);
  check_finite("a3", curve_.a3);
  if (!(limits_.tolerance > 0.0 && limits_.tolerance < 1.0)) {
    throw base::InputError(fmt::format(
        "the tolerance of Newton's method must be between 0 and 1, got {}", limits_.tolerance));
  }
  if (limits_.iterations < 1) {
    throw base::InputError(fmt::format("Newton's method must have at least one iteration, got {}",
                                       limits_.iterations));
  }
}

const Matrix& Array::effective() const {
  if (!curve_.is_linear()) {
    throw base::InputError("non-linear cells have no effective conductances (a2 or a3 is not 0)");
  }
  std::call_once(computed_->once, [this] {
    const Network network = make_network(wires_, rows(), columns(), all_rows(rows()),
                                         std::vector<Ends>(rows(), row_ends(wires_)));
    computed_->ports = eliminate_to_ports(network, conductances_.values);
  });
  return computed_->ports.row_to_column;
}

std::vector<double> Array::currents(std::span<const double> voltages) const {
  return currents(voltages, std::vector<bool>(rows(), true));
}

std::vector<double> Array::currents(std::span<const double> voltages,
                                    const std::vector<bool>& active) const {
  if (voltages.size() != rows() || active.size() != rows()) {
    throw base::InputError(fmt::format("{} rows have as many voltages and states, got {} and {}",
                                       rows(), voltages.size(), active.size()));
  }
  std::vector<double> driven(rows(), 0.0);
  std::vector<std::size_t> active_rows;
  for (std::size_t r = 0; r < rows(); ++r) {
    if (!active[r]) continue;
    if (!std::isfinite(voltages[r])) {
      throw base::InputError(
          fmt::format("the voltage of row {} must be finite, got {}", r, voltages[r]));
    }
    driven[r] = voltages[r];
    active_rows.push_back(r);
  }
  if (active_rows.empty()) return std::vector<double>(columns(), 0.0);
  const bool all_active = active_rows.size() == rows();

  if (wires_.cell == CellKind::one_transistor && !all_active) {
    std::vector<double> cells;
    std::vector<double> active_voltages;
    for (const std::size_t r : active_rows) {
      const auto row = conductances_.values.begin() + static_cast<std::ptrdiff_t>(r * columns());
      cells.insert(cells.end(), row, row + static_cast<std::ptrdiff_t>(columns()));
      active_voltages.push_back(driven[r]);
    }
    const Network network = make_network(wires_, rows(), columns(), active_rows,
                                         std::vector<Ends>(active_rows.size(), row_ends(wires_)));
    return solve_currents(network, cells, curve_, active_voltages, limits_);
  }

  const bool floating = wires_.inactive == InactiveRow::floating && !all_active;
  // Geff knows the two drivers of a row as one: cut off one by one they are not connected.
  const bool in_two_places = floating && wires_.driver == DriverSide::both;
  if (!curve_.is_linear() || in_two_places) {
    std::vector<Ends> ends_of_rows(rows(), row_ends(wires_));
    for (std::size_t r = 0; floating && r < rows(); ++r) {
      if (!active[r]) ends_of_rows[r] = {};
    }
    const Network network =
        make_network(wires_, rows(), columns(), all_rows(rows()), std::move(ends_of_rows));
    return solve_currents(network, conductances_.values, curve_, driven, limits_);
  }

  const Matrix& geff = effective();
  if (floating) settle_floating_rows(computed_->ports, active, driven);
  return multiply(geff, driven);
}

void multiply(const Matrix& matrix, std::span<const double> x, std::span<double> y) {
  assert(x.size() == matrix.rows && y.size() == matrix.columns);
  const auto columns = static_cast<Eigen::Index>(matrix.columns);
  Eigen::Map<Eigen::ArrayXd> sums(y.data(), columns);
  const auto row = [&](std::size_t r) {
    return Eigen::Map<const Eigen::ArrayXd>(matrix.values.data() + r * matrix.columns, columns);
  };
  sums.setZero();
  // Four rows at a time, so that the sums are loaded and stored a quarter as often.
  std::size_t r = 0;
  for (; r + 4 <= matrix.rows; r += 4) {
    sums = (((sums + x[r] * row(r)) + x[r + 1] * row(r + 1)) + x[r + 2] * row(r + 2)) +
           x[r + 3] * row(r + 3);
  }
  for (; r < matrix.rows; ++r) sums += x[r] * row(r);
}

std::vector<double> multiply(const Matrix& matrix, std::span<const double> x) {
  std::vector<double> y(matrix.columns);
  multiply(matrix, x, y);
  return y;
}

}  // namespace cimforge::crossbar
