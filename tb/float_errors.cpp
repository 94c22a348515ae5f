#include "tb/float_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace cimforge::tb {

void FloatErrors::add(const sim::ResultError& error) {
  ++results;
  greatest_of_bound = std::max(greatest_of_bound, error.of_bound);
  if (error.overflows) {
    ++overflows;
    return;
  }
  greatest_ulp = std::max(greatest_ulp, error.ulp);
  std::size_t bin = 0;
  if (error.ulp > 0) {
    for (bin = 1; bin < bins - 1 && error.ulp > std::ldexp(1.0, static_cast<int>(bin) - 1);) ++bin;
  }
  ++counts[bin];
}

void FloatErrors::merge(const FloatErrors& other) {
  for (std::size_t bin = 0; bin < bins; ++bin) counts[bin] += other.counts[bin];
  results += other.results;
  overflows += other.overflows;
  greatest_ulp = std::max(greatest_ulp, other.greatest_ulp);
  greatest_of_bound = std::max(greatest_of_bound, other.greatest_of_bound);
}

nlohmann::ordered_json to_json(const FloatErrors& errors) {
  nlohmann::ordered_json json;
  json["results"] = errors.results;
  json["max_ulp"] = errors.greatest_ulp;
  json["overflows"] = errors.overflows;
  nlohmann::ordered_json& counts = json["ulp"] = nlohmann::ordered_json::array();
  for (std::size_t bin = 0; bin < FloatErrors::bins; ++bin) {
    if (errors.counts[bin] == 0) continue;
    nlohmann::ordered_json most = nullptr;
    if (bin == 0) most = 0;
    if (bin > 0 && bin < FloatErrors::bins - 1) most = std::int64_t{1} << (bin - 1);
    counts.push_back({{"at_most", most}, {"count", errors.counts[bin]}});
  }
  json["max_of_bound"] = errors.greatest_of_bound;
  return json;
}

std::string to_text(const FloatErrors& errors) {
  const auto share = [&](std::size_t last) {
    std::uint64_t count = 0;
    for (std::size_t bin = 0; bin <= last; ++bin) count += errors.counts[bin];
    return errors.results == 0
               ? 0.0
               : 100.0 * static_cast<double>(count) / static_cast<double>(errors.results);
  };
  // The first powers of two that half and nearly all results stay within.
  const auto within = [&](double percent) {
    std::size_t bin = 0;
    while (bin < FloatErrors::bins - 1 && share(bin) < percent) ++bin;
    return bin == 0                      ? std::string("0")
           : bin < FloatErrors::bins - 1 ? fmt::format("2^{}", bin - 1)
                                         : std::string("more than 2^24");
  };
  std::string text = fmt::format(
      "{} results, {:.3g} % exactly rounded, half within {} ULP, 99 % within {}, at most {:.4g}",
      errors.results, share(0), within(50), within(99), errors.greatest_ulp);
  if (errors.overflows > 0) text += fmt::format("; {} overflow wrongly", errors.overflows);
  return text + fmt::format("; at most {:.3g} of the bound", errors.greatest_of_bound);
}

}  // namespace cimforge::tb
