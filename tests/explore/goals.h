// Goals and a library for the tests of exploration.
#pragma once

#include <string>

#include "flows/explore/goal.h"
#include "generator/estimate/library.h"
#include "tests/catch.h"

namespace cimforge::tests {

inline constexpr const char* goal_head = "[goal]\nstorage_mb = 0.5\nthroughput_gops = 50\n";
inline constexpr const char* goal_specification =
    "[specification]\nname = \"m\"\nkind = \"digital\"\n"
    "[specification.array]\nrows = 16\ncolumns = 8\n"
    "[specification.operands]\ninput = \"int4\"\nweight = \"int4\"\n";

/// `goal` and `axes` with the specification of all tests.
std::string inline goal_text(const std::string& axes = "", const std::string& goal = goal_head) {
  return goal + axes + goal_specification;
}

/// The library of the program, with energies of its own: one pJ for each of what is counted.
inline estimate::Library library_with_energies() {
  estimate::Library library = estimate::osu018();
  library.energy_pj.assign(estimate::energy_term_count, 1.0);
  return library;
}

/// The goal of a text, which must be one.
inline explore::Goal goal_of(const std::string& text) {
  explore::ReadResult result = explore::read(text, "g.toml");
  INFO(base::to_string(result.diagnostics));
  REQUIRE(result.goal);
  return std::move(*result.goal);
}

}  // namespace cimforge::tests
