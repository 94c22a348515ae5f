// The golden model of floating macros against hand-worked cases and against docs/floating.md in
// double arithmetic, which holds every number of formats with few exponents exactly.
#include "sim/floating.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "generator/spec/floating.h"
#include "sim/golden.h"
#include "tests/catch.h"

namespace cimforge::tests {
namespace {

using Codes = std::vector<std::int32_t>;

spec::IntegerFormat format_of(const std::string& name) {
  for (const spec::IntegerFormat& format : spec::floating_formats()) {
    if (format.name() == name) return format;
  }
  if (name == "int8") return {true, 8};
  if (name == "int4") return {true, 4};
  REQUIRE(name == "uint4");
  return {false, 4};
}

/// Aligned to blocks, where there are exponents to align.
spec::MacroSpec macro(int rows, int columns, int block_rows, const std::string& input,
                      const std::string& weight) {
  spec::MacroSpec spec;
  spec.name = "floating";
  spec.kind = spec::Kind::floating;
  spec.rows = rows;
  spec.columns = columns;
  spec.input = format_of(input);
  spec.weight = format_of(weight);
  spec::Floating& floating = spec.floating;
  floating.block_rows = block_rows;
  const auto guard = [](const spec::IntegerFormat& format) {
    return std::min(3, spec::useful_guard_bits(format));
  };
  floating.input_guard_bits = guard(spec.input);
  floating.weight_guard_bits = guard(spec.weight);
  floating.sum_guard_bits = block_rows < rows ? 3 : 0;
  const bool no_exponent = spec.input.element == spec::Element::integer;
  floating.align_inputs_to = no_exponent ? spec::InputTarget::format : spec::InputTarget::block;
  const bool to_format = spec.weight.element == spec::Element::integer || spec.weight.has_scale;
  floating.align_weights_to = to_format ? spec::WeightTarget::format : spec::WeightTarget::block;
  return spec;
}

std::uint32_t bits_of(double value) {
  return std::bit_cast<std::uint32_t>(static_cast<float>(value));
}

/// The result of column 0 of a macro of one column, whose weights have these codes and scales.
std::int64_t result(const spec::MacroSpec& spec, const Codes& weights, const Codes& weight_scales,
                    const Codes& input, const Codes& input_scales = {}, bool integer = false) {
  sim::FloatMacro macro(spec);
  for (int row = 0; row < spec.rows; ++row) {
    const auto at = static_cast<std::size_t>(row);
    const Codes scale = weight_scales.empty() ? Codes() : Codes{weight_scales[at]};
    macro.write_row(0, row, Codes{weights[at]}, scale, false);
  }
  std::vector<std::int64_t> outputs(1);
  macro.multiply(0, input, input_scales, integer, outputs);
  return outputs[0];
}

TEST_CASE("dot products of one block, by hand") {
  // E4M3: 1 is 0x38, 2 is 0x40, -1 is 0xb8, 0.5 is 0x30, 1.125 is 0x39, the least is 0x01 = 2^-9.
  const spec::MacroSpec spec = macro(2, 1, 2, "fp8_e4m3", "fp8_e4m3");
  CHECK(result(spec, {0x38, 0x40}, {8, 8}, {0x38, 0x38}) == bits_of(3.0));
  CHECK(result(spec, {0x38, 0xb8}, {7, 7}, {0x39, 0x38}) == bits_of(0.125));
  CHECK(result(spec, {0x38, 0xb8}, {7, 7}, {0x38, 0x38}) == 0);  // +0
  CHECK(result(spec, {0x80, 0x80}, {1, 1}, {0x38, 0x38}) == 0);
  // Nine places below the largest, three of them guard bits: 0.002 of a step of 1/64 is nothing.
  CHECK(result(spec, {0x38, 0x38}, {7, 7}, {0x38, 0x01}) == bits_of(1.0));
  // Aligned to 9, 1 is a quarter of its significand; to 6 it saturates at 63/64 * 2^(7-6).
  CHECK(result(spec, {0x38, 0x38}, {9, 9}, {0x38, 0x38}) == bits_of(2.0));
  CHECK(result(spec, {0x38, 0x00}, {6, 6}, {0x38, 0x38}) == bits_of(127.0 / 128.0));
  // What the last row brought is the exponent of both: 1 counts half, aligned to 8 and read as
  // of 7.
  CHECK(result(spec, {0x38, 0x00}, {8, 7}, {0x38, 0x38}) == bits_of(0.5));
  // NaN among the weights and the inputs.
  CHECK(result(spec, {0x7f, 0x38}, {7, 7}, {0x00, 0x38}) == 0x7fc00000);
  CHECK(result(spec, {0x38, 0x38}, {7, 7}, {0xff, 0x38}) == 0x7fc00000);
}

TEST_CASE("infinities, by hand") {
  // E5M2: 1 is 0x3c, infinity 0x7c, -infinity 0xfc, NaN 0x7d to 0x7f.
  const spec::MacroSpec spec = macro(2, 1, 2, "fp8_e5m2", "fp8_e5m2");
  constexpr std::int64_t infinity = 0x7f800000;
  constexpr std::int64_t minus_infinity = 0xff800000;
  constexpr std::int64_t nan = 0x7fc00000;
  const Codes exponents = {15, 15};
  CHECK(result(spec, {0x7c, 0x3c}, exponents, {0x3c, 0x3c}) == infinity);
  CHECK(result(spec, {0xfc, 0x3c}, exponents, {0x3c, 0x3c}) == minus_infinity);
  CHECK(result(spec, {0x7c, 0x3c}, exponents, {0xbc, 0x3c}) == minus_infinity);
  CHECK(result(spec, {0x7c, 0x3c}, exponents, {0x00, 0x3c}) == nan);
  CHECK(result(spec, {0x80, 0x3c}, exponents, {0x7c, 0x3c}) == nan);
  CHECK(result(spec, {0x7c, 0xfc}, exponents, {0x3c, 0x3c}) == nan);
  CHECK(result(spec, {0x7c, 0xfc}, exponents, {0x3c, 0xbc}) == infinity);
  CHECK(result(spec, {0x7c, 0x3c}, exponents, {0x7c, 0xfc}) == nan);
  CHECK(result(spec, {0x7c, 0x7c}, exponents, {0x7c, 0x7c}) == infinity);
  // The least subnormal is not zero, though nothing of it is left when it is aligned.
  CHECK(result(spec, {0x7c, 0x7b}, {30, 30}, {0x01, 0x7b}) == infinity);

  spec::MacroSpec sums = spec;
  sums.floating.result = spec::ResultFormat::integer;
  const spec::ResultShape shape = spec::result_shape(sums);
  const std::int64_t ones = ((std::int64_t{1} << (shape.bits - shape.sum_bits)) - 1)
                            << shape.sum_bits;
  CHECK(result(sums, {0x7c, 0x3c}, exponents, {0x3c, 0x3c}) == (ones | 1));
  CHECK(result(sums, {0xfc, 0x3c}, exponents, {0x3c, 0x3c}) ==
        (ones | ((std::int64_t{1} << shape.sum_bits) - 1)));
  CHECK(result(sums, {0x7c, 0x3c}, exponents, {0x00, 0x3c}) == ones);
  CHECK(std::isnan(sim::result_value(sums, ones, false)));
  CHECK(sim::result_value(sums, ones | 1, false) == INFINITY);
}

TEST_CASE("scales and blocks, by hand") {
  // E2M1: 1 is 0x2, 6 is 0x7; one block a row.
  const spec::MacroSpec spec = macro(2, 1, 1, "mxfp4_e2m1", "mxfp4_e2m1");
  CHECK(result(spec, {2, 2}, {127, 127}, {2, 2}, {127, 127}) == bits_of(2.0));
  CHECK(result(spec, {2, 2}, {127, 130}, {2, 2}, {126, 127}) == bits_of(8.5));
  CHECK(result(spec, {2, 2}, {255, 127}, {2, 2}, {127, 127}) == 0x7fc00000);
  CHECK(result(spec, {2, 2}, {127, 127}, {2, 2}, {127, 255}) == 0x7fc00000);
  // A block of zeros has no say in the exponent, whatever its scale.
  CHECK(result(spec, {2, 0}, {127, 254}, {2, 2}, {127, 254}) == bits_of(1.0));
  // 2^-254 and 2^254 are past the ends of FP32; the other operand brings them back.
  CHECK(result(spec, {2, 0}, {0, 0}, {2, 0}, {0, 0}) == 0);
  CHECK(result(spec, {10, 0}, {0, 0}, {2, 0}, {0, 0}) == 0x80000000);
  CHECK(result(spec, {2, 0}, {254, 0}, {2, 0}, {254, 0}) == 0x7f800000);
  CHECK(result(spec, {2, 0}, {254, 0}, {2, 0}, {0, 0}) == bits_of(1.0));
  // 2^-140: a subnormal.
  CHECK(result(spec, {2, 0}, {57, 0}, {2, 0}, {57, 0}) == 1 << 9);
}

/// Everything by the words of docs/floating.md, in doubles.
struct Reference {
  const spec::MacroSpec& spec;

