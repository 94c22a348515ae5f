#include "flows/timing.h"

#include <cmath>

#include "flows/cell_models.h"
#include "flows/tools.h"
#include "generator/base/file.h"
#include "tests/catch.h"
#include "tests/flows_tools/scoped_environment.h"
#include "tests/flows_tools/thrown.h"

namespace cimforge::flows {
namespace {

using base::ExitStatus;

/// A netlist of OSU cells under a clock of 10 ns, every data port timed against it.
class Timed {
 public:
  explicit Timed(const std::string& body, const std::string& constraints = {})
      : netlist(
            parse_netlist("module top(clk_i, a, y);\n  input clk_i;\n  input a;\n  output y;\n" +
                              body + "endmodule\n",
                          "top")) {
    request.liberty = {default_liberty()};
    request.constraints = directory_.path() / "top.sdc";
    request.clock_port = "clk_i";
    request.clock_period_ns = 10.0;
    base::write_file_atomically(request.constraints,
                                constraints.empty()
                                    ? "create_clock -name clk_i -period 10 [get_ports clk_i]\n"
                                      "set_input_delay 2 -clock clk_i [get_ports a]\n"
                                      "set_output_delay 2 -clock clk_i [get_ports y]\n"
                                    : constraints);
  }
  [[nodiscard]] TimingResult result() const { return measure_timing(netlist, request); }
  [[nodiscard]] Thrown error() const {
    return thrown_by([this] { static_cast<void>(result()); });
  }

  Netlist netlist;
  TimingRequest request;

