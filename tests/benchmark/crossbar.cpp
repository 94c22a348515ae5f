// The benchmark of crossbars: the time of Geff, of one product with it and of one vector by other
// ways, for square arrays. With --sparse also Geff by a sparse Cholesky factorisation and a
// solution for each column, the plain way. `cimforge_bench_crossbar [LARGEST] [--sparse]`
#include "sim/crossbar/crossbar.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <Eigen/SparseCholesky>
#include <Eigen/SparseCore>
#include <random>
#include <string_view>
#include <vector>

namespace {

using namespace cimforge::crossbar;  // NOLINT: a program of its own

constexpr Wires kWires{.row_ohm = 1.0, .column_ohm = 1.0, .driver_ohm = 100.0, .sense_ohm = 100.0};

template <typename Work>
double seconds(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The least of several runs that together take a tenth of a second.
template <typename Work>
double least_seconds(Work&& work) {
  double least = seconds(work);
  for (double total = least; total < 0.1;) {
    const double once = seconds(work);
    least = std::min(least, once);
    total += std::max(once, 1e-7);
  }
  return least;
}

Matrix random_matrix(std::size_t size) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> siemens(1e-6, 1e-4);
  Matrix matrix{size, size, std::vector<double>(size * size)};
  for (double& value : matrix.values) value = siemens(random);
  return matrix;
}

/// The nodal matrix, factored by SimplicialLDLT with AMD, and one adjoint solution a column.
Matrix sparse_effective(const Matrix& g) {
  const auto size = static_cast<Eigen::Index>(g.rows);
  const auto on_row = [&](Eigen::Index r, Eigen::Index c) { return r * size + c; };
  const auto on_column = [&](Eigen::Index r, Eigen::Index c) { return size * size + r * size + c; };
  std::vector<Eigen::Triplet<double>> triplets;
  const auto connect = [&](Eigen::Index a, Eigen::Index b, double siemens) {
    triplets.emplace_back(a, a, siemens);
    triplets.emplace_back(b, b, siemens);
    triplets.emplace_back(std::max(a, b), std::min(a, b), -siemens);
  };
  for (Eigen::Index r = 0; r < size; ++r) {
    for (Eigen::Index c = 0; c < size; ++c) {
      connect(on_row(r, c), on_column(r, c),
              g(static_cast<std::size_t>(r), static_cast<std::size_t>(c)));
      if (c > 0) connect(on_row(r, c - 1), on_row(r, c), 1.0 / kWires.row_ohm);
      if (r > 0) connect(on_column(r - 1, c), on_column(r, c), 1.0 / kWires.column_ohm);
    }
    triplets.emplace_back(on_row(r, 0), on_row(r, 0), 1.0 / kWires.driver_ohm);
    triplets.emplace_back(on_column(size - 1, r), on_column(size - 1, r), 1.0 / kWires.sense_ohm);
  }
  Eigen::SparseMatrix<double> nodal(2 * size * size, 2 * size * size);
  nodal.setFromTriplets(triplets.begin(), triplets.end());
  const Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>> factor(nodal);
  Matrix result{g.rows, g.columns, std::vector<double>(g.values.size())};
  for (Eigen::Index c = 0; c < size; ++c) {
    Eigen::VectorXd unit = Eigen::VectorXd::Zero(2 * size * size);
    unit[on_column(size - 1, c)] = 1.0 / kWires.sense_ohm;
    const Eigen::VectorXd adjoint = factor.solve(unit);
    for (Eigen::Index r = 0; r < size; ++r) {
      result(static_cast<std::size_t>(r), static_cast<std::size_t>(c)) =
          adjoint[on_row(r, 0)] / kWires.driver_ohm;
    }
  }
  return result;
}

void print_row(std::size_t size, bool with_sparse) {
  const Matrix conductances = random_matrix(size);
  const double effective = least_seconds([&] { (void)Array(conductances, kWires).effective(); });

  const Array array(conductances, kWires);
  const Matrix& geff = array.effective();
  const std::vector<double> voltages(size, 0.2);
  std::vector<double> sums(size);
  const double product = least_seconds([&] { multiply(geff, voltages, sums); });
  const double plain = least_seconds([&] {
    std::ranges::fill(sums, 0.0);
    for (std::size_t r = 0; r < size; ++r) {
      const double volt = voltages[r];
      const double* const row = conductances.values.data() + r * size;
      for (std::size_t c = 0; c < size; ++c) sums[c] += volt * row[c];
    }
  });

  std::vector<bool> half(size);
  for (std::size_t r = 0; r < size; ++r) half[r] = r % 2 == 0;
  Wires wires = kWires;
  wires.inactive = InactiveRow::floating;
  const Array floating(conductances, wires);
  (void)floating.effective();
  const double of_floating = least_seconds([&] { (void)floating.currents(voltages, half); });
  wires.cell = CellKind::one_transistor;
  const Array selected(conductances, wires);
  const double of_selected = least_seconds([&] { (void)selected.currents(voltages, half); });
  const Array curved(conductances, kWires, {1e-5, 1e-4});
  const double of_curved = seconds([&] { (void)curved.currents(voltages); });

  fmt::print("{:5} {:12.4f} {:12.2f} {:12.2f} {:14.3f} {:14.3f} {:14.3f}", size, effective,
             product * 1e6, plain * 1e6, of_floating * 1e3, of_selected * 1e3, of_curved * 1e3);
  if (with_sparse) {
    Matrix reference;
    const double sparse = seconds([&] { reference = sparse_effective(conductances); });
    double worst = 0.0;
    for (std::size_t i = 0; i < geff.values.size(); ++i) {
      worst = std::max(worst, std::abs(reference.values[i] / geff.values[i] - 1.0));
    }
    fmt::print(" {:12.3f} {:10.1e}", sparse, worst);
  }
  fmt::print("\n");
  std::fflush(stdout);
}

}  // namespace

int main(int argument_count, char** arguments) {
  std::size_t largest = 1024;
  bool with_sparse = false;
  for (int i = 1; i < argument_count; ++i) {
    if (std::string_view(arguments[i]) == "--sparse") {
      with_sparse = true;
    } else {
      largest = std::strtoul(arguments[i], nullptr, 10);
    }
  }
  fmt::print("{:>5} {:>12} {:>12} {:>12} {:>14} {:>14} {:>14}{}\n", "n x n", "Geff s", "product us",
             "loop us", "floating ms", "1T1R ms", "non-linear ms",
             with_sparse ? "     sparse s differs by" : "");
  for (std::size_t size = 32; size <= largest; size *= 2) print_row(size, with_sparse);
}
