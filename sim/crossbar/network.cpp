#include "sim/crossbar/network.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace cimforge::crossbar {
namespace {

bool is_zero(const std::optional<double>& ohm) {
  return ohm && *ohm == 0.0;
}

/// Whether the positions [first, last) of a line hold everything that touches one of its nodes. The
/// segment between two cells belongs to the first of them.
bool holds(const Layer& layer, Node node, std::size_t first, std::size_t last) {
  if (layer.is_one_node()) return first == 0 && last == layer.positions;
  const std::size_t position = (node - layer.first_node) % layer.positions;
  return position < last && (position > first || position == 0);
}

}  // namespace

Node Layer::node(std::size_t line, std::size_t position) const {
  const Ends& end = ends[line];
  const bool whole = is_one_node();
  if ((whole || position == 0) && is_zero(end.first_ohm)) return terminal(line);
  if ((whole || position + 1 == positions) && is_zero(end.last_ohm)) return terminal(line);
  return first_node + static_cast<Node>(line * positions + (whole ? 0 : position));
}

Network::Network(std::vector<double> row_segment_ohm, std::vector<Ends> row_ends,
                 std::vector<double> column_segment_ohm, Ends column_ends) {
  const std::size_t rows = row_ends.size();
  const std::size_t columns = row_segment_ohm.size() + 1;
  assert(column_segment_ohm.size() + 1 == rows);
  const auto cells = static_cast<Node>(rows * columns);

  row_layer_ = {.lines = rows,
                .positions = columns,
                .segment_ohm = std::move(row_segment_ohm),
                .ends = std::move(row_ends),
                .first_node = 0,
                .first_terminal = 2 * cells};
  column_layer_ = {.lines = columns,
                   .positions = rows,
                   .segment_ohm = std::move(column_segment_ohm),
                   .ends = std::vector<Ends>(columns, column_ends),
                   .first_node = cells,
                   .first_terminal = 2 * cells + static_cast<Node>(rows)};
  node_count_ = column_layer_.first_terminal + static_cast<Node>(columns);
}

bool Network::is_inside(Node node, const Region& region) const {
  if (is_terminal(node)) return false;
  return node < column_layer_.first_node ? holds(row_layer_, node, region.left, region.right)
                                         : holds(column_layer_, node, region.top, region.bottom);
}

}  // namespace cimforge::crossbar
