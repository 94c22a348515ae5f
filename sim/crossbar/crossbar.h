// Currents of a resistive crossbar with the resistance of its wires: the solution of Kirchhoff's
// law, not an approximation. See docs/crossbar.md for the network and what it costs.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "generator/base/exit_status.h"

namespace cimforge::crossbar {

/// A matrix of doubles, row-major.
struct Matrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<double> values;  ///< rows x columns

  [[nodiscard]] double operator()(std::size_t row, std::size_t column) const {
    return values[row * columns + column];
  }
  [[nodiscard]] double& operator()(std::size_t row, std::size_t column) {
    return values[row * columns + column];
  }
};

/// At which end of a row its driver stands; both: one driver at each, of the same voltage.
enum class DriverSide { left, right, both };

/// At which end of a column the virtual ground takes its current; both: the sum of two.
enum class SenseSide { bottom, top, both };

/// What the driver of a row that is not active does. It has no effect with one_transistor cells.
enum class InactiveRow {
  grounded,  ///< it drives 0 V
  floating,  ///< it is cut off from the row; of two, each is
};

enum class CellKind {
  passive,         ///< a resistance between the row and the column
  one_transistor,  ///< 1T1R: the cells of a row that is not active conduct nothing
};

/// The wires of an array and what stands around them. Resistances are in ohm, 0 or between 1e-12
/// and 1e15; with 0 the nodes on both sides are one.
struct Wires {
  double row_ohm = 0.0;     ///< between neighbouring cells of a row
  double column_ohm = 0.0;  ///< between neighbouring cells of a column
  double driver_ohm = 0.0;  ///< from the row driver to the nearest cell
  double sense_ohm = 0.0;   ///< from the nearest cell to the virtual ground
  DriverSide driver = DriverSide::left;
  SenseSide sense = SenseSide::bottom;
  InactiveRow inactive = InactiveRow::grounded;
  CellKind cell = CellKind::passive;
};

/// The current of a cell of conductance G at u volt: I = G u + a2 u |u| + a3 u^3 ampere. The
/// coefficients are those of every cell of the array.
struct CellCurve {
  double a2 = 0.0;  ///< ampere / V^2
  double a3 = 0.0;  ///< ampere / V^3

  [[nodiscard]] bool is_linear() const { return a2 == 0.0 && a3 == 0.0; }
};

/// When Newton's method ends.
struct NewtonLimits {
  /// It has converged when no node voltage changes by more than this share of the span of the
  /// driven voltages. The error of the voltages is then far below, since each step squares it.
  double tolerance = 1e-10;
  int iterations = 50;
};

/// Newton's method did not converge; the message tells how far it came.
class NotConverged : public base::CommandError {
 public:
  explicit NotConverged(const std::string& message)
      : CommandError(base::ExitStatus::check_failed, message) {}
};

/// A programmed array. It never changes; copies share what they have computed, and threads may use
/// one array at the same time.
class Array {
 public:
  /// `conductances` is rows x columns, in siemens, each between 0 and 1e12. Throws InputError which
  /// names the first element, resistance or coefficient that is not a number or out of range.
  explicit Array(Matrix conductances, Wires wires = {}, CellCurve curve = {},
                 NewtonLimits limits = {});

  [[nodiscard]] std::size_t rows() const { return conductances_.rows; }
  [[nodiscard]] std::size_t columns() const { return conductances_.columns; }
  [[nodiscard]] const Matrix& conductances() const { return conductances_; }
  [[nodiscard]] const Wires& wires() const { return wires_; }

  /// Geff in siemens, rows x columns: with every row active and driven to V, the current into the
  /// virtual ground of column c is the sum over r of V[r] Geff(r, c). Computed at the first call.
  /// Throws InputError where the cells are not linear.
  [[nodiscard]] const Matrix& effective() const;

  /// The current in ampere into the virtual ground of each column, every row active. `voltages` has
  /// one value a row, in volt. Throws InputError for a value that is not finite, NotConverged.
  [[nodiscard]] std::vector<double> currents(std::span<const double> voltages) const;

  /// The same with some rows inactive; `active` has one value a row. The voltages of inactive rows
  /// are not used. The cost of a pattern is in docs/crossbar.md.
  [[nodiscard]] std::vector<double> currents(std::span<const double> voltages,
                                             const std::vector<bool>& active) const;

 private:
  struct Computed;

  Matrix conductances_;
  Wires wires_;
  CellCurve curve_;
  NewtonLimits limits_;
  std::shared_ptr<Computed> computed_;
};

/// The plain product y[c] = sum over r of x[r] matrix(r, c), added up in the order of the rows.
std::vector<double> multiply(const Matrix& matrix, std::span<const double> x);

/// The same without an allocation; `y` has one value a column.
void multiply(const Matrix& matrix, std::span<const double> x, std::span<double> y);

}  // namespace cimforge::crossbar
