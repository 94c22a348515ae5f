// The search for the smallest number of vectors.
#include <functional>

#include "flows/vector_search.h"
#include "tests/catch.h"

using cimforge::flows::VectorSearch;

namespace {

VectorSearch search(std::uint64_t failing, const std::function<bool(std::uint64_t)>& fails) {
  VectorSearch search(failing);
  while (const auto vectors = search.next()) {
    CHECK(*vectors >= 1);
    CHECK(*vectors < failing);
    REQUIRE(search.tried().size() < 200);
    search.tell(fails(*vectors));
  }
  return search;
}

}  // namespace

TEST_CASE("the smallest failing number is found wherever it is") {
  for (std::uint64_t failing = 1; failing <= 70; ++failing) {
    for (std::uint64_t least = 1; least <= failing; ++least) {
      INFO(failing << " " << least);
      const VectorSearch found = search(failing, [&](std::uint64_t n) { return n >= least; });
      CHECK(found.smallest() == least);
      CHECK(found.is_monotone());
    }
  }
}

TEST_CASE("a search of many vectors takes few runs") {
  const VectorSearch found =
      search(std::uint64_t{1} << 40U, [](std::uint64_t n) { return n >= 123456789; });
  CHECK(found.smallest() == 123456789);
  CHECK(found.tried().size() <= 82);
  CHECK(search(1000, [](std::uint64_t) { return true; }).tried().size() == 2);
}

TEST_CASE("where more vectors pass, the search says so and what it found fails") {
  const auto fails = [](std::uint64_t n) { return n == 1000 || (n >= 5 && n < 300); };
  const VectorSearch found = search(1000, fails);
  CHECK(found.smallest() == 5);
  CHECK_FALSE(found.is_monotone());
}
