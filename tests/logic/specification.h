// Specifications of logic macros for the tests.
#pragma once

#include <fmt/format.h>

#include <string>

#include "generator/spec/parse.h"
#include "tests/catch.h"

namespace cimforge::test {

inline spec::MacroSpec logic_macro(int rows, int columns, int operand_bits,
                                   const std::string& storage = "latch") {
  const spec::ParseResult result =
      spec::parse(fmt::format("name = \"lim\"\nkind = \"logic\"\n[array]\nrows = {}\ncolumns = {}\n"
                              "storage = \"{}\"\n[logic]\noperand_bits = {}\n",
                              rows, columns, storage, operand_bits),
                  "spec.toml");
  for (const auto& each : result.diagnostics) UNSCOPED_INFO(each.message);
  REQUIRE(result.spec);
  return *result.spec;
}

}  // namespace cimforge::test
