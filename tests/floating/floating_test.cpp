// Floating macros from their text to results: every tool reads them, the bench holds them to the
// golden model and to the planned cycles, Icarus gives the same results, and planted faults are
// found.
#include "generator/spec/floating.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "flows/verilated_model.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/collateral/signature.h"
#include "generator/lower/lower.h"
#include "generator/plan/plan.h"
#include "generator/spec/parse.h"
#include "generator/spec/parts.h"
#include "tb/bench.h"
#include "tb/bus_engine.h"
#include "tests/catch.h"
#include "tests/icarus/streams.h"
#include "tests/judge/emitted.h"
#include "tests/judge/judge.h"

namespace cimforge {
namespace {

using test::Emitted;

spec::ParseResult read(int rows, int columns, const std::string& input, const std::string& weight,
                       const std::string& others = "", const std::string& array = "") {
  return spec::parse(
      fmt::format("name = \"fl\"\nkind = \"floating\"\n[array]\nrows = {}\ncolumns = {}\n{}\n"
                  "[operands]\ninput = \"{}\"\nweight = \"{}\"\n{}",
                  rows, columns, array, input, weight, others),
      "spec.toml");
}

spec::MacroSpec macro(int rows, int columns, const std::string& input, const std::string& weight,
                      const std::string& others = "", const std::string& array = "") {
  const spec::ParseResult result = read(rows, columns, input, weight, others, array);
  for (const auto& each : result.diagnostics) UNSCOPED_INFO(each.message);
  REQUIRE(result.spec);
  return *result.spec;
}

/// Each format, target, rounding, result, storage and the ends of sizes once, in few columns.
std::vector<spec::MacroSpec> small_macros() {
  return {
      macro(1, 1, "fp4_e2m1", "fp4_e2m1"),
      macro(7, 5, "fp8_e5m2", "fp8_e5m2",
            "[floating]\nrounding = \"sticky\"\n[compute]\nadder_tree = \"area\""),
      macro(12, 3, "bf16", "bf16",
            "[compute]\ninput_bits_per_cycle = 12\n[floating]\nblock_rows = 4\ninteger_bits = 8",
            "banks = 3"),
      macro(10, 4, "mxint8", "mxint8", "[floating]\nblock_rows = 5\nrounding = \"truncate\""),
      macro(3, 2, "uint4", "fp16",
            "[compute]\ninput_bits_per_cycle = 4\npipeline_stages = 4\n[floating]\n"
            "align_weights_at = \"offline\""),
      macro(8, 3, "bf16", "mxfp6_e3m2",
            "[floating]\nblock_rows = 2\nalign_inputs_to = \"vector\"\n[output]\nformat = "
            "\"integer\"",
            "storage = \"flop\""),
      macro(4, 3, "fp8_e4m3", "fp8_e4m3",
            "[floating]\nalign_weights_at = \"offline\"\ninteger_bits = 5", "banks = 2"),
      macro(8, 3, "fp8_e4m3", "fp4_e2m1",
            "[floating]\nalign_inputs_to = \"format\"\ninput_guard_bits = 5\n[compute]\n"
            "recoding = \"booth\"\ninput_bits_per_cycle = 3\n[output]\nformat = \"bf16\""),
      macro(6, 3, "int6", "fp8_e5m2",
            "[floating]\nalign_weights_at = \"read\"\nblock_rows = 3\ninteger_bits = 5\n"
            "rounding = \"truncate\"",
            "banks = 3"),
      macro(4, 5, "mxfp8_e4m3", "mxfp6_e2m3",
            "[compute]\ninput_bits_per_cycle = 5\n[floating]\nalign_weights_at = \"read\"\n"
            "align_inputs_to = \"product\"\nblock_rows = 2\ninteger_bits = 4",
            "storage = \"flop\""),
      // Integers of one bit have nothing behind their sign.
      macro(6, 3, "fp8_e4m3", "int1"),
      macro(3, 2, "int1", "bf16"),
  };
}

std::vector<spec::MacroSpec> wide_macros() {
  return {
      macro(64, 64, "fp8_e4m3", "fp8_e4m3"),
      macro(13, 70, "fp16", "fp16", "[compute]\ninput_bits_per_cycle = 4\npipeline_stages = 2"),
      macro(9, 4, "fp6_e3m2", "fp6_e2m3", "[floating]\ninteger_bits = 4", "banks = 2"),
      macro(64, 8, "mxfp8_e4m3", "mxfp8_e5m2", "[compute]\ninput_bits_per_cycle = 2"),
      macro(96, 4, "mxfp4_e2m1", "mxfp4_e2m1", "[floating]\ninteger_bits = 4"),
      macro(6, 2, "bfp5", "int3", "[floating]\nblock_rows = 2"),
      macro(5, 9, "int8", "fp8_e5m2", "[output]\nformat = \"integer\""),
      macro(129, 3, "fp8_e5m2", "bfp16", "[floating]\nblock_rows = 43\nsum_guard_bits = 8"),
      macro(100, 129, "mxfp6_e2m3", "fp8_e4m3", "[floating]\nblock_rows = 25", "banks = 5"),
      macro(1, 1, "fp4_e2m1", "fp4_e2m1",
            "[floating]\nalign_weights_at = \"read\"\nalign_inputs_to = \"product\""),
      macro(6, 5, "fp16", "bf16",
            "[floating]\nalign_weights_at = \"read\"\nalign_inputs_to = \"product\"\n"
            "block_rows = 3\nrounding = \"sticky\"\nweight_guard_bits = 5",
            "banks = 3"),
      macro(9, 70, "bf16", "bf16",
            "[compute]\ninput_bits_per_cycle = 4\nrecoding = \"booth\"\n[floating]\n"
            "align_weights_at = \"read\"\nalign_inputs_to = \"vector\"\nblock_rows = 3\n"
            "[output]\nformat = \"bf16\"",
            "banks = 2"),
      macro(130, 3, "fp6_e3m2", "fp8_e4m3",
            "[compute]\nadder_tree = \"loop\"\n[floating]\nalign_weights_at = \"read\"\n"
            "align_inputs_to = \"product\""),
      macro(12, 2, "mxint8", "mxfp8_e5m2",
            "[compute]\npipeline_stages = 2\ninput_bits_per_cycle = 8\n[floating]\n"
            "align_weights_at = \"read\"\nblock_rows = 6\n[output]\nformat = \"integer\""),
      macro(64, 64, "fp8_e4m3", "fp8_e4m3",
            "[floating]\nalign_weights_at = \"read\"\nalign_inputs_to = \"product\""),
  };
}

tb::BenchResult bench(const spec::MacroSpec& spec, const tb::DutFactory& model,
                      std::uint64_t vectors) {
  const plan::MacroPlan plan = plan::plan(spec);
  tb::BenchOptions options;
  options.vectors = vectors;
  options.seed = 3;
  options.expected_latency = plan.latency;
  options.expected_interval = plan.cycles_per_vector;
  options.expect_concurrent_update = true;
  return tb::run_bench(spec, model, options);
}

void judge(const spec::MacroSpec& spec, std::uint64_t vectors) {
  INFO(spec::to_toml(spec));
  const Emitted rtl(spec);
  CHECK(test::lint_complaint(spec, rtl.path()).empty());
  const flows::VerilatedModel model({rtl.path(), spec.name}, spec,
                                    {.trace = false, .jobs = 1, .optimised = false});
  const tb::BenchResult result = bench(spec, model, vectors);
  INFO(tb::to_text(result));
  CHECK(result.passed());
  CHECK(result.vectors >= vectors);
  // Icarus takes minutes for a vector of the widest.
  const bool wide = std::int64_t{1} * spec.rows * spec.columns * spec.banks > 1 << 12;
  const test::Traffic traffic = test::make_traffic(spec, wide ? 1 : 2, wide ? 2 : 6, 5);
  const auto expected = test::golden_results(spec, traffic);
  const test::IcarusRun run = test::play_streams(spec, rtl.path(), traffic);
  CHECK(run.errors.empty());
  CHECK(test::difference("Icarus", run.results, expected, static_cast<std::size_t>(spec.columns))
            .empty());
}

/// The first complaint's code, or "none".
std::string mistake(const spec::ParseResult& result) {
  return result.diagnostics.empty() ? "none" : result.diagnostics.front().code;
}

}  // namespace

TEST_CASE("small macros of every format agree with the golden model in every tool") {
  for (const spec::MacroSpec& spec : small_macros()) judge(spec, 600);
}

TEST_CASE("wide macros of every format agree with the golden model", "[nightly]") {
  for (const spec::MacroSpec& spec : wide_macros()) judge(spec, 2000);
}

TEST_CASE("the examples agree with the golden model over ten thousand vectors", "[nightly]") {
  const std::filesystem::path examples = std::filesystem::path(CIMFORGE_EXAMPLES) / "floating";
  for (const auto& entry : std::filesystem::directory_iterator(examples)) {
    if (entry.path().extension() == ".toml") judge(spec::load(entry.path()), 10000);
  }
}

TEST_CASE("formats, blocks and guard bits that do not go together have a reason") {
  CHECK(mistake(read(8, 4, "int8", "int8")) == "input-out-of-range");
  CHECK(mistake(read(8, 4, "fp9", "int8")) == "input-unknown-value");
  CHECK(mistake(read(8, 4, "fp16", "fp16", "[floating]\nblock_rows = 3")) ==
        "block-rows-out-of-range");
  CHECK(mistake(read(8, 4, "fp4_e2m1", "fp16", "[floating]\ninput_guard_bits = 3")) ==
        "input-guard-bits-out-of-range");
  CHECK(mistake(read(8, 4, "fp16", "fp16", "[floating]\nweight_guard_bits = 5")) ==
        "weight-guard-bits-out-of-range");
  CHECK(mistake(read(8, 4, "mxint8", "fp16", "[floating]\nalign_inputs_to = \"block\"")) ==
        "align-inputs-to-out-of-range");
  CHECK(mistake(read(8, 4, "fp16", "mxfp8_e4m3", "[floating]\nalign_weights_to = \"block\"")) ==
        "align-weights-to-out-of-range");
  CHECK(mistake(read(8, 4, "fp16", "mxint8", "[floating]\nalign_weights_at = \"offline\"")) ==
        "align-weights-at-out-of-range");
  CHECK(mistake(read(8, 4, "fp16", "int8", "[floating]\nalign_weights_at = \"read\"")) ==
        "align-weights-at-out-of-range");
  CHECK(mistake(read(8, 4, "fp16", "fp16", "[floating]\nalign_weights_at = \"read\"",
                     "storage = \"bitcell\"\nbitcell_um2 = 1.0")) ==
        "align-weights-at-out-of-range");
  CHECK(mistake(read(8, 4, "fp16", "fp16",
                     "[floating]\nalign_weights_at = \"read\"\nalign_weights_to = \"format\"")) ==
        "align-weights-to-out-of-range");
  CHECK(mistake(read(8, 4, "fp16", "fp16", "[floating]\nalign_inputs_to = \"product\"")) ==
        "align-inputs-to-out-of-range");
  CHECK(mistake(read(8, 4, "fp16", "fp16",
                     "[floating]\nalign_weights_at = \"read\"\nalign_inputs_to = \"product\"\n"
                     "input_guard_bits = 1")) == "input-guard-bits-out-of-range");
  CHECK(mistake(read(8, 4, "fp16", "fp16", "[floating]\nsum_guard_bits = 1")) ==
        "sum-guard-bits-out-of-range");
  CHECK(mistake(read(12, 4, "bf16", "bf16",
                     "[floating]\ninteger_bits = 8\n[output]\nformat = \"bf16\"")) ==
        "integer-bits-out-of-range");
  CHECK(mistake(read(4096, 4, "bf16", "bf16",
                     "[floating]\nblock_rows = 1\nsum_guard_bits = 8\ninput_guard_bits = "
                     "7\nweight_guard_bits = 7\n[output]\nformat = \"integer\"")) == "none");
  // Formats with exponents are those of floating macros alone.
  CHECK(spec::parse("name = \"d\"\nkind = \"digital\"\n[array]\nrows = 4\ncolumns = 4\n[operands]\n"
                    "input = \"fp16\"\nweight = \"int4\"\n",
                    "spec.toml")
            .diagnostics.front()
            .code == "input-out-of-range");
}

TEST_CASE("alignment has the widths of the formats") {
  const spec::MacroSpec fp8 = macro(64, 64, "fp8_e4m3", "fp8_e4m3");
  CHECK(spec::aligned_input(fp8).format.bits == 1 + 4 + 3);
  CHECK(spec::aligned_input(fp8).is_rounded);
  CHECK(spec::weight_class_bits(fp8) == 1);
  CHECK(spec::weight_scale_bits(fp8) == 4);
  const spec::MacroSpec fp4 = macro(64, 4, "fp4_e2m1", "mxfp4_e2m1");
  CHECK(spec::aligned_input(fp4).format.bits == 1 + 2 + 2);
  CHECK_FALSE(spec::aligned_input(fp4).is_rounded);
  CHECK(spec::aligned_error_bound(fp4) == 1.0);  // the sums of two blocks are aligned
  CHECK(spec::weight_class_bits(fp4) == 0);
  CHECK(spec::weight_scale_bits(fp4) == 8);
  CHECK(spec::blocks_of(fp4) == 2);
  CHECK(spec::weight_class_bits(macro(4, 4, "fp8_e5m2", "fp4_e2m1")) == 3);
}

TEST_CASE("the ports of a floating macro are those of its signature") {
  for (const spec::MacroSpec& spec : small_macros()) {
    const plan::MacroPlan plan = plan::plan(spec);
    const verilog::Module top = lower::lower(plan).modules.back();
    const collateral::ModuleSignature signature = collateral::signature(plan);
    REQUIRE(top.ports.size() == signature.ports.size());
    for (std::size_t i = 0; i < top.ports.size(); ++i) {
      CHECK(top.ports[i].name == signature.ports[i].name);
      const std::string width = top.ports[i].width ? verilog::print(*top.ports[i].width) : "1";
      CHECK(width == fmt::format("{}", signature.ports[i].width));
    }
  }
}

TEST_CASE("faults planted in a floating macro are found by the bench") {
  struct Fault {
    std::string file, from, to;
  };
  const std::vector<Fault> faults = {
      {"cim_float_align", "value[0] & (sticky | value[1])", "value[0] & (sticky | 1'b1)"},
      {"cim_float_align", "magnitude = value[MAGNITUDE:1];", "magnitude = value[MAGNITUDE-1:0];"},
      {"cim_exponent_max", "larger = (a > b) ? a : b;", "larger = (a > b) ? b : a;"},
      {"cim_weight_class", "nan = &(code | SIGN);", "nan = 1'b0;"},
      {"cim_float_control", "a_before_q <= 1'b1;", "a_before_q <= 1'b0;"},
      {"cim_float_control", "assign push_bank_o   = push_bank_q;",
       "assign push_bank_o   = b_bank_q;"},
      {"cim_side_store", ".word_line_i (word_line_i)", ".word_line_i ({BANKS*ROWS{write_i}})"},
      {"cim_float_input", "<= any_nan(codes, scales);", "<= 1'b0;"},
      {"cim_exponent_sum", "assign carry = (x & y) | (below & (x | y));", "assign carry = x & y;"},
      {"cim_sideband", "assign data_o = entry_q[read_index_i];", "assign data_o = entry_q[0];"},
  };
  const spec::MacroSpec spec = macro(5, 3, "fp8_e4m3", "fp8_e4m3", "", "banks = 2");
  const base::FileSet files = collateral::emit(spec);
  for (const Fault& fault : faults) {
    const std::string path = "rtl/" + fault.file + ".v";
    std::string text = files.at(path);
    const std::size_t at = text.find(fault.from);
    INFO(fault.file << ": " << fault.from);
    REQUIRE(at != std::string::npos);
    text.replace(at, fault.from.size(), fault.to);
    const Emitted rtl(spec, {{path, text}});
    const flows::VerilatedModel model({rtl.path(), spec.name}, spec,
                                      {.trace = false, .jobs = 1, .optimised = false});
    CHECK_FALSE(bench(spec, model, 800).passed());
  }
}

}  // namespace cimforge
