// What a key draws: the published bits, whatever the order, the threads and the size of the
// request.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <random>
#include <span>
#include <thread>
#include <vector>

#include "sim/noise/noise.h"
#include "tests/catch.h"

namespace cimforge {
namespace {

using noise::Key;
using noise::Words;

constexpr std::uint32_t kOnes = 0xFFFFFFFF;
constexpr Key kKey{0x0123456789ABCDEF, 7, 11, 0xFEDCBA9876543210};

/// What fill_gaussians promises for values[i].
std::int32_t promised(Key key, std::size_t i) {
  key.cell += static_cast<std::uint32_t>(i / 4);
  return noise::gaussian_code(noise::words(key)[i % 4]);
}

}  // namespace

TEST_CASE("Philox4x32-10 gives the known answers of Random123") {
  CHECK(noise::philox({0, 0, 0, 0}, {0, 0}) ==
        Words{0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8});
  CHECK(noise::philox({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}) ==
        Words{0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD});
  CHECK(noise::philox({0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344}, {0xA4093822, 0x299F31D0}) ==
        Words{0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1});
}

TEST_CASE(
    "a key is the counter {event low, event high, cell, array} and the seed, low word first") {
  CHECK(noise::words({0x299F31D0A4093822, 0x03707344, 0x13198A2E, 0x85A308D3243F6A88}) ==
        Words{0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1});
}

TEST_CASE("many Gaussians are those of single cells, at any length and past the last cell") {
  for (const std::uint32_t first : {0U, 5U, kOnes - 9}) {
    Key key = kKey;
    key.cell = first;
    for (const std::size_t count : {0U, 1U, 3U, 4U, 5U, 63U, 64U, 65U, 130U, 257U}) {
      std::vector<std::int32_t> codes(count + 1, 123456789);  // one more, which must stay
      std::vector<double> doubles(count);
      std::vector<float> floats(count);
      noise::fill_gaussians(key, std::span(codes).first(count));
      noise::fill_gaussians(key, std::span(doubles));
      noise::fill_gaussians(key, std::span(floats));
      for (std::size_t i = 0; i < count; ++i) {
        REQUIRE(codes[i] == promised(key, i));
        REQUIRE(doubles[i] == std::ldexp(codes[i], -noise::kFractionBits));
        REQUIRE(static_cast<double>(floats[i]) == doubles[i]);
      }
      REQUIRE(codes[count] == 123456789);
    }
  }
}

TEST_CASE("the bits do not depend on order or threads") {
  constexpr std::size_t kGroups = 4096;  // of four cells
  constexpr std::size_t kEvents = 8;
  constexpr std::size_t kPiece = 64;  // groups
  constexpr std::size_t kPieces = kEvents * kGroups / kPiece;
  std::vector<std::int32_t> expected(kEvents * kGroups * 4);
  const auto fill = [&](std::vector<std::int32_t>& values, std::size_t piece) {
    const std::size_t group = piece * kPiece;
    const Key key{kKey.seed, kKey.array, static_cast<std::uint32_t>(group % kGroups),
                  group / kGroups};
    noise::fill_gaussians(key, std::span(values).subspan(4 * group, 4 * kPiece));
  };
  for (std::size_t event = 0; event < kEvents; ++event) {
    noise::fill_gaussians({kKey.seed, kKey.array, 0, event},
                          std::span(expected).subspan(event * kGroups * 4, kGroups * 4));
  }

  std::vector<std::size_t> order(kPieces);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937_64(1));
  for (const std::size_t threads : {1U, 2U, 3U, 8U}) {
    std::vector<std::int32_t> values(expected.size());
    std::vector<std::thread> pool;
    for (std::size_t t = 0; t < threads; ++t) {
      pool.emplace_back([&, t] {
        for (std::size_t i = t; i < kPieces; i += threads) fill(values, order[i]);
      });
    }
    for (std::thread& each : pool) each.join();
    CHECK((values == expected));  // in parentheses: not to be printed
  }
}

TEST_CASE("a uniform number is the middle of one of 2^32 parts of (0, 1)") {
  CHECK(noise::uniform(0) == 0x1p-33);
  CHECK(noise::uniform(0x80000000) == 0.5 + 0x1p-33);
  CHECK(noise::uniform(kOnes) == 1 - 0x1p-33);
}

TEST_CASE("a log-normal number has its median and its sigma of the logarithm") {
  CHECK(noise::log_normal(0x7FFFFFFF, 3.5, 0.25) == 3.5);  // the Gaussian is 0
  for (const std::uint32_t word : {0U, 1000U, 0x12345678U, 0x87654321U, kOnes}) {
    CHECK(std::log(noise::log_normal(word, 3.5, 0.25) / 3.5) / 0.25 ==
          Approx(noise::gaussian(word)).epsilon(1e-12));
  }
}

}  // namespace cimforge
