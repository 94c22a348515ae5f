// Mapped netlists behind the pins of a macro: what is counted, by hand.
#include "flows/circuit_dut.h"

#include <memory>
#include <vector>

#include "tests/catch.h"
#include "flows/cell_models.h"
#include "flows/tools.h"

namespace cimforge::flows {
namespace {

/// A register of one bit, its inverse, and a bit of the input that goes through.
constexpr const char* kRegister = R"(
module top(clk_i, rst_ni, in_valid_i, in_data_i, out_data_o);
  input clk_i;
  input rst_ni;
  input in_valid_i;
  input [1:0] in_data_i;
  output [1:0] out_data_o;
  wire q;
  DFFPOSX1 r (.CLK(clk_i), .D(in_data_i[0]), .Q(q));
  INVX1 n (.A(q), .Y(out_data_o[0]));
  INVX1 w (.A(in_data_i[1]), .Y(out_data_o[1]));
endmodule
)";

struct Bench {
  explicit Bench(const char* text)
      : libraries(read_libraries({default_liberty()})),
        netlist(parse_netlist(text, "top")),
        circuit(flatten(netlist, "top", libraries)),
        dut(circuit, boxes, count) {
    dut.pins().rst_n = 1;
    dut.pins().in_valid = 1;
  }
  /// A cycle with this input.
  void cycle(int data) {
    dut.pins().in_data[0] = static_cast<std::uint8_t>(data);
    dut.pins().clk = 0;
    dut.eval();
    dut.pins().clk = 1;
    dut.eval();
  }
  std::uint64_t toggles(const char* port, std::size_t bit) const {
    return count.toggles[circuit.port(port)->nets[bit]];
  }

  std::vector<LibertyLibrary> libraries;
  Netlist netlist;
  Circuit circuit;
  std::vector<std::unique_ptr<BoxModel>> boxes;
  ToggleCount count;
  CircuitDut dut;
};

}  // namespace

TEST_CASE("Every change of a net from edge to edge is counted, the clock's too") {
  Bench bench(kRegister);
  for (const int data : {0, 1, 1, 2, 3, 0, 0}) bench.cycle(data);
  // What follows the last edge is seen with the next one.
  bench.cycle(0);
  CHECK(bench.count.cycles == 8);
  // 0 1 1 0 1 0 0 0, and 0 0 0 1 1 0 0 0.
  CHECK(bench.toggles("in_data_i", 0) == 4);
  CHECK(bench.toggles("out_data_o", 0) == 4);
  CHECK(bench.toggles("in_data_i", 1) == 2);
  CHECK(bench.toggles("out_data_o", 1) == 2);
  CHECK(bench.toggles("clk_i", 0) == 14);
  CHECK((bench.dut.pins().out_data[0] & 3) == 3);
}

TEST_CASE("Nothing is counted while no vector waits or the macro is reset") {
  Bench bench(kRegister);
  bench.cycle(0);
  const ToggleCount before = bench.count;
  bench.dut.pins().in_valid = 0;
  for (const int data : {1, 2, 3, 0}) bench.cycle(data);
  bench.dut.pins().in_valid = 1;
  bench.dut.pins().rst_n = 0;
  for (const int data : {1, 2, 3, 0}) bench.cycle(data);
  CHECK(bench.count.toggles == before.toggles);
  CHECK(bench.count.cycles == before.cycles);
}

TEST_CASE("The nets of every module are found by the path of printed netlists") {
  const std::vector<LibertyLibrary> libraries = read_libraries({default_liberty()});
  const Netlist netlist = parse_netlist(R"(
module leaf(a, y);
  input a;
  output y;
  wire m;
  INVX1 first (.A(a), .Y(m));
  INVX1 second (.A(m), .Y(y));
endmodule
module top(a, y);
  input a;
  output [1:0] y;
  INVX1 before (.A(a), .Y(y[0]));
  leaf below (.a(y[0]), .y(y[1]));
endmodule
)",
                                        "top");
  const Circuit circuit = flatten(netlist, "top", libraries);
  REQUIRE(circuit.modules.size() == 2);
  const NetlistModule& leaf = *netlist.find("leaf");
  const std::vector<FlatNet>& nets = circuit.modules.at("i1");
  REQUIRE(nets.size() == leaf.net_names.size());
  CHECK(nets[static_cast<std::size_t>(leaf.ports[0].bits[0])] == circuit.port("y")->nets[0]);
  CHECK(nets[static_cast<std::size_t>(leaf.ports[1].bits[0])] == circuit.port("y")->nets[1]);
}

TEST_CASE("A netlist that oscillates is no model") {
  Bench bench(R"(
module top(clk_i, rst_ni, in_valid_i, in_data_i, out_data_o);
  input clk_i;
  input rst_ni;
  input in_valid_i;
  input [0:0] in_data_i;
  output [0:0] out_data_o;
  NAND2X1 n (.A(in_data_i[0]), .B(out_data_o[0]), .Y(out_data_o[0]));
endmodule
)");
  bench.cycle(0);
  CHECK_THROWS_AS(bench.cycle(1), tb::ModelError);
}

}  // namespace cimforge::flows
