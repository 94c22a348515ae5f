#include "flows/parallel.h"

#include <atomic>
#include <stdexcept>
#include <vector>

#include "tests/catch.h"

namespace cimforge::flows {

TEST_CASE("work is done once each, whatever the number of threads") {
  for (const int threads : {-1, 1, 3, 50}) {
    std::vector<std::atomic<int>> done(20);
    parallel(done.size(), threads, [&](std::size_t i) { ++done[i]; });
    for (const std::atomic<int>& each : done) CHECK(each == 1);
  }
  parallel(0, 4, [](std::size_t) { FAIL("there is none"); });
}

TEST_CASE("the first exception of parallel work is thrown again, and no other work begins") {
  int begun = 0;
  CHECK_THROWS_AS(parallel(10, 1,
                           [&](std::size_t i) {
                             ++begun;
                             if (i == 3) throw std::runtime_error("three");
                           }),
                  std::runtime_error);
  CHECK(begun == 4);
}

}  // namespace cimforge::flows
