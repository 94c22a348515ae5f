#include "tests/icarus/icarus.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <sstream>

#include "flows/process.h"
#include "flows/tools.h"

namespace cimforge::test {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::chrono::minutes time_limit{5};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::vector<std::string> lines_of(const flows::ProcessResult& result) {
  std::vector<std::string> lines;
  std::istringstream text(result.stdout_text + result.stderr_text);
  for (std::string line; std::getline(text, line);) lines.push_back(std::move(line));
  return lines;
}

}  // namespace

std::string to_hex(const tb::PortValue& value) {
  std::string text;
  for (std::size_t digit = (value.bits() + 3) / 4; digit-- > 0;) {
    const unsigned byte = value.data()[digit / 2];
    text += hex_digits[digit % 2 == 0 ? byte & 15U : byte >> 4U];
  }
  return text;
}

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

IcarusOutput run_icarus(const IcarusBench& bench, const std::filesystem::path& directory,
                        const std::filesystem::path& work) {
  const std::filesystem::path program = work / "program.vvp";
  flows::ProcessRequest request{{flows::find_tool(flows::ToolId::iverilog).path.string(), "-g2005",
                                 "-Wall", "-s", bench.top, "-o", program.string()},
                                time_limit,
                                directory};
  std::ranges::copy(bench.options, std::back_inserter(request.arguments));
  for (const auto& [name, value] : bench.defines) {
    request.arguments.push_back(fmt::format("-D{}={}", name, value));
  }
  for (const std::string& argument :
       {std::string("-f"), std::string("sim.f"), bench.testbench.string()}) {
    request.arguments.push_back(argument);
  }
  IcarusOutput output;
  auto start = std::chrono::steady_clock::now();
  output.said = lines_of(flows::run_tool(request));
  output.compile_seconds = seconds_since(start);
  start = std::chrono::steady_clock::now();
  output.printed = lines_of(
      flows::run_tool({{flows::find_tool(flows::ToolId::vvp).path.string(), "-n", program.string()},
                       time_limit,
                       work}));
  output.run_seconds = seconds_since(start);
  return output;
}

}  // namespace cimforge::test
