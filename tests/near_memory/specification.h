// Specifications of near-memory macros in a line.
#pragma once

#include <fmt/format.h>

#include <string>

#include "generator/spec/parse.h"
#include "tests/catch.h"

namespace cimforge::test {

/// A specification with defaults but for what is told.
inline spec::MacroSpec near_memory(int rows, int columns, const std::string& input,
                                   const std::string& weight, int banks = 1,
                                   const std::string& others = "") {
  const spec::ParseResult result = spec::parse(
      fmt::format("name = \"nm\"\nkind = \"near_memory\"\n[array]\nrows = {}\ncolumns = {}\n"
                  "banks = {}\n[operands]\ninput = \"{}\"\nweight = \"{}\"\n{}",
                  rows, columns, banks, input, weight, others),
      "spec.toml");
  for (const auto& each : result.diagnostics) UNSCOPED_INFO(each.message);
  REQUIRE(result.spec);
  return *result.spec;
}

inline std::string output(const std::string& mode, int bits, int shift = 0) {
  return fmt::format("[output]\nmode = \"{}\"\nbits = {}\nshift = {}\n", mode, bits, shift);
}

}  // namespace cimforge::test
