#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "flows/process.h"
#include "flows/tools.h"
#include "flows/yosys_area.h"
#include "generator/base/file.h"
#include "tests/catch.h"
#include "tests/flows_tools/scoped_environment.h"
#include "tests/flows_tools/thrown.h"

namespace cimforge::flows {
namespace {

using base::ExitStatus;

const std::filesystem::path kData = CIMFORGE_TEST_DATA;

AreaRequest tiny_request() {
  AreaRequest request;
  request.verilog = {kData / "tiny.v"};
  request.top = "tiny";
  request.liberty = {kData / "tiny.lib"};
  return request;
}

/// A design of one file, text given here, without parameters.
class Design {
 public:
  explicit Design(const std::string& verilog) {
    base::write_file_atomically(directory_.path() / "design.v", verilog);
    request.verilog = {directory_.path() / "design.v"};
    request.top = "design";
    request.parameters.clear();
    request.liberty = {kData / "tiny.lib"};
  }
  /// Adds a file beside it.
  std::filesystem::path add(const std::string& name, const std::string& text) const {
    base::write_file_atomically(directory_.path() / name, text);
    return directory_.path() / name;
  }
  [[nodiscard]] Thrown error() const {
    return thrown_by([this] { measure_area(request); });
  }

  AreaRequest request;

