// Stuck-at faults on circuits that are small enough to know them all: the simulator against plain
// evaluation, equivalence against what each fault does, SAT against every state and input.
#include "flows/circuit.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "flows/circuit_simulator.h"
#include "flows/liberty.h"
#include "flows/netlist.h"
#include "flows/stuck_at.h"
#include "flows/untestable.h"
#include "tests/catch.h"

namespace cimforge::flows {
namespace {

constexpr const char* liberty = R"lib(library (tiny) {
  cell (NAND2) { area : 1; pin (A) { direction : input; } pin (B) { direction : input; }
    pin (Y) { direction : output; function : "(A B)'"; } }
  cell (OR2) { area : 1; pin (A) { direction : input; } pin (B) { direction : input; }
    pin (Y) { direction : output; function : "A+B"; } }
  cell (AOI21) { area : 1; pin (A) { direction : input; } pin (B) { direction : input; }
    pin (C) { direction : input; } pin (Y) { direction : output; function : "((A B)+C)'"; } }
  cell (FA) { area : 1; pin (A) { direction : input; } pin (B) { direction : input; }
    pin (C) { direction : input; } pin (S) { direction : output; function : "A^B^C"; }
    pin (K) { direction : output; function : "(A B)+(C (A+B))"; } }
  cell (DFF) { area : 1; ff (IQ, IQN) { clocked_on : "CK"; next_state : "D"; }
    pin (CK) { direction : input; clock : true; } pin (D) { direction : input; }
    pin (Q) { direction : output; function : "IQ"; } }
  cell (LAT) { area : 1; latch (IQ, IQN) { enable : "G"; data_in : "D"; }
    pin (G) { direction : input; clock : true; } pin (D) { direction : input; }
    pin (Q) { direction : output; function : "IQ"; } }
})lib";

struct Built {
  std::vector<LibertyLibrary> libraries = {parse_liberty(liberty, "tiny.lib")};
  Circuit circuit;
  explicit Built(const std::string& verilog)
      : circuit(flatten(parse_netlist(verilog, "top"), "top", libraries)) {}
  [[nodiscard]] FlatNet net(const std::string& port) const {
    return circuit.port(port)->nets.front();
  }
  [[nodiscard]] StuckPin pin(const std::string& path, const std::string& name, bool value) const {
    for (std::uint32_t c = 0; c < circuit.cells.size(); ++c) {
      for (std::uint32_t p = 0; p < circuit.cells[c].pins.size(); ++p) {
        if (circuit.cells[c].path == path && circuit.cells[c].pins[p].name == name) {
          return {c, p, value};
        }
      }
    }
    FAIL("no such pin");
    return {};
  }
};

/// y = (a & b) | (a & b & c), with a gate too many: its fault at 0 is not seen.
constexpr const char* redundant = R"(
module top(a, b, c, y);
  input a; input b; input c; output y;
  wire n; wire m; wire o;
  NAND2 u_n (.A(a), .B(b), .Y(n));
  NAND2 u_m (.A(n), .B(n), .Y(m));
  AOI21 u_o (.A(m), .B(c), .C(m), .Y(o));
  NAND2 u_y (.A(o), .B(o), .Y(y));
endmodule)";

/// Every fault simulated alone, with every input: what the output does, as one number.
std::map<std::string, std::uint64_t> behaviours(const Built& built,
                                                const std::vector<std::string>& inputs) {
  std::map<std::string, std::uint64_t> result;
  CircuitSimulator simulator(built.circuit);
  for (std::uint32_t c = 0; c < built.circuit.cells.size(); ++c) {
    for (std::uint32_t p = 0; p < built.circuit.cells[c].pins.size(); ++p) {
      for (const bool value : {false, true}) {
        const StuckPin fault{c, p, value};
        simulator.start({fault}, false);
        std::uint64_t shown = 0;
        for (std::uint64_t row = 0; row < (std::uint64_t{1} << inputs.size()); ++row) {
          for (std::size_t i = 0; i < inputs.size(); ++i) {
            simulator.set(built.net(inputs[i]), ((row >> i) & 1) != 0);
          }
          simulator.step();
          shown |= (simulator.value(built.net("y")) & 1) << row;
        }
        result[to_text(built.circuit, fault)] = shown;
      }
    }
  }
  return result;
}

}  // namespace

TEST_CASE("groups of faults are faults that do the same, and untestable ones do nothing") {
  const Built built(redundant);
  const std::vector<std::string> inputs = {"a", "b", "c"};
  const std::map<std::string, std::uint64_t> shown = behaviours(built, inputs);
  CHECK(shown.size() == 2 * (3 + 3 + 4 + 3));
  // a & b: rows 3 and 7.
  constexpr std::uint64_t right = 0b1000'1000;

  std::vector<FaultGroup> groups = stuck_at_groups(built.circuit, {built.net("y")});
  std::uint64_t count = 0;
  for (FaultGroup& group : groups) {
    count += group.count;
    group.state = FaultGroup::State::undetected;
  }
  CHECK(count == shown.size());
  CHECK(groups.size() < shown.size());
  // Of a NAND: each input at 0 is the output at 1.
  const auto has = [&](const StuckPin& pin) {
    return std::ranges::count(groups, pin, &FaultGroup::first) == 1;
  };
  CHECK(has(built.pin("u_n", "A", false)));
  CHECK_FALSE(has(built.pin("u_n", "B", false)));
  CHECK_FALSE(has(built.pin("u_n", "Y", true)));
  CHECK(has(built.pin("u_n", "A", true)));
  CHECK(has(built.pin("u_n", "B", true)));

  const UntestableReport report =
      prove_untestable(built.circuit, {built.net("y")}, groups, std::chrono::minutes(2), {});
  CHECK(report.undecided == 0);
  CHECK(report.proved > 0);
  CHECK(report.proved + report.testable == groups.size());
  for (const FaultGroup& group : groups) {
    const std::string text = to_text(built.circuit, group.first);
    INFO(text);
    CHECK((group.state == FaultGroup::State::untestable) == (shown.at(text) == right));
  }
}

