#include "generator/base/quote.h"

#include "tests/catch.h"

namespace cimforge::base {

TEST_CASE("a shell takes a quoted word as it is") {
  CHECK(shell_quoted("a/b-c_1.v") == "a/b-c_1.v");
  CHECK(shell_quoted("") == "''");
  CHECK(shell_quoted("it's $x") == "'it'\\''s $x'");
}

}  // namespace cimforge::base
