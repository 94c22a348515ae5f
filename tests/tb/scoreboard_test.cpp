#include "tb/scoreboard.h"

#include <cstdint>
#include <vector>

#include "tests/catch.h"

namespace cimforge::tests {
namespace {

using Values = std::vector<std::int32_t>;

spec::MacroSpec small_macro() {
  spec::MacroSpec spec;
  spec.rows = 2;
  spec.columns = 3;
  spec.banks = 2;
  return spec;
}

struct Fixture {
  spec::MacroSpec spec = small_macro();
  tb::Ports ports{spec};
  tb::Scoreboard board{spec};

  void write(int bank, int row, const Values& values) {
    tb::WeightRow write{bank, row, ports.weight_codes()};
    write.codes.values = values;
    tb::pack(values, spec.weight.bits, write.codes.port);
    board.write(write);
  }
  std::vector<std::int64_t> accept(int bank, const Values& values) {
    tb::InputVector vector{bank, ports.input_codes()};
    vector.codes.values = values;
    tb::pack(values, spec.input.bits, vector.codes.port);
    const auto results = board.accept(vector);
    return {results.begin(), results.end()};
  }
  void take(const std::vector<std::int64_t>& results, std::uint64_t cycle = 0) {
    tb::PortValue port = ports.output_port();
    tb::pack(results, ports.output_bits, port);
    board.take(port.data(), board.compared(), cycle, 2 * cycle);
  }
};

TEST_CASE("results are those of the weights at the time of the vector") {
  Fixture f;
  f.write(1, 0, {1, 2, 3});
  f.write(1, 1, {-1, 0, 7});
  CHECK(f.accept(1, {2, 3}) == std::vector<std::int64_t>{-1, 4, 27});
  f.write(1, 0, {0, 0, 0});
  CHECK(f.accept(1, {2, 3}) == std::vector<std::int64_t>{-3, 0, 21});
  CHECK(f.accept(0, {2, 3}) == std::vector<std::int64_t>{0, 0, 0});
  CHECK(f.board.pending() == 3);
  CHECK(f.board.pending_bank(2) == 0);
  f.take({-1, 4, 27});
  f.take({-3, 0, 21});
  f.take({0, 0, 0});
  CHECK(f.board.pending() == 0);
  CHECK(f.board.compared() == 3);
  CHECK(f.board.mismatches() == 0);
}

TEST_CASE("the first mismatch is kept with its weights and inputs") {
  Fixture f;
  f.write(1, 0, {1, 2, 3});
  f.write(1, 1, {-1, 0, 7});
  f.accept(1, {2, 3});
  f.accept(1, {-8, 7});
  f.write(1, 0, {5, 5, 5});
  f.write(0, 1, {6, 6, 6});
  f.write(1, 0, {4, 4, 4});
  f.take({-1, 4, 27}, 10);
  f.take({-15, -17, 24}, 20);
  f.accept(1, {1, 1});
  f.take({0, 0, 0}, 30);
  CHECK(f.board.mismatches() == 2);
  REQUIRE(f.board.first());
  const tb::Mismatch& first = *f.board.first();
  CHECK(first.vector == 1);
  CHECK(first.cycle == 20);
  CHECK(first.trace_time == 40);
  CHECK(first.bank == 1);
  CHECK(first.column == 1);
  CHECK(first.wrong_columns == 2);
  CHECK(first.expected == -16);
  CHECK(first.got == -17);
  CHECK(f.board.evidence().input == Values{-8, 7});
  CHECK(f.board.evidence().weights.weights == Values{1, 2, 3, -1, 0, 7});
}

TEST_CASE("hints") {
  Fixture f;
  f.write(0, 0, {1, 2, 3});
  f.write(0, 1, {4, 5, 6});
  f.write(1, 0, {7, 7, 7});
  SECTION("repeated") {
    f.accept(0, {1, 0});
    f.accept(0, {0, 1});
    f.take({1, 2, 3});
    f.take({1, 2, 3});
    CHECK(f.board.first()->hint == "equals the result before it: taken twice?");
  }
  SECTION("lost") {
    f.accept(0, {1, 0});
    f.accept(0, {0, 1});
    f.take({4, 5, 6});
    CHECK(f.board.first()->hint == "equals the result of a later vector: one lost?");
  }
  SECTION("too early") {
    f.accept(0, {1, 0});
    f.write(0, 0, {-1, -2, -3});
    f.take({-1, -2, -3});
    CHECK(f.board.first()->hint ==
          "a row of weights accepted after the vector is in effect for it");
  }
  SECTION("too late") {
    f.write(0, 0, {-1, -2, -3});
    f.accept(0, {1, 0});
    f.take({1, 2, 3});
    CHECK(f.board.first()->hint ==
          "a row of weights accepted before the vector is not in effect for it");
  }
  SECTION("another bank") {
    f.accept(0, {1, 0});
    f.take({7, 7, 7});
    CHECK(f.board.first()->hint == "equals the result of another bank");
  }
  SECTION("nothing in particular") {
    f.accept(0, {1, 0});
    f.take({1, 2, 4});
    CHECK(f.board.first()->hint.empty());
  }
}

TEST_CASE("many results may be owed, and a reset cancels them") {
  Fixture f;
  f.write(0, 0, {1, 2, 3});
  for (int i = 0; i < 3; ++i) f.accept(0, {1, 0});
  for (int i = 0; i < 2; ++i) f.take({1, 2, 3});
  for (std::int32_t i = 0; i < 100; ++i) f.accept(0, {i % 8, 0});
  f.take({1, 2, 3});
  for (std::int64_t i = 0; i < 50; ++i) f.take({i % 8, 2 * (i % 8), 3 * (i % 8)});
  CHECK(f.board.mismatches() == 0);
  CHECK(f.board.pending() == 50);
  f.board.forget_pending();
  CHECK(f.board.pending() == 0);
  f.accept(0, {2, 0});
  f.take({2, 4, 6});
  CHECK(f.board.mismatches() == 0);
}

}  // namespace
}  // namespace cimforge::tests
