#include "sim/crossbar/newton.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <utility>

#include "generator/base/exit_status.h"
#include "sim/crossbar/elimination.h"

namespace cimforge::crossbar {
namespace {

double current(const CellCurve& curve, double siemens, double u) {
  return siemens * u + curve.a2 * u * std::abs(u) + curve.a3 * u * u * u;
}

/// Its integral from 0 to u, in watt: what it adds to the content that the solution makes least.
double content(const CellCurve& curve, double siemens, double u) {
  return (siemens / 2.0 + curve.a2 * std::abs(u) / 3.0 + curve.a3 * u * u / 4.0) * u * u;
}

/// Its derivative, in siemens.
double slope(const CellCurve& curve, double siemens, double u) {
  return siemens + 2.0 * curve.a2 * std::abs(u) + 3.0 * curve.a3 * u * u;
}

/// Where currents never fall with voltage, the solution is unique, no node is outside the driven
/// voltages and no cell sees more than their span.
void require_rising(std::span<const double> cells, const CellCurve& curve, double span) {
  double least = -1.0;
  for (const double siemens : cells) {
    if (least < 0.0 || siemens < least) least = siemens;
  }
  double worst = span;
  if (curve.a3 > 0.0) worst = std::clamp(-curve.a2 / (3.0 * curve.a3), 0.0, span);
  if (slope(curve, least, worst) >= 0.0) return;
  throw base::InputError(fmt::format(
      "the current of a cell of {} S falls with its voltage at {:.4g} V (a2 = {} A/V^2, a3 = {} "
      "A/V^3): the currents of the array are not determined",
      least, worst, curve.a2, curve.a3));
}

/// The network at some node voltages.
class Operation {
 public:
  Operation(const Network& network, std::span<const double> cells, const CellCurve& curve,
            std::span<const double> nodes)
      : network_(network), cells_(cells), curve_(curve), nodes_(nodes) {}

  /// The slope of each cell, in siemens.
  [[nodiscard]] std::vector<double> slopes() const {
    std::vector<double> result(cells_.size());
    visit_cells([&](std::size_t index, Node row, Node column) {
      result[index] = slope_at(index, row, column);
    });
    return result;
  }

  /// The current into each node, in ampere, where every cell is replaced by the tangent to its
  /// curve and every terminal by 0 V. No current of a wire is in it: that would be a small
  /// difference of large voltages over a small resistance, and its rounding would move the rows
  /// that float.
  [[nodiscard]] std::vector<double> sources() const {
    std::vector<double> result(network_.node_count(), 0.0);
    const auto connect = [&](Node a, Node b, double siemens) {
      if (network_.is_terminal(a)) result[b] += siemens * nodes_[a];
      if (network_.is_terminal(b)) result[a] += siemens * nodes_[b];
    };
    visit_cells([&](std::size_t index, Node row, Node column) {
      const double u = nodes_[row] - nodes_[column];
      const double siemens = slope_at(index, row, column);
      const double offset = current(curve_, cells_[index], u) - siemens * u;
      result[row] -= offset;
      result[column] += offset;
      connect(row, column, siemens);
    });
    visit_wires(connect);
    for (Node node = network_.row_terminal(0); node < network_.node_count(); ++node) {
      result[node] = 0.0;
    }
    return result;
  }

  /// The content of the network in watt (Millar 1951). Where no current falls with its voltage it
  /// is convex, and least where Kirchhoff's law holds.
  [[nodiscard]] double total_content() const {
    double result = 0.0;
    visit_cells([&](std::size_t index, Node row, Node column) {
      result += content(curve_, cells_[index], nodes_[row] - nodes_[column]);
    });
    visit_wires([&](Node a, Node b, double siemens) {
      const double u = nodes_[a] - nodes_[b];
      result += siemens / 2.0 * u * u;
    });
    return result;
  }

