// The documents of the specification say what the code does.

#include "generator/base/file.h"
#include "generator/spec/keys.h"
#include "tests/catch.h"
#include "tests/spec/accept.h"
#include "tests/spec/describe.h"

namespace cimforge::spec {
namespace {

const std::filesystem::path docs = CIMFORGE_DOCS;

}  // namespace

TEST_CASE("the JSON Schema is the table of keys") {
  check_golden(docs / "specification.schema.json", schema_as_json());
}

TEST_CASE("the documented keys are the table of keys") {
  const std::filesystem::path path = docs / "specification.md";
  const std::string begin =
      "<!-- From generator/spec/keys.cpp, by tests/spec with CIMFORGE_ACCEPT=1. -->\n\n";
  const std::string end = "\n<!-- End of what generator/spec/keys.cpp says. -->\n";
  const std::string page = base::read_file(path);
  const std::size_t from = page.find(begin);
  const std::size_t to = page.find(end);
  REQUIRE(from != std::string::npos);
  REQUIRE(to != std::string::npos);
  check_golden(path, page.substr(0, from + begin.size()) + tables_as_markdown() + page.substr(to));
}

TEST_CASE("every key has a meaning, and every number a unit") {
  for (const Key& key : keys()) {
    INFO(key.path());
    CHECK_FALSE(key.meaning.empty());
    const bool is_number =
        std::holds_alternative<Integer>(key.value) || std::holds_alternative<Real>(key.value);
    CHECK(key.unit.empty() == !is_number);
    CHECK(find_key(key.path()) == &key);
    for (const std::string_view path : key.limit.needs) CHECK(find_key(path) != nullptr);
    CHECK((key.limit.violated == nullptr) == key.limit.documentation.empty());
    CHECK((key.derived_default.set == nullptr) == key.derived_default.documentation.empty());
  }
}

}  // namespace cimforge::spec
