#include "sim/crossbar/elimination.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <Eigen/Core>
#include <utility>

namespace cimforge::crossbar {
namespace {

using Block = Eigen::Map<Eigen::MatrixXd, 0, Eigen::OuterStride<>>;

/// Columns that are eliminated before the rest of the triangle is brought up to date.
constexpr std::size_t kPanel = 48;
/// Below this many nodes Eigen's product costs more to set up than to compute.
constexpr std::size_t kSmall = 32;
/// A rectangle of at most this many cells is not halved.
constexpr std::size_t kLeafCells = 8;

Block block(double* first, std::size_t rows, std::size_t columns, std::size_t stride) {
  return {first, static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns),
          Eigen::OuterStride<>(static_cast<Eigen::Index>(stride))};
}

/// Divides the column of a node by the root of its sum; a node without conductance stays as it is.
void scale_column(double* column, std::size_t first, std::size_t size) {
  double sum = 0.0;
  for (std::size_t i = first; i < size; ++i) sum += column[i];
  if (sum == 0.0) return;
  const double root = std::sqrt(sum);
  for (std::size_t i = first; i < size; ++i) column[i] /= root;
}

/// A dense network between some nodes.
struct Dense {
  std::vector<Node> nodes;
  std::vector<double> weights;  ///< nodes x nodes, column-major; the lower triangle, no diagonal
};

/// The conductance between two nodes, given by their places.
double& weight(Dense& dense, std::size_t i, std::size_t j) {
  return dense.weights[std::min(i, j) * dense.nodes.size() + std::max(i, j)];
}

/// Eliminates the first `count` of `size` nodes. Their columns become weight / sqrt(sum of the
/// node's weights); the triangle beyond becomes the network that is left.
void eliminate_first(std::span<double> weights, std::size_t size, std::size_t count) {
  assert(weights.size() == size * size && count <= size);
  const auto at = [&](std::size_t row, std::size_t column) {
    return weights.data() + column * size + row;
  };
  if (size <= kSmall) {
    for (std::size_t k = 0; k < count; ++k) {
      scale_column(at(0, k), k + 1, size);
      for (std::size_t j = k + 1; j < size; ++j) {
        const double factor = *at(j, k);
        if (factor == 0.0) continue;
        for (std::size_t i = j + 1; i < size; ++i) *at(i, j) += factor * *at(i, k);
      }
    }
    return;
  }
  for (std::size_t first = 0; first < count; first += kPanel) {
    const std::size_t last = std::min(first + kPanel, count);
    for (std::size_t k = first; k < last; ++k) {
      const std::size_t rest = size - k - 1;
      if (k > first && rest > 0) {
        block(at(k + 1, k), rest, 1, size).noalias() +=
            block(at(k + 1, first), rest, k - first, size) *
            block(at(k, first), 1, k - first, size).transpose();
      }
      scale_column(at(0, k), k + 1, size);
    }
    const std::size_t rest = size - last;
    if (rest == 0) continue;
    block(at(last, last), rest, rest, size)
        .selfadjointView<Eigen::Lower>()
        .rankUpdate(block(at(last, first), rest, last - first, size));
  }
}

Front keep_front(const Dense& dense, std::size_t leaving) {
  const std::size_t size = dense.nodes.size();
  Front front;
  front.nodes = dense.nodes;
  front.columns.assign(dense.weights.begin(),
                       dense.weights.begin() + static_cast<std::ptrdiff_t>(size * leaving));
  front.inverse_roots.resize(leaving);
  for (std::size_t k = 0; k < leaving; ++k) {
    // The column is w / sqrt(sum of w): its own sum is that root.
    double root = 0.0;
    for (std::size_t i = k + 1; i < size; ++i) root += front.columns[k * size + i];
    front.inverse_roots[k] = root == 0.0 ? 0.0 : 1.0 / root;
  }
  return front;
}

/// A node that leaves hands its current to its neighbours, in proportion to their conductances.
void hand_on_currents(const Front& front, std::span<double> nodes) {
  const std::size_t size = front.nodes.size();
  for (std::size_t k = 0; k < front.inverse_roots.size(); ++k) {
    const double share = nodes[front.nodes[k]] * front.inverse_roots[k];
    const double* const column = front.columns.data() + k * size;
    for (std::size_t i = k + 1; i < size; ++i) nodes[front.nodes[i]] += column[i] * share;
  }
}

/// v = (current + sum over the neighbours of w v) / sum of w
void take_voltages(const Front& front, std::span<double> nodes) {
  const std::size_t size = front.nodes.size();
  for (std::size_t k = front.inverse_roots.size(); k-- > 0;) {
    const double* const column = front.columns.data() + k * size;
    double sum = nodes[front.nodes[k]] * front.inverse_roots[k];
    for (std::size_t i = k + 1; i < size; ++i) sum += column[i] * nodes[front.nodes[i]];
    nodes[front.nodes[k]] = sum * front.inverse_roots[k];
  }
}

/// Goes through the rectangles; keeps the fronts where there is a place for them.
class Eliminator {
 public:
  Eliminator(const Network& network, std::span<const double> cells, std::vector<Front>* fronts)
      : network_(network), cells_(cells), fronts_(fronts), place_(network.node_count(), kNowhere) {}

