#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "generator/verilog/module.h"

namespace cimforge::verilog {
namespace {

/// The reserved words that an emitted name could hit.
const std::set<std::string>& reserved_words() {
  static const std::set<std::string> words = {
      "always", "and",    "assign", "begin",    "buf",    "case",      "deassign", "default",
      "disable", "edge",  "else",   "end",      "endcase", "endfunction", "endgenerate",
      "endmodule", "endtask", "event", "for",   "force",  "forever",   "fork",     "function",
      "generate", "genvar", "if",   "initial",  "inout",  "input",     "integer",  "join",
      "localparam", "module", "nand", "negedge", "nor",   "not",       "or",       "output",
      "parameter", "posedge", "real", "reg",    "release", "repeat",   "signed",   "supply0",
      "supply1", "table", "task",   "time",     "tri",    "unsigned",  "wait",     "while",
      "wire",    "xnor",  "xor",    "bit",      "byte",   "int",       "logic",    "before",
      "class",   "final", "first_match", "global", "interface", "local", "program", "return",
      "sequence", "string", "type", "var",      "void",   "with",      "within"};
  return words;
}

class Checker {
 public:
  Checker(const Module& module, const std::vector<Interface>& known, bool macros_defined)
      : module_(module), macros_defined_(macros_defined) {
    for (const Interface& each : known) known_[each.name] = &each;
  }

  std::vector<std::string> run() {
    declare(module_.name, "module");
    for (const Parameter& parameter : module_.parameters) {
      declare(parameter.name, "parameter");
      driven_.insert(parameter.name);
    }
    for (const Port& port : module_.ports) {
      declare(port.name, "port");
      if (port.direction == Direction::input) driven_.insert(port.name);
      if (port.width) read(*port.width, "the width of " + port.name);
    }
    walk(module_.items);
    for (const auto& [name, place] : reads_) {
      if (!declared_.contains(name)) {
        problem(fmt::format("'{}' is read in {} and not declared", name, place));
      } else if (!driven_.contains(name)) {
        problem(fmt::format("'{}' is read in {} and nothing drives it", name, place));
      }
    }
    for (const Port& port : module_.ports) {
      if (port.direction == Direction::output && !driven_.contains(port.name)) {
        problem(fmt::format("output '{}' is not driven", port.name));
      }
    }
    return std::move(problems_);
  }

  [[nodiscard]] bool has_macros() const { return has_macros_; }

 private:
  void problem(const std::string& text) {
    problems_.push_back(fmt::format("module {}: {}", module_.name, text));
  }

  void declare(const std::string& name, const char* kind) {
    if (reserved_words().contains(name)) problem(fmt::format("'{}' is a reserved word", name));
    if (!declared_.insert(name).second) {
      problem(fmt::format("{} '{}' is declared twice", kind, name));
    }
  }

  void read(const Expression& expression, const std::string& place) {
    for (const std::string& name : identifiers(expression)) reads_.try_emplace(name, place);
  }

  void drive(const Expression& target, const std::string& place) {
    const ExpressionNode& node = target.node();
    using Kind = ExpressionNode::Kind;
    if (node.kind == Kind::identifier) {
      driven_.insert(node.text);
      if (!declared_.contains(node.text)) {
        problem(fmt::format("'{}' is driven by {} and not declared", node.text, place));
      }
    } else if (node.kind == Kind::select || node.kind == Kind::part) {
      drive(node.operands[0], place);
      for (std::size_t i = 1; i < node.operands.size(); ++i) read(node.operands[i], place);
    } else if (node.kind == Kind::concatenation) {
      for (const Expression& operand : node.operands) drive(operand, place);
    } else {
      problem(fmt::format("{} drives an expression that is no signal", place));
    }
  }

  void walk(const std::vector<Item>& items) {
    for (const Item& item : items) {
      std::visit([this](const auto& value) { visit(value); }, item.value);
    }
  }