  /// What a column's terminal takes is what the column's cells give (Kirchhoff's law for the whole
  /// column). The drop along a wire of little resistance would lose digits.
  [[nodiscard]] std::vector<double> outputs() const {
    std::vector<double> result(network_.columns(), 0.0);
    visit_cells([&](std::size_t index, Node row, Node column) {
      result[index % network_.columns()] +=
          current(curve_, cells_[index], nodes_[row] - nodes_[column]);
    });
    return result;
  }

 private:
  [[nodiscard]] double slope_at(std::size_t index, Node row, Node column) const {
    // Rounding may leave a slope that is 0 just below it.
    return std::max(0.0, slope(curve_, cells_[index], nodes_[row] - nodes_[column]));
  }

  template <typename Visit>
  void visit_cells(Visit&& visit) const {
    for (std::size_t r = 0; r < network_.rows(); ++r) {
      for (std::size_t c = 0; c < network_.columns(); ++c) {
        visit(r * network_.columns() + c, network_.row_node(r, c), network_.column_node(r, c));
      }
    }
  }

  template <typename Visit>
  void visit_wires(Visit&& visit) const {
    for (std::size_t r = 0; r < network_.rows(); ++r) {
      for (std::size_t c = 0; c < network_.columns(); ++c) network_.visit_segments(r, c, visit);
    }
  }

  const Network& network_;
  std::span<const double> cells_;
  CellCurve curve_;
  std::span<const double> nodes_;
};

double largest_difference(std::span<const double> a, std::span<const double> b) {
  double result = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(a[i] - b[i]);
    // Not std::max: a NaN must come through.
    if (!(difference <= result)) result = difference;
  }
  return result;
}

[[noreturn]] void give_up(const char* reason, int iterations, double change, double enough) {
  throw NotConverged(
      fmt::format("Newton's method did not converge: {} after {} iterations; the next would change "
                  "a node by {:.3g} V, and {:.3g} V is enough",
                  reason, iterations, change, enough));
}

}  // namespace

std::vector<double> solve_currents(const Network& network, std::span<const double> cells,
                                   const CellCurve& curve, std::span<const double> voltages,
                                   const NewtonLimits& limits) {
  assert(cells.size() == network.rows() * network.columns());
  assert(voltages.size() == network.rows());
  const auto [lowest, highest] = std::ranges::minmax(voltages);
  const double span = std::max(highest, 0.0) - std::min(lowest, 0.0);
  require_rising(cells, curve, span);

  const auto at = [&](const std::vector<double>& nodes) {
    return Operation(network, cells, curve, nodes);
  };
  std::vector<double> nodes(network.node_count(), 0.0);
  for (std::size_t r = 0; r < voltages.size(); ++r) nodes[network.row_terminal(r)] = voltages[r];

  for (int iteration = 0;; ++iteration) {
    std::vector<double> next = at(nodes).sources();
    Factor(network, at(nodes).slopes()).solve(next);
    std::copy(nodes.begin() + network.row_terminal(0), nodes.end(),
              next.begin() + network.row_terminal(0));
    if (curve.is_linear()) return at(next).outputs();

    const double change = largest_difference(nodes, next);
    const double enough = limits.tolerance * span;
    const double before = at(nodes).total_content();
    if (!std::isfinite(change) || !std::isfinite(before)) {
      give_up("the numbers overflow", iteration, change, enough);
    }
    if (change <= enough) return at(next).outputs();
    if (iteration == limits.iterations) give_up("it is not done", iteration, change, enough);

    // Half of the way, and half of that, while the content would grow by more than its rounding.
    constexpr double rounding = 1e-12;
    constexpr int most_halvings = 40;
    for (int halving = 0; !(at(next).total_content() <= before * (1.0 + rounding)); ++halving) {
      if (halving == most_halvings) give_up("no step helps", iteration, change, enough);
      for (std::size_t i = 0; i < next.size(); ++i) next[i] = (nodes[i] + next[i]) / 2.0;
    }
    nodes = std::move(next);
  }
}

}  // namespace cimforge::crossbar