TEST_CASE("64 machines do what each does alone") {
  const Built built(redundant);
  std::vector<StuckPin> faults;
  for (std::uint32_t c = 0; c < built.circuit.cells.size(); ++c) {
    for (std::uint32_t p = 0; p < built.circuit.cells[c].pins.size(); ++p) {
      faults.push_back({c, p, false});
      faults.push_back({c, p, true});
    }
  }
  const std::map<std::string, std::uint64_t> shown = behaviours(built, {"a", "b", "c"});
  CircuitSimulator simulator(built.circuit);
  simulator.start(faults, true);
  for (std::uint64_t row = 0; row < 8; ++row) {
    simulator.set(built.net("a"), (row & 1) != 0);
    simulator.set(built.net("b"), (row & 2) != 0);
    simulator.set(built.net("c"), (row & 4) != 0);
    simulator.step();
    for (std::size_t i = 0; i < faults.size(); ++i) {
      INFO(to_text(built.circuit, faults[i]) << ", row " << row);
      CHECK(((simulator.value(built.net("y")) >> i) & 1) ==
            ((shown.at(to_text(built.circuit, faults[i])) >> row) & 1));
    }
  }
}

TEST_CASE("adders of two outputs, flip-flops and latches") {
  // A counter of one bit with a carry that a latch holds while the clock is low.
  const Built built(R"(
module top(clk, en, q, k);
  input clk; input en; output q; output k;
  wire s; wire c; wire o;
  FA u_add (.A(q), .B(en), .C(1'b0), .S(s), .K(c));
  DFF u_q (.CK(clk), .D(s), .Q(q));
  LAT u_k (.G(clk), .D(c), .Q(k));
endmodule)");
  CircuitSimulator simulator(built.circuit);
  // Machine 0 is stuck nowhere that counts; 1: carry at 1; 2: clock of the flip-flop at 0; 3: latch
  // open; 4: input B at 0, which both outputs of the adder read.
  simulator.start(
      {built.pin("u_add", "C", false), built.pin("u_add", "K", true), built.pin("u_q", "CK", false),
       built.pin("u_k", "G", true), built.pin("u_add", "B", false)},
      false);
  simulator.set(built.net("en"), true);
  simulator.set(built.net("clk"), false);
  simulator.step();
  const auto q = [&] { return simulator.value(built.net("q")) & 31; };
  const auto k = [&] { return simulator.value(built.net("k")) & 31; };
  CHECK(q() == 0b00000);
  const auto clock = [&](bool value) {
    simulator.set(built.net("clk"), value);
    simulator.step();
  };
  clock(true);
  // The latch is open, and the carry of 1 + 1 is there.
  CHECK(q() == 0b01011);
  CHECK(k() == 0b01011);
  clock(false);
  CHECK(q() == 0b01011);
  CHECK(k() == 0b01011);
  // Data that changes while the clock is low reaches the open latch alone.
  simulator.set(built.net("en"), false);
  simulator.step();
  CHECK(k() == 0b00011);
  CHECK(q() == 0b01011);
  clock(true);
  CHECK(k() == 0b00010);
  CHECK(q() == 0b01011);
  CHECK(simulator.unstable() == 0);
}

TEST_CASE("a recorded test finds the faults that it shows, whatever storage held before") {
  const Built built(R"(
module top(clk, d, y);
  input clk; input d; output y;
  DFF u_q (.CK(clk), .D(d), .Q(y));
endmodule)");
  RecordedTest test;
  test.driven = {built.net("clk"), built.net("d")};
  test.steps = {{false, true}, {true, true}};
  test.observations = {{1, {built.net("y")}, {true}}};
  std::vector<FaultGroup> groups = stuck_at_groups(built.circuit, {built.net("y")});
  simulate_stuck_at(built.circuit, test, groups);
  std::set<std::string> found;
  for (const FaultGroup& group : groups) {
    if (group.state == FaultGroup::State::detected)
      found.insert(to_text(built.circuit, group.first));
  }
  // A clock that stands still is not found where the flip-flop held the 1 before.
  CHECK(found == std::set<std::string>{"u_q DFF pin D at 0", "u_q DFF pin Q at 0"});

  test.steps.insert(test.steps.end(), {{false, false}, {true, false}});
  test.observations.push_back({3, {built.net("y")}, {false}});
  simulate_stuck_at(built.circuit, test, groups);
  CHECK(std::ranges::all_of(
      groups, [](const FaultGroup& group) { return group.state == FaultGroup::State::detected; }));

  test.observations.front().values = {false};
  CHECK_THROWS_WITH(simulate_stuck_at(built.circuit, test, groups),
                    Catch::Matchers::Contains("without a fault"));
}

}  // namespace cimforge::flows
