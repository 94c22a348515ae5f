// Random mutations of the emitted text: what elaborates and is not the same circuit is caught by
// prove, or else by verify; what neither catches is shown to be the same circuit.
//
// The description for simulators (`else` to `endif`) is left alone: Yosys does not read it.
// CIMFORGE_MUTATIONS_SEED chooses other mutations, CIMFORGE_MUTATIONS_VERBOSE tells each.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <regex>

#include "flows/process.h"
#include "flows/verilated_model.h"
#include "generator/base/exit_status.h"
#include "generator/collateral/collateral.h"
#include "tb/bench.h"
#include "tests/catch.h"
#include "tests/proof/planted.h"

namespace cimforge {
namespace {

std::vector<spec::MacroSpec> specifications() {
  spec::MacroSpec serial;
  serial.name = "mutant";
  serial.rows = 5;
  serial.columns = 2;
  serial.banks = 2;
  serial.rows_per_block = 3;
  serial.input = {true, 3};
  serial.weight = {true, 3};
  spec::MacroSpec parallel = serial;
  parallel.banks = 1;
  parallel.storage = spec::Storage::flop;
  parallel.input_bits_per_cycle = 3;
  parallel.pipeline_stages = 2;
  parallel.output_mode = spec::OutputMode::saturate;
  parallel.output_bits = 5;
  spec::MacroSpec digits = serial;
  digits.input = {true, 5};
  digits.input_bits_per_cycle = 2;
  digits.weight = {false, 3};
  digits.adder_tree = spec::AdderTree::ripple;
  digits.pipeline_stages = 1;
  digits.output_mode = spec::OutputMode::truncate;
  digits.output_bits = 6;
  digits.output_shift = 1;
  return {serial, parallel, digits};
}

/// Vectors bring their precision: columns that are fused, and columns that are not.
std::vector<spec::MacroSpec> specifications_with_modes() {
  spec::MacroSpec fused;
  fused.name = "mutant";
  fused.rows = 3;
  fused.columns = 8;
  fused.storage = spec::Storage::flop;
  fused.input = {true, 2};
  fused.weight = {true, 2};
  fused.pipeline_stages = 1;
  fused.precision = {spec::PrecisionMode::per_vector, 4};
  spec::MacroSpec single = fused;
  single.banks = 2;
  single.columns = 2;
  single.rows = 5;
  single.rows_per_block = 3;
  single.adder_tree = spec::AdderTree::area;
  single.precision.fused_columns = 1;
  return {fused, single};
}

/// Whether a place of a file may be changed: no comment, no head of a loop (it may never end, and a
/// tool then takes all memory), and not in the description for simulators.
std::vector<bool> synthesised(const std::string& text) {
  std::vector<bool> may(text.size(), true);
  bool simulators = false;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    if (line == "`else") simulators = true;
    const std::size_t comment = std::min(line.find("//"), line.size());
    const bool directive = line.starts_with('`') || line.find("for (") != std::string::npos;
    for (std::size_t i = 0; i < line.size(); ++i) {
      may[begin + i] = !simulators && !directive && i < comment;
    }
    if (line == "`endif") simulators = false;
    begin = end + 1;
  }
  return may;
}

struct Mutation {
  std::string file, what, text;
};

/// The matches of `pattern` that may be changed.
std::vector<std::smatch> sites(const std::string& text, const std::vector<bool>& may,
                               const char* pattern) {
  std::vector<std::smatch> found;
  const std::regex regex(pattern);
  for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end; ++match) {
    if (may[static_cast<std::size_t>(match->position())]) found.push_back(*match);
  }
  return found;
}

