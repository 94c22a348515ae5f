// Analog macros from their specification to results: read by Verilator, Icarus and Yosys, and held
// to the golden model in Icarus and in Verilator.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <functional>
#include <mutex>
#include <set>
#include <sstream>
#include <thread>

#include "flows/verilated_model.h"
#include "generator/collateral/collateral.h"
#include "generator/spec/parse.h"
#include "tb/bench.h"
#include "tests/catch.h"
#include "tests/icarus/player.h"
#include "tests/judge/judge.h"
#include "tests/lower/shell.h"

namespace cimforge {
namespace {

using Specs = std::vector<spec::MacroSpec>;

/// What is wrong with a specification; empty where nothing is.
using Judge = std::function<std::string(const spec::MacroSpec&, std::uint64_t seed)>;

/// Two at a time.
void judge_all(const Specs& specs, const Judge& judge) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::vector<std::string> complaints;
  const auto work = [&] {
    for (std::size_t i = next++; i < specs.size(); i = next++) {
      std::string found;
      const auto start = std::chrono::steady_clock::now();
      try {
        found = judge(specs[i], 100 + i);
      } catch (const std::exception& error) {
        found = error.what();
      }
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
      if (std::getenv("CIMFORGE_TIMES") != nullptr)
        fmt::print("{} {:.2f} s\n", specs[i].name, took.count());
      if (found.empty()) continue;
      const std::lock_guard lock(mutex);
      complaints.push_back(fmt::format("seed {}\n{}{}", 100 + i, spec::to_toml(specs[i]), found));
    }
  };
  std::thread other(work);
  work();
  other.join();
  for (const std::string& each : complaints) UNSCOPED_INFO(each);
  CHECK(complaints.empty());
}

Specs with_random(Specs specs, std::uint64_t first, std::uint64_t count) {
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    specs.push_back(test::random_analog(seed));
  }
  return specs;
}

/// As emitted, in a directory.
class Output {
 public:
  explicit Output(const spec::MacroSpec& spec) : directory_("cimforge-analog-") {
    base::write_directory_atomically(path(), collateral::emit(spec), collateral::manifest_name);
  }
  [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "out"; }
  /// What a command has to say; empty where it is content.
  [[nodiscard]] std::string operator()(const std::string& command) const {
    const test::ShellResult result = test::run_shell(path().string(), command);
    std::string said;
    std::istringstream lines(result.output);
    for (std::string line; std::getline(lines, line);) {
      if (line.find("timescale") == std::string::npos) said += line + '\n';
    }
    if (result.status == 0 && said.empty()) return "";
    return fmt::format("exit status {}\n$ {}\n{}", result.status, command, said.substr(0, 2000));
  }

 private:
  base::TemporaryDirectory directory_;
};

std::string lint(const spec::MacroSpec& spec, std::uint64_t) {
  return test::lint_complaint(spec, Output(spec).path());
}

std::string bench(const spec::MacroSpec& spec, std::uint64_t seed) {
  const Output output(spec);
  const flows::VerilatedModel model({output.path(), spec.name}, spec,
                                    {.trace = false, .jobs = 1, .optimised = false});
  tb::BenchOptions options;
  options.vectors = 100;
  options.seed = seed;
  const plan::MacroPlan plan = plan::plan(spec);
  options.expected_latency = plan.latency;
  options.expected_interval = plan.cycles_per_vector;
  const tb::BenchResult result = tb::run_bench(spec, model, options);
  std::string wrong;
  if (!result.passed()) wrong += tb::to_text(result) + '\n';
  if (result.vectors < options.vectors) wrong += fmt::format("{} results\n", result.vectors);
  return wrong;
}

std::string icarus(const spec::MacroSpec& spec, std::uint64_t seed) {
  return test::traffic_complaint(spec, collateral::emit(spec), 5, seed);
}

}  // namespace

TEST_CASE("the matrix of analog macros holds what it promises") {
  std::set<std::string> names;
  std::set<int> input_bits, cell_bits, digits, modes, adcs, encodings;
  for (const spec::MacroSpec& spec : with_random(test::analog_matrix(), 1, 300)) {
    const spec::ParseResult parsed = spec::parse(spec::to_toml(spec), spec.name);
    INFO(spec::to_toml(spec));
    for (const auto& each : parsed.diagnostics) UNSCOPED_INFO(each.message);
    REQUIRE(parsed.spec);
    CHECK(*parsed.spec == spec);
    CHECK(names.insert(spec.name).second);
    input_bits.insert(spec.input.bits);
    cell_bits.insert(spec.analog.cell_bits);
    digits.insert(spec.input_bits_per_cycle);
    modes.insert(static_cast<int>(spec.output_mode));
    adcs.insert(static_cast<int>(spec.analog.adc));
    encodings.insert(static_cast<int>(spec.analog.encoding));
  }
  CHECK(input_bits.size() == 16);
  CHECK(cell_bits.size() == 8);
  CHECK(digits.size() == 16);
  CHECK(modes.size() == 3);
  CHECK(adcs.size() == 4);
  CHECK(encodings.size() == 2);
}

TEST_CASE("Verilator and Icarus and Yosys have nothing to say about analog macros", "[tools]") {
  // Half of the matrix; the nightly test has all of it.
  const Specs all = with_random(test::analog_matrix(), 1, 4);
  Specs half;
  for (std::size_t i = 0; i < all.size(); i += 2) half.push_back(all[i]);
  judge_all(half, lint);
}

