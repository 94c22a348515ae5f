#include "flows/tools.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cstdlib>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "flows/liberty.h"
#include "flows/process.h"
#include "generator/base/exit_status.h"

namespace cimforge::flows {
namespace {

constexpr std::chrono::seconds kVersionTimeLimit{60};

constexpr const char* kLibertyEnvironment = "CIMFORGE_LIBERTY";
constexpr const char* kLibertyPackage = "qflow-tech-osu018";
constexpr const char* kDefaultLiberty = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";

/// How a tool is asked for its version, and the text that stands before it in the answer.
struct VersionQuery {
  ToolId id;
  const char* argument;
  const char* marker;
};

constexpr std::array kVersionQueries{
    VersionQuery{ToolId::verilator, "--version", "Verilator "},
    VersionQuery{ToolId::yosys, "-V", "Yosys "},
    VersionQuery{ToolId::abc, "-cversion", "ABC "},
    VersionQuery{ToolId::iverilog, "-V", "Icarus Verilog version "},
    VersionQuery{ToolId::vvp, "-V", "Icarus Verilog runtime version "},
    VersionQuery{ToolId::sta, "-version", ""},
    VersionQuery{ToolId::clangxx, "--version", "clang version "},
    // g++ (Debian 12.2.0-14+deb12u1) 12.2.0
    VersionQuery{ToolId::gxx, "--version", ") "},
    VersionQuery{ToolId::ccache, "--version", "ccache version "},
};

const VersionQuery& version_query(ToolId id) {
  return *std::find_if(kVersionQueries.begin(), kVersionQueries.end(),
                       [id](const VersionQuery& query) { return query.id == id; });
}

std::string environment_value(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): only read
  return value == nullptr ? "" : value;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// `install it with `apt-get install yosys` or set CIMFORGE_YOSYS`.
std::string remedy(const ToolInfo& info) {
  return fmt::format("install it with `apt-get install {}` or set {}", info.package,
                     info.environment);
}

/// Where the tool is, before it is asked anything.
std::filesystem::path locate(const ToolInfo& info) {
  const std::string chosen = environment_value(info.environment);
  const std::filesystem::path path = find_program(chosen.empty() ? info.name : chosen);
  if (path.empty()) {
    throw base::ToolError(
        chosen.empty() ? fmt::format("{} is not found: {}", info.name, remedy(info))
                       : fmt::format("{} is not found: {} names {}, which cannot be executed; "
                                     "unset it, and: {}",
                                     info.name, info.environment, chosen, remedy(info)));
  }
  return std::filesystem::absolute(path);
}

std::string ask_version(const ToolInfo& info, const std::filesystem::path& path) {
  const ProcessResult result =
      run_process({.arguments = {path.string(), version_query(info.id).argument},
                   .time_limit = kVersionTimeLimit});
  const std::optional<std::string> version =
      parse_version(info.id, result.stdout_text + "\n" + result.stderr_text);
  if (!version) {
    throw base::ToolError(fmt::format("{} does not tell its version as {} does: {}", path.string(),
                                      info.name, remedy(info)));
  }
  return *version;
}

/// The version, asked once for each program.
std::string cached_version(const ToolInfo& info, const std::filesystem::path& path) {
  static std::mutex mutex;
  static std::map<std::pair<ToolId, std::filesystem::path>, std::string> versions;
  const std::lock_guard lock(mutex);
  const auto [found, is_new] = versions.try_emplace({info.id, path});
  if (is_new) {
    try {
      found->second = ask_version(info, path);
    } catch (...) {
      versions.erase(found);
      throw;
    }
  }
  return found->second;
}

const char* describe(Need need) {
  switch (need) {
    case Need::required:
      return "required";
    case Need::cxx_compiler:
      return "one C++ compiler";
    case Need::optional:
      return "optional";
  }
  return "";
}

DoctorEntry examine(const ToolInfo& info) {
  DoctorEntry entry;
  entry.name = info.name;
  entry.purpose = info.purpose;
  entry.need = describe(info.need);
  entry.package = info.package;
  entry.environment = info.environment;
  entry.minimum = info.minimum;
  try {
    entry.path = locate(info).string();
    entry.version = cached_version(info, entry.path);
    find_tool(info.id);
    entry.usable = true;
  } catch (const base::ToolError& error) {
    entry.problem = error.what();
  }
  return entry;
}

DoctorEntry examine_library() {
  DoctorEntry entry;
  entry.name = "liberty";
  entry.purpose = "cells for area, where no other library is named";
  entry.need = describe(Need::required);
  entry.package = kLibertyPackage;
  entry.environment = kLibertyEnvironment;
  try {
    const std::filesystem::path path = default_liberty();
    entry.path = path.string();
    entry.version = read_liberty(path).name;
    entry.usable = true;
  } catch (const base::ToolError& error) {
    entry.problem = error.what();
  } catch (const base::InputError& error) {
    entry.problem = error.what();
  }
  return entry;
}

}  // namespace

const std::vector<ToolInfo>& tool_table() {
  // The oldest versions are those of Debian 12, with which everything is tested.
  static const std::vector<ToolInfo> table{
      {ToolId::verilator, "verilator", "cycle models, verification, lint", Need::required,
       "CIMFORGE_VERILATOR", "verilator", "5.006"},
      {ToolId::clangxx, "clang++", "compiles cycle models, preferred", Need::cxx_compiler,
       "CIMFORGE_CLANGXX", "clang", "14.0"},
      {ToolId::gxx, "g++", "compiles cycle models", Need::cxx_compiler, "CIMFORGE_GXX", "g++",
       "12.0"},
      {ToolId::ccache, "ccache", "repeated builds of cycle models", Need::optional,
       "CIMFORGE_CCACHE", "ccache", "4.0"},
      {ToolId::yosys, "yosys", "area, checks of the Verilog", Need::required, "CIMFORGE_YOSYS",
       "yosys", "0.23"},
      {ToolId::abc, "berkeley-abc", "trees for speed, their proof", Need::required, "CIMFORGE_ABC",
       "berkeley-abc", "1.01"},
      {ToolId::iverilog, "iverilog", "second simulator: compiler", Need::required,
       "CIMFORGE_IVERILOG", "iverilog", "11.0"},
      {ToolId::vvp, "vvp", "second simulator: runtime", Need::required, "CIMFORGE_VVP", "iverilog",
       "11.0"},
      {ToolId::sta, "sta", "timing and constraints (OpenSTA)", Need::required, "CIMFORGE_STA",
       "opensta", "2.0.17"},
  };
  return table;
}

const ToolInfo& tool_info(ToolId id) {
  const std::vector<ToolInfo>& table = tool_table();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [id](const ToolInfo& info) { return info.id == id; });
  assert(found != table.end());
  return *found;
}

