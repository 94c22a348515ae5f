// Decision diagrams against truth tables.
#include "proof/bdd.h"

#include <bit>
#include <random>

#include "tests/catch.h"

namespace cimforge::proof {

TEST_CASE("equal functions are one node, others have a witness", "[proof]") {
  constexpr int variables = 4;
  Bdd bdd;
  std::mt19937 random(7);
  // A function beside its truth table.
  struct Function {
    Bdd::Node node;
    unsigned table;
  };
  std::vector<Function> functions = {{Bdd::zero, 0U}, {Bdd::one, 0xFFFFU}};
  for (int number = 0; number < variables; ++number) {
    unsigned table = 0;
    for (unsigned row = 0; row < 16; ++row) table |= (row >> number & 1U) << row;
    functions.push_back({bdd.variable(number), table});
    CHECK(bdd.as_variable(functions.back().node) == number);
  }
  for (int i = 0; i < 300; ++i) {
    const auto any = [&] { return functions[random() % functions.size()]; };
    const Function f = any(), g = any(), h = any();
    functions.push_back({bdd.choose(f.node, g.node, h.node),
                         ((f.table & g.table) | (~f.table & h.table)) & 0xFFFFU});
  }
  for (const Function& f : functions) {
    for (const Function& g : functions) {
      REQUIRE((f.node == g.node) == (f.table == g.table));
    }
    if (f.table == 0) continue;
    unsigned row = 0;
    for (const auto& [number, high] : bdd.witness(f.node)) row |= (high ? 1U : 0U) << number;
    REQUIRE((f.table >> row & 1U) == 1U);
  }
}

}  // namespace cimforge::proof
