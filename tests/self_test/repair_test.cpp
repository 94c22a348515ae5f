// Redundancy analysis: what spares stand in for (docs/repair.md).
#include "generator/spec/repair.h"

#include <algorithm>
#include <random>
#include <set>

#include "generator/spec/self_test.h"
#include "tests/catch.h"

namespace cimforge::spec {
namespace {

MacroSpec macro(int rows, int columns, int spare_rows, int spare_columns) {
  MacroSpec spec;
  spec.name = "repaired";
  spec.rows = rows;
  spec.columns = columns;
  spec.repair = {spare_rows, spare_columns};
  return spec;
}

using Places = std::set<std::pair<int, int>>;

std::vector<Failure> failures_of(const MacroSpec& spec, const Places& places) {
  std::vector<Failure> failures;
  for (const auto& [row, column] : places) {
    failures.push_back({0, row, std::int64_t{column} * spec.weight.bits + row % spec.weight.bits});
  }
  return failures;
}

bool covers(const Allocation& allocation, const Places& places) {
  return std::ranges::all_of(places, [&](const auto& place) {
    return std::ranges::find(allocation.rows, std::optional(place.first)) !=
               allocation.rows.end() ||
           std::ranges::find(allocation.columns, std::optional(place.second)) !=
               allocation.columns.end();
  });
}

/// Whether some choice of rows has all places but those of few enough columns: every one is tried.
bool repairable(int rows, int spare_rows, int spare_columns, const Places& places) {
  for (unsigned chosen = 0; chosen < 1U << rows; ++chosen) {
    if (__builtin_popcount(chosen) > spare_rows) continue;
    std::set<int> columns;
    for (const auto& [row, column] : places) {
      if ((chosen >> row & 1) == 0) columns.insert(column);
    }
    if (static_cast<int>(columns.size()) <= spare_columns) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("an allocation is found where there is one, and only there") {
  std::mt19937 random(7);
  int found = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    const int spare_rows = static_cast<int>(random() % 4);
    const int spare_columns = static_cast<int>(random() % 4);
    const MacroSpec spec = macro(7, 9, spare_rows, spare_columns);
    Places places;
    for (unsigned i = static_cast<unsigned>(random() % 14); i > 0; --i)
      places.emplace(random() % 7, random() % 9);
    const RepairPlan plan = allocate_spares(spec, failures_of(spec, places));
    INFO(spare_rows << " rows, " << spare_columns << " columns, " << places.size() << " failures");
    CHECK(plan.allocation.has_value() == repairable(7, spare_rows, spare_columns, places));
    CHECK_FALSE(plan.given_up);
    if (!plan.allocation) continue;
    ++found;
    CHECK(plan.allocation->rows.size() == static_cast<std::size_t>(spare_rows));
    CHECK(plan.allocation->columns.size() == static_cast<std::size_t>(spare_columns));
    CHECK(covers(*plan.allocation, places));
  }
  CHECK(found > 500);
  CHECK(found < 1900);
}

TEST_CASE("a row with more faults than there are spare columns needs a spare row") {
  const MacroSpec spec = macro(64, 64, 1, 2);
  const RepairPlan plan =
      allocate_spares(spec, failures_of(spec, {{5, 1}, {5, 2}, {5, 3}, {9, 40}, {11, 40}}));
  REQUIRE(plan.allocation);
  CHECK(plan.rows_needed == 1);
  CHECK(plan.allocation->rows == std::vector<std::optional<int>>{5});
  CHECK(std::ranges::count(plan.allocation->columns, std::optional(40)) == 1);
}

TEST_CASE("a spare that is faulty is not used") {
  const MacroSpec spec = macro(8, 8, 2, 0);
  const std::vector<Failure> one = failures_of(spec, {{3, 3}});
  const RepairPlan plan = allocate_spares(spec, one, {{0}, {}});
  REQUIRE(plan.allocation);
  CHECK(plan.allocation->rows == std::vector<std::optional<int>>{std::nullopt, 3});
  CHECK_FALSE(allocate_spares(spec, one, {{0, 1}, {}}).allocation);
}

TEST_CASE("sixteen spares of each kind are decided at once") {
  const MacroSpec spec = macro(256, 256, 16, 16);
  std::mt19937 random(3);
  Places places;
  while (places.size() < 40) places.emplace(random() % 24, random() % 24);
  const RepairPlan plan = allocate_spares(spec, failures_of(spec, places));
  REQUIRE_FALSE(plan.given_up);
  if (plan.allocation) CHECK(covers(*plan.allocation, places));
  // More faults without a common line than there are spares.
  Places diagonal;
  for (int i = 0; i < 33; ++i) diagonal.emplace(i, i);
  CHECK_FALSE(allocate_spares(spec, failures_of(spec, diagonal)).allocation);
  diagonal.erase({32, 32});
  CHECK(allocate_spares(spec, failures_of(spec, diagonal)).allocation);
}

TEST_CASE("repair registers have the number of a line, and above it whether they are used") {
  const MacroSpec spec = macro(5, 3, 2, 1);
  CHECK(repair_row_bits(spec) == 4);
  CHECK(repair_column_bits(spec) == 3);
  const std::vector<bool> data = repair_data(spec, {{4, std::nullopt}, {1}});
  CHECK(data == std::vector<bool>{false, false, true, true, false, false, false, false,  //
                                  true, false, true});
}

}  // namespace cimforge::spec
