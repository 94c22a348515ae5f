#include "generator/spec/range.h"

#include <algorithm>
#include <vector>

#include "generator/spec/self_test.h"
#include "tests/catch.h"

namespace cimforge::spec {
namespace {

MacroSpec macro(int rows, IntegerFormat input, IntegerFormat weight) {
  MacroSpec spec;
  spec.rows = rows;
  spec.input = input;
  spec.weight = weight;
  return spec;
}

constexpr IntegerFormat int_of(int bits) {
  return {true, bits};
}
constexpr IntegerFormat uint_of(int bits) {
  return {false, bits};
}

/// True where `bits` hold `value`, counted out by hand.
bool fits(std::int64_t value, int bits, bool is_signed) {
  const std::int64_t modulus = std::int64_t{1} << bits;
  std::int64_t wrapped = ((value % modulus) + modulus) % modulus;
  if (is_signed && wrapped >= modulus / 2) wrapped -= modulus;
  return wrapped == value;
}

}  // namespace

TEST_CASE("formats hold their values") {
  CHECK(int_of(1).min() == -1);
  CHECK(int_of(1).max() == 0);
  CHECK(int_of(4).min() == -8);
  CHECK(int_of(4).max() == 7);
  CHECK(uint_of(1).max() == 1);
  CHECK(uint_of(16).max() == 65535);
  CHECK(int_of(4).holds(-8));
  CHECK_FALSE(int_of(4).holds(8));
  CHECK_FALSE(uint_of(4).holds(-1));
  CHECK(int_of(16).name() == "int16");
  CHECK(uint_of(3).name() == "uint3");
}

TEST_CASE("ranges of sums are those of the formats") {
  struct Row {
    MacroSpec spec;
    ResultRange sum;
    bool is_signed;
    int bits;
  };
  const std::vector<Row> table{
      {macro(64, int_of(4), int_of(4)), {-3584, 4096}, true, 14},
      {macro(1, int_of(1), int_of(1)), {0, 1}, false, 1},
      {macro(64, int_of(1), int_of(1)), {0, 64}, false, 7},
      {macro(63, int_of(1), int_of(1)), {0, 63}, false, 6},
      {macro(1, uint_of(1), uint_of(1)), {0, 1}, false, 1},
      {macro(2, uint_of(1), uint_of(1)), {0, 2}, false, 2},
      {macro(1, int_of(1), uint_of(1)), {-1, 0}, true, 1},
      {macro(1, uint_of(1), int_of(1)), {-1, 0}, true, 1},
      {macro(2, int_of(1), uint_of(1)), {-2, 0}, true, 2},
      {macro(1, int_of(1), int_of(4)), {-7, 8}, true, 5},
      {macro(256, int_of(4), int_of(4)), {-14336, 16384}, true, 16},
      {macro(128, int_of(8), int_of(8)), {-2080768, 2097152}, true, 23},
      {macro(37, uint_of(5), int_of(3)), {-4588, 3441}, true, 14},
      {macro(4096, uint_of(16), uint_of(16)), {0, 17591649177600}, false, 44},
      {macro(4096, int_of(16), int_of(16)), {-4397912293376, 4398046511104}, true, 44},
  };
  for (const Row& row : table) {
    INFO(row.spec.rows << " rows of " << row.spec.input.name() << " x " << row.spec.weight.name());
    CHECK(sum_range(row.spec) == row.sum);
    CHECK(output_is_signed(row.spec) == row.is_signed);
    CHECK(needed_output_bits(row.spec) == row.bits);
    CHECK(output_width(row.spec) == row.bits);
    CHECK(output_range(row.spec) == row.sum);
  }
}

TEST_CASE("ranges agree with every product, and widths are the smallest that hold them") {
  for (int input_bits = 1; input_bits <= 5; ++input_bits) {
    for (int weight_bits = 1; weight_bits <= 5; ++weight_bits) {
      for (const bool input_signed : {false, true}) {
        for (const bool weight_signed : {false, true}) {
          for (const int rows : {1, 2, 3, 7, 64}) {
            MacroSpec spec = macro(rows, {input_signed, input_bits}, {weight_signed, weight_bits});
            std::int64_t least = 0;
            std::int64_t greatest = 0;
            for (std::int64_t x = spec.input.min(); x <= spec.input.max(); ++x) {
              for (std::int64_t w = spec.weight.min(); w <= spec.weight.max(); ++w) {
                least = std::min(least, x * w);
                greatest = std::max(greatest, x * w);
              }
            }
            CHECK(sum_range(spec) == ResultRange{rows * least, rows * greatest});
            const bool is_signed = output_is_signed(spec);
            CHECK(is_signed == (least < 0));
            for (spec.output_shift = 0; spec.output_shift < 4; ++spec.output_shift) {
              const std::int64_t divisor = std::int64_t{1} << spec.output_shift;
              const std::int64_t sum_min = rows * least;
              const std::int64_t floor_min = -((-sum_min + divisor - 1) / divisor);
              const ResultRange shifted = shifted_range(spec);
              CHECK(shifted == ResultRange{floor_min, rows * greatest / divisor});
              const int bits = needed_output_bits(spec);
              CHECK(fits(shifted.min, bits, is_signed));
              CHECK(fits(shifted.max, bits, is_signed));
              if (bits > 1) {
                CHECK_FALSE((fits(shifted.min, bits - 1, is_signed) &&
                             fits(shifted.max, bits - 1, is_signed)));
              }
            }
          }
        }
      }
    }
  }
}

TEST_CASE("saturation and truncation narrow the range of results") {
  MacroSpec spec = macro(64, int_of(4), int_of(4));  // sums -3584 to 4096
  spec.output_mode = OutputMode::saturate;
  CHECK(output_range(spec) == ResultRange{-3584, 4096});
  spec.output_bits = 8;
  CHECK(output_width(spec) == 8);
  CHECK(output_range(spec) == ResultRange{-128, 127});
  spec.output_bits = 13;
  CHECK(output_range(spec) == ResultRange{-3584, 4095});
  spec.output_mode = OutputMode::truncate;
  CHECK(output_range(spec) == ResultRange{-4096, 4095});
  spec.output_shift = 6;
  spec.output_bits = 0;
  CHECK(needed_output_bits(spec) == 8);
  CHECK(output_range(spec) == ResultRange{-56, 64});

  spec = macro(64, int_of(1), int_of(1));  // sums 0 to 64
  spec.output_mode = OutputMode::truncate;
  spec.output_bits = 2;
  CHECK(output_range(spec) == ResultRange{0, 3});
  spec.output_mode = OutputMode::exact;
  spec.output_bits = 64;
  CHECK(output_width(spec) == 64);
  CHECK(output_range(spec) == ResultRange{0, 64});
}

TEST_CASE("spare rows leave the width of a result alone, in every mode") {
  // One row of uint3 x uint3 needs 6 bits, two rows 7.
  MacroSpec spec = macro(1, {false, 3}, {false, 3});
  spec.repair.spare_rows = 1;
  for (const OutputMode mode : {OutputMode::exact, OutputMode::truncate, OutputMode::saturate}) {
    spec.output_mode = mode;
    CHECK(output_width(spec) == 6);
    CHECK(output_width(core_part(spec)) == 6);
  }
}

}  // namespace cimforge::spec
