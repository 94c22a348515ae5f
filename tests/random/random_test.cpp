// Random specifications, each from its text to results: read, planned, emitted, linted, held to its
// contract in Verilator, and played in Icarus.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>

#include "flows/analog_engine.h"
#include "flows/device_array.h"
#include "flows/verilated_model.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/plan/plan.h"
#include "generator/spec/parse.h"
#include "generator/spec/parts.h"
#include "tb/bench.h"
#include "tb/bus_engine.h"
#include "tests/catch.h"
#include "tests/icarus/player.h"
#include "tests/judge/judge.h"
#include "tests/random/random_spec.h"

namespace cimforge {
namespace {

std::uint64_t environment_number(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 10);
}

/// The macro that simulations compare: one whose results are exact.
spec::MacroSpec exact_variant(spec::MacroSpec spec) {
  // Cells that may stay off their level have no exact results; a register after reset.
  spec.analog.program_tolerance = 0;
  return spec;
}

/// Behind the array of a macro with the device model; nothing where it has none, or where the
/// device is refused: not every device has so many levels or all of its figures, and `verify` tells
/// so.
std::unique_ptr<flows::DeviceArrays> ideal_devices(const spec::MacroSpec& spec) {
  if (!spec::has_array(spec) || spec.analog.model != spec::ArrayModel::device) {
    return nullptr;
  }
  try {
    return std::make_unique<flows::DeviceArrays>(
        analog::MacroConfig{.spec = spec,
                            .device = flows::analog_device(spec, ""),
                            .converter = analog::ideal_converter(spec),
                            .effects = analog::Effects::none()});
  } catch (const base::InputError&) {
    return nullptr;
  }
}

base::FileSet write_macro(const spec::MacroSpec& spec, const std::filesystem::path& directory) {
  base::FileSet files = collateral::emit(spec);
  base::write_directory_atomically(directory, files, collateral::manifest_name);
  return files;
}

/// The vectors of `traffic` in Icarus.
std::string icarus_complaint(const spec::MacroSpec& spec, const std::filesystem::path& directory,
                             const base::FileSet& files, const test::Traffic& traffic,
                             const std::vector<std::int64_t>& expected) {
  const auto columns = static_cast<std::size_t>(spec.columns);
  if (!spec::has_array(spec)) {
    const test::IcarusRun run = test::play_streams(spec, directory, traffic);
    return run.errors + test::difference("Icarus", run.results, expected, columns);
  }
  test::Script script(spec);
  for (const char stream : {'o', 'a', 'f'}) script.ready(stream, 2);
  const auto rows = static_cast<std::size_t>(spec.rows);
  const auto codes = [](const std::vector<std::int32_t>& all, std::size_t first,
                        std::size_t count) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first);
    return std::vector<std::int64_t>(begin, begin + static_cast<std::ptrdiff_t>(count));
  };
  for (std::size_t round = 0; round < traffic.rounds; ++round) {
    for (std::size_t row = 0; row < rows; ++row) {
      script.weights(static_cast<int>(row),
                     codes(traffic.weights, (round * rows + row) * columns, columns));
    }
    for (std::size_t i = 0; i < traffic.vectors; ++i) {
      script.vector(codes(traffic.inputs, (round * traffic.vectors + i) * rows, rows));
    }
  }
  script.until_idle();
  const test::Played played = test::play(spec, files, script, traffic.seed);
  std::vector<std::int64_t> results;
  for (const auto& each : played.results) {
    results.insert(results.end(), each.values.begin(), each.values.end());
  }
  std::string wrong = played.errors + test::difference("Icarus", results, expected, columns);
  if (!played.faults.empty()) wrong += fmt::format("{} faults\n", played.faults.size());
  return wrong;
}