  void visit(const Comment&) {}
  void visit(const Blank&) {}
  void visit(const LocalParameter& item) {
    declare(item.parameter.name, "localparam");
    driven_.insert(item.parameter.name);
    read(item.parameter.value, item.parameter.name);
  }
  void visit(const Declaration& item) {
    for (const std::string& name : item.names) declare(name, "signal");
    if (item.width) read(*item.width, "a declaration");
  }
  void visit(const Assign& item) {
    drive(item.target, "an assign");
    read(item.value, "an assign");
  }
  void visit(const ClockedAssign& item) {
    read(item.clock, "a clock");
    read(item.enable, "an enable");
    for (const Assign& each : item.assigns) {
      drive(each.target, "a register");
      read(each.value, "a register");
    }
  }
  void visit(const GenerateFor& item) {
    declare(item.genvar, "genvar");
    driven_.insert(item.genvar);
    read(item.count, item.label);
    walk(item.items);
  }
  void visit(const GenerateIf& item) {
    read(item.condition, item.label);
    walk(item.items);
  }
  void visit(const LoopSum& item) {
    declare(item.index, "integer");
    driven_.insert(item.index);
    drive(id(item.target), "a loop");
    read(item.count, "a loop");
    read(item.zero, "a loop");
    read(item.term, "a loop");
  }
  void visit(const CombinationalBlock& item) {
    for (const Assign& each : item.assigns) {
      drive(each.target, "a combinational block");
      read(each.value, "a combinational block");
    }
  }
  void visit(const MacroIf& item) {
    has_macros_ = true;
    walk(macros_defined_ ? item.defined : item.otherwise);
  }
  void visit(const Instance& item) {
    declare(item.name, "instance");
    const auto place = known_.find(item.module);
    if (place == known_.end()) {
      problem(fmt::format("instance {} is of an unknown module '{}'", item.name, item.module));
      return;
    }
    const Interface& interface = *place->second;
    for (const Connection& each : item.parameters) {
      if (std::find(interface.parameters.begin(), interface.parameters.end(), each.port) ==
          interface.parameters.end()) {
        problem(fmt::format("{} has no parameter '{}' ({})", item.module, each.port, item.name));
      }
      if (each.value) read(*each.value, item.name);
    }
    std::map<std::string, const Connection*> connected;
    for (const Connection& each : item.connections) {
      if (!connected.emplace(each.port, &each).second) {
        problem(fmt::format("port '{}' of {} is connected twice", each.port, item.name));
      }
    }
    for (const auto& [port, direction] : interface.ports) {
      const auto found = connected.find(port);
      if (found == connected.end()) {
        problem(fmt::format("port '{}' of {} is not connected", port, item.name));
        continue;
      }
      const auto& value = found->second->value;
      if (!value && direction == Direction::input) {
        problem(fmt::format("input '{}' of {} is left open", port, item.name));
      }
      if (value && direction == Direction::input) read(*value, item.name);
      if (value && direction == Direction::output) drive(*value, item.name);
      connected.erase(found);
    }
    for (const auto& [port, unused] : connected) {
      problem(fmt::format("{} has no port '{}' ({})", item.module, port, item.name));
    }
  }

  const Module& module_;
  bool macros_defined_;
  bool has_macros_ = false;
  std::map<std::string, const Interface*> known_;
  std::set<std::string> declared_;
  std::set<std::string> driven_;
  std::map<std::string, std::string> reads_;  ///< name -> one place where it is read
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> check(const Module& module, const std::vector<Interface>& known) {
  Checker otherwise(module, known, false);
  std::vector<std::string> problems = otherwise.run();
  if (!otherwise.has_macros()) return problems;
  for (std::string& problem : Checker(module, known, true).run()) {
    if (std::find(problems.begin(), problems.end(), problem) == problems.end()) {
      problems.push_back(std::move(problem));
    }
  }
  return problems;
}

}  // namespace cimforge::verilog
