#include <algorithm>
#include <sstream>
#include <string>

#include "generator/verilog/module.h"
#include "generator/verilog/rename.h"
#include "tests/catch.h"

namespace cimforge::verilog {
namespace {

Module sample() {
  Module module;
  module.name = "sample";
  module.header = "What it is for.\n\nAnd more.";
  module.parameters = {{"LANES", integer(64)}, {"BITS", integer(4)}};
  module.ports = {{Direction::input, "clk_i", std::nullopt, "", false},
                  {Direction::input, "data_i", id("LANES") * id("BITS"), "bit b of lane c", false},
                  {Direction::output, "data_o", id("LANES"), "", true}};
  return module;
}

/// The text of the items alone.
std::string body(Items items) {
  Module module;
  module.name = "m";
  module.items = std::move(items);
  const std::string text = print(module, "");
  const std::string head = "module m (\n);\n";
  const std::size_t begin = text.find(head) + head.size();
  return text.substr(begin, text.find("endmodule") - begin);
}

}  // namespace

TEST_CASE("a signal is renamed wherever it stands, and nothing else is", "[verilog]") {
  Module module;
  module.name = "row";
  module.items = {
      Declaration{false, id("LANES"), {"row", "rows"}},
      Assign{select(id("rows"), integer(0)), ~id("row") & id("row_i")},
      Instance{"cell", {}, "u_row", {{"row", id("row")}, {"open", std::nullopt}}},
      GenerateFor{"g_row", "r", id("LANES"), {Assign{select(id("rows"), id("r")), id("row")}}},
      MacroIf{"SYNTHESIS", {Assign{id("row"), id("a")}}, {Assign{id("row"), id("b")}}}};
  CHECK(declares_signal(module, "row"));
  CHECK_FALSE(declares_signal(module, "row_i"));
  const Module renamed = with_signal_renamed(module, "row", "row_signal");
  CHECK(renamed.name == "row");
  CHECK_FALSE(declares_signal(renamed, "row"));
  const std::string text = print(renamed, "");
  for (const char* each : {"wire [LANES - 1:0] row_signal, rows;", "rows[0] = ~row_signal & row_i;",
                           ".row (row_signal)", "u_row", "g_row", "rows[r] = row_signal;",
                           "row_signal = a;", "row_signal = b;"}) {
    INFO(text);
    CHECK_THAT(text, Catch::Contains(each));
  }
}

TEST_CASE("a whole file", "[verilog]") {
  Module module = sample();
  module.keep_hierarchy = true;
  module.items = {Declaration{true, id("LANES"), {"kept"}},
                  ClockedAssign{id("clk_i"),
                                select(id("data_i"), integer(0)),
                                {Assign{id("kept"), id("a")}, Assign{id("b"), id("c")}}},
                  Blank{}, Assign{id("data_o"), ~id("kept")}};
  CHECK(print(module, "Made by a test.\nTwice.") == R"(// Made by a test.
// Twice.
`default_nettype none

// What it is for.
//
// And more.
module sample #(
  parameter LANES = 64,
  parameter BITS = 4
) (
  input  wire                      clk_i,
  input  wire [LANES * BITS - 1:0] data_i,  // bit b of lane c
  output wire [LANES - 1:0]        data_o /* verilator public_flat_rd */
); /* verilator no_inline_module */
  reg [LANES - 1:0] kept;
  always @(posedge clk_i) begin
    if (data_i[0]) begin
      kept <= a;
      b    <= c;
    end
  end

  assign data_o = ~kept;
endmodule

`default_nettype wire
)");
}

TEST_CASE("items print as their comments say", "[verilog]") {
  CHECK(body({Comment{"one\ntwo"}, Blank{}}) == "  // one\n  // two\n\n");
  CHECK(body({LocalParameter{{"N", integer(3) * id("L")}}}) == "  localparam N = 3 * L;\n");
  CHECK(body({Declaration{false, std::nullopt, {"a", "b"}}}) == "  wire a, b;\n");
  CHECK(body({Declaration{true, integer(8), {"a"}}}) == "  reg [7:0] a;\n");
  CHECK(body({CombinationalBlock{{Assign{id("a"), id("b")}, Assign{id("c"), ~id("a")}}}}) ==
        "  always @* begin\n    a = b;\n    c = ~a;\n  end\n");
  CHECK(body({MacroIf{"M", {Comment{"yes"}}, {Comment{"no"}}}}) ==
        "`ifdef M\n  // yes\n`else\n  // no\n`endif\n");
  CHECK(body({Instance{"cell", {}, "u_cell", {{"a_i", id("a")}, {"long_o", std::nullopt}}}}) ==
        "  cell u_cell (\n    .a_i   (a),\n    .long_o()\n  );\n");
  CHECK(body({Instance{"cell", {{"N", integer(3)}}, "u_cell", {{"a_i", id("a")}}}}) ==
        "  cell #(\n    .N(3)\n  ) u_cell (\n    .a_i(a)\n  );\n");
  CHECK(body({Instance{
            "cell", {{"N", integer(3)}}, "u_cell", {{"a_i", id("a")}, {"b_o", id("b")}}, true}}) ==
        "  cell #(.N(3)) u_cell (.a_i(a), .b_o(b));\n");
  CHECK(body({GenerateFor{"g_all", "i", id("N"), {Assign{select(id("a"), id("i")), id("b")}}}}) ==
        "  genvar i;\n  generate\n    for (i = 0; i < N; i = i + 1) begin : g_all\n"
        "      assign a[i] = b;\n    end\n  endgenerate\n");
  CHECK(body({GenerateIf{"g_some", not_equal(id("N"), integer(0)), {Blank{}}}}) ==
        "  generate\n    if (N != 0) begin : g_some\n\n    end\n  endgenerate\n");
  // A term that binds less than the sum stands in parentheses.
  CHECK(body({LoopSum{"sum", "row", integer(4), literal(6, 0), id("x") & id("y")}})
            .find("sum = sum + (x & y);") != std::string::npos);
  CHECK(body({LoopSum{"sum", "row", integer(4), literal(6, 0), select(id("x"), id("row"))}}) ==
        "  integer row;\n  always @* begin\n    sum = 6'd0;\n"
        "    for (row = 0; row < 4; row = row + 1) begin\n      sum = sum + x[row];\n    end\n"
        "  end\n");
}

TEST_CASE("a declaration of many names is wrapped at 100 columns", "[verilog]") {
  Declaration declaration{false, id("LANES"), {}};
  for (int i = 0; i < 60; ++i) declaration.names.push_back("name_" + std::to_string(i));
  const std::string text = body({declaration});
  std::istringstream lines(text);
  std::size_t longest = 0;
  int count = 0;
  std::string joined;
  for (std::string line; std::getline(lines, line); ++count) {
    longest = std::max(longest, line.size());
    if (count > 0) {
      CHECK_THAT(line, Catch::StartsWith(std::string(21, ' ') + "name_"));  // under the first name
    }
    joined += line.substr(line.find("name_")) + " ";
  }
  CHECK(longest <= 100);
  CHECK(longest > 80);
  CHECK(count > 5);
  std::string expected;
  for (const std::string& name : declaration.names) expected += name + ", ";
  expected.replace(expected.size() - 2, 2, "; ");
  CHECK(joined == expected);
}

}  // namespace cimforge::verilog