/// One change of one file.
Mutation mutate(const base::FileSet& files, std::mt19937_64& random) {
  std::vector<std::string> names;
  for (const auto& [name, text] : files) {
    const bool has_modes =
        name == "rtl/cim_precision_sequencer.v" || name == "rtl/cim_signed_accumulator.v" ||
        name == "rtl/cim_column_fusion.v" || name == "rtl/cim_digit_selector.v" ||
        name == "rtl/cim_signed_place_accumulator.v";
    if (name.starts_with("rtl/mutant") || has_modes) names.push_back(name);
  }
  constexpr const char* pin = R"(\.(\w+)\s*\(([^()]+)\))";
  while (true) {
    const std::string& name = names[random() % names.size()];
    const std::string& text = files.at(name);
    const std::vector<bool> may = synthesised(text);
    const auto pick = [&](const char* pattern) {
      const auto found = sites(text, may, pattern);
      return found.empty() ? std::smatch() : found[random() % found.size()];
    };
    const auto with = [&](const std::smatch& match, int group, const std::string& by) {
      std::string changed = text;
      changed.replace(static_cast<std::size_t>(match.position(static_cast<std::size_t>(group))),
                      static_cast<std::size_t>(match.length(static_cast<std::size_t>(group))), by);
      const auto line = 1 + std::count(text.begin(), text.begin() + match.position(), '\n');
      return Mutation{name,
                      fmt::format("{}:{}: '{}' -> '{}'", name, line,
                                  match[static_cast<std::size_t>(group)].str(), by),
                      std::move(changed)};
    };
    std::smatch match;
    std::string by;
    int group = 0;
    switch (random() % 6) {
      case 0: {  // two neighbouring pins exchange what they are connected to
        match = pick(R"(\.(\w+)\s*\(([^()]+)\),\s*\.(\w+)\s*\(([^()]+)\))");
        if (match.empty()) continue;
        by = fmt::format(".{}({}), .{}({})", match[1].str(), match[4].str(), match[3].str(),
                         match[2].str());
        break;
      }
      case 1: {  // a pin takes what another one has
        match = pick(pin);
        const std::smatch other = pick(pin);
        if (match.empty() || other.empty()) continue;
        group = 2;
        by = other[2];
        break;
      }
      case 2: {  // a number, one more or less
        match = pick(R"([\[(](\d+)( \+: \d+)?[\])])");
        if (match.empty()) continue;
        group = 1;
        const int value = std::stoi(match[1]);
        by = fmt::format("{}", value > 0 && random() % 2 == 0 ? value - 1 : value + 1);
        break;
      }
      case 3: {  // a digit of a constant
        match = pick(R"('[hd][0-9a-f]*([0-9a-f]))");
        if (match.empty()) continue;
        group = 1;
        by = fmt::format("{}", random() % 8);
        break;
      }
      case 4: {  // an operator
        match = pick(R"( ([\^&|+*]) )");
        if (match.empty()) continue;
        group = 1;
        constexpr std::array operators = {"^", "&", "|", "+", "-"};
        by = operators[random() % operators.size()];
        break;
      }
      default: {  // two neighbours in a concatenation, or an inverted input
        if (random() % 2 == 0) {
          match = pick(R"(\b(\w+), (\w+)\b)");
          if (match.empty()) continue;
          by = fmt::format("{}, {}", match[2].str(), match[1].str());
        } else {
          match = pick(pin);
          if (match.empty()) continue;
          group = 2;
          by = "~" + match[2].str();
        }
      }
    }
    if (match[static_cast<std::size_t>(group)].str() != by) return with(match, group, by);
  }
}

/// Whether Yosys shows a changed module to be the same as the emitted one, with so many lanes and
/// with all below it. Pins of cells are no points of comparison: an adder's inputs may be
/// exchanged.
bool same_circuit(const base::FileSet& files, const base::FileSet& changed,
                  const std::string& module, int lanes) {
  const auto read = [&](const std::filesystem::path& directory, const char* name) {
    std::string script;
    for (const auto& [path, text] : files) {
      if (path.ends_with(".v"))
        script += fmt::format("read_verilog {}\n", (directory / path).string());
    }
    return script + fmt::format(
                        "hierarchy -check -top {} -chparam LANES {}\nproc\n"
                        "flatten\nasync2sync\nopt_clean\nrename -hide w:*.*_i w:*.half\n"
                        "rename -top {}\ndesign -stash {}\n",
                        module, lanes, name, name);
  };
  return test::with_rtl(files, [&](const std::filesystem::path& emitted) {
    return test::with_rtl(changed, [&](const std::filesystem::path& mutated) {
      base::write_file_atomically(
          mutated / "same.ys",
          read(emitted, "emitted") + read(mutated, "mutated") +
              "design -copy-from emitted *\ndesign -copy-from mutated -as mutated mutated\n"
              "equiv_make emitted mutated both\nselect both\nequiv_simple\nequiv_induct\n"
              "equiv_status -assert\n");
      return flows::run_process({.arguments = {"yosys", "-q", "same.ys"},
                                 .time_limit = std::chrono::minutes(5),
                                 .working_directory = mutated})
          .succeeded();
    });
  });
}