 private:
  base::TemporaryDirectory directory_{"cimforge test"};  // with a space
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("The area of a small design is the sum by hand") {
  const AreaResult result = measure_area(tiny_request());
  CHECK(result.area_um2 == Approx(3 * (2 + 10 + 7) + 1));
  CHECK(result.sequential_area_um2 == Approx(3 * (10 + 7)));
  using Counts = std::map<std::string, std::int64_t>;
  CHECK(result.cells == Counts{{"DFF", 3}, {"INV", 1}, {"LATCH", 3}, {"NAND2", 3}});
  CHECK(result.yosys_version == find_tool(ToolId::yosys).version);
  CHECK(result.areas_from_lef.empty());
  CHECK(result.netlist.empty());

  REQUIRE(result.modules.size() == 2);
  const ModuleArea& top = result.modules[0];
  CHECK(top.name == "tiny");
  CHECK(top.instances == 1);
  CHECK(top.children == Counts{{"tiny_part", 3}});
  CHECK(top.own_area_um2 == Approx(1.0));
  CHECK(top.area_um2 == Approx(58.0));
  const ModuleArea& part = result.modules[1];
  CHECK(part.name == "tiny_part");
  CHECK(part.instances == 3);
  CHECK(part.own_cells() == 3);
  CHECK(part.own_area_um2 == Approx(19.0));
  CHECK(part.own_sequential_area_um2 == Approx(17.0));
}

TEST_CASE("Parameters of the top widen it") {
  AreaRequest request = tiny_request();
  request.parameters = {{"LANES", 5}};
  CHECK(measure_area(request).area_um2 == Approx(5 * 58.0));
}

TEST_CASE("Modules with several sets of parameters keep readable names") {
  Design design(
      "module part #(parameter WIDTH = 1, parameter HEIGHT = 1, parameter DEPTH = 1)"
      " (input wire [WIDTH-1:0] a, output wire [WIDTH-1:0] y); assign y = ~a; endmodule\n"
      "module design (input wire [6:0] a, output wire [6:0] y);\n"
      "  part #(.WIDTH(1), .HEIGHT(123456), .DEPTH(123456)) u0 (.a(a[0]), .y(y[0]));\n"
      "  part #(.WIDTH(2)) u1 (.a(a[2:1]), .y(y[2:1]));\n"
      "  part #(.WIDTH(2)) u2 (.a(a[4:3]), .y(y[4:3]));\n"
      "  part #(.WIDTH(2)) \\odd.name[0] (.a(a[6:5]), .y(y[6:5]));\n"
      "endmodule\n");
  design.request.keep_netlist = true;
  const AreaResult result = measure_area(design.request);
  CHECK(result.area_um2 == Approx(7.0));
  std::set<std::string> names;
  for (const ModuleArea& module : result.modules) {
    names.insert(module.name);
  }
  CHECK(names == std::set<std::string>{"design", "part", "part__2"});
  CHECK(result.netlist.find("paramod") == std::string::npos);
}

TEST_CASE("A mapped netlist does what its source does") {
  const base::TemporaryDirectory directory("cimforge-test");
  AreaRequest request;
  request.verilog = {kData / "mapped.v"};
  request.top = "mapped";
  request.parameters.clear();
  request.liberty = {default_liberty()};
  request.keep_netlist = true;
  const AreaResult result = measure_area(request);
  CHECK(result.cells.at("LATCH") == 8);
  CHECK(result.cells.at("DFFSR") == 4);
  CHECK(result.cells.at("DFFPOSX1") == 8);
  REQUIRE(result.areas_from_lef.size() == 1);
  CHECK(result.areas_from_lef.at("LATCH") == Approx(56.0));

  const auto simulate = [&](const std::string& name, const std::vector<std::string>& files) {
    std::vector<std::string> arguments{find_tool(ToolId::iverilog).path.string(), "-o", name,
                                       (kData / "mapped_bench.v").string()};
    arguments.insert(arguments.end(), files.begin(), files.end());
    const std::chrono::minutes limit(5);
    run_tool({.arguments = arguments, .time_limit = limit, .working_directory = directory.path()});
    return run_tool({.arguments = {find_tool(ToolId::vvp).path.string(), name},
                     .time_limit = limit,
                     .working_directory = directory.path()})
        .stdout_text;
  };
  base::write_file_atomically(directory.path() / "netlist.v", result.netlist);
  std::filesystem::path cells = default_liberty();
  cells.replace_extension(".v");
  const std::string expected = simulate("source", {(kData / "mapped.v").string()});
  CHECK(expected.size() > 393 * 10);
  CHECK(expected.find('x') == std::string::npos);
  CHECK(simulate("netlist", {"netlist.v", cells.string()}) == expected);
}

TEST_CASE("The report has its keys, and no path of this machine") {
  const AreaResult result = measure_area(tiny_request());
  const nlohmann::json json = to_json(result);
  std::set<std::string> keys;
  for (const auto& [key, value] : json.items()) {
    keys.insert(key);
  }
  CHECK(keys == std::set<std::string>{"area_um2", "sequential_area_um2", "left_out", "cells", "proved_modules",
                                      "modules", "tools", "library"});
  CHECK(json.at("area_um2") == 58.0);
  CHECK(json.at("cells").at("NAND2") == 3);
  CHECK(json.at("modules").at(1).at("name") == "tiny_part");
  CHECK(json.at("modules").at(1).at("total_own_area_um2") == 57.0);
  CHECK(json.at("library").at("files").at(0).at("library") == "tiny");
  CHECK(json.at("tools").at("yosys") == result.yosys_version);
  CHECK(json.dump().find(CIMFORGE_TEST_DATA) == std::string::npos);

  const std::string text = to_text(result);
  CHECK(text.find("area        58.0 um2\n") != std::string::npos);
  CHECK(text.find("sequential  51.0 um2 (87.9%)\n") != std::string::npos);
  CHECK(text.find("tiny_part          3          3          19.0            57.0   98.3%       "
                  "89.5%\n") != std::string::npos);
}

TEST_CASE("A Liberty file that cannot be used is the user's mistake") {
  const Design design("module design (input wire a, output wire y); assign y = ~a; endmodule\n");
  Design broken("");
  for (const char* text : {"", "library (a) {\n", "library (a) { }\n"}) {
    CAPTURE(text);
    broken.request = design.request;
    broken.request.liberty = {broken.add("broken.lib", text)};
    CHECK(broken.error().status == ExitStatus::input_wrong);
  }
  broken.request.liberty = {"/no/such.lib"};
  CHECK(broken.error().status == ExitStatus::input_wrong);
}

TEST_CASE("A cell of unknown area fails the check and is named") {
  const std::string liberty = base::read_file(kData / "tiny.lib");
  for (const char* area : {"", "area : 0;"}) {
    CAPTURE(area);
    Design design(
        "module design (input wire a, b, output wire y); assign y = ~(a & b); endmodule\n");
    design.request.liberty = {design.add("cells.lib", replaced(liberty, "area : 2;", area))};
    const Thrown thrown = design.error();
    CHECK(thrown.status == ExitStatus::check_failed);
    CHECK(thrown.says("the cell NAND2 in design has an unknown area"));

    // A LEF file of the same name has it.
    design.add("cells.lef", "MACRO NAND2\n  SIZE 1.5 BY 3 ;\nEND NAND2\n");
    const AreaResult result = measure_area(design.request);
    CHECK(result.area_um2 == Approx(4.5));
    CHECK(result.areas_from_lef.count("NAND2") == 1);
    CHECK(to_text(result).find("NAND2: 4.5 um2 from the LEF file") != std::string::npos);
  }
}

TEST_CASE("Storage for which the library has nothing fails the check and is named") {
  const std::string liberty = base::read_file(kData / "tiny.lib");
  const std::string without_storage = liberty.substr(0, liberty.find("  cell (DFF)")) + "}\n";
  Design latch(
      "module design (input wire g, d, output reg q); always @(g or d) if (g) q <= d; endmodule\n");
  latch.request.liberty = {latch.add("cells.lib", without_storage)};
  CHECK(latch.error().status == ExitStatus::check_failed);
  CHECK(
      latch.error().says("the cell $_DLATCH_P_ in design is not mapped: tiny has nothing for it"));

  Design flop(
      "module design (input wire c, d, output reg q); always @(posedge c) q <= d; endmodule\n");
  flop.request.liberty = {flop.add("cells.lib", without_storage)};
  CHECK(flop.error().status == ExitStatus::check_failed);
  CHECK(flop.error().says("flip-flops are not supported"));

  Design set(
      "module design (input wire c, s, d, output reg q);\n"
      "always @(posedge c or posedge s) if (s) q <= 1'b1; else q <= d; endmodule\n");
  CHECK(set.error().status == ExitStatus::check_failed);
}

TEST_CASE("A memory fails the check and is named") {
  const Design design(
      "module design (input wire c, input wire w, input wire [5:0] a, input wire [7:0] d,\n"
      "  output reg [7:0] q);\n"
      "  reg [7:0] store [0:63];\n"
      "  always @(posedge c) begin if (w) store[a] <= d; q <= store[a]; end\n"
      "endmodule\n");
  const Thrown thrown = design.error();
  CHECK(thrown.status == ExitStatus::check_failed);
  CHECK(thrown.says("Yosys infers the memory store in design"));
}

TEST_CASE("Verilog that Yosys rejects is refused with its words") {
  Design syntax("module design (input wire a;\n");
  CHECK(syntax.error().status == ExitStatus::input_wrong);
  CHECK(syntax.error().says("design.v:1: ERROR: syntax error"));

  Design undriven(
      "module design (input wire a, output wire y); wire w; assign y = a ^ w; endmodule\n");
  CHECK(undriven.error().status == ExitStatus::check_failed);
  CHECK(undriven.error().says("is used but has no driver"));

  Design missing("module design (input wire a); part u_part (.a(a)); endmodule\n");
  CHECK(missing.error().says("\\part"));

  Design other("module other (input wire a); endmodule\n");
  CHECK(other.error().status == ExitStatus::input_wrong);
}

TEST_CASE("Further Liberty files add cells that the design instantiates") {
  Design design(
      "module design (input wire a, output wire y);\n"
      "  wire n;\n"
      "  BLOCK u_block (.A(a), .Y(n));\n"
      "  assign y = ~n;\n"
      "endmodule\n");
  design.request.liberty.push_back(
      design.add("block.lib",
                 "library (block) { cell (BLOCK) { area : 1000;\n"
                 "  pin (A) { direction : input; } pin (Y) { direction : output; } } }\n"));
  const AreaResult result = measure_area(design.request);
  CHECK(result.area_um2 == Approx(1001.0));
  REQUIRE(result.library.size() == 2);
  CHECK(result.library[1].library == "block");
}

TEST_CASE("Without Yosys there is no area") {
  const ScopedEnvironment variable("CIMFORGE_YOSYS", "/no/such/yosys");
  CHECK(thrown_by([] { measure_area(tiny_request()); }).status == ExitStatus::tool_failed);
}

TEST_CASE("A Yosys that crashes is a tool error") {
  const base::TemporaryDirectory directory("cimforge-test");
  const std::filesystem::path file = directory.path() / "yosys";
  base::write_file_atomically(file,
                              "#!/bin/sh\n[ \"$1\" = -V ] && echo Yosys 0.23 || kill -SEGV $$\n");
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  const ScopedEnvironment variable("CIMFORGE_YOSYS", file.string());
  const Thrown thrown = thrown_by([] { measure_area(tiny_request()); });
  CHECK(thrown.status == ExitStatus::tool_failed);
  CHECK(thrown.says("killed by signal 11"));
}

}  // namespace cimforge::flows
