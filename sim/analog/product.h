// The products that a read of an array is: the loops where simulations spend their time.
#pragma once

#include <cstddef>
#include <span>

namespace cimforge::analog {

/// A row whose code is not 0.
struct DrivenRow {
  std::size_t row = 0;
  double code = 0.0;
};

/// sums[c] = sum over the driven rows of code times matrix(row, c), added up in their order.
/// `matrix` is row-major, of sums.size() columns.
void multiply(std::span<const double> matrix, std::span<const DrivenRow> driven,
              std::span<double> sums);

/// The same, and in the same pass squares[c] = sum of code^2 times variances(row, c).
void multiply_with_variances(std::span<const double> matrix, std::span<const double> variances,
                             std::span<const DrivenRow> driven, std::span<double> sums,
                             std::span<double> squares);

}  // namespace cimforge::analog
