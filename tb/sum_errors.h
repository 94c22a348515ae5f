// How far the sums of an approximate macro are from exact ones, counted.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

namespace cimforge::tb {

/// approximate - exact, of the sums before the output mode, one a column and vector.
struct SumErrors {
  std::uint64_t sums = 0;
  std::int64_t least = 0;
  std::int64_t greatest = 0;
  double total = 0;
  double squares = 0;

  void add(std::span<const std::int64_t> errors);
  void merge(const SumErrors& other);
  bool operator==(const SumErrors&) const = default;
};

nlohmann::ordered_json to_json(const SumErrors& errors);
/// `-960 to 512 in 64000 sums, mean -2.1, RMS 90.5`
std::string to_text(const SumErrors& errors);

}  // namespace cimforge::tb
