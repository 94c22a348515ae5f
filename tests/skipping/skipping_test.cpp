// Digits of zeros skipped, rows of zeros gated (docs/sparsity.md): plan, limits of cycles, the
// emitted macro under the bench, and faults that the bench must find in it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
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
#include "tests/tb/reference_dut.h"

namespace cimforge {
namespace {

using test::bench;
using test::Emitted;

/// `options` are tables, or keys of [compute] where they begin without one.
spec::MacroSpec macro(int rows, int columns, const std::string& input, const std::string& weight,
                      const std::string& options = "",
                      const std::string& sparsity = "zero_planes = \"skip\"",
                      const std::string& array = "") {
  const std::string text = fmt::format(
      "name = \"sparse\"\nkind = \"digital\"\n[array]\nrows = {}\ncolumns = {}\n{}\n"
      "[operands]\ninput = \"{}\"\nweight = \"{}\"\n[sparsity]\n{}\n[compute]\n{}\n",
      rows, columns, array, input, weight, sparsity, options);
  const spec::ParseResult result = spec::parse(text, "spec.toml");
  for (const auto& each : result.diagnostics) UNSCOPED_INFO(each.message);
  INFO(text);
  REQUIRE(result.spec);
  return *result.spec;
}

const std::string skip = "zero_planes = \"skip\"";
const std::string gate = "zero_rows = \"gate\"";
const std::string both = skip + "\n" + gate;

tb::InputVector vector_of(const spec::MacroSpec& spec, std::vector<std::int32_t> values) {
  tb::InputVector vector{0, tb::Ports(spec).input_codes()};
  vector.codes.values = std::move(values);
  return vector;
}

}  // namespace

TEST_CASE("a visit of a digit has its own correction") {
  // 5 rows of int3 x int4: the products of the weights' sign bit are inverted, 5 * 8 too much in
  // each digit; in the sign digit the sum of 7 bits is inverted as a whole.
  const plan::MacroPlan plan = plan::plan(macro(5, 3, "int3", "int4"));
  REQUIRE(plan.skipping);
  REQUIRE(plan.acc_bits == 9);
  REQUIRE(plan.top_bits == 7);
  CHECK(plan.skipping->terms ==
        std::vector<std::uint64_t>{512 - 40, 512 - 2 * 40, 512 - 4 * (127 - 40)});
  CHECK(plan.skipping->corrects());
  CHECK(plan.cycles_per_vector == 3);
  CHECK(plan.latency == 4);
  CHECK(plan.skid);
  CHECK_FALSE(plan::plan(macro(5, 3, "uint3", "uint4")).skipping->corrects());
  CHECK_FALSE(plan::plan(macro(5, 3, "int3", "int4", "", gate)).skipping);
}

TEST_CASE("a vector takes one cycle for each digit that is not zero in every row") {
  const spec::MacroSpec bits = macro(3, 1, "int4", "int4");
  const tb::Ports ports(bits);
  CHECK(ports.cycles_of(vector_of(bits, {0, 0, 0})) == 1);
  CHECK(ports.cycles_of(vector_of(bits, {1, 1, 0})) == 1);
  CHECK(ports.cycles_of(vector_of(bits, {1, 2, 0})) == 2);
  CHECK(ports.cycles_of(vector_of(bits, {0, 5, 4})) == 2);
  CHECK(ports.cycles_of(vector_of(bits, {0, 0, -1})) == 4);
  CHECK(ports.cycles_of(vector_of(bits, {-8, 0, 0})) == 1);
  // Digits of bits 0 to 2, 3 to 5, and 6 with two bits that repeat it.
  const spec::MacroSpec threes = macro(2, 1, "int7", "int4", "input_bits_per_cycle = 3");
  const tb::Ports three(threes);
  CHECK(three.cycles_per_vector == 3);
  CHECK(three.nonzero_digits(vector_of(threes, {7, 0})) == 1);
  CHECK(three.nonzero_digits(vector_of(threes, {8, 1})) == 3);
  CHECK(three.nonzero_digits(vector_of(threes, {-64, 0})) == 4);
  CHECK(three.cycles_of(vector_of(threes, {-1, 0})) == 3);
  const tb::Ports computes{macro(3, 1, "int4", "int4", "", gate)};
  CHECK(computes.cycles_of(vector_of(bits, {0, 0, 0})) == 4);
}

TEST_CASE("the bench holds every vector to the cycles of its digits") {
  using namespace tests;  // NOLINT: the reference macro
  const spec::MacroSpec spec = macro(20, 4, "int5", "int3", "input_bits_per_cycle = 2");
  tb::BenchOptions options;
  options.vectors = 1000;
  options.expected_interval = 3;
  for (const bool is_right : {true, false}) {
    const ReferenceOptions reference{is_right ? Mutation::none : Mutation::skips_nothing, 1};
    options.expected_latency = reference_latency(spec, reference);
    const tb::BenchResult result = tb::run_bench(spec, ReferenceFactory(spec, reference), options);
    INFO(tb::to_text(result));
    CHECK(result.passed() == is_right);
    if (is_right) {
      CHECK(*result.latency == std::pair{3, 5});
      CHECK(*result.interval == std::pair{1, 3});
      CHECK(result.coverage.missed.empty());
    } else {
      for (const char* code : {"latency", "interval", "bubble"}) {
        CHECK(std::ranges::count(result.findings, code, &tb::Finding::code) == 1);
      }
    }
  }
}

TEST_CASE("macros that skip digits or gate rows are right in every cycle", "[slow]") {
  const std::string saturate = "[output]\nmode = \"saturate\"\nbits = 7\nshift = 2";
  const std::vector<spec::MacroSpec> specs = {
      macro(37, 9, "int4", "int4"),
      macro(1, 1, "int2", "int1"),
      macro(3, 66, "uint3", "uint5", "adder_tree = \"ripple\""),
      macro(65, 3, "int7", "int3", "input_bits_per_cycle = 3\nadder_tree = \"wallace\"", both),
      macro(13, 5, "int8", "uint4", "pipeline_stages = 3\nrows_per_block = 5", both,
            "storage = \"flop\"\nbanks = 3"),
      macro(20, 2, "uint8", "int8",
            "input_bits_per_cycle = 3\nadder_tree = \"area\"\n"
            "pipeline_stages = 1"),
      macro(7, 4, "int16", "int2", "adder_tree = \"loop\"", both, "storage = \"bitcell\""),
      macro(9, 3, "int5", "int5",
            "input_bits_per_cycle = 4\nadder_tree = \"speed\"\n"
            "pipeline_stages = 4\n" +
                saturate),
      macro(11, 2, "int6", "int3", "[output]\nmode = \"truncate\"\nbits = 5"),
      macro(5, 7, "uint9", "int4",
            "adder_tree = \"balanced\"\n[output]\nmode = \"truncate\"\n"
            "bits = 3\nshift = 1",
            both),
      macro(66, 3, "int4", "int4", "", gate),
      macro(10, 3, "int7", "int3", "input_bits_per_cycle = 3\npipeline_stages = 2", gate),
      macro(10, 3, "uint4", "int3", "input_bits_per_cycle = 4", gate),
  };
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const bool is_gated = specs[i].sparsity.zero_rows == spec::ZeroRows::gate;
    // Gated rows look different to synthesis.
    const bool synthesis_view = is_gated || i % 2 == 0;
    const tb::BenchResult result =
        bench(specs[i], Emitted(specs[i]), {.vectors = 400, .synthesis_view = synthesis_view});
    INFO(spec::to_toml(specs[i]) << tb::to_text(result));
    CHECK(result.passed());
    CHECK(result.latency);
    CHECK(result.interval);
  }
}

