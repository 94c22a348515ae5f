// Run-time precision: what the specification means, the golden model, the cells, and macros from
// their text to results in every mode.
#include "generator/spec/precision.h"

#include <fmt/format.h>

#include <random>
#include <span>
#include <string>
#include <vector>

#include "flows/verilated_model.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/lower/lower.h"
#include "generator/plan/plan.h"
#include "generator/spec/parse.h"
#include "generator/spec/range.h"
#include "sim/golden.h"
#include "sim/precision.h"
#include "tb/bench.h"
#include "tb/bus_engine.h"
#include "tests/catch.h"
#include "tests/judge/emitted.h"
#include "tests/judge/judge.h"
#include "tests/lower/shell.h"

namespace cimforge {
namespace {

using test::bench;
using test::Emitted;

struct Row {
  int rows, columns, banks;
  const char *storage, *input, *weight;
  int fused;
  const char* tree;
  int pipeline, rows_per_block;
  const char* transpose = "never";
  const char* sparsity = "";  ///< keys of that table
};

spec::MacroSpec specification(const Row& row) {
  const std::string text = fmt::format(
      "name = \"pv\"\nkind = \"digital\"\n[array]\nrows = {}\ncolumns = {}\nbanks = {}\nstorage = "
      "\"{}\"\ntranspose = \"{}\"\n[operands]\ninput = \"{}\"\nweight = "
      "\"{}\"\n[compute]\nadder_tree = \"{}\"\n"
      "pipeline_stages = {}\nrows_per_block = {}\n[precision]\nmode = \"per_vector\"\n"
      "fused_columns = {}\n[sparsity]\n{}\n",
      row.rows, row.columns, row.banks, row.storage, row.transpose, row.input, row.weight, row.tree,
      row.pipeline, row.rows_per_block, row.fused, row.sparsity);
  const spec::ParseResult result = spec::parse(text, "spec.toml");
  for (const auto& each : result.diagnostics) UNSCOPED_INFO(each.message);
  REQUIRE(result.spec);
  return *result.spec;
}

spec::MacroSpec small(const char* input = "int3", const char* weight = "int2", int fused = 4) {
  return specification({5, 8, 1, "flop", input, weight, fused, "dadda", 0, 0});
}

std::int32_t drawn(std::mt19937& random, const spec::IntegerFormat& format) {
  return std::uniform_int_distribution<std::int32_t>(
      static_cast<std::int32_t>(format.min()), static_cast<std::int32_t>(format.max()))(random);
}

}  // namespace

TEST_CASE("a macro has a mode for each width, fusion and pair of signs") {
  const spec::MacroSpec spec = small();
  const std::vector<spec::Mode> modes = spec::modes_of(spec);
  CHECK(modes.size() == 3 * 3 * 4);
  CHECK(spec::name_of(spec, {2, false, 4, true, false}) == "uint2 x int8");
  CHECK(spec::clamped(spec, {9, true, 8, true, false}) == spec::Mode{3, true, 4, true, false});
  CHECK(spec::cycles_saved(spec, {1, true, 1, true, false}) == 2);
  spec::MacroSpec fixed = spec;
  fixed.precision = {};
  CHECK(spec::modes_of(fixed).size() == 1);
  CHECK(spec::cycles_saved(fixed, {1, true, 1, true, false}) == 0);
}

TEST_CASE("a result of one column fits in every mode, and not in a bit less") {
  for (const int rows : {1, 2, 3, 4, 5, 7, 8, 64}) {
    for (const int n : {1, 2, 3, 8, 16}) {
      for (const int b : {1, 2, 4, 8, 16}) {
        spec::MacroSpec spec = small(fmt::format("int{}", n).c_str(), "int1", 1);
        spec.rows = rows;
        spec.weight.bits = b;
        const std::int64_t x_most = (std::int64_t{1} << n) - 1, w_most = (std::int64_t{1} << b) - 1;
        const std::int64_t x_half = std::int64_t{1} << (n - 1), w_half = std::int64_t{1} << (b - 1);
        // The ends: all unsigned, one operand signed, both.
        const auto fits = [&](int bits) {
          const auto unsigned_most = static_cast<std::int64_t>((std::uint64_t{1} << bits) - 1);
          const std::int64_t half = std::int64_t{1} << (bits - 1);
          return rows * x_most * w_most <= unsigned_most && rows * x_half * w_most <= half &&
                 rows * x_most * w_half <= half && rows * x_half * w_half <= half - 1;
        };
        const int bits = spec::output_width(spec);
        INFO(rows << " rows, " << n << " x " << b << ": " << bits);
        CHECK(fits(bits));
        CHECK((bits == 1 || !fits(bits - 1)));
      }
    }
  }
}

TEST_CASE("weights and results of fused columns, by hand") {
  const spec::MacroSpec spec = small("int4", "int4", 4);
  // Columns of int4 hold codes 1, 15 (-1), 7 and 8 (-8), the lowest first: 0x87f1.
  const std::vector<std::int32_t> columns = {1, -1, 7, -8};
  CHECK(sim::fused_weight(spec, {4, true, 4, false, false}, columns) == 0x87f1);
  CHECK(sim::fused_weight(spec, {4, true, 4, true, false}, columns) == 0x87f1 - 0x10000);
  const auto pair = std::span(columns).subspan(0, 2);
  CHECK(sim::fused_weight(spec, {4, true, 2, true, false}, pair) == -15);
  CHECK(sim::fused_weight(spec, {4, true, 2, false, false}, pair) == 241);
  CHECK(sim::fused_weight(spec, {4, true, 1, false, false}, std::span(columns).subspan(3)) == 8);

  const int bits = spec::output_width(spec);
  std::vector<std::int64_t> codes(4);
  for (const std::int64_t result : {0L, -1L, 1234567L, -765432L}) {
    sim::split_result(spec, result, codes);
    CHECK(sim::joined_result(spec, {4, true, 4, true, false}, codes) == result);
  }
  sim::split_result(spec, -1, codes);
  CHECK(codes == std::vector<std::int64_t>(4, -1));
  sim::split_result(spec, std::int64_t{5} << bits, codes);
  CHECK(codes == std::vector<std::int64_t>{0, 5, 0, 0});
}

TEST_CASE("the golden model of a mode is that of a macro which has it alone") {
  std::mt19937 random(3);
  const spec::MacroSpec spec = small("int4", "int2", 4);
  const auto rows = static_cast<std::size_t>(spec.rows);
  const auto columns = static_cast<std::size_t>(spec.columns);
  for (const spec::Mode& mode : spec::modes_of(spec)) {
    INFO(spec::name_of(spec, mode));
    const auto group = static_cast<std::size_t>(mode.fused_columns);
    spec::MacroSpec fixed = spec;
    fixed.precision = {};
    fixed.columns = spec.columns / mode.fused_columns;
    fixed.input = spec::input_of(mode);
    fixed.weight = spec::weight_of(spec, mode);
    sim::GoldenMacro golden(spec);
    sim::GoldenMacro alone(fixed);
    std::vector<std::int32_t> input;
    for (std::size_t row = 0; row < rows; ++row) {
      // A weight by shifts and masks, its columns from the lowest bits up.
      std::vector<std::int32_t> whole, parts;
      for (std::size_t g = 0; g < columns / group; ++g) {
        whole.push_back(drawn(random, fixed.weight));
        for (std::size_t part = 0; part < group; ++part) {
          const int code = (whole.back() >> (2 * part)) & 3;
          parts.push_back(code >= 2 ? code - 4 : code);
        }
      }
      golden.write_row(0, static_cast<int>(row), parts);
      alone.write_row(0, static_cast<int>(row), whole);
      input.push_back(drawn(random, fixed.input));
    }
    std::vector<std::int64_t> codes(columns);
    golden.multiply(0, mode, input, codes);
    const std::vector<std::int64_t> expected = alone.multiply(0, input);
    for (std::size_t g = 0; g < expected.size(); ++g) {
      CHECK(sim::joined_result(spec, mode, std::span(codes).subspan(g * group, group)) ==
            expected[g]);
    }
  }
}

TEST_CASE("the golden model of a mode reads transposed and structured weights") {
  std::mt19937 random(4);
  const bool transposed = GENERATE(false, true);
  const Row row = transposed ? Row{4, 4, 1, "flop", "int3", "int2", 1, "dadda", 0, 0, "per_vector"}
                             : Row{6, 4,       1, "flop", "int3",  "int2",
                                   1, "dadda", 0, 0,      "never", "group = 3\nnonzero = 2"};
  const spec::MacroSpec spec = specification(row);
  const auto rows = static_cast<std::size_t>(spec.rows);
  const auto columns = static_cast<std::size_t>(spec.columns);
  for (spec::Mode mode : spec::modes_of(spec)) {
    mode.transposed = transposed;
    INFO(spec::name_of(spec, mode));
    // What is multiplied, row by row: the stored weights at the places that their indices name.
    std::vector<std::int64_t> dense(rows * columns, 0);
    sim::GoldenMacro golden(spec);
    const std::size_t stored = transposed ? rows : rows / 3 * 2;
    for (std::size_t p = 0; p < stored; ++p) {
      std::vector<std::int32_t> codes, indices;
      for (std::size_t c = 0; c < columns; ++c) {
        codes.push_back(drawn(random, spec.weight));
        indices.push_back(static_cast<std::int32_t>(random() % 4));  // 3 is past the group
        const std::int64_t value = mode.weight_signed ? codes[c] : codes[c] & 3;
        if (transposed) {
          dense[c * columns + p] += value;
        } else if (indices[c] < 3) {
          dense[(p / 2 * 3 + static_cast<std::size_t>(indices[c])) * columns + c] += value;
        }
      }
      if (transposed) {
        golden.write_row(0, static_cast<int>(p), codes);
      } else {
        golden.write_row(0, static_cast<int>(p), codes, {.indices = indices});
      }
    }
    std::vector<std::int32_t> input;
    for (std::size_t r = 0; r < rows; ++r) input.push_back(drawn(random, spec::input_of(mode)));
    std::vector<std::int64_t> codes(columns);
    golden.multiply(0, mode, input, codes);
    for (std::size_t c = 0; c < columns; ++c) {
      std::int64_t expected = 0;
      for (std::size_t r = 0; r < rows; ++r) expected += input[r] * dense[r * columns + c];
      CHECK(sim::joined_result(spec, mode, std::span(codes).subspan(c, 1)) == expected);
    }
  }
}

TEST_CASE("the plan of run-time precision") {
  const plan::MacroPlan plan =
      plan::plan(specification({64, 100, 1, "latch", "int8", "int4", 4, "dadda", 2, 0}));
  CHECK(plan.latency == 8 + 2 + 1 + 1);
  CHECK(plan.cycles_per_vector == 8);
  CHECK(plan.skid);
  CHECK(plan.lanes % 4 == 0);
  CHECK(plan.lanes * plan.full_slices + plan.last_lanes == 100);
  CHECK(plan.precision->widths.front() == plan.output_bits);
  CHECK(plan.top_column == 3);
  CHECK(plan.inverted_products_per_column() == 0);
  // Without fused columns nothing stands behind the accumulator.
  CHECK(plan::plan(small("int8", "int4", 1)).latency == 8 + 1);
}

TEST_CASE("the cells of run-time precision do integer arithmetic", "[tools]") {
  const base::TemporaryDirectory work("cimforge-precision-");
  for (const char* view : {"", "-DSYNTHESIS "}) {
    const test::ShellResult result =
        test::run_shell(work.path().string(),
                        fmt::format("iverilog -g2005 {}-o t.vvp -s cells_tb -y {} {} && vvp t.vvp",
                                    view, CIMFORGE_RTL_DIRECTORY, CIMFORGE_PRECISION_TESTBENCH));
    CHECK(result.status == 0);
    CHECK(result.output.substr(0, 2000) == "end\n");
  }
}

TEST_CASE("macros are right in every mode, in every tool", "[tools]") {
  const Row row = GENERATE(
      Row{5, 8, 1, "flop", "int3", "int2", 4, "dadda", 0, 0},
      Row{2, 3, 2, "latch", "uint2", "int4", 1, "wallace", 1, 1},  // a sign and a width alone
      Row{4, 4, 1, "latch", "int1", "uint1", 4, "ripple", 0, 0},   // no in_last_bit_i
      Row{9, 12, 3, "bitcell", "int5", "int4", 4, "area", 3, 4},
      Row{7, 6, 1, "flop", "uint6", "int8", 2, "loop", 2, 3},
      Row{6, 16, 1, "latch", "int4", "int1", 16, "speed", 1, 0},
      Row{1, 72, 1, "latch", "int2", "int2", 8, "balanced", 4, 0},  // two slices
      // Bits that are zero in every row are left out; rows of zeros are not clocked.
      Row{3, 3, 2, "latch", "uint5", "int2", 1, "dadda", 2, 0, "never", "zero_planes = \"skip\""},
      Row{70, 4, 1, "latch", "int3", "int4", 2, "area", 1, 0, "never",
          "zero_planes = \"skip\"\nzero_rows = \"gate\""},
      Row{5, 4, 1, "flop", "int4", "int1", 2, "loop", 0, 2, "never", "zero_rows = \"gate\""},
      Row{5, 5, 2, "latch", "int4", "int1", 1, "dadda", 1, 0, "per_vector",
          "zero_planes = \"skip\""},
      Row{6, 6, 1, "bitcell\"\nbitcell = \"8T_transposable", "int2", "int4", 1, "area", 0, 4,
          "per_vector"},
      Row{8, 5, 1, "flop", "int4", "int2", 1, "dadda", 1, 0, "never", "group = 4\nnonzero = 2"},
      Row{9, 5, 1, "latch", "uint3", "int2", 1, "loop", 0, 0, "never",
          "group = 3\nnonzero = 1\nzero_planes = \"skip\""});
  const spec::MacroSpec spec = specification(row);
  INFO(spec::to_toml(spec));
  const base::FileSet files = collateral::emit(spec);
  const base::TemporaryDirectory work("cimforge-precision-");
  const std::filesystem::path directory = work.path() / "rtl";
  base::write_directory_atomically(directory, files, collateral::manifest_name);
  CHECK(test::lint_complaint(spec, directory) == "");

  const tb::BenchResult result = bench(spec, files, {.vectors = 1200});
  INFO(tb::to_text(result));
  CHECK(result.passed());
  // The bench asserts it of each vector by its mode; here only that modes differed.
  CHECK(result.latency->second <= plan::plan(spec).latency);
  CHECK(result.latency->first > plan::plan(spec).latency - spec.input.bits);
  CHECK(result.interval->first == 1);
  CHECK(result.interval->second <= spec.input.bits);
  for (const std::string& missed : result.coverage.missed) {
    CHECK_THAT(missed, !Catch::StartsWith("mode"));
  }

  const test::Traffic traffic = test::make_traffic(spec, 2, 12, 9);
  const test::IcarusRun icarus = test::play_streams(spec, directory, traffic);
  CHECK(icarus.errors == "");
  CHECK(test::difference("Icarus", icarus.results, test::golden_results(spec, traffic),
                         static_cast<std::size_t>(spec.columns)) == "");
}

TEST_CASE("small macros are right for all inputs and weights in all modes", "[tools]") {
  const Row row = GENERATE(
      Row{2, 2, 1, "flop", "int2", "int2", 2, "dadda", 0, 0},
      Row{1, 4, 1, "flop", "int3", "uint1", 4, "dadda", 1, 0},
      Row{2, 2, 1, "flop", "int3", "int1", 2, "dadda", 1, 0, "never", "zero_planes = \"skip\""});
  const spec::MacroSpec spec = specification(row);
  const tb::BenchResult result =
      bench(spec, Emitted(spec), {.vectors = 100, .synthesis_view = true});
  INFO(tb::to_text(result));
  CHECK(result.passed());
  const std::uint64_t bits = static_cast<std::uint64_t>(spec.rows) *
                             static_cast<std::uint64_t>(spec.input.bits + spec.weight.bits);
  CHECK(result.vectors >= spec::modes_of(spec).size() << bits);
}

TEST_CASE("a fault in run-time precision is found", "[tools]") {
  const spec::MacroSpec spec = small();
  base::FileSet files = collateral::emit(spec);
  const auto plant = [&](const std::string& file, const std::string& right,
                         const std::string& wrong) {
    std::string& text = files.at("rtl/" + file);
    const std::size_t place = text.find(right);
    INFO(file << ": " << right);
    REQUIRE(place != std::string::npos);
    text.replace(place, right.size(), wrong);
  };
  SECTION("no sign of the inputs") {
    plant("cim_precision_sequencer.v", "sign[PIPELINE] & g_stage[PIPELINE].mode[0]",
          "sign[PIPELINE] & 1'b0");
  }
  SECTION("the sign of the weights in the first column") {
    plant("pv_slice.v", "negate_i[2], negate_i[0]", "negate_i[0], negate_i[2]");
  }
  SECTION("a width too great is taken for a narrow one") {
    plant("cim_precision_sequencer.v", "in_last_bit_i >= i", "in_last_bit_i == i");
  }
  SECTION("more columns than there are is taken for one") {
    plant("cim_precision_sequencer.v", "in_fuse_i >= i", "in_fuse_i == i");
  }
  SECTION("the mode of the next vector for the sum before it") {
    plant("cim_precision_sequencer.v", "fuse_o          = g_stage[STAGES]",
          "fuse_o          = g_stage[0]");
  }
  SECTION("the right half without its sign") {
    plant("cim_column_fusion.v", "& {LANES{input_signed_i}}", "& {LANES{1'b0}}");
  }
  SECTION("the result without its sign") {
    plant("cim_column_fusion.v", "{LANES{result_signed_i}}}}, sum}", "{LANES{1'b0}}}}, sum}");
  }
  SECTION("a negation without its one") {
    plant("cim_signed_accumulator.v", ".a_i({LANES{subtract_i}})", ".a_i({LANES{1'b0}})");
  }
  SECTION("a sum without its sign") {
    plant("cim_signed_accumulator.v", "(signed_i & ~top)", "({LANES{1'b0}} & ~top)");
  }
  const tb::BenchResult result = bench(spec, files, {.vectors = 500});
  INFO(tb::to_text(result));
  CHECK_FALSE(result.passed());  // most by wrong results, a width past the widest by a hang
}

TEST_CASE("a fault in the sequence of run-time precision is found", "[tools]") {
  const spec::MacroSpec spec = small();
  base::FileSet files = collateral::emit(spec);
  std::string& text = files.at("rtl/cim_precision_sequencer.v");
  SECTION("a bubble behind each vector") {
    const std::string right = "~busy_q | (step & last[0])";
    text.replace(text.find(right), right.size(), "~busy_q");
  }
  const tb::BenchResult result = bench(spec, files, {.vectors = 500});
  REQUIRE_FALSE(result.passed());
  CHECK(result.mismatches == 0);
  CHECK(result.findings.front().code == "interval");
}

TEST_CASE("the example in the shape of a published macro is read") {
  const spec::ParseResult result = spec::parse(
      base::read_file(std::string(CIMFORGE_EXAMPLES) + "/published/isscc2021_22nm.toml"), "x.toml");
  REQUIRE(result.spec);
  CHECK(spec::modes_of(*result.spec).size() == 8 * 3 * 4);
}

}  // namespace cimforge
