#include "tb/logic_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <nlohmann/json.hpp>

#include "generator/spec/logic.h"
#include "tb/logic_driver.h"

namespace cimforge::tb {
namespace {

using sim::LogicCommand;
using sim::LogicRow;
using spec::LogicOperation;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMissedInText = 5;

/// Draws rows and commands.
class Stimulus {
 public:
  Stimulus(const spec::MacroSpec& spec, Random& random)
      : spec_(spec),
        random_(random),
        addresses_(std::bit_ceil(static_cast<unsigned>(spec.rows))),
        widths_(std::max(
            2, static_cast<int>(std::bit_ceil(static_cast<unsigned>(spec.logic.operand_bits))))) {}

  [[nodiscard]] int widths() const { return widths_; }

  LogicRow row() {
    LogicRow bits(static_cast<std::size_t>(spec_.columns));
    const std::uint32_t kind = random_.below(8);
    for (std::uint8_t& bit : bits) {
      bit = static_cast<std::uint8_t>(kind == 0 ? 0 : kind == 1 ? 1 : random_.below(2));
    }
    return bits;
  }

  std::vector<LogicWrite> all_rows() {
    std::vector<LogicWrite> writes;
    for (std::uint32_t r = 0; r < static_cast<std::uint32_t>(spec_.rows); ++r) {
      writes.push_back({r, row()});
    }
    return writes;
  }

  /// Tags that are known, from a row.
  LogicCommand known_tags() {
    LogicCommand command;
    command.operation = LogicOperation::load;
    command.second = random_.below(static_cast<std::uint64_t>(spec_.rows));
    return command;
  }

  LogicCommand read(std::uint32_t at) const {
    LogicCommand command;
    command.operation = LogicOperation::read;
    command.second = at;
    return command;
  }

  std::vector<LogicCommand> read_all() const {
    std::vector<LogicCommand> commands;
    for (std::uint32_t r = 0; r < addresses_; ++r) commands.push_back(read(r));
    // The tags: row b where the tag is 1, for a key of ones.
    LogicCommand tags = read(0);
    tags.key = tags.where = true;
    tags.key_value = 1;
    commands.push_back(tags);
    return commands;
  }

  /// Rows and key at random; of the flags those bits of `flags`.
  LogicCommand command(LogicOperation operation, int bits, unsigned flags) {
    LogicCommand made;
    made.operation = operation;
    made.bits = bits;
    made.key = (flags & 1U) != 0;
    made.is_signed = (flags & 2U) != 0;
    made.where = (flags & 4U) != 0;
    made.negate = (flags & 8U) != 0;
    made.first = random_.below(addresses_);
    made.second = random_.below(addresses_);
    made.result = random_.below(addresses_);
    if (random_.once_in(6)) made.result = made.first;
    if (random_.once_in(6)) made.result = made.second;
    if (random_.once_in(12)) made.second = made.first;
    const std::uint64_t all = (std::uint64_t{1} << spec_.logic.operand_bits) - 1;
    made.key_value = random_.word() & all;
    if (random_.once_in(8)) made.key_value = all;
    if (random_.once_in(8)) made.key_value = 0;
    // A key that some column has.
    return made;
  }

  LogicCommand any() {
    const auto operation = static_cast<LogicOperation>(random_.below(16));
    int bits = random_.between(1, widths_);
    // A multiplication takes the square of its bits.
    if (operation == LogicOperation::multiply) bits = random_.between(1, std::min(widths_, 6));
    return command(operation, bits, random_.below(16));
  }

  /// Commands that give so many results, about.
  std::vector<LogicCommand> mixture(std::size_t count) {
    std::vector<LogicCommand> commands;
    for (std::size_t i = 0; i < count; ++i) {
      commands.push_back(any());
      // What was written is looked at soon.
      if (random_.once_in(2)) {
        commands.push_back(read(commands.back().result + random_.below(4)));
        commands.back().second %= addresses_;
      }
    }
    return commands;
  }

  std::vector<LogicWrite> some_rows(std::size_t count) {
    std::vector<LogicWrite> writes;
    for (std::size_t i = 0; i < count; ++i) writes.push_back({random_.below(addresses_), row()});
    return writes;
  }

