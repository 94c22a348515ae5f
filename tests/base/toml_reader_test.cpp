#include "generator/base/toml_reader.h"

#include <string>

#include "tests/catch.h"

namespace cimforge::base {
namespace {

/// A file with a name, a count and tables, read into their mistakes.
class Reader : TomlReader {
 public:
  Reader() : TomlReader("f.toml") {}
  std::string mistakes_of(const std::string& content) {
    if (const auto root = parse_toml(content, file_, "thing", diagnostics_)) {
      check_keys(*root, {"name", "count", "part"}, "in the file");
      text(root->get("name"), "name");
      integer(root->get("count"), "count", 1, 9);
      for (const toml::table* part : tables(root->get("part"), "part")) {
        check_keys(*part, {"x"}, "in [[part]]");
      }
    }
    return to_string(take_diagnostics());
  }
};

std::string mistakes(const std::string& content) {
  return Reader().mistakes_of(content);
}

}  // namespace

TEST_CASE("a reader tells each mistake with its place") {
  CHECK(mistakes("name = \"a\"\ncount = 3\n[[part]]\nx = 1\n[[part]]\n").empty());
  CHECK(mistakes("nam = 3\n") ==
        "f.toml:1:1: error: unknown key 'nam' in the file; did you mean 'name'? [unknown-key]");
  CHECK(mistakes("zzzzzz = 3\n") ==
        "f.toml:1:1: error: unknown key 'zzzzzz' in the file; there are name, count, part "
        "[unknown-key]");
  for (const char* wrong : {"name = 3", "name = \"\"", "name = \"a\\nb\"", "name = []"}) {
    CHECK_THAT(mistakes(wrong), Catch::StartsWith("f.toml:1:8: error: name must be a text of one "
                                                  "line, not empty, got "));
  }
  CHECK(mistakes("count = 10") ==
        "f.toml:1:9: error: count must be between 1 and 9, got 10 [out-of-range]");
  CHECK(mistakes("count = 1.5") ==
        "f.toml:1:9: error: count must be an integer, got the float 1.5 [wrong-type]");
  CHECK(mistakes("part = [1]") ==
        "f.toml:1:8: error: part must be tables, [[part]], got an array [wrong-type]");
  // In the order of their places.
  CHECK_THAT(mistakes("count = 0\nname = 0\n"), Catch::StartsWith("f.toml:1:9"));
}

TEST_CASE("what toml++ does not survive is refused before") {
  constexpr std::size_t many = 200'000;
  CHECK_THAT(mistakes("a = " + std::string(many, '[')), Catch::Contains("[too-long]"));
  std::string dotted = "a";
  for (std::size_t i = 0; i < many; ++i) dotted += i % 2 == 0 ? ".a" : " . a";
  CHECK_THAT(mistakes(dotted + " = 1"), Catch::Contains("[too-long]"));
  CHECK_THAT(mistakes("[" + dotted + "]"), Catch::Contains("[too-long]"));
  CHECK_THAT(mistakes(std::string(std::size_t{5} << 20U, ' ')), Catch::Contains("[too-long]"));
  CHECK_THAT(mistakes(std::string("count = 1\nname = \"\0\"", 20)),
             Catch::StartsWith("f.toml:2:1") && Catch::Contains("[not-text]"));
  CHECK_THAT(mistakes("name = \"\xff\""), Catch::Contains("[toml-syntax]"));
  // Many numbers with a point are not nested.
  std::string numbers = "name = \"a\"\nx = [0.5";
  for (std::size_t i = 0; i < many; ++i) numbers += ", 0.5";
  CHECK_THAT(mistakes(numbers + "]"), Catch::Contains("unknown key 'x'"));
}

}  // namespace cimforge::base
