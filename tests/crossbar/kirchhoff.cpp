#include "tests/crossbar/kirchhoff.h"

#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <utility>

namespace cimforge::crossbar::test {
namespace {

using Row = std::vector<long double>;

/// Gauss, with the largest element of a column as its pivot; the right-hand side is the last
/// column.
Row solve(std::vector<Row> system) {
  const std::size_t size = system.size();
  for (std::size_t k = 0; k < size; ++k) {
    std::size_t best = k;
    for (std::size_t i = k + 1; i < size; ++i) {
      if (std::abs(system[i][k]) > std::abs(system[best][k])) best = i;
    }
    std::swap(system[k], system[best]);
    if (system[k][k] == 0.0L) throw std::runtime_error("the reference is singular");
    for (std::size_t i = k + 1; i < size; ++i) {
      const long double factor = system[i][k] / system[k][k];
      if (factor == 0.0L) continue;
      for (std::size_t j = k; j <= size; ++j) system[i][j] -= factor * system[k][j];
    }
  }
  Row result(size);
  for (std::size_t k = size; k-- > 0;) {
    long double sum = system[k][size];
    for (std::size_t j = k + 1; j < size; ++j) sum -= system[k][j] * result[j];
    result[k] = sum / system[k][k];
  }
  return result;
}

}  // namespace

std::vector<double> kirchhoff_currents(const Matrix& conductances, const Wires& wires,
                                       std::span<const double> voltages,
                                       const std::vector<bool>& active) {
  struct Wire {
    std::size_t from;
    std::size_t to;
    double ohm;
  };
  const std::size_t rows = conductances.rows;
  const std::size_t columns = conductances.columns;
  const std::size_t cells = rows * columns;
  // Nodes: on the rows, on the columns, the drivers, the virtual grounds.
  const auto on_row = [&](std::size_t r, std::size_t c) { return r * columns + c; };
  const auto on_column = [&](std::size_t r, std::size_t c) { return cells + r * columns + c; };
  const auto driver = [&](std::size_t r) { return 2 * cells + r; };
  const auto ground = [&](std::size_t c) { return 2 * cells + rows + c; };
  const std::size_t nodes = 2 * cells + rows + columns;

  std::vector<Wire> wire_list;
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 1; c < columns; ++c) {
      wire_list.push_back({on_row(r, c - 1), on_row(r, c), wires.row_ohm});
    }
    // A cut-off row of passive cells has no driver; one of 1T1R cells must have a voltage,
    // whichever.
    if (!active[r] && wires.inactive == InactiveRow::floating && wires.cell == CellKind::passive) {
      continue;
    }
    if (wires.driver != DriverSide::right) {
      wire_list.push_back({driver(r), on_row(r, 0), wires.driver_ohm});
    }
    if (wires.driver != DriverSide::left) {
      wire_list.push_back({driver(r), on_row(r, columns - 1), wires.driver_ohm});
    }
  }
  std::vector<std::pair<std::size_t, std::size_t>> to_ground;  // wire, column
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t r = 1; r < rows; ++r) {
      wire_list.push_back({on_column(r - 1, c), on_column(r, c), wires.column_ohm});
    }
    if (wires.sense != SenseSide::top) {
      to_ground.emplace_back(wire_list.size(), c);
      wire_list.push_back({on_column(rows - 1, c), ground(c), wires.sense_ohm});
    }
    if (wires.sense != SenseSide::bottom) {
      to_ground.emplace_back(wire_list.size(), c);
      wire_list.push_back({on_column(0, c), ground(c), wires.sense_ohm});
    }
  }

  const std::size_t size = nodes + wire_list.size();
  std::vector<Row> system(size, Row(size + 1, 0.0L));
  // The currents into a node add up to zero, or its voltage is given.
  for (std::size_t r = 0; r < rows; ++r) {
    system[driver(r)][driver(r)] = 1.0L;
    system[driver(r)][size] = active[r] ? voltages[r] : 0.0;
  }
  for (std::size_t c = 0; c < columns; ++c) system[ground(c)][ground(c)] = 1.0L;
  for (std::size_t r = 0; r < rows; ++r) {
    if (!active[r] && wires.cell == CellKind::one_transistor) continue;
    for (std::size_t c = 0; c < columns; ++c) {
      const std::size_t a = on_row(r, c);
      const std::size_t b = on_column(r, c);
      system[a][a] -= conductances(r, c);
      system[a][b] += conductances(r, c);
      system[b][b] -= conductances(r, c);
      system[b][a] += conductances(r, c);
    }
  }
  for (std::size_t w = 0; w < wire_list.size(); ++w) {
    const Wire& wire = wire_list[w];
    if (wire.from < 2 * cells) system[wire.from][nodes + w] -= 1.0L;
    if (wire.to < 2 * cells) system[wire.to][nodes + w] += 1.0L;
    // Ohm's law along the wire.
    system[nodes + w][wire.from] = 1.0L;
    system[nodes + w][wire.to] = -1.0L;
    system[nodes + w][nodes + w] = -static_cast<long double>(wire.ohm);
  }

  const Row solution = solve(std::move(system));
  std::vector<double> result(columns, 0.0);
  for (const auto& [wire, column] : to_ground) {
    result[column] += static_cast<double>(solution[nodes + wire]);
  }
  return result;
}

}  // namespace cimforge::crossbar::test
