// The Gaussian of a word against the exact quantile, which the C library's erfcl gives.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "sim/noise/noise.h"
#include "tests/catch.h"
#include "tests/noise/words.h"

namespace cimforge {
namespace {

constexpr std::uint32_t kSignBit = 0x80000000;
constexpr double kBound = 2.4e-6;        // absolute; measured: 2.18e-6
constexpr double kTailBound = 5e-7;      // relative to z, beyond kTail; measured: 4.6e-7
constexpr double kTail = 3.0;            // sigma
constexpr std::uint32_t kStride = 1499;  // through the body: a prime, so that all segments are met
constexpr std::uint32_t kTailWords = 1U << 19;  // all words below this: beyond 3.67 sigma

/// The tail probability of a word with the sign 0.
long double tail_probability(std::uint32_t word) {
  return (2.0L * word + 1) * 0x1p-33L;
}

/// The exact z of a word with the sign 0: Newton's steps, which double the digits, from the answer
/// under test, so that a wrong answer is far from where they lead.
long double exact(std::uint32_t word) {
  long double z = noise::gaussian(word);
  for (int step = 0; step < 2; ++step) {
    const long double density = std::exp(-z * z / 2) * 0.398942280401432677939946L;
    z += (std::erfc(z * std::sqrt(0.5L)) / 2 - tail_probability(word)) / density;
  }
  return z;
}

struct Worst {
  double body = 0;  ///< absolute
  double tail = 0;  ///< relative, beyond kTail

  void see(std::uint32_t word) {
    const long double z = exact(word);
    const auto error = static_cast<double>(std::abs(noise::gaussian(word) - z));
    // Not max(): a NaN must not be lost.
    if (!(error <= body)) body = error;
    if (z > kTail && !(error / static_cast<double>(z) <= tail)) {
      tail = error / static_cast<double>(z);
    }
  }
};

}  // namespace

TEST_CASE("the Gaussian is the exact quantile within 2.4e-6, in the tails within 5e-7 of it") {
  Worst worst;
  for (const std::uint32_t word : test::segment_words()) worst.see(word);
  for (std::uint32_t word = 0; word < kTailWords; ++word) worst.see(word);
  for (std::uint32_t word = kTailWords; word < kSignBit; word += kStride) worst.see(word);
  CAPTURE(worst.body, worst.tail);
  CHECK(worst.body < kBound);
  CHECK(worst.tail < kTailBound);
  CHECK(worst.body > kBound / 2);  // the bound is stated in documents: it should not be loose
}

TEST_CASE("the Gaussian reaches 6.338 sigma on both sides, and fits 24 bits") {
  CHECK(noise::gaussian(0) == Approx(6.3379577545537892524932).margin(1e-6));
  CHECK(noise::gaussian(kSignBit) == Approx(-6.3379577545537892524932).margin(1e-6));
  CHECK(noise::gaussian_code(0) < 1 << 23);
  CHECK(noise::gaussian_code(kSignBit - 1) == 0);
}

TEST_CASE("the Gaussian is odd in the sign bit, and falls with the word within one unit") {
  std::int32_t before = noise::gaussian_code(0);
  const auto see = [&](std::uint32_t word) {
    const std::int32_t code = noise::gaussian_code(word);
    REQUIRE(code == -noise::gaussian_code(word | kSignBit));
    REQUIRE(code >= 0);
    REQUIRE(code <= before + 1);
    before = code;
  };
  for (const std::uint32_t word : test::segment_words()) see(word);
  before = noise::gaussian_code(0);
  for (std::uint32_t word = 0; word < kTailWords; ++word) see(word);
  for (std::uint32_t word = kTailWords; word < kSignBit; word += kStride) see(word);
}

TEST_CASE("the words of the tests meet all segments that have words") {
  const auto words = test::segment_words();
  CHECK(std::ranges::is_sorted(words));
  CHECK(std::ranges::adjacent_find(words) == words.end());
  CHECK(words.front() == 0);
  CHECK(words.back() == kSignBit - 1);
  // Octaves 0 to 4 have 1, 1, 2, 4, 8 odd numbers, one a segment; octave 5 has one in each of its
  // 16; the segments of the others have two at least.
  CHECK(words.size() == 1 + 1 + 2 + 4 + 8 + 16 + 26 * 32);
}

}  // namespace cimforge
