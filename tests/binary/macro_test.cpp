// Binary macros from the specification to results: emitted, Verilated and proved; and planted
// faults.
#include <algorithm>
#include <string>

#include "flows/verilated_model.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/plan/plan.h"
#include "tb/bench.h"
#include "tests/binary/specification.h"
#include "tests/catch.h"
#include "tests/judge/emitted.h"
#include "tests/proof/planted.h"

namespace cimforge {
namespace {

using test::bench;
using test::planted;

using spec::IntegerFormat;

/// 5 rows in 2 banks behind one rank of registers, with signs for results.
spec::MacroSpec signs(IntegerFormat input, IntegerFormat weight) {
  spec::MacroSpec spec = test::binary(5, input, weight);
  spec.banks = 2;
  spec.pipeline_stages = 1;
  spec.rows_per_block = 3;
  spec.output_mode = spec::OutputMode::sign;
  return spec;
}

void check_right(const spec::MacroSpec& spec) {
  CAPTURE(spec.input.name(), spec.weight.name(), spec::to_string(spec.adder_tree),
          spec::to_string(spec.output_mode));
  const base::FileSet files = collateral::emit(spec);
  const tb::BenchResult result = bench(spec, files);
  INFO(tb::to_text(result));
  CHECK(result.passed());
  for (const std::string& bin : result.coverage.missed) {
    CHECK_THAT(bin, !Catch::Contains("threshold"));
  }
  if (spec.adder_tree == spec::AdderTree::loop) return;  // has no adders that are known
  const proof::ProofResult proved = test::prove_files(spec, files);
  INFO(proof::to_text(proved));
  CHECK(proved.proved);
}

}  // namespace

// Small enough for every matrix and every vector.
TEST_CASE("binary macros do what the golden model says, and are proved") {
  SECTION("bipolar x bipolar") {
    check_right(signs(IntegerFormat::bipolar(), IntegerFormat::bipolar()));
  }
  SECTION("bipolar x ternary, planned trees") {
    spec::MacroSpec spec = signs(IntegerFormat::bipolar(), IntegerFormat::ternary());
    spec.adder_tree = spec::AdderTree::area;
    check_right(spec);
  }
  SECTION("int2 x ternary, in steps") {
    spec::MacroSpec spec = signs({true, 2}, IntegerFormat::ternary());
    spec.rows = 3;
    check_right(spec);
  }
  SECTION("int3 x bipolar, a loop") {
    spec::MacroSpec spec = test::binary(4, {true, 3}, IntegerFormat::bipolar());
    spec.input_bits_per_cycle = 2;
    spec.adder_tree = spec::AdderTree::loop;
    check_right(spec);
  }
}

TEST_CASE("all binary macros do what the golden model says, and are proved", "[nightly]") {
  const IntegerFormat bipolar = IntegerFormat::bipolar();
  const IntegerFormat ternary = IntegerFormat::ternary();
  const std::pair<IntegerFormat, IntegerFormat> pairs[] = {
      {bipolar, bipolar},    {bipolar, ternary},    {bipolar, {true, 3}},
      {bipolar, {false, 2}}, {{true, 3}, ternary},  {{false, 2}, ternary},
      {{true, 2}, bipolar},  {{false, 3}, bipolar}, {{true, 2}, {true, 2}}};
  for (const auto& [input, weight] : pairs) {
    for (int tree = 0; tree < 7; ++tree) {
      for (const auto mode : {spec::OutputMode::exact, spec::OutputMode::sign}) {
        spec::MacroSpec spec = signs(input, weight);
        spec.rows = 16 / (input.bits + weight.bits);
        spec.adder_tree = static_cast<spec::AdderTree>(tree);
        spec.input_bits_per_cycle = tree % 2 == 0 ? input.bits : 1;
        spec.pipeline_stages = tree % 3;
        spec.banks = 1 + tree % 2;
        spec.rows_per_block = 0;
        spec.output_mode = mode;
        check_right(spec);
      }
    }
  }
}

TEST_CASE("faults of binary macros are mismatches, and are refuted") {
  const spec::MacroSpec spec = signs(IntegerFormat::bipolar(), IntegerFormat::ternary());
  const base::FileSet files = collateral::emit(spec);
  const auto is_found = [&](const base::FileSet& wrong) {
    const proof::ProofResult proved = test::prove_files(spec, wrong);
    INFO(proof::to_text(proved));
    CHECK_FALSE(proved.proved);
    const tb::BenchResult result = bench(spec, wrong);
    INFO(tb::to_text(result));
    CHECK_FALSE(result.passed());
  };
  SECTION("10 is stored as it comes") {
    is_found(
        planted(files, "cim_ternary_planes.v", "codes_i & ~((codes_i >> 1) & LOW)", "codes_i"));
  }
  SECTION("a sum has to be above its threshold") {
    is_found(planted(files, "cim_threshold.v", "below = {LANES{1'b1}}", "below = {LANES{1'b0}}"));
  }
  SECTION("the sign bit counts like any other") {
    is_found(planted(files, "cim_threshold.v", "b == BITS - 1", "b == BITS"));
  }
  SECTION("thresholds of another bank") {
    is_found(planted(files, "cim_threshold.v", "bank_i == bank", "bank_i != bank"));
  }
  SECTION("thresholds are taken while a vector is on its way") {
    is_found(planted(files, "cim_threshold_port.v", "= ~there_q[0]", "= 1'b1"));
  }
  SECTION("the bank of the youngest vector") {
    is_found(planted(files, "cim_threshold_port.v", "bank_o = g_place[0]",
                     "bank_o = g_place[VECTORS-1]"));
  }
  SECTION("thresholds are written to all banks") {
    is_found(planted(files, "cim_threshold_port.v", "load & (threshold_bank_i == i[BANK_BITS-1:0])",
                     "load"));
  }
}

TEST_CASE("a vector that waits for thresholds is no starvation") {
  // Without the rule, a transfer would wait for as long as vectors come.
  spec::MacroSpec spec = signs(IntegerFormat::bipolar(), IntegerFormat::bipolar());
  const base::FileSet wrong = planted(collateral::emit(spec), "cim_threshold_port.v",
                                      "wait_o            = wait_q", "wait_o            = 1'b0");
  const proof::ProofResult proved = test::prove_files(spec, wrong);
  CHECK_FALSE(proved.proved);
  const tb::BenchResult result = bench(spec, wrong);
  CHECK_FALSE(result.passed());
  CHECK(std::ranges::count(result.findings, "vector-before-thresholds", &tb::Finding::code) == 1);
}

}  // namespace cimforge