  /// The network that the region is, seen from outside.
  Dense run(const Region& region) {
    if (region.height() * region.width() <= kLeafCells) {
      Dense front = open(region, leaf_nodes(region));
      fill_leaf(region, front);
      return close(std::move(front));
    }
    Region first = region;
    Region second = region;
    if (region.width() >= region.height()) {
      first.right = second.left = region.left + region.width() / 2;
    } else {
      first.bottom = second.top = region.top + region.height() / 2;
    }
    const Dense one = run(first);
    const Dense other = run(second);

    std::vector<Node> nodes = one.nodes;
    for (const Node node : nodes) place_[node] = 0;
    for (const Node node : other.nodes) {
      if (place_[node] == kNowhere) nodes.push_back(node);
    }
    for (const Node node : one.nodes) place_[node] = kNowhere;
    Dense front = open(region, std::move(nodes));
    add(one, front);
    add(other, front);
    return close(std::move(front));
  }

 private:
  static constexpr std::uint32_t kNowhere = 0xffffffffU;

  /// For the nodal equations all terminals are one node, at 0 V.
  [[nodiscard]] Node seen(Node node) const {
    return fronts_ != nullptr && network_.is_terminal(node) ? network_.row_terminal(0) : node;
  }

  template <typename Visit>
  void visit_elements(const Region& region, Visit&& visit) const {
    for (std::size_t r = region.top; r < region.bottom; ++r) {
      for (std::size_t c = region.left; c < region.right; ++c) {
        visit(seen(network_.row_node(r, c)), seen(network_.column_node(r, c)),
              cells_[r * network_.columns() + c]);
        network_.visit_segments(
            r, c, [&](Node a, Node b, double siemens) { visit(seen(a), seen(b), siemens); });
      }
    }
  }

  [[nodiscard]] std::vector<Node> leaf_nodes(const Region& region) const {
    std::vector<Node> nodes;
    visit_elements(region, [&](Node a, Node b, double) {
      nodes.push_back(a);
      nodes.push_back(b);
    });
    std::ranges::sort(nodes);
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    return nodes;
  }

  void fill_leaf(const Region& region, Dense& front) const {
    visit_elements(region, [&](Node a, Node b, double siemens) {
      if (a != b) weight(front, place_[a], place_[b]) += siemens;
    });
  }

  /// An empty network of these nodes, those first that will leave; place_ knows where each stands.
  Dense open(const Region& region, std::vector<Node> nodes) {
    const auto stay = std::stable_partition(
        nodes.begin(), nodes.end(), [&](Node node) { return network_.is_inside(node, region); });
    leaving_ = static_cast<std::size_t>(stay - nodes.begin());
    for (std::size_t i = 0; i < nodes.size(); ++i) place_[nodes[i]] = static_cast<Node>(i);
    const std::size_t size = nodes.size();
    return {std::move(nodes), std::vector<double>(size * size, 0.0)};
  }

  void add(const Dense& part, Dense& front) const {
    const std::size_t size = part.nodes.size();
    for (std::size_t j = 0; j < size; ++j) {
      const std::size_t column = place_[part.nodes[j]];
      for (std::size_t i = j + 1; i < size; ++i) {
        weight(front, place_[part.nodes[i]], column) += part.weights[j * size + i];
      }
    }
  }

