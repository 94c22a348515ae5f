#include "flows/verilator_coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "flows/process.h"
#include "flows/tools.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/base/quote.h"

namespace cimforge::flows {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view header = "# SystemC::Coverage-3";
/// Files that one call of verilator_coverage takes: its wrapper puts them on one command line.
constexpr std::size_t files_at_once = 100;
constexpr auto merge_time_limit = std::chrono::minutes(10);

/// The value of a key of one letter in a point's name: \001 key \002 value.
std::string_view value_of(std::string_view point, std::string_view key) {
  const std::string mark = fmt::format("\001{}\002", key);
  const std::size_t begin = point.find(mark);
  if (begin == std::string_view::npos) return {};
  const std::string_view value = point.substr(begin + mark.size());
  return value.substr(0, value.find('\001'));
}

/// Beside verilator, which it comes with; else on PATH.
fs::path coverage_tool() {
  const fs::path beside = find_tool(ToolId::verilator).path.parent_path() / "verilator_coverage";
  const fs::path found = find_program(fs::exists(beside) ? beside.string() : "verilator_coverage");
  if (found.empty()) {
    throw base::ToolError(
        "verilator_coverage is not found beside verilator: install Debian's package verilator");
  }
  return found;
}

}  // namespace

VerilatorCoverage VerilatorCoverage::parse(std::string_view text, const std::string& file) {
  VerilatorCoverage coverage;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const std::size_t quote = line.rfind("' ");
    std::uint64_t count = 0;
    const char* const last = line.data() + line.size();
    const bool is_point = line.starts_with("C '") && quote != std::string_view::npos && quote >= 3;
    const auto read = is_point ? std::from_chars(line.data() + quote + 2, last, count)
                               : std::from_chars_result{nullptr, std::errc::invalid_argument};
    if (read.ec != std::errc() || read.ptr != last) {
      throw base::ToolError(fmt::format("{}:{}: no line of a Verilator coverage file: {}", file,
                                        number, base::in_quotes(line)));
    }
    std::uint64_t& sum = coverage.points[std::string(line.substr(3, quote - 3))];
    sum += std::min(count, std::numeric_limits<std::uint64_t>::max() - sum);
  }
  return coverage;
}

std::string VerilatorCoverage::to_text() const {
  std::string text = fmt::format("{}\n", header);
  for (const auto& [point, count] : points) {
    fmt::format_to(std::back_inserter(text), "C '{}' {}\n", point, count);
  }
  return text;
}

void VerilatorCoverage::add(const VerilatorCoverage& other) {
  for (const auto& [point, count] : other.points) {
    std::uint64_t& sum = points[point];
    sum += std::min(count, std::numeric_limits<std::uint64_t>::max() - sum);
  }
}

double PointCount::percent() const {
  if (total == 0) return 100.0;
  return std::floor(1000.0 * static_cast<double>(hit) / static_cast<double>(total)) / 10.0;
}

void PointCount::operator+=(const PointCount& other) {
  hit += other.hit;
  total += other.total;
}

std::map<std::string, ModuleCoverage> coverage_by_module(const VerilatorCoverage& coverage) {
  // The same point of a cell in another macro or place has another hierarchy: it is hit where any
  // is.
  struct Point {
    std::string module;
    bool is_toggle = false;
    bool is_hit = false;
  };
  std::map<std::string, Point> merged;
  for (const auto& [point, count] : coverage.points) {
    const std::string_view page = value_of(point, "page");  // v_toggle/cim_sequencer__L40
    const std::size_t slash = page.find('/');
    if (slash == std::string_view::npos) continue;
    const std::string_view kind = page.substr(0, slash);
    const std::string_view elaborated = page.substr(slash + 1);
    const std::string module(elaborated.substr(0, elaborated.find("__")));
    const std::string key =
        fmt::format("{}\001{}\001{}\001{}\001{}\001{}", kind, module, value_of(point, "f"),
                    value_of(point, "l"), value_of(point, "n"), value_of(point, "o"));
    Point& each = merged[key];
    each.module = module;
    each.is_toggle = kind == "v_toggle";
    each.is_hit = each.is_hit || count > 0;
  }
  std::map<std::string, ModuleCoverage> modules;
  for (const auto& [key, point] : merged) {
    ModuleCoverage& module = modules[point.module];
    (point.is_toggle ? module.toggles : module.lines) += {point.is_hit ? 1U : 0U, 1};
  }
  return modules;
}

VerilatorCoverage merge_coverage_files(const fs::path& directory,
                                       const std::vector<std::string>& names) {
  if (names.empty()) return {};
  const fs::path tool = coverage_tool();
  constexpr const char* merged = "merged.dat";
  bool is_first = true;
  for (std::size_t begin = 0; begin < names.size(); begin += files_at_once) {
    const std::size_t end = std::min(begin + files_at_once, names.size());
    const std::string next = "merging.dat";
    ProcessRequest request{{tool.string(), "--write", next}, merge_time_limit, directory};
    if (!is_first) request.arguments.emplace_back(merged);
    request.arguments.insert(request.arguments.end(),
                             names.begin() + static_cast<std::ptrdiff_t>(begin),
                             names.begin() + static_cast<std::ptrdiff_t>(end));
    run_tool(request);
    fs::rename(directory / next, directory / merged);
    is_first = false;
  }
  return VerilatorCoverage::parse(base::read_file(directory / merged), "verilator_coverage");
}

}  // namespace cimforge::flows
