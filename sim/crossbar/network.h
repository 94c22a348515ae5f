// The resistive network of a crossbar: its nodes and its wire segments. Nodes that no resistance
// parts are one node, so that a resistance of zero is exact.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace cimforge::crossbar {

using Node = std::uint32_t;

/// What a wire ends in: the ohms to its terminal, nothing where the end is open.
struct Ends {
  std::optional<double> first_ohm{};  ///< left of a row, top of a column
  std::optional<double> last_ohm{};   ///< right of a row, bottom of a column
};

/// One layer of parallel wires with a cell at each position.
struct Layer {
  std::size_t lines = 0;
  std::size_t positions = 0;  ///< cells on a line
  std::vector<double>
      segment_ohm;          ///< positions - 1, the same on every line; all 0 or all positive
  std::vector<Ends> ends;   ///< one a line
  Node first_node = 0;      ///< of this layer's nodes; there are lines x positions
  Node first_terminal = 0;  ///< of this layer's terminals; there is one a line

  [[nodiscard]] bool is_one_node() const {
    return !segment_ohm.empty() && segment_ohm.front() == 0.0;
  }
  /// The node of a cell on this layer, which is the terminal where no resistance is between.
  [[nodiscard]] Node node(std::size_t line, std::size_t position) const;
  [[nodiscard]] Node terminal(std::size_t line) const {
    return first_terminal + static_cast<Node>(line);
  }
};

/// A rectangle of cells: rows [top, bottom), columns [left, right).
struct Region {
  std::size_t top = 0;
  std::size_t bottom = 0;
  std::size_t left = 0;
  std::size_t right = 0;

  [[nodiscard]] std::size_t height() const { return bottom - top; }
  [[nodiscard]] std::size_t width() const { return right - left; }
};

class Network {
 public:
  /// `row_ends` has one element a row, `column_ends` is for every column. The segments of a layer
  /// are columns - 1 and rows - 1 resistances in ohm, of one layer all 0 or all positive.
  Network(std::vector<double> row_segment_ohm, std::vector<Ends> row_ends,
          std::vector<double> column_segment_ohm, Ends column_ends);

  [[nodiscard]] std::size_t rows() const { return row_layer_.lines; }
  [[nodiscard]] std::size_t columns() const { return column_layer_.lines; }

  /// All nodes are below this number, terminals too; some numbers stand for no node.
  [[nodiscard]] Node node_count() const { return node_count_; }
  [[nodiscard]] bool is_terminal(Node node) const { return node >= row_layer_.first_terminal; }
  [[nodiscard]] Node row_node(std::size_t row, std::size_t column) const {
    return row_layer_.node(row, column);
  }
  [[nodiscard]] Node column_node(std::size_t row, std::size_t column) const {
    return column_layer_.node(column, row);
  }
  /// Where the row's driver and the column's virtual ground are.
  [[nodiscard]] Node row_terminal(std::size_t row) const { return row_layer_.terminal(row); }
  [[nodiscard]] Node column_terminal(std::size_t column) const {
    return column_layer_.terminal(column);
  }

  /// Whether nothing outside the region touches a node that the region touches.
  [[nodiscard]] bool is_inside(Node node, const Region& region) const;

  /// Calls visit(node, node, siemens) for each segment that belongs to a cell: those to the next
  /// cell on the right and below, and those to terminals. Each segment belongs to one cell.
  template <typename Visit>
  void visit_segments(std::size_t row, std::size_t column, Visit&& visit) const {
    visit_layer(row_layer_, row, column, visit);
    visit_layer(column_layer_, column, row, visit);
  }

 private:
  template <typename Visit>
  static void visit_layer(const Layer& layer, std::size_t line, std::size_t position,
                          Visit& visit) {
    const Node here = layer.node(line, position);
    const bool is_last = position + 1 == layer.positions;
    if (!is_last && !layer.is_one_node()) {
      visit(here, layer.node(line, position + 1), 1.0 / layer.segment_ohm[position]);
    }
    const Node terminal = layer.terminal(line);
    if (here == terminal) return;
    const Ends& ends = layer.ends[line];
    if (position == 0 && ends.first_ohm) visit(here, terminal, 1.0 / *ends.first_ohm);
    if (is_last && ends.last_ohm) visit(here, terminal, 1.0 / *ends.last_ohm);
  }

  Layer row_layer_;
  Layer column_layer_;
  Node node_count_ = 0;
};

}  // namespace cimforge::crossbar
