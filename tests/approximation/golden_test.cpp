// The golden model of approximate macros, worked by hand and against counted products.
#include "sim/golden.h"

#include <array>
#include <vector>

#include "tests/approximation/specification.h"
#include "tests/catch.h"

namespace cimforge {
namespace {

constexpr spec::IntegerFormat int3{true, 3};
constexpr spec::IntegerFormat int4{true, 4};
constexpr spec::IntegerFormat uint2{false, 2};
constexpr spec::IntegerFormat uint4{false, 4};

/// Of one column.
std::int64_t result(const spec::MacroSpec& spec, const std::vector<std::int32_t>& input,
                    const std::vector<std::int32_t>& weights) {
  sim::GoldenMacro golden(spec);
  for (int row = 0; row < spec.rows; ++row) {
    golden.write_row(0, row, std::array{weights[static_cast<std::size_t>(row)]});
  }
  return golden.multiply(0, input).front();
}

}  // namespace

TEST_CASE("products of a group are joined by OR, worked by hand") {
  const auto spec = test::approximate(3, uint4, uint4, 1, 2, 0);
  // Rows 0 and 1: 3 x 5 and 1 x 6. Input bit 0 of both: 5 | 6 = 7; bit 1 of row 0: 5.
  CHECK(result(spec, {3, 1, 0}, {5, 6, 9}) == 7 + 2 * 5);
  // Row 2 is a group of its own and exact.
  CHECK(result(spec, {3, 1, 13}, {5, 6, 9}) == 7 + 2 * 5 + 13 * 9);
  // Other bits do not meet: exact.
  CHECK(result(spec, {2, 1, 0}, {15, 15, 0}) == 45);
  CHECK(result(spec, {15, 0, 0}, {15, 15, 0}) == 225);

  // Signed: input bit 0 gives 1100 | 0111 = 1111, which is -1; bits 1 and 2, of row 1 alone, 0111;
  // the sign, of row 0 alone, -4.
  const auto is_signed = test::approximate(2, int4, int4, 1, 2, 0);
  CHECK(result(is_signed, {-7, 7}, {-4, 7}) == -1 + 2 * 7 + 4 * 7 - 8 * -4);
}

TEST_CASE("products in dropped columns are left out, worked by hand") {
  // Digits of two bits: bit 0 of a weight does not meet bit 0 or 2 of the input.
  const auto spec = test::approximate(2, uint4, uint4, 2, 1, 1);
  CHECK(result(spec, {5, 0}, {15, 15}) == 5 * 14);
  CHECK(result(spec, {10, 0}, {15, 15}) == 10 * 15);
  CHECK(result(spec, {5, 15}, {1, 1}) == 2 + 8);
  // Whole codes: bits i + b < 3.
  const auto whole = test::approximate(1, uint4, uint4, 4, 1, 3);
  CHECK(result(whole, {15}, {15}) == 1 * 8 + 2 * 12 + 4 * 14 + 8 * 15);
  const auto is_signed = test::approximate(1, int4, int4, 4, 1, 3);
  CHECK(result(is_signed, {-1}, {-1}) == 1 * -8 + 2 * -4 + 4 * -2 - 8 * -1);
}

TEST_CASE("the approximate sum is that of every plane, counted") {
  for (const auto& spec :
       {test::approximate(3, int3, uint2, 3, 2, 1), test::approximate(3, uint2, int3, 2, 3, 1),
        test::approximate(2, int3, int3, 1, 2, 0), test::approximate(3, uint2, uint2, 2, 1, 1),
        test::approximate(3, uint2, int3, 1, 2, 0)}) {
    CAPTURE(spec::to_toml(spec));
    const int rows = spec.rows;
    const int bits = rows * (spec.input.bits + spec.weight.bits);
    bool right = true;
    for (unsigned operands = 0; operands < 1U << bits; ++operands) {
      std::vector<std::int32_t> input;
      std::vector<std::int32_t> weights;
      unsigned left = operands;
      for (auto [format, values] : {std::pair{spec.input, &input}, {spec.weight, &weights}}) {
        for (int row = 0; row < rows; ++row) {
          const int code = static_cast<int>(left % (1U << format.bits));
          left >>= format.bits;
          values->push_back(code > format.max() ? code - (1 << format.bits) : code);
        }
      }
      std::int64_t sum = 0;
      for (int i = 0; i < spec.input.bits; ++i) {
        for (int b = 0; b < spec.weight.bits; ++b) {
          if (i % spec.input_bits_per_cycle + b < spec.approximation.dropped_columns) continue;
          int ones = 0;
          for (int first = 0; first < rows; first += spec.approximation.or_rows) {
            bool any = false;
            for (int row = first; row < std::min(rows, first + spec.approximation.or_rows); ++row) {
              const auto at = static_cast<std::size_t>(row);
              any = any || ((input[at] >> i & 1) == 1 && (weights[at] >> b & 1) == 1);
            }
            ones += any ? 1 : 0;
          }
          const bool negative = (spec.input.is_signed && i == spec.input.bits - 1) !=
                                (spec.weight.is_signed && b == spec.weight.bits - 1);
          sum += (negative ? -ones : ones) * (1 << (i + b));
        }
      }
      right = right && result(spec, input, weights) == sum;
    }
    CHECK(right);
  }
}

TEST_CASE("the output mode is applied to the approximate sum") {
  auto spec = test::approximate(2, uint4, uint4, 1, 2, 0);
  spec.output_mode = spec::OutputMode::saturate;
  spec.output_bits = 6;
  spec.output_shift = 1;
  CHECK(result(spec, {3, 1}, {5, 6}) == 8);     // floor(17 / 2)
  CHECK(result(spec, {15, 0}, {15, 1}) == 63);  // 112
  spec.output_mode = spec::OutputMode::truncate;
  CHECK(result(spec, {15, 0}, {15, 1}) == 112 - 64);
}

}  // namespace cimforge
