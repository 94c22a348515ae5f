#include "tests/matrix/icarus.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <span>
#include <sstream>
#include <string_view>

#include "flows/process.h"
#include "flows/tools.h"
#include "generator/base/file.h"
#include "generator/spec/range.h"
#include "tb/codes.h"

namespace cimforge::test {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

/// As $readmemh reads it.
std::string to_hex(const tb::PortValue& value) {
  std::string text;
  for (std::size_t digit = (value.bits() + 3) / 4; digit-- > 0;) {
    const unsigned byte = value.data()[digit / 2];
    text += hex_digits[digit % 2 == 0 ? byte & 15U : byte >> 4U];
  }
  return text;
}

/// As $display writes it; false where a digit is x or z.
bool from_hex(std::string_view text, tb::PortValue& value) {
  const std::size_t digits = (value.bits() + 3) / 4;
  if (text.size() != digits) return false;
  std::fill(value.words().begin(), value.words().end(), 0);
  for (std::size_t i = 0; i < digits; ++i) {
    const std::size_t code = hex_digits.find(text[digits - 1 - i]);
    if (code == std::string_view::npos) return false;
    value.words()[i / 16] |= std::uint64_t{code} << (4 * (i % 16));
  }
  return true;
}

/// `values` in words of `count` codes, one a line.
std::string hex_lines(std::span<const std::int32_t> values, std::size_t count, int bits) {
  std::string text;
  tb::PortValue port(count * static_cast<std::size_t>(bits));
  for (; !values.empty(); values = values.subspan(count)) {
    tb::pack(values.first(count), bits, port);
    text += to_hex(port) + '\n';
  }
  return text;
}

class Codes {
 public:
  explicit Codes(std::uint64_t seed) : random_(seed) {}

  int below(int count) { return std::uniform_int_distribution<int>(0, count - 1)(random_); }

  /// One word of codes: all alike at an end of the range, or mixed.
  void append(std::vector<std::int32_t>& values, std::size_t count,
              const spec::IntegerFormat& format) {
    const auto least = static_cast<std::int32_t>(format.min());
    const auto greatest = static_cast<std::int32_t>(format.max());
    std::uniform_int_distribution<std::int32_t> any(least, greatest);
    const int kind = below(8);
    for (std::size_t i = 0; i < count; ++i) {
      if (kind == 0) values.push_back(least);
      else if (kind == 1) values.push_back(greatest);
      else if (kind == 2) values.push_back(below(2) == 0 ? least : greatest);
      else values.push_back(any(random_));
    }
  }

 private:
  std::mt19937_64 random_;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

Traffic make_traffic(const spec::MacroSpec& spec, std::size_t rounds, std::size_t vectors,
                     std::uint64_t seed) {
  Traffic traffic;
  traffic.seed = seed;
  traffic.rounds = rounds;
  traffic.vectors = vectors;
  const auto rows = static_cast<std::size_t>(spec.rows);
  const auto columns = static_cast<std::size_t>(spec.columns);
  const auto writes = static_cast<std::size_t>(spec.banks) * rows;
  Codes codes(seed);
  for (std::size_t i = 0; i < traffic.rounds * writes; ++i) {
    codes.append(traffic.weights, columns, spec.weight);
  }
  for (std::size_t i = 0; i < traffic.rounds * vectors; ++i) {
    traffic.banks.push_back(codes.below(spec.banks));
    codes.append(traffic.inputs, rows, spec.input);
  }
  return traffic;
}

IcarusRun run_icarus(const spec::MacroSpec& spec, const std::filesystem::path& directory,
                     const Traffic& traffic) {
  const tb::Ports ports(spec);
  const base::TemporaryDirectory work("cimforge-icarus-");
  std::string banks;
  for (const int bank : traffic.banks) banks += fmt::format("{:x}\n", bank);
  base::write_file_atomically(work.path() / "banks.hex", banks);
  base::write_file_atomically(work.path() / "weights.hex",
                              hex_lines(traffic.weights, ports.columns, ports.weight.bits));
  base::write_file_atomically(work.path() / "vectors.hex",
                              hex_lines(traffic.inputs, ports.rows, ports.input.bits));

  const std::size_t transfers =
      traffic.rounds * (ports.rows * static_cast<std::size_t>(spec.banks) +
                        traffic.vectors * static_cast<std::size_t>(ports.cycles_per_vector));
  const std::filesystem::path program = work.path() / "program.vvp";
  flows::ProcessRequest request{{flows::find_tool(flows::ToolId::iverilog).path.string(), "-g2005",
                                 "-Wall", "-s", "cim_icarus_tb", "-o", program.string()},
                                std::chrono::minutes(5), directory};
  const auto define = [&](const char* name, const auto& value) {
    request.arguments.push_back(fmt::format("-D{}={}", name, value));
  };
  request.arguments.emplace_back("-DSYNTHESIS");
  define("TOP", spec.name);
  define("ROWS", ports.rows);
  define("COLUMNS", ports.columns);
  define("BANKS", ports.banks);
  define("INPUT_BITS", ports.input.bits);
  define("WEIGHT_BITS", ports.weight.bits);
  define("OUTPUT_BITS", ports.output_bits);
  if (ports.bank_bits > 0) define("BANK_BITS", ports.bank_bits);
  if (ports.row_bits > 0) define("ROW_BITS", ports.row_bits);
  define("ROUNDS", traffic.rounds);
  define("VECTORS", traffic.vectors);
  define("SEED", traffic.seed);
  define("MOST_CYCLES", 2000 + 20 * transfers);
  for (const char* argument : {"-f", "sim.f", CIMFORGE_ICARUS_TESTBENCH}) {
    request.arguments.emplace_back(argument);
  }

  IcarusRun run;
  auto start = std::chrono::steady_clock::now();
  const flows::ProcessResult compiled = flows::run_tool(request);
  run.compile_seconds = seconds_since(start);
  run.errors = compiled.stdout_text + compiled.stderr_text;

  start = std::chrono::steady_clock::now();
  const flows::ProcessResult played = flows::run_tool(
      {{flows::find_tool(flows::ToolId::vvp).path.string(), "-n", program.string()}, std::chrono::minutes(5),
       work.path()});
  run.run_seconds = seconds_since(start);
  tb::PortValue port = ports.output_port();
  std::istringstream lines(played.stdout_text + played.stderr_text);
  bool ended = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == "end") {
      ended = true;
    } else if (!line.starts_with("result ") ||
               !from_hex(std::string_view(line).substr(7), port)) {
      if (run.errors.size() < 4000) run.errors += line + '\n';
    } else {
      const std::size_t old = run.results.size();
      run.results.resize(old + ports.columns);
      tb::unpack(port, ports.output_bits, ports.output_is_signed,
                 std::span(run.results).subspan(old));
    }
  }
  if (!ended) run.errors += "no end\n";
  return run;
}

}  // namespace cimforge::test
