#include "flows/gate_timing.h"

#include <fmt/format.h>

#include "flows/cell_library.h"
#include "flows/timing.h"
#include "flows/tools.h"
#include "generator/base/file.h"
#include "tests/catch.h"

namespace cimforge::flows {
namespace {

/// A register, a chain of adders and XORs, a register: cells of the default library.
Netlist chain(int length) {
  std::string text =
      "module top(clk_i, a, y);\n  input clk_i;\n  input a;\n  output y;\n  wire q0;\n"
      "  DFFPOSX1 first (.CLK(clk_i), .D(a), .Q(q0));\n";
  for (int i = 0; i < length; ++i) {
    text += fmt::format(
        "  wire q{1};\n  wire s{0};\n  wire x{0};\n"
        "  FAX1 f{0} (.A(q{0}), .B(a), .C(q0), .YC(s{0}), .YS(x{0}));\n"
        "  XNOR2X1 u{0} (.A(s{0}), .B(x{0}), .Y(q{1}));\n",
        i, i + 1);
  }
  text += fmt::format("  DFFPOSX1 last (.CLK(clk_i), .D(q{}), .Q(y));\nendmodule\n", length);
  return parse_netlist(text, "top");
}

}  // namespace

TEST_CASE("The timing of a module is that of OpenSTA") {
  const CellLibrary library = load_cell_library({default_liberty()});
  const CellTable table(library.libraries, library.areas());
  const base::TemporaryDirectory directory("cimforge test");
  TimingRequest request;
  request.liberty = {default_liberty()};
  request.constraints = directory.path() / "top.sdc";
  request.clock_port = "clk_i";
  request.clock_period_ns = 100.0;
  base::write_file_atomically(request.constraints,
                              "create_clock -name clk_i -period 100 [get_ports clk_i]\n"
                              "set_input_delay 0 -clock clk_i [get_ports a]\n"
                              "set_output_delay 0 -clock clk_i [get_ports y]\n");
  const auto both = [&](int length) {
    const Netlist netlist = chain(length);
    const TimingResult sta = measure_timing(netlist, request);
    double between_registers = 0.0;
    for (const TimingPath& path : sta.setup_paths) {
      if (path.kind == "register to register") between_registers = path.delay_ns;
    }
    return std::pair{GateTiming(netlist.modules.at(0), table).worst_ns(), between_registers};
  };
  // The difference: OpenSTA's path has the set-up time of the last register as well.
  const auto [short_ours, short_sta] = both(2);
  const auto [long_ours, long_sta] = both(9);
  CHECK(long_ours - short_ours == Approx(long_sta - short_sta).epsilon(0.01));
  CHECK(long_ours > 2 * short_ours);
}

TEST_CASE("Slacks are zero on the longest path and the difference elsewhere") {
  const CellLibrary library = load_cell_library({default_liberty()});
  const CellTable table(library.libraries, library.areas());
  const Netlist netlist = parse_netlist(
      "module top(a, b, y, z);\n  input a;\n  input b;\n  output y;\n  output z;\n  wire n;\n"
      "  INVX1 u0 (.A(a), .Y(n));\n  INVX1 u1 (.A(n), .Y(y));\n  INVX1 u2 (.A(b), .Y(z));\n"
      "endmodule\n",
      "top");
  const NetlistModule& module = netlist.modules.at(0);
  const GateTiming timing(module, table);
  const auto net = [&](const std::string& name) {
    for (std::size_t i = 0; i < module.net_names.size(); ++i) {
      if (module.net_names[i] == name) return static_cast<NetId>(i);
    }
    FAIL("no net " << name);
    return no_net;
  };
  CHECK(timing.worst_ns() == Approx(timing.arrival_ns(net("y"))));
  CHECK(timing.slack_ns(net("y")) == Approx(0.0).margin(1e-12));
  CHECK(timing.slack_ns(net("n")) == Approx(0.0).margin(1e-12));
  CHECK(timing.slack_ns(net("z")) == Approx(timing.worst_ns() - timing.arrival_ns(net("z"))));
  CHECK(timing.slack_ns(net("z")) > 0.0);
  CHECK(timing.area_um2() == 3 * 16.0);
}

TEST_CASE(
    "Sizes are found by function and pins, and a loaded gate is made larger within its budget") {
  const CellLibrary library = load_cell_library({default_liberty()});
  const CellTable table(library.libraries, library.areas());
  const TimedCell& inverter = table[table.find("INVX1")];
  std::vector<std::string> names;
  for (const int size : inverter.sizes) names.push_back(table[size].name);
  CHECK(names == std::vector<std::string>{"INVX1", "INVX2", "INVX4", "INVX8"});
  CHECK(table.find("NOSUCH") == -1);

  std::string text =
      "module top(a, y);\n  input a;\n  output y;\n  wire n;\n  INVX1 u (.A(a), .Y(n));\n"
      "  INVX1 v (.A(n), .Y(y));\n";
  for (int i = 0; i < 30; ++i)
    text += fmt::format("  wire w{0};\n  INVX1 l{0} (.A(n), .Y(w{0}));\n", i);
  Netlist netlist = parse_netlist(text + "endmodule\n", "top");
  NetlistModule& module = netlist.modules.at(0);
  GateTiming timing(module, table);
  const double before = timing.worst_ns();
  const double area = timing.area_um2();
  timing.size_gates(0.0);  // INVX2 is as small as INVX1
  CHECK(timing.area_um2() == area);
  CHECK(timing.worst_ns() <= before);
  timing.size_gates(30.0);
  timing.write_sizes(module);
  CHECK(timing.worst_ns() < 0.7 * before);
  CHECK(timing.area_um2() <= area + 30.0);
  CHECK(module.instances.at(0).type != "INVX1");
  CHECK(GateTiming(module, table).worst_ns() == Approx(timing.worst_ns()));
}

}  // namespace cimforge::flows
