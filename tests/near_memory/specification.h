// Specifications of near-memory macros in a line.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

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

/// Sizes and formats at their ends and odd ones, banks, each mode of output.
inline std::vector<spec::MacroSpec> near_memory_matrix() {
  return {
      near_memory(13, 7, "int5", "int6"),
      // One row is a result every cycle, and one word of memory.
      near_memory(1, 1, "uint1", "uint1"),
      near_memory(1, 9, "int3", "int4", 1, output("saturate", 5)),
      near_memory(1, 3, "int4", "uint4", 5),
      near_memory(2, 3, "int1", "int1"),
      near_memory(2, 5, "uint3", "int1", 2),
      near_memory(3, 1, "int1", "uint1", 3),
      near_memory(16, 4, "int4", "int4", 4),
      // Words that are not a power of two; all pairs of signs.
      near_memory(11, 6, "uint7", "int2", 3),
      near_memory(6, 5, "int2", "uint7", 7),
      near_memory(5, 4, "uint4", "uint5", 2, output("saturate", 8)),
      near_memory(17, 3, "int4", "int5", 1, output("saturate", 6, 2)),
      near_memory(17, 3, "uint4", "uint5", 1, output("saturate", 1, 3)),
      near_memory(10, 3, "int4", "int4", 2, output("truncate", 5)),
      near_memory(10, 3, "int4", "uint4", 1, output("truncate", 7, 2)),
      near_memory(7, 2, "int16", "int16"),
      near_memory(4, 2, "uint16", "uint16", 1, output("exact", 64)),
      // More columns than a simulator has in one instance.
      near_memory(3, 257, "int2", "int2"),
  };
}

}  // namespace cimforge::test
