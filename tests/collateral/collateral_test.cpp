#include "generator/collateral/collateral.h"

#include <cstdlib>
#include <regex>
#include <set>
#include <sstream>

#include "generator/base/hash.h"
#include "generator/base/version.h"
#include "generator/spec/parse.h"
#include "tests/catch.h"
#include "tests/collateral/specs.h"

namespace cimforge::collateral {
namespace {

using Json = nlohmann::json;

TEST_CASE("emission is the same every time") {
  for (const spec::MacroSpec& spec : matrix()) {
    CAPTURE(spec.name);
    CHECK(emit(spec) == emit(spec));
    const plan::MacroPlan plan = plan::plan(spec);
    CHECK(check_text(plan) == check_text(plan));
  }
}

TEST_CASE("the manifest holds the hash of every other file, the specification and the plan") {
  for (const spec::MacroSpec& spec : matrix()) {
    CAPTURE(spec.name);
    const base::FileSet files = emit(spec);
    const Json manifest = Json::parse(files.at(manifest_name));
    CHECK(manifest["files"].size() + 1 == files.size());
    for (const auto& [path, text] : files) {
      if (path != manifest_name) CHECK(manifest["files"][path] == base::sha256(text));
    }
    CHECK(manifest["cimforge"] == std::string(base::version()));
    CHECK(manifest["tools"]["cimforge"] == std::string(base::version()));
    CHECK(manifest["specification_sha256"] == base::sha256(files.at("spec.toml")));
    CHECK(manifest["specification"]["array"]["rows"] == spec.rows);
    CHECK(manifest["specification"]["operands"]["input"] == spec.input.name());
    CHECK(manifest["plan"]["latency"] == plan::plan(spec).latency);
    CHECK(manifest["plan"]["storage_bits"] == plan::plan(spec).storage_bits());

    const spec::ParseResult again = spec::parse(files.at("spec.toml"), "spec.toml");
    REQUIRE(again.spec.has_value());
    CHECK(spec::to_toml(*again.spec) == spec::to_toml(spec));
  }
}

TEST_CASE("no file tells a date, a place of the machine or a template's mark") {
  const std::regex forbidden(R"(20\d\d-\d\d|/tmp|/home|/root|/work|@[A-Z_]+@)");
  for (const spec::MacroSpec& spec : matrix()) {
    for (const auto& [path, text] : emit(spec)) {
      CAPTURE(spec.name, path);
      CHECK_FALSE(std::regex_search(text, forbidden));
    }
  }
}

TEST_CASE("the filelists and the core name every RTL file once") {
  for (const spec::MacroSpec& spec : matrix()) {
    const base::FileSet files = emit(spec);
    std::set<std::string> rtl;
    for (const auto& [path, text] : files) {
      if (path.starts_with("rtl/")) rtl.insert(path);
    }
    for (const std::string list : {"sim.f", "synth.f"}) {
      std::set<std::string> listed;
      std::istringstream lines(files.at(list));
      for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("//")) CHECK(listed.insert(line).second);
      }
      CHECK(listed == rtl);
    }
    const std::string& core = files.at(spec.name + ".core");
    CHECK(core.starts_with("CAPI=2:\n"));
    for (const std::string& path : rtl) {
      CHECK(core.find("      - " + path + "\n") != std::string::npos);
    }
  }
}

TEST_CASE("every generated file bears the version and the specification's hash") {
  const spec::MacroSpec spec = tiny();
  const std::string version = "cimforge " + std::string(base::version());
  const std::string hash = "sha256:" + specification_hash(spec);
  for (const auto& [path, text] : emit(spec)) {
    if (path.starts_with("rtl/cim_") || path == "spec.toml" || path == manifest_name) continue;
    CAPTURE(path);
    CHECK(text.find(version) != std::string::npos);
    CHECK(text.find(hash) != std::string::npos);
  }
}

TEST_CASE("the exceptions of latches are in the constraints of latches only") {
  spec::MacroSpec spec = tiny();
  CHECK(emit(spec).at("constraints/tiny_3x2.sdc").find("set_multicycle_path") != std::string::npos);
  spec.storage = spec::Storage::flop;
  CHECK(emit(spec).at("constraints/tiny_3x2.sdc").find("set_multicycle_path") == std::string::npos);
}

/// The first line in which the texts differ; empty where they are the same.
std::string difference(const std::string& got, const std::string& expected) {
  std::istringstream a(got);
  std::istringstream b(expected);
  for (int number = 1;; ++number) {
    std::string line_a;
    std::string line_b;
    const bool more_a = static_cast<bool>(std::getline(a, line_a));
    const bool more_b = static_cast<bool>(std::getline(b, line_b));
    if (!more_a && !more_b) return got == expected ? "" : "the end of the last line";
    if (more_a != more_b || line_a != line_b) {
      return "line " + std::to_string(number) + ": '" + line_a + "' for '" + line_b + "'";
    }
  }
}

TEST_CASE("the output for a small specification is the golden one") {
  const std::filesystem::path golden =
      std::filesystem::path(CIMFORGE_COLLATERAL_GOLDEN) / "tiny_3x2";
  const base::FileSet files = emit(tiny());
  const std::filesystem::path page =
      std::filesystem::path(CIMFORGE_COLLATERAL_GOLDEN) / "tiny_3x2.txt";
  const std::string text = check_text(plan::plan(tiny()));
  if (std::getenv("CIMFORGE_ACCEPT") != nullptr) {
    base::write_directory_atomically(golden, files, manifest_name);
    base::write_file_atomically(page, text);
  }
  INFO("to accept the new texts run with CIMFORGE_ACCEPT=1");
  std::set<std::string> there;
  for (const auto& each : std::filesystem::recursive_directory_iterator(golden)) {
    if (each.is_regular_file()) there.insert(each.path().lexically_relative(golden).string());
  }
  for (const auto& [path, expected] : files) {
    CAPTURE(path);
    REQUIRE(there.erase(path) == 1);
    CHECK(difference(expected, base::read_file(golden / path)) == "");
  }
  CHECK(there.empty());
  CHECK(difference(text, base::read_file(page)) == "");
}

}  // namespace
}  // namespace cimforge::collateral