TEST_CASE("a fault in skipping or gating is found", "[slow]") {
  struct Fault {
    std::string cell, from, to;
    bool mismatch;  ///< wrong results, or right ones in wrong cycles
  };
  const std::vector<Fault> faults = {
      {"cim_skipping_sequencer", "take_o ? nonzero_i", "take_o ? {STEPS{1'b1}}", true},
      {"cim_skipping_sequencer", "begins_q <= take_o;", "begins_q <= 1'b0;", true},
      {"cim_skipping_sequencer", "visits_q <= nonzero_i;", "visits_q <= visits_q | nonzero_i;",
       true},
      {"cim_skipping_sequencer", "NEGATE_STAGE*STEPS + STEPS - 1", "NEGATE_STAGE*STEPS", true},
      {"cim_skipping_sequencer",
       "last[0]             = left_q ==", "last[0] = 1'b1 | left_q ==", true},
      {"cim_digit_selector", "= |folded", "= load_i | |folded", false},
      {"cim_digit_selector", "level = LEVELS - 1", "level = LEVELS - 2", true},
      {"cim_digit_selector", "|folded[LOWEST +: COUNT]", "folded[LOWEST]", true},
      {"cim_digit_selector", "digit[j*CODES +: CODES] & live", "digit[j*CODES +: CODES]", true},
      {"cim_gated_planes", ".enable_i   (not_zero)", ".enable_i   (code[0])", true},
      {"cim_gated_planes", "(load_clk),\n", "(clk_i),\n", true},
      {"cim_clock_gate", "if (!clk_i)", "if (clk_i)", true},
      {"cim_place_accumulator", "{LANES{place_i[i]}}", "{LANES{place_i[0]}}", true},
      {"cim_place_accumulator", "acc_q & ~first", "acc_q", true},
      {"cim_skipped_offset", "{WIDTH{visited_i[i]}}", "{WIDTH{1'b1}}", true},
  };
  const spec::MacroSpec spec =
      macro(6, 2, "int5", "int3", "input_bits_per_cycle = 2\npipeline_stages = 1", both);
  const base::FileSet right = collateral::emit(spec);
  for (const Fault& fault : faults) {
    base::FileSet files = right;
    std::string& text = files.at("rtl/" + fault.cell + ".v");
    INFO(fault.cell << ": " << fault.from);
    const std::size_t at = text.find(fault.from);
    REQUIRE(at != std::string::npos);
    text.replace(at, fault.from.size(), fault.to);
    const tb::BenchResult result = bench(spec, files, {.vectors = 400, .synthesis_view = true});
    INFO(tb::to_text(result));
    CHECK_FALSE(result.passed());
    if (fault.mismatch) {
      CHECK(result.mismatches > 0);
    } else {
      CHECK(result.mismatches == 0);
    }
  }
}

