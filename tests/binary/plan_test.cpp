// What the heaps of bipolar and ternary operands add up to, bit by bit, and the figures of a plan.
#include "generator/plan/plan.h"

#include <nlohmann/json.hpp>

#include "generator/collateral/collateral.h"
#include "generator/spec/binary.h"
#include "tests/binary/specification.h"
#include "tests/catch.h"

namespace cimforge {
namespace {

using spec::IntegerFormat;

/// The value of a code, or of the planes of a ternary weight.
std::int64_t value_of(const IntegerFormat& format, unsigned code) {
  if (format.is_bipolar) return code == 0 ? -1 : 1;
  if (format.is_ternary) return static_cast<int>(code & 1U) - static_cast<int>(code >> 1U);
  const bool negative = format.is_signed && (code >> (format.bits - 1) & 1U) != 0;
  return static_cast<std::int64_t>(code) - (negative ? 1 << format.bits : 0);
}

/// What one row adds to a heap, without the offsets of inverses.
std::int64_t sum_of(const plan::HeapPlan& heap, unsigned x, unsigned w, int digit_bit = 0) {
  std::int64_t sum = -heap.surplus;
  for (const plan::ProductPlane& plane : heap.planes) {
    const unsigned a = x >> (plane.digit_bit + digit_bit) & 1U;
    const unsigned b = w >> plane.weight_bit & 1U;
    unsigned product = a & b;
    if (plane.kind == plan::ProductKind::match) product = a == b ? 1 : 0;
    if (plane.kind == plan::ProductKind::input) product = a;
    if (plane.kind == plan::ProductKind::weight) product = b;
    const std::int64_t weight = std::int64_t{1} << plane.column();
    sum += (plane.inverted ? -weight : weight) * product;
  }
  return sum;
}

}  // namespace

TEST_CASE("products of one row add up to the product of its operands") {
  const IntegerFormat bipolar = IntegerFormat::bipolar();
  const IntegerFormat ternary = IntegerFormat::ternary();
  const std::pair<IntegerFormat, IntegerFormat> pairs[] = {
      {bipolar, bipolar},    {bipolar, ternary},   {bipolar, {true, 4}},
      {bipolar, {false, 3}}, {bipolar, {true, 1}}, {{true, 4}, ternary},
      {{false, 3}, ternary}, {{true, 4}, bipolar}, {{false, 1}, bipolar}};
  for (const auto& [input, weight] : pairs) {
    CAPTURE(input.name(), weight.name());
    spec::MacroSpec spec = test::binary(5, input, weight);
    spec.input_bits_per_cycle = input.bits;
    const plan::MacroPlan plan = plan::plan(spec);
    CHECK(plan.top_heap.empty());
    for (unsigned x = 0; x < 1U << input.bits; ++x) {
      for (unsigned w = 0; w < 1U << weight.bits; ++w) {
        CHECK(sum_of(plan.fixed_heap, x, w) == value_of(input, x) * value_of(weight, w));
      }
    }
  }
}

TEST_CASE("a sign plane of the inputs has a heap of its own") {
  for (const IntegerFormat& weight : {IntegerFormat::ternary(), IntegerFormat::bipolar()}) {
    const plan::MacroPlan plan = plan::plan(test::binary(5, {true, 3}, weight));
    CHECK(plan.fixed_heap.empty());
    for (unsigned w = 0; w < 1U << weight.bits; ++w) {
      for (const unsigned x : {0U, 1U}) {
        CHECK(sum_of(plan.top_heap, x, w) == x * value_of(weight, w));
      }
    }
  }
}

TEST_CASE("sums and thresholds are as wide as they have to be") {
  spec::MacroSpec spec = test::binary(64, IntegerFormat::bipolar(), IntegerFormat::bipolar());
  plan::MacroPlan plan = plan::plan(spec);
  CHECK(plan.products_per_column() == 64);
  CHECK(plan.acc_bits == 8);  // -64 to 64
  CHECK(plan.threshold_bits == 0);
  CHECK(plan.full_adders_per_column() == plan.full_adder_bound());
  CHECK(plan.full_adder_bound() == 64 - 7);

  spec.output_mode = spec::OutputMode::sign;
  plan = plan::plan(spec);
  CHECK(plan.output_bits == 1);
  CHECK_FALSE(plan.output_signed);
  CHECK(plan.acc_bits == 8);
  CHECK(plan.threshold_bits == 8);
  CHECK(spec::threshold_range(spec) == spec::ResultRange{-64, 65});

  // One more than the greatest sum has to be said too: 16 does not fit in 4 bits.
  spec = test::binary(15, {false, 1}, {false, 1});
  spec.output_mode = spec::OutputMode::sign;
  CHECK(plan::plan(spec).acc_bits == 4);
  CHECK(spec::threshold_format(spec) == IntegerFormat{false, 5});
  CHECK(spec::output_range(spec) == spec::ResultRange{0, 1});
}

TEST_CASE("check, manifest and datasheet tell the thresholds") {
  spec::MacroSpec spec = test::binary(9, IntegerFormat::bipolar(), IntegerFormat::ternary());
  spec.output_mode = spec::OutputMode::sign;
  spec.banks = 2;
  const plan::MacroPlan plan = plan::plan(spec);
  CHECK_THAT(collateral::check_text(plan), Catch::Contains("thresholds    int5"));
  CHECK_THAT(collateral::check_text(plan), Catch::Contains("threshold_bank_i"));
  CHECK(collateral::plan_json(plan)["threshold_bits_per_column"] == 10);
  const std::string page = collateral::emit(spec).at("binary.md");
  CHECK_THAT(page, Catch::Contains("y[c] = 1 where sum over r of x[r] * W[r][c] >= T[c], else 0"));
  CHECK_THAT(page, Catch::Contains("## Writing thresholds"));
  CHECK_THAT(page,
             Catch::Contains("-9\nor less is reached by every sum, one of 10 or more by none"));
}

}  // namespace cimforge
