#include <filesystem>
#include <set>
#include <string>

#include "flows/sweep/command.h"
#include "flows/sweep/expression.h"
#include "flows/sweep/sweep.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "tests/catch.h"

namespace cimforge {
namespace {

constexpr const char* specification =
    "[specification]\nname = \"m\"\nkind = \"digital\"\n"
    "[specification.array]\nrows = 8\ncolumns = 4\n"
    "[specification.operands]\ninput = \"int4\"\nweight = \"int4\"\n";
constexpr const char* check = "[[command]]\nrun = \"check\"\n";

/// The codes of all mistakes, blanks between; empty where there are none.
std::string mistakes(const std::string& text) {
  std::string codes;
  for (const base::Diagnostic& each : sweep::read(text, "s.toml").diagnostics) {
    CHECK(each.location.file == "s.toml");
    codes += (codes.empty() ? "" : " ") + each.code;
  }
  return codes;
}

sweep::Sweep read(const std::string& text) {
  sweep::ReadResult result = sweep::read(text, "s.toml");
  INFO(base::to_string(result.diagnostics));
  REQUIRE(result.sweep);
  return std::move(*result.sweep);
}

std::string axis(const std::string& rest) {
  return "[[axis]]\n" + rest + "\n";
}

}  // namespace

TEST_CASE("a sweep has axes of lists, ranges and keys that change together") {
  const sweep::Sweep sweep =
      read(std::string("name = \"sizes\"\ninvalid = \"skip\"\n") + specification +
           axis("key = \"array.rows\"\nrange = { first = 4, last = 33, factor = 2 }") +
           axis("key = \"array.columns\"\nrange = { first = 4, last = 12, step = 4 }") +
           axis("keys = [\"operands.input\", \"operands.weight\"]\n"
                "values = [[\"int4\", \"int8\"], [\"uint2\", \"int1\"]]") +
           axis("key = \"celsius\"\nrange = { first = 0.0, last = 0.3, step = 0.1 }") +
           "[[command]]\nrun = \"run 'a net.toml' --celsius {celsius}\"\ntime_limit = 7\n"
           "[[objective]]\nmost = \"run.accuracy / array.rows\"\n[sample]\ncount = 5\nseed = 3\n");
  CHECK(sweep.name == "sizes");
  CHECK(sweep.skips_invalid);
  REQUIRE(sweep.axes.size() == 4);
  CHECK(sweep.axes[0].values.size() == 4);
  CHECK(std::get<std::int64_t>(sweep.axes[0].values[3][0]) == 32);
  CHECK(sweep.axes[1].values.size() == 3);
  CHECK(sweep.axes[2].names == std::vector<std::string>{"operands.input", "operands.weight"});
  CHECK(std::get<std::string>(sweep.axes[2].values[1][1]) == "int1");
  // 0.1 has no exact value; 0.3 is the last all the same.
  CHECK(sweep.axes[3].values.size() == 4);
  REQUIRE(sweep.commands.size() == 1);
  CHECK(sweep.commands[0].name == "run");
  CHECK(sweep.commands[0].words ==
        std::vector<std::string>{"run", "a net.toml", "--celsius", "{celsius}"});
  CHECK(sweep.commands[0].time_limit == std::chrono::seconds(7));
  REQUIRE(sweep.objectives.size() == 1);
  CHECK(sweep.objectives[0].most);
  REQUIRE(sweep.sample);
  CHECK(sweep.sample->count == 5);
  CHECK(sweep.sample->seed == 3);
}

TEST_CASE("each mistake in a sweep has its place and a code") {
  const std::string good = std::string(specification) + check;
  CHECK(mistakes(good) == "");
  CHECK(mistakes(check) == "missing-key");
  CHECK(mistakes(specification) == "missing-key");
  CHECK(mistakes("x = [") == "toml-syntax");
  CHECK(mistakes(std::string("a\0b", 3)) == "not-text");
  CHECK(mistakes("axes = 3\n" + good) == "unknown-key");
  CHECK(mistakes("specification = \"no such file.toml\"\n" + std::string(check)) ==
        "specification-not-read");
  CHECK(mistakes("specification = 3\n" + std::string(check)) == "specification-wrong-type");
  CHECK(mistakes("invalid = \"maybe\"\n" + good) == "invalid-unknown-value");
  CHECK(mistakes(good + axis("values = [1]")) == "axis-without-key");
  CHECK(mistakes(good + axis("key = \"array.row\"\nvalues = [1]")) == "key-unknown");
  CHECK(mistakes(good + axis("key = \"name\"\nvalues = [\"a\"]")) == "key-unknown");
  CHECK(mistakes(good + axis("key = \"array.rows\"\nvalues = []")) == "axis-without-values");
  CHECK(mistakes(good + axis("key = \"array.rows\"")) == "axis-without-values");
  CHECK(mistakes(good + axis("key = \"array.rows\"\nrange = { first = 9, last = 8 }")) ==
        "axis-without-values");
  CHECK(mistakes(good + axis("key = \"array.rows\"\nrange = { first = 1, last = 8, step = 0 }")) ==
        "range-out-of-range");
  CHECK(
      mistakes(good + axis("key = \"array.rows\"\nrange = { first = 1, last = 8, factor = 1 }")) ==
      "range-out-of-range");
  CHECK(mistakes(good + axis("key = \"array.rows\"\nrange = { first = nan, last = 8 }")) ==
        "range-wrong-type");
  CHECK(mistakes(good +
                 axis("key = \"array.rows\"\nrange = { first = 9007199254740995, last = 6 }")) ==
        "range-wrong-type");
  CHECK(mistakes(good + axis("key = \"array.rows\"\nvalues = [[1]]")) == "values-wrong-type");
  CHECK(mistakes(good + axis("key = \"array.rows\"\nvalues = [1, 2, 1]")) == "values-repeated");
  CHECK(
      mistakes(good + axis("keys = [\"array.rows\", \"array.columns\"]\nvalues = [[1, 2], [3]]")) ==
      "values-wrong-type");
  CHECK(mistakes(good + axis("key = \"array.rows\"\nvalues = [1]") +
                 axis("key = \"array.rows\"\nvalues = [2]")) == "key-repeated");
  CHECK(mistakes(good + axis("key = \"unused\"\nvalues = [1]")) == "variable-not-used");
  CHECK(mistakes(good + "[[command]]\nrun = \"emit\"\n") == "run-wrong");
  CHECK(mistakes(good + "[[command]]\nrun = \"verify --json x\"\n") == "run-wrong");
  CHECK(mistakes(good + "[[command]]\nrun = \"verify 'x\"\n") == "run-wrong");
  CHECK(mistakes(good + "[[command]]\nrun = \"verify {x}\"\n") == "run-wrong");
  CHECK(mistakes(good + "[[command]]\nname = \"check\"\nrun = \"verify\"\n") == "name-repeated");
  CHECK(mistakes(good + "[[command]]\nname = \"b\"\nrun = \"check\"\n") == "run-repeated");
  CHECK(mistakes(good + "[[command]]\nrun = \"verify\"\ntime_limit = 0\n") == "out-of-range");
  CHECK(mistakes("constraints = [\"array.rows <\"]\n" + good) == "constraint-wrong");
  CHECK(mistakes("constraints = [\"array.row < 3\"]\n" + good) == "constraint-wrong");
  CHECK(mistakes("constraints = [\"array.rows = 4\"]\n" + good) == "constraint-wrong");
  CHECK(mistakes("constraints = \"array.rows < 3\"\n" + good) == "constraints-wrong-type");
  CHECK(mistakes(good + "[sample]\nseed = 1\n") == "missing-key");
  CHECK(mistakes(good + "[sample]\ncount = 0\n") == "out-of-range");
  CHECK(mistakes(good + "[sample]\ncount = 10000001\n") == "out-of-range");
  CHECK(mistakes(good + "[[objective]]\nleast = \"ppa.area\"\n") == "objective-wrong");
  CHECK(mistakes(good + "[[objective]]\nleast = \"check.a\"\nmost = \"check.a\"\n") ==
        "objective-without-figure");
  // All of them at once, in the order of their places.
  CHECK(mistakes("axes = 3\ninvalid = \"maybe\"\n" + good) == "unknown-key invalid-unknown-value");
}

TEST_CASE("expressions compare numbers, texts and formats") {
  using sweep::Expression;
  using sweep::Value;
  const auto value = [](const std::string& name) -> std::optional<Value> {
    if (name == "array.rows") return Value(std::int64_t{12});
    if (name == "array.storage") return Value(std::string("flop"));
    if (name == "operands.input") return Value(std::string("uint5"));
    if (name == "x") return Value(0.5);
    if (name == "is") return Value(true);
    return std::nullopt;
  };
  const auto evaluated = [&](const char* text) { return Expression(text).evaluate(value); };
  CHECK(evaluated("array.rows * 2 <= 24 && x < 1") == 1.0);
  CHECK(evaluated("array.storage == 'flop'") == 1.0);
  CHECK(evaluated("array.storage == \"latch\"") == 0.0);
  CHECK(evaluated("'flop' == array.storage || 0") == 1.0);
  CHECK(evaluated("operands.input.bits + operands.input.signed") == 5.0);
  CHECK(evaluated("operands.input == 'uint5' ? 3 : 4") == 3.0);
  CHECK(evaluated("is ? max(x, 7) : 0") == 7.0);
  CHECK(evaluated("missing + 1") == std::nullopt);
  CHECK(evaluated("array.storage.bits") == std::nullopt);
  CHECK(evaluated("array.rows.bits") == std::nullopt);
  CHECK(evaluated("array.storage == 'a = b' || x != 1") == 1.0);
  CHECK(Expression("b.c + a + operands.input.bits").names() ==
        std::vector<std::string>{"a", "b.c", "operands.input.bits"});
  for (const char* wrong :
       {"", "1 +", "(2", "a b", "'x", "1 = 2 = 3", "@", "x = 1", "x < 1, x > 2", "x == 1 = 2"}) {
    INFO(wrong);
    CHECK_THROWS_AS(Expression(wrong), base::InputError);
  }
}

TEST_CASE("words of a command are split as a shell splits them") {
  using Words = std::vector<std::string>;
  CHECK(sweep::split_words("verify  --seed 1") == Words{"verify", "--seed", "1"});
  CHECK(sweep::split_words("a 'b c' d\"e f\"g ''") == Words{"a", "b c", "de fg", ""});
  CHECK_THROWS_AS(sweep::split_words("a 'b"), base::InputError);
  CHECK_THROWS_AS(sweep::split_words("  "), base::InputError);
  const auto value = [](const std::string& name) { return "<" + name + ">"; };
  CHECK(sweep::filled("a{b}c{d}", value) == "a<b>c<d>");
  CHECK_THROWS_AS(sweep::filled("a{b", value), base::InputError);
}

}  // namespace cimforge
