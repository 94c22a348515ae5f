// Mapped netlists behind the pins of a macro: what is counted, by hand.
#include "flows/circuit_dut.h"

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "flows/cell_models.h"
#include "flows/tools.h"
#include "generator/spec/parse.h"
#include "generator/spec/spec.h"
#include "tests/catch.h"

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

/// One black box and nothing else: its nets are set and seen by name.
struct BoxBench {
  BoxBench(const std::string& text, const std::string& type,
           const std::vector<std::tuple<std::string, bool, std::size_t>>& ports)
      : spec(spec::parse(text, "spec.toml").spec.value()) {
    CircuitBox box{"u_box", type, {}};
    for (const auto& [name, is_input, width] : ports) {
      CircuitPort port{name, is_input, {}};
      for (std::size_t i = 0; i < width; ++i) {
        port.nets.push_back(static_cast<FlatNet>(circuit.nets++));
      }
      box.ports.push_back(std::move(port));
    }
    circuit.boxes.push_back(std::move(box));
    simulator = std::make_unique<CircuitSimulator>(circuit);
    simulator->start({}, false);
    models = make_boxes(spec, circuit);
  }
  const std::vector<FlatNet>& nets(const std::string& port) const {
    for (const CircuitPort& each : circuit.boxes.front().ports) {
      if (each.name == port) return each.nets;
    }
    throw std::out_of_range(port);
  }
  void set(const std::string& port, std::uint64_t value) { simulator->set(nets(port), value); }
  std::uint64_t get(const std::string& port) const { return simulator->number(nets(port)); }
  void settle() {
    do simulator->step();
    while (models.front()->follow(*simulator));
    models.front()->rest(*simulator);
  }
  void edge() {
    settle();
    set("clk_i", 1);
    settle();
    set("clk_i", 0);
    settle();
  }

  spec::MacroSpec spec;
  Circuit circuit;
  std::unique_ptr<CircuitSimulator> simulator;
  std::vector<std::unique_ptr<BoxModel>> models;
};

}  // namespace

TEST_CASE("A memory reads and writes the words of every bank at the rising edge") {
  BoxBench bench(
      "name = \"m\"\nkind = \"near_memory\"\n[array]\nrows = 2\ncolumns = 2\nbanks = 3\n"
      "[operands]\ninput = \"int3\"\nweight = \"int4\"\n",
      "m_memory",
      {{"clk_i", true, 1},
       {"write_i", true, 1},
       {"write_address_i", true, 3},
       {"write_data_i", true, 8},
       {"read_i", true, 1},
       {"read_address_i", true, 3},
       {"read_data_o", false, 8}});
  bench.set("write_i", 1);
  for (std::uint64_t word = 0; word < 6; ++word) {
    bench.set("write_address_i", word);
    bench.set("write_data_i", 0x31 + 7 * word);
    bench.edge();
  }
  CHECK(bench.models.front()->reads() == 0);
  bench.set("write_i", 0);
  bench.set("write_data_i", 0);
  bench.set("read_i", 1);
  for (std::uint64_t word = 0; word < 6; ++word) {
    bench.set("read_address_i", word);
    bench.edge();
    CHECK(bench.get("read_data_o") == 0x31 + 7 * word);
  }
  // The word stays until the next reading, and a reading gives what was there before a write.
  bench.set("read_i", 0);
  bench.set("read_address_i", 2);
  bench.edge();
  CHECK(bench.get("read_data_o") == 0x31 + 7 * 5);
  bench.set("read_i", 1);
  bench.set("write_i", 1);
  bench.set("write_address_i", 2);
  bench.set("write_data_i", 0xff);
  bench.edge();
  CHECK(bench.get("read_data_o") == 0x31 + 7 * 2);
  bench.edge();
  CHECK(bench.get("read_data_o") == 0xff);
  CHECK(bench.models.front()->reads() == 8);
}

TEST_CASE("Bitcells follow their bit lines while a word line is high, and show the bank") {
  BoxBench bench(
      "name = \"c\"\nkind = \"digital\"\n[array]\nrows = 2\ncolumns = 2\nbanks = 3\n"
      "storage = \"bitcell\"\n[operands]\ninput = \"int3\"\nweight = \"int4\"\n",
      "c_bitcell_column2",
      {{"word_line_i", true, 6},
       {"data_i", true, 4},
       {"bank_i", true, 2},
       {"weight_o", false, 8},
       {"weight_t_o", false, 8}});
  for (std::uint64_t line = 0; line < 6; ++line) {
    bench.set("word_line_i", std::uint64_t{1} << line);
    bench.set("data_i", 15);
    bench.settle();
    bench.set("data_i", line + 5);  // the last value counts
    bench.settle();
    bench.set("word_line_i", 0);
    bench.settle();
    bench.set("data_i", 3);
    bench.settle();
  }
  for (std::uint64_t bank = 0; bank < 3; ++bank) {
    bench.set("bank_i", bank);
    bench.settle();
    CHECK(bench.get("weight_o") == (2 * bank + 5) + 16 * (2 * bank + 6));
    CHECK(bench.get("weight_t_o") == bench.get("weight_o"));
  }
  // An open row is seen at once.
  bench.set("word_line_i", 1 << 5);
  bench.settle();
  CHECK(bench.get("weight_o") == (4 + 5) + 16 * 3);
}

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
