// Check bits beside the weights: codes, cells, macros whose stored bits are turned around while
// they compute, proofs, and what is refused.
#include "generator/spec/protection.h"

#include <fmt/format.h>

#include <bit>
#include <set>
#include <string>
#include <vector>

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
#include "proof/prove.h"
#include "tb/bench.h"
#include "tests/catch.h"
#include "tests/icarus/icarus.h"
#include "tests/judge/emitted.h"
#include "tests/judge/judge.h"
#include "tests/lower/shell.h"

namespace cimforge {
namespace {

using test::bench;
using test::Emitted;
using test::with_fault;

/// `array`, `others`: lines of TOML.
spec::ParseResult parse(const std::string& code, const std::string& array,
                        const std::string& others = "") {
  return spec::parse(
      fmt::format("name = \"pr\"\nkind = \"digital\"\n[protection]\n{}\n[array]\n{}\n{}", code,
                  array,
                  others.empty() ? "[operands]\ninput = \"int4\"\nweight = \"int4\"\n" : others),
      "p.toml");
}

spec::MacroSpec protected_macro(const std::string& code, const std::string& array,
                                const std::string& others = "") {
  const spec::ParseResult result = parse(code, array, others);
  for (const auto& each : result.diagnostics) UNSCOPED_INFO(each.message);
  REQUIRE(result.spec);
  return *result.spec;
}

std::string operands(const std::string& input, const std::string& weight,
                     const std::string& others = "") {
  return fmt::format("[operands]\ninput = \"{}\"\nweight = \"{}\"\n{}", input, weight, others);
}

const std::string parity = "code = \"parity\"";
const std::string secded = "code = \"secded\"";
const std::string scrubbed = "code = \"secded\"\nscrubbing = \"idle\"";

/// Where upset_tb.v finds a stored bit.
std::string path_of(const plan::MacroPlan& plan, int bank, int row, int column, int bit) {
  std::size_t use = 0;
  while (use + 1 < plan.block_uses.size() && plan.block_uses[use + 1].first_row <= row) ++use;
  const int local = row - plan.block_uses[use].first_row;
  const int slice = column / plan.lanes;
  const std::string cells =
      plan.spec.storage == spec::Storage::bitcell ? "u_weights.u_bitcells.u_cells" : "u_weights";
  const char* name = plan.spec.storage == spec::Storage::bitcell ? "cell_q" : "weight_q";
  return fmt::format("u_macro.{}.u_block{}.{}.g_row[{}].g_bit[{}].{}[{}]",
                     slice < plan.full_slices ? fmt::format("g_slice[{}].u_slice", slice)
                                              : "g_last_slice.u_last_slice",
                     use, cells, local, bit,
                     plan.spec.banks == 1 ? fmt::format("g_single.{}", name)
                                          : fmt::format("g_banks.{}[{}]", name, bank),
                     column - slice * plan.lanes);
}

std::string stored_vh(const plan::MacroPlan& plan) {
  std::string assigns;
  std::string cases;
  int place = 0;
  for (int bank = 0; bank < plan.spec.banks; ++bank) {
    for (int row = 0; row < plan.spec.rows; ++row) {
      for (int column = 0; column < plan.spec.columns; ++column) {
        for (int bit = 0; bit < spec::word_bits(plan.spec); ++bit, ++place) {
          const std::string path = path_of(plan, bank, row, column, bit);
          assigns += fmt::format("assign stored[{}] = {};\n", place, path);
          cases += fmt::format("{}: {} = ~{};\n", place, path, path);
        }
      }
    }
  }
  return assigns + "task flip; input integer place; case (place)\n" + cases +
         "default: fail(\"no such bit\");\nendcase\nendtask\n";
}

/// What upset_tb.v says of a macro.
std::string upsets(const spec::MacroSpec& spec, const Emitted& rtl, int seed, int flip_in,
                   int cycles = 1000) {
  const plan::MacroPlan plan = plan::plan(spec);
  const base::TemporaryDirectory work("cimforge-upsets-");
  base::write_file_atomically(work.path() / "stored.vh", stored_vh(plan));
  test::IcarusBench bench{CIMFORGE_UPSET_TESTBENCH, "upset_tb", {}, {}};
  const auto define = [&](const char* name, auto value) {
    bench.defines.emplace_back(name, fmt::format("{}", value));
  };
  bench.options = {"-I" + work.path().string()};
  define("TOP", spec.name);
  define("ROWS", spec.rows);
  define("COLUMNS", spec.columns);
  define("BANKS", spec.banks);
  define("INPUT_BITS", spec.input.bits);
  define("WEIGHT_BITS", spec.weight.bits);
  define("OUTPUT_BITS", plan.output_bits);
  define("INPUT_SIGNED", spec.input.is_signed ? 1 : 0);
  define("WEIGHT_SIGNED", spec.weight.is_signed ? 1 : 0);
  if (plan.bank_bits > 0) define("BANK_BITS", plan.bank_bits);
  if (plan.row_bits > 0) define("ROW_BITS", plan.row_bits);
  define("CHECK_BITS", spec::check_bits(spec));
  std::string matrix;
  const auto columns = spec::check_columns(spec.protection.code, spec.weight.bits);
  for (int check = spec::check_bits(spec) - 1; check >= 0; --check) {
    for (int bit = spec.weight.bits - 1; bit >= 0; --bit) {
      matrix += (columns[static_cast<std::size_t>(bit)] >> check & 1U) != 0 ? '1' : '0';
    }
  }
  define("MATRIX", fmt::format("{}'b{}", matrix.size(), matrix));
  define("MOST_WRONG", spec::mends(spec) ? 2 : 1);
  if (spec::mends(spec)) define("MENDS", 1);
  if (spec::scrubs(spec)) define("SCRUBS", 1);
  define("COUNTER_BITS", spec.protection.counter_bits);
  define("SEED", seed);
  define("CYCLES", cycles);
  define("FLIP_IN", flip_in);
  define("WRITE_IN", 6);
  const test::IcarusOutput output = test::run_icarus(bench, rtl.path(), work.path());
  std::string text;
  for (const auto* lines : {&output.said, &output.printed}) {
    for (const std::string& line : *lines) text += line + "\n";
  }
  return text;
}

/// Macros of every kind of storage, schedule and tree.
std::vector<spec::MacroSpec> macros() {
  return {
      protected_macro(secded, "rows = 5\ncolumns = 3\n"),
      protected_macro(
          parity + "\ncounter_bits = 3", "rows = 4\ncolumns = 5\nstorage = \"flop\"\n",
          operands("uint3", "int3", "[compute]\npipeline_stages = 2\nrows_per_block = 2\n")),
      protected_macro(scrubbed, "rows = 6\ncolumns = 3\n",
                      operands("int4", "uint8", "[compute]\nrows_per_block = 4\n")),
      protected_macro(
          scrubbed, "rows = 5\ncolumns = 4\nbanks = 3\nstorage = \"flop\"\n",
          operands("int2", "int4", "[compute]\ninput_bits_per_cycle = 2\npipeline_stages = 1\n")),
      protected_macro(scrubbed + "\ncounter_bits = 4",
                      "rows = 4\ncolumns = 2\nbanks = 2\nstorage = \"bitcell\"\n",
                      operands("uint4", "int2",
                               "[compute]\nadder_tree = \"area\"\ninput_bits_per_cycle = 2\n")),
      protected_macro(secded + "\ncounter_bits = 2", "rows = 3\ncolumns = 3\nbanks = 2\n",
                      operands("int1", "int1", "[compute]\nadder_tree = \"loop\"\n")),
  };
}

}  // namespace

TEST_CASE("check columns are different, of odd weight, and as few as Hsiao's") {
  const std::vector<int> expected = {3, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 6, 6};
  for (int bits = 1; bits <= 20; ++bits) {
    INFO(bits);
    const int checks = spec::check_bits(spec::Code::secded, bits);
    CHECK(checks == expected[static_cast<std::size_t>(bits - 1)]);
    const auto columns = spec::check_columns(spec::Code::secded, bits);
    REQUIRE(columns.size() == static_cast<std::size_t>(bits));
    CHECK(std::set(columns.begin(), columns.end()).size() == columns.size());
    std::vector<int> entered(static_cast<std::size_t>(checks), 0);
    for (const std::uint32_t column : columns) {
      CHECK(std::popcount(column) % 2 == 1);
      CHECK(std::popcount(column) >= 3);
      CHECK(static_cast<int>(std::bit_width(column)) <= checks);
      for (int check = 0; check < checks; ++check) {
        entered[static_cast<std::size_t>(check)] += static_cast<int>(column >> check & 1U);
      }
    }
    const auto [least, most] = std::ranges::minmax(entered);
    CHECK(most - least <= 1);
  }
  CHECK(spec::check_columns(spec::Code::parity, 3) == std::vector<std::uint32_t>{1, 1, 1});
}

TEST_CASE("the plan has the bits of the words, and registers for nobody else") {
  const spec::MacroSpec spec =
      protected_macro(secded, "rows = 64\ncolumns = 64\n", operands("int8", "int8"));
  const plan::MacroPlan plan = plan::plan(spec);
  CHECK(plan.protection->check_bits == 5);
  CHECK(plan.storage_bits() == 64 * 64 * 13);
  spec::MacroSpec plain = spec;
  plain.protection = {};
  const plan::MacroPlan without = plan::plan(plain);
  CHECK(plan.steps == without.steps);
  CHECK(plan.latency == without.latency);
  CHECK(plan.full_adders_per_column() == without.full_adders_per_column());
  // The index of a structured weight is in its word.
  const spec::MacroSpec structured =
      protected_macro(secded, "rows = 16\ncolumns = 4\n",
                      operands("int4", "int4", "[sparsity]\nnonzero = 2\ngroup = 4\n"));
  CHECK(spec::word_bits(structured) == 6 + 5);
}

TEST_CASE("what does not go with check bits is told with what would work") {
  using Catch::Matchers::Contains;
  const auto complaints = [](const std::string& code, const std::string& others) {
    const spec::ParseResult result = parse(code, "rows = 8\ncolumns = 8\n", others);
    REQUIRE_FALSE(result.spec);
    CHECK(result.diagnostics.size() == 1);
    return base::to_string(result.diagnostics);
  };
  CHECK_THAT(complaints("code = \"parity\"\nscrubbing = \"idle\"", ""),
             Contains("p.toml:5:13: error: scrubbing must be \"never\" with code \"parity\", which "
                      "mends nothing"));
  CHECK_THAT(complaints("scrubbing = \"idle\"", ""), Contains("\"never\" with code \"none\""));
  CHECK_THAT(complaints(secded, operands("int4", "int4",
                                         "[precision]\nmode = \"per_vector\"\n"
                                         "fused_columns = 2\n")),
             Contains("code must be \"none\", or precision.fused_columns 1"));
  const spec::ParseResult transposed =
      parse(secded, "rows = 8\ncolumns = 8\ntranspose = \"per_vector\"\n");
  REQUIRE_FALSE(transposed.spec);
  CHECK_THAT(base::to_string(transposed.diagnostics),
             Contains("\"none\", or array.transpose \"never\" (a flag is of a column"));
}

TEST_CASE("every word of 1 to 16 bits, with no, one and two wrong bits", "[tools]") {
  for (const std::string& code : {secded, parity}) {
    for (int bits = 1; bits <= 16; ++bits) {
      INFO(code << ", " << bits << " bits");
      const spec::MacroSpec spec = protected_macro(code, "rows = 1\ncolumns = 3\n",
                                                   operands("uint1", fmt::format("uint{}", bits)));
      const Emitted rtl(spec);
      const base::TemporaryDirectory work("cimforge-code-");
      const test::ShellResult run = test::run_shell(
          work.path().string(),
          fmt::format("iverilog -g2005 -Wall -DBITS={} -DCHECKS={} {} -s code_tb -o code {} "
                      "{}/rtl/pr_encode.v {}/rtl/pr_decode.v && vvp -n code",
                      bits, spec::check_bits(spec), spec::mends(spec) ? "-DMENDS" : "",
                      CIMFORGE_CODE_TESTBENCH, rtl.path().string(), rtl.path().string()));
      CHECK(run.output == "errors 0\n");
    }
  }
}

TEST_CASE("the leaf cells of check bits, and faults in them", "[tools]") {
  const auto said = [](const std::string& right, const std::string& wrong) {
    const base::TemporaryDirectory work("cimforge-cells-");
    std::string files;
    bool found = right.empty();
    for (const char* cell : {"cim_error_flags", "cim_error_monitor", "cim_scrub_buffer",
                             "cim_scrubber", "cim_output_register", "cim_lane_planes"}) {
      std::string text =
          base::read_file(std::filesystem::path(CIMFORGE_RTL) / (std::string(cell) + ".v"));
      if (const std::size_t at = text.find(right); !right.empty() && at != std::string::npos) {
        text.replace(at, right.size(), wrong);
        found = true;
      }
      base::write_file_atomically(work.path() / (std::string(cell) + ".v"), text);
      files += fmt::format(" {}.v", cell);
    }
    INFO(right);
    REQUIRE(found);
    return test::run_shell(work.path().string(),
                           fmt::format("iverilog -g2005 -Wall -s cells_tb -o cells {} {} && vvp -n "
                                       "cells",
                                       CIMFORGE_CELLS_TESTBENCH, files))
        .output;
  };
  CHECK(said("", "") == "errors 0\n");
  for (const auto& [right, wrong] : std::vector<std::pair<const char*, const char*>>{
           {"wire look   = written & ~pending_q", "wire look   = written"},
           {"wanted & ~weight_valid_i", "wanted"},
           {"mended_i & ~uncorrectable_i", "mended_i"},
           {"wire written = |(written_q & here)", "wire written = 1'b1"},
           {"(~wanted | rewrite_o)", "1'b1"},
           {"busy_i ? busy_row_q : idle_row_q", "idle_row_q"},
           {"port_valid_o | ~port_ready_i", "port_valid_o"},
           {"if (rank_enable_i[i])", "if (1'b1)"},
           {"{LANES{~first_i}}", "{LANES{1'b1}}"},
           {"if (accumulate_i)", "if (1'b1)"},
           {"(irq_q & ~clear_i)", "irq_q"},
           {"flagged_i & ~&flagged ? flagged + ONE : flagged", "flagged + flagged_i"},
           {"clear_i ? ZERO : mended_q", "mended_q"},
           {"rewrite_i ? mended_i : planes", "planes"},
       }) {
    INFO(right << " -> " << wrong);
    CHECK(said(right, wrong) != "errors 0\n");
  }
}

TEST_CASE("protected macros do what the golden model says, and tools have nothing to say",
          "[tools]") {
  const std::vector<spec::MacroSpec> all = {
      protected_macro(
          scrubbed, "rows = 5\ncolumns = 4\nbanks = 3\nstorage = \"flop\"\n",
          operands("int2", "int4", "[compute]\ninput_bits_per_cycle = 2\npipeline_stages = 1\n")),
      protected_macro(scrubbed, "rows = 12\ncolumns = 4\nbanks = 2\n",
                      operands("int4", "int4", "[sparsity]\nnonzero = 2\ngroup = 4\n")),
      protected_macro(
          scrubbed, "rows = 9\ncolumns = 66\n",
          operands("int6", "int3", "[sparsity]\nzero_planes = \"skip\"\nzero_rows = \"gate\"\n")),
      protected_macro(
          secded, "rows = 7\ncolumns = 3\nstorage = \"bitcell\"\n",
          operands("int4", "int5", "[compute]\ninput_bits_per_cycle = 2\nrecoding = \"booth\"\n")),
      protected_macro(secded, "rows = 6\ncolumns = 3\n",
                      operands("int4", "int4", "[precision]\nmode = \"per_vector\"\n")),
      protected_macro(parity, "rows = 8\ncolumns = 3\n",
                      operands("int4", "int4",
                               "[compute]\nadder_tree = \"loop\"\n[approximation]\nor_rows = 2\n"
                               "[output]\nmode = \"saturate\"\nbits = 6\n")),
  };
  for (const spec::MacroSpec& spec : all) {
    INFO(spec::to_toml(spec));
    const Emitted rtl(spec);
    CHECK(test::lint_complaint(spec, rtl.path()) == "");
    const tb::BenchResult result = bench(spec, rtl, {.vectors = 200});
    INFO(tb::to_text(result));
    CHECK(result.passed());
    const test::Traffic traffic = test::make_traffic(spec, 2, 8, 3);
    const test::IcarusRun run = test::play_streams(spec, rtl.path(), traffic);
    CHECK(run.errors == "");
    CHECK(run.results == test::golden_results(spec, traffic));
  }
}

TEST_CASE("a flag without an error is a finding of the bench", "[tools]") {
  const spec::MacroSpec spec = protected_macro(parity, "rows = 3\ncolumns = 2\n");
  const Emitted rtl =
      with_fault(spec, "pr_decode.v", "uncorrectable_o = ", "uncorrectable_o = {LANES{1'b1}} | ");
  const tb::BenchResult result = bench(spec, rtl, {.vectors = 20});
  CHECK_FALSE(result.passed());
  std::set<std::string> found;
  for (const tb::Finding& finding : result.findings) found.insert(finding.code);
  CHECK(found == std::set<std::string>{"error-count", "error-flag"});
}

TEST_CASE("results are right or flagged whatever bits turn around, and no row is lost", "[tools]") {
  for (const spec::MacroSpec& spec : macros()) {
    INFO(spec::to_toml(spec));
    const Emitted rtl(spec);
    // Few upsets, so that results are right most of the time, and many.
    for (const int flip_in : {40, 3}) {
      const std::string said = upsets(spec, rtl, flip_in, flip_in);
      INFO(said);
      CHECK(said.starts_with("errors 0; "));
      // Something has happened.
      CHECK(said.find(" 0 flips") == std::string::npos);
      CHECK((flip_in == 40 || said.find(" 0 flagged") == std::string::npos));
      CHECK((!spec::mends(spec) || said.find(" 0 mended") == std::string::npos));
      CHECK((!spec::scrubs(spec) || said.find(" 0 rewrites") == std::string::npos));
    }
  }
}

TEST_CASE("faults in scrubber, flags and code are found by upsets", "[tools]") {
  const spec::MacroSpec spec =
      protected_macro(scrubbed, "rows = 4\ncolumns = 2\nbanks = 2\nstorage = \"flop\"\n",
                      operands("int2", "int4", "[compute]\npipeline_stages = 1\n"));
  REQUIRE(upsets(spec, Emitted(spec), 7, 3).starts_with("errors 0; "));
  struct Fault {
    const char* file;
    const char* right;
    const char* wrong;
  };
  for (const Fault& fault : std::vector<Fault>{
           {"cim_scrubber.v", "wire look   = written & ~pending_q", "wire look   = written"},
           {"cim_scrubber.v", "mended_i & ~uncorrectable_i", "mended_i"},
           {"cim_scrubber.v", "busy_i ? busy_bank_i : idle_bank_q", "idle_bank_q"},
           {"cim_error_flags.v", "if (rank_enable_i[i])", "if (1'b1)"},
           {"cim_error_flags.v", "{LANES{~first_i}}", "{LANES{1'b1}}"},
           {"pr_slice.v", ".mended_i (scrub_data)", ".mended_i (~scrub_data)"},
           {"pr_decode.v", "(s0 | s1 | (s2 | s3)) & ~mended_o", "s0 & ~mended_o"},
           {"pr_block4.v", "uncorrectable_r0 | uncorrectable_r1", "uncorrectable_r0"},
       }) {
    INFO(fault.file << ": " << fault.right << " -> " << fault.wrong);
    CHECK_FALSE(upsets(spec, with_fault(spec, fault.file, fault.right, fault.wrong), 7, 3)
                    .starts_with("errors 0; "));
  }
}

TEST_CASE("codes, flags and scrubbing are proved, and faults in them refuted", "[tools]") {
  const auto prove = [](const spec::MacroSpec& spec, const Emitted& rtl) {
    const proof::ProofResult result = flows::prove(rtl.source, spec, {});
    UNSCOPED_INFO(proof::to_text(result));
    return result.proved;
  };
  const spec::MacroSpec spec = protected_macro(
      scrubbed, "rows = 6\ncolumns = 3\nbanks = 3\n",
      operands("int4", "int4", "[compute]\nrows_per_block = 3\npipeline_stages = 1\n"));
  for (const spec::MacroSpec& each : {
           spec,
           protected_macro(parity, "rows = 5\ncolumns = 2\nstorage = \"flop\"\n",
                           operands("uint2", "int7", "[compute]\nadder_tree = \"area\"\n")),
           protected_macro(secded, "rows = 8\ncolumns = 2\nstorage = \"bitcell\"\n",
                           operands("int3", "int11", "[sparsity]\nnonzero = 1\ngroup = 4\n")),
           protected_macro(scrubbed, "rows = 20\ncolumns = 2\n",
                           operands("int4", "uint8", "[sparsity]\nzero_planes = \"skip\"\n")),
       }) {
    INFO(spec::to_toml(each));
    CHECK(prove(each, Emitted(each)));
  }
  struct Fault {
    const char* file;
    const char* right;
    const char* wrong;
  };
  for (const Fault& fault : std::vector<Fault>{
           {"pr_encode.v", "data_i[0 +: LANES] ^ data_i[LANES +: LANES]", "data_i[0 +: LANES]"},

           {"pr_decode.v", "word_i[LANES +: LANES] ^ s0 & s1", "word_i[LANES +: LANES] ^ s0 & s2"},
           {"pr_block3.v", ".word_i         (word[0 +: 8 * LANES])",
            ".word_i         (word[8 * LANES +: 8 * LANES])"},
           {"pr_block3.v", "uncorrectable_r0 | uncorrectable_r1", "uncorrectable_r0"},

           {"pr_slice.v", "(scrub_line_i[0 +: 3])", "(scrub_line_i[3 +: 3])"},
           {"pr.v", ".bank_i               (read_bank)", ".bank_i               (bank)"},

           {"pr.v", "out_valid_o & out_ready_i & out_error_o", "out_valid_o & out_error_o"},
           {"cim_scrubber.v", "wire look   = written & ~pending_q", "wire look   = written"},

           {"cim_error_monitor.v", "| flagged_i | fatal_i", "| fatal_i"},
           {"cim_one_hot_mux.v", "data_o | (data_i", "data_o ^ (data_i"},
       }) {
    INFO(fault.file << ": " << fault.right << " -> " << fault.wrong);
    CHECK_FALSE(prove(spec, with_fault(spec, fault.file, fault.right, fault.wrong)));
  }
}

}  // namespace cimforge
