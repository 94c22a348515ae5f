// The golden macro against plain products, for any format, digit, slice and encoding.
#include "sim/reference/macro.h"

#include <algorithm>
#include <random>
#include <string>

#include "tests/catch.h"
#include "tests/reference/devices.h"

namespace cimforge::reference {
namespace {

using Random = std::mt19937;
using Values = std::vector<std::int64_t>;

std::int64_t least(const Format& format) {
  return format.is_signed ? -(std::int64_t{1} << (format.bits - 1)) : 0;
}
std::int64_t greatest(const Format& format) {
  return (std::int64_t{1} << (format.is_signed ? format.bits - 1 : format.bits)) - 1;
}

int between(int low, int high, Random& random) {
  return std::uniform_int_distribution<int>(low, high)(random);
}

/// Any value, or one of the corners.
Values random_values(const Format& format, std::size_t count, Random& random) {
  std::uniform_int_distribution<std::int64_t> any(least(format), greatest(format));
  Values values(count);
  const int kind = between(0, 4, random);
  for (std::int64_t& value : values) {
    const bool at_top = kind == 0 || (kind == 2 && between(0, 1, random) == 1);
    const bool at_bottom = kind == 1 || (kind == 2 && !at_top);
    value = at_top ? greatest(format) : at_bottom ? least(format) : any(random);
  }
  return values;
}

/// y[c] = sum over r of x[r] W[r][c]
Values products(const MacroParameters& p, const Values& weights, const Values& inputs) {
  Values sums(p.columns, 0);
  for (std::size_t r = 0; r < p.rows; ++r) {
    for (std::size_t c = 0; c < p.columns; ++c) sums[c] += inputs[r] * weights[r * p.columns + c];
  }
  return sums;
}

/// A macro without a loss: range 0 and converters that hold any sum.
MacroParameters exact(std::size_t rows, std::size_t columns, Format input, Format weight, int k,
                      int cell_bits, Encoding encoding) {
  MacroParameters p;
  p.rows = rows;
  p.columns = columns;
  p.input = input;
  p.weight = weight;
  p.code_bits = k;
  p.cell_bits = cell_bits;
  p.encoding = encoding;
  p.adc_bits = 30;
  p.ranges.assign(columns, 0);
  p.trims.assign(columns, {});
  p.output_bits = 62;
  return p;
}

MacroParameters random_parameters(Random& random) {
  const Format input{between(1, 16, random), between(0, 1, random) == 1};
  const Format weight{between(1, 16, random), between(0, 1, random) == 1};
  Encoding encoding = Encoding::plain;
  if (weight.is_signed) {
    encoding = between(0, 1, random) == 1 ? Encoding::offset : Encoding::differential;
  }
  return exact(static_cast<std::size_t>(between(1, 24, random)),
               static_cast<std::size_t>(between(1, 5, random)), input, weight,
               between(1, 8, random), between(1, 8, random), encoding);
}

std::string describe(const MacroParameters& p) {
  const auto format = [](const Format& f) {
    return (f.is_signed ? "int" : "uint") + std::to_string(f.bits);
  };
  return std::to_string(p.rows) + " x " + std::to_string(p.columns) + " " + format(p.input) + " " +
         format(p.weight) + " k " + std::to_string(p.code_bits) + " cell_bits " +
         std::to_string(p.cell_bits) + " encoding " + std::to_string(static_cast<int>(p.encoding));
}

}  // namespace

TEST_CASE("with converters that lose nothing the macro is the plain product") {
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    const MacroParameters p = random_parameters(random);
    const Values weights = random_values(p.weight, p.rows * p.columns, random);
    const Macro macro(p, weights);
    for (int vector = 0; vector < 6; ++vector) {
      const Values inputs = random_values(p.input, p.rows, random);
      const Result result = macro.multiply(inputs);
      INFO(i << ": " << describe(p));
      REQUIRE(result.outputs == products(p, weights, inputs));
      REQUIRE(result.saturated == std::vector<bool>(p.columns, false));
      REQUIRE_FALSE(result.reference_saturated);
    }
  }
}

TEST_CASE("every pair of values of small formats, every digit, slice and encoding") {
  for (const bool input_signed : {false, true}) {
    for (const Encoding encoding : {Encoding::plain, Encoding::differential, Encoding::offset}) {
      for (int bits = 1; bits <= 4; ++bits) {
        for (int k = 1; k <= 4; ++k) {
          for (int cell_bits = 1; cell_bits <= 4; ++cell_bits) {
            const Format input{bits, input_signed};
            const Format weight{5 - bits, encoding != Encoding::plain};
            const MacroParameters p = exact(1, 1, input, weight, k, cell_bits, encoding);
            for (std::int64_t w = least(weight); w <= greatest(weight); ++w) {
              const Macro macro(p, Values{w});
              for (std::int64_t x = least(input); x <= greatest(input); ++x) {
                INFO(describe(p) << ": " << x << " x " << w);
                REQUIRE(macro.multiply(Values{x}).outputs == Values{x * w});
              }
            }
          }
        }
      }
    }
  }
}

