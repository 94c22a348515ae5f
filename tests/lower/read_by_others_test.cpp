// Every emitted file of the matrix, read by Verilator, Yosys and Icarus: without a warning, without
// a waiver in a generated file; those in the leaf cells say why. The tools are required: a missing
// one fails.

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "generator/base/file.h"
#include "generator/lower/lower.h"
#include "generator/spec/parse.h"
#include "tests/catch.h"
#include "tests/lower/matrix.h"
#include "tests/lower/shell.h"

namespace cimforge {
namespace {

/// An emitted specification.
struct Emitted {
  std::string name;
  std::string directory;
  std::string files;  ///< names, each after those that it uses, blanks between
  int columns = 1;
  std::vector<std::string> parts;  ///< the modules that are described twice
};

Emitted emit(const spec::MacroSpec& spec, const std::filesystem::path& parent) {
  const lower::Rtl rtl = lower::lower(plan::plan(spec));
  Emitted emitted{spec.name, (parent / spec.name).string(), "", spec.columns, {}};
  for (const verilog::Module& module : rtl.modules) {
    const bool described_twice =
        verilog::print(module, "").find("`ifdef SYNTHESIS") != std::string::npos;
    // Yosys cannot pair the blocks of a loop, which has no second description of its own.
    // Nor a column of bitcells for each lane with one for all: tests/matrix runs both.
    const bool is_bitcells = module.name.starts_with(spec.name + "_bitcells");
    if (described_twice && spec.adder_tree != spec::AdderTree::loop && !is_bitcells) {
      emitted.parts.push_back(module.name);
    }
  }
  std::filesystem::create_directory(emitted.directory);
  for (const auto& [name, text] : rtl.files("Made by a test")) {
    std::ofstream(std::filesystem::path(emitted.directory) / name) << text;
  }
  for (const std::string& name : rtl.array_files()) emitted.files += " " + name;
  for (const std::string& name : rtl.file_order()) emitted.files += " " + name;
  return emitted;
}

/// The lines of `text` that do not hold `noise`.
std::string without_lines(const std::string& text, const std::string& noise) {
  std::string result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(noise) == std::string::npos) result += line + "\n";
  }
  return result;
}

/// What a tool has against an emitted specification; empty where it has nothing.
using Judge = std::function<std::string(const Emitted&)>;

std::string complaint(const Emitted& emitted, const std::string& command,
                      const std::string& noise = "\n") {
  const test::ShellResult result = test::run_shell(emitted.directory, command);
  const std::string said = without_lines(result.output, noise);
  if (result.status == 0 && said.empty()) return "";
  return fmt::format("{}: exit status {}\n$ {}\n{}", emitted.name, result.status, command,
                     said.substr(0, 2000));
}

/// Two at a time.
void judge_matrix(const Judge& judge, std::size_t step = 1, std::size_t first = 0,
                  std::size_t end = test::matrix.size()) {
  const base::TemporaryDirectory directory("cimforge-lower-");
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::vector<std::string> complaints;
  const auto work = [&] {
    for (std::size_t i = first + step * next++; i < end; i = first + step * next++) {
      std::string found;
      try {
        const Emitted emitted = emit(test::matrix_specification(i), directory.path());
        found = judge(emitted);
        std::filesystem::remove_all(emitted.directory);
      } catch (const std::exception& error) {
        found = test::matrix_specification(i).name + ": " + error.what();
      }
      const std::lock_guard lock(mutex);
      if (!found.empty()) complaints.push_back(std::move(found));
    }
  };
  std::thread other(work);
  work();
  other.join();
  for (const std::string& each : complaints) UNSCOPED_INFO(each);
  CHECK(complaints.empty());
}

std::string verilator(const Emitted& emitted, const std::string& top, const std::string& options) {
  return complaint(emitted, fmt::format("verilator --lint-only -Wall{} --top-module {}{}", options,
                                        top, emitted.files));
}

/// Proves by Yosys that a module is the same in its description for synthesis tools and in the one
/// for simulators, signal by signal: the names are the same in both. One lane stands for all, as
/// every operator works bit by bit. What both descriptions share (storage, accumulator, output)
/// stays a cell.
std::string equivalence(const Emitted& emitted, const std::string& module) {
  const auto read = [&](const char* view, const char* name) {
    return fmt::format(
        "read_verilog -defer {} {}; hierarchy -check -top {} -chparam LANES 1; proc; "
        "setattr -mod -set keep_hierarchy 1 *; setattr -mod -unset keep_hierarchy *cim_full_adder* "
        "*cim_half_adder* *cim_dual_half_adder* *cim_bit_product* *cim_or_product* "
        "*cim_conditional_invert* "
        "*cim_index_select* *cim_lane_product* *cim_match_product*; flatten; "
        "opt_clean; "
        "rename -top {}; design -stash {}; ",
        view, emitted.files, module, name, name);
  };
  // Yosys defines SYNTHESIS unless it reads for -formal.
  return complaint(emitted,
                   fmt::format("yosys -q -w . -p '{}{}design -copy-from synthesis *; "
                               "design -copy-from simulation -as simulation simulation; "
                               "equiv_make synthesis simulation both; select both; equiv_simple; "
                               "equiv_induct; equiv_status -assert'",
                               read("", "synthesis"), read("-formal", "simulation")));
}

}  // namespace