/// The bench: results, rules of the contract, and the cycles that the plan and `check` tell.
std::string bench_complaint(const spec::MacroSpec& spec, const tb::DutFactory& model,
                            std::uint64_t vectors, std::uint64_t seed) {
  const plan::MacroPlan plan = plan::plan(spec);
  const nlohmann::ordered_json told = collateral::plan_json(plan);
  tb::BenchOptions options;
  options.vectors = vectors;
  options.seed = seed;
  options.expected_latency = told.at("latency").get<int>();
  options.expected_interval = told.at("cycles_per_vector").get<int>();
  options.expect_concurrent_update = !spec::has_array(spec);
  const tb::BenchResult result = tb::run_bench(spec, model, options);
  std::string wrong;
  if (!result.passed()) wrong += tb::to_text(result) + '\n';
  if (result.vectors < vectors) wrong += fmt::format("{} results compared\n", result.vectors);
  if (!result.latency) wrong += "no latency was measured\n";
  if (!result.interval) wrong += "no interval was measured\n";
  return wrong;
}

/// All that is wrong with a specification; empty where nothing is.
std::string complaint(const spec::MacroSpec& spec, const test::CostLimits& limits,
                      std::uint64_t seed) {
  const spec::ParseResult again = spec::parse(spec::to_toml(spec), "canonical.toml");
  if (!again.spec) return "the canonical text: " + base::to_string(again.diagnostics);
  if (*again.spec != spec) return "the canonical text is another specification\n";

  const base::TemporaryDirectory work("cimforge-random-");
  write_macro(spec, work.path() / "asked");
  std::string wrong = test::lint_complaint(spec, work.path() / "asked");

  spec::MacroSpec exact = exact_variant(spec);
  const std::unique_ptr<flows::DeviceArrays> devices = ideal_devices(exact);
  if (!devices) exact.analog.model = spec::ArrayModel::exact;
  const std::filesystem::path directory = work.path() / "exact";
  const base::FileSet files = write_macro(exact, directory);
  const flows::RtlSource source{directory, exact.name};
  const flows::VerilatedModel model(source, exact,
                                    {.trace = false,
                                     .jobs = 1,
                                     .optimised = false,
                                     .array = devices ? &devices->hooks() : nullptr});
  wrong += bench_complaint(exact, model, limits.vectors, seed);

  const test::Traffic traffic = test::make_traffic(exact, spec.rows > 100 ? 1 : 2, 5, seed);
  const std::vector<std::int64_t> expected = test::golden_results(exact, traffic);
  tb::BusEngine engine(exact, model.make(""));
  wrong += test::difference("Verilator", test::engine_results(exact, engine, traffic), expected,
                            static_cast<std::size_t>(spec.columns));
  if (!devices) return wrong + icarus_complaint(exact, directory, files, traffic, expected);
  // Icarus has no DPI-C: it plays the same macro around exact cells.
  spec::MacroSpec plain = exact;
  plain.analog.model = spec::ArrayModel::exact;
  const std::filesystem::path there = work.path() / "plain";
  const base::FileSet plain_files = write_macro(plain, there);
  return wrong + icarus_complaint(plain, there, plain_files, traffic, expected);
}

std::string complaint(const test::Draft& draft, const test::CostLimits& limits,
                      std::uint64_t seed) {
  const std::optional<spec::MacroSpec> spec = test::read(draft);
  if (!spec) return "not read\n";
  try {
    return complaint(*spec, limits, seed);
  } catch (const std::exception& error) {
    return std::string(error.what()) + '\n';
  }
}

/// The same draft for a seed and an index, whatever is drawn beside it.
rc::Shrinkable<test::Draft> draft_of(std::uint64_t seed, std::uint64_t index,
                                     const test::CostLimits& limits) {
  return test::arbitrary_draft(limits)(rc::Random(rc::Random::Key{seed, index, 0, 0}));
}

std::string keep(const std::string& name, const std::string& text) {
  const std::filesystem::path directory = CIMFORGE_RANDOM_FAILURES;
  std::filesystem::create_directories(directory);
  base::write_file_atomically(directory / name, text);
  return (directory / name).string();
}

}  // namespace

