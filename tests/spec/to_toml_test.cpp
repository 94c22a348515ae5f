#include <random>

#include "generator/spec/parse.h"
#include "generator/spec/range.h"
#include "generator/spec/spec.h"
#include "tests/catch.h"

namespace cimforge::spec {
namespace {

/// A specification that keeps every rule, drawn at random.
MacroSpec random_spec(std::mt19937& random) {
  const auto between = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  const auto real_between = [&](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  };
  MacroSpec spec;
  for (int length = between(1, 63); length > 0; --length) {
    spec.name += "abcXYZ_"[between(0, 6)];
  }
  spec.name += '9';  // no keyword ends so but highz0 and its like
  spec.rows = between(1, 4096);
  spec.columns = between(1, 4096);
  spec.banks = between(1, 64);
  spec.storage = between(0, 1) == 0 ? Storage::latch : Storage::flop;
  spec.input = {between(0, 1) == 0, between(1, 16)};
  spec.weight = {between(0, 1) == 0, between(1, 16)};
  spec.input_bits_per_cycle = between(1, spec.input.bits);
  spec.adder_tree = static_cast<AdderTree>(between(0, 4));
  spec.pipeline_stages = between(0, 4);
  spec.rows_per_block = between(0, spec.rows);
  spec.output_mode = static_cast<OutputMode>(between(0, 2));
  if (spec.output_mode == OutputMode::exact) {
    if (between(0, 1) == 1) spec.output_bits = between(needed_output_bits(spec), 64);
  } else {
    spec.output_shift = between(0, needed_output_bits(spec) - 1);
    spec.output_bits = between(0, needed_output_bits(spec));
  }
  spec.timing.clock_period_ns = real_between(0.001, 100.0);
  spec.timing.input_delay_ns = spec.timing.clock_period_ns * real_between(0.0, 0.999);
  spec.timing.output_delay_ns = between(0, 1) * spec.timing.clock_period_ns / 3.0;
  return spec;
}

}  // namespace

TEST_CASE("the canonical text has every key in a fixed order") {
  MacroSpec spec;
  spec.name = "dcim_64x64_i4w4";
  CHECK(to_toml(spec) == R"(name = "dcim_64x64_i4w4"
kind = "digital"

[array]
rows = 64
columns = 64
banks = 1
storage = "latch"
transpose = "never"

[operands]
input = "int4"
weight = "int4"

[compute]
input_bits_per_cycle = 1
recoding = "none"
adder_tree = "dadda"
pipeline_stages = 0
rows_per_block = 0

[precision]
mode = "fixed"
fused_columns = 1

[sparsity]
zero_planes = "compute"
zero_rows = "load"
nonzero = 1
group = 1

[approximation]
or_rows = 1
dropped_columns = 0

[output]
mode = "exact"
bits = 0
shift = 0

[self_test]
march = "none"
backgrounds = 1
compute_vectors = 0

[repair]
spare_rows = 0
spare_columns = 0

[protection]
code = "none"
scrubbing = "never"
counter_bits = 8

[scan]
test_mode = "none"

[timing]
clock_period_ns = 10.0
input_delay_ns = 2.0
output_delay_ns = 2.0
)");
}

TEST_CASE(
    "random specifications survive the way to text and back, and only equal texts are equal") {
  const std::uint32_t seed = 20240229;
  std::mt19937 random(seed);
  MacroSpec former;
  for (int i = 0; i < 2000; ++i) {
    const MacroSpec spec = random_spec(random);
    const std::string text = to_toml(spec);
    INFO("seed " << seed << ", specification " << i << ":\n" << text);
    const ParseResult result = parse(text, "random.toml");
    CHECK(base::to_string(result.diagnostics).empty());
    REQUIRE(result.spec);
    CHECK(*result.spec == spec);
    CHECK(to_toml(*result.spec) == text);
    CHECK((to_toml(former) == text) == (former == spec));
    former = spec;
  }
}

TEST_CASE("a change of any one value changes the canonical text") {
  MacroSpec spec;
  spec.name += 'm';
  const std::string text = to_toml(spec);
  const auto changes = [&](auto change) {
    MacroSpec other = spec;
    change(other);
    CHECK_FALSE(other == spec);
    return to_toml(other) != text;
  };
  CHECK(changes([](MacroSpec& s) { s.name += 'n'; }));
  CHECK(changes([](MacroSpec& s) { s.rows = 65; }));
  CHECK(changes([](MacroSpec& s) { s.columns = 65; }));
  CHECK(changes([](MacroSpec& s) { s.banks = 2; }));
  CHECK(changes([](MacroSpec& s) { s.storage = Storage::flop; }));
  CHECK(changes([](MacroSpec& s) { s.input.is_signed = false; }));
  CHECK(changes([](MacroSpec& s) { s.input.bits = 5; }));
  CHECK(changes([](MacroSpec& s) { s.weight.is_signed = false; }));
  CHECK(changes([](MacroSpec& s) { s.weight.bits = 5; }));
  CHECK(changes([](MacroSpec& s) { s.input_bits_per_cycle = 2; }));
  CHECK(changes([](MacroSpec& s) { s.adder_tree = AdderTree::loop; }));
  CHECK(changes([](MacroSpec& s) { s.pipeline_stages = 1; }));
  CHECK(changes([](MacroSpec& s) { s.rows_per_block = 1; }));
  CHECK(changes([](MacroSpec& s) { s.output_mode = OutputMode::truncate; }));
  CHECK(changes([](MacroSpec& s) { s.output_bits = 20; }));
  CHECK(changes([](MacroSpec& s) { s.output_shift = 1; }));
  CHECK(changes([](MacroSpec& s) { s.timing.clock_period_ns = 10.000000000000002; }));
  CHECK(changes([](MacroSpec& s) { s.timing.input_delay_ns = 1; }));
  CHECK(changes([](MacroSpec& s) { s.timing.output_delay_ns = 1; }));
}

}  // namespace cimforge::spec