  [[nodiscard]] double rounded(double value, bool magnitude) const {
    const double down = magnitude ? std::trunc(value) : std::floor(value);
    switch (spec.floating.rounding) {
      case spec::Rounding::truncate:
        return down;
      case spec::Rounding::nearest_even:
        return std::nearbyint(value);
      case spec::Rounding::sticky:
        break;
    }
    if (down == value || std::fmod(down, 2.0) != 0.0) return down;
    return magnitude && value < 0 ? down - 1 : down + 1;
  }

  /// What is multiplied, and 2^e of its lowest bit's field.
  [[nodiscard]] double aligned(const spec::IntegerFormat& format, double value, int guard,
                               int target) const {
    if (format.element == spec::Element::integer) {
      return format.has_scale ? std::ldexp(value, format.bits - 2) : value;
    }
    const spec::FloatShape shape = spec::shape_of(format.element);
    if (!std::isfinite(value)) return 0.0;
    const double limit = std::ldexp(1.0, shape.fraction_bits + 1 + guard) - 1;
    const double scaled = std::ldexp(value, shape.bias + shape.fraction_bits + guard - target);
    if (field(format, value) > target && value != 0) return std::copysign(limit, value);
    return rounded(scaled, true);
  }

  /// The exponent field of a value.
  static int field(const spec::IntegerFormat& format, double value) {
    if (format.element == spec::Element::integer) return 0;
    if (value == 0 || !std::isfinite(value)) return 1;
    return std::max(std::ilogb(value) + spec::shape_of(format.element).bias, 1);
  }