enum class Outcome { rejected, proved_wrong, simulated_wrong, same, escaped };
constexpr std::array outcome_names = {"rejected", "refuted", "verify only", "same circuit",
                                      "escaped"};

Outcome judge(const spec::MacroSpec& spec, const base::FileSet& files, const Mutation& mutation) {
  base::FileSet changed = files;
  changed[mutation.file] = mutation.text;
  try {
    if (!test::prove_files(spec, changed).proved) return Outcome::proved_wrong;
  } catch (const base::CommandError&) {
    return Outcome::rejected;
  }
  try {
    const bool passed = test::with_rtl(changed, [&](const std::filesystem::path& directory) {
      const flows::VerilatedModel model(flows::RtlSource{directory, spec.name, true}, spec,
                                        {.trace = false, .jobs = 1, .synthesis_view = true});
      tb::BenchOptions options;
      options.vectors = 2000;
      options.seed = 7;
      return tb::run_bench(spec, model, options).passed();
    });
    if (!passed) return Outcome::simulated_wrong;
  } catch (const base::InputError&) {
    return Outcome::simulated_wrong;  // Verilator rejects it, and verify says so
  }
  const std::string file = std::filesystem::path(mutation.file).stem();
  const std::string& module = file.starts_with("cim_") ? spec.name : file;
  const int lanes = spec.precision.fused_columns;
  return same_circuit(files, changed, module, lanes) ? Outcome::same : Outcome::escaped;
}

/// Bounds the memory of the tools that this program starts, but for the address sanitizer, which
/// needs all addresses.
void limit_memory() {
#ifndef __SANITIZE_ADDRESS__
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_AS, &limit) == 0);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, rlim_t{6} << 30U);
  REQUIRE(::setrlimit(RLIMIT_AS, &limit) == 0);
#endif
}

void check_mutations(const std::vector<spec::MacroSpec>& specs, int count) {
  limit_memory();
  const char* chosen = std::getenv("CIMFORGE_MUTATIONS_SEED");
  const std::uint64_t seed = chosen == nullptr ? 1 : std::strtoull(chosen, nullptr, 10);
  const bool verbose = std::getenv("CIMFORGE_MUTATIONS_VERBOSE") != nullptr;
  std::mt19937_64 random(seed);
  std::vector<base::FileSet> files;
  for (const spec::MacroSpec& spec : specs) files.push_back(collateral::emit(spec));
  std::map<Outcome, int> outcomes;
  std::string escaped;
  for (int done = 0; done < count;) {
    const std::size_t which = random() % specs.size();
    const Mutation mutation = mutate(files[which], random);
    const Outcome outcome = judge(specs[which], files[which], mutation);
    ++outcomes[outcome];
    if (outcome != Outcome::rejected) ++done;
    if (verbose) {
      fmt::print("{} {} {}\n", outcome_names.at(static_cast<std::size_t>(outcome)), which,
                 mutation.what);
      std::fflush(stdout);
    }
    if (outcome == Outcome::simulated_wrong) UNSCOPED_INFO("by verify only: " << mutation.what);
    if (outcome == Outcome::escaped) {
      escaped += fmt::format("specification {}: {}\n", which, mutation.what);
    }
  }
  fmt::print(
      "seed {}: {} mutants elaborate: {} refuted, {} caught by verify only, {} the same circuit, "
      "{} "
      "escaped; {} rejected by Yosys\n",
      seed, count, outcomes[Outcome::proved_wrong], outcomes[Outcome::simulated_wrong],
      outcomes[Outcome::same], outcomes[Outcome::escaped], outcomes[Outcome::rejected]);
  INFO("seed " << seed << "\n" << escaped);
  CHECK(outcomes[Outcome::escaped] == 0);
}

}  // namespace

TEST_CASE("a few mutants are caught or the same", "[proof][nightly]") {
  check_mutations(specifications(), 16);
}

TEST_CASE("mutants are caught or the same", "[proof][.][nightly]") {
  check_mutations(specifications(), 200);
}

TEST_CASE("mutants of run-time precision are caught or the same", "[proof][.][nightly]") {
  check_mutations(specifications_with_modes(), 100);
}

}  // namespace cimforge
