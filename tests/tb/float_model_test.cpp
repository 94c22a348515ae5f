// The C++ side of the cycle model of a floating macro, in front of the reference macro in C++.
#include "cimforge/float_model.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

#include "sim/floating.h"
#include "tests/catch.h"
#include "tests/tb/float_reference_dut.h"

namespace cimforge::tests {
namespace {

/// 4 x 3 weights in blocks of 2 rows, E4M3, aligned by the caller.
spec::MacroSpec offline_macro() {
  spec::MacroSpec spec;
  spec.name = "offline";
  spec.kind = spec::Kind::floating;
  spec.rows = 4;
  spec.columns = 3;
  spec.banks = 2;
  spec.input = spec.weight = {false, 8, false, spec::Element::fp8_e4m3, false};
  spec.floating.block_rows = 2;
  spec.floating.sum_guard_bits = 3;
  spec.floating.integer_bits = 5;
  spec.floating.align_weights_at = spec::WeightAligner::offline;
  return spec;
}

/// 4 x 3 weights in blocks of 2 rows, scaled on both sides.
spec::MacroSpec scaled_macro() {
  spec::MacroSpec spec = offline_macro();
  spec.name = "scaled";
  spec.input = {false, 8, false, spec::Element::fp8_e4m3, true};
  spec.weight = {true, 8, false, spec::Element::integer, true};
  spec.floating.align_weights_at = spec::WeightAligner::write;
  spec.floating.align_weights_to = spec::WeightTarget::format;
  spec.floating.integer_bits = 0;
  spec.floating.weight_guard_bits = 0;
  spec.floating.result = spec::ResultFormat::integer;
  return spec;
}

/// The C interface of tb/dut.h over the reference macro.
struct Instance {
  explicit Instance(const spec::MacroSpec& spec) : dut(spec, FloatMutation::none) {}
  FloatReferenceDut dut;
};

template <spec::MacroSpec (*make)()>
struct Functions {
  static cim_dut* create(const char*) { return reinterpret_cast<cim_dut*>(new Instance(make())); }
  static cim_dut_pins* pins(cim_dut* dut) { return &reinterpret_cast<Instance*>(dut)->dut.pins(); }
  static int eval(cim_dut* dut) {
    reinterpret_cast<Instance*>(dut)->dut.eval();
    return 0;
  }
  static const char* error(cim_dut*) { return ""; }
  static void destroy(cim_dut* dut) { delete reinterpret_cast<Instance*>(dut); }
  static constexpr int rows = 4, columns = 3, banks = 2, nonzero = 1, group = 1, index_bits = 0;
  static constexpr int weight_min = 0, weight_max = 255, input_min = 0, input_max = 255;
  static constexpr bool output_signed = false;
  static constexpr int input_bits = 8, block_rows = 2;
  static constexpr number::Rounding rounding = number::Rounding::nearest_even;
};

constexpr number::Format e4m3 = {.bits = 8,
                                 .exponent_bits = 4,
                                 .fraction_bits = 3,
                                 .bias = 7,
                                 .largest_exponent = 15,
                                 .has_nan = true};

struct OfflineFigures : Functions<offline_macro> {
  static constexpr int weight_bits = 8, output_bits = 32, weight_guard_bits = 3;
  static constexpr number::Format input_format = e4m3, weight_format = e4m3;
  static constexpr number::Format result_format = {.bits = 32,
                                                   .exponent_bits = 8,
                                                   .fraction_bits = 23,
                                                   .bias = 127,
                                                   .largest_exponent = 254,
                                                   .has_infinity = true,
                                                   .has_nan = true};
  static constexpr bool weights_to_block = true, weights_aligned = true;
  static constexpr int weight_scale_bits = 4, weight_class_bits = 1, integer_bits = 5;
  [[maybe_unused]] static constexpr int sum_bits = 0, result_offset = 0;
};

struct ScaledFigures : Functions<scaled_macro> {
  static constexpr int weight_bits = 8, weight_guard_bits = 0;
  static constexpr int output_bits = 31, sum_bits = 21, result_offset = 276;
  static constexpr number::Format input_format = {.bits = 8,
                                                  .exponent_bits = 4,
                                                  .fraction_bits = 3,
                                                  .bias = 7,
                                                  .largest_exponent = 15,
                                                  .has_nan = true,
                                                  .has_scale = true};
  static constexpr number::Format weight_format = {.bits = 8, .point = 6, .has_scale = true};
  static constexpr number::Format result_format = {};
  static constexpr bool weights_to_block = false, weights_aligned = false;
  static constexpr int weight_scale_bits = 8, weight_class_bits = 0, integer_bits = 0;
};
const std::vector<double> weights = {0.5,  -1.0, 2.0, 0.25, 1.5, -0.75,
                                     -4.0, 0.0,  1.0, 3.0,  2.0, 448.0};
const std::vector<double> inputs = {1.0, 0.5, -2.0, 1.0, 0.0, 3.0, 0.25, -1.0};

double dot(std::size_t vector, std::size_t column) {
  double sum = 0.0;
  for (std::size_t row = 0; row < 4; ++row) {
    sum += inputs[4 * vector + row] * weights[3 * row + column];
  }
  return sum;
}

TEST_CASE("a cycle model takes and gives real numbers") {
  FloatModel<OfflineFigures> model;
  model.load_weights(weights, 1);
  const std::vector<double> results = model.run(inputs, 1);
  REQUIRE(results.size() == 6);
  for (std::size_t i = 0; i < 6; ++i) {
    INFO(i);
    // 1.0 beside 448 is eight places below: nothing of it is left of six bits.
    const bool is_rounded = i % 3 == 2;
    if (is_rounded) {
      CHECK(std::abs(results[i] - dot(i / 3, i % 3)) <= 4.0);
    } else {
      CHECK(results[i] == dot(i / 3, i % 3));
    }
  }
  CHECK(model.cycles() > 0);

  // The same as the golden model, code by code.
  const spec::MacroSpec spec = offline_macro();
  const sim::AlignedWeights aligned = sim::align_weights(spec, weights);
  sim::FloatMacro golden(spec);
  for (std::size_t row = 0; row < 4; ++row) {
    golden.write_row(0, static_cast<int>(row), std::span(aligned.codes).subspan(3 * row, 3),
                     std::span(aligned.scales).subspan(row / 2 * 3, 3), false);
  }
  const std::vector<std::int32_t> codes = {0x38, 0x7f, 0x01, 0x8a};
  std::vector<std::int64_t> right(3);
  for (const std::int32_t second : {0x7f, 0x31}) {
    std::vector<std::int32_t> vector = codes;
    vector[1] = second;
    golden.multiply(0, vector, {}, false, right);
    CHECK(model.run_codes(vector, {}, 1) == right);
  }
  CHECK(std::isnan(model.value(0x7fc00000)));

  // A format without infinities, or NaN, makes no number of them.
  std::vector<double> bad = inputs;
  bad[2] = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH(model.run(bad, 1), "cimforge: the format has no infinity");
  bad[2] = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(model.run(bad, 1)[0]));
  bad = weights;
  bad[5] = -std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH(model.load_weights(bad, 1), "cimforge: the format has no infinity");

