// Macros that test and repair themselves: under the bench, read by every tool, and with faults
// planted in them that the tests must find (docs/self_test.md, docs/repair.md).
#include "sim/self_test.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "flows/prove.h"
#include "flows/scan.h"
#include "flows/verilated_model.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/plan/plan.h"
#include "generator/spec/parse.h"
#include "tb/bench.h"
#include "tests/catch.h"
#include "tests/icarus/streams.h"
#include "tests/judge/emitted.h"
#include "tests/judge/judge.h"

namespace cimforge {
namespace {

using test::bench;
using test::planted;

const std::string march = "[self_test]\nmarch = \"March C-\"\n";
const std::string both = march + "backgrounds = 2\ncompute_vectors = 30\n";

spec::MacroSpec macro(int rows, int columns, const std::string& input, const std::string& weight,
                      const std::string& tables, const std::string& array = "") {
  const std::string text = fmt::format(
      "name = \"tested\"\nkind = \"digital\"\n[array]\nrows = {}\ncolumns = {}\n{}\n"
      "[operands]\ninput = \"{}\"\nweight = \"{}\"\n{}\n",
      rows, columns, array, input, weight, tables);
  const spec::ParseResult result = spec::parse(text, "spec.toml");
  for (const auto& each : result.diagnostics) UNSCOPED_INFO(each.message);
  INFO(text);
  REQUIRE(result.spec);
  return *result.spec;
}

bool has(const tb::BenchResult& result, const std::string& code) {
  return std::ranges::any_of(result.findings,
                             [&](const tb::Finding& each) { return each.code == code; });
}

/// Every option that a shell goes around.
std::vector<spec::MacroSpec> macros() {
  return {
      macro(8, 5, "int4", "int3",
            both + "[repair]\nspare_rows = 2\nspare_columns = 1\n[scan]\ntest_mode = \"pin\"\n",
            "banks = 2"),
      macro(17, 9, "int8", "int8",
            "[compute]\ninput_bits_per_cycle = 8\npipeline_stages = 3\n" + both +
                "[repair]\nspare_rows = 1\nspare_columns = 2\n",
            "storage = \"flop\""),
      macro(6, 6, "int4", "int4", both, "transpose = \"per_vector\""),
      macro(9, 8, "int8", "int2", "[precision]\nmode = \"per_vector\"\nfused_columns = 4\n" + both,
            "banks = 3"),
      macro(16, 7, "uint4", "int4",
            "[sparsity]\nnonzero = 2\ngroup = 4\n[self_test]\ncompute_vectors = 25\n"
            "[repair]\nspare_columns = 1\n"),
      macro(12, 6, "int6", "int4",
            "[compute]\ninput_bits_per_cycle = 2\nrecoding = \"booth\"\nadder_tree = \"area\"\n" +
                both + "[repair]\nspare_rows = 3\n"),
      macro(16, 5, "int4", "int4",
            "[approximation]\nor_rows = 4\n" + both + "[repair]\nspare_columns = 1\n"),
      macro(1, 1, "uint1", "int1",
            "[self_test]\nmarch = \"MATS+\"\ncompute_vectors = 3\n"
            "[repair]\nspare_rows = 1\nspare_columns = 1\n"),
      macro(16, 5, "int4", "uint4",
            "[sparsity]\nzero_planes = \"skip\"\n" + march +
                "[output]\nmode = \"saturate\"\nbits = 6\n[repair]\nspare_rows = 2\n",
            "storage = \"bitcell\""),
      macro(7, 3, "int5", "int3",
            "[compute]\nadder_tree = \"loop\"\n[repair]\nspare_rows = 2\nspare_columns = 3\n"
            "[output]\nmode = \"truncate\"\nbits = 5\n"),
      macro(3, 70, "int2", "int2", "[self_test]\nmarch = \"March SS\"\n", "banks = 2"),
  };
}

}  // namespace

TEST_CASE("macros that test and repair themselves are right, and every tool reads them") {
  for (const spec::MacroSpec& spec : macros()) {
    INFO(spec::to_toml(spec));
    const base::FileSet files = collateral::emit(spec);
    const tb::BenchResult result = bench(spec, files);
    INFO(tb::to_text(result));
    CHECK(result.passed());
    CHECK(result.self_test.march.has_value() == spec.self_test.has_march());
    CHECK(result.self_test.compute.has_value() == (spec.self_test.compute_vectors > 0));
    const base::TemporaryDirectory work("cimforge-self-test-");
    base::write_directory_atomically(work.path() / "rtl", files, collateral::manifest_name);
    CHECK(test::lint_complaint(spec, work.path() / "rtl").empty());
  }
}

TEST_CASE("what would work for spares of fused columns is one that does") {
  const auto complaint = [](const std::string& repair) {
    const spec::ParseResult read = spec::parse(
        "name = \"m\"\nkind = \"digital\"\n[array]\nrows = 4\ncolumns = 8\n[operands]\ninput = "
        "\"int4\"\nweight = \"int2\"\n[precision]\nmode = \"per_vector\"\n" +
            repair,
        "m.toml");
    return read.diagnostics.empty() ? "" : read.diagnostics.front().message;
  };
  CHECK_THAT(complaint("fused_columns = 2\n[repair]\nspare_rows = 1\n"),
             Catch::Contains("fused_columns = 1"));
  CHECK(complaint("fused_columns = 1\n[repair]\nspare_columns = 1\n") == "");
}

TEST_CASE("the one row of a macro with a spare is written before any test has run") {
  for (const char* tests : {"compute_vectors = 1\n", "march = \"March C-\"\n"}) {
    const spec::MacroSpec spec = macro(
        1, 2, "int2", "int2", fmt::format("[self_test]\n{}[repair]\nspare_rows = 1\n", tests));
    const base::TemporaryDirectory work("cimforge-self-test-");
    const std::filesystem::path rtl = work.path() / "rtl";
    base::write_directory_atomically(rtl, collateral::emit(spec), collateral::manifest_name);
    CHECK(test::lint_complaint(spec, rtl).empty());
    // In Icarus, whose registers know nothing before they are written.
    const test::Traffic traffic = test::make_traffic(spec, 2, 5, 40);
    const test::IcarusRun run = test::play_streams(spec, rtl, traffic);
    CHECK(run.errors.empty());
    CHECK(test::difference("Icarus", run.results, test::golden_results(spec, traffic), 2).empty());
  }
}

TEST_CASE("faults of a macro are found by its own tests") {
  const spec::MacroSpec spec = macro(8, 5, "int4", "int3", both, "banks = 2");
  const auto finds = [&](const std::string& file, const std::string& from, const std::string& to,
                         const std::string& code) {
    INFO(file << ": " << to);
    const tb::BenchResult result =
        bench(spec, planted(collateral::emit(spec), file, from, to), {.vectors = 1});
    CHECK(has(result, code));
  };
  // A latch that never opens, in row 3 of every column: the march test.
  finds("cim_weight_latch.v", "if (word_line_i[bank*ROWS + row]) begin",
        "if (word_line_i[bank*ROWS + row] && row != 3) begin", "self-test-error");
  // A decoder that opens a second row.
  finds("cim_decoder.v", "low[number_i[LOW_BITS-1:0]] = 1'b1;",
        "low[number_i[LOW_BITS-1:0]] = 1'b1; if (number_i == 5) low[0] = 1'b1;",
        "self-test-error");
  // A bit of an adder: the compute self-test.
  finds("cim_full_adder.v", "assign carry_o", "assign carry_o = a_i; // ", "self-test-signature");
}

TEST_CASE("faults of a self-test are found by the bench") {
  const spec::MacroSpec spec =
      macro(8, 5, "int4", "int3", both + "[repair]\nspare_rows = 2\nspare_columns = 1\n");
  const auto finds = [&](const std::string& file, const std::string& from, const std::string& to) {
    INFO(file << ": " << to);
    // This seed draws one line for two spares.
    CHECK_FALSE(bench(spec, planted(collateral::emit(spec), file, from, to), {.seed = 3}).passed());
  };
  finds("cim_self_test_control.v", "assign accept_o        = ~wait_q & ~run_q",
        "assign accept_o        = ~wait_q");
  finds("cim_self_test_control.v", "wire go     = wait_q & empty", "wire go     = wait_q");
  finds("cim_march_walker.v", "next_down ? high_row : low_row", "low_row");
  finds("cim_pattern.v", "state_q[21]", "state_q[20]");
  finds("cim_signature.v", "state_q[21]", "state_q[20]");
  finds("cim_repair_spread.v", "& {BITS{~replaced_i[line]}}", "");
  finds("cim_repair_select.v", "named & ~taken", "named");
}

TEST_CASE("failures within the spares are repaired: the macro computes exactly") {
  // Row 3 and column 2 of the array never hold what is written to them. The bench draws what the
  // spares stand in for, so the fault must not be seen where it draws these, and is seen elsewhere.
  const spec::MacroSpec spec = macro(
      8, 5, "int4", "int3", "[repair]\nspare_rows = 1\nspare_columns = 1\n", "storage = \"flop\"");
  const base::FileSet broken = planted(
      collateral::emit(spec), "cim_weight_flop.v", "if (word_line_i[row]) weight_q <= data_i",
      "if (word_line_i[row]) weight_q <= (row == 3) ? {LANES{1'b1}} : "
      "{{(LANES - 3){1'b0}}, 1'b1, 2'b00} | data_i");
  CHECK_FALSE(bench(spec, broken).passed());
  // The same with fuses: the registers do not look at the pins.
  base::FileSet fused = broken;
  std::string& top = fused.at("rtl/tested.v");
  const std::string pins = ".data_i (repair_data_i)";
  const std::size_t at = top.find(pins);
  REQUIRE(at != std::string::npos);
  // Row 3 in use: 1011; column 2 in use: 1010.
  top.replace(at, pins.size(), ".data_i (8'b1010_1011 | (repair_data_i & 8'd0))");
  const tb::BenchResult result = bench(spec, fused);
  INFO(tb::to_text(result));
  CHECK(result.passed());

  // Not with a result that is not the spare's, nor with registers that stay as they are.
  const auto fails = [&](const std::string& file, const std::string& from, const std::string& to) {
    base::FileSet files = fused;
    std::string& text = files.at("rtl/" + file);
    const std::size_t place = text.find(from);
    REQUIRE(place != std::string::npos);
    text.replace(place, from.size(), to);
    INFO(file);
    CHECK_FALSE(bench(spec, files).passed());
  };
  fails("cim_repair_gather.v", "replaced_i[line] ? spare_code", "1'b0 ? spare_code");
  fails("cim_repair_registers.v", "if (load_i | ~ready_q)", "if (load_i)");
}

TEST_CASE("the compute self-test has every row, and vectors that turn from bank to bank") {
  const spec::MacroSpec spec = macro(3, 2, "int4", "uint2", both, "banks = 2");
  const sim::ComputeSelfTest test = sim::compute_self_test(spec);
  // Three times, with every stored bit inverted and then with all of them 1.
  CHECK(test.weights.size() == 18);
  CHECK(test.vectors.size() == 90);
  for (std::size_t row = 0; row < 6; ++row) {
    for (std::size_t column = 0; column < 2; ++column) {
      CHECK(test.weights[row][column] + test.weights[row + 6][column] == 3);
      CHECK(test.weights[row + 12][column] == 3);
    }
  }
  CHECK(std::equal(test.vectors.begin(), test.vectors.begin() + 30, test.vectors.begin() + 30));
  // By hand: the seed ends in 10001, and bits 0 to 3 of its pattern are the exclusive ors of
  // neighbours: 1, 0, 0, 1.
  CHECK(test.weights[0] == std::vector<std::int32_t>{0b01, 0b10});
  CHECK(sim::next_state(0x80000000U) == 1);
  CHECK(sim::next_state(1) == 3);
  CHECK(sim::next_state(0x00200000U) == 0x00400001U);
}

TEST_CASE("scan: clocks, resets and clock gates of a macro") {
  const auto check = [](const spec::MacroSpec& spec, const base::FileSet& files) {
    const base::TemporaryDirectory work("cimforge-scan-");
    base::write_directory_atomically(work.path() / "rtl", files, collateral::manifest_name);
    return flows::check_scan({work.path() / "rtl", spec.name});
  };
  const auto broken = [](const flows::ScanResult& result, const std::string& rule) {
    return std::ranges::any_of(result.violations,
                               [&](const flows::ScanViolation& each) { return each.rule == rule; });
  };
  const std::string pin = "[scan]\ntest_mode = \"pin\"\n";
  const spec::MacroSpec spec = macro(8, 5, "int4", "int3", both + pin, "banks = 2");
  const flows::ScanResult right = check(spec, collateral::emit(spec));
  INFO(flows::to_text(right));
  CHECK(right.passed());
  CHECK(right.latches == 8 * 5 * 3 * 2);
  CHECK(right.clock_gates == 16);
  CHECK(right.flip_flops > 100);
  CHECK(right.with_reset > 5);

  const spec::MacroSpec cells =
      macro(8, 5, "int4", "int3", pin, "banks = 2\nstorage = \"bitcell\"");
  const flows::ScanResult boxes = check(cells, collateral::emit(cells));
  INFO(flows::to_text(boxes));
  CHECK(boxes.passed());
  CHECK(boxes.black_boxes == 5);
  const spec::MacroSpec flops = macro(8, 5, "int4", "int3", "", "storage = \"flop\"");
  CHECK(check(flops, collateral::emit(flops)).passed());

  // A logic macro: its words are latches, too.
  const auto logic = [](const std::string& more) {
    const spec::ParseResult read = spec::parse(
        "name = \"lo\"\nkind = \"logic\"\n[array]\nrows = 9\ncolumns = 5\n[logic]\n"
        "operand_bits = 2\n" +
            more,
        "lo.toml");
    REQUIRE(read.spec);
    return *read.spec;
  };
  CHECK(check(logic(pin), collateral::emit(logic(pin))).passed());
  CHECK(broken(check(logic(""), collateral::emit(logic(""))), "test-mode"));

  // The gates of rows, and of macros that skip digits; with flip-flops there are no others.
  for (const char* storage : {"latch", "flop"}) {
    for (const char* planes : {"compute", "skip"}) {
      const std::string gates =
          fmt::format("[sparsity]\nzero_rows = \"gate\"\nzero_planes = \"{}\"\n", planes);
      const std::string store = fmt::format("storage = \"{}\"", storage);
      const spec::MacroSpec pinned = macro(8, 5, "int4", "int3", gates + pin, store);
      const flows::ScanResult open = check(pinned, collateral::emit(pinned));
      INFO(flows::to_text(open));
      CHECK(open.passed());
      CHECK(open.clock_gates == 9 + (std::string(storage) == "latch" ? 8 : 0));
      const spec::MacroSpec shut = macro(8, 5, "int4", "int3", gates, store);
      CHECK(broken(check(shut, collateral::emit(shut)), "test-mode"));
    }
  }

  const spec::MacroSpec closed = macro(8, 5, "int4", "int3", "");
  CHECK(broken(check(closed, collateral::emit(closed)), "test-mode"));
  CHECK(broken(
      check(spec, planted(collateral::emit(spec), "cim_weight_port.v",
                          "always @(posedge clk_i) begin", "always @(posedge load_o) begin")),
      "derived-clock"));
  CHECK(
      broken(check(spec, planted(collateral::emit(spec), "cim_sequencer.v",
                                 "always @(posedge clk_i) begin", "always @(negedge clk_i) begin")),
             "derived-clock"));
  CHECK(broken(
      check(spec,
            planted(collateral::emit(spec), "cim_output_stage.v",
                    "assign move_o         = 1'b0;\n\n      always @(posedge clk_i or negedge "
                    "rst_ni) begin\n        if (!rst_ni)",
                    "assign move_o         = 1'b0;\n      wire local_ni = rst_ni & ~push;\n"
                    "      always @(posedge clk_i or negedge local_ni) begin\n"
                    "        if (!local_ni)")),
      "reset"));
  CHECK(broken(check(spec, planted(collateral::emit(spec), "tested_core.v", "(word_line),\n",
                                   "(write_enable),\n")),
               "latch"));
}

TEST_CASE("the core of a macro that tests itself is proved") {
  const spec::MacroSpec spec =
      macro(8, 5, "int4", "int3", both + "[repair]\nspare_rows = 1\n[scan]\ntest_mode = \"pin\"\n");
  const base::TemporaryDirectory work("cimforge-self-test-");
  base::write_directory_atomically(work.path() / "rtl", collateral::emit(spec),
                                   collateral::manifest_name);
  const proof::ProofResult result = flows::prove({work.path() / "rtl", spec.name}, spec);
  INFO(proof::to_text(result));
  CHECK(result.proved);
}

}  // namespace cimforge
