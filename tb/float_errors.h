// How far the results of a floating macro are from exact ones, counted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "sim/floating.h"

namespace cimforge::tb {

/// Of results that are numbers, of weights that have the exponents of their blocks; in units in the
/// last place of the exact result.
struct FloatErrors {
  /// Results off by 0; by at most 1, 2, 4, ... 2^24; by more.
  static constexpr std::size_t bins = 27;
  std::array<std::uint64_t, bins> counts{};
  std::uint64_t results = 0;
  std::uint64_t overflows = 0;  ///< wrong, and one of both is infinite; not in `counts`
  double greatest_ulp = 0;
  double greatest_of_bound = 0;

  void add(const sim::ResultError& error);
  void merge(const FloatErrors& other);
  bool operator==(const FloatErrors&) const = default;
};

/// Of vectors and weights of a Gaussian distribution, and of all others.
struct FloatErrorParts {
  FloatErrors gaussian;
  FloatErrors others;
  bool operator==(const FloatErrorParts&) const = default;
};

nlohmann::ordered_json to_json(const FloatErrors& errors);
/// `2000 results, 31 % exactly rounded, half within 2^7 ULP, 99 % within 2^15, ...`
std::string to_text(const FloatErrors& errors);

}  // namespace cimforge::tb
