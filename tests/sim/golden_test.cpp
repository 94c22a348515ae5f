// The golden model against hand-worked examples and against a reference that counts its way to
// every result.
#include "sim/golden.h"

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/catch.h"

namespace {

using cimforge::sim::GoldenMacro;
using cimforge::sim::output_value;
using cimforge::spec::IntegerFormat;
using cimforge::spec::MacroSpec;
using cimforge::spec::OutputMode;

constexpr IntegerFormat kInt1{true, 1};
constexpr IntegerFormat kInt4{true, 4};
constexpr IntegerFormat kInt5{true, 5};
constexpr IntegerFormat kInt16{true, 16};
constexpr IntegerFormat kUint1{false, 1};
constexpr IntegerFormat kUint4{false, 4};
constexpr IntegerFormat kUint16{false, 16};

MacroSpec make_spec(IntegerFormat input, IntegerFormat weight, OutputMode mode, int bits = 0,
                    int shift = 0) {
  MacroSpec spec;
  spec.name = "golden";
  spec.rows = 2;
  spec.columns = 3;
  spec.input = input;
  spec.weight = weight;
  spec.output_mode = mode;
  spec.output_bits = bits;
  spec.output_shift = shift;
  return spec;
}

std::vector<std::int32_t> values_of(const IntegerFormat& format) {
  std::vector<std::int32_t> values;
  for (std::int64_t v = format.min(); v <= format.max(); ++v) {
    values.push_back(static_cast<std::int32_t>(v));
  }
  return values;
}

/// The reference: no shift, no mask, no clamp, only steps of one and of a modulus.
std::int64_t reference_output(const MacroSpec& spec, bool is_signed, std::int64_t sum) {
  std::int64_t step = 1;
  for (int i = 0; i < spec.output_shift; ++i) step *= 2;
  std::int64_t value = 0;
  while (value * step > sum) --value;
  while ((value + 1) * step <= sum) ++value;
  if (spec.output_mode == OutputMode::exact || spec.output_bits == 0) return value;

  std::int64_t count = 1;  // of codes
  for (int i = 0; i < spec.output_bits; ++i) count *= 2;
  const std::int64_t lowest = is_signed ? -count / 2 : 0;
  const std::int64_t highest = lowest + count - 1;
  const std::int64_t move = spec.output_mode == OutputMode::saturate ? 1 : count;
  while (value < lowest) value += move;
  while (value > highest) value -= move;
  return value;
}

}  // namespace

TEST_CASE("sums of products, worked by hand") {
  GoldenMacro golden(make_spec(kInt4, kInt4, OutputMode::exact));
  golden.write_row(0, 0, std::array<std::int32_t, 3>{1, -8, 7});
  golden.write_row(0, 1, std::array<std::int32_t, 3>{2, -8, -3});
  const std::vector<std::int64_t> expected = {-8 + 14, 64 - 56, -56 - 21};
  CHECK(golden.multiply(0, std::array<std::int32_t, 2>{-8, 7}) == expected);

  golden.write_row(0, 1, std::array<std::int32_t, 3>{0, 1, 2});  // written again
  const std::vector<std::int64_t> after = {-8, 64 + 7, -56 + 14};
  CHECK(golden.multiply(0, std::array<std::int32_t, 2>{-8, 7}) == after);
}

TEST_CASE("banks are apart and hold zeros at first") {
  MacroSpec spec = make_spec(kUint4, kInt4, OutputMode::exact);
  spec.banks = 3;
  GoldenMacro golden(spec);
  golden.write_row(1, 0, std::array<std::int32_t, 3>{1, 2, 3});
  golden.write_row(2, 1, std::array<std::int32_t, 3>{-1, -2, -3});
  const std::array<std::int32_t, 2> input = {15, 1};
  CHECK(golden.multiply(0, input) == std::vector<std::int64_t>{0, 0, 0});
  CHECK(golden.multiply(1, input) == std::vector<std::int64_t>{15, 30, 45});
  CHECK(golden.multiply(2, input) == std::vector<std::int64_t>{-1, -2, -3});
}

