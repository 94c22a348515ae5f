// Macros without a fault are proved, and what cannot be proved is said.
#include "generator/base/exit_status.h"
#include "generator/collateral/collateral.h"
#include "tests/catch.h"
#include "tests/lower/matrix.h"
#include "tests/proof/planted.h"

namespace cimforge {
namespace {

void check_proved(std::size_t index) {
  const spec::MacroSpec spec = test::matrix_specification(index);
  if (spec.adder_tree == spec::AdderTree::loop) return;
  const proof::ProofResult result = test::prove_files(spec, collateral::emit(spec));
  INFO(spec.name << ": " << proof::to_text(result));
  CHECK(result.proved);
  CHECK(result.products > 0);
}

}  // namespace

TEST_CASE("macros of every kind are proved", "[proof]") {
  // One bit, both storages, banks, digits that do not divide, all trees, pipelines, all output
  // modes.
  for (const std::size_t index :
       {0U, 5U, 6U, 7U, 14U, 16U, 17U, 18U, 19U, 21U, 27U, 35U, 45U, 49U, 53U, 66U, 69U, 71U}) {
    check_proved(index);
  }
}

TEST_CASE("the whole matrix is proved", "[proof][.][nightly]") {
  for (std::size_t index = 0; index < test::matrix.size(); ++index) check_proved(index);
}

TEST_CASE("a loop has no adder cells to prove", "[proof]") {
  spec::MacroSpec spec = test::matrix_specification(1);
  REQUIRE(spec.adder_tree == spec::AdderTree::loop);
  try {
    test::prove_files(spec, collateral::emit(spec));
    FAIL("it was proved");
  } catch (const base::InputError& error) {
    CHECK_THAT(error.what(), Catch::Contains("cimforge verify"));
  }
}

TEST_CASE("RTL of another specification is refuted", "[proof]") {
  spec::MacroSpec emitted = test::matrix_specification(21);
  spec::MacroSpec asked = emitted;
  asked.output_shift = 1;
  CHECK_FALSE(test::prove_files(asked, collateral::emit(emitted)).proved);
  asked = emitted;
  asked.weight.is_signed = !asked.weight.is_signed;
  CHECK_FALSE(test::prove_files(asked, collateral::emit(emitted)).proved);
}

}  // namespace cimforge
