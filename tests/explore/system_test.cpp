// The judgement of a choice: how many macros the goal takes, what they cost, which limit is passed.
#include "flows/explore/system.h"

#include <numeric>
#include <string>

#include "flows/explore/summary.h"
#include "tests/catch.h"
#include "tests/explore/goals.h"

namespace {

using namespace cimforge;
using namespace cimforge::tests;
using explore::Aim;

constexpr const char* rows = "[[axis]]\nkey = \"array.rows\"\nvalues = [16, 64, 5000]\n";

}  // namespace

TEST_CASE("macros are as many as storage or throughput take, whichever is more") {
  const explore::Goal goal = goal_of(goal_text(rows));
  explore::Judge judge(goal, library_with_energies());
  const explore::Judged judged = judge({1});
  REQUIRE(judged.system);
  REQUIRE_FALSE(judged.refusal);
  const explore::System& system = *judged.system;
  // 64 rows of 8 columns of 4 bits are 2048 bits; 0.5 MB are 2^22.
  CHECK(system.macros_for_storage == 2048);
  // The same macro, estimated by itself.
  estimate::Estimator estimator(library_with_energies());
  const estimate::Estimate cost = estimator(judge.specification({1}));
  const double gops = 2.0 * 64 * 8 * cost.fmax_mhz() / 4 / 1e3;
  CHECK(system.macro_gops == Approx(gops));
  CHECK(system.macros_for_throughput == static_cast<std::int64_t>(std::ceil(50.0 / gops)));
  CHECK(system.macros() == 2048);
  CHECK(system.area_mm2() == Approx(2048 * cost.area_um2 / 1e6));
  CHECK(system.energy_pj.value() == Approx(*cost.energy_per_vector_pj / (2.0 * 64 * 8)));
  CHECK(system.latency_ns == Approx(cost.latency_cycles * cost.delay_ns));
  // Nothing is lost between the shares.
  CHECK(std::accumulate(system.area_um2.begin(), system.area_um2.end(), 0.0) ==
        Approx(cost.area_um2));
  CHECK(std::accumulate(system.vector_pj.begin(), system.vector_pj.end(), 0.0) ==
        Approx(*cost.energy_per_vector_pj));
}

TEST_CASE("exactly enough macros are enough") {
  explore::Goal goal = goal_of(goal_text(rows));
  goal.storage_mb = 3.0 * 2048.0 / (8.0 * 1024 * 1024);
  goal.throughput_gops = 0.0;
  explore::Judge judge(
      goal, estimate::osu018().energy_pj.empty() ? library_with_energies() : estimate::osu018());
  CHECK(judge({1}).system->macros() == 3);
  goal.storage_mb *= 1.001;
  CHECK(judge({1}).system->macros() == 4);
}

TEST_CASE("a clock limit slows the macros down, and more of them are taken") {
  explore::Goal goal = goal_of(goal_text(rows));
  goal.storage_mb = 0.0;
  goal.throughput_gops = 1e4;
  explore::Judge judge(goal, library_with_energies());
  const explore::System fast = *judge({1}).system;
  goal.clock_mhz = 10.0;
  const explore::System slow = *judge({1}).system;
  CHECK(slow.clock_mhz == 10.0);
  CHECK(slow.macros() > fast.macros());
  CHECK(slow.energy_pj == fast.energy_pj);
}

TEST_CASE("what is no macro, cannot be estimated or passes a limit is told") {
  explore::Goal goal = goal_of(goal_text(rows));
  {
    explore::Judge judge(goal, library_with_energies());
    const explore::Judged judged = judge({2});
    REQUIRE(judged.refusal);
    CHECK(judged.refusal->reason == "rows-out-of-range");
    CHECK_FALSE(judged.system);
  }
  goal.macros = 1024;
  goal.area_mm2 = 1e-3;
  {
    explore::Judge judge(goal, library_with_energies());
    const explore::Judged judged = judge({1});
    REQUIRE(judged.refusal);
    CHECK(judged.refusal->reason == "area_mm2");
    REQUIRE(judged.system);
    CHECK(judged.excess == Approx(judged.system->area_mm2() / 1e-3 - 1.0 + 1.0));
  }
  const explore::Goal booth =
      goal_of(goal_text("[[axis]]\nkey = \"compute.recoding\"\nvalues = [\"booth\"]\n"
                        "[[axis]]\nkey = \"compute.input_bits_per_cycle\"\nvalues = [2]\n"));
  explore::Judge judge(booth, library_with_energies());
  REQUIRE(judge({0, 0}).refusal);
  CHECK(judge({0, 0}).refusal->reason == "not-estimated");
}

TEST_CASE("a goal that takes more macros than there can be is not met") {
  explore::Goal goal = goal_of(goal_text(rows));
  goal.throughput_gops = 1e12;
  goal.clock_mhz = 1e-6;
  explore::Judge judge(goal, library_with_energies());
  const explore::Judged judged = judge({1});
  REQUIRE(judged.refusal);
  CHECK(judged.refusal->reason == "macros");
}

TEST_CASE("mistakes of the specification are told once, with their place") {
  const explore::Goal goal = goal_of(std::string(goal_head) + rows + goal_specification +
                                     "[specification.compute]\nspeed = 3\n");
  CHECK_THROWS_WITH(explore::Judge(goal, library_with_energies()),
                    Catch::Contains("unknown key 'speed'"));
}

TEST_CASE("why one loses names the number of macros, or what of a macro takes more") {
  explore::System winner;
  winner.macro_area_mm2 = 1.0;
  winner.macros_for_storage = 4;
  winner.area_um2 = {0.5e6, 0.1e6, 0.2e6, 0.1e6, 0.1e6};
  winner.vector_pj = {1, 1, 1, 1, 1};
  winner.energy_pj = 0.5;
  winner.latency_ns = 30.0;
  winner.clock_mhz = 100.0;
  winner.latency_cycles = 3;
  CHECK(explore::why(Aim::area, winner, winner).empty());
  explore::System loser = winner;
  loser.macros_for_throughput = 9;
  CHECK(explore::why(Aim::area, loser, winner) ==
        "9 macros for throughput in place of 4 for storage; storage 4.5 mm2 in place of 2");
  CHECK(explore::why(Aim::macros, loser, winner) ==
        "9 macros for throughput in place of 4 for storage");
  loser = winner;
  loser.macro_area_mm2 = 1.3;
  loser.area_um2[2] = 0.5e6;
  CHECK(explore::why(Aim::area, loser, winner) == "adders 2 mm2 in place of 0.8");
  loser = winner;
  loser.vector_pj = {1, 1, 1, 6, 1};
  loser.energy_pj = 1.0;
  CHECK(explore::why(Aim::energy, loser, winner) == "registers 0.6 pJ/op in place of 0.1");
  loser = winner;
  loser.latency_ns = 40.0;
  loser.latency_cycles = 4;
  CHECK(explore::why(Aim::latency, loser, winner) == "4 cycles at 100 MHz in place of 3 at 100");
}