  /// Eliminates the nodes that leave and gives the rest.
  Dense close(Dense front) {
    const std::size_t size = front.nodes.size();
    const std::size_t leaving = leaving_;
    for (const Node node : front.nodes) place_[node] = kNowhere;
    if (leaving == 0) return front;
    eliminate_first(front.weights, size, leaving);
    if (fronts_ != nullptr) fronts_->push_back(keep_front(front, leaving));
    const std::size_t rest = size - leaving;
    Dense result{{front.nodes.begin() + static_cast<std::ptrdiff_t>(leaving), front.nodes.end()},
                 std::vector<double>(rest * rest)};
    for (std::size_t j = 0; j < rest; ++j) {
      const double* const column = front.weights.data() + (leaving + j) * size + leaving;
      std::copy(column + j, column + rest, result.weights.data() + j * rest + j);
    }
    return result;
  }

  const Network& network_;
  std::span<const double> cells_;
  std::vector<Front>* fronts_;
  std::vector<std::uint32_t> place_;  ///< of a node in the network at hand
  std::size_t leaving_ = 0;           ///< how many nodes of the network at hand will leave
};

}  // namespace

Ports eliminate_to_ports(const Network& network, std::span<const double> cells) {
  const std::size_t rows = network.rows();
  const std::size_t columns = network.columns();
  assert(cells.size() == rows * columns);
  const Dense left = Eliminator(network, cells, nullptr).run({0, rows, 0, columns});

  Ports ports{{rows, columns, std::vector<double>(rows * columns, 0.0)},
              {rows, rows, std::vector<double>(rows * rows, 0.0)}};
  const std::size_t size = left.nodes.size();
  const Node first_row = network.row_terminal(0);
  const Node first_column = network.column_terminal(0);
  for (std::size_t j = 0; j < size; ++j) {
    for (std::size_t i = j + 1; i < size; ++i) {
      const Node low = std::min(left.nodes[i], left.nodes[j]);
      const Node high = std::max(left.nodes[i], left.nodes[j]);
      if (low >= first_column) continue;  // both at virtual ground
      const std::size_t row = low - first_row;
      const double siemens = left.weights[j * size + i];
      if (high >= first_column) {
        ports.row_to_column(row, high - first_column) = siemens;
      } else {
        const std::size_t other = high - first_row;
        ports.row_to_row(row, other) = ports.row_to_row(other, row) = siemens;
      }
    }
  }
  return ports;
}

void settle_floating_rows(const Ports& ports, const std::vector<bool>& active,
                          std::span<double> voltages) {
  const std::size_t rows = ports.row_to_row.rows;
  assert(active.size() == rows && voltages.size() == rows);
  Dense network;
  for (std::size_t r = 0; r < rows; ++r) {
    if (!active[r]) network.nodes.push_back(static_cast<Node>(r));
  }
  const std::size_t floating = network.nodes.size();
  // One more node for all that is held: a driver's voltage counts as a current from there.
  const auto held = static_cast<Node>(rows);
  network.nodes.push_back(held);
  network.weights.assign(network.nodes.size() * network.nodes.size(), 0.0);
  std::vector<double> nodes(rows + 1, 0.0);
  for (std::size_t k = 0; k < floating; ++k) {
    const std::size_t row = network.nodes[k];
    double& to_held = weight(network, k, floating);
    for (std::size_t c = 0; c < ports.row_to_column.columns; ++c) {
      to_held += ports.row_to_column(row, c);
    }
    for (std::size_t r = 0; r < rows; ++r) {
      if (!active[r]) continue;
      to_held += ports.row_to_row(row, r);
      nodes[row] += ports.row_to_row(row, r) * voltages[r];
    }
    for (std::size_t other = k + 1; other < floating; ++other) {
      weight(network, k, other) = ports.row_to_row(row, network.nodes[other]);
    }
  }
  eliminate_first(network.weights, floating + 1, floating);
  const Front front = keep_front(network, floating);
  hand_on_currents(front, nodes);
  nodes[held] = 0.0;
  take_voltages(front, nodes);
  for (std::size_t k = 0; k < floating; ++k) voltages[front.nodes[k]] = nodes[front.nodes[k]];
}

Factor::Factor(const Network& network, std::span<const double> cells)
    : ground_(network.row_terminal(0)) {
  assert(cells.size() == network.rows() * network.columns());
  Eliminator(network, cells, &fronts_).run({0, network.rows(), 0, network.columns()});
}

void Factor::solve(std::span<double> nodes) const {
  for (const Front& front : fronts_) hand_on_currents(front, nodes);
  nodes[ground_] = 0.0;
  for (auto front = fronts_.rbegin(); front != fronts_.rend(); ++front) {
    take_voltages(*front, nodes);
  }
}

}  // namespace cimforge::crossbar
