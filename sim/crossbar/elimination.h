// Nodes are eliminated from a resistive network by adding conductances and never by subtracting, so
// that every result is right to a few units of its own last digits, however small it is.
//
// The rectangle of cells is halved again and again (nested dissection, George 1973). From the
// smallest rectangles up, each is replaced by a dense network between the wires that cross its edge
// (star-mesh transform). Wires of rows cross only vertical edges and those of columns only
// horizontal ones: h x w cells have 2(h + w) of them. The diagonal of the nodal matrix is never
// stored: it is the sum of a node's conductances (Grassmann, Taksar, Heyman 1985).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "sim/crossbar/crossbar.h"
#include "sim/crossbar/network.h"

namespace cimforge::crossbar {

/// The conductances in siemens that are left between the terminals of a network: n drivers of rows
/// and m virtual grounds of columns.
struct Ports {
  Matrix row_to_column;  ///< n x m
  Matrix row_to_row;     ///< n x n, symmetric; the diagonal is 0
};

/// Eliminates every node but the terminals. `cells` has the conductances in siemens, rows x
/// columns, row-major. Of the order n^3 operations and 250 n^2 bytes for n x n cells.
Ports eliminate_to_ports(const Network& network, std::span<const double> cells);

/// Sets the voltages of the rows that are not active to what they are where no driver holds them,
/// and the columns are at 0 V. Both have one value a row. f^3 / 3 operations for f such rows.
void settle_floating_rows(const Ports& ports, const std::vector<bool>& active,
                          std::span<double> voltages);

/// Nodes that leave a network together, and their neighbours then.
struct Front {
  std::vector<Node> nodes;      ///< those that leave are the first
  std::vector<double> columns;  ///< nodes x leaving, column-major: weight / sqrt(sum of weights)
  std::vector<double>
      inverse_roots;  ///< 1 / sqrt(sum of weights) of those that leave; 0: an island
};

/// The nodal equations of a network whose terminals are all at 0 V, factored.
class Factor {
 public:
  Factor(const Network& network, std::span<const double> cells);

  /// Takes the current into each node in ampere, gives the voltage of each node. An island, which
  /// no conductance connects with a terminal, is given 0 V; it must get no current.
  void solve(std::span<double> nodes) const;

 private:
  Node ground_;                ///< stands for all terminals
  std::vector<Front> fronts_;  ///< in the order in which they leave
};

}  // namespace cimforge::crossbar
