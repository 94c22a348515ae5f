// Approximate macros from the specification to results: planned, emitted, Verilated and proved; and
// faults in what joins the products.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "flows/verilated_model.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/plan/plan.h"
#include "generator/spec/approximation.h"
#include "tb/bench.h"
#include "tests/approximation/specification.h"
#include "tests/catch.h"
#include "tests/judge/emitted.h"
#include "tests/proof/planted.h"

namespace cimforge {
namespace {

using test::bench;
using test::Emitted;

/// Replaces the first `was` after `anchor`.
void plant(base::FileSet& files, const std::string& file, const std::string& anchor,
           const std::string& was, const std::string& by) {
  INFO(file << ": " << anchor << " " << was);
  std::string& text = files.at("rtl/" + file);
  const std::size_t begin = text.find(anchor);
  REQUIRE(begin != std::string::npos);
  const std::size_t position = text.find(was, begin);
  REQUIRE(position != std::string::npos);
  text.replace(position, was.size(), by);
}

spec::MacroSpec small(spec::AdderTree tree) {
  auto spec = test::approximate(7, {true, 4}, {true, 4}, 2, 3, 1);
  spec.columns = 3;
  spec.adder_tree = tree;
  return spec;
}

}  // namespace

TEST_CASE("blocks end where groups do") {
  auto spec = test::approximate(37, {true, 4}, {true, 4}, 1, 4, 0);
  spec.rows_per_block = 14;  // three groups at most
  const plan::MacroPlan plan = plan::plan(spec);
  CHECK(spec::or_groups(spec) == 10);
  int row = 0;
  int groups = 0;
  for (const plan::BlockUse& use : plan.block_uses) {
    const plan::BlockPlan& block = plan.blocks.at(static_cast<std::size_t>(use.block));
    CHECK(use.first_row == row);
    CHECK(row % 4 == 0);
    CHECK(block.rows <= 14);
    CHECK(block.groups == (block.rows + 3) / 4);
    row += block.rows;
    groups += block.groups;
  }
  CHECK(row == 37);
  CHECK(groups == 10);
  CHECK(plan.blocks.size() == 3);  // 12, 8 and 5 rows
}

TEST_CASE("the trees add groups and leave dropped planes out") {
  const auto spec = test::approximate(64, {true, 4}, {true, 4}, 4, 4, 2);
  const plan::MacroPlan plan = plan::plan(spec);
  CHECK(plan.products_per_column() == 64 * (16 - 3));
  CHECK(plan.heap_bits_per_column() == 16 * (16 - 3));
  CHECK(plan.inverted_heap_bits_per_column() == 16 * 6);
  auto exact = spec;
  exact.approximation = {};
  const plan::MacroPlan whole = plan::plan(exact);
  CHECK(plan.full_adders_per_column() < whole.full_adders_per_column() / 3);
  CHECK(plan.full_adders_per_column() >= plan.full_adder_bound());
  CHECK(plan.full_adder_bound() == 16 * 13 - 10);  // sums up to 2^12, of which 2 bits are zero
  CHECK(plan.output_bits == whole.output_bits);
  CHECK(plan.acc_bits == whole.acc_bits);
  CHECK(plan.latency == whole.latency);
}

TEST_CASE("check, manifest and datasheet state the error") {
  const auto spec = test::approximate(64, {true, 4}, {true, 4}, 1, 4, 0);
  const spec::ApproximationError error = spec::approximation_error(spec);
  const plan::MacroPlan plan = plan::plan(spec);
  CHECK_THAT(collateral::check_text(plan), Catch::Contains("OR over 4 rows: 16 bits a plane"));
  CHECK_THAT(collateral::check_text(plan),
             Catch::Contains(fmt::format("{} to {} of a sum", error.least, error.greatest)));
  const auto json = collateral::plan_json(plan)["approximation"];
  CHECK(json["worst_error"]["least"] == error.least);
  CHECK(json["rms_error"] == error.rms);
  CHECK(json["magnitude_samples"] == 65536);
  const base::FileSet files = collateral::emit(spec);
  CHECK_THAT(files.at("approximate.md"), Catch::Contains("## It is approximate"));
  CHECK_THAT(files.at("approximate.md"),
             Catch::Contains(fmt::format("| {} to {} |", error.least, error.greatest)));
  auto exact = spec;
  exact.approximation = {};
  CHECK(collateral::emit(exact).at("approximate.md").find("approximate:") == std::string::npos);
  CHECK_FALSE(collateral::plan_json(plan::plan(exact)).contains("approximation"));
}

TEST_CASE("approximate macros pass, and a fault in an OR is a mismatch") {
  const auto tree = GENERATE(spec::AdderTree::dadda, spec::AdderTree::area);
  const bool synthesis_view = GENERATE(false, true);
  const spec::MacroSpec spec = small(tree);
  CAPTURE(spec::to_string(tree), synthesis_view);
  const base::FileSet files = collateral::emit(spec);
  const tb::BenchResult right = bench(spec, files, {.synthesis_view = synthesis_view});
  INFO(tb::to_text(right));
  CHECK(right.passed());

  base::FileSet wrong = files;
  if (synthesis_view) {
    plant(wrong, "cim_or_product.v", "g_next", "joined | ", "joined ^ ");
  } else {
    plant(wrong, "approximate_block7.v", "always @*", " | w", " ^ w");
  }
  const tb::BenchResult found = bench(spec, wrong, {.synthesis_view = synthesis_view});
  INFO(tb::to_text(found));
  CHECK_FALSE(found.passed());
  CHECK(found.mismatches > 0);
}

TEST_CASE("verify asserts the stated error, which its corners reach", "[tools]") {
  const spec::MacroSpec spec = small(spec::AdderTree::dadda);
  const spec::ApproximationError stated = spec::approximation_error(spec);
  const Emitted emitted(spec);
  const flows::VerilatedModel model(emitted.source, spec, {.jobs = 1});
  tb::BenchOptions options;
  options.vectors = 2000;
  options.stated_error = {stated.least, stated.greatest};
  const tb::BenchResult right = tb::run_bench(spec, model, options);
  INFO(tb::to_text(right));
  CHECK(right.passed());
  REQUIRE(right.sum_errors);
  CHECK(right.sum_errors->sums >= 2000 * 3);
  CHECK(right.sum_errors->least < 0);
  CHECK_THAT(tb::to_text(right), Catch::Contains("error of sums: "));
  CHECK(tb::to_json(right)["sum_error"]["least"] == right.sum_errors->least);
  // Stated one too small.
  options.stated_error->first = right.sum_errors->least + 1;
  const tb::BenchResult wrong = tb::run_bench(spec, model, options);
  CHECK_FALSE(wrong.passed());
  REQUIRE(wrong.findings.size() == 1);
  CHECK(wrong.findings.front().code == "error-bound");
}

TEST_CASE("an exact macro is no approximate one, and the other way round") {
  // The golden model alone tells them apart.
  const spec::MacroSpec spec = small(spec::AdderTree::loop);
  spec::MacroSpec other = spec;
  SECTION("without OR") {
    other.approximation.or_rows = 1;
  }
  SECTION("groups of another size") {
    other.approximation.or_rows = 2;
  }
  SECTION("no dropped column") {
    other.approximation.dropped_columns = 0;
  }
  CHECK(bench(spec, Emitted(spec)).passed());
  CHECK(bench(spec, collateral::emit(other)).mismatches > 0);
}

TEST_CASE("approximate macros are proved, and faults are refuted") {
  const auto tree =
      GENERATE(spec::AdderTree::dadda, spec::AdderTree::ripple, spec::AdderTree::speed);
  spec::MacroSpec spec = small(tree);
  spec.rows_per_block = 3;
  spec.pipeline_stages = 1;
  CAPTURE(spec::to_string(tree));
  const base::FileSet files = collateral::emit(spec);
  const proof::ProofResult right = test::prove_files(spec, files);
  INFO(proof::to_text(right));
  CHECK(right.proved);
  if (tree != spec::AdderTree::dadda) return;
  const auto is_refuted = [&](const base::FileSet& wrong) {
    const proof::ProofResult result = test::prove_files(spec, wrong);
    INFO(proof::to_text(result));
    CHECK_FALSE(result.proved);
    CHECK(result.counterexample.has_value());
  };
  base::FileSet wrong = files;
  plant(wrong, "cim_or_product.v", "g_next", "joined | ", "joined ^ ");
  is_refuted(wrong);
  wrong = files;  // row 0 twice, row 1 not at all
  plant(wrong, "approximate_block3.v", "u_x0w2_r0", "w2_r1", "w2_r0");
  is_refuted(wrong);
  wrong = files;
  plant(wrong, "approximate_block3.v", "u_x0w2_r0", "digit_i[1]", "digit_i[2]");
  is_refuted(wrong);

  // RTL of another approximation.
  spec::MacroSpec other = spec;
  other.approximation.dropped_columns = 0;
  is_refuted(collateral::emit(other));
  other = spec;
  other.approximation.or_rows = 2;
  is_refuted(collateral::emit(other));
  other.approximation = {};
  is_refuted(collateral::emit(other));
}

}  // namespace cimforge
