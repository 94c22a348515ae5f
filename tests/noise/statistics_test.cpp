// The statistics of the draws. Seeds are fixed, so that every test gives the same numbers always. A
// bound is in standard deviations of its statistic under the hypothesis that the draws are perfect.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/noise/noise.h"
#include "tests/catch.h"

namespace cimforge {
namespace {

using noise::Key;

constexpr std::uint64_t kSeed = 20240702;

/// Gaussians of one event, as arrays draw them.
std::vector<double> gaussians(std::size_t count, std::uint64_t event) {
  std::vector<double> values(count);
  noise::fill_gaussians({kSeed, 0, 0, event}, std::span(values));
  return values;
}

/// P(Z > z) of a standard normal Z.
double upper_tail(double z) {
  return std::erfc(z / std::sqrt(2.0)) / 2;
}

/// Two streams of words that should have nothing to do with one another.
struct Neighbours {
  std::string name;
  std::function<std::pair<std::uint32_t, std::uint32_t>(std::uint32_t)> pair;  ///< of number i
};

/// The first word of two keys.
std::pair<std::uint32_t, std::uint32_t> first_words(const Key& a, const Key& b) {
  return {noise::words(a)[0], noise::words(b)[0]};
}

std::vector<Neighbours> all_neighbours() {
  std::vector<Neighbours> result;
  // Half of the pairs walk along the cells, half along the events: a fault may show in one alone.
  const auto at = [](std::uint32_t i) {
    const std::uint32_t half = i >> 1;
    return (i & 1) != 0 ? Key{kSeed, 3, 5, half} : Key{kSeed, 3, half, 5};
  };
  const auto add = [&](const std::string& name, auto change) {
    result.push_back({name, [=](std::uint32_t i) {
                        const Key key = at(i);
                        Key other = key;
                        change(other);
                        return first_words(key, other);
                      }});
  };
  add("cell, the next", [](Key& key) { key.cell += 1; });
  add("cell, the next row of 256", [](Key& key) { key.cell += 256; });
  add("event, the next", [](Key& key) { key.event += 1; });
  add("event, its high word", [](Key& key) { key.event += std::uint64_t{1} << 32; });
  add("array, the next", [](Key& key) { key.array += 1; });
  add("seed, the next", [](Key& key) { key.seed += 1; });
  add("seed, its high word", [](Key& key) { key.seed += std::uint64_t{1} << 32; });
  add("array for cell", [](Key& key) { std::swap(key.array, key.cell); });
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = a + 1; b < 4; ++b) {
      result.push_back(
          {"words " + std::to_string(a) + " and " + std::to_string(b), [=](std::uint32_t i) {
             const noise::Words words = noise::words(at(i));
             return std::pair(words[a], words[b]);
           }});
    }
  }
  return result;
}

constexpr std::uint32_t kPairs = 1U << 20;

}  // namespace

TEST_CASE("2^24 Gaussians have the moments 0, 1, 0, 3 within 4 deviations") {
  constexpr std::size_t kCount = std::size_t{1} << 24;
  std::array<double, 4> sums{};
  for (const double z : gaussians(kCount, 1)) {
    const double square = z * z;
    sums[0] += z;
    sums[1] += square;
    sums[2] += square * z;
    sums[3] += square * square;
  }
  const double n = kCount;
  // The variances of z, z^2, z^3, z^4 are 1, 3 - 1, 15 and 105 - 9.
  CHECK(std::abs(sums[0] / n) < 4 * std::sqrt(1 / n));
  CHECK(std::abs(sums[1] / n - 1) < 4 * std::sqrt(2 / n));
  CHECK(std::abs(sums[2] / n) < 4 * std::sqrt(15 / n));
  CHECK(std::abs(sums[3] / n - 3) < 4 * std::sqrt(96 / n));
}

TEST_CASE("2^22 Gaussians follow the normal distribution: Kolmogorov-Smirnov below 1.95") {
  // P(D sqrt(n) > 1.95) = 0.001.
  auto values = gaussians(std::size_t{1} << 22, 2);
  std::ranges::sort(values);
  const auto n = static_cast<double>(values.size());
  double distance = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double cdf = upper_tail(-values[i]);
    const auto below = static_cast<double>(i);
    distance = std::max({distance, cdf - below / n, (below + 1) / n - cdf});
  }
  CAPTURE(distance * std::sqrt(n));
  CHECK(distance * std::sqrt(n) < 1.95);
  CHECK(distance * std::sqrt(n) > 0.3);  // P = 1e-5: nor is it a grid
}