  /// The result of a column of weights, all of a block with the exponent of its last row.
  [[nodiscard]] double column(const Codes& weights, const Codes& brought, const Codes& input,
                              const Codes& scales) const {
    const number::Format x_format = sim::number_format(spec.input);
    const number::Format w_format = sim::number_format(spec.weight);
    const std::size_t block_rows = static_cast<std::size_t>(spec.floating.block_rows);
    const std::size_t blocks = input.size() / block_rows;
    const bool to_format = spec.floating.align_inputs_to == spec::InputTarget::format;
    const auto largest = [](const spec::IntegerFormat& format) {
      return format.element == spec::Element::integer
                 ? 0
                 : spec::shape_of(format.element).largest_exponent;
    };
    std::vector<double> x, w;
    for (std::size_t i = 0; i < input.size(); ++i) {
      x.push_back(number::value_of(x_format, input[i]));
      w.push_back(number::value_of(w_format, weights[i]));
    }
    double infinite = 0.0;
    for (std::size_t i = 0; i < input.size(); ++i) {
      const double product = x[i] * w[i];
      if (std::isnan(product)) return NAN;
      if (std::isinf(product)) infinite += product;
    }
    if (infinite != 0.0) return infinite;  // NaN where there were both

    std::vector<double> sums(blocks, 0.0);
    std::vector<int> exponents(blocks, 0);
    for (std::size_t g = 0; g < blocks; ++g) {
      int target = to_format ? largest(spec.input) : 1;
      const bool whole = spec.floating.align_inputs_to == spec::InputTarget::vector;
      for (std::size_t i = 0; i < input.size() && !to_format; ++i) {
        if (whole || i / block_rows == g) target = std::max(target, field(spec.input, x[i]));
      }
      const bool weights_to_format = spec.floating.align_weights_to == spec::WeightTarget::format;
      for (std::size_t i = g * block_rows; i < (g + 1) * block_rows; ++i) {
        const double a = aligned(spec.input, x[i], spec.floating.input_guard_bits, target);
        const double b = aligned(spec.weight, w[i], spec.floating.weight_guard_bits,
                                 weights_to_format ? largest(spec.weight) : brought[i]);
        sums[g] += a * b;
      }
      if (!to_format) exponents[g] += target;
      if (!scales.empty()) exponents[g] += scales[g];
      if (!brought.empty()) exponents[g] += brought[(g + 1) * block_rows - 1];
    }
    const int guard = spec.floating.sum_guard_bits;
    int most = blocks == 1 ? exponents[0] : 0;
    for (std::size_t g = 0; g < blocks; ++g) {
      if (sums[g] != 0) most = std::max(most, exponents[g]);
    }
    double sum = 0.0;
    for (std::size_t g = 0; g < blocks; ++g) {
      if (sums[g] != 0) sum += rounded(std::ldexp(sums[g], guard + exponents[g] - most), false);
    }
    return std::ldexp(sum, most - spec::result_shape(spec).offset);
  }
};

TEST_CASE("random results are those of the document in double arithmetic") {
  struct Shape {
    const char* input;
    const char* weight;
    int rows, block_rows;
  };
  const auto shape = GENERATE(values<Shape>({
      {"fp8_e4m3", "fp8_e4m3", 6, 3},
      {"fp8_e5m2", "fp8_e4m3", 4, 4},
      {"fp8_e5m2", "fp8_e5m2", 6, 2},
      {"fp6_e3m2", "fp6_e2m3", 4, 2},
      {"fp4_e2m1", "fp4_e2m1", 8, 8},
      {"fp16", "fp16", 4, 2},
      {"fp16", "int8", 4, 4},
      {"uint4", "fp8_e5m2", 4, 2},
      {"bf16", "int4", 4, 2},
      {"mxfp8_e4m3", "mxfp4_e2m1", 6, 3},
      {"mxint8", "mxint8", 4, 2},
      {"mxfp8_e5m2", "fp8_e4m3", 4, 4},
      {"bfp5", "mxfp6_e2m3", 4, 2},
  }));
  std::mt19937 random(7);
  const auto below = [&](int count) {
    return static_cast<int>(random() % static_cast<unsigned>(count));
  };
  spec::MacroSpec spec = macro(shape.rows, 1, shape.block_rows, shape.input, shape.weight);
  for (int trial = 0; trial < 3000; ++trial) {
    spec.floating.rounding = static_cast<spec::Rounding>(trial % 3);
    if (spec.input.element != spec::Element::integer) {
      spec.floating.align_inputs_to = static_cast<spec::InputTarget>(trial / 3 % 3);
    }
    spec.floating.result = spec::ResultFormat::fp32;
    const auto rows = static_cast<std::size_t>(spec.rows);
    const auto codes = [&](const spec::IntegerFormat& format) {
      // Half of the time near each other, so that something is left of all.
      const auto count = static_cast<int>(format.max() - format.min() + 1);
      const int around = below(count);
      Codes drawn(rows);
      for (std::int32_t& code : drawn) {
        const int near = (around + below(9)) % count;
        code = static_cast<std::int32_t>(format.min()) + (trial % 2 == 0 ? near : below(count));
        // Rarely what is no number.
        const number::Format meaning = sim::number_format(format);
        if (!std::isfinite(number::value_of(meaning, code)) && below(20) != 0) code = 0;
      }
      return drawn;
    };
    const Codes input = codes(spec.input);
    const Codes weights = codes(spec.weight);
    Codes brought;
    const int scale_bits = spec::weight_scale_bits(spec);
    if (spec.weight.has_scale) {
      // One a row: the last of a block counts.
      for (std::size_t i = 0; i < rows; ++i) brought.push_back(120 + below(14));
    } else if (scale_bits > 0) {
      brought = sim::block_exponents(spec, weights);
      for (std::int32_t& exponent : brought) {
        if (below(4) == 0) exponent = std::clamp(exponent + below(5) - 2, 0, (1 << scale_bits) - 1);
      }
    }
    Codes scales;
    if (spec.input.has_scale) {
      for (int g = 0; g < spec::blocks_of(spec); ++g) scales.push_back(120 + below(14));
    }
    const double right = Reference{spec}.column(weights, brought, input, scales);
    const std::int64_t got = result(spec, weights, brought, input, scales);
    const std::int64_t expected = std::isnan(right) ? 0x7fc00000 : right == 0 ? 0 : bits_of(right);
    if (got != expected) {
      FAIL(shape.input << " x " << shape.weight << ", trial " << trial << ": "
                       << sim::result_text(spec, got, false) << ", not " << right);
    }
    // The other formats of a result are of the same number.
    spec.floating.result = spec::ResultFormat::bf16;
    const std::int64_t bf16 = result(spec, weights, brought, input, scales);
    const auto rounded = number::encode(sim::result_number_format(spec::ResultFormat::bf16),
                                        right == 0 ? 0.0 : right, number::Overflow::overflow);
    if (bf16 != rounded) FAIL("bf16 " << bf16 << ", not " << rounded);
    spec.floating.result = spec::ResultFormat::integer;
    if (spec::result_shape(spec).bits > 64) continue;
    const double value =
        sim::result_value(spec, result(spec, weights, brought, input, scales), false);
    if (!(std::isnan(value) && std::isnan(right)) && value != right) {
      FAIL("integer " << value << ", not " << right);
    }
  }
}

TEST_CASE(
    "exact sums are those of double arithmetic where it is exact, and errors within the bound") {
  struct Shape {
    const char* input;
    const char* weight;
  };
  const auto shape = GENERATE(values<Shape>({{"fp8_e4m3", "fp8_e4m3"},
                                             {"fp8_e5m2", "fp6_e3m2"},
                                             {"fp4_e2m1", "int8"},
                                             {"mxfp8_e4m3", "mxfp4_e2m1"},
                                             {"bfp7", "mxfp6_e2m3"}}));
  std::mt19937 random(11);
  const auto below = [&](std::int64_t count) {
    return static_cast<std::int32_t>(random() % static_cast<unsigned>(count));
  };
  double worst = 0.0;
  spec::MacroSpec spec = macro(8, 2, 4, shape.input, shape.weight);
  for (int trial = 0; trial < 2000; ++trial) {
    spec.floating.rounding = static_cast<spec::Rounding>(trial % 3);
    const auto codes = [&](std::size_t count, const spec::IntegerFormat& format) {
      Codes drawn(count);
      for (std::int32_t& code : drawn) {
        code = static_cast<std::int32_t>(format.min()) + below(format.max() - format.min() + 1);
        if (!std::isfinite(number::value_of(sim::number_format(format), code))) code = 0;
      }
      return drawn;
    };
    const Codes input = codes(8, spec.input);
    const Codes weights = codes(16, spec.weight);
    const Codes scales = spec.input.has_scale ? Codes{127 + below(4), 127 + below(4)} : Codes();
    Codes brought = sim::block_exponents(spec, weights);
    if (spec.weight.has_scale) brought.assign(16, 126);
    sim::FloatMacro macro(spec);
    for (std::size_t row = 0; row < 8; ++row) {
      const std::span<const std::int32_t> all = brought;
      macro.write_row(0, static_cast<int>(row), std::span(weights).subspan(2 * row, 2),
                      spec::weight_scale_bits(spec) > 0 ? all.subspan(2 * row, 2) : all.first(0),
                      false);
    }
    const auto exact = macro.exact(0, input, scales);
    const auto errors = macro.errors(0, input, scales);
    std::vector<std::int64_t> outputs(2);
    macro.multiply(0, input, scales, false, outputs);
    for (std::size_t column = 0; column < 2; ++column) {
      double right = 0.0;
      for (std::size_t row = 0; row < 8; ++row) {
        const double x = number::value_of(sim::number_format(spec.input), input[row]) *
                         (scales.empty() ? 1.0 : number::scale_value(scales[row / 4]));
        const double w =
            number::value_of(sim::number_format(spec.weight), weights[2 * row + column]) *
            (spec.weight.has_scale ? number::scale_value(126) : 1.0);
        right += x * w;
      }
      REQUIRE(exact[column].approximately() == right);
      REQUIRE(errors[column]);
      REQUIRE(errors[column]->of_bound <= 1.0);
      worst = std::max(worst, errors[column]->of_bound);
      const double off = std::abs(sim::result_value(spec, outputs[column], false) -
                                  static_cast<double>(static_cast<float>(right)));
      const double ulp = std::ldexp(
          1.0, right == 0 ? -149 : std::max(std::ilogb(static_cast<float>(right)), -126) - 23);
      REQUIRE(errors[column]->ulp == off / ulp);
    }
  }
  // Not a bound that no case comes near; 0 where nothing is rounded.
  const bool is_exact = spec::aligned_error_bound(spec) == 0.0 || worst == 0.0;
  CHECK((is_exact || worst > 0.1));
}

TEST_CASE("integers in a floating macro") {
  spec::MacroSpec spec = macro(4, 2, 2, "fp8_e4m3", "fp8_e4m3");
  spec.floating.integer_bits = 7;
  sim::GoldenMacro golden(spec);
  spec::Mode integers = spec::mode_of(spec);
  integers.integer = true;
  const auto multiply = [&](const Codes& input, const spec::Mode& mode) {
    std::vector<std::int64_t> outputs(2);
    golden.multiply(0, mode, input, outputs);
    return outputs;
  };
  for (int row = 0; row < 4; ++row) {
    golden.write_row(0, row, Codes{-64, row}, {.scales = Codes{10, 7}, .integer = true});
  }
  CHECK(multiply({1, 2, 3, -64}, integers) ==
        std::vector<std::int64_t>{58 * 64, 2 + 6 - 192 + 0x100000000});
  // Read with the exponents that came with them: 64 counts 64 * 2^(10 - 7 - 3 - 3) = 8, 1 counts
  // 1/64.
  CHECK(multiply({0x38, 0x38, 0x38, 0x38}, spec::mode_of(spec)) ==
        std::vector<std::int64_t>{bits_of(-32.0), bits_of(6.0 / 64)});
  // Weights of numbers in integer mode: the sum of what they were aligned to.
  golden.write_row(0, 0, Codes{0x38, 0x7f}, {.scales = Codes{7, 7}});
  CHECK(multiply({3, 0, 0, 0}, integers) == std::vector<std::int64_t>{3 * 64, 0});
}

}  // namespace
}  // namespace cimforge::tests