 private:
  const spec::MacroSpec& spec_;
  Random& random_;
  std::uint32_t addresses_;
  int widths_;
};

/// Fresh rows and tags, after power-up or reset.
void prepare(LogicDriver& driver, Stimulus& stimulus) {
  const std::vector<LogicWrite> rows = stimulus.all_rows();
  driver.run({}, {}, rows);
  const std::vector<LogicCommand> tags = {stimulus.known_tags()};
  driver.run({}, tags, {});
}

/// Every operation with every set of flags, at each width up to 8, at the widest and past it,
/// nothing else on the streams: the cycles are asserted.
void run_corners(const spec::MacroSpec& spec, LogicDriver& driver, Stimulus& stimulus) {
  std::vector<int> widths;
  for (int bits = 1; bits <= std::min(8, stimulus.widths()); ++bits) widths.push_back(bits);
  for (const int bits : {spec.logic.operand_bits, stimulus.widths()}) {
    if (bits > widths.back()) widths.push_back(bits);
  }
  for (const int bits : widths) {
    for (unsigned flags = 0; flags < 16; ++flags) {
      std::vector<LogicCommand> commands;
      for (unsigned i = 0; i < 16; ++i) {
        const auto operation = static_cast<LogicOperation>(i);
        if (operation == LogicOperation::multiply && bits > 8 && flags > 0) continue;
        commands.push_back(stimulus.command(operation, bits, flags));
        for (int row : {0, bits - 1}) {
          commands.push_back(
              stimulus.read(commands[commands.size() - 1 - (row > 0 ? 1 : 0)].result +
                            static_cast<std::uint32_t>(row)));
        }
      }
      const std::vector<LogicCommand> all = stimulus.read_all();
      commands.insert(commands.end(), all.begin(), all.end());
      LogicTraffic traffic;
      traffic.is_full_rate = true;
      driver.run(traffic, commands, {});
      driver.drain();
      const std::vector<LogicWrite> rows = stimulus.all_rows();
      driver.run({}, {}, rows);
    }
  }
}

/// Pauses and stalls of every kind, rows between the commands.
void run_traffic(LogicDriver& driver, Stimulus& stimulus, Random& random, std::uint64_t results) {
  const Pauses never;
  const std::vector<LogicTraffic> kinds = {
      {never, never, never},           {{2, 1, 9}, {2, 1, 9}, {3, 1, 5}},
      {never, {4, 1, 60}, {2, 1, 12}}, {never, never, {2, 20, 40}},
      {{3, 1, 30}, never, never},
  };
  const std::uint64_t begin = driver.compared();
  while (driver.compared() - begin < results) {
    const LogicTraffic& traffic = kinds[random.below(kinds.size())];
    const auto count = static_cast<std::size_t>(random.between(8, 40));
    const std::vector<LogicCommand> commands = stimulus.mixture(count);
    const std::vector<LogicWrite> rows = stimulus.some_rows(count / 2);
    driver.run(traffic, commands, rows);
    if (random.once_in(4)) driver.drain();
    if (random.once_in(4)) driver.run(traffic, stimulus.read_all(), {});
  }
  driver.drain();
}

void run_resets(LogicDriver& driver, Stimulus& stimulus, Random& random) {
  for (int i = 0; i < 8; ++i) {
    LogicTraffic traffic;
    if (i % 2 == 1) traffic.out = {1, 50, 50};
    traffic.stop_after = static_cast<std::uint64_t>(random.between(1, 30));
    const std::vector<LogicCommand> commands = stimulus.mixture(60);
    const std::vector<LogicWrite> rows = stimulus.some_rows(30);
    driver.run(traffic, commands, rows);
    driver.reset();
    prepare(driver, stimulus);
    driver.run({}, stimulus.read_all(), {});
    driver.drain();
  }
}

}  // namespace

LogicBenchResult run_logic_bench(const spec::MacroSpec& spec, const DutFactory& factory,
                                 const LogicBenchOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  Random random(options.seed);
  const std::unique_ptr<Dut> dut = factory.make(options.trace_file);
  const auto poll = [&](std::uint64_t compared) {
    if (options.interrupt) options.interrupt();
    if (options.progress) options.progress(std::min(compared, options.results), options.results);
  };
  LogicDriver driver(*dut, spec, random, poll);
  LogicBenchResult result;
  Findings ends;
  try {
    Stimulus stimulus(spec, random);
    driver.power_up();
    prepare(driver, stimulus);
    run_corners(spec, driver, stimulus);
    run_traffic(driver, stimulus, random, options.results);
    run_resets(driver, stimulus, random);
  } catch (const Hang& hang) {
    ends.add("hang", driver.cycles(), hang.what());
  } catch (const ModelError& error) {
    ends.add("model-error", driver.cycles(), error.what());
  }
  result.findings = driver.findings().all();
  result.findings.insert(result.findings.end(), ends.all().begin(), ends.all().end());
  result.operations = driver.commands();
  result.results = driver.compared();
  result.mismatches = driver.mismatches();
  result.cycles = driver.cycles();
  result.seed = options.seed;
  for (const auto& [name, count] : driver.bins()) {
    ++result.coverage.total;
    if (count > 0) {
      ++result.coverage.hit;
    } else {
      result.coverage.missed.push_back(name);
    }
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

Json to_json(const LogicBenchResult& result) {
  Json findings = Json::array();
  for (const Finding& each : result.findings) {
    findings.push_back({{"code", each.code},
                        {"count", each.count},
                        {"cycle", each.cycle},
                        {"message", each.message}});
  }
  return {{"passed", result.passed()},
          {"operations", result.operations},
          {"results", result.results},
          {"mismatches", result.mismatches},
          {"cycles", result.cycles},
          {"cycles_per_second",
           result.seconds > 0 ? static_cast<double>(result.cycles) / result.seconds : 0.0},
          {"seed", result.seed},
          {"findings", findings},
          {"coverage",
           {{"hit", result.coverage.hit},
            {"total", result.coverage.total},
            {"missed", result.coverage.missed}}}};
}

std::string to_text(const LogicBenchResult& result) {
  std::string text = result.passed() ? fmt::format("passed: {} results of {} operations are right",
                                                   result.results, result.operations)
                                     : fmt::format("failed: {} of {} results are wrong",
                                                   result.mismatches, result.results);
  text += fmt::format(
      ", seed {}\n{} cycles, {:.0f} cycles/s; every operation took the cycles that "
      "`cimforge check` tells",
      result.seed, result.cycles,
      result.seconds > 0 ? static_cast<double>(result.cycles) / result.seconds : 0.0);
  if (!result.passed()) text.resize(text.rfind(';'));
  for (const Finding& each : result.findings) {
    text += fmt::format("\n{} in cycle {}: {}", each.code, each.cycle, each.message);
    if (each.count > 1) text += fmt::format(" ({} times)", each.count);
  }
  text += fmt::format("\ncoverage: {} of {} bins", result.coverage.hit, result.coverage.total);
  for (std::size_t i = 0; i < result.coverage.missed.size(); ++i) {
    if (i == kMissedInText) {
      text += fmt::format("\n  and {} more", result.coverage.missed.size() - i);
      break;
    }
    text += fmt::format("\n  not hit: {}", result.coverage.missed[i]);
  }
  return text;
}

}  // namespace cimforge::tb
