#include "flows/cell_models.h"

#include "flows/process.h"
#include "flows/tools.h"
#include "flows/yosys_area.h"
#include "generator/base/file.h"
#include "tests/catch.h"
#include "tests/flows_tools/thrown.h"

namespace cimforge::flows {
namespace {

const std::filesystem::path kData = CIMFORGE_TEST_DATA;

LibertyCell cell_of(const std::string& body) {
  return parse_liberty("library (l) { cell (C) { area : 1; " + body + " } }", "l.lib").cells[0];
}

constexpr const char* kPins =
    " pin (D) { direction : input; } pin (CK) { direction : input; } pin (R) { direction : input; }"
    " pin (S) { direction : input; } pin (Q) { direction : output; function : \"IQ\"; }";

}  // namespace

TEST_CASE("Liberty functions become Verilog expressions") {
  for (const auto& [liberty, verilog] :
       std::vector<std::pair<std::string, std::string>>{{"A", "A"},
                                                        {"!A", "~A"},
                                                        {"A'", "~A"},
                                                        {"(A B)'", "~(A & B)"},
                                                        {"A*B + C", "((A & B) | C)"},
                                                        {"A&B|C", "((A & B) | C)"},
                                                        {"(!(A+B))", "~(A | B)"},
                                                        {"A^B C", "((A ^ B) & C)"},
                                                        {"A B^C", "(A & (B ^ C))"},
                                                        {"A !B", "(A & ~B)"},
                                                        {"(A)(B)", "(A & B)"},
                                                        {"1", "1'b1"},
                                                        {"!!A", "~~A"}}) {
    CAPTURE(liberty);
    CHECK(verilog_expression(liberty, "x") == verilog);
  }
  for (const char* wrong : {"", "(A", "A)", "A+", "*", "A ? B"}) {
    CAPTURE(wrong);
    const Thrown thrown = thrown_by([&] { verilog_expression(wrong, "l.lib: cell C"); });
    CHECK(thrown.status == base::ExitStatus::input_wrong);
    CHECK(thrown.says("l.lib: cell C: "));
  }
}

TEST_CASE("Flip-flops and latches have what forces them") {
  const std::string flop = cell_model(
      cell_of(std::string("ff (IQ, IQN) { clocked_on : \"!CK\"; next_state : \"D\"; clear : "
                          "\"!R\"; preset : \"!S\"; }") +
              kPins),
      "l.lib");
  CHECK(flop.find("always @(negedge CK or negedge R or negedge S)") != std::string::npos);
  CHECK(flop.find("if (~R) IQ <= 1'b0;\n    else if (~S) IQ <= 1'b1;\n    else IQ <= D;") !=
        std::string::npos);
  CHECK(flop.find("wire IQN = ~IQ;") != std::string::npos);

  const std::string preset_first = cell_model(
      cell_of(std::string("latch (IQ, IQN) { enable : \"CK\"; data_in : \"D\"; clear : \"R\"; "
                          "preset : \"S\"; clear_preset_var1 : H; }") +
              kPins),
      "l.lib");
  CHECK(preset_first.find("if (S) IQ <= 1'b1;\n    else if (R) IQ <= 1'b0;\n    else if (CK)") !=
        std::string::npos);
}

TEST_CASE("A cell that cannot be simulated is named") {
  const auto refused = [](const LibertyCell& cell) {
    return thrown_by([&] { cell_model(cell, "l.lib"); });
  };
  CHECK(refused(cell_of("pin (Y) { direction : output; }"))
            .says("l.lib: cell C cannot be simulated: its output Y has no function"));
  CHECK(refused(cell_of("statetable (\"D\", \"Q\") { }")).says("a state table"));
  CHECK(refused(cell_of("ff (IQ, IQN) { next_state : \"D\"; }")).says("clocked_on"));
  const Thrown thrown = thrown_by([] { cell_models({}, {"GONE"}); });
  CHECK(thrown.status == base::ExitStatus::input_wrong);
  CHECK(thrown.says("no Liberty file has the cell GONE"));
}

TEST_CASE("A mapped netlist with models of its cells does in Icarus what its source does") {
  const base::TemporaryDirectory directory("cimforge-test");
  // An adder that is no leaf cell of rtl/ stays a module of the netlist.
  std::string text = base::read_file(kData / "mapped.v");
  for (std::size_t at = 0; (at = text.find("cim_full_adder")) != std::string::npos;) {
    text.replace(at, 3, "own");
  }
  const std::filesystem::path source = directory.path() / "source.v";
  base::write_file_atomically(source, text);
  AreaRequest request;
  request.verilog = {source};
  request.top = "mapped";
  request.parameters.clear();
  request.liberty = {default_liberty()};
  request.keep_netlist = true;
  const AreaResult result = measure_area(request);
  Netlist netlist = parse_netlist(result.netlist, "mapped");
  const std::vector<LibertyLibrary> libraries = read_libraries(request.liberty);
  buffer_fanout(netlist, {"BUFX4", "A", "Y"}, 4, outputs_of(libraries), "clk_i");
  const RtlSource gates = gate_level_rtl(netlist, libraries, directory.path());
  CHECK(gates.top == "mapped");

  const auto simulate = [&](const std::string& name, const std::vector<std::string>& files) {
    std::vector<std::string> arguments{find_tool(ToolId::iverilog).path.string(), "-g2005", "-o",
                                       name, (kData / "mapped_bench.v").string()};
    arguments.insert(arguments.end(), files.begin(), files.end());
    const std::chrono::minutes limit(5);
    run_tool({.arguments = arguments, .time_limit = limit, .working_directory = directory.path()});
    return run_tool({.arguments = {find_tool(ToolId::vvp).path.string(), name},
                     .time_limit = limit,
                     .working_directory = directory.path()})
        .stdout_text;
  };
  const std::string expected = simulate("source", {source.string()});
  CHECK(expected.size() > 393 * 10);
  CHECK(simulate("gates", {"-c", "sim.f"}) == expected);
}

}  // namespace cimforge::flows
