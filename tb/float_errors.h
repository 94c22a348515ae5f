// How far the results of a floating macro are from exact ones, counted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "sim/floating.h"

namespace cimforge::tb {

/// Of results that are numbers by their operands, in units in the last place of the exact result.
struct FloatErrors {
  /// Results off by 0; by at most 1, 2, 4, ... 2^24; by more.
  static constexpr std::size_t bins = 27;
  std::array<std::uint64_t, bins> counts{};
  std::uint64_t results = 0;
  std::uint64_t overflows = 0;  ///< one of both is infinite; not in `counts`
  double greatest_ulp = 0;
  std::uint64_t bounded = 0;  ///< results of weights for which the bound holds
  double greatest_of_bound = 0;

  void add(const sim::ResultError& error);
  void merge(const FloatErrors& other);
  bool operator==(const FloatErrors&) const = default;
};

nlohmann::ordered_json to_json(const FloatErrors& errors);
/// One line: `2000 results, 91.2 % exactly rounded, 97 % within 1 ULP, at most 12 ULP ...`.
std::string to_text(const FloatErrors& errors);

}  // namespace cimforge::tb