namespace {

/// Tools limit the length of loops, and of numbers that are repeated.
void read_large(int rows, int columns, int bits) {
  spec::MacroSpec spec = test::analog_specification("tall", rows, 1, fmt::format("uint{}", bits),
                                                    fmt::format("int{}", bits));
  spec.input_bits_per_cycle = bits;
  spec.analog.cell_bits = std::min(8, bits);
  spec.analog.adc_bits = 16;
  spec.analog.encoding = spec::Encoding::offset;
  constexpr const char* command =
      "verilator --lint-only -Wall --top-module {0} -f sim.f && "
      "iverilog -g2005 -t null -s {0} -c sim.f";
  CHECK(Output(spec)(fmt::format(command, "tall")) == "");
  if (columns == 1) return;
  spec = test::analog_specification("wide", 1, columns, "uint1", "uint1");
  spec.analog.cell_bits = 8;
  spec.analog.columns_per_adc = columns;
  CHECK(Output(spec)(fmt::format(command, "wide")) == "");
}

}  // namespace

TEST_CASE("analog macros of more than 1024 rows are read", "[tools]") {
  read_large(1030, 1, 1);
}

TEST_CASE("analog macros of 4096 rows and of a converter for 1030 columns are read",
          "[.][nightly]") {
  read_large(4096, 1030, 16);
}

TEST_CASE("analog macros are right in Icarus", "[tools]") {
  judge_all(with_random(test::analog_matrix(), 1, 12), icarus);
}

namespace {

/// What Yosys makes of macros has the same results, and no x in them.
void judge_gates(const Specs& specs) {
  const test::ShellResult where = test::run_shell(
      ".", "realpath \"$(dirname \"$(command -v yosys)\")/../share/yosys/simcells.v\"");
  REQUIRE(where.status == 0);
  const std::filesystem::path cells = where.output.substr(0, where.output.find('\n'));
  judge_all(specs, [&](const spec::MacroSpec& spec, std::uint64_t seed) {
    const Output output(spec);
    const std::string said = output(fmt::format(
        "yosys -q -p \"read_verilog $(grep -v '^//' synth.f | tr '\\n' ' '); synth -nofsm -top {}; "
        "write_verilog -noattr netlist.v\"",
        spec.name));
    if (!said.empty()) return said;
    base::FileSet files = collateral::emit(spec);
    std::string netlist = base::read_file(output.path() / "netlist.v");
    // The black box is written too.
    const std::size_t box = netlist.find("module " + spec.name + "_array(");
    if (box != std::string::npos) netlist.erase(box, netlist.find("endmodule", box) + 10 - box);
    files["rtl/netlist.v"] = netlist;
    files["rtl/cells.v"] = base::read_file(cells);
    files["sim.f"] = fmt::format(
        "rtl/cells.v\nrtl/cim_analog_array_exact.v\nrtl/{}_array.v\nrtl/netlist.v\n", spec.name);
    return test::traffic_complaint(spec, files, 5, seed);
  });
}

}  // namespace

TEST_CASE("the gates of an analog macro do the same and know every value that they show",
          "[tools]") {
  spec::MacroSpec spec = test::analog_specification("gates", 3, 2, "int2", "int3");
  spec.analog.encoding = spec::Encoding::offset;
  spec.analog.adc_bits = 4;
  spec.analog.columns_per_adc = 1;
  judge_gates({spec});
}

TEST_CASE("the gates of many analog macros do the same", "[.][nightly]") {
  const Specs all = test::analog_matrix();
  judge_gates({all[5], all[6], all[7], all[8], all[9], all[18], all[24], all[25], all[31]});
}

TEST_CASE("sums past 32 bits are right") {
  spec::MacroSpec spec = test::analog_specification("huge", 140, 1, "uint16", "uint8");
  spec.input_bits_per_cycle = 16;
  spec.analog.cell_bits = 8;
  spec.analog.adc_bits = 16;
  spec.analog.adc_range = 16;
  test::Script script(spec);
  std::vector<std::int64_t> weights;
  std::vector<std::int64_t> inputs;
  for (int row = 0; row < spec.rows; ++row) {
    weights.push_back(255);
    inputs.push_back(65535 - row);
    script.weights(row, std::vector<std::int64_t>{255});
  }
  script.vector(inputs);
  const test::Played played = test::play(spec, collateral::emit(spec), script);
  CHECK(played.errors == "");
  REQUIRE(played.results.size() == 1);
  const auto expected =
      reference::Macro(test::parameters_of(spec), weights).multiply(inputs).outputs;
  CHECK(expected[0] > std::int64_t{1} << 31);
  CHECK(played.results[0].values == expected);
}

TEST_CASE("analog macros are right in Verilator", "[tools]") {
  const Specs all = test::analog_matrix();
  judge_all({all[5], all[9], all[22], all[24]}, bench);
}

TEST_CASE("a long programming pulse is no hang", "[tools]") {
  spec::MacroSpec spec = test::analog_specification("pulse", 1, 1, "int1", "int1");
  spec.analog.adc = spec::Adc::flash;
  spec.analog.pulse_cycles = 20000;  // hundreds of vectors
  judge_all({spec}, bench);
}

TEST_CASE("tools have nothing to say about many analog macros", "[.][nightly]") {
  judge_all(with_random(test::analog_matrix(), 1000, 100), lint);
}

TEST_CASE("many analog macros are right in Verilator", "[.][nightly]") {
  Specs specs = with_random(test::analog_matrix(), 1000, 60);
  // Cells that may stay off their level have no exact results; a register after reset.
  for (spec::MacroSpec& spec : specs) spec.analog.program_tolerance = 0;
  judge_all(specs, bench);
}

TEST_CASE("many analog macros are right in Icarus", "[.][nightly]") {
  judge_all(with_random({}, 2000, 500), icarus);
}

}  // namespace cimforge
