#include "tb/bench.h"

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/golden.h"
#include "tests/catch.h"
#include "tests/tb/reference_dut.h"

namespace cimforge::tests {
namespace {

using spec::IntegerFormat;
using spec::MacroSpec;
using tb::BenchOptions;
using tb::BenchResult;

constexpr IntegerFormat sint(int bits) {
  return {true, bits};
}
constexpr IntegerFormat uint(int bits) {
  return {false, bits};
}

MacroSpec macro(int rows, int columns, int banks, IntegerFormat input, IntegerFormat weight,
                int bits_per_cycle = 1) {
  MacroSpec spec;
  spec.name = "reference";
  spec.rows = rows;
  spec.columns = columns;
  spec.banks = banks;
  spec.input = input;
  spec.weight = weight;
  spec.input_bits_per_cycle = bits_per_cycle;
  return spec;
}

BenchOptions with_vectors(std::uint64_t vectors, std::uint64_t seed = 1) {
  BenchOptions options;
  options.vectors = vectors;
  options.seed = seed;
  return options;
}

/// Everything but the time.
void check_equal(const BenchResult& a, const BenchResult& b) {
  CHECK(a.vectors == b.vectors);
  CHECK(a.mismatches == b.mismatches);
  CHECK(a.cycles == b.cycles);
  CHECK(a.seed == b.seed);
  CHECK(a.first_mismatch == b.first_mismatch);
  CHECK(a.findings == b.findings);
  CHECK(a.latency == b.latency);
  CHECK(a.coverage == b.coverage);
}

bool found(const BenchResult& result, const std::string& code) {
  return std::ranges::any_of(result.findings,
                             [&](const tb::Finding& finding) { return finding.code == code; });
}

TEST_CASE("the bench passes a macro that keeps the contract") {
  using Writes = ReferenceOptions::Writes;
  std::vector<MacroSpec> specs = {
      macro(64, 64, 1, sint(4), sint(4)),      macro(1, 1, 1, sint(1), sint(1)),
      macro(1, 1, 1, uint(1), sint(1)),        macro(2, 3, 2, sint(2), uint(2), 2),
      macro(3, 2, 3, uint(3), sint(2), 2),     macro(7, 5, 5, sint(3), sint(8), 3),
      macro(37, 9, 2, uint(8), uint(8), 3),    macro(100, 70, 4, sint(1), sint(4)),
      macro(16, 129, 1, sint(8), sint(1), 8),  macro(4, 2, 64, sint(4), sint(4), 4),
      macro(129, 3, 2, uint(16), sint(16), 5), macro(16, 1, 1, uint(1), uint(5)),
      macro(1, 4, 2, sint(16), sint(3), 16),   macro(96, 8, 1, sint(5), uint(7), 2),
  };
  MacroSpec saturating = macro(20, 6, 2, sint(4), sint(4), 2);
  saturating.output_mode = spec::OutputMode::saturate;
  saturating.output_bits = 7;
  saturating.output_shift = 1;
  MacroSpec truncating = macro(20, 6, 2, uint(4), uint(4), 4);
  truncating.output_mode = spec::OutputMode::truncate;
  truncating.output_bits = 5;
  specs.insert(specs.end(), {saturating, truncating});

  std::uint64_t seed = 1;
  for (const MacroSpec& spec : specs) {
    for (const Writes writes : {Writes::always, Writes::between_vectors, Writes::buffered}) {
      const int pipeline = static_cast<int>(seed % 4);
      ReferenceOptions reference{Mutation::none, pipeline, writes};
      BenchOptions options = with_vectors(1000, seed++);
      options.expected_latency = reference_latency(spec, reference);
      const BenchResult result = tb::run_bench(spec, ReferenceFactory(spec, reference), options);
      INFO(spec::to_toml(spec) << "pipeline " << pipeline << "\n" << tb::to_text(result));
      CHECK(result.passed());
      CHECK(result.vectors >= 1000);
      CHECK(result.cycles > result.vectors);
      REQUIRE(result.latency);
      CHECK(result.latency->first == *options.expected_latency);
      CHECK(result.latency->second == *options.expected_latency);
      // A vector a cycle leaves no time for a write that is not on the edge of another.
      for (const std::string& missed : result.coverage.missed) {
        INFO(missed);
        CHECK((missed.starts_with("weights") || missed.starts_with("input waits")));
      }
    }
  }
}

TEST_CASE("the number of vectors is as asked for, where corners and exhaustive parts fit") {
  const MacroSpec spec = macro(64, 8, 1, sint(4), sint(4));
  CHECK(tb::run_bench(spec, ReferenceFactory(spec), with_vectors(1000)).vectors == 1000);
  CHECK(tb::run_bench(spec, ReferenceFactory(spec), with_vectors(3210)).vectors == 3210);
  CHECK(tb::run_bench(spec, ReferenceFactory(spec), with_vectors(1)).vectors > 64);

  SECTION("all inputs") {
    const MacroSpec small = macro(4, 3, 2, sint(3), sint(8));
    CHECK(tb::run_bench(small, ReferenceFactory(small), with_vectors(100)).vectors >= 4096);
  }
  SECTION("all inputs and weights") {
    const MacroSpec small = macro(2, 3, 1, sint(3), sint(4));
    CHECK(tb::run_bench(small, ReferenceFactory(small), with_vectors(100)).vectors >= 1 << 14);
  }
}

TEST_CASE("coverage is whole for an ordinary macro") {
  const MacroSpec spec = macro(32, 16, 4, sint(4), sint(4));
  const BenchResult result = tb::run_bench(spec, ReferenceFactory(spec), with_vectors(2000));
  INFO(tb::to_text(result));
  CHECK(result.passed());
  CHECK(result.coverage.total == 12 + 4 + 2 + 4 * (6 + 8));
  CHECK(result.coverage.hit == result.coverage.total);
  CHECK(result.coverage.missed.empty());
}

TEST_CASE("the outcome depends on the seed and not on the number of threads") {
  const MacroSpec spec = macro(24, 10, 3, sint(4), sint(3));
  const auto outcome = [&](Mutation mutation, int jobs, std::uint64_t seed) {
    BenchOptions options = with_vectors(5000, seed);
    options.jobs = jobs;
    return tb::run_bench(spec, ReferenceFactory(spec, {mutation}), options);
  };
  for (const Mutation mutation :
       {Mutation::none, Mutation::wrong_top_bit, Mutation::result_lost, Mutation::output_hangs,
        Mutation::stops_itself, Mutation::data_changes_while_waiting}) {
    const BenchResult one = outcome(mutation, 1, 7);
    check_equal(one, outcome(mutation, 1, 7));
    check_equal(one, outcome(mutation, 3, 7));
    CHECK(one.passed() == (mutation == Mutation::none));
  }
  CHECK(outcome(Mutation::none, 1, 7).cycles != outcome(Mutation::none, 1, 8).cycles);
}

/// Where a mutation must show: as a wrong result, or as a finding.
struct Attack {
  const char* name;
  Mutation mutation;
  const char* finding;  ///< nullptr: a mismatch
};

TEST_CASE("the bench catches every mutation") {
  const Attack attack = GENERATE(values<Attack>({
      {"wrong_for_one_pattern", Mutation::wrong_for_one_pattern, nullptr},
      {"swapped_columns", Mutation::swapped_columns, nullptr},
      {"first_64_rows", Mutation::first_64_rows, nullptr},
      {"wrong_top_bit", Mutation::wrong_top_bit, nullptr},
      {"wrong_top_bit_of_row_3", Mutation::wrong_top_bit_of_row_3, nullptr},
      {"wraps", Mutation::wraps, nullptr},
      {"off_by_one_at_minimum", Mutation::off_by_one_at_minimum, nullptr},
      {"result_repeated", Mutation::result_repeated, nullptr},
      {"result_repeated", Mutation::result_repeated, "unexpected-result"},
      {"result_lost", Mutation::result_lost, nullptr},
      {"result_lost", Mutation::result_lost, "hang"},
      {"results_swapped", Mutation::results_swapped, nullptr},
      {"spurious_after_idle", Mutation::spurious_after_idle, "unexpected-result"},
      {"write_too_early", Mutation::write_too_early, nullptr},
      {"write_too_late_on_edge", Mutation::write_too_late_on_edge, nullptr},
      {"write_too_late_by_cycle", Mutation::write_too_late_by_cycle, nullptr},
      {"write_lost_while_computing", Mutation::write_lost_while_computing, nullptr},
      {"write_to_wrong_bank", Mutation::write_to_wrong_bank, nullptr},
      {"write_to_wrong_row", Mutation::write_to_wrong_row, nullptr},
      {"reads_wrong_bank", Mutation::reads_wrong_bank, nullptr},
      {"data_changes_while_waiting", Mutation::data_changes_while_waiting, "out-data-changed"},
      {"valid_drops", Mutation::valid_drops, "out-valid-dropped"},
      {"in_ready_follows_in_valid", Mutation::in_ready_follows_in_valid, "combinational-output"},
      {"in_ready_follows_out_ready", Mutation::in_ready_follows_out_ready, "combinational-output"},
      {"weight_ready_follows_data", Mutation::weight_ready_follows_data, "combinational-output"},
      {"valid_follows_ready", Mutation::valid_follows_ready, "combinational-output"},
      {"bubble", Mutation::bubble, "bubble"},
      {"slow", Mutation::slow, "bubble"},
      {"valid_in_reset", Mutation::valid_in_reset, "valid-in-reset"},
      {"valid_after_reset", Mutation::valid_after_reset, "valid-in-reset"},
      {"synchronous_reset", Mutation::synchronous_reset, "valid-in-reset"},
      {"survives_reset", Mutation::survives_reset, "unexpected-result"},
      {"computation_survives_reset", Mutation::computation_survives_reset, "unexpected-result"},
      {"output_hangs", Mutation::output_hangs, "hang"},
      {"input_hangs", Mutation::input_hangs, "hang"},
      {"weights_hang", Mutation::weights_hang, "hang"},
      {"hangs_after_long_stall", Mutation::hangs_after_long_stall, "hang"},
      {"waits_for_ready", Mutation::waits_for_ready, "hang"},
      {"stops_itself", Mutation::stops_itself, "model-error"},
      {"takes_data_late", Mutation::takes_data_late, nullptr},
      {"longer_latency", Mutation::longer_latency, "latency"},
  }));
  using Writes = ReferenceOptions::Writes;
  const auto writes = GENERATE(Writes::always, Writes::between_vectors);
  const int bits_per_cycle = GENERATE(1, 4);
  const std::uint64_t seed = GENERATE(1U, 2U, 3U);
  // Not expressible: no write is accepted while a vector is in computation.
  const bool writes_meet_vectors = writes == Writes::always && bits_per_cycle == 1;
  if (attack.mutation == Mutation::write_too_early && !writes_meet_vectors) return;
  if (attack.mutation == Mutation::write_lost_while_computing && !writes_meet_vectors) return;

  MacroSpec spec = macro(96, 5, 3, sint(4), sint(4), bits_per_cycle);
  if (attack.mutation == Mutation::wraps) {
    spec.output_mode = spec::OutputMode::saturate;
    spec.output_bits = 10;
  }
  const ReferenceOptions reference{attack.mutation, 1, writes};
  BenchOptions options = with_vectors(3000, seed);
  options.expected_latency = reference_latency(spec, reference);
  const BenchResult result = tb::run_bench(spec, ReferenceFactory(spec, reference), options);
  INFO(attack.name << ", k = " << bits_per_cycle << ", writes " << static_cast<int>(writes) << "\n"
                   << tb::to_text(result));
  CHECK_FALSE(result.passed());
  if (attack.finding == nullptr) {
    CHECK(result.mismatches > 0);
    CHECK(result.first_mismatch.has_value());
  } else {
    CHECK(found(result, attack.finding));
  }
}

TEST_CASE("the interval between vectors at full rate is found, and asserted exactly") {
  const int bits_per_cycle = GENERATE(1, 2, 4);
  const MacroSpec spec = macro(96, 5, 3, sint(4), sint(4), bits_per_cycle);
  const int planned = tb::Ports(spec).cycles_per_vector;
  BenchOptions options = with_vectors(1000);
  options.expected_interval = planned;
  const BenchResult right = tb::run_bench(spec, ReferenceFactory(spec), options);
  INFO(tb::to_text(right));
  CHECK(right.passed());
  REQUIRE(right.interval);
  CHECK(*right.interval == std::pair{planned, planned});
  CHECK(tb::to_json(right)["interval"]["max"] == planned);
  // A macro that is faster than the plan tells is a wrong plan too.
  for (const int wrong : {planned - 1, planned + 1}) {
    options.expected_interval = wrong;
    CHECK(found(tb::run_bench(spec, ReferenceFactory(spec), options), "interval"));
  }
}

TEST_CASE("a bank is written at full rate while another computes at full rate") {
  using Writes = ReferenceOptions::Writes;
  const MacroSpec spec = macro(20, 5, 3, sint(4), sint(4));
  BenchOptions options = with_vectors(1000);
  const auto bench = [&](const ReferenceOptions& reference, bool expected) {
    options.expect_concurrent_update = expected;
    return tb::run_bench(spec, ReferenceFactory(spec, reference), options);
  };
  CHECK(bench({Mutation::none, 0, Writes::always}, true).passed());
  // Rows that wait for the end of a vector of another bank, or keep the next vector waiting, are
  // within the contract and short of a concurrent update.
  CHECK(bench({Mutation::none, 0, Writes::between_vectors}, false).passed());
  CHECK(found(bench({Mutation::none, 0, Writes::between_vectors}, true), "weight-bubble"));
  CHECK(bench({Mutation::none, 0, Writes::buffered}, false).passed());
  CHECK(found(bench({Mutation::none, 0, Writes::buffered}, true), "bubble"));
  CHECK(bench({Mutation::write_lost_while_computing, 0, Writes::always}, true).mismatches > 0);
}

TEST_CASE("a mismatch is told with its place") {
  const MacroSpec spec = macro(96, 5, 3, sint(4), sint(4));
  const auto run = [&](Mutation mutation) {
    BenchResult result =
        tb::run_bench(spec, ReferenceFactory(spec, {mutation}), with_vectors(1000));
    REQUIRE(result.first_mismatch);
    INFO(tb::to_text(result));
    const tb::Mismatch& mismatch = *result.first_mismatch;
    CHECK(mismatch.expected != mismatch.got);
    CHECK(mismatch.vector < result.vectors);
    CHECK(mismatch.cycle < result.cycles);
    CHECK(mismatch.trace_time >= 2 * mismatch.cycle);
    return result;
  };

  SECTION("the last column, for one vector only") {
    const BenchResult result = run(Mutation::wrong_for_one_pattern);
    const tb::Mismatch& mismatch = *result.first_mismatch;
    CHECK(mismatch.vector == 2);  // zero, ones, maximum
    CHECK(mismatch.column == 4);
    CHECK(mismatch.wrong_columns == 1);
    CHECK(mismatch.bank == 0);
    CHECK(mismatch.got == mismatch.expected + 1);
    CHECK_FALSE(mismatch.row);
    CHECK(mismatch.wrong_rows == 0);
  }
  SECTION("a column that is swapped") {
    const tb::Mismatch mismatch = *run(Mutation::swapped_columns).first_mismatch;
    CHECK(mismatch.column == 1);
    CHECK(mismatch.wrong_columns == 2);
    CHECK(mismatch.bank == 0);
  }
  SECTION("a row") {
    const tb::Mismatch mismatch = *run(Mutation::wrong_top_bit_of_row_3).first_mismatch;
    CHECK(mismatch.row == 3);
    CHECK(mismatch.wrong_rows == 1);
    // x weighs 16 more: the difference is a multiple of it.
    CHECK((mismatch.got - mismatch.expected) % 16 == 0);
  }
  SECTION("rows from 64 on") {
    const tb::Mismatch mismatch = *run(Mutation::first_64_rows).first_mismatch;
    REQUIRE(mismatch.row);
    CHECK(*mismatch.row >= 64);
    CHECK(mismatch.wrong_rows <= 32);
    CHECK(mismatch.wrong_rows > 1);
  }
  SECTION("the greatest sum") {
    const tb::Mismatch mismatch = *run(Mutation::off_by_one_at_minimum).first_mismatch;
    CHECK(mismatch.expected == 96 * 64);
    CHECK(mismatch.got == 96 * 64 - 1);
    CHECK_FALSE(mismatch.row);
  }
  SECTION("a bank") {
    const tb::Mismatch mismatch = *run(Mutation::reads_wrong_bank).first_mismatch;
    CHECK(mismatch.bank == 2);
    CHECK(mismatch.hint == "equals the result of another bank");
  }
}

TEST_CASE("a mismatch is told with what it looks like") {
  using Writes = ReferenceOptions::Writes;
  const MacroSpec spec = macro(16, 5, 2, sint(4), sint(8));
  const auto hint = [&](Mutation mutation, Writes writes) {
    const BenchResult result =
        tb::run_bench(spec, ReferenceFactory(spec, {mutation, 0, writes}), with_vectors(3000));
    REQUIRE(result.first_mismatch);
    return result.first_mismatch->hint;
  };
  CHECK(hint(Mutation::result_repeated, Writes::always) ==
        "equals the result before it: taken twice?");
  CHECK(hint(Mutation::write_too_early, Writes::always) ==
        "a row of weights accepted after the vector is in effect for it");
  CHECK(hint(Mutation::write_too_late_on_edge, Writes::between_vectors) ==
        "a row of weights accepted before the vector is not in effect for it");
}

TEST_CASE("a hang tells what was waited for") {
  const MacroSpec spec = macro(8, 4, 2, sint(4), sint(4));
  const auto message = [&](Mutation mutation) {
    const BenchResult result =
        tb::run_bench(spec, ReferenceFactory(spec, {mutation}), with_vectors(1000));
    for (const tb::Finding& finding : result.findings) {
      if (finding.code == "hang") return finding.message;
    }
    return std::string();
  };
  CHECK_THAT(message(Mutation::output_hangs), Catch::Contains("out_valid_o"));
  CHECK_THAT(message(Mutation::input_hangs), Catch::Contains("in_ready_o"));
  CHECK_THAT(message(Mutation::weights_hang), Catch::Contains("weight_ready_o"));
}

TEST_CASE("progress is told and an interrupt ends a run") {
  const MacroSpec spec = macro(16, 4, 1, sint(4), sint(4));
  const int jobs = GENERATE(1, 3);
  BenchOptions options = with_vectors(20000);
  options.jobs = jobs;
  std::uint64_t last = 0;
  options.progress = [&](std::uint64_t done, std::uint64_t total) {
    CHECK(done >= last);
    CHECK(total == 20000);
    last = done;
  };
  CHECK(tb::run_bench(spec, ReferenceFactory(spec), options).vectors == 20000);
  CHECK(last == 20000);

  options.progress = {};
  options.interrupt = [] { throw std::runtime_error("interrupted"); };
  CHECK_THROWS_WITH(tb::run_bench(spec, ReferenceFactory(spec), options), "interrupted");
}

TEST_CASE("what the factory throws ends a run") {
  class Broken final : public tb::DutFactory {
   public:
    [[nodiscard]] std::unique_ptr<tb::Dut> make(const std::string&) const override {
      throw std::runtime_error("no model");
    }
  };
  BenchOptions options = with_vectors(5000);
  options.jobs = GENERATE(1, 3);
  CHECK_THROWS_WITH(tb::run_bench(macro(4, 4, 1, sint(4), sint(4)), Broken(), options), "no model");
}

TEST_CASE("a trace goes to one model") {
  class Counting final : public tb::DutFactory {
   public:
    explicit Counting(const MacroSpec& spec) : spec_(spec) {}
    [[nodiscard]] std::unique_ptr<tb::Dut> make(const std::string& trace_file) const override {
      ++(trace_file == "a.fst" ? traced : untraced);
      return std::make_unique<ReferenceDut>(spec_, ReferenceOptions());
    }
    mutable std::atomic<int> traced = 0;
    mutable std::atomic<int> untraced = 0;

   private:
    MacroSpec spec_;
  };
  const MacroSpec spec = macro(16, 4, 1, sint(4), sint(4));
  const Counting factory(spec);
  BenchOptions options = with_vectors(3000);
  options.jobs = 3;
  options.trace_file = "a.fst";
  const BenchResult traced = tb::run_bench(spec, factory, options);
  CHECK(factory.traced == 1);
  CHECK(factory.untraced == 0);
  check_equal(traced, tb::run_bench(spec, ReferenceFactory(spec), with_vectors(3000)));
}

TEST_CASE("the result as JSON and as text") {
  const MacroSpec spec = macro(96, 5, 3, sint(4), sint(4));
  SECTION("passed") {
    const BenchResult result = tb::run_bench(spec, ReferenceFactory(spec), with_vectors(1000, 42));
    const nlohmann::ordered_json json = tb::to_json(result);
    CHECK(json["passed"] == true);
    CHECK(json["vectors"] == 1000);
    CHECK(json["mismatches"] == 0);
    CHECK(json["cycles"] == result.cycles);
    CHECK(json["cycles_per_second"] > 0);
    CHECK(json["seed"] == 42);
    CHECK(json["first_mismatch"].is_null());
    CHECK(json["findings"].empty());
    CHECK(json["latency"]["min"] == 5);
    CHECK(json["coverage"]["hit"] == result.coverage.hit);
    CHECK(json["coverage"]["missed"].is_array());
    CHECK_THAT(tb::to_text(result), Catch::StartsWith("passed: 1000 vectors are right, seed 42\n"));
  }
  SECTION("failed") {
    const BenchResult result = tb::run_bench(
        spec, ReferenceFactory(spec, {Mutation::wrong_top_bit_of_row_3}), with_vectors(1000, 42));
    const nlohmann::ordered_json json = tb::to_json(result);
    CHECK(json["passed"] == false);
    CHECK(json["mismatches"] == result.mismatches);
    const nlohmann::ordered_json& first = json["first_mismatch"];
    CHECK(first["row"] == 3);
    for (const char* key : {"vector", "column", "bank", "cycle", "expected", "got"}) {
      INFO(key);
      CHECK(first[key].is_number_integer());
    }
    CHECK_THAT(tb::to_text(result),
               Catch::Contains("seed 42") && Catch::Contains("\n  row 3 is wrong by itself"));
  }
  SECTION("a broken rule") {
    const BenchResult result =
        tb::run_bench(spec, ReferenceFactory(spec, {Mutation::slow}), with_vectors(1000));
    const nlohmann::ordered_json json = tb::to_json(result);
    CHECK(json["passed"] == false);
    CHECK(json["mismatches"] == 0);
    CHECK(json["findings"][0]["code"] == "bubble");
    CHECK(json["findings"][0]["count"] > 100);
    CHECK_THAT(tb::to_text(result), Catch::Contains("bubble in cycle"));
  }
}

}  // namespace
}  // namespace cimforge::tests
