// The bench on floating macros: it passes one that keeps the contract and catches every mutation.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "generator/spec/floating.h"
#include "generator/spec/parse.h"
#include "tb/bench.h"
#include "tb/bus_engine.h"
#include "tests/catch.h"
#include "tests/tb/float_reference_dut.h"

namespace cimforge::tests {
namespace {

using spec::MacroSpec;
using tb::BenchResult;

/// `more`: lines of TOML behind the operands; a table of its own may follow.
MacroSpec macro(int rows, int columns, int banks, const std::string& input,
                const std::string& weight, const std::string& more = "") {
  const std::string text =
      "name = \"reference\"\nkind = \"floating\"\n[array]\nrows = " + std::to_string(rows) +
      "\ncolumns = " + std::to_string(columns) + "\nbanks = " + std::to_string(banks) +
      "\n[operands]\ninput = \"" + input + "\"\nweight = \"" + weight + "\"\n" + more;
  const spec::ParseResult parsed = spec::parse(text, "reference.toml");
  INFO(text);
  for (const auto& diagnostic : parsed.diagnostics) UNSCOPED_INFO(diagnostic.message);
  REQUIRE(parsed.spec);
  return *parsed.spec;
}

BenchResult bench(const MacroSpec& spec, FloatMutation mutation, std::uint64_t vectors,
                  std::uint64_t seed = 1) {
  tb::BenchOptions options;
  options.vectors = vectors;
  options.seed = seed;
  options.expected_latency = FloatReferenceDut::latency(spec);
  options.expected_interval = tb::Ports(spec).cycles_per_vector;
  return tb::run_bench(spec, FloatReferenceFactory(spec, mutation), options);
}

TEST_CASE("the bench passes floating macros that keep the contract") {
  const std::vector<MacroSpec> specs = {
      macro(16, 6, 2, "fp8_e4m3", "fp8_e4m3"),
      macro(12, 5, 1, "fp8_e5m2", "fp8_e4m3", "[floating]\nblock_rows = 4\n"),
      macro(8, 4, 1, "fp16", "fp16", "[floating]\nblock_rows = 2\nrounding = \"sticky\"\n"),
      macro(8, 4, 1, "bf16", "bf16", "[floating]\nalign_inputs_to = \"vector\"\n"),
      macro(
          8, 4, 1, "bf16", "bf16",
          "[floating]\nblock_rows = 4\nalign_weights_at = \"offline\"\nrounding = \"truncate\"\n"),
      macro(8, 3, 2, "fp8_e4m3", "fp8_e4m3",
            "[floating]\nalign_weights_at = \"offline\"\ninteger_bits = 5\n"),
      macro(64, 3, 1, "mxfp8_e4m3", "mxfp4_e2m1"),
      macro(8, 3, 1, "mxint8", "mxint8", "[floating]\nblock_rows = 4\ninteger_bits = 8\n"),
      macro(6, 3, 1, "bfp5", "fp8_e5m2",
            "[output]\nformat = \"bf16\"\n[floating]\nblock_rows = 3\n"),
      macro(6, 3, 1, "uint4", "fp16"),
      macro(6, 3, 1, "fp16", "int8",
            "[floating]\ninteger_bits = 8\nalign_inputs_to = \"format\"\n"),
      macro(8, 3, 3, "fp8_e5m2", "fp8_e5m2",
            "[output]\nformat = \"integer\"\n[floating]\nblock_rows = 4\ninteger_bits = 6\n"),
      macro(1, 1, 1, "fp4_e2m1", "fp6_e2m3"),
      macro(2, 2, 1, "fp4_e2m1", "fp4_e2m1", "[floating]\nblock_rows = 1\n"),
      macro(1, 2, 1, "fp6_e3m2", "mxfp6_e3m2", "[output]\nformat = \"bf16\"\n"),
      macro(1, 2, 1, "fp8_e4m3", "fp8_e5m2", "[compute]\ninput_bits_per_cycle = 3\n"),
  };
  std::uint64_t seed = 1;
  for (const MacroSpec& spec : specs) {
    const BenchResult result = bench(spec, FloatMutation::none, 1200, seed++);
    INFO(spec::to_toml(spec) << tb::to_text(result));
    CHECK(result.passed());
    REQUIRE(result.errors);
    CHECK(result.errors->gaussian.results > 0);
    for (const std::string& missed : result.coverage.missed) UNSCOPED_INFO(missed);
    CHECK(result.coverage.missed.size() <= 2);
  }
}

TEST_CASE("small formats are tried with every input and every weight") {
  // All 4-bit codes with all 6-bit codes, in every column; NaN and infinities of 8 bits too.
  const MacroSpec tiny = macro(1, 2, 1, "fp4_e2m1", "fp6_e2m3");
  CHECK(bench(tiny, FloatMutation::none, 10).vectors >= 1 << 10);
  const MacroSpec two_rows = macro(2, 2, 1, "fp4_e2m1", "fp4_e2m1");
  CHECK(bench(two_rows, FloatMutation::none, 10).vectors >= 1 << 16);
  const MacroSpec three_rows = macro(3, 2, 1, "fp4_e2m1", "fp8_e4m3");
  CHECK(bench(three_rows, FloatMutation::none, 10).vectors >= 1 << 12);
}

TEST_CASE("errors are counted in powers of two") {
  tb::FloatErrors errors;
  for (const double ulp : {0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 16777216.0, 1e9})
    errors.add({ulp, false, 0.0});
  errors.add({0.0, true, 0.25});
  CHECK(errors.counts[0] == 1);
  CHECK(errors.counts[1] == 2);
  CHECK(errors.counts[2] == 2);
  CHECK(errors.counts[3] == 1);
  CHECK(errors.counts[25] == 1);
  CHECK(errors.counts[26] == 1);
  CHECK(errors.results == 9);
  CHECK(errors.overflows == 1);
  CHECK(errors.greatest_ulp == 1e9);
  const nlohmann::ordered_json json = tb::to_json(errors);
  CHECK(json["ulp"][0]["at_most"] == 0);
  CHECK(json["ulp"][2]["at_most"] == 2);
  CHECK(json["ulp"].back()["at_most"].is_null());
  CHECK(json["max_of_bound"] == 0.25);
  tb::FloatErrors both = errors;
  both.merge(errors);
  CHECK(both.results == 18);
  CHECK(both.counts[26] == 2);
}

TEST_CASE("results of a floating macro are told as codes and values") {
  const MacroSpec spec = macro(8, 4, 1, "bf16", "bf16", "[floating]\nblock_rows = 4\n");
  const BenchResult right = bench(spec, FloatMutation::none, 400);
  const nlohmann::ordered_json json = tb::to_json(right);
  CHECK(json["error"]["gaussian"]["results"] > 100);
  CHECK(json["error"]["gaussian"]["max_of_bound"] <= 1.0);
  CHECK(json["error"]["others"]["ulp"].is_array());
  CHECK_THAT(tb::to_text(right), Catch::Contains("error, Gaussian operands: "));

  const BenchResult wrong = bench(spec, FloatMutation::overflow_to_largest, 400);
  REQUIRE(wrong.first_mismatch);
  CHECK(wrong.first_mismatch->expected_text.find("inf)") != std::string::npos);
  CHECK(wrong.first_mismatch->got_text.find("3.40282347e+38)") != std::string::npos);
  CHECK_THAT(tb::to_text(wrong), Catch::Contains("expected 0x"));
  CHECK(tb::to_json(wrong)["first_mismatch"]["got_value"] == wrong.first_mismatch->got_text);
}

TEST_CASE("a floating macro behind its bus gives the results of the golden model") {
  const MacroSpec spec = macro(8, 3, 2, "mxfp8_e5m2", "fp8_e4m3",
                               "[floating]\nblock_rows = 4\nalign_weights_at = \"offline\"\n"
                               "integer_bits = 6\n");
  tb::BusEngine engine(spec, FloatReferenceFactory(spec).make(""));
  sim::GoldenMacro golden(spec);
  std::vector<std::int32_t> weights(24);
  std::vector<std::int32_t> input(8);
  for (std::size_t i = 0; i < 24; ++i) weights[i] = static_cast<std::int32_t>(i * 41 % 120);
  for (std::size_t i = 0; i < 8; ++i) input[i] = static_cast<std::int32_t>(i * 37 % 124);
  engine.load_weights(1, weights);
  tb::write_stored(golden, 1, tb::stored_weights(spec, weights));
  std::vector<std::int64_t> got(3);
  std::vector<std::int64_t> right(3);
  for (const std::vector<std::int32_t>& scales :
       {std::vector<std::int32_t>{127, 127}, {130, 120}, {254, 255}}) {
    engine.set_scales(scales);
    engine.multiply(1, input, got);
    golden.multiply(1, spec::mode_of(spec), input, right, scales);
    CHECK(got == right);
  }
  spec::Mode integers = spec::mode_of(spec);
  integers.integer = true;
  engine.set_mode(integers);
  for (std::int32_t& x : input) x = x % 64 - 32;
  engine.multiply(1, input, got);
  golden.multiply(1, integers, input, right, std::vector<std::int32_t>{127, 127});
  CHECK(got == right);
}

TEST_CASE("the bench catches every mutation of a floating macro") {
  // Blocks, banks, subnormals, rounding that shows, every special value.
  const std::string floating = "[floating]\nblock_rows = 4\n";
  const MacroSpec ordinary = macro(8, 4, 2, "fp8_e5m2", "fp8_e5m2", floating);
  const MacroSpec sticky =
      macro(8, 4, 2, "fp8_e5m2", "fp8_e5m2", floating + "rounding = \"sticky\"\n");
  const MacroSpec truncated =
      macro(8, 4, 2, "fp8_e5m2", "fp8_e5m2", floating + "rounding = \"truncate\"\n");
  const MacroSpec scaled = macro(8, 4, 1, "mxfp8_e5m2", "mxfp8_e4m3", floating);
  const MacroSpec offline = macro(8, 4, 1, "fp8_e5m2", "fp8_e5m2",
                                  floating + "align_weights_at = \"offline\"\ninteger_bits = 6\n");
  const MacroSpec wide = macro(8, 4, 1, "bf16", "bf16", floating);
  const MacroSpec sums =
      macro(8, 4, 1, "fp8_e5m2", "fp8_e5m2", "[output]\nformat = \"integer\"\n" + floating);

  struct Attack {
    const char* name;
    FloatMutation mutation;
    const MacroSpec& spec;
  };
  const std::vector<Attack> attacks = {
      {"input_subnormals_flushed", FloatMutation::input_subnormals_flushed, ordinary},
      {"weight_subnormals_flushed", FloatMutation::weight_subnormals_flushed, ordinary},
      {"input_nan_lost", FloatMutation::input_nan_lost, ordinary},
      {"input_nan_lost", FloatMutation::input_nan_lost, sums},
      {"weight_nan_lost", FloatMutation::weight_nan_lost, wide},
      {"nan_of_last_row_lost", FloatMutation::nan_of_last_row_lost, wide},
      {"nan_pattern_lost", FloatMutation::nan_pattern_lost, wide},
      {"infinity_times_zero", FloatMutation::infinity_times_zero, ordinary},
      {"infinity_times_zero", FloatMutation::infinity_times_zero, offline},
      {"opposite_infinities", FloatMutation::opposite_infinities, ordinary},
      {"zero_by_aligned_value", FloatMutation::zero_by_aligned_value, truncated},
      {"sticky_ignored", FloatMutation::sticky_ignored, sticky},
      {"ties_up", FloatMutation::ties_up, ordinary},
      {"negative_sums_towards_zero", FloatMutation::negative_sums_towards_zero, truncated},
      {"exponent_of_first_block", FloatMutation::exponent_of_first_block, ordinary},
      {"exponent_of_first_block", FloatMutation::exponent_of_first_block, scaled},
      {"exponent_of_first_row", FloatMutation::exponent_of_first_row, ordinary},
      {"exponent_of_first_row", FloatMutation::exponent_of_first_row, scaled},
      {"zero_blocks_count", FloatMutation::zero_blocks_count, ordinary},
      {"last_row_not_compared", FloatMutation::last_row_not_compared, ordinary},
      {"weights_do_not_saturate", FloatMutation::weights_do_not_saturate, ordinary},
      {"scale_off_by_one", FloatMutation::scale_off_by_one, scaled},
      {"scale_nan_lost", FloatMutation::scale_nan_lost, scaled},
      {"class_not_overwritten", FloatMutation::class_not_overwritten, ordinary},
      {"class_not_overwritten", FloatMutation::class_not_overwritten, offline},
      {"class_of_integers_kept", FloatMutation::class_of_integers_kept, offline},
      {"integers_keep_exponents", FloatMutation::integers_keep_exponents, offline},
      {"integers_have_nan", FloatMutation::integers_have_nan, offline},
      {"sign_of_zero", FloatMutation::sign_of_zero, ordinary},
      {"underflow_without_sign", FloatMutation::underflow_without_sign, scaled},
      {"results_flushed", FloatMutation::results_flushed, scaled},
      {"overflow_to_largest", FloatMutation::overflow_to_largest, wide},
      {"overflow_to_largest", FloatMutation::overflow_to_largest, scaled},
      {"results_ties_up", FloatMutation::results_ties_up, wide},
      {"nan_with_sign", FloatMutation::nan_with_sign, ordinary},
  };
  for (const Attack& attack : attacks) {
    for (const std::uint64_t seed : {1U, 2U}) {
      const BenchResult result = bench(attack.spec, attack.mutation, 1500, seed);
      INFO(attack.name << ", seed " << seed << "\n" << tb::to_text(result));
      CHECK(result.mismatches > 0);
    }
  }
  for (const MacroSpec* const spec :
       {&ordinary, &sticky, &truncated, &scaled, &offline, &wide, &sums}) {
    const BenchResult result = bench(*spec, FloatMutation::none, 1500);
    INFO(spec::to_toml(*spec) << tb::to_text(result));
    CHECK(result.passed());
    CHECK(result.errors->gaussian.greatest_of_bound <= 1.0);
  }
}

}  // namespace
}  // namespace cimforge::tests
