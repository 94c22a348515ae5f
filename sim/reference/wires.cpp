#include "sim/reference/wires.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace cimforge::reference {
namespace {

/// Terminals and nodes are numbered: the drivers of the rows, the ground of all columns, then two
/// nodes at each cell.
struct Numbers {
  std::size_t rows = 0;
  std::size_t columns = 0;

  [[nodiscard]] std::size_t driver(std::size_t r) const { return r; }
  [[nodiscard]] std::size_t ground() const { return rows; }
  [[nodiscard]] std::size_t on_row(std::size_t r, std::size_t d) const {
    return rows + 1 + r * columns + d;
  }
  [[nodiscard]] std::size_t on_column(std::size_t r, std::size_t d) const {
    return rows + 1 + rows * columns + r * columns + d;
  }
  [[nodiscard]] std::size_t count() const { return rows + 1 + 2 * rows * columns; }
};

struct Resistor {
  std::size_t from = 0;
  std::size_t to = 0;
  double ohm = 0.0;
};

/// Every wire of the network of docs/crossbar.md.
std::vector<Resistor> all_wires(const Numbers& node, const crossbar::Wires& wires,
                                const std::vector<bool>& active) {
  using crossbar::DriverSide;
  using crossbar::SenseSide;
  std::vector<Resistor> result;
  for (std::size_t r = 0; r < node.rows; ++r) {
    for (std::size_t d = 1; d < node.columns; ++d) {
      result.push_back({node.on_row(r, d - 1), node.on_row(r, d), wires.row_ohm});
    }
    // A floating row is cut off from each of its drivers.
    if (!active[r] && wires.inactive == crossbar::InactiveRow::floating) continue;
    if (wires.driver != DriverSide::right) {
      result.push_back({node.driver(r), node.on_row(r, 0), wires.driver_ohm});
    }
    if (wires.driver != DriverSide::left) {
      result.push_back({node.driver(r), node.on_row(r, node.columns - 1), wires.driver_ohm});
    }
  }
  for (std::size_t d = 0; d < node.columns; ++d) {
    for (std::size_t r = 1; r < node.rows; ++r) {
      result.push_back({node.on_column(r - 1, d), node.on_column(r, d), wires.column_ohm});
    }
    if (wires.sense != SenseSide::bottom) {
      result.push_back({node.on_column(0, d), node.ground(), wires.sense_ohm});
    }
    if (wires.sense != SenseSide::top) {
      result.push_back({node.on_column(node.rows - 1, d), node.ground(), wires.sense_ohm});
    }
  }
  return result;
}

/// The one node that stands for each: a wire of 0 ohm makes one of two. Terminals have the lowest
/// numbers and stand for themselves.
std::vector<std::size_t> merged_nodes(const Numbers& node, const std::vector<Resistor>& wires) {
  std::vector<std::size_t> same(node.count());
  std::iota(same.begin(), same.end(), std::size_t{0});
  bool changed = true;
  while (changed) {
    changed = false;
    for (const Resistor& wire : wires) {
      if (wire.ohm != 0.0 || same[wire.from] == same[wire.to]) continue;
      same[wire.from] = same[wire.to] = std::min(same[wire.from], same[wire.to]);
      changed = true;
    }
  }
  return same;
}

/// Solves matrix x = right by Gaussian elimination. The matrix is that of a network, whose diagonal
/// outweighs its rows: no pivot is exchanged. A node that hangs on nothing gets 0.
std::vector<double> solve(std::vector<std::vector<double>> matrix, std::vector<double> right) {
  const std::size_t n = right.size();
  std::vector<double> diagonal(n);
  for (std::size_t i = 0; i < n; ++i) diagonal[i] = matrix[i][i];
  const auto hangs_on_nothing = [&](std::size_t i) { return matrix[i][i] <= 1e-15 * diagonal[i]; };
  for (std::size_t k = 0; k < n; ++k) {
    if (hangs_on_nothing(k)) continue;
    for (std::size_t i = k + 1; i < n; ++i) {
      const double factor = matrix[i][k] / matrix[k][k];
      if (factor == 0.0) continue;
      for (std::size_t j = k; j < n; ++j) matrix[i][j] -= factor * matrix[k][j];
      right[i] -= factor * right[k];
    }
  }
  std::vector<double> x(n, 0.0);
  for (std::size_t k = n; k-- > 0;) {
    if (hangs_on_nothing(k)) continue;
    double rest = right[k];
    for (std::size_t j = k + 1; j < n; ++j) rest -= matrix[k][j] * x[j];
    x[k] = rest / matrix[k][k];
  }
  return x;
}

/// G u + a2 u |u| + a3 u^3
double current_of(double g, const crossbar::CellCurve& curve, double u) {
  return g * u + curve.a2 * u * std::abs(u) + curve.a3 * u * u * u;
}

/// Its derivative G + 2 a2 |u| + 3 a3 u^2.
double slope_of(double g, const crossbar::CellCurve& curve, double u) {
  return g + 2.0 * curve.a2 * std::abs(u) + 3.0 * curve.a3 * u * u;
}

}  // namespace

