#include "generator/base/nearest_name.h"

#include <algorithm>
#include <string>
#include <vector>

namespace cimforge::base {
namespace {

std::string normalised(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (c == '-') c = '_';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // distance[i][j]: between the first i letters of a and the first j of b.
  std::vector<std::vector<std::size_t>> distance(a.size() + 1,
                                                 std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        distance[i][j] = i + j;
        continue;
      }
      const std::size_t replaced = a[i - 1] == b[j - 1] ? 0 : 1;
      distance[i][j] = std::min(
          {distance[i - 1][j] + 1, distance[i][j - 1] + 1, distance[i - 1][j - 1] + replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        distance[i][j] = std::min(distance[i][j], distance[i - 2][j - 2] + 1);
      }
    }
  }
  return distance[a.size()][b.size()];
}

std::optional<std::string_view> nearest_name(std::string_view name,
                                             std::span<const std::string_view> known) {
  if (name.size() > 64) return std::nullopt;
  constexpr std::size_t part_of = 100;  // ranks behind every spelling mistake
  const std::string given = normalised(name);
  std::optional<std::string_view> nearest;
  std::size_t best = 0;
  for (const std::string_view candidate : known) {
    const std::string other = normalised(candidate);
    const auto [shorter, longer] =
        std::minmax(given, other, [](const auto& a, const auto& b) { return a.size() < b.size(); });
    std::size_t rank = edit_distance(given, other);
    if (rank > std::max<std::size_t>(1, longer.size() / 3)) {
      if (shorter.size() < 3 || longer.find(shorter) == std::string::npos) continue;
      rank += part_of;
    }
    if (!nearest || rank < best) {
      nearest = candidate;
      best = rank;
    }
  }
  return nearest;
}

}  // namespace cimforge::base
