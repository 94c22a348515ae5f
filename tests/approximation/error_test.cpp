// The stated error: against all operands of small macros, and against random ones of large macros.
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "generator/spec/approximation.h"
#include "generator/spec/range.h"
#include "sim/golden.h"
#include "tests/approximation/specification.h"
#include "tests/catch.h"

namespace cimforge {
namespace {

struct Measured {
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  std::int64_t greatest = std::numeric_limits<std::int64_t>::min();
  double mean = 0, square = 0, magnitude = 0;
  bool in_range = true;
};

/// The errors of the golden model's sums, one column beside the other.
class Meter {
 public:
  explicit Meter(spec::MacroSpec spec) : golden_(spec), exact_(without_approximation(spec)) {}

  void write_row(int row, const std::vector<std::int32_t>& weights) {
    golden_.write_row(0, row, weights);
    exact_.write_row(0, row, weights);
  }
  void add(const std::vector<std::int32_t>& input) {
    const auto got = golden_.multiply(0, input);
    const auto right = exact_.multiply(0, input);
    const spec::ResultRange range = spec::sum_range(exact_.spec());
    for (std::size_t c = 0; c < got.size(); ++c) {
      const std::int64_t error = got[c] - right[c];
      measured_.least = std::min(measured_.least, error);
      measured_.greatest = std::max(measured_.greatest, error);
      measured_.in_range = measured_.in_range && range.min <= got[c] && got[c] <= range.max;
      const auto each = static_cast<double>(error);
      measured_.mean += each;
      measured_.square += each * each;
      measured_.magnitude += std::abs(each);
      ++count_;
    }
  }
  [[nodiscard]] Measured result() const {
    Measured result = measured_;
    for (double* sum : {&result.mean, &result.square, &result.magnitude}) {
      *sum /= static_cast<double>(count_);
    }
    return result;
  }

