// Sample specifications, judged here by the parser and in schema_test.py by the JSON Schema. A bad
// sample ends with its diagnostics, each after `#! `, exactly as a user sees them.

#include <algorithm>
#include <set>
#include <sstream>
#include <vector>

#include "generator/base/file.h"
#include "generator/spec/keys.h"
#include "generator/spec/parse.h"
#include "tests/catch.h"
#include "tests/spec/accept.h"

namespace cimforge::spec {
namespace {
namespace fs = std::filesystem;

const fs::path samples = CIMFORGE_SAMPLES;
const fs::path examples = CIMFORGE_EXAMPLES;

std::vector<fs::path> specifications_in(const fs::path& directory) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() == ".toml") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  REQUIRE_FALSE(found.empty());
  return found;
}

/// The text without the lines that begin with `#! `.
std::string without_expectation(const std::string& text) {
  std::istringstream lines(text);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("#! ")) kept += line + "\n";
  }
  return kept;
}

}  // namespace

TEST_CASE("there is a sample for every mistake that a key can have, and every code is documented") {
  std::set<std::string> codes{"too-long", "not-text"};  // of files that are no text: parse_test.cpp
  for (const char* folder : {"bad", "bad_beyond_schema"}) {
    for (const fs::path& path : specifications_in(samples / folder)) {
      for (const auto& diagnostic : parse(base::read_file(path), "x").diagnostics) {
        codes.insert(diagnostic.code);
      }
    }
  }
  std::set<std::string> of_keys;
  for (const Key& key : keys()) {
    std::string name(key.name);
    std::replace(name.begin(), name.end(), '_', '-');
    of_keys.insert(name + "-wrong-type");
    const bool is_number =
        std::holds_alternative<Integer>(key.value) || std::holds_alternative<Real>(key.value);
    if (is_number) of_keys.insert(name + "-out-of-range");
    if (std::holds_alternative<Format>(key.value) || std::holds_alternative<Choice>(key.value) ||
        std::holds_alternative<Text>(key.value)) {
      of_keys.insert(name + "-unknown-value");
    }
  }
  for (const std::string& code : of_keys) {
    INFO(code);
    CHECK(codes.erase(code) == 1);
  }
  const std::string page = base::read_file(fs::path(CIMFORGE_DOCS) / "specification.md");
  for (const std::string& code : codes) {
    INFO(code);
    CHECK(page.find("`" + code + "`") != std::string::npos);
  }
}

TEST_CASE("good samples and examples are read, and their canonical text too") {
  std::vector<fs::path> paths = specifications_in(samples / "good");
  for (const fs::path& folder : {examples, examples / "published", examples / "logic"}) {
    const std::vector<fs::path> more = specifications_in(folder);
    paths.insert(paths.end(), more.begin(), more.end());
  }
  for (const fs::path& path : paths) {
    INFO(path.string());
    const ParseResult result = parse(base::read_file(path), path.filename().string());
    CHECK(base::to_string(result.diagnostics).empty());
    REQUIRE(result.spec);
    const ParseResult again = parse(to_toml(*result.spec), "canonical.toml");
    REQUIRE(again.spec);
    CHECK(*again.spec == *result.spec);
  }
}

TEST_CASE("bad samples give their diagnostics, all at once and nothing else") {
  for (const char* folder : {"bad", "bad_beyond_schema"}) {
    for (const fs::path& path : specifications_in(samples / folder)) {
      INFO(path.string());
      const std::string sample = base::read_file(path);
      const ParseResult result = parse(sample, path.filename().string());
      CHECK_FALSE(result.spec);
      std::string expected = without_expectation(sample);
      for (const base::Diagnostic& diagnostic : result.diagnostics) {
        expected += "#! " + base::to_string(diagnostic) + "\n";
      }
      check_golden(path, expected);
    }
  }
}

}  // namespace cimforge::spec
