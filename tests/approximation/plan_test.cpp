// What a planned approximate column computes, by the numbers of the plan, beside the golden model.
#include "generator/plan/plan.h"

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include "generator/spec/approximation.h"
#include "generator/spec/range.h"
#include "sim/golden.h"
#include "tests/approximation/specification.h"
#include "tests/catch.h"
#include "tests/plan/tree_model.h"

namespace cimforge {

TEST_CASE("a planned column computes the approximate sum: random specifications") {
  std::mt19937 random(20261122);
  const auto draw = [&](int least, int most) {
    return least + static_cast<int>(random() % static_cast<unsigned>(most - least + 1));
  };
  int with_both = 0;
  for (int trial = 0; trial < 200; ++trial) {
    const spec::IntegerFormat input{draw(0, 1) == 1, draw(1, 8)};
    const spec::IntegerFormat weight{draw(0, 1) == 1, draw(1, 8)};
    const int rows = draw(1, 70);
    auto spec = test::approximate(rows, input, weight, 1, draw(1, std::min(16, rows)), 0);
    spec.input_bits_per_cycle = draw(1, input.bits);
    spec.adder_tree = static_cast<spec::AdderTree>(draw(0, 6));
    spec.pipeline_stages = draw(0, 1) * draw(0, 4);
    if (draw(0, 2) == 0) spec.rows_per_block = draw(spec.approximation.or_rows, rows);
    if (draw(0, 2) == 0) {
      spec.output_mode = draw(0, 1) == 0 ? spec::OutputMode::saturate : spec::OutputMode::truncate;
      spec.output_bits = draw(1, spec::needed_output_bits(spec));
    }
    if (!input.is_signed || input.bits % spec.input_bits_per_cycle == 0) {
      spec.approximation.dropped_columns = draw(0, spec::most_dropped_columns(spec));
    }
    if (spec.approximation.or_rows > 1 && spec.approximation.dropped_columns > 0) ++with_both;
    INFO("trial " << trial << "\n" << spec::to_toml(spec));
    const plan::MacroPlan plan = plan::plan(spec);
    int next_row = 0;
    for (const plan::BlockUse& use : plan.block_uses) {
      REQUIRE(use.first_row == next_row);
      REQUIRE(next_row % spec.approximation.or_rows == 0);
      next_row += plan.blocks.at(static_cast<std::size_t>(use.block)).rows;
    }
    REQUIRE(next_row == rows);
    for (int vector = 0; vector < 12; ++vector) {
      // The ends of the formats, then random codes.
      const auto value = [&](const spec::IntegerFormat& format, int kind) {
        if (kind == 0) return format.min();
        if (kind == 1) return format.max();
        return format.min() + static_cast<std::int64_t>(random() % (1U << format.bits));
      };
      std::vector<std::int64_t> inputs;
      std::vector<std::int64_t> weights;
      sim::GoldenMacro golden(spec);
      for (int row = 0; row < rows; ++row) {
        inputs.push_back(value(input, vector < 4 ? vector % 2 : 2));
        weights.push_back(value(weight, vector < 4 ? vector / 2 : 2));
        golden.write_row(0, row, std::array{static_cast<std::int32_t>(weights.back())});
      }
      const std::vector<std::int32_t> codes(inputs.begin(), inputs.end());
      const auto expected = static_cast<std::uint64_t>(golden.multiply(0, codes).front());
      REQUIRE(test::run_column(plan, inputs, weights) == (expected & test::mask(plan.output_bits)));
    }
  }
  CHECK(with_both > 20);
}

}  // namespace cimforge
