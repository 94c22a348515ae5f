// The points of a space that no other is better than.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace cimforge::sweep {

/// Keeps what no other beats: as good in all values, less in one. Less is better. What is equal in
/// all values stands together, and there may be much of it: a search costs the number of different
/// values on the front, not of what has them.
template <typename Point>
class Front {
 public:
  /// Points by their values.
  using Kept = std::map<std::vector<double>, std::vector<Point>>;

  /// Takes a point, unless another beats it; drops those that it beats.
  void add(std::vector<double> values, Point point) {
    if (kept_.find(values) == kept_.end()) {
      const auto beats = [](const std::vector<double>& a, const std::vector<double>& b) {
        return a != b && std::ranges::equal(a, b, std::less_equal<>());
      };
      if (std::ranges::any_of(kept_, [&](const auto& each) { return beats(each.first, values); })) {
        return;
      }
      std::erase_if(kept_, [&](const auto& each) {
        if (!beats(values, each.first)) return false;
        size_ -= each.second.size();
        return true;
      });
    }
    kept_[std::move(values)].push_back(std::move(point));
    ++size_;
  }

  [[nodiscard]] bool contains(const std::vector<double>& values) const {
    return kept_.contains(values);
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// In the order of their values; of equal ones in that in which they came.
  [[nodiscard]] const Kept& kept() const { return kept_; }

 private:
  Kept kept_;
  std::size_t size_ = 0;
};

}  // namespace cimforge::sweep