TEST_CASE("2^27 Gaussians beyond 3, 4 and 5 sigma are as many as they should be") {
  constexpr std::uint64_t kEvents = 2048;
  constexpr std::size_t kCells = 65536;
  constexpr double kCount = kEvents * kCells;
  constexpr std::array<double, 3> kSigmas = {3, 4, 5};
  std::array<std::array<std::uint64_t, 3>, 2> counts{};  // [below, above]
  std::vector<float> values(kCells);
  for (std::uint64_t event = 0; event < kEvents; ++event) {
    noise::fill_gaussians({kSeed, 1, 0, event}, std::span(values));
    for (const float value : values) {
      if (std::abs(value) <= 3) continue;
      for (std::size_t k = 0; k < 3; ++k) {
        if (std::abs(static_cast<double>(value)) > kSigmas[k]) ++counts[value > 0 ? 1 : 0][k];
      }
    }
  }
  for (const auto& side : counts) {
    for (std::size_t k = 0; k < 3; ++k) {
      const double mean = kCount * upper_tail(kSigmas[k]);  // 181179, 4251, 38
      CAPTURE(kSigmas[k], side[k], mean);
      CHECK(std::abs(static_cast<double>(side[k]) - mean) < 4 * std::sqrt(mean));
    }
  }
}

TEST_CASE("neighbours are not correlated, nor are their squares: below 4 deviations") {
  for (const Neighbours& each : all_neighbours()) {
    double product = 0;
    double square = 0;
    for (std::uint32_t i = 0; i < kPairs; ++i) {
      const auto [a, b] = each.pair(i);
      const double x = noise::gaussian(a);
      const double y = noise::gaussian(b);
      product += x * y;
      square += (x * x - 1) * (y * y - 1) / 2;  // of variance 1
    }
    const double deviation = std::sqrt(double{kPairs});
    CAPTURE(each.name, product / deviation, square / deviation);
    CHECK(std::abs(product) < 4 * deviation);
    CHECK(std::abs(square) < 4 * deviation);
  }
}

TEST_CASE(
    "pairs of neighbours fill a grid of 16 x 16 evenly: chi-square of 255 within 5 deviations") {
  for (const Neighbours& each : all_neighbours()) {
    for (const int shift : {28, 0}) {  // the highest bits and the lowest
      std::array<std::uint32_t, 256> counts{};
      for (std::uint32_t i = 0; i < kPairs; ++i) {
        const auto [a, b] = each.pair(i);
        ++counts[(a >> shift & 15) * 16 + (b >> shift & 15)];
      }
      const double mean = kPairs / 256.0;
      double chi_square = 0;
      for (const std::uint32_t count : counts) chi_square += (count - mean) * (count - mean) / mean;
      CAPTURE(each.name, shift, chi_square);
      // Mean 255, deviation sqrt(2 * 255); too even is as bad as too uneven.
      CHECK(std::abs(chi_square - 255) < 5 * std::sqrt(2 * 255.0));
    }
  }
}

TEST_CASE("each bit of a key changes half of the bits drawn") {
  constexpr std::uint32_t kKeys = 2048;
  for (int bit = 0; bit < 192; ++bit) {
    int changed = 0;
    for (std::uint32_t i = 0; i < kKeys; ++i) {
      const Key key{i * 3, i % 7, i, i / 2};
      Key other = key;
      const std::uint64_t mask = std::uint64_t{1} << bit % 64;
      if (bit < 64)
        other.seed ^= mask;
      else if (bit < 128)
        other.event ^= mask;
      else if (bit < 160)
        other.cell ^= static_cast<std::uint32_t>(mask);
      else
        other.array ^= static_cast<std::uint32_t>(mask >> 32);
      const noise::Words a = noise::words(key);
      const noise::Words b = noise::words(other);
      for (std::size_t w = 0; w < 4; ++w) changed += std::popcount(a[w] ^ b[w]);
    }
    const double bits = 128.0 * kKeys;
    CAPTURE(bit);
    CHECK(std::abs(changed - bits / 2) < 5 * std::sqrt(bits / 4));
  }
}

}  // namespace cimforge
