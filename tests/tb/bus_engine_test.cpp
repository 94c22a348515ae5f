#include "tb/bus_engine.h"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

#include "sim/golden.h"
#include "tb/random.h"
#include "tests/catch.h"
#include "tests/tb/reference_dut.h"

namespace cimforge::tests {
namespace {

spec::MacroSpec macro(int rows, int columns, int banks, int bits_per_cycle = 1) {
  spec::MacroSpec spec;
  spec.name = "reference";
  spec.rows = rows;
  spec.columns = columns;
  spec.banks = banks;
  spec.input_bits_per_cycle = bits_per_cycle;
  return spec;
}

std::vector<std::int32_t> random_codes(std::size_t count, const spec::IntegerFormat& format,
                                       tb::Random& random) {
  std::vector<std::int32_t> codes(count);
  for (std::int32_t& code : codes) {
    code = random.between(static_cast<int>(format.min()), static_cast<int>(format.max()));
  }
  return codes;
}

std::unique_ptr<tb::Dut> reference(const spec::MacroSpec& spec, Mutation mutation) {
  return std::make_unique<ReferenceDut>(spec, ReferenceOptions{mutation});
}

TEST_CASE("the engine multiplies with every bank as the golden model does") {
  const spec::MacroSpec spec = GENERATE(macro(7, 5, 3), macro(1, 1, 1), macro(64, 9, 1, 4));
  tb::BusEngine engine(spec, reference(spec, Mutation::none));
  CHECK(engine.spec() == spec);
  sim::GoldenMacro golden(spec);
  tb::Random random(5);
  const auto rows = static_cast<std::size_t>(spec.rows);
  const auto columns = static_cast<std::size_t>(spec.columns);
  for (int round = 0; round < 3; ++round) {
    for (int bank = 0; bank < spec.banks; ++bank) {
      const auto weights = random_codes(rows * columns, spec.weight, random);
      engine.load_weights(bank, weights);
      for (std::size_t row = 0; row < rows; ++row) {
        golden.write_row(bank, static_cast<int>(row),
                         std::span(weights).subspan(row * columns, columns));
      }
    }
    for (int bank = 0; bank < spec.banks; ++bank) {
      const auto inputs = random_codes(20 * rows, spec.input, random);
      std::vector<std::int64_t> expected(20 * columns);
      std::vector<std::int64_t> got(20 * columns);
      golden.multiply(bank, inputs, expected);
      engine.multiply(bank, inputs, got);
      CHECK(got == expected);
    }
  }
  engine.multiply(0, {}, {});  // nothing to do
}

TEST_CASE("the engine streams at full throughput and counts cycles") {
  const spec::MacroSpec spec = macro(8, 4, 1, 2);
  tb::BusEngine engine(spec, reference(spec, Mutation::none));
  const std::vector<std::int32_t> inputs(100 * 8, 1);
  std::vector<std::int64_t> outputs(100 * 4);
  const std::uint64_t before = engine.cycles();
  engine.multiply(0, inputs, outputs);
  CHECK(engine.cycles() - before <= 2 * 100 + 4);
}

TEST_CASE("a macro that hangs or invents results is an error of the model") {
  const spec::MacroSpec spec = macro(8, 4, 1);
  const auto use = [&](Mutation mutation) {
    tb::BusEngine engine(spec, reference(spec, mutation));
    const std::vector<std::int32_t> weights(8 * 4, 1);
    const std::vector<std::int32_t> inputs(100 * 8, 1);
    std::vector<std::int64_t> outputs(100 * 4);
    for (int i = 0; i < 10; ++i) {
      engine.load_weights(0, weights);
      engine.multiply(0, inputs, outputs);
    }
  };
  CHECK_NOTHROW(use(Mutation::none));
  CHECK_THROWS_WITH(use(Mutation::weights_hang), Catch::Contains("weight_ready_o"));
  CHECK_THROWS_WITH(use(Mutation::input_hangs), Catch::Contains("in_ready_o"));
  CHECK_THROWS_WITH(use(Mutation::output_hangs), Catch::Contains("out_valid_o"));
  CHECK_THROWS_WITH(use(Mutation::result_repeated), Catch::Contains("no vector asked for"));
  CHECK_THROWS_AS(use(Mutation::stops_itself), tb::ModelError);
}

TEST_CASE("an interrupt ends a call of the engine") {
  const spec::MacroSpec spec = macro(8, 4, 1);
  bool stop = false;
  tb::BusEngine engine(spec, reference(spec, Mutation::none), [&] {
    if (stop) throw std::runtime_error("interrupted");
  });
  const std::vector<std::int32_t> inputs(100 * 8, 1);
  std::vector<std::int64_t> outputs(100 * 4);
  engine.multiply(0, inputs, outputs);
  stop = true;
  CHECK_THROWS_WITH(engine.multiply(0, inputs, outputs), "interrupted");
}

}  // namespace
}  // namespace cimforge::tests
