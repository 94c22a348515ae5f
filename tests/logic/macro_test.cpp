// Logic macros as they are emitted: what other tools say of them, the bench, planted faults.
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "flows/ppa.h"
#include "flows/verilated_model.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/lower/lower.h"
#include "generator/plan/plan.h"
#include "tb/logic_bench.h"
#include "tests/catch.h"
#include "tests/judge/judge.h"
#include "tests/logic/specification.h"

namespace cimforge {
namespace {

using test::logic_macro;

/// An emitted macro in a directory, perhaps with files of other contents.
class Emitted {
 public:
  explicit Emitted(const spec::MacroSpec& spec,
                   const std::vector<std::pair<std::string, std::string>>& changes = {})
      : directory_("cimforge-logic-test-") {
    base::FileSet files = collateral::emit(spec);
    for (const auto& [path, text] : changes) files[path] = text;
    base::write_directory_atomically(path(), files, collateral::manifest_name);
  }
  [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "macro"; }

 private:
  base::TemporaryDirectory directory_;
};

tb::LogicBenchResult bench(const spec::MacroSpec& spec, const Emitted& rtl, std::uint64_t results,
                           bool synthesis_view = false) {
  const flows::VerilatedModel model(
      {rtl.path(), spec.name}, spec,
      {.jobs = 2, .optimised = false, .synthesis_view = synthesis_view});
  tb::LogicBenchOptions options;
  options.results = results;
  return tb::run_logic_bench(spec, model, options);
}

spec::MacroSpec with_test_pin(spec::MacroSpec spec) {
  spec.test_mode = spec::TestMode::pin;
  return spec;
}

std::vector<spec::MacroSpec> matrix() {
  return {
      logic_macro(32, 16, 4),
      logic_macro(2, 1, 1),
      logic_macro(2, 3, 2, "flop"),
      // Rows and widths that are no powers of two: addresses and widths past them.
      logic_macro(13, 5, 3, "flop"),
      logic_macro(37, 9, 6),
      logic_macro(21, 7, 5),
      // Several slices, the last one smaller; sums wider than the columns.
      logic_macro(8, 130, 2),
      logic_macro(64, 3, 20, "flop"),
      // Wide vectors: tools warn of some.
      logic_macro(160, 66, 4),
      with_test_pin(logic_macro(9, 5, 2)),
  };
}

}  // namespace

TEST_CASE("the plan of a logic macro") {
  const plan::MacroPlan plan = plan::plan(logic_macro(37, 100, 6));
  REQUIRE(plan.logic);
  CHECK(plan.logic->address_bits == 6);
  CHECK(plan.logic->bits_bits == 3);
  CHECK(plan.logic->sum_bits == 6 + 7);
  CHECK(plan.logic->result_bits == 100);
  CHECK(plan.latency == 3);
  CHECK(plan.lanes == 50);
  CHECK(plan.full_slices == 2);
  CHECK(plan.storage_bits() == 3700);
  CHECK(plan::plan(logic_macro(8, 2, 8)).logic->result_bits == 10);
}

TEST_CASE("the signature of a logic macro has the ports of its top, in order") {
  for (const spec::MacroSpec& spec : matrix()) {
    const plan::MacroPlan plan = plan::plan(spec);
    const collateral::ModuleSignature macro = collateral::signature(plan);
    const verilog::Module top = lower::lower(plan).modules.back();
    REQUIRE(macro.ports.size() == top.ports.size());
    for (std::size_t i = 0; i < top.ports.size(); ++i) {
      CHECK(macro.ports[i].name == top.ports[i].name);
      CHECK((macro.ports[i].direction == collateral::Direction::input) ==
            (top.ports[i].direction == verilog::Direction::input));
      REQUIRE(macro.ports[i].is_vector == top.ports[i].width.has_value());
      CHECK(std::to_string(macro.ports[i].width) ==
            (top.ports[i].width ? verilog::print(*top.ports[i].width) : "1"));
    }
  }
}

TEST_CASE("logic macros do what the golden model says, and tools have nothing to say", "[tools]") {
  for (const spec::MacroSpec& spec : matrix()) {
    INFO(spec::to_toml(spec));
    const Emitted rtl(spec);
    CHECK(test::lint_complaint(spec, rtl.path()) == "");
    if (spec.rows * spec.columns > 2048) continue;  // a model compiled quickly is too slow
    const tb::LogicBenchResult result = bench(spec, rtl, 500);
    INFO(tb::to_text(result));
    CHECK(result.passed());
    CHECK(result.results >= 500);
  }
}

TEST_CASE("the bench of a logic macro meets every situation", "[tools]") {
  for (const spec::MacroSpec& spec : {logic_macro(13, 5, 3, "flop"), logic_macro(32, 16, 4)}) {
    const tb::LogicBenchResult result = bench(spec, Emitted(spec), 2000);
    INFO(tb::to_text(result));
    CHECK(result.passed());
    CHECK(result.coverage.missed.empty());
  }
}

TEST_CASE("the mapped netlist of a logic macro does what its RTL does", "[tools]") {
  const spec::MacroSpec spec = logic_macro(6, 3, 2);
  const Emitted rtl(spec);
  base::TemporaryDirectory gates("cimforge-logic-gates-");
  const flows::RtlSource source = flows::mapped_rtl(spec, rtl.path(), {}, gates.path());
  const flows::VerilatedModel model(source, spec, {.jobs = 2, .optimised = false});
  tb::LogicBenchOptions options;
  options.results = 500;
  const tb::LogicBenchResult result = tb::run_logic_bench(spec, model, options);
  INFO(tb::to_text(result));
  CHECK(result.passed());
}

TEST_CASE("each fault planted in a logic macro is found", "[tools]") {
  struct Fault {
    const char* file;
    const char* right;
    const char* wrong;
  };
  const std::vector<Fault> faults = {
      {"cim_logic_read.v", "pending_i & {LANES", "~pending_i & {LANES"},
      {"cim_logic_read.v", "row < half; row", "row < half - 1; row"},
      {"cim_logic_lane.v", "(tag_q & {LANES{where_i}})", "{LANES{where_i}}"},
      {"cim_logic_lane.v", "both & {LANES{majority_i}}", "both"},
      {"cim_logic_lane.v", "tag_q | {LANES{~keep_tag_i}}", "tag_q | {LANES{1'b1}}"},
      {"cim_logic_program.v", "signed_i & last_bit_i);\n  assign invert_b",
       "last_bit_i);\n  assign invert_b"},
      {"cim_logic_program.v", "(multiply & ~(row_of_b & first_row_i))", "multiply"},
      {"cim_logic_program.v", "assign keep_tag_o   = masked_i & ~multiply",
       "assign keep_tag_o   = masked_i"},
      {"cim_logic_sequencer.v", "~busy_q & advance;", "advance;"},
      {"cim_logic_sequencer.v", "ends & advance & ~waiting_q", "ends & advance"},
      {"cim_logic_sequencer.v", "ends & advance & ~waiting_q", "ends & ~waiting_q"},
      {"cim_logic_sequencer.v", "assign pending_a_o = in_a & write_q", "assign pending_a_o = 1'b0"},
      {"cim_logic_sequencer.v", "lone ? last_q : bit_q", "bit_q"},
      {"cim_logic_sequencer.v", "busy_q    <= 1'b0;\n      waiting_q", "waiting_q"},
      {"cim_logic_sequencer.v", "(load_o | (run & write_i)) & exists",
       "(load_o | (run & write_i))"},
      {"cim_logic_count.v", "first_i ? {BITS{1'b0}}", "1'b0 ? {BITS{1'b0}}"},
      {"cim_logic_result.v", "else if (move_i) result_q <= skid_q",
       "else if (move_i) result_q <= result"},
      {"lim_slice.v", ".select_i        (select_b_i)", ".select_i        (select_a_i)"},
  };
  const spec::MacroSpec spec = logic_macro(13, 5, 3, "flop");
  REQUIRE(bench(spec, Emitted(spec), 300).passed());
  const base::FileSet files = collateral::emit(spec);
  for (const Fault& fault : faults) {
    const std::string path = fmt::format("rtl/{}", fault.file);
    std::string text = files.at(path);
    const std::size_t at = text.find(fault.right);
    INFO(fault.file << ": " << fault.right << " -> " << fault.wrong);
    CHECK(at != std::string::npos);
    if (at == std::string::npos) continue;
    text.replace(at, std::string(fault.right).size(), fault.wrong);
    CHECK_FALSE(bench(spec, Emitted(spec, {{path, text}}), 300).passed());
  }
}

}  // namespace cimforge
