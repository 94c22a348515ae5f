// Transposable macros: W x and W^T x from one array.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "flows/cycle_model.h"
#include "flows/process.h"
#include "flows/prove.h"
#include "flows/verilated_model.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/lower/lower.h"
#include "generator/plan/plan.h"
#include "generator/spec/parse.h"
#include "sim/golden.h"
#include "tb/bench.h"
#include "tb/bus_engine.h"
#include "tb/coverage.h"
#include "tb/program.h"
#include "tb/stimulus.h"
#include "tests/catch.h"
#include "tests/judge/emitted.h"
#include "tests/lower/shell.h"

namespace cimforge {
namespace {

using test::bench;
using test::Emitted;

spec::MacroSpec square(int size, int banks = 1, spec::Storage storage = spec::Storage::latch) {
  spec::MacroSpec spec;
  spec.name = "both";
  spec.rows = size;
  spec.columns = size;
  spec.banks = banks;
  spec.storage = storage;
  spec.transpose = spec::Transpose::per_vector;
  if (storage == spec::Storage::bitcell) spec.bitcell.cell = spec::Bitcell::transposable_8t;
  spec.input = {true, 3};
  spec.weight = {true, 4};
  return spec;
}

spec::Mode direction(const spec::MacroSpec& spec, bool transposed) {
  spec::Mode mode = spec::mode_of(spec);
  mode.transposed = transposed;
  return mode;
}

/// Replaces the first `from` behind `anchor`.
void replace(base::FileSet& files, const std::string& file, const std::string& anchor,
             const std::string& from, const std::string& to) {
  std::string& text = files.at("rtl/" + file);
  INFO(file << ": " << anchor << " ... " << from);
  const std::size_t begin = text.find(anchor);
  REQUIRE(begin != std::string::npos);
  const std::size_t place = text.find(from, begin);
  REQUIRE(place != std::string::npos);
  text.replace(place, from.size(), to);
}

proof::ProofResult proof_of(const spec::MacroSpec& spec, const base::FileSet& files) {
  const base::TemporaryDirectory work("cimforge-transpose-");
  for (const auto& [path, text] : files) {
    std::filesystem::create_directories((work.path() / path).parent_path());
    base::write_file_atomically(work.path() / path, text);
  }
  return flows::prove(flows::RtlSource{work.path(), spec.name, true}, spec,
                      {.time_limit = std::chrono::minutes(3)});
}

}  // namespace

TEST_CASE("the golden model multiplies with W and with its transpose, by hand") {
  sim::GoldenMacro golden(square(2, 2));
  golden.write_row(1, 0, std::vector<std::int32_t>{1, 2});
  golden.write_row(1, 1, std::vector<std::int32_t>{3, 4});
  const std::vector<std::int32_t> x = {1, 3, -2, 0};  // two vectors
  std::vector<std::int64_t> y(4);
  golden.multiply(1, direction(golden.spec(), false), x, y);
  CHECK(y == std::vector<std::int64_t>{1 + 9, 2 + 12, -2, -4});
  golden.multiply(1, direction(golden.spec(), true), x, y);
  CHECK(y == std::vector<std::int64_t>{1 + 6, 3 + 12, -2, -6});
  golden.multiply(0, direction(golden.spec(), true), x, y);
  CHECK(y == std::vector<std::int64_t>{0, 0, 0, 0});
}

TEST_CASE("the golden model's transposed results are those of a loop, in every output mode") {
  std::mt19937 random(2);
  for (const spec::OutputMode mode :
       {spec::OutputMode::exact, spec::OutputMode::saturate, spec::OutputMode::truncate}) {
    spec::MacroSpec spec = square(5, 2);
    spec.output_mode = mode;
    spec.output_bits = mode == spec::OutputMode::exact ? 0 : 5;
    sim::GoldenMacro golden(spec);
    std::int32_t weights[5][5];
    for (int r = 0; r < 5; ++r) {
      for (std::int32_t& w : weights[r]) w = static_cast<std::int32_t>(random() % 16) - 8;
      golden.write_row(1, r, std::span<const std::int32_t>(weights[r], 5));
    }
    for (int trial = 0; trial < 20; ++trial) {
      std::vector<std::int32_t> x(5);
      for (std::int32_t& each : x) each = static_cast<std::int32_t>(random() % 8) - 4;
      std::vector<std::int64_t> y(5);
      golden.multiply(1, direction(spec, true), x, y);
      for (int r = 0; r < 5; ++r) {
        std::int64_t sum = 0;
        for (int c = 0; c < 5; ++c) sum += x[static_cast<std::size_t>(c)] * weights[r][c];
        CHECK(y[static_cast<std::size_t>(r)] == sim::output_value(spec, sum));
      }
    }
  }
}

TEST_CASE(
    "the transposed view is the array with rows and columns exchanged, in both descriptions") {
  struct Parameters {
    int size, bits, lanes, codes, banks, bank_bits;
  };
  const base::TemporaryDirectory work("cimforge-transpose-");
  for (const Parameters& p :
       {Parameters{5, 3, 2, 0, 1, 1}, Parameters{5, 3, 2, 1, 3, 2}, Parameters{8, 4, 8, 0, 2, 1},
        Parameters{7, 2, 1, 0, 3, 2}, Parameters{1, 1, 1, 0, 1, 1}, Parameters{5, 2, 9, 0, 1, 1}}) {
    for (const char* view : {"", "-DSYNTHESIS"}) {
      const test::ShellResult result = test::run_shell(
          work.path().string(),
          fmt::format("iverilog -g2005 {0} -s transpose_tb -Ptranspose_tb.SIZE={1} "
                      "-Ptranspose_tb.BITS={2} -Ptranspose_tb.LANES={3} -Ptranspose_tb.CODES={4} "
                      "-Ptranspose_tb.BANKS={5} -Ptranspose_tb.BANK_BITS={6} -o tb.vvp {7} "
                      "{8}/cim_weight_transpose.v {8}/cim_weight_latch.v && vvp -n tb.vvp",
                      view, p.size, p.bits, p.lanes, p.codes, p.banks, p.bank_bits,
                      CIMFORGE_TRANSPOSE_TB, CIMFORGE_RTL));
      INFO(view << " size " << p.size << " lanes " << p.lanes << "\n" << result.output);
      CHECK(result.status == 0);
      CHECK(result.output == "right\n");
    }
  }
}

TEST_CASE("a plain macro has nothing of a transposable one") {
  spec::MacroSpec spec = square(6);
  const base::FileSet both = collateral::emit(spec);
  spec.transpose = spec::Transpose::never;
  const base::FileSet plain = collateral::emit(spec);
  for (const char* file :
       {"cim_direction.v", "cim_weight_select.v", "cim_weight_transpose.v", "both_weights.v"}) {
    CHECK(both.contains(fmt::format("rtl/{}", file)));
    CHECK_FALSE(plain.contains(fmt::format("rtl/{}", file)));
  }
  CHECK(plain.at("rtl/both.v").find("in_transpose_i") == std::string::npos);
  CHECK_THAT(both.at("both.md"), Catch::Contains("y[r] = sum over c of x[c] * W[r][c]"));
  // The cycles are the same.
  const plan::MacroPlan a = plan::plan(square(6));
  const plan::MacroPlan b = plan::plan(spec);
  CHECK(a.latency == b.latency);
  CHECK(a.cycles_per_vector == b.cycles_per_vector);
}

TEST_CASE("the column of transposable bitcells shows every bit at both of its ports") {
  const spec::MacroSpec spec = square(6, 2, spec::Storage::bitcell);
  const base::FileSet files = collateral::emit(spec);
  // One tile for all rows, whatever the blocks.
  const std::string& stub = files.at("rtl/both_bitcell_column6_stub.v");
  CHECK_THAT(stub, Catch::Contains("weight_o") && Catch::Contains("weight_t_o"));
  const std::string& liberty = files.at("array/both_bitcell_column6.lib");
  CHECK_THAT(liberty, Catch::Contains("bus (weight_t_o)") && Catch::Contains("8T_transposable"));
  CHECK_THAT(files.at("array/both_bitcell_column6.lef"), Catch::Contains("PIN weight_t_o[23]"));
  spec::MacroSpec plain = spec;
  plain.transpose = spec::Transpose::never;
  plain.bitcell.cell = spec::Bitcell::eight_t;
  CHECK(collateral::emit(plain).at("rtl/both_bitcell_column6_stub.v").find("weight_t_o") ==
        std::string::npos);
}

TEST_CASE("coverage wants both directions of every bank, and the corner program gives them") {
  const spec::MacroSpec spec = square(3, 2);
  spec::MacroSpec plain = spec;
  plain.transpose = spec::Transpose::never;
  CHECK(tb::Coverage(spec).report().total == tb::Coverage(plain).report().total + 2 * 4);
  int both = 0;
  for (const tb::CornerStep& step : tb::corner_steps(spec)) both += step.transposed ? 1 : 0;
  int vectors = 0;
  for (const tb::CornerStep& step : tb::corner_steps(plain)) {
    vectors += step.kind == tb::CornerStep::Kind::input ? 1 : 0;
    CHECK_FALSE(step.transposed);
  }
  CHECK(both == vectors);
  // All inputs in both directions, one vector after the other.
  std::uint64_t exhaustive = 0;
  for (const tb::Chunk& chunk : tb::plan_chunks(spec, 10)) {
    if (chunk.kind == tb::Chunk::Kind::exhaustive_inputs) exhaustive += chunk.vectors;
  }
  CHECK(exhaustive == 2U << 9);
}

TEST_CASE("transposable macros pass in both descriptions") {
  const bool synthesis_view = GENERATE(false, true);
  spec::MacroSpec serial = square(5, 2);
  spec::MacroSpec parallel = square(9, 1, spec::Storage::flop);
  parallel.input_bits_per_cycle = 3;
  parallel.adder_tree = spec::AdderTree::area;
  parallel.pipeline_stages = 2;
  parallel.rows_per_block = 4;
  spec::MacroSpec cells = square(4, 3, spec::Storage::bitcell);
  cells.adder_tree = spec::AdderTree::loop;
  cells.weight = {false, 3};
  // Two slices, of 33 and of 32.
  spec::MacroSpec slices = square(65);
  slices.weight = {true, 1};
  // All operands there are, in both directions.
  spec::MacroSpec tiny = square(2);
  tiny.input = {false, 2};
  tiny.weight = {true, 2};
  for (const spec::MacroSpec& spec : {serial, parallel, cells, slices, tiny}) {
    const tb::BenchResult result =
        bench(spec, Emitted(spec), {.vectors = 500, .synthesis_view = synthesis_view});
    INFO(spec::to_toml(spec) << tb::to_text(result));
    CHECK(result.passed());
    for (const std::string& missed : result.coverage.missed) {
      CHECK_THAT(missed, !Catch::StartsWith("forward") && !Catch::StartsWith("transposed"));
    }
  }
}

TEST_CASE("a fault of a transposable macro is a mismatch") {
  const spec::MacroSpec spec = square(5, 2);
  base::FileSet files = collateral::emit(spec);
  bool synthesis_view = false;
  SECTION("every vector is forward") {
    replace(files, "both.v", "u_direction", "(in_transpose_i)", "(in_transpose_i & 1'b0)");
  }
  SECTION("the direction is that of the pin, not of the vector") {
    replace(files, "cim_direction.v", "assign transpose_o", "transpose_q",
            "in_transpose_i | (transpose_q & 1'b0)");
  }
  SECTION("the direction is taken a cycle late") {
    replace(files, "both.v", "u_direction", "(take)", "(shift)");
  }
  SECTION("both views exchanged") {
    replace(files, "cim_weight_select.v", "assign weight_o", "weight_t_i : weight_i",
            "weight_i : weight_t_i");
  }
  SECTION("one bit of the array is not transposed") {
    replace(files, "both.v", "u_slice", "(weight_t[", "(weight_u[");
    replace(
        files, "both.v", "u_direction", "genvar slice;",
        "wire [99:0] weight_u = {weight_t[99:24], weight[23], weight_t[22:0]};\n  genvar slice;");
  }
  SECTION("the transposed view of another bank") {
    replace(files, "both.v", "u_transpose", "(bank)", "(~bank)");
  }
  SECTION("a row is written as another column") {
    replace(files, "cim_weight_transpose.v", "next[base*SIZE*BITS + (code*BITS",
            "lanes + row - base", "lanes + lanes - 1 - row + base");
  }
  SECTION("the wires are not those of the transpose") {
    synthesis_view = true;
    replace(files, "cim_weight_transpose.v", "g_planes",
            "((slice_column + column)*BITS + bit_index)*ROWS_HERE + row",
            "((slice_row + row)*BITS + bit_index)*ROWS_HERE + column");
  }
  const tb::BenchResult result =
      bench(spec, files, {.vectors = 500, .synthesis_view = synthesis_view});
  INFO(tb::to_text(result));
  CHECK(result.mismatches > 0);
}

TEST_CASE("transposable macros are proved, and faults of them refuted") {
  const spec::MacroSpec spec = square(3, 2);
  base::FileSet files = collateral::emit(spec);
  std::string part;
  SECTION("as emitted") {}
  SECTION("bitcells") {
    const spec::MacroSpec cells = square(3, 1, spec::Storage::bitcell);
    const proof::ProofResult result = proof_of(cells, collateral::emit(cells));
    INFO(proof::to_text(result));
    CHECK(result.proved);
    return;
  }
  SECTION("both views exchanged") {
    part = "choice";
    replace(files, "cim_weight_select.v", "assign weight_o", "weight_t_i : weight_i",
            "weight_i : weight_t_i");
  }
  SECTION("wires that do not transpose, with several lanes") {
    part = "transposed view";
    replace(files, "cim_weight_transpose.v", "g_planes",
            "((slice_column + column)*BITS + bit_index)*ROWS_HERE + row",
            "((slice_row + row)*BITS + bit_index)*ROWS_HERE + column");
  }
  SECTION("wires that do not transpose, with one lane") {
    part = "transposed view";
    replace(files, "cim_weight_transpose.v", "g_code",
            "((slice_column + column)*ROWS_HERE + row)*BITS",
            "((slice_column + column)*ROWS_HERE + row)*BITS*0");
  }
  SECTION("a direction that is not kept") {
    part = "direction";
    replace(files, "cim_direction.v", "posedge", "if (take_i) ", "");
  }
  SECTION("a direction of another vector") {
    part = "top";
    replace(files, "both.v", "u_direction", "(take)", "(shift)");
  }
  SECTION("the forward view in the place of the transposed one") {
    part = "top";
    replace(files, "both.v", "u_slice", "(weight_t[", "(weight[");
  }
  SECTION("a block with the rows of one view only") {
    part = "column";
    replace(files, "both_slice.v", "u_block0", "(weight_t_i[", "(weight_i[");
  }
  SECTION("weights that another row writes") {
    part = "top";
    replace(files, "both.v", "g_weights", "(word_line)", "({word_line[4:0], word_line[5]})");
  }
  SECTION("a write buffer of exchanged planes") {
    part = "weights";
    replace(files, "both_weights.v", "cim_weight_latch", "(write_data)", "(~write_data)");
  }
  const proof::ProofResult result = proof_of(spec, files);
  INFO(proof::to_text(result));
  CHECK(result.proved == part.empty());
  if (part.empty()) return;
  REQUIRE(result.counterexample);
  CHECK_THAT(result.counterexample->part, Catch::Contains(part));
}

TEST_CASE("a cycle model multiplies in both directions") {
  const spec::MacroSpec spec = square(3, 2);
  const base::TemporaryDirectory work("cimforge-transpose-");
  base::write_directory_atomically(work.path() / "rtl", collateral::emit(spec),
                                   collateral::manifest_name);
  for (const auto& [path, text] : flows::cycle_model_files(spec, {work.path() / "rtl", spec.name},
                                                           {.trace = false, .jobs = 1})) {
    const std::filesystem::path file = work.path() / "model" / path;
    std::filesystem::create_directories(file.parent_path());
    base::write_file_atomically(file, text);
  }
  std::ofstream(work.path() / "main.cpp") << R"(#include <cstdio>
#include <both.hpp>
int main() {
  cimforge_models::both model;
  static_assert(decltype(model)::transposable);
  std::vector<std::int32_t> w = {1, 2, 3, -4, 5, -6, 7, -8, 0};
  model.load_weights(w, 1);
  const std::vector<std::int32_t> x = {1, -2, 3};
  const auto y = model.run(x, 1);
  const auto z = model.run_transposed(x, 1);
  const auto again = model.run(x, 1);
  for (int i = 0; i < 3; ++i) {
    int forward = 0, transposed = 0;
    for (int j = 0; j < 3; ++j) {
      forward += x[j] * w[j * 3 + i];
      transposed += x[j] * w[i * 3 + j];
    }
    if (y[i] != forward || z[i] != transposed || again[i] != forward) return 1;
  }
  std::puts("right");
}
)";
  const test::ShellResult result = test::run_shell(
      work.path().string(),
      "g++ -std=c++20 main.cpp -Imodel/include model/lib/libboth.a model/lib/libcimforge_runtime.a "
      "-lz -lpthread -latomic -o main && ./main");
  INFO(result.output);
  CHECK(result.output == "right\n");
}

}  // namespace cimforge
