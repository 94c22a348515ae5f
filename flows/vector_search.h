// The smallest number of vectors with which a run fails: which number to try next.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace cimforge::flows {

/// Tries 1, 2, 4, ... until one fails, halves what is between it and the last that passed, and at
/// last tries one between the smallest that failed and the first: about 2 log2(n) runs.
///
/// Fewer vectors are not the beginning of the same stimulus (docs/verification.md), so a smaller
/// number may pass where a still smaller one fails. What is found fails, and one less passes.
class VectorSearch {
 public:
  /// `failing` vectors are known to fail.
  explicit VectorSearch(std::uint64_t failing) : first_(failing), smallest_(failing) {}

  /// The number to try; nothing once it is found.
  [[nodiscard]] std::optional<std::uint64_t> next() const;
  /// What came of next().
  void tell(bool failed);

  /// The smallest that failed.
  [[nodiscard]] std::uint64_t smallest() const { return smallest_; }
  /// Whether every number tried above it failed; meaningful at the end.
  [[nodiscard]] bool is_monotone() const { return is_monotone_; }
  /// What was tried, in order, and whether it failed.
  [[nodiscard]] const std::vector<std::pair<std::uint64_t, bool>>& tried() const { return tried_; }

 private:
  std::uint64_t first_;
  std::uint64_t passed_ = 0;  ///< the greatest below smallest_ that passed; none passes as well
  std::uint64_t smallest_;
  bool galloping_ = true;
  bool confirmed_ = false;
  bool is_monotone_ = true;
  std::vector<std::pair<std::uint64_t, bool>> tried_;
};

}  // namespace cimforge::flows