TEST_CASE("the matrix holds what it promises", "[lower]") {
  std::set<int> rows, columns, banks, input_bits, weight_bits, stages;
  std::set<std::pair<bool, bool>> signs;
  std::set<spec::AdderTree> trees;
  std::set<spec::Storage> storages;
  std::set<spec::OutputMode> modes;
  std::set<std::string> names;
  for (std::size_t i = 0; i < test::matrix.size(); ++i) {
    const spec::MacroSpec spec = test::matrix_specification(i);
    const spec::ParseResult parsed = spec::parse(spec::to_toml(spec), spec.name);
    INFO(spec::to_toml(spec));
    for (const auto& each : parsed.diagnostics) UNSCOPED_INFO(each.message);
    REQUIRE(parsed.spec);
    CHECK(*parsed.spec == spec);
    rows.insert(spec.rows);
    columns.insert(spec.columns);
    banks.insert(spec.banks);
    input_bits.insert(spec.input.bits);
    weight_bits.insert(spec.weight.bits);
    stages.insert(spec.pipeline_stages);
    signs.insert({spec.input.is_signed, spec.weight.is_signed});
    trees.insert(spec.adder_tree);
    storages.insert(spec.storage);
    modes.insert(spec.output_mode);
    names.insert(spec.name);
  }
  CHECK(test::matrix.size() >= 60);
  CHECK(names.size() == test::matrix.size());
  for (const int size : {1, 2, 3, 7, 37, 96, 100, 129}) {
    CHECK(rows.contains(size));
    CHECK(columns.contains(size));
  }
  for (int bits = 1; bits <= 8; ++bits) {
    CHECK(input_bits.contains(bits));
    CHECK(weight_bits.contains(bits));
  }
  for (const int count : {1, 2, 3}) CHECK(banks.contains(count));
  for (const int count : {0, 1, 2, 3, 4}) CHECK(stages.contains(count));
  CHECK(signs.size() == 4);
  CHECK(trees.size() == spec::adder_tree_names.size());
  CHECK(storages.size() == spec::storage_names.size());
  CHECK(modes.size() == 4);
}

namespace {

struct NamedJudge {
  const char* name;
  Judge judge;
};

const std::vector<NamedJudge> judges = {
    {"Verilator -Wall",
     [](const Emitted& emitted) { return verilator(emitted, emitted.name, ""); }},
    {"Verilator -Wall, the description for synthesis",
     [](const Emitted& emitted) { return verilator(emitted, emitted.name, " -DSYNTHESIS"); }},
    // The slice alone for all, as it is hardened: Verilator needs gigabytes for a top of 100
    // slices.
    {"Verilator -Wall, one lane",
     [](const Emitted& emitted) {
       return verilator(emitted, emitted.columns <= 7 ? emitted.name : emitted.name + "_slice",
                        " -GLANES=1");
     }},
    {"Yosys, which finds no memories",
     [](const Emitted& emitted) {
       return complaint(
           emitted,
           fmt::format("yosys -q -p 'read_verilog -defer{}; hierarchy -check -top {}; proc; "
                       "opt_expr; opt_clean; check -assert; "
                       "select -assert-none t:$mem*'",
                       emitted.files, emitted.name));
     }},
    {"Icarus",
     [](const Emitted& emitted) {
       return complaint(
           emitted,
           fmt::format("iverilog -g2005 -Wall -t null -s {}{} && iverilog -g2005 -DSYNTHESIS "
                       "-Wall -t null -s {}{}",
                       emitted.name, emitted.files, emitted.name, emitted.files),
           "timescale");
     }},
};

}  // namespace

// Every one of the matrix is simulated by tests/matrix; here a tool reads each seventh, another one
// for each tool. The nightly run has all.
TEST_CASE("no tool has anything to say about a seventh of the matrix", "[lower][tools]") {
  for (std::size_t i = 0; i < judges.size(); ++i) {
    INFO(judges[i].name);
    judge_matrix(judges[i].judge, 7, i % 7);
  }
}

TEST_CASE("no tool has anything to say about the matrix", "[lower][.][nightly]") {
  for (const NamedJudge& each : judges) {
    INFO(each.name);
    judge_matrix(each.judge);
  }
}

std::string equivalences(const Emitted& emitted) {
  std::string found;
  for (const std::string& part : emitted.parts) found += equivalence(emitted, part);
  return found;
}

// Of those without options, which come first: SAT takes minutes for some. The nightly run has all.
TEST_CASE("both descriptions of part of the matrix are one circuit", "[lower][tools]") {
  judge_matrix(equivalences, 16, 3, 89);
}

TEST_CASE("both descriptions of every part of the matrix are one circuit", "[lower][.][nightly]") {
  judge_matrix(equivalences);
}

TEST_CASE("a fault in one description is found by the comparison", "[lower][tools]") {
  const base::TemporaryDirectory directory("cimforge-lower-");
  const Emitted emitted = emit(test::matrix_specification(3), directory.path());
  const std::filesystem::path file =
      std::filesystem::path(emitted.directory) / (emitted.parts.front() + ".v");
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  std::string edited = text.str();
  const std::size_t process = edited.find("always @*");
  REQUIRE(process != std::string::npos);
  const std::size_t place = edited.find(" ^ ", process);
  REQUIRE(place != std::string::npos);
  edited[place + 1] = '|';
  std::ofstream(file) << edited;
  CHECK_THAT(equivalence(emitted, emitted.parts.front()), Catch::Contains("unproven"));
}

TEST_CASE("a tool's complaint fails the judgement", "[lower][tools]") {
  const base::TemporaryDirectory directory("cimforge-lower-");
  std::ofstream(directory.path() / "bad.v") << "module bad (input wire a, output wire b);\n"
                                               "  wire [3:0] c = {3'b0, a};\n"
                                               "  assign b = c[0];\n"
                                               "endmodule\n";
  const Emitted bad{"bad", directory.path().string(), " bad.v", 1, {}};
  CHECK_THAT(verilator(bad, "bad", ""), Catch::Contains("UNUSED"));
  CHECK_THAT(complaint(bad, "no_such_tool_of_anyone bad.v"), Catch::Contains("status 127"));
}

}  // namespace cimforge