TEST_CASE("saturation, worked by hand") {
  const MacroSpec is_signed = make_spec(kInt4, kInt4, OutputMode::saturate, 4);
  for (const auto& [sum, expected] :
       {std::pair{7, 7}, {8, 7}, {128, 7}, {-8, -8}, {-9, -8}, {-112, -8}, {0, 0}, {-1, -1}}) {
    CHECK(output_value(is_signed, sum) == expected);
  }
  const MacroSpec is_unsigned = make_spec(kUint4, kUint4, OutputMode::saturate, 4);
  for (const auto& [sum, expected] : {std::pair{0, 0}, {15, 15}, {16, 15}, {450, 15}}) {
    CHECK(output_value(is_unsigned, sum) == expected);
  }
  const MacroSpec one_bit = make_spec(kInt4, kInt4, OutputMode::saturate, 1);
  for (const auto& [sum, expected] : {std::pair{5, 0}, {0, 0}, {-1, -1}, {-5, -1}}) {
    CHECK(output_value(one_bit, sum) == expected);
  }
}

TEST_CASE("truncation, worked by hand") {
  const MacroSpec is_signed = make_spec(kInt4, kInt4, OutputMode::truncate, 4);
  for (const auto& [sum, expected] :
       {std::pair{7, 7}, {8, -8}, {15, -1}, {16, 0}, {-8, -8}, {-9, 7}, {-16, 0}, {-17, -1}}) {
    CHECK(output_value(is_signed, sum) == expected);
  }
  const MacroSpec is_unsigned = make_spec(kUint4, kUint4, OutputMode::truncate, 4);
  for (const auto& [sum, expected] : {std::pair{15, 15}, {16, 0}, {31, 15}, {450, 2}}) {
    CHECK(output_value(is_unsigned, sum) == expected);
  }
}

TEST_CASE("the shift rounds towards minus infinity and comes first") {
  const MacroSpec exact = make_spec(kInt4, kInt4, OutputMode::exact, 0, 2);
  for (const auto& [sum, expected] :
       {std::pair{7, 1}, {8, 2}, {3, 0}, {-1, -1}, {-4, -1}, {-5, -2}}) {
    CHECK(output_value(exact, sum) == expected);
  }
  CHECK(output_value(make_spec(kInt4, kInt4, OutputMode::saturate, 4, 2), 40) == 7);
  CHECK(output_value(make_spec(kInt4, kInt4, OutputMode::saturate, 4, 2), -40) == -8);
  CHECK(output_value(make_spec(kInt4, kInt4, OutputMode::truncate, 4, 2), 40) == -6);
}

TEST_CASE("results are unsigned where no sum can be negative") {
  const auto lowest_bit = [](IntegerFormat input, IntegerFormat weight) {
    return output_value(make_spec(input, weight, OutputMode::truncate, 1), 1);
  };
  CHECK(lowest_bit(kUint4, kUint4) == 1);
  CHECK(lowest_bit(kUint1, kUint1) == 1);
  CHECK(lowest_bit(kInt1, kInt1) == 1);  // 0 and -1 have the products 0 and 1
  CHECK(lowest_bit(kInt1, kUint1) == -1);
  CHECK(lowest_bit(kUint1, kInt1) == -1);
  CHECK(lowest_bit(kInt4, kUint4) == -1);
  CHECK(lowest_bit(kInt1, kInt4) == -1);
  CHECK(lowest_bit(kInt4, kInt4) == -1);
}

TEST_CASE("no width is needed where nothing clamps") {
  for (const OutputMode mode : {OutputMode::exact, OutputMode::saturate, OutputMode::truncate}) {
    for (const int bits : {0, 62, 63, 64}) {
      const MacroSpec spec = make_spec(kUint16, kInt16, mode, bits);
      constexpr std::int64_t large = std::int64_t{4096} * 65535 * 32768;
      CHECK(output_value(spec, large) == large);
      CHECK(output_value(spec, -large) == -large);
    }
  }
}