 private:
  static spec::MacroSpec without_approximation(spec::MacroSpec spec) {
    spec.approximation = {};
    return spec;
  }
  sim::GoldenMacro golden_, exact_;
  Measured measured_;
  std::int64_t count_ = 0;
};

std::int32_t value_of(std::uint64_t code, const spec::IntegerFormat& format) {
  const auto value = static_cast<std::int64_t>(code);
  return static_cast<std::int32_t>(value > format.max() ? value - (std::int64_t{1} << format.bits)
                                                        : value);
}

/// Every input by every column of weights.
Measured all_operands(spec::MacroSpec spec) {
  spec.columns = 1 << (spec.rows * spec.weight.bits);
  Meter meter(spec);
  for (int row = 0; row < spec.rows; ++row) {
    std::vector<std::int32_t> weights;
    for (int column = 0; column < spec.columns; ++column) {
      const int code = column >> (row * spec.weight.bits) & ((1 << spec.weight.bits) - 1);
      weights.push_back(value_of(static_cast<std::uint64_t>(code), spec.weight));
    }
    meter.write_row(row, weights);
  }
  for (int vector = 0; vector < 1 << (spec.rows * spec.input.bits); ++vector) {
    std::vector<std::int32_t> input;
    for (int row = 0; row < spec.rows; ++row) {
      const int code = vector >> (row * spec.input.bits) & ((1 << spec.input.bits) - 1);
      input.push_back(value_of(static_cast<std::uint64_t>(code), spec.input));
    }
    meter.add(input);
  }
  return meter.result();
}

Measured random_operands(spec::MacroSpec spec, int vectors) {
  std::mt19937_64 random(20261122);
  spec.columns = 64;
  Meter meter(spec);
  const auto codes = [&](int count, const spec::IntegerFormat& format) {
    std::vector<std::int32_t> values;
    for (int i = 0; i < count; ++i) {
      values.push_back(value_of(random() >> (64 - format.bits), format));
    }
    return values;
  };
  for (int vector = 0; vector < vectors; ++vector) {
    for (int row = 0; row < spec.rows; ++row)
      meter.write_row(row, codes(spec.columns, spec.weight));
    meter.add(codes(spec.rows, spec.input));
  }
  return meter.result();
}

}  // namespace

TEST_CASE("the error of small macros is that of all their operands") {
  const spec::IntegerFormat formats[] = {{true, 1},  {false, 1}, {true, 2},
                                         {false, 2}, {true, 3},  {false, 3}};
  int compared = 0;
  for (const auto& input : formats) {
    for (const auto& weight : formats) {
      for (int k = 1; k <= input.bits; ++k) {
        if (input.is_signed && input.bits % k != 0) continue;
        for (int rows = 1; rows <= 4; ++rows) {
          if (rows * std::max(input.bits, weight.bits) > 9 ||
              rows * (input.bits + weight.bits) > 14) {
            continue;
          }
          for (int or_rows = 1; or_rows <= rows; ++or_rows) {
            auto spec = test::approximate(rows, input, weight, k, or_rows, 0);
            for (; spec.approximation.dropped_columns <= spec::most_dropped_columns(spec);
                 ++spec.approximation.dropped_columns) {
              CAPTURE(spec::to_toml(spec));
              const spec::ApproximationError stated = spec::approximation_error(spec);
              const Measured measured = all_operands(spec);
              CHECK(stated.least == measured.least);
              CHECK(stated.greatest == measured.greatest);
              CHECK(stated.mean == Approx(measured.mean).margin(1e-9));
              CHECK(stated.rms == Approx(std::sqrt(measured.square)).margin(1e-9));
              CHECK(stated.mean_magnitude == Approx(measured.magnitude).margin(1e-9));
              CHECK(stated.samples == 0);
              CHECK(measured.in_range);
              ++compared;
            }
          }
        }
      }
    }
  }
  CHECK(compared > 200);
}

TEST_CASE("the error of large macros is that of random operands") {
  const spec::IntegerFormat int4{true, 4};
  const spec::IntegerFormat int8{true, 8};
  const spec::IntegerFormat uint8{false, 8};
  for (const auto& spec :
       {test::approximate(64, int4, int4, 1, 2, 0), test::approximate(64, int4, int4, 1, 4, 0),
        test::approximate(64, int4, int4, 4, 1, 3), test::approximate(100, uint8, int8, 8, 3, 5),
        test::approximate(37, uint8, uint8, 1, 16, 0)}) {
    CAPTURE(spec::to_toml(spec));
    const spec::ApproximationError stated = spec::approximation_error(spec);
    constexpr int vectors = 300;
    const Measured measured = random_operands(spec, vectors);
    // Five standard deviations of each mean; the columns of a vector share its inputs, which counts
    // as if they were one.
    const double each = stated.rms / std::sqrt(vectors);
    CHECK(std::abs(stated.mean - measured.mean) < 5 * each);
    CHECK(std::sqrt(measured.square) == Approx(stated.rms).epsilon(0.1));
    CHECK(measured.magnitude == Approx(stated.mean_magnitude).epsilon(0.1));
    CHECK(measured.least >= stated.least);
    CHECK(measured.greatest <= stated.greatest);
    CHECK(measured.in_range);
  }
}

TEST_CASE("where the mean magnitude cannot be exact, the number of vectors is stated") {
  const auto small = test::approximate(64, {true, 4}, {true, 4}, 1, 2, 0);
  CHECK(spec::approximation_error(small).samples == 0);
  const auto wide = test::approximate(64, {true, 8}, {true, 8}, 1, 2, 0);
  CHECK(spec::approximation_error(wide).samples == 65536);
  const auto tall = test::approximate(4096, {true, 16}, {true, 16}, 1, 2, 0);
  CHECK(spec::approximation_error(tall).samples == 1024);
}

TEST_CASE("an exact macro has no error") {
  const auto exact =
      spec::approximation_error(test::approximate(64, {true, 4}, {true, 4}, 1, 1, 0));
  CHECK(exact.least == 0);
  CHECK(exact.greatest == 0);
  CHECK(exact.mean == Approx(0).margin(1e-12));
  CHECK(exact.rms == Approx(0).margin(1e-6));
}

}  // namespace cimforge