  CHECK_THROWS_AS(model.load_weights(std::vector<double>(11, 0.0)), std::invalid_argument);
  CHECK_THROWS_AS(model.run_codes(std::vector<std::int32_t>{1, 2, 3, 256}), std::invalid_argument);
  CHECK_THROWS_AS(model.load_weights(weights, 2), std::invalid_argument);
}

TEST_CASE("a cycle model in integer mode") {
  FloatModel<OfflineFigures> model;
  const std::vector<std::int32_t> integers = {1, -2, 3, 4, -5, 6, 7, 8, -9, 10, 15, -16};
  model.load_integers(integers);
  const std::vector<std::int32_t> vector = {-16, 15, 2, -3};
  std::vector<std::int64_t> right(3, 0);
  for (std::size_t i = 0; i < 12; ++i) right[i % 3] += vector[i / 3] * integers[i];
  CHECK(model.run_integers(vector) == right);
  CHECK_THROWS_AS(model.run_integers(std::vector<std::int32_t>{16, 0, 0, 0}),
                  std::invalid_argument);
}

TEST_CASE("a cycle model chooses scales, and reads sums with an exponent") {
  const spec::ResultShape shape = spec::result_shape(scaled_macro());
  REQUIRE(shape.sum_bits == ScaledFigures::sum_bits);
  REQUIRE(shape.bits == ScaledFigures::output_bits);
  REQUIRE(shape.offset == ScaledFigures::result_offset);
  FloatModel<ScaledFigures> model;
  model.load_weights(weights);
  std::vector<float> vectors(inputs.begin(), inputs.end());
  const std::vector<float> results = model.run(vectors);
  REQUIRE(results.size() == 6);
  for (std::size_t i = 0; i < 6; ++i) {
    INFO(i);
    // The block of 448 has steps of 4 below it.
    const double off = std::abs(results[i] - dot(i / 3, i % 3));
    CHECK(off <= (i % 3 == 2 ? 8.0 : 0.0));
  }
  const std::vector<std::int64_t> no_number =
      model.run_codes(std::vector<std::int32_t>(4, 0), std::vector<std::int32_t>{127, 255});
  CHECK(std::isnan(model.value(no_number.at(0))));
}

}  // namespace
}  // namespace cimforge::tests
