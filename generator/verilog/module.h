// A small typed tree for the subset of Verilog-2005 that is emitted. It knows nothing of
// compute-in-memory.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "generator/verilog/expression.h"

namespace cimforge::verilog {

enum class Direction { input, output };

/// `input wire [width-1:0] name`; without a width it is one bit.
struct Port {
  Direction direction = Direction::input;
  std::string name;
  std::optional<Expression> width;
  std::string comment;        ///< behind the port
  bool keep_variable = false; ///< `/* verilator public_flat_rd */`: stays a variable of the module
};

/// `parameter name = value`, or a localparam among the items.
struct Parameter {
  std::string name;
  Expression value;
};

struct Item;
using Items = std::vector<Item>;

struct Comment { std::string text; };       ///< `// text`, one line for each line of the text
struct Blank {};                            ///< an empty line
struct LocalParameter { Parameter parameter; };
/// `wire [width-1:0] a, b;` or `reg ...`
struct Declaration {
  bool is_register = false;
  std::optional<Expression> width;
  std::vector<std::string> names;
};
struct Assign { Expression target; Expression value; };  ///< `assign target = value;`
struct Connection { std::string port; std::optional<Expression> value; };
struct Instance {
  std::string module;
  std::vector<Connection> parameters;
  std::string name;
  std::vector<Connection> connections;  ///< no value: left open
  bool one_line = false;  ///< for the many small cells of a tree
};
/// `always @(posedge clock) if (enable) begin targets <= values; end`
struct ClockedAssign {
  Expression clock;
  Expression enable;
  std::vector<Assign> assigns;
};
/// `for (genvar = 0; genvar < count; genvar = genvar + 1) begin : label ... end`
struct GenerateFor {
  std::string label;
  std::string genvar;
  Expression count;
  std::vector<Item> items;
};
/// `if (condition) begin : label ... end`, elaborated or not.
struct GenerateIf {
  std::string label;
  Expression condition;
  std::vector<Item> items;
};
/// A sum by a loop, for tools that choose the adders themselves:
/// `always @* begin target = 0; for (index = 0; index < count; ...) target = target + term; end`
struct LoopSum {
  std::string target;  ///< a register
  std::string index;   ///< an integer, declared by the printer
  Expression count;
  Expression zero;
  Expression term;
};

/// `always @* begin target = value; ... end`: every target is a register, every value reads only
/// what is assigned before it or outside.
struct CombinationalBlock { std::vector<Assign> assigns; };
/// `ifdef macro ... `else ... `endif: two descriptions of one thing, for different tools.
struct MacroIf {
  std::string macro;
  std::vector<Item> defined;
  std::vector<Item> otherwise;
};

struct Item {
  std::variant<Comment, Blank, LocalParameter, Declaration, Assign, Instance, ClockedAssign,
               GenerateFor, GenerateIf, LoopSum, CombinationalBlock, MacroIf>
      value;
  template <typename T>
  Item(T item) : value(std::move(item)) {}  // NOLINT: an item is any of its kinds
};

struct Module {
  std::string name;
  std::string header;  ///< comment above the module
  std::vector<Parameter> parameters;
  std::vector<Port> ports;
  std::vector<Item> items;
  bool keep_hierarchy = false;  ///< `/* verilator no_inline_module */`: instances share their code
};

/// The names that a module shows to those that instantiate it.
struct Interface {
  std::string name;
  std::vector<std::string> parameters;
  std::vector<std::pair<std::string, Direction>> ports;
};

Interface interface_of(const Module& module);

/// The interface of a hand-written module with an ANSI header, one port or parameter a line.
Interface interface_of_text(const std::string& verilog);

/// The text of a file with this one module. `banner` is a comment at its top.
std::string print(const Module& module, const std::string& banner);

/// What is wrong with the module: names that are not declared, declared twice or reserved words,
/// instances of unknown modules, unknown, repeated or unconnected input ports, signals that are read
/// and never driven, outputs that are not driven. Where MacroIf gives two descriptions, each is checked.
/// Empty for a correct one.
std::vector<std::string> check(const Module& module, const std::vector<Interface>& known);

}  // namespace cimforge::verilog
