// Lists of tests: what they mean, and every mistake with its place.
#include <string>
#include <vector>

#include "flows/regression_list.h"
#include "generator/base/file.h"
#include "tests/catch.h"

using namespace cimforge;
using flows::RegressionListResult;
using flows::RegressionTest;

namespace {

/// A directory with specifications a.toml, b.toml and rtl/.
class Lists {
 public:
  Lists() {
    for (const char* name : {"a.toml", "b.toml"}) {
      base::write_file_atomically(directory_.path() / name, "name = \"m\"\n");
    }
  }
  [[nodiscard]] RegressionListResult parse(const std::string& text) const {
    return flows::parse_regression_list(text, file());
  }
  [[nodiscard]] std::filesystem::path file() const { return directory_.path() / "list.toml"; }
  [[nodiscard]] std::string path(const std::string& name) const {
    return (directory_.path() / name).string();
  }

 private:
  base::TemporaryDirectory directory_{"cimforge-regress-test-"};
};

}  // namespace

TEST_CASE("a list of tests") {
  const Lists lists;
  const RegressionListResult result = lists.parse(R"(
name = "all"
[defaults]
vectors = 50
time_limit = 2.5
seeds = { count = 3 }
[[test]]
name = "one"
specification = "*.toml"
[[test]]
name = "two"
specification = ["b.toml", "a.toml", "?.toml"]
options = ["--rtl", "rtl", "--synthesis-view"]
seeds = [9, 3, 9]
vectors = 7
coverage = false
[[test]]
name = "three"
command = "prove"
specification = "a.toml"
)");
  INFO(base::to_string(result.diagnostics));
  REQUIRE(result.list);
  CHECK(result.list->name == "all");
  REQUIRE(result.list->tests.size() == 3);
  const RegressionTest& one = result.list->tests[0];
  CHECK(one.command == "verify");
  CHECK(one.specifications.size() == 2);
  CHECK(one.seeds == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(one.seeds_are_range);
  CHECK(one.vectors == 50U);
  CHECK(one.time_limit == 2.5);
  CHECK(one.coverage);
  const RegressionTest& two = result.list->tests[1];
  REQUIRE(two.specifications.size() == 2);
  CHECK(two.specifications[0] == lists.path("a.toml"));
  CHECK(two.options == std::vector<std::string>{"--rtl", lists.path("rtl"), "--synthesis-view"});
  CHECK(two.seeds == std::vector<std::uint64_t>{3, 9});
  CHECK_FALSE(two.seeds_are_range);
  CHECK_FALSE(two.coverage);
  const RegressionTest& three = result.list->tests[2];
  CHECK(three.seeds.empty());
  CHECK_FALSE(three.vectors);
  CHECK_FALSE(three.coverage);
}

TEST_CASE("a list without a name is named after its file, and one seed is the default") {
  const Lists lists;
  const auto result = lists.parse("[[test]]\nname = \"x\"\nspecification = \"a.toml\"\n");
  REQUIRE(result.list);
  CHECK(result.list->name == "list");
  CHECK(result.list->tests[0].seeds == std::vector<std::uint64_t>{1});
  CHECK(result.list->tests[0].vectors == 1000U);
}

TEST_CASE("every mistake of a list is told with its place") {
  const Lists lists;
  const std::string head = "[[test]]\nname = \"x\"\nspecification = \"a.toml\"\n";
  struct Wrong {
    std::string text;
    std::string place;
    std::string code;
    std::string part;
  };
  const std::vector<Wrong> all = {
      {"", "", "no-test", "no test"},
      {"name = \"x\"\ntest = []\n", ":2:8", "no-test", "no test"},
      {"test = 3\n", ":1:8", "wrong-type", "[[test]]"},
      {"[[test]\n", ":1:", "toml-syntax", "not TOML"},
      {head + "vector = 3\n", ":4:1", "unknown-key", "did you mean 'vectors'?"},
      {head + "command = \"verfy\"\n", ":4:11", "unknown-command", "did you mean 'verify'?"},
      {head + "command = \"emit\"\n", ":4:11", "unknown-command", "verify, check, prove"},
      {head + "seeds = []\n", ":4:9", "no-seed", "no value"},
      {head + "seeds = { first = 3 }\n", ":4:9", "no-seed", "no count"},
      {head + "seeds = { first = 3, count = 0 }\n", ":4:30", "out-of-range", "count"},
      {head + "seeds = [1, -1]\n", ":4:13", "out-of-range", "seed"},
      {head + "seeds = \"3\"\n", ":4:9", "wrong-type", "{ first = 1, count = 20 }"},
      {head + "vectors = 0\n", ":4:11", "out-of-range", "vectors"},
      {head + "time_limit = 0\n", ":4:14", "out-of-range", "time_limit"},
      {head + "time_limit = \"1 h\"\n", ":4:14", "wrong-type", "seconds"},
      {head + "time_limit = nan\n", ":4:14", "out-of-range", "time_limit"},
      {head + "coverage = 1\n", ":4:12", "wrong-type", "true or false"},
      {head + "options = [\"--seed\", \"3\"]\n", ":4:12", "own-option", "--seed"},
      {head + "options = [\"-h\"]\n", ":4:12", "own-option", "-h"},
      {head + "options = \"--gates\"\n", ":4:11", "wrong-type", "array of strings"},
      {head + "command = \"prove\"\nseeds = [1]\n", ":5:9", "no-such-key", "takes no seeds"},
      {head + head, ":5:8", "same-name", "another test"},
      {"[[test]]\nspecification = \"a.toml\"\n", ":1:1", "no-name", "no name"},
      {"[[test]]\nname = \"x\"\n", ":1:1", "no-specification", "no specification"},
      {"[[test]]\nname = \"x\"\nspecification = []\n", ":3:17", "no-specification", "no file"},
      {"[[test]]\nname = \"x\"\nspecification = \"c.toml\"\n", ":3:17", "missing-specification",
       "there is no file"},
      {"[[test]]\nname = \"x\"\nspecification = \"c*\"\n", ":3:17", "missing-specification",
       "no file matches"},
      {"[defaults]\nseed = 1\n" + head, ":2:1", "unknown-key", "did you mean 'seeds'?"},
  };
  for (const Wrong& wrong : all) {
    const RegressionListResult result = lists.parse(wrong.text);
    const std::string told = base::to_string(result.diagnostics);
    INFO(wrong.text << told);
    CHECK_FALSE(result.list);
    REQUIRE(result.diagnostics.size() == 1);
    CHECK(result.diagnostics[0].code == wrong.code);
    CHECK_THAT(told, Catch::Matchers::StartsWith(lists.file().string() + wrong.place));
    CHECK_THAT(told, Catch::Matchers::Contains(wrong.part));
  }
}

TEST_CASE("a mistake in the defaults is told once") {
  const Lists lists;
  const std::string test = "specification = \"a.toml\"\n";
  const auto result = lists.parse("[defaults]\nvectors = 0\n[[test]]\nname = \"x\"\n" + test +
                                  "[[test]]\nname = \"y\"\n" + test);
  CHECK(result.diagnostics.size() == 1);
}

TEST_CASE("bytes that are no list are refused") {
  const Lists lists;
  for (const std::string& text :
       {std::string("\0", 1), std::string(5000, '.'), std::string(2 << 20, ' ')}) {
    CHECK(lists.parse(text).diagnostics.size() == 1);
  }
}