TEST_CASE("steps of inputs, written out") {
  MacroParameters p = exact(2, 1, {6, true}, {1, false}, 2, 1, Encoding::plain);
  // -11 is 110101, 22 is 010110: five bits of magnitude, 0 put on top, digits of two bits.
  std::vector<Step> taken = steps(p, Values{-11, 22});
  REQUIRE(taken.size() == 4);
  CHECK(taken[0].codes == std::vector<int>{1, 1});
  CHECK(taken[1].codes == std::vector<int>{1, 1});
  CHECK(taken[2].codes == std::vector<int>{1, 2});
  CHECK(taken[3].codes == std::vector<int>{1, 0});
  CHECK(taken[3].is_sign);
  CHECK_FALSE(taken[2].is_sign);

  p.input = {1, true};
  taken = steps(p, Values{-1, 0});
  REQUIRE(taken.size() == 1);
  CHECK(taken[0].is_sign);
  CHECK(taken[0].codes == std::vector<int>{1, 0});

  p.input = {5, false};
  taken = steps(p, Values{31, 9});
  REQUIRE(taken.size() == 3);
  CHECK(taken[0].codes == std::vector<int>{1, 0});
  CHECK(taken[1].codes == std::vector<int>{3, 2});
  CHECK(taken[2].codes == std::vector<int>{3, 1});
}

TEST_CASE("levels of weights, written out") {
  // -5 is 5 on the minus side, 0101: slices 1 and 1; +6 is 0110: slices 2 and 1.
  MacroParameters p = exact(1, 2, {4, false}, {4, true}, 1, 2, Encoding::differential);
  CHECK(cell_levels(p, Values{-5, 6}) == std::vector<int>{0, 1, 0, 1, 2, 0, 1, 0});
  CHECK(cell_levels(p, Values{-8, 7}) == std::vector<int>{0, 0, 0, 2, 3, 0, 1, 0});
  CHECK(converters(p) == 4);

  // Offset: -5 + 8 = 3, 6 + 8 = 14; the reference holds 8 as 2 in slice 1.
  p.encoding = Encoding::offset;
  CHECK(cell_levels(p, Values{-5, 6}) == std::vector<int>{3, 0, 2, 3, 2});
  CHECK(reference_slice(p) == 1);
  CHECK(converters(p) == 5);

  p.weight = {5, false};
  p.encoding = Encoding::plain;
  CHECK(cell_levels(p, Values{27, 4}) == std::vector<int>{3, 2, 1, 0, 1, 0});
}

TEST_CASE("codes of an ideal converter round half up and clip") {
  MacroParameters p = exact(1, 1, {1, false}, {1, false}, 1, 1, Encoding::plain);
  p.adc_bits = 4;
  const auto code = [&](std::int64_t sum, int range) { return ideal_code(p, sum, range).code; };
  CHECK(code(7, 0) == 7);
  CHECK(code(1, 1) == 1);
  CHECK(code(5, 2) == 1);
  CHECK(code(6, 2) == 2);
  CHECK(code(61, 2) == 15);
  CHECK_FALSE(ideal_code(p, 61, 2).overflow);
  CHECK(code(62, 2) == 15);
  CHECK(ideal_code(p, 62, 2).overflow);
  CHECK(ideal_code(p, 16, 0).overflow);

  p.weight = {2, true};
  p.encoding = Encoding::differential;
  CHECK(code(-2, 2) == 0);
  CHECK(code(-3, 2) == -1);
  CHECK(code(-34, 2) == -8);
  CHECK_FALSE(ideal_code(p, -34, 2).overflow);
  CHECK(code(-35, 2) == -8);
  CHECK(ideal_code(p, -35, 2).overflow);
  CHECK(code(30, 2) == 7);
  CHECK(ideal_code(p, 30, 2).overflow);
}

