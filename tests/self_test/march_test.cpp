// March tests as text: what is read, what is refused (docs/self_test.md).
#include "generator/spec/march.h"

#include <string>

#include "tests/catch.h"

namespace cimforge::spec {
namespace {

std::string mistake_of(const std::string& text) {
  const std::variant<March, MarchMistake> read = march_of(text);
  const auto* mistake = std::get_if<MarchMistake>(&read);
  return mistake == nullptr ? "" : mistake->text;
}

}  // namespace

TEST_CASE("a march test is its elements, in order") {
  const March march = std::get<March>(march_of("{ b(w0); u(r0,w1); d(r1, w0, r0); }"));
  REQUIRE(march.size() == 3);
  CHECK(march[0].order == MarchOrder::either);
  CHECK(march[1].order == MarchOrder::up);
  CHECK(march[2].order == MarchOrder::down);
  CHECK(march[2].operations ==
        std::vector<MarchOperation>{{true, true}, {false, false}, {true, false}});
  CHECK(operations_of(march) == 6);
  CHECK(to_text(march) == "b(w0); u(r0,w1); d(r1,w0,r0)");
}

TEST_CASE("the march tests of the literature are consistent, with their known lengths") {
  // Operations at an address: the papers' test lengths, as 10n of March C-.
  const std::vector<std::pair<std::string, int>> lengths = {
      {"MATS+", 5},    {"MATS++", 6},   {"March X", 6},  {"March Y", 8},   {"March C-", 10},
      {"March A", 15}, {"March B", 17}, {"March U", 13}, {"March LR", 14}, {"March SS", 22}};
  CHECK(lengths.size() == named_marches().size());
  for (const auto& [name, length] : lengths) {
    INFO(name);
    const std::variant<March, MarchMistake> read = march_of(name);
    REQUIRE(std::holds_alternative<March>(read));
    CHECK(operations_of(std::get<March>(read)) == length);
    // What is written out is the same test.
    CHECK(std::get<March>(march_of(to_text(std::get<March>(read)))) == std::get<March>(read));
  }
}

TEST_CASE("a march test that is none, or not consistent, is refused with the reason") {
  CHECK(mistake_of("b(w0); u(r1)").find("expects 1 where 0 was written last") != std::string::npos);
  CHECK(mistake_of("u(r0,w1)").find("reads what nothing has written") != std::string::npos);
  CHECK(mistake_of("b(w0); u(w1)").find("it has no read") != std::string::npos);
  CHECK(mistake_of("March Z").find("\"March C-\"") != std::string::npos);
  CHECK(mistake_of("b(w0); x(r0)").find("\"x(r0)\" is no element") != std::string::npos);
  CHECK(mistake_of("b(w0); u(r0").find("is no element") != std::string::npos);
  CHECK(mistake_of("{b(w0); u(r0)").find("ends too early") != std::string::npos);
  CHECK(mistake_of("b(w0); u(r2)").find("is no element") != std::string::npos);
  CHECK(mistake_of("").find("no read") != std::string::npos);
  std::string longest = "b(w0";
  for (int i = 0; i < 64; ++i) longest += ",r0";
  CHECK(mistake_of(longest + ")").find("at most 64 operations") != std::string::npos);
}

}  // namespace cimforge::spec