// CIMFORGE_SEED, CIMFORGE_RANDOM_COUNT and CIMFORGE_RANDOM_NIGHTLY choose what is drawn; part P of
// N (CIMFORGE_RANDOM_PART, _PARTS) has the cases whose index is P modulo N; CIMFORGE_RANDOM_CASE is
// one. CIMFORGE_RANDOM_KIND passes over the macros of other kinds.
TEST_CASE("random specifications are right in every tool", "[random]") {
  const std::uint64_t seed = environment_number("CIMFORGE_SEED", 1);
  const bool nightly = environment_number("CIMFORGE_RANDOM_NIGHTLY", 0) != 0;
  const test::CostLimits& limits = nightly ? test::nightly_macros : test::small_macros;
  const std::uint64_t count = environment_number("CIMFORGE_RANDOM_COUNT", 25);
  const std::uint64_t parts = environment_number("CIMFORGE_RANDOM_PARTS", 1);
  const std::uint64_t part = environment_number("CIMFORGE_RANDOM_PART", 0);
  const std::uint64_t only = environment_number("CIMFORGE_RANDOM_CASE", count);
  const std::chrono::seconds shrinking(environment_number("CIMFORGE_RANDOM_SHRINK", 240));
  const char* const kind = std::getenv("CIMFORGE_RANDOM_KIND");
  REQUIRE(part < parts);
  for (std::uint64_t index = part; index < std::max(count, only + 1); index += parts) {
    if (only < count ? index != only : index >= count) continue;
    const auto start = std::chrono::steady_clock::now();
    const auto taken = [&] { return std::chrono::steady_clock::now() - start; };
    const rc::Shrinkable<test::Draft> drawn = draft_of(seed, index, limits);
    const std::optional<spec::MacroSpec> valid = test::read(drawn.value());
    if (kind != nullptr && valid && kind != std::string(spec::to_string(valid->kind))) continue;
    const test::Judge judge = [&](const test::Draft& draft) {
      return complaint(draft, limits, seed * 1000 + index);
    };
    const std::string found = judge(drawn.value());
    const spec::MacroSpec spec = *test::read(drawn.value());
    fmt::print("{} {}: {} {}x{}x{} {} {}, {:.1f} s{}\n", seed, index, spec::to_string(spec.kind),
               spec.rows, spec.columns, spec.banks, spec.input.name(), spec.weight.name(),
               std::chrono::duration<double>(taken()).count(), found.empty() ? "" : ": FAILED");
    std::fflush(stdout);
    if (found.empty()) continue;
    const auto limit = taken() + shrinking;
    const test::Shrunk shrunk = test::shrink(drawn, found, judge, [&] { return taken() < limit; });
    const std::string name = fmt::format("random_{}_{}", seed, index);
    const std::string whole = keep(name + "_as_drawn.toml", test::to_toml(drawn.value()));
    const std::string least = keep(name + ".toml", test::to_toml(shrunk.draft));
    FAIL_CHECK(fmt::format(
        "seed {}, case {}, after {} smaller ones\n{}\n{}\nas drawn:\n{}\nto repeat it:\n"
        "  CIMFORGE_SEED={} CIMFORGE_RANDOM_CASE={} CIMFORGE_RANDOM_NIGHTLY={} "
        "cimforge_test_random \"[random]\"\n"
        "  CIMFORGE_RANDOM_FILE={} cimforge_test_random \"[random_file]\"\nthe one that was drawn: "
        "{}\n",
        seed, index, shrunk.tried, test::to_toml(shrunk.draft), shrunk.complaint, found, seed,
        index, nightly ? 1 : 0, least, whole));
  }
}

TEST_CASE("the specification of a file is right in every tool", "[.][random_file]") {
  const char* file = std::getenv("CIMFORGE_RANDOM_FILE");
  REQUIRE(file != nullptr);
  const spec::MacroSpec spec = spec::load(file);
  CHECK(complaint(spec, test::nightly_macros, environment_number("CIMFORGE_SEED", 1)) == "");
}

}  // namespace cimforge
