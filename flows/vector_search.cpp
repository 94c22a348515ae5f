#include "flows/vector_search.h"

#include <cassert>

namespace cimforge::flows {

std::optional<std::uint64_t> VectorSearch::next() const {
  if (galloping_) {
    const std::uint64_t power = passed_ == 0 ? 1 : 2 * passed_;
    if (power < smallest_) return power;
  }
  if (smallest_ - passed_ > 1) return passed_ + (smallest_ - passed_) / 2;
  const std::uint64_t between = smallest_ + (first_ - smallest_) / 2;
  if (!confirmed_ && between > smallest_) return between;
  return std::nullopt;
}

void VectorSearch::tell(bool failed) {
  const std::optional<std::uint64_t> vectors = next();
  assert(vectors);
  tried_.emplace_back(*vectors, failed);
  if (*vectors > smallest_) {
    confirmed_ = true;
    is_monotone_ = failed;
  } else if (failed) {
    smallest_ = *vectors;
    galloping_ = false;
  } else {
    passed_ = *vectors;
  }
}

}  // namespace cimforge::flows