TEST_CASE("trimmed codes, by hand") {
  CHECK(trimmed(100, {}, 3) == 800);
  CHECK(trimmed(-7, {}, 0) == -7);
  CHECK(trimmed(10, {16, 4096}, 0) == 9);    // one LSB off
  CHECK(trimmed(10, {-16, 4096}, 2) == 44);  // one LSB on, of 4 units
  CHECK(trimmed(10, {7, 4096}, 0) == 10);    // 9.5625 rounds to 10
  CHECK(trimmed(10, {8, 4096}, 0) == 10);    // 9.5 rounds up
  CHECK(trimmed(10, {9, 4096}, 0) == 9);     // 9.4375
  CHECK(trimmed(-10, {8, 4096}, 0) == -10);  // -10.5 rounds up
  CHECK(trimmed(65535, {-2048, 8191}, 35) ==
        (16 * 65535 + 2048) * std::int64_t{8191} * (std::int64_t{1} << 19));  // no overflow
  CHECK(trimmed(100, {0, 4301}, 0) == 105);                                   // 105.0049
  CHECK(trimmed(100, {-8, 3891}, 1) == 191);  // 100.5 x 0.94995 x 2 = 190.94
  CHECK(trimmed(5, {0, 0}, 4) == 0);
}

TEST_CASE("output stages, by hand") {
  MacroParameters p = exact(1, 1, {1, false}, {1, false}, 1, 1, Encoding::plain);
  p.output_bits = 8;
  p.mode = OutputMode::saturate;
  CHECK(output_value(p, 300) == 127);
  CHECK(output_value(p, -300) == -128);
  CHECK(output_value(p, -5) == -5);
  p.output_shift = 2;
  CHECK(output_value(p, -5) == -2);
  CHECK(output_value(p, 300) == 75);
  p.output_signed = false;
  CHECK(output_value(p, -5) == 0);
  CHECK(output_value(p, 1024) == 255);
  p.mode = OutputMode::truncate;
  CHECK(output_value(p, 1028) == 1);
  CHECK(output_value(p, -4) == 255);
  p.output_signed = true;
  CHECK(output_value(p, 4 * 130) == -126);
  p.mode = OutputMode::exact;
  p.output_shift = 0;
  CHECK(output_value(p, 130) == 127);
}

TEST_CASE("results as wide as a port may be hold every sum") {
  MacroParameters p = exact(1, 1, {1, false}, {1, false}, 1, 1, Encoding::plain);
  constexpr std::int64_t large = std::int64_t{1} << 46;
  for (const int bits : {62, 63, 64}) {
    INFO(bits);
    p.output_bits = bits;
    p.output_signed = true;
    for (const OutputMode mode : {OutputMode::exact, OutputMode::saturate, OutputMode::truncate}) {
      p.mode = mode;
      CHECK(output_value(p, large) == large);
      CHECK(output_value(p, -large) == -large);
    }
    p.output_signed = false;
    p.mode = OutputMode::exact;
    CHECK(output_value(p, large) == large);
    CHECK(output_value(p, -large) == 0);
    p.mode = OutputMode::truncate;
    CHECK(output_value(p, large) == large);
    CHECK(static_cast<std::uint64_t>(output_value(p, -1)) == ~std::uint64_t{0} >> (64 - bits));
  }
}

TEST_CASE("a macro that clips, rounds and trims, by hand") {
  // Three rows of uint2 inputs in digits of one bit, uint2 weights in slices of one bit.
  MacroParameters p = exact(3, 2, {2, false}, {2, false}, 1, 1, Encoding::plain);
  p.adc_bits = 1;  // codes 0 and 1
  p.ranges = {0, 1};
  p.trims = {{}, {-8, 6144}};
  const Macro macro(p, Values{3, 1, 2, 1, 3, 2});
  // Step 1, bits 1 of the inputs 3 1 2: rows 1 0 1. Sums of slices: column 0: low 2, high 2, which
  // clip to 1; column 1: low 1 -> code 1, high 1 -> code 1. Trimmed: (1 + 1/2) 3/2 2 = 4.5 -> 5.
  // Step 2, bits 0: rows 1 1 0. Column 0: low 1, high 2, clipped to 1; column 1: low 2 -> code 1,
  // high 0 -> code 0, trimmed (0 + 1/2) 3/2 2 = 1.5 -> 2. Column 0: 2 (1 + 2) + (1 + 2); column 1:
  // 2 (5 + 2 * 5) + (5 + 2 * 2).
  const Result result = macro.multiply(Values{3, 1, 2});
  CHECK(result.outputs == Values{9, 39});
  CHECK(result.saturated == std::vector<bool>{true, false});
  p.ranges = {1, 0};
  CHECK(Macro(p, Values{3, 1, 2, 1, 3, 2}).multiply(Values{3, 1, 2}).saturated ==
        std::vector<bool>{false, true});
}