 private:
  base::TemporaryDirectory directory_{"cimforge test"};
};

constexpr const char* kPipeline =
    "  wire d;\n  wire q;\n  wire n;\n  wire r;\n"
    "  INVX1 u0 (.A(a), .Y(d));\n"
    "  DFFPOSX1 \\first_q[3]  (.CLK(clk_i), .D(d), .Q(q));\n"
    "  INVX1 u1 (.A(q), .Y(n));\n"
    "  DFFPOSX1 second (.CLK(clk_i), .D(n), .Q(r));\n"
    "  INVX1 u2 (.A(r), .Y(y));\n";

}  // namespace

TEST_CASE("Timing has its classes of paths, with names of the netlist") {
  const TimingResult result = Timed(kPipeline).result();
  REQUIRE(result.setup_paths.size() == 3);
  CHECK(result.critical_path_ns == Approx(result.setup_paths[0].period_ns));
  CHECK(result.setup_slack_ns == Approx(10.0 - result.critical_path_ns));
  bool is_found = false;
  for (const TimingPath& path : result.setup_paths) {
    CHECK(path.available_ns == Approx(10.0));
    CHECK(path.delay_ns == Approx(10.0 - path.slack_ns));
    CHECK(path.cells == 1);
    if (path.kind != "register to register") continue;
    is_found = true;
    CHECK(path.launching == "q");
    CHECK(path.capturing == "r");
    CHECK(result.fmax_mhz == Approx(1000.0 / path.period_ns));
    CHECK(path.period_ns > 0.2);
    CHECK(path.period_ns < 1.0);
  }
  CHECK(is_found);
  CHECK(result.hold_slack_ns > 0.0);
  CHECK(result.sta_version == find_tool(ToolId::sta).version);
}

TEST_CASE("Stages are the longest paths between classes of registers") {
  Timed timed(kPipeline);
  timed.request.register_class = [](const std::string& net) {
    return net == "q" ? "first" : net == "r" ? "second" : "";
  };
  const TimingResult result = timed.result();
  // Nothing leads back from the second.
  REQUIRE(result.stages.size() == 1);
  CHECK(result.stages[0].from == "first");
  CHECK(result.stages[0].to == "second");
  CHECK(result.stages[0].path.launching == "q");
  CHECK(result.stages[0].path.capturing == "r");
  CHECK(result.stages[0].path.period_ns == Approx(1000.0 / result.fmax_mhz));
  CHECK(Timed(kPipeline).result().stages.empty());
}

TEST_CASE("fmax does not depend on the clock that is asked for") {
  const std::string constraints =
      "create_clock -name clk_i -period 0.3 [get_ports clk_i]\n"
      "set_input_delay 0 -clock clk_i [get_ports a]\n"
      "set_output_delay 0 -clock clk_i [get_ports y]\n";
  Timed fast(kPipeline, constraints);
  fast.request.clock_period_ns = 0.3;
  const TimingResult result = fast.result();
  CHECK(result.setup_slack_ns < 0.0);
  CHECK(result.fmax_mhz == Approx(Timed(kPipeline).result().fmax_mhz).epsilon(1e-3));
}

TEST_CASE("A combinational loop fails the check and is named") {
  const Thrown thrown =
      Timed(
          "  wire m;\n  wire l;\n  wire q;\n"
          "  NAND2X1 u0 (.A(a), .B(l), .Y(m));\n  INVX1 u1 (.A(m), .Y(l));\n"
          "  DFFPOSX1 u2 (.CLK(clk_i), .D(l), .Q(q));\n  INVX1 u3 (.A(q), .Y(y));\n")
          .error();
  CHECK(thrown.status == ExitStatus::check_failed);
  CHECK(thrown.says("a combinational loop goes through"));
}

TEST_CASE("An endpoint without a constraint fails the check and is named") {
  const Thrown output = Timed(kPipeline,
                              "create_clock -name clk_i -period 10 [get_ports clk_i]\n"
                              "set_input_delay 2 -clock clk_i [get_ports a]\n")
                            .error();
  CHECK(output.status == ExitStatus::check_failed);
  CHECK(output.says("no constraint is on the output y"));
  const Thrown clock = Timed(kPipeline,
                             "create_clock -name clk_i -period 10\n"
                             "set_input_delay 2 -clock clk_i [get_ports a]\n"
                             "set_output_delay 2 -clock clk_i [get_ports y]\n")
                           .error();
  CHECK(clock.status == ExitStatus::check_failed);
}

TEST_CASE("A design without registers has no frequency") {
  CHECK(Timed("  INVX1 u0 (.A(a), .Y(y));\n").error().says("no path between registers"));
}

TEST_CASE("Constraints that OpenSTA cannot read, and an OpenSTA that fails, are told") {
  const Thrown wrong = Timed(kPipeline, "create_clok\n").error();
  CHECK(wrong.status != ExitStatus::done);
  const base::TemporaryDirectory directory("cimforge-test");
  const std::filesystem::path file = directory.path() / "sta";
  base::write_file_atomically(
      file, "#!/bin/sh\n[ \"$1\" = -version ] && echo 2.0.17 && exit\nkill -SEGV $$\n");
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  const ScopedEnvironment variable("CIMFORGE_STA", file.string());
  const Thrown thrown = Timed(kPipeline).error();
  CHECK(thrown.status == ExitStatus::tool_failed);
}

TEST_CASE("The power of cells is that of a net by hand") {
  Timed timed(kPipeline);
  timed.request.probes = {{"", "top"}};
  const TimingResult result = timed.result();
  REQUIRE(result.power.size() == 1);
  REQUIRE(result.power[0].size() == 5);
  // u1 drives the D pin of a flip-flop: C V^2 / 2 for each change, one in 10 ns, at 1.8 V.
  const CellPowerLine& inverter = result.power[0][2];
  CHECK(inverter.still.switching == Approx(0.0).margin(1e-12));
  const double load_farad = inverter.changing.switching * 2.0 * 10e-9 / (1.8 * 1.8);
  CHECK(load_farad > 5e-15);
  CHECK(load_farad < 50e-15);
  // A flip-flop takes power from the clock alone.
  CHECK(result.power[0][1].still.internal > 1e-6);
  CHECK(result.power[0][1].changing.internal > result.power[0][1].still.internal);
}

TEST_CASE(
    "The power of cells behind a clock gate: data as data, the gate as a net that may be still") {
  // The first flip-flop has a gate, and nothing but it drives u1: OpenSTA takes activities by the
  // clock of a path, and has none there once the clock is stopped at the gate.
  Timed timed(
      "  wire d;\n  wire low;\n  wire e;\n  wire g;\n  wire q;\n  wire n;\n  wire r;\n"
      "  INVX1 u0 (.A(a), .Y(d));\n"
      "  INVX1 u3 (.A(clk_i), .Y(low));\n"
      "  LATCH open (.CLK(low), .D(a), .Q(e));\n"
      "  AND2X2 gate (.A(clk_i), .B(e), .Y(g));\n"
      "  DFFPOSX1 first (.CLK(g), .D(d), .Q(q));\n"
      "  INVX1 u1 (.A(q), .Y(n));\n"
      "  DFFPOSX1 second (.CLK(clk_i), .D(n), .Q(r));\n"
      "  INVX1 u2 (.A(r), .Y(y));\n");
  timed.request.probes = {{"", "top"}};
  const TimingResult result = timed.result();
  const std::vector<CellPowerLine>& power = result.power[0];
  REQUIRE(power.size() == 8);
  const CellPowerLine& gate = power[3];
  CHECK(gate.still.switching == Approx(0.0).margin(1e-12));
  CHECK(gate.changing.switching > 1e-7);
  CHECK(power[4].is_gated);
  CHECK(power[4].still.internal > 1e-6);
  CHECK_FALSE(power[6].is_gated);
  Timed plain(kPipeline);
  plain.request.probes = {{"", "top"}};
  CHECK(power[5].changing.switching == Approx(plain.result().power[0][2].changing.switching));
}

TEST_CASE("The default library has a buffer that is chosen by its speed") {
  const std::vector<LibertyLibrary> libraries = read_libraries({default_liberty()});
  const auto buffer = choose_buffer(libraries, {default_liberty()});
  REQUIRE(buffer);
  CHECK(buffer->name.starts_with("BUF"));
  CHECK(buffer->input == "A");
  CHECK(buffer->output == "Y");
}

}  // namespace cimforge::flows