TEST_CASE("macros that skip digits or gate rows are proved, and a fault is refuted", "[slow]") {
  const spec::MacroSpec spec = macro(3, 1, "int3", "int3", "pipeline_stages = 1", both);
  const base::FileSet right = collateral::emit(spec);
  const auto is_proved = [](const spec::MacroSpec& macro_spec, const base::FileSet& files) {
    const base::TemporaryDirectory work("cimforge-skipping-");
    const std::filesystem::path directory = work.path() / "rtl";
    base::write_directory_atomically(directory, files, collateral::manifest_name);
    const proof::ProofResult result =
        flows::prove(flows::user_rtl(directory, macro_spec), macro_spec, {});
    UNSCOPED_INFO(proof::to_text(result));
    return result.proved;
  };
  CHECK(is_proved(spec, right));
  const spec::MacroSpec gated = macro(3, 1, "uint3", "int3", "input_bits_per_cycle = 2", gate);
  CHECK(is_proved(gated, collateral::emit(gated)));
  const spec::MacroSpec pinned = macro(3, 1, "uint3", "int3", "input_bits_per_cycle = 2",
                                       gate + "\n[scan]\ntest_mode = \"pin\"\n");
  CHECK(is_proved(pinned, collateral::emit(pinned)));
  base::FileSet untied = collateral::emit(pinned);
  std::string& top = untied.at("rtl/" + pinned.name + ".v");
  const std::string connection = ".test_mode_i(test_mode_i),\n    .load_i";
  REQUIRE(top.find(connection) != std::string::npos);
  top.replace(top.find(connection), connection.size(), ".test_mode_i(take),\n    .load_i");
  CHECK_FALSE(is_proved(pinned, untied));
  const std::vector<std::array<std::string, 3>> faults = {
      {"cim_skipped_offset", "{WIDTH{visited_i[i]}}", "{WIDTH{1'b1}}"},
      {"cim_place_accumulator", "acc_q & ~first", "acc_q"},
      {"cim_gated_planes", ".enable_i   (not_zero)", ".enable_i   (code[0])"},
      {"cim_gated_planes", "(load_clk),\n", "(clk_i),\n"},
      {"cim_gated_planes", ".test_mode_i(test_mode_i)", ".test_mode_i(1'b1)"},
      {"cim_digit_selector", ".test_mode_i(test_mode_i)", ".test_mode_i(1'b1)"},
      {"cim_gated_planes", "(posedge row_clk) planes_q", "(negedge row_clk) planes_q"},
      {"cim_clock_gate", "if (!clk_i)", "if (clk_i)"},
      {"cim_clock_gate", "enable_q & clk_i", "enable_i & clk_i"},
      {"cim_skipping_sequencer", "pool & ~lowest", "pool"},
  };
  for (const auto& [cell, from, to] : faults) {
    base::FileSet files = right;
    std::string& text = files.at("rtl/" + cell + ".v");
    INFO(cell << ": " << from);
    REQUIRE(text.find(from) != std::string::npos);
    text.replace(text.find(from), from.size(), to);
    CHECK_FALSE(is_proved(spec, files));
  }
}

}  // namespace cimforge