bool has_wires(const crossbar::Wires& wires) {
  return wires.row_ohm != 0.0 || wires.column_ohm != 0.0 || wires.driver_ohm != 0.0 ||
         wires.sense_ohm != 0.0;
}

std::vector<double> ground_currents(std::size_t rows, std::size_t columns,
                                    std::span<const double> conductances,
                                    const crossbar::CellCurve& curve, const crossbar::Wires& wires,
                                    std::span<const double> voltages,
                                    const std::vector<bool>& active) {
  const Numbers node{rows, columns};
  const std::vector<Resistor> resistors = all_wires(node, wires, active);
  const std::vector<std::size_t> same = merged_nodes(node, resistors);
  const std::size_t terminals = rows + 1;
  const auto conducts = [&](std::size_t r) {
    return active[r] || wires.cell != crossbar::CellKind::one_transistor;
  };

  // The voltage of every node; those of the terminals stay.
  std::vector<double> volt(node.count(), 0.0);
  double span = 0.0;
  for (std::size_t r = 0; r < rows; ++r) {
    if (active[r]) volt[node.driver(r)] = voltages[r];
    span = std::max(span, std::abs(volt[node.driver(r)]));
  }

  // Newton's method: the currents that leave a node add up to 0. One step solves a linear network.
  bool is_solved = false;
  for (int step = 0; step < 100 && !is_solved; ++step) {
    const std::size_t unknowns = node.count() - terminals;
    std::vector<std::vector<double>> matrix(unknowns, std::vector<double>(unknowns, 0.0));
    std::vector<double> right(unknowns, 0.0);
    // A branch from a to b with the current i at the present voltages and the slope di/du.
    const auto add_branch = [&](std::size_t from, std::size_t to, double current, double slope) {
      const std::size_t a = same[from];
      const std::size_t b = same[to];
      if (a == b) return;
      if (a >= terminals) {
        matrix[a - terminals][a - terminals] += slope;
        right[a - terminals] -= current;
      }
      if (b >= terminals) {
        matrix[b - terminals][b - terminals] += slope;
        right[b - terminals] += current;
      }
      if (a >= terminals && b >= terminals) {
        matrix[a - terminals][b - terminals] -= slope;
        matrix[b - terminals][a - terminals] -= slope;
      }
    };
    for (const Resistor& wire : resistors) {
      if (wire.ohm == 0.0) continue;
      const double u = volt[same[wire.from]] - volt[same[wire.to]];
      add_branch(wire.from, wire.to, u / wire.ohm, 1.0 / wire.ohm);
    }
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t d = 0; d < columns && conducts(r); ++d) {
        const double g = conductances[r * columns + d];
        const double u = volt[same[node.on_row(r, d)]] - volt[same[node.on_column(r, d)]];
        add_branch(node.on_row(r, d), node.on_column(r, d), current_of(g, curve, u),
                   slope_of(g, curve, u));
      }
    }
    const std::vector<double> change = solve(std::move(matrix), std::move(right));
    double greatest = 0.0;
    for (std::size_t i = 0; i < unknowns; ++i) {
      volt[terminals + i] += change[i];
      greatest = std::max(greatest, std::abs(change[i]));
    }
    // A linear network is solved in one step; the second one takes what rounding left.
    is_solved = step > 0 && greatest <= 1e-12 * span;
  }
  if (!is_solved) {
    throw crossbar::NotConverged(
        "Newton's method of the golden model did not converge in 100 steps");
  }

  // What flows through the cells of a column ends in its virtual ground.
  std::vector<double> currents(columns, 0.0);
  for (std::size_t d = 0; d < columns; ++d) {
    for (std::size_t r = 0; r < rows; ++r) {
      if (!conducts(r)) continue;
      const double u = volt[same[node.on_row(r, d)]] - volt[same[node.on_column(r, d)]];
      currents[d] += current_of(conductances[r * columns + d], curve, u);
    }
  }
  return currents;
}

std::vector<double> effective_conductances(std::size_t rows, std::size_t columns,
                                           std::span<const double> conductances,
                                           const crossbar::Wires& wires) {
  std::vector<double> result;
  for (std::size_t r = 0; r < rows; ++r) {
    std::vector<double> volt(rows, 0.0);
    volt[r] = 1.0;
    const std::vector<double> row = ground_currents(rows, columns, conductances, {}, wires, volt,
                                                    std::vector<bool>(rows, true));
    result.insert(result.end(), row.begin(), row.end());
  }
  return result;
}

}  // namespace cimforge::reference