TEST_CASE("the reference column has its own range and flag") {
  MacroParameters p = exact(4, 1, {1, false}, {2, true}, 1, 2, Encoding::offset);
  p.adc_bits = 3;
  p.reference_range = 0;
  const Values weights{1, 1, -2, -2};  // stored 3 3 0 0, reference 2 2 2 2
  // Sum 6 less the reference of 8, which clips to 7.
  Result result = Macro(p, weights).multiply(Values{1, 1, 1, 1});
  CHECK(result.outputs == Values{-1});
  CHECK(result.saturated == std::vector<bool>{false});
  CHECK(result.reference_saturated);
  p.reference_range = 1;  // 8 is the code 4
  result = Macro(p, weights).multiply(Values{1, 1, 1, 1});
  CHECK(result.outputs == Values{-2});
  CHECK_FALSE(result.reference_saturated);
  p.trims = {{16, 8192}};  // (6 - 1) 2, and the reference as it is
  CHECK(Macro(p, weights).multiply(Values{1, 1, 1, 1}).outputs == Values{2});
}

TEST_CASE("the error of coarse converters is at most half an LSB a conversion") {
  Random random(2);
  for (int i = 0; i < 200; ++i) {
    MacroParameters p = random_parameters(random);
    const int range = between(1, 4, random);
    p.ranges.assign(p.columns, range);
    p.reference_range = range;
    const Values weights = random_values(p.weight, p.rows * p.columns, random);
    const Values inputs = random_values(p.input, p.rows, random);
    const Values outputs = Macro(p, weights).multiply(inputs).outputs;
    const Values sums = products(p, weights, inputs);
    // What one LSB at each conversion would be worth: slices and steps with their weights.
    std::int64_t conversions = 0;
    for (int j = 0; j < slices(p); ++j) conversions += std::int64_t{1} << (j * p.cell_bits);
    if (has_reference(p)) conversions += std::int64_t{1} << (reference_slice(p) * p.cell_bits);
    std::int64_t steps_weight = 0;
    for (const Step& step : steps(p, inputs)) {
      steps_weight = step.is_sign ? steps_weight + (std::int64_t{1} << (p.input.bits - 1))
                                  : (steps_weight << p.code_bits) + 1;
    }
    const std::int64_t bound = conversions * steps_weight * (std::int64_t{1} << (range - 1));
    for (std::size_t c = 0; c < p.columns; ++c) {
      INFO(i << ": " << describe(p));
      REQUIRE(std::abs(outputs[c] - sums[c]) <= bound);
    }
  }
}

TEST_CASE("a macro of ideal devices and converters is the macro of exact integers") {
  Random random(3);
  for (int i = 0; i < 60; ++i) {
    MacroParameters p = random_parameters(random);
    p.rows = static_cast<std::size_t>(between(1, 7, random));
    p.columns = static_cast<std::size_t>(between(1, 3, random));
    p.cell_bits = between(1, 4, random);
    p.adc_bits = between(2, 7, random);
    p.ranges.clear();
    p.trims.clear();
    for (std::size_t c = 0; c < p.columns; ++c) {
      p.ranges.push_back(between(0, 6, random));
      p.trims.push_back({between(-40, 40, random), between(3000, 5000, random)});
    }
    p.reference_range = between(0, 6, random);
    const Values weights = random_values(p.weight, p.rows * p.columns, random);

    AnalogParts parts;
    parts.array = fresh_array(test::ideal_device(0.7, 13.1, 1 << p.cell_bits), {7, 1}, p.rows,
                              device_columns(p));
    program_levels(parts.array, cell_levels(p, weights));
    Converter converter;
    converter.kind = i % 2 == 0 ? ConverterKind::flash : ConverterKind::sar;
    converter.bits = p.adc_bits;
    converter.is_signed = p.encoding == Encoding::differential;
    parts.converters.assign(converters(p), converter);
    parts.conversions.assign(converters(p), 0);

    const Macro macro(p, weights);
    const Macro device_macro(p, device_sums(p, parts), device_conversion(p, parts));
    for (int vector = 0; vector < 3; ++vector) {
      const Values inputs = random_values(p.input, p.rows, random);
      const Result integers = macro.multiply(inputs);
      const Result devices = device_macro.multiply(inputs);
      INFO(i << ": " << describe(p));
      REQUIRE(devices.outputs == integers.outputs);
      REQUIRE(devices.saturated == integers.saturated);
      REQUIRE(devices.reference_saturated == integers.reference_saturated);
    }
    CHECK(parts.reads == 3 * steps(p, Values(p.rows, 0)).size());
  }
}

}  // namespace cimforge::reference