Tool find_tool(ToolId id) {
  const ToolInfo& info = tool_info(id);
  const std::filesystem::path path = locate(info);
  Tool tool{id, path, cached_version(info, path)};
  if (!is_at_least(tool.version, info.minimum)) {
    throw base::ToolError(fmt::format("{} is {} {}, too old: {} or later is needed; {}",
                                      path.string(), info.name, tool.version, info.minimum,
                                      remedy(info)));
  }
  return tool;
}

Tool find_cxx_compiler() {
  std::string problems;
  for (const ToolInfo& info : tool_table()) {
    if (info.need == Need::cxx_compiler) {
      try {
        return find_tool(info.id);
      } catch (const base::ToolError& error) {
        problems += fmt::format("\n  {}", error.what());
      }
    }
  }
  throw base::ToolError("there is no C++ compiler for the cycle model:" + problems);
}

std::optional<std::string> parse_version(ToolId id, std::string_view output) {
  const std::string_view marker = version_query(id).marker;
  for (std::size_t at = output.find(marker); at != std::string_view::npos;
       at = output.find(marker, at + 1)) {
    const std::string_view rest = output.substr(at + marker.size());
    const std::size_t length = std::min(rest.find_first_not_of("0123456789."), rest.size());
    if (length > 0 && is_digit(rest.front())) {
      return std::string(rest.substr(0, length));
    }
    if (marker.empty()) {
      break;  // a bare version stands first
    }
  }
  return std::nullopt;
}

