// N:M structured weights: each column keeps N weights of every M rows, each with the index of its
// row in the group.
#include "tb/structured.h"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "flows/network_run.h"
#include "flows/ppa.h"
#include "flows/prove.h"
#include "flows/verilated_model.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/plan/plan.h"
#include "generator/spec/parse.h"
#include "generator/spec/range.h"
#include "generator/spec/structure.h"
#include "sim/golden.h"
#include "tb/bench.h"
#include "tb/bus_engine.h"
#include "tb/random.h"
#include "tests/catch.h"
#include "tests/judge/emitted.h"
#include "tests/judge/judge.h"
#include "tests/lower/shell.h"

namespace cimforge {
namespace {

using test::Emitted;
using test::with_fault;

spec::ParseResult parse(int rows, int columns, int nonzero, int group,
                        const std::string& others = "") {
  return spec::parse(
      fmt::format("name = \"st\"\nkind = \"digital\"\n[sparsity]\nnonzero = {}\ngroup = {}\n"
                  "[array]\nrows = {}\ncolumns = {}\n{}",
                  nonzero, group, rows, columns,
                  others.empty() ? "[operands]\ninput = \"int4\"\nweight = \"int4\"\n" : others),
      "s.toml");
}

spec::MacroSpec structured(int rows, int columns, int nonzero, int group,
                           const std::string& others = "") {
  const spec::ParseResult result = parse(rows, columns, nonzero, group, others);
  for (const auto& each : result.diagnostics) UNSCOPED_INFO(each.message);
  REQUIRE(result.spec);
  return *result.spec;
}

std::string operands(const std::string& input, const std::string& weight,
                     const std::string& others = "") {
  return fmt::format("[operands]\ninput = \"{}\"\nweight = \"{}\"\n{}", input, weight, others);
}

/// Latency and interval are those of a macro that keeps every weight.
tb::BenchResult bench(const spec::MacroSpec& spec, const Emitted& rtl, std::uint64_t vectors,
                      bool synthesis_view = false) {
  const flows::VerilatedModel model(
      rtl.source, spec, {.jobs = 2, .optimised = false, .synthesis_view = synthesis_view});
  tb::BenchOptions options;
  options.vectors = vectors;
  options.seed = 5;
  const int steps = (spec.input.bits + spec.input_bits_per_cycle - 1) / spec.input_bits_per_cycle;
  options.expected_latency = steps + spec.pipeline_stages + 1;
  options.expected_interval = steps;
  return tb::run_bench(spec, model, options);
}

}  // namespace

TEST_CASE("stored rows and index bits of N:M structured weights") {
  const auto figures = [](int rows, int nonzero, int group) {
    spec::MacroSpec spec;
    spec.rows = rows;
    spec.sparsity.nonzero = nonzero;
    spec.sparsity.group = group;
    return std::pair(spec::stored_rows(spec), spec::index_bits(spec));
  };
  CHECK(figures(64, 1, 1) == std::pair(64, 0));
  CHECK(figures(64, 2, 4) == std::pair(32, 2));
  CHECK(figures(64, 1, 2) == std::pair(32, 1));
  CHECK(figures(15, 2, 3) == std::pair(10, 2));
  CHECK(figures(15, 4, 5) == std::pair(12, 3));
  CHECK(figures(32, 1, 16) == std::pair(2, 4));
}

TEST_CASE("the plan of structured weights has fewer rows of storage, and sums of fewer products") {
  const spec::MacroSpec spec = structured(64, 8, 2, 4);
  const plan::MacroPlan plan = plan::plan(spec);
  CHECK(plan.row_bits == 5);
  CHECK(plan.storage_bits() == 32 * 8 * (4 + 2));
  CHECK(plan.products_per_column() == 32 * 4);
  CHECK(plan.output_bits == 13);  // 32 * -8 * -8 = 2048
  CHECK(plan.steps == 4);
  CHECK(plan.latency == 5);
  // Blocks end where groups end.
  const plan::MacroPlan odd = plan::plan(
      structured(35, 2, 3, 5, operands("int4", "int4", "[compute]\nrows_per_block = 7\n")));
  int stored = 0;
  for (const plan::BlockUse& use : odd.block_uses) {
    CHECK(use.first_row % 3 == 0);
    stored += odd.blocks[static_cast<std::size_t>(use.block)].rows;
  }
  CHECK(stored == 21);
  CHECK(odd.blocks.front().rows == 6);
  CHECK(odd.blocks.back().rows == 3);
  // As many bits in the heap as a macro of the stored rows has.
  spec::MacroSpec dense = spec;
  dense.rows = spec::stored_rows(spec);
  dense.sparsity = {};
  CHECK(plan.full_adder_bound() == plan::plan(dense).full_adder_bound());
  CHECK(plan.heap_bits_per_column() == plan::plan(dense).heap_bits_per_column());
}

TEST_CASE("the golden model of structured weights, by hand") {
  const spec::MacroSpec spec = structured(6, 2, 2, 3, operands("int4", "int4"));
  sim::GoldenMacro golden(spec);
  const std::vector<std::vector<std::int32_t>> weights = {{2, -3}, {5, 7}, {-8, 1}, {4, 6}};
  // Equal ones both count; 3 is past the group and selects nothing.
  const std::vector<std::vector<std::int32_t>> indices = {{0, 2}, {2, 2}, {1, 3}, {1, 0}};
  for (std::size_t row = 0; row < 4; ++row) {
    golden.write_row(0, static_cast<int>(row), weights[row], {.indices = indices[row]});
  }
  const std::vector<std::int32_t> x = {1, -2, 3, -4, 5, -6};
  // 1 * 2 + 3 * 5 + 5 * -8 + 5 * 4, and 3 * -3 + 3 * 7 + 0 + -4 * 6
  CHECK(golden.multiply(0, x) == std::vector<std::int64_t>{-3, -12});
  CHECK(spec::sum_range(spec).max == 4 * 64);
}

TEST_CASE("a packed matrix gives the sums of the dense one") {
  tb::Random random(3);
  for (const auto& [nonzero, group] : {std::pair(2, 4), std::pair(1, 3), std::pair(4, 5)}) {
    const spec::MacroSpec spec = structured(60, 5, nonzero, group);
    spec::MacroSpec dense = spec;
    dense.sparsity = {};
    std::vector<std::int32_t> weights(60 * 5, 0);
    for (std::size_t column = 0; column < 5; ++column) {
      for (int first = 0; first < 60; first += group) {
        for (int i = 0; i < nonzero; ++i) {
          const auto row = static_cast<std::size_t>(first + random.index(group));
          weights[row * 5 + column] = random.between(-8, 7);
        }
      }
    }
    REQUIRE_FALSE(tb::overfull_group(spec, 5, weights));
    sim::GoldenMacro packed(spec);
    sim::GoldenMacro plain(dense);
    tb::write_stored(packed, 0, tb::stored_weights(spec, weights));
    tb::write_stored(plain, 0, tb::stored_weights(dense, weights));
    std::vector<std::int32_t> x(60);
    for (std::int32_t& value : x) value = random.between(-8, 7);
    CHECK(packed.multiply(0, x) == plain.multiply(0, x));
  }
}

TEST_CASE("a matrix with more weights in a group than are kept is told with its place") {
  const spec::MacroSpec spec = structured(8, 2, 2, 4);
  std::vector<std::int32_t> weights(16, 0);
  for (const std::size_t row : {4U, 5U, 7U}) weights[row * 2 + 1] = 1;
  const auto overfull = tb::overfull_group(spec, 2, weights);
  REQUIRE(overfull);
  CHECK(tb::to_text(*overfull, spec) ==
        "column 1, rows 4 to 7 have 3 nonzero weights, and the macro keeps 2");

  flows::Network network;
  network.name = "n";
  network.images = 1;
  network.codes = std::vector<std::int32_t>(8, 1);
  flows::Layer layer;
  layer.name = "l";
  layer.inputs = 8;
  layer.outputs = 2;
  layer.weights = weights;
  network.layers.push_back(layer);
  using Catch::Matchers::Contains;
  CHECK_THROWS_WITH(
      flows::require_network_fits(network, spec),
      Contains("layer \"l\", column 1, rows 4 to 7 have 3 nonzero weights, and the macro keeps 2"));
  network.layers.front().weights[5 * 2 + 1] = 0;
  CHECK_NOTHROW(flows::require_network_fits(network, spec));
}

TEST_CASE("bad structures of weights are told with what would work") {
  using Catch::Matchers::Contains;
  const auto complaints = [](int rows, int nonzero, int group, const std::string& others = "") {
    const spec::ParseResult result = parse(rows, 2, nonzero, group, others);
    REQUIRE_FALSE(result.spec);
    CHECK(result.diagnostics.size() == 1);
    return base::to_string(result.diagnostics);
  };
  CHECK_THAT(complaints(64, 2, 5),
             Contains("s.toml:5:9: error: group must be a divisor of the 64 rows of the array, "
                      "as 4 or 8 (or rows 60 or 65), got 5 [group-out-of-range]"));
  CHECK_THAT(complaints(3, 1, 4), Contains("group must be a divisor of the 3 rows of the array, as "
                                           "3 (or rows 4), got 4"));
  CHECK_THAT(complaints(64, 4, 4), Contains("nonzero must be between 1 and 3 (group is 4"));
  CHECK_THAT(complaints(64, 2, 2), Contains("nonzero must be 1 (group is 2"));
  CHECK_THAT(complaints(64, 2, 1), Contains("nonzero must be 1 where group is 1"));
}

TEST_CASE("the leaf cells of structured weights, in every lane", "[tools]") {
  const base::TemporaryDirectory work("cimforge-cells-");
  const test::ShellResult run =
      test::run_shell(work.path().string(),
                      fmt::format("iverilog -Wall -s cells_tb -o cells {0} {1}/cim_index_select.v "
                                  "{1}/cim_lane_product.v && vvp cells",
                                  CIMFORGE_CELLS_TESTBENCH, CIMFORGE_RTL));
  CHECK(run.output == "errors 0 of 8 groups\n");
}

TEST_CASE(
    "macros of structured weights do what the golden model says, and tools have nothing to say",
    "[tools]") {
  const std::vector<spec::MacroSpec> matrix = {
      structured(8, 3, 2, 4),
      structured(16, 66, 1, 4, operands("uint4", "int3")),
      // Small enough for every input, weight and index: two slots of three rows.
      structured(3, 2, 2, 3, operands("uint1", "int2")),
      structured(2, 3, 1, 2, operands("int2", "int2", "[compute]\ninput_bits_per_cycle = 2\n")),
      structured(20, 5, 3, 5,
                 operands("int5", "int4",
                          "[compute]\ninput_bits_per_cycle = 2\nadder_tree = \"area\"\n"
                          "pipeline_stages = 2\nrows_per_block = 6\n")),
      structured(12, 3, 2, 6,
                 operands("int4", "uint4",
                          "[compute]\nadder_tree = \"loop\"\npipeline_stages = 1\n"
                          "[output]\nmode = \"saturate\"\nbits = 6\n")),
      structured(16, 3, 1, 8,
                 "banks = 3\nstorage = \"flop\"\n" +
                     operands("int3", "int4", "[output]\nmode = \"truncate\"\nbits = 5\n")),
      structured(12, 4, 3, 4,
                 "banks = 2\nstorage = \"bitcell\"\n" +
                     operands("int4", "int4", "[compute]\nadder_tree = \"ripple\"\n")),
  };
  for (const spec::MacroSpec& spec : matrix) {
    INFO(spec::to_toml(spec));
    const Emitted rtl(spec);
    CHECK(test::lint_complaint(spec, rtl.path()) == "");
    const tb::BenchResult result = bench(spec, rtl, 300);
    INFO(tb::to_text(result));
    CHECK(result.passed());
    const test::Traffic traffic = test::make_traffic(spec, 2, 8, 3);
    const test::IcarusRun run = test::play_streams(spec, rtl.path(), traffic);
    CHECK(run.errors == "");
    CHECK(run.results == test::golden_results(spec, traffic));
  }
}

TEST_CASE("a dense matrix that fits is loaded and multiplied through the bus", "[tools]") {
  const spec::MacroSpec spec = structured(8, 2, 2, 4);
  const Emitted rtl(spec);
  const flows::VerilatedModel model(rtl.source, spec, {.jobs = 2, .optimised = false});
  tb::BusEngine engine(spec, model.make(""));
  const std::vector<std::int32_t> weights = {0, 3, -8, 0, 0, -1, 7, 0, 1, 0, 0, 0, 0, 2, 0, 5};
  engine.load_weights(0, weights);
  const std::vector<std::int32_t> x = {1, 2, 3, 4, -5, -6, -7, -8};
  std::vector<std::int64_t> y(2);
  engine.multiply(0, x, y);
  CHECK(y == std::vector<std::int64_t>{-16 + 28 - 5, 3 - 3 - 14 - 40});
  CHECK(engine.cycles() >= 4);
  // RTL of another structure is refused.
  spec::MacroSpec dense = spec;
  dense.sparsity = {};
  CHECK_THROWS_AS(flows::VerilatedModel(rtl.source, dense, {.jobs = 2}).make(""), base::InputError);
}

TEST_CASE("the mapped netlist of structured weights does what its RTL does", "[tools]") {
  const spec::MacroSpec spec = structured(6, 3, 2, 3, "banks = 2\n" + operands("int3", "int3"));
  const Emitted rtl(spec);
  base::TemporaryDirectory gates("cimforge-structured-gates-");
  const flows::RtlSource source = flows::mapped_rtl(spec, rtl.path(), {}, gates.path());
  const flows::VerilatedModel model(source, spec, {.jobs = 2, .optimised = false});
  tb::BenchOptions options;
  options.vectors = 300;
  const tb::BenchResult result = tb::run_bench(spec, model, options);
  INFO(tb::to_text(result));
  CHECK(result.passed());
}

TEST_CASE("each fault planted in a macro of structured weights is found by the bench", "[tools]") {
  const spec::MacroSpec spec = structured(
      6, 3, 2, 3, "banks = 2\n" + operands("int3", "int4", "[compute]\nrows_per_block = 2\n"));
  struct Fault {
    const char* file;
    const char* right;
    const char* wrong;
    bool synthesis_view;
  };
  const std::vector<Fault> faults = {
      {"cim_index_select.v", "{(PLACES - GROUP){1'b0}}", "{(PLACES - GROUP){1'b1}}", true},
      {"cim_index_select.v", "places[index]", "places[~index]", true},
      {"cim_lane_product.v", "= weight_i & input_i", "= weight_i | input_i", true},
      {"cim_weight_latch.v", "weight_q[bank_i]", "weight_q[0]", false},
      {"st_block2.v", "digit_i[0 +: 3]", "{digit_i[0], digit_i[2:1]}", true},
      {"st_block2.v", "weight[4 * LANES +: 2 * LANES]", "weight[10 * LANES +: 2 * LANES]", true},
      {"st_block2.v", "i0_r1 & {LANES{digit_i[0]}}", "i1_r1 & {LANES{digit_i[0]}}", false},
      {"st_block2.v", "& ~weight[5 * LANES +: LANES]", "& weight[5 * LANES +: LANES]", false},
      {"st_slice.v", ".digit_i     (digit_i[3 +: 3])", ".digit_i     (digit_i[2 +: 3])", false},
      {"st_slice.v", ".codes_i (weight_index_i)", ".codes_i (~weight_index_i)", false},
      {"st.v", "(weight_index_i[", "(~weight_index_i[", false},
      {"st.v", ".ROWS     (4)", ".ROWS     (3)", false},
  };
  for (const bool synthesis_view : {false, true}) {
    REQUIRE(bench(spec, Emitted(spec), 200, synthesis_view).passed());
  }
  for (const Fault& fault : faults) {
    const Emitted rtl = with_fault(spec, fault.file, fault.right, fault.wrong);
    INFO(fault.file << ": " << fault.right << " -> " << fault.wrong);
    bool passed = false;
    try {
      passed = bench(spec, rtl, 200, fault.synthesis_view).passed();
    } catch (const base::CommandError&) {
      // A tool refuses it.
    }
    CHECK_FALSE(passed);
  }
}

TEST_CASE("the arithmetic of structured weights is proved for every index, and faults are refuted",
          "[tools]") {
  const auto prove = [](const spec::MacroSpec& spec, const Emitted& rtl) {
    return flows::prove(rtl.source, spec, {}).proved;
  };
  for (const spec::MacroSpec& spec : {
           structured(6, 3, 2, 3,
                      "banks = 2\n" + operands("int3", "int4", "[compute]\nrows_per_block = 2\n")),
           structured(20, 2, 3, 5,
                      operands("int4", "uint3",
                               "[compute]\nadder_tree = \"area\"\npipeline_stages = 1\n"
                               "input_bits_per_cycle = 4\n")),
           structured(16, 2, 1, 16, "storage = \"bitcell\"\n" + operands("uint2", "int2")),
       }) {
    INFO(spec::to_toml(spec));
    CHECK(prove(spec, Emitted(spec)));
  }
  const spec::MacroSpec spec = structured(
      6, 3, 2, 3, "banks = 2\n" + operands("int3", "int4", "[compute]\nrows_per_block = 2\n"));
  struct Fault {
    const char* file;
    const char* right;
    const char* wrong;
  };
  for (const Fault& fault : std::vector<Fault>{
           {"cim_index_select.v", "{(PLACES - GROUP){1'b0}}", "{(PLACES - GROUP){1'b1}}"},
           {"cim_index_select.v", "places[index]", "places[~index]"},
           {"cim_lane_product.v", "= weight_i & input_i", "= weight_i | input_i"},
           {"st_block2.v", "digit_i[0 +: 3]", "{digit_i[0], digit_i[2:1]}"},
           {"st_block2.v", "weight[4 * LANES +: 2 * LANES]", "weight[10 * LANES +: 2 * LANES]"},
           {"st_block2.v", ".weight_i(w0_r0)", ".weight_i(weight[4 * LANES +: LANES])"},
           {"st_slice.v", ".digit_i     (digit_i[3 +: 3])", ".digit_i     (digit_i[2 +: 3])"},
           {"st_slice.v", ".codes_i (weight_index_i)", ".codes_i (~weight_index_i)"},
           {"st.v", "(weight_index_i[", "(~weight_index_i["},
       }) {
    INFO(fault.file << ": " << fault.right << " -> " << fault.wrong);
    CHECK_FALSE(prove(spec, with_fault(spec, fault.file, fault.right, fault.wrong)));
  }
}

}  // namespace cimforge
