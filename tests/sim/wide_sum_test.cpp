// Exact sums against what the processor's own arithmetic holds exactly.
#include "sim/wide_sum.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <random>

#include "tests/catch.h"

namespace cimforge::tests {
namespace {

using sim::WideSum;

std::int64_t as_fp32(const WideSum& sum) {
  return sum.rounded(8, 23);
}

TEST_CASE("a wide sum is exact over its whole range") {
  WideSum sum;
  sum.add(1, 280);
  sum.add(1, -330);
  sum.add(-1, 280);
  CHECK(sum.approximately() == std::ldexp(1.0, -330));
  CHECK_FALSE(sum.is_negative());
  sum.add(-3, -330);
  CHECK(sum.approximately() == std::ldexp(-1.0, -329));
  CHECK(sum.is_negative());
  sum.add(2, -330);
  CHECK(sum.is_zero());
  CHECK(as_fp32(sum) == 0);
}

TEST_CASE("a wide sum rounds as a conversion to float does") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    // Two terms of 24 bits less than 29 places apart: a double holds their sum.
    const int exponent = static_cast<int>(random() % 320) - 185;
    const auto term = [&] { return static_cast<std::int64_t>(random() % (1U << 25)) - (1 << 24); };
    const std::int64_t high = term();
    const std::int64_t low = term() >> (random() % 25);
    const int apart = static_cast<int>(random() % 29);
    WideSum sum;
    sum.add(high, exponent + apart);
    sum.add(low, exponent);
    const double right = std::ldexp(static_cast<double>(high), exponent + apart) +
                         std::ldexp(static_cast<double>(low), exponent);
    REQUIRE(sum.approximately() == right);
    const auto code = std::bit_cast<std::uint32_t>(static_cast<float>(right));
    if (as_fp32(sum) != std::int64_t{code}) {
      FAIL(high << " * 2^" << exponent + apart << " + " << low << " * 2^" << exponent);
    }
  }
}

TEST_CASE("halves are rounded to even, and below the least to zero with a sign") {
  const auto bf16 = [](std::int64_t value, int exponent) {
    WideSum sum;
    sum.add(value, exponent);
    return sum.rounded(8, 7);
  };
  CHECK(bf16(0x101, -8) == 0x3f80);
  CHECK(bf16(0x103, -8) == 0x3f82);
  CHECK(bf16(0x1ff, 119) == 0x7f80);  // rounds up to infinity
  CHECK(bf16(0x1fd, 119) == 0x7f7e);
  CHECK(bf16(-1, 300) == 0xff80);
  CHECK(bf16(1, -133) == 1);
  CHECK(bf16(1, -134) == 0);
  CHECK(bf16(-3, -135) == 0x8001);
  CHECK(bf16(-1, -134) == 0x8000);
  CHECK(bf16(-1, -380) == 0x8000);
}

}  // namespace
}  // namespace cimforge::tests
