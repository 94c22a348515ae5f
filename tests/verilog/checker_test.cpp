#include <fmt/format.h>

#include <string>
#include <vector>

#include "generator/verilog/module.h"
#include "rtl/cells.h"
#include "tests/catch.h"

namespace cimforge::verilog {
namespace {

const std::vector<Interface> known = {
    {"cell", {"LANES"}, {{"a_i", Direction::input}, {"b_o", Direction::output}}}};

Instance cell(const std::string& name, std::vector<Connection> connections) {
  return {"cell", {{"LANES", integer(1)}}, name, std::move(connections)};
}

/// A correct module with more items.
Module with(Items items) {
  Module module;
  module.name = "m";
  module.parameters = {{"N", integer(2)}};
  module.ports = {{Direction::input, "x_i", id("N"), "", false},
                  {Direction::output, "y_o", id("N"), "", false}};
  module.items = {Declaration{false, std::nullopt, {"inner"}},
                  cell("u_cell", {{"a_i", id("x_i")}, {"b_o", id("inner")}}),
                  Assign{id("y_o"), id("inner")}};
  module.items.insert(module.items.end(), items.begin(), items.end());
  return module;
}

using Problems = std::vector<std::string>;
Problems problems(const Module& module) {
  return check(module, known);
}

}  // namespace

TEST_CASE("a correct module has no problems", "[verilog]") {
  CHECK(problems(with({})) == Problems{});
  CHECK(problems(with({GenerateFor{"g_all",
                                   "i",
                                   id("N"),
                                   {Declaration{false, std::nullopt, {"w"}},
                                    Assign{id("w"), select(id("x_i"), id("i"))}}},
                       LocalParameter{{"M", id("N") + integer(1)}},
                       GenerateIf{"g_some", not_equal(id("M"), integer(0)), {}},
                       cell("u_other", {{"a_i", id("inner")}, {"b_o", std::nullopt}})})) ==
        Problems{});
}

TEST_CASE("a name that is not declared", "[verilog]") {
  CHECK(
      problems(with({Declaration{false, std::nullopt, {"w"}}, Assign{id("w"), id("ghost")}})) ==
      Problems{"module m: 'ghost' is read in an assign and not declared"});
  CHECK(problems(with({Assign{id("ghost"), id("x_i")}})) ==
        Problems{"module m: 'ghost' is driven by an assign and not declared"});
  CHECK(problems(with({Declaration{false, id("WIDE"), {"w"}}})) ==
        Problems{"module m: 'WIDE' is read in a declaration and not declared"});
}

TEST_CASE("a name that is declared twice", "[verilog]") {
  CHECK(problems(with({Declaration{false, std::nullopt, {"inner"}}})) ==
        Problems{"module m: signal 'inner' is declared twice"});
  CHECK(problems(with({LocalParameter{{"N", integer(1)}}})) ==
        Problems{"module m: localparam 'N' is declared twice"});
  CHECK(problems(with({cell("u_cell", {{"a_i", id("x_i")}, {"b_o", std::nullopt}})})) ==
        Problems{"module m: instance 'u_cell' is declared twice"});
}

TEST_CASE("a reserved word", "[verilog]") {
  for (const char* word : {"wire", "table", "logic", "endmodule"}) {
    CHECK(problems(with({Declaration{false, std::nullopt, {word}}})) ==
          Problems{fmt::format("module m: '{}' is a reserved word", word)});
  }
}

TEST_CASE("an instance of an unknown module, or with an unknown port or parameter", "[verilog]") {
  CHECK(problems(with({Instance{"stranger", {}, "u_stranger", {}}})) ==
        Problems{"module m: instance u_stranger is of an unknown module 'stranger'"});
  CHECK(problems(with(
            {cell("u_more", {{"a_i", id("x_i")}, {"b_o", std::nullopt}, {"c_i", id("x_i")}})})) ==
        Problems{"module m: cell has no port 'c_i' (u_more)"});
  CHECK(problems(with({Instance{"cell",
                                {{"ROWS", integer(1)}},
                                "u_more",
                                {{"a_i", id("x_i")}, {"b_o", std::nullopt}}}})) ==
        Problems{"module m: cell has no parameter 'ROWS' (u_more)"});
}

TEST_CASE("an input that is not connected, left open or connected twice", "[verilog]") {
  CHECK(problems(with({cell("u_more", {{"b_o", std::nullopt}})})) ==
        Problems{"module m: port 'a_i' of u_more is not connected"});
  CHECK(problems(with({cell("u_more", {{"a_i", std::nullopt}, {"b_o", std::nullopt}})})) ==
        Problems{"module m: input 'a_i' of u_more is left open"});
  CHECK(problems(with(
            {cell("u_more", {{"a_i", id("x_i")}, {"a_i", id("x_i")}, {"b_o", std::nullopt}})})) ==
        Problems{"module m: port 'a_i' of u_more is connected twice"});
}

TEST_CASE("a signal or output that nothing drives", "[verilog]") {
  Module module = with({});
  module.items.pop_back();
  CHECK(problems(module) == Problems{"module m: output 'y_o' is not driven"});
  CHECK(problems(
            with({Declaration{false, std::nullopt, {"v", "w"}}, Assign{id("v"), id("w")}})) ==
        Problems{"module m: 'w' is read in an assign and nothing drives it"});
  CHECK(problems(with({Assign{id("x_i") + id("N"), id("N")}})) ==
        Problems{"module m: an assign drives an expression that is no signal"});
}

TEST_CASE("problems inside generate blocks are found, all of them", "[verilog]") {
  CHECK(problems(with({GenerateIf{
            "g_some",
            id("N"),
            {Declaration{false, std::nullopt, {"reg"}}, Assign{id("ghost"), id("x_i")}}}})) ==
        Problems{"module m: 'reg' is a reserved word",
                 "module m: 'ghost' is driven by an assign and not declared"});
}

TEST_CASE("both descriptions under a macro are checked", "[verilog]") {
  const Declaration wire{false, std::nullopt, {"w"}};
  const Declaration reg{true, std::nullopt, {"w"}};
  CHECK(problems(with({MacroIf{"M", {wire, Assign{id("w"), id("x_i")}},
                               {reg, CombinationalBlock{{Assign{id("w"), id("x_i")}}}}}}))
            .empty());
  CHECK(problems(with({MacroIf{"M", {wire, Assign{id("w"), id("ghost")}},
                               {reg, CombinationalBlock{{Assign{id("w"), id("x_i")}}}}}})) ==
        Problems{"module m: 'ghost' is read in an assign and not declared"});
  CHECK(problems(with({MacroIf{"M", {wire, Assign{id("w"), id("x_i")}},
                               {reg, CombinationalBlock{{Assign{id("v"), id("ghost")}}}}}})) ==
        Problems{"module m: 'v' is driven by a combinational block and not declared",
                 "module m: 'ghost' is read in a combinational block and not declared"});
}

TEST_CASE("the interface of a module is that of its printed text", "[verilog]") {
  Module module = with({});
  module.ports[1].comment = "at [c*4 +: 4]";
  const Interface given = interface_of(module);
  const Interface read = interface_of_text(print(module, "A banner; module not (here);"));
  CHECK(read.name == given.name);
  CHECK(read.parameters == given.parameters);
  CHECK(read.ports == given.ports);
}

TEST_CASE("the interfaces of all leaf cells are read", "[verilog]") {
  CHECK(rtl::cells().size() >= 17);
  for (const auto& [file, text] : rtl::cells()) {
    INFO(file);
    const Interface interface = interface_of_text(text);
    CHECK(interface.name + ".v" == file);
    CHECK(!interface.ports.empty());
    // A word count of the header without comments agrees, however the lines are broken.
    std::string header = text.substr(text.find("\nmodule "));
    header.resize(header.find(");"));
    std::size_t inputs = 0;
    std::size_t outputs = 0;
    for (const std::string kind : {" wire ", " reg "}) {
      for (std::size_t at = header.find(kind); at != std::string::npos;
           at = header.find(kind, at + 1)) {
        ++(header.substr(0, at).ends_with("output") ? outputs : inputs);
      }
    }
    std::size_t parameters = 0;
    for (std::size_t at = header.find("parameter "); at != std::string::npos;
         at = header.find("parameter ", at + 1)) {
      ++parameters;
    }
    CHECK(interface.parameters.size() == parameters);
    CHECK(interface.ports.size() == inputs + outputs);
    for (const auto& [name, direction] : interface.ports) {
      CHECK(name.ends_with(direction == Direction::input ? "i" : "o"));
    }
  }
  const Interface adder = interface_of_text(rtl::cells().at("cim_full_adder.v"));
  CHECK(adder.parameters == std::vector<std::string>{"LANES"});
  CHECK(adder.ports ==
        std::vector<std::pair<std::string, Direction>>{{"a_i", Direction::input},
                                                       {"b_i", Direction::input},
                                                       {"c_i", Direction::input},
                                                       {"sum_o", Direction::output},
                                                       {"carry_o", Direction::output}});
}

}  // namespace cimforge::verilog
