#include "flows/yosys_stat.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "generator/base/exit_status.h"

namespace cimforge::flows {
namespace {

[[noreturn]] void fail(std::string_view version, std::string_view what) {
  throw base::ToolError(fmt::format(
      "cannot read the statistics of Yosys {}: {} (read so far: versions 0.23 and 0.55)", version,
      what));
}

std::string without_backslash(std::string_view name) {
  return std::string(name.substr(name.starts_with('\\') ? 1 : 0));
}

/// The object that follows `"modules":`. The whole is not valid JSON in 0.23: for a hierarchy the
/// lines of the text report stand in the middle of it.
std::string_view modules_object(std::string_view version, std::string_view output) {
  constexpr std::string_view kKey = "\"modules\":";
  const std::size_t key = output.find(kKey);
  if (key == std::string_view::npos) {
    fail(version, "no \"modules\" in the output of `stat -json`");
  }
  const std::string_view rest = output.substr(key + kKey.size());
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (in_string) {
      if (rest[i] == '\\') {
        ++i;  // what it escapes
      } else if (rest[i] == '"') {
        in_string = false;
      }
    } else if (rest[i] == '"') {
      in_string = true;
    } else if (rest[i] == '{') {
      ++depth;
    } else if (rest[i] == '}' && --depth == 0) {
      return rest.substr(0, i + 1);
    }
  }
  fail(version, "the output of `stat -json` is truncated");
}

/// The number at the end of `   Chip area for module '\name': 24.000000`.
double parse_area(std::string_view version, std::string_view line, std::size_t name_end) {
  std::string_view text = line.substr(name_end);
  text.remove_prefix(std::min(text.find_first_of("0123456789"), text.size()));
  double area = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), area);
  if (error != std::errc() || end == text.data()) {
    fail(version, fmt::format("no area in `{}`", line));
  }
  return area;
}

void read_areas(std::string_view version, std::string_view output, YosysStat& stat) {
  constexpr std::string_view kModule = "Chip area for module '";
  constexpr std::string_view kTop = "Chip area for top module '";
  while (!output.empty()) {
    const std::size_t newline = std::min(output.find('\n'), output.size());
    const std::string_view line = output.substr(0, newline);
    output.remove_prefix(std::min(newline + 1, output.size()));
    const bool is_top = line.find(kTop) != std::string_view::npos;
    const std::size_t at = line.find(is_top ? kTop : kModule);
    if (at == std::string_view::npos) {
      continue;
    }
    const std::size_t name_begin = at + (is_top ? kTop : kModule).size();
    const std::size_t name_end = line.rfind("':");
    if (name_end == std::string_view::npos || name_end < name_begin) {
      fail(version, fmt::format("no module in `{}`", line));
    }
    const double area = parse_area(version, line, name_end);
    if (is_top) {
      stat.top_area_um2 = area;
      continue;
    }
    const std::string name = without_backslash(line.substr(name_begin, name_end - name_begin));
    const auto module = stat.modules.find(name);
    if (module == stat.modules.end()) {
      fail(version, fmt::format("an area for the unknown module {}", name));
    }
    module->second.area_um2 = area;
  }
}

}  // namespace

YosysStat parse_stat(std::string_view yosys_version, std::string_view json_output,
                     std::string_view area_output) {
  YosysStat stat;
  try {
    const nlohmann::json modules =
        nlohmann::json::parse(modules_object(yosys_version, json_output));
    for (const auto& [name, module] : modules.items()) {
      StatModule& entry = stat.modules[without_backslash(name)];
      for (const auto& [type, count] : module.at("num_cells_by_type").items()) {
        entry.cells_by_type[without_backslash(type)] = count.get<std::int64_t>();
      }
    }
  } catch (const nlohmann::json::exception& error) {
    fail(yosys_version, error.what());
  }
  read_areas(yosys_version, area_output, stat);
  return stat;
}

}  // namespace cimforge::flows
