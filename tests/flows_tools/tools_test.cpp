#include "flows/tools.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "generator/base/file.h"
#include "tests/catch.h"
#include "tests/flows_tools/scoped_environment.h"
#include "tests/flows_tools/thrown.h"

namespace cimforge::flows {
namespace {

using base::ExitStatus;

/// A program that prints `text`, whatever it is asked.
std::string fake_tool(const base::TemporaryDirectory& directory, const std::string& text) {
  const std::filesystem::path file = directory.path() / "tool";
  base::write_file_atomically(file, "#!/bin/sh\necho '" + text + "'\n");
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  return file.string();
}

const DoctorEntry& entry_of(const DoctorReport& report, const std::string& name) {
  const auto found = std::find_if(report.entries.begin(), report.entries.end(),
                                  [&](const DoctorEntry& entry) { return entry.name == name; });
  REQUIRE(found != report.entries.end());
  return *found;
}

}  // namespace

TEST_CASE("Versions are read from what the tools of Debian 12 print") {
  CHECK(parse_version(ToolId::verilator, "Verilator 5.006 2023-01-22 rev (Debian 5.006-3)\n") ==
        "5.006");
  CHECK(parse_version(ToolId::yosys, "Yosys 0.23 (git sha1 7ce5011c24b)\n") == "0.23");
  CHECK(parse_version(ToolId::iverilog,
                      "Icarus Verilog version 11.0 (stable) ()\n\nCopyright 1998-2020 Stephen "
                      "Williams\n") == "11.0");
  CHECK(parse_version(ToolId::vvp, "Icarus Verilog runtime version 11.0 (stable) ()\n") == "11.0");
  CHECK(parse_version(ToolId::sta, "2.0.17\n") == "2.0.17");
  CHECK(parse_version(ToolId::clangxx,
                      "Debian clang version 14.0.6\nTarget: x86_64-pc-linux-gnu\n") == "14.0.6");
  CHECK(parse_version(ToolId::gxx,
                      "g++ (Debian 12.2.0-14+deb12u1) 12.2.0\nCopyright (C) 2022 Free Software "
                      "Foundation, Inc.\n") == "12.2.0");
  CHECK(parse_version(ToolId::ccache, "ccache version 4.7.5\nFeatures: file-storage\n") == "4.7.5");
}

TEST_CASE("Versions are read from what newer and other builds print") {
  CHECK(parse_version(ToolId::verilator, "Verilator 5.040 2025-08-30 rev v5.040\n") == "5.040");
  CHECK(parse_version(ToolId::yosys, "Yosys 0.55+12 (git sha1 60f126cd0, clang++ 18.1.3)\n") ==
        "0.55");
  CHECK(parse_version(ToolId::gxx, "g++-13 (GCC) 13.2.1 20230801\n") == "13.2.1");
  CHECK(parse_version(ToolId::clangxx, "clang version 18.1.3 (https://example.org)\n") == "18.1.3");
}

TEST_CASE("A text without a version gives none") {
  for (const ToolInfo& info : tool_table()) {
    CAPTURE(info.name);
    CHECK_FALSE(parse_version(info.id, "").has_value());
    CHECK_FALSE(parse_version(info.id, "usage: tool FILE\n").has_value());
  }
}

TEST_CASE("Versions compare number by number") {
  CHECK(is_at_least("0.23", "0.9"));
  CHECK_FALSE(is_at_least("0.9", "0.23"));
  CHECK(is_at_least("5.006", "5.006"));
  CHECK(is_at_least("5.040", "5.006"));
  CHECK(is_at_least("14.0.6", "14.0"));
  CHECK(is_at_least("2.1", "2.0.17"));
  CHECK_FALSE(is_at_least("11", "11.1"));
}

TEST_CASE("Every tool of the table is found here, with its version") {
  for (const ToolInfo& info : tool_table()) {
    CAPTURE(info.name);
    const Tool tool = find_tool(info.id);
    CHECK(tool.id == info.id);
    CHECK(tool.path.is_absolute());
    CHECK(is_at_least(tool.version, info.minimum));
  }
  CHECK(find_cxx_compiler().id == ToolId::clangxx);
}

TEST_CASE("A missing tool names its package and its variable") {
  const ScopedEnvironment path("PATH", "/no/such/folder");
  const ScopedEnvironment variable("CIMFORGE_VERILATOR", std::nullopt);
  const Thrown thrown = thrown_by([] { find_tool(ToolId::verilator); });
  CHECK(thrown.status == ExitStatus::tool_failed);
  CHECK(thrown.message ==
        "verilator is not found: install it with `apt-get install verilator` or set "
        "CIMFORGE_VERILATOR");
  const Thrown compiler = thrown_by([] { find_cxx_compiler(); });
  CHECK(compiler.status == ExitStatus::tool_failed);
  CHECK(compiler.says("clang++ is not found"));
  CHECK(compiler.says("g++ is not found"));
}

TEST_CASE("A variable names another program") {
  const base::TemporaryDirectory directory("cimforge-test");
  const std::string tool = fake_tool(directory, "Yosys 0.31 (git sha1 0)");
  const ScopedEnvironment variable("CIMFORGE_YOSYS", tool);
  CHECK(find_tool(ToolId::yosys).path == tool);
  CHECK(find_tool(ToolId::yosys).version == "0.31");
}

TEST_CASE("A variable that names no program is an error, whatever is on PATH") {
  const ScopedEnvironment variable("CIMFORGE_YOSYS", "/no/such/yosys");
  const Thrown thrown = thrown_by([] { find_tool(ToolId::yosys); });
  CHECK(thrown.message ==
        "yosys is not found: CIMFORGE_YOSYS names /no/such/yosys, which cannot be executed; unset "
        "it, and: install it with `apt-get install yosys` or set CIMFORGE_YOSYS");
}

TEST_CASE("A tool that is too old, or another program of its name, is not used") {
  const base::TemporaryDirectory directory("cimforge-test");
  {
    const ScopedEnvironment variable("CIMFORGE_YOSYS", fake_tool(directory, "Yosys 0.9"));
    CHECK(thrown_by([] { find_tool(ToolId::yosys); }).says("too old: 0.23 or later is needed"));
  }
  const base::TemporaryDirectory other("cimforge-test");
  const ScopedEnvironment variable("CIMFORGE_STA", fake_tool(other, "usage: sta FILE"));
  const Thrown thrown = thrown_by([] { find_tool(ToolId::sta); });
  CHECK(thrown.status == ExitStatus::tool_failed);
  CHECK(thrown.says("does not tell its version as sta does"));
}

TEST_CASE("The doctor finds everything on this machine") {
  const DoctorReport report = doctor_report();
  CHECK(report.ready);
  CHECK(report.packages.empty());
  CHECK(report.entries.size() == tool_table().size() + 1);
  CHECK(entry_of(report, "liberty").version == "osu018_stdcells");
  CHECK(to_text(report).find("Everything that is required is there.") != std::string::npos);
}

TEST_CASE("With an empty PATH the doctor says what to install") {
  const ScopedEnvironment path("PATH", "");
  const DoctorReport report = doctor_report();
  CHECK_FALSE(report.ready);
  CHECK(report.packages == std::vector<std::string>{"berkeley-abc", "ccache", "clang", "iverilog",
                                                    "opensta", "verilator", "yosys"});
  CHECK_FALSE(entry_of(report, "yosys").usable);
  CHECK(entry_of(report, "yosys").path.empty());
  const std::string text = to_text(report);
  CHECK(text.find("apt-get install berkeley-abc ccache clang iverilog opensta verilator yosys\n") !=
        std::string::npos);
  CHECK(text.find("required: yosys is not found") != std::string::npos);
  CHECK(text.find("Something that is required is missing.") != std::string::npos);
}

TEST_CASE("One C++ compiler is enough, and ccache is not needed") {
  const ScopedEnvironment clang("CIMFORGE_CLANGXX", "/no/such/clang++");
  const ScopedEnvironment ccache("CIMFORGE_CCACHE", "/no/such/ccache");
  const DoctorReport report = doctor_report();
  CHECK(report.ready);
  CHECK(report.packages == std::vector<std::string>{"ccache"});
  CHECK(find_cxx_compiler().id == ToolId::gxx);
}

TEST_CASE("The doctor's JSON holds what its text does") {
  const nlohmann::json json = to_json(doctor_report());
  CHECK(json.at("ready") == true);
  CHECK(json.at("install").empty());
  const nlohmann::json& tool = json.at("tools").at(0);
  std::set<std::string> keys;
  for (const auto& [key, value] : tool.items()) {
    keys.insert(key);
  }
  CHECK(keys == std::set<std::string>{"name", "purpose", "need", "usable", "version", "path",
                                      "problem", "package", "environment", "minimum"});
  CHECK(tool.at("name") == "verilator");
}

TEST_CASE("CIMFORGE_LIBERTY names the default library") {
  CHECK(default_liberty().filename() == "osu018_stdcells.lib");
  const base::TemporaryDirectory directory("cimforge-test");
  const std::filesystem::path file = directory.path() / "empty.lib";
  base::write_file_atomically(file, "");
  {
    const ScopedEnvironment variable("CIMFORGE_LIBERTY", file.string());
    CHECK(default_liberty() == file);
    const DoctorReport report = doctor_report();
    CHECK_FALSE(report.ready);
    CHECK(entry_of(report, "liberty").problem == file.string() + ": the Liberty file is empty");
  }
  const ScopedEnvironment variable("CIMFORGE_LIBERTY", "/no/such.lib");
  const Thrown thrown = thrown_by([] { default_liberty(); });
  CHECK(thrown.status == ExitStatus::input_wrong);
  CHECK(thrown.message == "/no/such.lib: no such file, named by CIMFORGE_LIBERTY");
}

}  // namespace cimforge::flows
