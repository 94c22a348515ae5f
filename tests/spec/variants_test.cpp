// Variants are what parse() makes of each text: the samples, with every key of theirs given apart,
// and with values that are wrong.
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/spec/keys.h"
#include "generator/spec/parse.h"
#include "tests/catch.h"

namespace cimforge::spec {
namespace {

/// Codes and messages, sorted: places differ.
std::vector<std::string> mistakes(const ParseResult& result) {
  std::vector<std::string> found;
  for (const base::Diagnostic& each : result.diagnostics) {
    found.push_back(each.code + ": " + each.message);
  }
  std::sort(found.begin(), found.end());
  return found;
}

void check_alike(const ParseResult& left, const ParseResult& right) {
  CHECK(mistakes(left) == mistakes(right));
  REQUIRE(left.spec.has_value() == right.spec.has_value());
  if (left.spec) CHECK(to_toml(*left.spec) == to_toml(*right.spec));
}

/// The keys that a document gives plain values to, and the values.
std::pair<std::vector<std::string>, std::vector<TomlValue>> given(const toml::table& root) {
  std::pair<std::vector<std::string>, std::vector<TomlValue>> result;
  for (const Key& key : keys()) {
    const toml::node* node = key.table.empty() ? root.get(key.name) : nullptr;
    if (!key.table.empty()) {
      const toml::node* table = root.get(key.table);
      if (table != nullptr && table->is_table()) node = table->as_table()->get(key.name);
    }
    if (node == nullptr) continue;
    std::optional<TomlValue> value;
    if (const auto* text = node->as_string()) value = text->get();
    if (const auto* number = node->as_integer()) value = number->get();
    if (const auto* number = node->as_floating_point()) value = number->get();
    if (const auto* flag = node->as_boolean()) value = flag->get();
    if (!value) continue;
    result.first.push_back(key.path());
    result.second.push_back(*value);
  }
  return result;
}

}  // namespace

TEST_CASE("variants of the samples are what parse makes of them") {
  std::size_t compared = 0;
  for (const char* folder : {"good", "bad_beyond_schema", "bad"}) {
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(CIMFORGE_SAMPLES) / folder)) {
      if (entry.path().extension() != ".toml") continue;
      const std::string text = base::read_file(entry.path());
      toml::table root;
      try {
        root = toml::parse(std::string_view(text));
      } catch (const toml::parse_error&) {
        continue;
      }
      const auto [paths, values] = given(root);
      if (paths.empty()) continue;
      INFO(entry.path().string());
      check_alike(Variants(text, paths).with(values, "variant"), parse(text, "variant"));
      ++compared;
    }
  }
  CHECK(compared > 100);
}

TEST_CASE("each variant starts from the text again") {
  const std::string text =
      "name = \"m\"\nkind = \"digital\"\n[array]\nrows = 8\ncolumns = 8\n[operands]\n"
      "input = \"int4\"\nweight = \"int4\"\n";
  const Variants variants(text, {"array.rows", "operands.input", "compute.input_bits_per_cycle"});
  const auto rows = [&](const ParseResult& result) { return result.spec ? result.spec->rows : 0; };
  CHECK(rows(variants.with(std::vector<TomlValue>{std::int64_t{5000}, "int4", std::int64_t{1}},
                           "a")) == 0);
  CHECK(rows(variants.with(std::vector<TomlValue>{std::int64_t{16}, "int8", std::int64_t{8}},
                           "b")) == 16);
  const ParseResult refused =
      variants.with(std::vector<TomlValue>{std::int64_t{16}, "int2", std::int64_t{8}}, "c");
  REQUIRE(refused.diagnostics.size() == 1);
  CHECK(refused.diagnostics.front().code == "input-bits-per-cycle-out-of-range");
  CHECK_THROWS_AS(Variants("rows = [", {"array.rows"}), base::InputError);
}

}  // namespace cimforge::spec
