#include "tb/coverage.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tb/random.h"
#include "tb/stimulus.h"
#include "tests/catch.h"

namespace cimforge::tests {
namespace {

using tb::Shape;

spec::MacroSpec small_macro() {
  spec::MacroSpec spec;
  spec.rows = 3;
  spec.columns = 4;
  return spec;
}

bool missed(const tb::Coverage& coverage, const std::string& name) {
  return std::ranges::count(coverage.report().missed, name) == 1;
}

TEST_CASE("what a specification cannot reach is not counted") {
  spec::MacroSpec spec = small_macro();
  // Crosses, sign combinations, ends of the results, corners of inputs and of weights x inputs.
  CHECK(tb::Coverage(spec).report().total == 11 + 4 + 2 + 6 + 8);
  spec.banks = 2;
  CHECK(tb::Coverage(spec).report().total == 12 + 4 + 2 + 2 * (6 + 8));
  spec.input.is_signed = false;
  CHECK(tb::Coverage(spec).report().total == 12 + 2 + 2 + 2 * (6 + 8));
  spec.weight = {true, 1};
  CHECK(tb::Coverage(spec).report().total == 12 + 1 + 2 + 2 * (6 + 8));
  spec.output_mode = spec::OutputMode::truncate;
  spec.output_bits = 2;
  CHECK(tb::Coverage(spec).report().total == 12 + 1 + 2 * (6 + 8));
}

TEST_CASE("corners count when the ports have shown them") {
  const spec::MacroSpec spec = small_macro();
  const tb::Ports ports(spec);
  tb::Random random(1);
  tb::Coverage coverage(spec);
  const auto write = [&](int row, Shape shape) {
    tb::WeightRow weights{0, row, ports.weight_codes()};
    tb::fill(shape, 1, spec.weight, random, weights.codes);
    coverage.observe_write(weights);
  };
  const auto multiply = [&](Shape shape, std::int64_t result) {
    tb::InputVector vector{0, ports.input_codes()};
    tb::fill(shape, 1, spec.input, random, vector.codes);
    coverage.observe_vector(vector, std::vector<std::int64_t>(4, result));
  };

  multiply(Shape::one_hot, 0);
  CHECK_FALSE(missed(coverage, "one-hot row"));
  CHECK(missed(coverage, "all minimum"));
  CHECK(missed(coverage, "minimum weights x minimum inputs"));

  // Two of three rows are not yet all.
  write(0, Shape::min);
  write(2, Shape::min);
  multiply(Shape::min, 128);
  CHECK_FALSE(missed(coverage, "all minimum"));
  CHECK(missed(coverage, "minimum weights x minimum inputs"));
  CHECK(missed(coverage, "greatest result"));
  CHECK_FALSE(missed(coverage, "negative input x negative weight"));
  CHECK(missed(coverage, "negative input x positive weight"));
  write(1, Shape::min);
  multiply(Shape::min, 192);
  CHECK_FALSE(missed(coverage, "minimum weights x minimum inputs"));
  CHECK_FALSE(missed(coverage, "greatest result"));

  // One row of another kind, and it is no longer so.
  write(1, Shape::max);
  multiply(Shape::max, 0);
  CHECK(missed(coverage, "minimum weights x maximum inputs"));
  CHECK_FALSE(missed(coverage, "positive input x positive weight"));
  write(1, Shape::min);
  coverage.forget_weights();
  multiply(Shape::max, 0);
  CHECK(missed(coverage, "minimum weights x maximum inputs"));

  for (int row = 0; row < 3; ++row) write(row, Shape::one_hot);
  multiply(Shape::random, 0);
  CHECK_FALSE(missed(coverage, "one-hot columns"));
}

TEST_CASE("coverage of several runs is joined") {
  tb::Coverage one(small_macro());
  tb::Coverage other(small_macro());
  other.observe(tb::Cross::reset_during_computation);
  CHECK(missed(one, "reset during a computation"));
  one.merge(other);
  CHECK_FALSE(missed(one, "reset during a computation"));
  CHECK(one.report().hit == 1);
}

}  // namespace
}  // namespace cimforge::tests