TEST_CASE("every small format, exhaustively") {
  std::vector<IntegerFormat> formats;
  for (const bool is_signed : {true, false}) {
    for (const int bits : {1, 2, 3}) formats.push_back({is_signed, bits});
  }
  for (const IntegerFormat& input : formats) {
    for (const IntegerFormat& weight : formats) {
      const std::vector<std::int32_t> xs = values_of(input);
      const std::vector<std::int32_t> ws = values_of(weight);
      bool is_signed = false;
      for (const auto x : xs) {
        for (const auto w : ws) is_signed = is_signed || x * w < 0;
      }
      for (const OutputMode mode :
           {OutputMode::exact, OutputMode::saturate, OutputMode::truncate}) {
        for (const auto& [bits, shift] :
             {std::pair{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0}, {7, 0}, {3, 1}, {2, 2}, {4, 3}}) {
          // A column for each pair of weights: every sum of two products.
          MacroSpec spec = make_spec(input, weight, mode, bits, shift);
          spec.columns = static_cast<int>(ws.size() * ws.size());
          std::vector<std::int32_t> rows[2];
          for (const auto a : ws) {
            for (const auto b : ws) {
              rows[0].push_back(a);
              rows[1].push_back(b);
            }
          }
          GoldenMacro golden(spec);
          golden.write_row(0, 0, rows[0]);
          golden.write_row(0, 1, rows[1]);
          std::size_t wrong = 0;
          for (const auto x0 : xs) {
            for (const auto x1 : xs) {
              const auto y = golden.multiply(0, std::array<std::int32_t, 2>{x0, x1});
              for (std::size_t c = 0; c < y.size(); ++c) {
                const std::int64_t sum = x0 * rows[0][c] + x1 * rows[1][c];
                wrong += y[c] != reference_output(spec, is_signed, sum) ? 1U : 0U;
              }
            }
          }
          INFO((input.is_signed ? "int" : "uint")
               << input.bits << " x " << (weight.is_signed ? "int" : "uint") << weight.bits
               << " bits " << bits << " shift " << shift << " mode " << static_cast<int>(mode));
          REQUIRE(wrong == 0);
        }
      }
    }
  }
}

TEST_CASE("wide operands and many rows: no sum overflows") {
  for (const auto& [input, weight] : {std::pair{kUint16, kUint16},
                                      {kUint16, kInt16},
                                      {kInt16, kInt16},
                                      {kUint16, kInt5},
                                      {kInt4, kInt4}}) {
    // 2100 rows of uint16 x int5: the highest sum fits 32 bits, the lowest does not.
    for (const int rows : {1, 2, 3, 2100, 4096}) {
      MacroSpec spec = make_spec(input, weight, OutputMode::exact);
      spec.rows = rows;
      GoldenMacro golden(spec);
      const auto low = static_cast<std::int32_t>(weight.min());
      const auto high = static_cast<std::int32_t>(weight.max());
      for (int r = 0; r < rows; ++r) {
        golden.write_row(0, r, std::array<std::int32_t, 3>{low, high, 1});
      }
      const auto n = static_cast<std::size_t>(rows);
      for (const std::int64_t x : {input.min(), input.max()}) {
        const std::vector<std::int32_t> vector(n, static_cast<std::int32_t>(x));
        const std::vector<std::int64_t> expected = {rows * x * low, rows * x * high, rows * x};
        CHECK(golden.multiply(0, vector) == expected);
      }
    }
  }
}

TEST_CASE("a batch of vectors is the same as one after the other") {
  const auto seed = static_cast<std::mt19937::result_type>(20240229);
  std::mt19937 random(seed);
  CAPTURE(seed);
  MacroSpec spec = make_spec(kInt4, kUint4, OutputMode::saturate, 9);
  spec.rows = 64;
  spec.columns = 37;
  GoldenMacro golden(spec);
  std::uniform_int_distribution<std::int32_t> weight(0, 15);
  std::vector<std::vector<std::int32_t>> weights(64, std::vector<std::int32_t>(37));
  for (std::size_t r = 0; r < weights.size(); ++r) {
    for (std::int32_t& w : weights[r]) w = weight(random);
    golden.write_row(0, static_cast<int>(r), weights[r]);
  }

  constexpr std::size_t count = 500;
  std::uniform_int_distribution<std::int32_t> code(-8, 7);
  std::vector<std::int32_t> inputs(count * 64);
  for (std::int32_t& x : inputs) x = code(random);
  std::vector<std::int64_t> outputs(count * 37);
  golden.multiply(0, inputs, outputs);

  std::size_t wrong = 0;
  for (std::size_t v = 0; v < count; ++v) {
    const std::span input = std::span(inputs).subspan(v * 64, 64);
    const std::vector<std::int64_t> one = golden.multiply(0, input);
    for (std::size_t c = 0; c < 37; ++c) {
      std::int64_t sum = 0;
      for (std::size_t r = 0; r < 64; ++r) sum += input[r] * weights[r][c];
      const std::int64_t expected = reference_output(spec, true, sum);
      wrong += one[c] != expected || outputs[v * 37 + c] != expected ? 1U : 0U;
    }
  }
  CHECK(wrong == 0);
}
