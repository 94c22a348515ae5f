// The tools that cimforge runs: where they are, which version, and what to install.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cimforge::flows {

enum class ToolId { verilator, yosys, abc, iverilog, vvp, sta, clangxx, gxx, ccache };

enum class Need {
  required,
  cxx_compiler,  ///< any one of those marked so will do; the first found is used
  optional,
};

/// One row of the table of tools.
struct ToolInfo {
  ToolId id;
  const char* name;     ///< the program
  const char* purpose;  ///< what cimforge does with it
  Need need;
  const char* environment;  ///< variable that names another program, as a path
  const char* package;      ///< Debian package
  const char* minimum;      ///< oldest version that is tested
};

/// Every tool, in the order of the doctor's report.
const std::vector<ToolInfo>& tool_table();
const ToolInfo& tool_info(ToolId id);

struct Tool {
  ToolId id;
  std::filesystem::path path;
  std::string version;
};

/// The tool and its version; asked once in a run of the program. Throws ToolError that names the
/// package and the variable where it is missing, too old or unable to tell its version.
Tool find_tool(ToolId id);

/// The compiler for Verilated models: clang++ where there is one, else g++. Throws ToolError.
Tool find_cxx_compiler();

/// The version in what a tool prints for its version option; nothing where there is none.
std::optional<std::string> parse_version(ToolId id, std::string_view output);

/// Whether a version is `minimum` or later, number by number: 0.23 is later than 0.9.
bool is_at_least(std::string_view version, std::string_view minimum);

/// The Liberty file of the default library, OSU 0.18 um, or the one that CIMFORGE_LIBERTY names.
/// Throws ToolError where the package is missing, InputError where the variable names no file.
std::filesystem::path default_liberty();

/// What the doctor found for one tool, or for the default library.
struct DoctorEntry {
  std::string name;
  std::string purpose;
  std::string need;  ///< `required`, `one C++ compiler`, `optional`
  bool usable = false;
  std::string version;  ///< of a tool; the name of a library
  std::string path;
  std::string problem;  ///< why it is not usable
  std::string package;
  std::string environment;
  std::string minimum;  ///< oldest version; empty for a library
};

struct DoctorReport {
  std::vector<DoctorEntry> entries;
  bool ready = false;                 ///< everything required is usable
  std::vector<std::string> packages;  ///< what to install, sorted, required and optional
};

/// Looks at every tool and the default library; never throws for what it finds.
DoctorReport doctor_report();

/// A table of name, version, path and purpose; below it what is wrong and one line to install it.
std::string to_text(const DoctorReport& report);

/// Keys: ready, tools (a list with the fields of DoctorEntry), install (the packages).
nlohmann::json to_json(const DoctorReport& report);

}  // namespace cimforge::flows
