// Near-memory macros: a memory that gives one row of weights a cycle, a multiply-accumulate unit
// for every column.
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "flows/ppa.h"
#include "flows/verilated_model.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/plan/plan.h"
#include "generator/spec/parse.h"
#include "generator/spec/parts.h"
#include "tb/bench.h"
#include "tests/catch.h"
#include "tests/judge/emitted.h"
#include "tests/judge/judge.h"
#include "tests/near_memory/specification.h"

namespace cimforge {
namespace {

using test::Emitted;
using test::near_memory;
using test::near_memory_matrix;
using test::output;

tb::BenchResult bench(const spec::MacroSpec& spec, const Emitted& rtl, std::uint64_t vectors) {
  const flows::VerilatedModel model(rtl.source, spec, {.jobs = 2, .optimised = false});
  tb::BenchOptions options;
  options.vectors = vectors;
  options.seed = 11;
  // A row a cycle; then the memory reads, the units add, the output register takes the sums.
  options.expected_latency = spec.rows + 3;
  options.expected_interval = spec.rows;
  options.expect_concurrent_update = true;
  return tb::run_bench(spec, model, options);
}

}  // namespace

TEST_CASE("the plan of a near-memory macro is a row a cycle and accumulators that hold every sum") {
  const plan::MacroPlan plan = plan::plan(near_memory(11, 6, "uint7", "int2", 3));
  REQUIRE(plan.near_memory);
  CHECK(plan.near_memory->words == 33);
  CHECK(plan.near_memory->address_bits == 6);
  CHECK(plan.near_memory->word_bits == 12);
  CHECK(plan.acc_bits == 13);  // 11 * 127 * -2 = -2794
  CHECK(plan.cycles_per_vector == 11);
  CHECK(plan.latency == 14);
  CHECK_FALSE(plan.skid);
  CHECK(plan.storage_bits() == 3 * 11 * 6 * 2);
  CHECK(plan::plan(near_memory(1, 1, "int1", "int1")).near_memory->address_bits == 1);
  CHECK(plan::plan(near_memory(1, 1, "int1", "int1")).skid);
  // What is cut off is not made.
  CHECK(plan::plan(near_memory(10, 3, "int4", "int4", 1, output("truncate", 5, 1))).acc_bits == 6);
}

TEST_CASE("near-memory macros do what the golden model says, and tools have nothing to say",
          "[tools]") {
  for (const spec::MacroSpec& spec : near_memory_matrix()) {
    INFO(spec::to_toml(spec));
    const Emitted rtl(spec);
    CHECK(test::lint_complaint(spec, rtl.path()) == "");
    const tb::BenchResult result = bench(spec, rtl, 300);
    INFO(tb::to_text(result));
    CHECK(result.passed());
    CHECK(result.vectors >= 300);
    CHECK(result.latency == std::pair(spec.rows + 3, spec.rows + 3));
    CHECK(result.interval);
    // The description for synthesis tools, a unit for each column, in another simulator.
    const test::Traffic traffic = test::make_traffic(spec, 2, 8, 3);
    const test::IcarusRun run = test::play_streams(spec, rtl.path(), traffic);
    CHECK(run.errors == "");
    CHECK(run.results == test::golden_results(spec, traffic));
  }
}

TEST_CASE("the mapped netlist of a near-memory macro does what its RTL does", "[tools]") {
  const spec::MacroSpec spec = near_memory(5, 3, "int3", "int4", 2, output("saturate", 6));
  const Emitted rtl(spec);
  base::TemporaryDirectory gates("cimforge-near-gates-");
  const flows::RtlSource source = flows::mapped_rtl(spec, rtl.path(), {}, gates.path());
  const flows::VerilatedModel model(source, spec, {.jobs = 2, .optimised = false});
  tb::BenchOptions options;
  options.vectors = 300;
  options.expected_latency = spec.rows + 3;
  const tb::BenchResult result = tb::run_bench(spec, model, options);
  INFO(tb::to_text(result));
  CHECK(result.passed());
}

TEST_CASE("each fault planted in a near-memory macro is found", "[tools]") {
  struct Fault {
    const char* file;
    const char* right;
    const char* wrong;
  };
  const std::vector<Fault> faults = {
      {"cim_near_port.v", "bank} * ROWS", "bank} * (ROWS - 1)"},
      {"cim_near_port.v", "if (take_i)      read_q", "if (take_i & ~step_i) read_q"},
      {"cim_near_port.v", "read_q + ONE", "read_q"},
      {"cim_near_port.v", "address(weight_bank_i, weight_row_i)", "address(0, weight_row_i)"},
      {"cim_near_input.v", "row_q  <= row_q + ONE", "row_q  <= row_q"},
      {"cim_near_input.v", "row_q   <= {ROW_BITS{1'b0}}", "row_q   <= ONE"},
      {"cim_near_input.v", "if (step_i) begin", "if (1'b1) begin"},
      {"cim_near_mac.v", "(first_i ?", "(1'b0 ?"},
      {"cim_near_mac.v", "if (accumulate_i)", "if (1'b1)"},
      {"cim_near_mac.v", "x * w;", "x + w;"},
      {"cim_near_mac.v", "{signed_product[PRODUCT_BITS-1]}", "{1'b0}"},
      {"cim_near_mac.v", "wide >>> OUTPUT_SHIFT", "wide >>> (OUTPUT_SHIFT + 1)"},
      {"cim_near_mac.v", "negative = (ACC_SIGNED != 0) & acc", "negative = 1'b0 & acc"},
      {"cim_near_mac.v", "? OUTPUT_BITS - 1 : OUTPUT_BITS)", "? OUTPUT_BITS : OUTPUT_BITS)"},
      {"cim_near_mac.v", "SATURATE != 0 && over", "SATURATE == 0 && over"},
      {"cim_near_mac.v", "{OUTPUT_BITS{~negative}}", "{OUTPUT_BITS{negative}}"},
      {"cim_near_mac.v", "result[OUTPUT_BITS-1] = negative", "result[OUTPUT_BITS-1] = ~negative"},
      {"cim_near_memory.v", "if (read_i)", "if (1'b1)"},
      {"cim_near_memory.v", "if (write_i)", "if (1'b1)"},
      {"cim_weight_port.v", "~busy_i | hold_q", "1'b1 | hold_q"},
      {"nm.v", ".hold_i        (hold)", ".hold_i        (1'b0)"},
      {"nm.v", ".NEGATE_STAGE(1)", ".NEGATE_STAGE(0)"},
      {"nm.v", ".PIPELINE    (2)", ".PIPELINE    (1)"},
      {"nm.v", "(rank_enable[0])", "(rank_enable[1])"},
      {"nm.v", "(rank_enable[1])", "(rank_enable[0])"},
  };
  // A narrow output, so that sums are clamped at both ends.
  const spec::MacroSpec spec = near_memory(6, 3, "int3", "int4", 3, output("saturate", 6));
  REQUIRE(bench(spec, Emitted(spec), 200).passed());
  const base::FileSet files = collateral::emit(spec);
  for (const Fault& fault : faults) {
    const std::string path = fmt::format("rtl/{}", fault.file);
    std::string text = files.at(path);
    const std::size_t at = text.find(fault.right);
    INFO(fault.file << ": " << fault.right << " -> " << fault.wrong);
    CHECK(at != std::string::npos);
    if (at == std::string::npos) continue;
    text.replace(at, std::string(fault.right).size(), fault.wrong);
    CHECK_FALSE(bench(spec, Emitted(spec, {{path, text}}), 200).passed());
  }
}

TEST_CASE("the black box of a memory has the ports of its model and the figures that are told") {
  const spec::MacroSpec spec =
      near_memory(4, 3, "int4", "int4", 2, "[memory]\narea_um2 = 250.0\nsetup_ns = 0.5\n");
  const base::FileSet files = collateral::emit(spec);
  const std::string liberty = files.at("array/nm_memory.lib");
  using Catch::Matchers::Contains;
  CHECK_THAT(liberty, Contains("cell (nm_memory) {\n    area : 250;"));
  CHECK_THAT(liberty, Contains("rise_constraint (scalar) { values (\"0.5\")"));
  CHECK_THAT(liberty, Contains("cell_rise (scalar) { values (\"2\")"));  // a fifth of the period
  for (const char* port : {"clk_i", "write_i", "write_address_i", "write_data_i", "read_i",
                           "read_address_i", "read_data_o"}) {
    CHECK_THAT(liberty, Contains(fmt::format("({})", port)));
    CHECK_THAT(files.at("rtl/nm_memory_stub.v"), Contains(port));
    CHECK_THAT(files.at("rtl/nm_memory.v"), Contains(port));
    CHECK_THAT(files.at("array/nm_memory.lef"), Contains(fmt::format("PIN {}", port)));
  }
  CHECK_THAT(files.at("synth.f"), Contains("nm_memory_stub.v") && !Contains("cim_near_memory.v"));
  CHECK_THAT(files.at("constraints/nm.sdc"), !Contains("latch"));
}

TEST_CASE("what a near-memory macro does not have is told with its place") {
  const auto complaints = [](const std::string& others) {
    const spec::ParseResult result = spec::parse(
        "name = \"nm\"\nkind = \"near_memory\"\n[array]\nrows = 4\ncolumns = 4\n[operands]\n"
        "input = \"int4\"\nweight = \"int4\"\n" +
            others,
        "s.toml");
    REQUIRE_FALSE(result.spec);
    return base::to_string(result.diagnostics);
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(complaints("[compute]\ninput_bits_per_cycle = 2\n"),
             Contains("s.toml:10:24:") && Contains("[key-of-another-kind]"));
  CHECK_THAT(complaints("[analog]\nadc_bits = 4\n"), Contains("[key-of-another-kind]"));
  CHECK_THAT(complaints("[memory]\nsetup_ns = 10.0\n"),
             Contains("s.toml:10:12:") && Contains("less than clock_period_ns"));
}

}  // namespace cimforge