bool is_at_least(std::string_view version, std::string_view minimum) {
  const auto numbers = [](std::string_view text) {
    std::vector<int> values;
    while (!text.empty()) {
      int value = 0;
      std::from_chars(text.data(), text.data() + text.size(), value);
      values.push_back(value);
      text.remove_prefix(std::min({text.find('.'), text.size() - 1}) + 1);
    }
    return values;
  };
  return numbers(version) >= numbers(minimum);
}

std::filesystem::path default_liberty() {
  const std::string chosen = environment_value(kLibertyEnvironment);
  const std::filesystem::path path = chosen.empty() ? kDefaultLiberty : chosen;
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    if (!chosen.empty()) {
      throw base::InputError(
          fmt::format("{}: no such file, named by {}", chosen, kLibertyEnvironment));
    }
    throw base::ToolError(
        fmt::format("the default Liberty file {} is not found: install it with `apt-get install "
                    "{}`, name one with --liberty or set {}",
                    kDefaultLiberty, kLibertyPackage, kLibertyEnvironment));
  }
  return path;
}

DoctorReport doctor_report() {
  DoctorReport report;
  bool has_compiler = false;
  bool has_required = true;
  std::set<std::string> packages;
  for (const ToolInfo& info : tool_table()) {
    report.entries.push_back(examine(info));
    const bool usable = report.entries.back().usable;
    has_compiler = has_compiler || (usable && info.need == Need::cxx_compiler);
    has_required = has_required && (usable || info.need != Need::required);
  }
  report.entries.push_back(examine_library());
  has_required = has_required && report.entries.back().usable;
  report.ready = has_required && has_compiler;

  for (const DoctorEntry& entry : report.entries) {
    // One compiler is enough; where there is none, the preferred one is to be installed.
    const bool is_spare_compiler = entry.need == describe(Need::cxx_compiler) &&
                                   (has_compiler || entry.name != tool_info(ToolId::clangxx).name);
    if (!entry.usable && !is_spare_compiler) {
      packages.insert(entry.package);
    }
  }
  report.packages.assign(packages.begin(), packages.end());
  return report;
}

std::string to_text(const DoctorReport& report) {
  std::size_t name_width = 4;
  std::size_t version_width = 7;
  std::size_t path_width = 4;
  for (const DoctorEntry& entry : report.entries) {
    name_width = std::max(name_width, entry.name.size());
    version_width = std::max(version_width, entry.version.size());
    path_width = std::max(path_width, entry.path.size());
  }
  const auto row = [&](std::string_view name, std::string_view version, std::string_view path,
                       std::string_view purpose) {
    return fmt::format("{:{}}  {:{}}  {:{}}  {}\n", name, name_width, version, version_width, path,
                       path_width, purpose);
  };
  std::string text = row("tool", "version", "path", "purpose");
  std::string problems;
  for (const DoctorEntry& entry : report.entries) {
    text += row(entry.name, entry.version.empty() ? "-" : entry.version,
                entry.path.empty() ? "-" : entry.path,
                entry.need == describe(Need::required)
                    ? entry.purpose
                    : fmt::format("{} ({})", entry.purpose, entry.need));
    if (!entry.problem.empty()) {
      problems += fmt::format("{}: {}\n", entry.need, entry.problem);
    }
  }
  if (!problems.empty()) {
    text += "\n" + problems;
  }
  if (!report.packages.empty()) {
    text += fmt::format("\nTo install what is missing on Debian:\n  apt-get install {}\n",
                        fmt::join(report.packages, " "));
  }
  text += report.ready ? "\nEverything that is required is there.\n"
                       : "\nSomething that is required is missing.\n";
  return text;
}

nlohmann::json to_json(const DoctorReport& report) {
  nlohmann::json tools = nlohmann::json::array();
  for (const DoctorEntry& entry : report.entries) {
    tools.push_back({{"name", entry.name},
                     {"purpose", entry.purpose},
                     {"need", entry.need},
                     {"usable", entry.usable},
                     {"version", entry.version},
                     {"path", entry.path},
                     {"problem", entry.problem},
                     {"package", entry.package},
                     {"environment", entry.environment},
                     {"minimum", entry.minimum}});
  }
  return {{"ready", report.ready}, {"tools", tools}, {"install", report.packages}};
}

}  // namespace cimforge::flows
