// Radix-4 Booth recoding: its plan by hand, macros against the golden model in both descriptions
// and in other tools, their proof, and faults that both must find.
#include "generator/plan/booth.h"

#include <fmt/format.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "flows/prove.h"
#include "flows/verilated_model.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/plan/plan.h"
#include "generator/spec/parse.h"
#include "tb/bench.h"
#include "tests/catch.h"
#include "tests/judge/emitted.h"
#include "tests/judge/judge.h"

namespace cimforge {
namespace {

using test::bench;
using test::Emitted;

spec::MacroSpec parsed(const std::string& text) {
  const spec::ParseResult result = spec::parse(text, "spec.toml");
  for (const auto& each : result.diagnostics) UNSCOPED_INFO(each.message);
  REQUIRE(result.spec);
  return *result.spec;
}

spec::MacroSpec booth(int rows, int columns, const std::string& input, const std::string& weight,
                      int k, const std::string& tree, const std::string& compute = "",
                      const std::string& array = "", const std::string& others = "") {
  return parsed(fmt::format(
      "name = \"bo\"\nkind = \"digital\"\n[array]\nrows = {}\ncolumns = {}\n{}\n[operands]\n"
      "input = \"{}\"\nweight = \"{}\"\n[compute]\nrecoding = \"booth\"\n"
      "input_bits_per_cycle = {}\nadder_tree = \"{}\"\n{}\n{}",
      rows, columns, array, input, weight, k, tree, compute, others));
}

/// Every form of tree, storage and output; even and odd k, codes that fill the steps and that do
/// not, all signs, weights of one bit, blocks, pipelines, results of few bits.
std::vector<spec::MacroSpec> matrix() {
  return {
      booth(5, 3, "int4", "int4", 2, "dadda"),
      booth(1, 1, "int2", "uint1", 2, "area"),
      booth(7, 3, "uint8", "int4", 2, "area", "pipeline_stages = 1"),
      booth(65, 2, "int4", "int8", 4, "wallace", "pipeline_stages = 2"),
      booth(13, 2, "int6", "uint5", 3, "ripple", "pipeline_stages = 1\nrows_per_block = 5"),
      booth(5, 2, "uint5", "int3", 5, "loop", "", "storage = \"flop\""),
      booth(6, 2, "uint4", "uint4", 4, "loop", "pipeline_stages = 2\nrows_per_block = 2"),
      booth(17, 2, "uint6", "uint3", 3, "speed", "pipeline_stages = 3\nrows_per_block = 5"),
      booth(3, 66, "int5", "int1", 4, "balanced", "", "banks = 3"),
      booth(12, 3, "uint8", "int6", 4, "area", "pipeline_stages = 4\nrows_per_block = 4",
            "storage = \"flop\"\nbanks = 2", "[output]\nmode = \"saturate\"\nbits = 9"),
      booth(6, 3, "uint8", "int6", 4, "area", "", "storage = \"bitcell\"",
            "[output]\nmode = \"truncate\"\nbits = 3"),
      booth(6, 3, "int8", "uint6", 8, "loop", "", "", "[output]\nmode = \"truncate\"\nbits = 1"),
      booth(6, 3, "uint7", "int6", 7, "dadda", "", "", "[output]\nmode = \"truncate\"\nbits = 2"),
      booth(4, 2, "uint16", "uint16", 16, "dadda", "pipeline_stages = 1"),
  };
}

}  // namespace

TEST_CASE("digits of Booth are one for two input bits, and planes are as the recoder gives them") {
  const auto planes = [](const std::string& input, int k) {
    return *plan::plan(booth(64, 1, input, "int8", k, "dadda")).booth;
  };
  CHECK(planes("int8", 2).digits.size() == 1);
  CHECK(planes("int8", 2).planes == 3);
  CHECK(planes("int8", 2).top_plane == -1);
  CHECK_FALSE(planes("int8", 2).reads_first);
  CHECK(planes("uint8", 2).top_plane == 3);  // the top bit of a code that fills its steps
  CHECK(planes("uint8", 2).planes == 4);
  CHECK(planes("uint8", 3).top_plane == -1);  // nine bits: the top one is zero
  CHECK(planes("uint8", 3).planes == 5);      // the second digit of three bits is -1 to 1
  CHECK(planes("uint6", 3).planes == 6);      // but 2 in the first step of six
  CHECK(planes("uint6", 3).reads_first);
  CHECK(planes("int8", 8).digits.size() == 4);
}

TEST_CASE("products, count and sum of a column of Booth, by hand") {
  const plan::MacroPlan signed_8 = plan::plan(booth(64, 1, "int8", "int8", 2, "area"));
  CHECK(signed_8.products_per_column() == 64 * 9);
  CHECK(signed_8.inverted_products_per_column() == 64);
  CHECK(signed_8.booth->count_bits == 8);  // 64 times 2 at most
  CHECK(signed_8.sum_bits == 16);          // 64 * 511 and the count
  CHECK(signed_8.steps == 4);
  CHECK(signed_8.latency == 5);
  // Every full adder takes one bit off: the count's eight enter the column, not 64 or 128.
  CHECK(signed_8.full_adder_bound() == 64 * 9 + 8 - 16);
  CHECK(signed_8.top_heap.empty());
  const plan::MacroPlan unsigned_8 = plan::plan(booth(64, 1, "uint8", "uint8", 8, "area"));
  CHECK(unsigned_8.products_per_column() == 64 * (4 * 9 + 8));
  CHECK(unsigned_8.inverted_products_per_column() == 0);
  CHECK(unsigned_8.booth->count_bits == 14);  // 64 * 2 * (1 + 4 + 16 + 64) = 10880
}

/// Every `stride`-th specification of the matrix.
void judge_matrix(std::size_t stride) {
  bool synthesis_view = false;
  const std::vector<spec::MacroSpec> all = matrix();
  for (std::size_t i = 0; i < all.size(); i += stride) {
    const spec::MacroSpec& spec = all[i];
    INFO(spec::to_toml(spec));
    const Emitted rtl(spec);
    CHECK(test::lint_complaint(spec, rtl.path()).empty());
    // The two descriptions of the adders by turns.
    const tb::BenchResult result = bench(spec, rtl, {.synthesis_view = synthesis_view});
    INFO(tb::to_text(result));
    CHECK(result.passed());
    CHECK(result.vectors >= 300);
    synthesis_view = !synthesis_view;
    if (spec.adder_tree == spec::AdderTree::loop) continue;
    const proof::ProofResult proof = flows::prove(rtl.source, spec, {});
    INFO(proof::to_text(proof));
    CHECK(proof.proved);
  }
}

TEST_CASE("macros with Booth do what the golden model says, are proved, and tools are content",
          "[tools]") {
  judge_matrix(3);
}

TEST_CASE("all macros with Booth do what the golden model says", "[nightly]") {
  judge_matrix(1);
}

TEST_CASE("rows of zeros are gated in macros with Booth, too", "[tools]") {
  const std::string gate = "[sparsity]\nzero_rows = \"gate\"\n";
  for (const spec::MacroSpec& spec :
       {booth(5, 3, "int4", "int4", 2, "dadda", "", "", gate),
        booth(66, 2, "uint4", "uint3", 4, "loop", "pipeline_stages = 1", "", gate),
        booth(7, 3, "uint6", "int2", 3, "area", "", "storage = \"flop\"",
              gate + "[scan]\ntest_mode = \"pin\"\n")}) {
    INFO(spec::to_toml(spec));
    const Emitted rtl(spec);
    CHECK(test::lint_complaint(spec, rtl.path()).empty());
    for (const bool synthesis_view : {false, true}) {
      const tb::BenchResult result = bench(spec, rtl, {.synthesis_view = synthesis_view});
      INFO(tb::to_text(result));
      CHECK(result.passed());
    }
    if (spec.adder_tree == spec::AdderTree::loop) continue;
    CHECK(flows::prove(rtl.source, spec, {}).proved);
  }
  // A row that was gated shows what it had before.
  const spec::MacroSpec spec = booth(5, 2, "int4", "int4", 2, "dadda", "", "", gate);
  const Emitted wrong =
      test::with_fault(spec, "cim_booth_input.v", "held & {STEPS*DIGIT{live}}", "held");
  CHECK_FALSE(bench(spec, wrong, {.synthesis_view = true}).passed());
  CHECK_FALSE(flows::prove(wrong.source, spec, {}).proved);
}

TEST_CASE("each fault planted in a macro with Booth is found by the bench and by the proof",
          "[tools]") {
  struct Fault {
    const char* file;
    const char* right;
    const char* wrong;
  };
  const std::vector<Fault> faults = {
      {"cim_booth_input.v", "= high & ~(middle & low)", "= high & ~middle"},
      {"cim_booth_input.v", "(high & ~middle & ~low) |", "(high & ~middle) |"},
      {"cim_booth_input.v", "= middle ^ low", "= middle | low"},
      {"cim_booth_input.v", "(TOP + 2*i - 1)*CODES", "(TOP + 2*i)*CODES"},
      {"cim_booth_input.v", "DIGIT - 1)*CODES +: CODES] & {CODES{first_i}}",
       "DIGIT - 1)*CODES +: CODES]"},
      {"cim_booth_product.v", "below_i ^ {LANES{negative_i}}", "below_i"},
      {"cim_booth_product.v", "~(of_one | of_two)", "~(of_one & of_two)"},
      {"bo_block5.v", ".weight_i(w3_r0), .two_i(digit_i[10]), .below_i(w3_r0)",
       ".weight_i(w3_r0), .two_i(digit_i[10]), .below_i(w2_r0)"},
      {"bo_block5.v", ".negative_i(digit_i[5])", ".negative_i(digit_i[6])"},
      {"bo_negatives.v", ".weight_i(digit_i[0])", ".weight_i(digit_i[10])"},
      {"bo_negatives.v", ".input_i(digit_i[6])", ".input_i(digit_i[5])"},
      {"bo_slice.v", "{LANES{negatives_i[1]}}", "{LANES{negatives_i[2]}}"},
      {"bo_slice.v", "{LANES{negatives_i[0]}}", "{LANES{1'b0}}"},
      {"bo.v", ".first_i    (negate)", ".first_i    (1'b0)"},
      {"bo.v", ".count_o(negatives)", ".count_o({negatives[1:0], negatives[3:2]})"},
  };
  const spec::MacroSpec spec = booth(5, 2, "uint4", "int4", 2, "dadda");
  const base::FileSet files = collateral::emit(spec);
  REQUIRE(bench(spec, Emitted(spec), {.synthesis_view = true}).passed());
  for (const Fault& fault : faults) {
    const std::string path = fmt::format("rtl/{}", fault.file);
    std::string text = files.at(path);
    const std::size_t at = text.find(fault.right);
    INFO(fault.file << ": " << fault.right << " -> " << fault.wrong);
    REQUIRE(at != std::string::npos);
    text.replace(at, std::string(fault.right).size(), fault.wrong);
    const Emitted wrong(spec, {{path, text}});
    CHECK_FALSE(bench(spec, wrong, {.synthesis_view = true}).passed());
    CHECK_FALSE(flows::prove(wrong.source, spec, {}).proved);
  }
}

TEST_CASE("the plain macro has nothing of Booth") {
  const spec::MacroSpec spec = parsed(
      "name = \"bo\"\nkind = \"digital\"\n[array]\nrows = 3\ncolumns = 2\n[operands]\n"
      "input = \"int4\"\nweight = \"int4\"\n[compute]\ninput_bits_per_cycle = 2\n");
  for (const auto& [path, text] : collateral::emit(spec)) {
    INFO(path);
    CHECK(path.find("booth") == std::string::npos);
    CHECK(text.find("negatives") == std::string::npos);
  }
}

}  // namespace cimforge
