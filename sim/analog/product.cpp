#include "sim/analog/product.h"

#include <algorithm>

namespace cimforge::analog {
namespace {

/// Rows that are added in one pass, so that the sums are loaded and stored less often.
constexpr std::size_t kRows = 4;

void add_rows(const double* matrix, const DrivenRow* driven, std::size_t columns,
              double* __restrict sums) {
  const double* const row0 = matrix + driven[0].row * columns;
  const double* const row1 = matrix + driven[1].row * columns;
  const double* const row2 = matrix + driven[2].row * columns;
  const double* const row3 = matrix + driven[3].row * columns;
  const double x0 = driven[0].code;
  const double x1 = driven[1].code;
  const double x2 = driven[2].code;
  const double x3 = driven[3].code;
  for (std::size_t c = 0; c < columns; ++c) {
    sums[c] = (((sums[c] + x0 * row0[c]) + x1 * row1[c]) + x2 * row2[c]) + x3 * row3[c];
  }
}

void add_row(const double* matrix, const DrivenRow& driven, std::size_t columns,
             double* __restrict sums) {
  const double* const row = matrix + driven.row * columns;
  const double x = driven.code;
  for (std::size_t c = 0; c < columns; ++c) sums[c] += x * row[c];
}

DrivenRow squared(const DrivenRow& driven) {
  return {driven.row, driven.code * driven.code};
}

}  // namespace

void multiply(std::span<const double> matrix, std::span<const DrivenRow> driven,
              std::span<double> sums) {
  std::ranges::fill(sums, 0.0);
  std::size_t i = 0;
  for (; i + kRows <= driven.size(); i += kRows) {
    add_rows(matrix.data(), &driven[i], sums.size(), sums.data());
  }
  for (; i < driven.size(); ++i) add_row(matrix.data(), driven[i], sums.size(), sums.data());
}

void multiply_with_variances(std::span<const double> matrix, std::span<const double> variances,
                             std::span<const DrivenRow> driven, std::span<double> sums,
                             std::span<double> squares) {
  std::ranges::fill(sums, 0.0);
  std::ranges::fill(squares, 0.0);
  const std::size_t columns = sums.size();
  std::size_t i = 0;
  for (; i + kRows <= driven.size(); i += kRows) {
    const DrivenRow of_squares[kRows] = {squared(driven[i]), squared(driven[i + 1]),
                                         squared(driven[i + 2]), squared(driven[i + 3])};
    add_rows(matrix.data(), &driven[i], columns, sums.data());
    add_rows(variances.data(), of_squares, columns, squares.data());
  }
  for (; i < driven.size(); ++i) {
    add_row(matrix.data(), driven[i], columns, sums.data());
    add_row(variances.data(), squared(driven[i]), columns, squares.data());
  }
}

}  // namespace cimforge::analog
