#include "tb/sum_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace cimforge::tb {
namespace {

double mean(const SumErrors& errors) {
  return errors.sums == 0 ? 0.0 : errors.total / static_cast<double>(errors.sums);
}

double rms(const SumErrors& errors) {
  return errors.sums == 0 ? 0.0 : std::sqrt(errors.squares / static_cast<double>(errors.sums));
}

}  // namespace

void SumErrors::add(std::span<const std::int64_t> errors) {
  for (const std::int64_t error : errors) {
    least = std::min(least, error);
    greatest = std::max(greatest, error);
    const auto value = static_cast<double>(error);
    total += value;
    squares += value * value;
  }
  sums += errors.size();
}

void SumErrors::merge(const SumErrors& other) {
  sums += other.sums;
  least = std::min(least, other.least);
  greatest = std::max(greatest, other.greatest);
  total += other.total;
  squares += other.squares;
}

nlohmann::ordered_json to_json(const SumErrors& errors) {
  return {{"sums", errors.sums},
          {"least", errors.least},
          {"greatest", errors.greatest},
          {"mean", mean(errors)},
          {"rms", rms(errors)}};
}

std::string to_text(const SumErrors& errors) {
  return fmt::format("{} to {} in {} sums, mean {:.3g}, RMS {:.3g}", errors.least, errors.greatest,
                     errors.sums, mean(errors), rms(errors));
}

}  // namespace cimforge::tb
