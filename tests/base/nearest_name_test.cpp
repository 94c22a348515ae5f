#include "generator/base/nearest_name.h"

#include <array>

#include "tests/catch.h"

namespace cimforge::base {

TEST_CASE("the edit distance counts insertions, deletions, replacements and swaps") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("rows", "") == 4);
  CHECK(edit_distance("rows", "rows") == 0);
  CHECK(edit_distance("colums", "columns") == 1);
  CHECK(edit_distance("colmuns", "columns") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("sitting", "kitten") == 3);
}

TEST_CASE("the nearest name is the one that was meant, or none") {
  constexpr auto known = std::to_array<std::string_view>(
      {"rows", "columns", "banks", "input_bits_per_cycle", "clock_period_ns", "adder_tree"});
  const auto nearest = [&](std::string_view name) {
    return nearest_name(name, known).value_or("");
  };
  CHECK(nearest("row") == "rows");
  CHECK(nearest("colums") == "columns");
  CHECK(nearest("COLUMNS") == "columns");
  CHECK(nearest("bank") == "banks");
  CHECK(nearest("clock-period-ns") == "clock_period_ns");
  CHECK(nearest("clock_period") == "clock_period_ns");
  CHECK(nearest("bits_per_cycle") == "input_bits_per_cycle");
  CHECK(nearest("tree") == "adder_tree");
  CHECK(nearest("voltage").empty());
  CHECK(nearest("").empty());
  CHECK(nearest("ns").empty());
  CHECK(nearest("k").empty());
  CHECK(nearest(std::string(1000, 'r')).empty());
  CHECK_FALSE(nearest_name("rows", {}));
}

}  // namespace cimforge::base
