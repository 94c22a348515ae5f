#include "flows/cell_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <utility>

#include "generator/base/exit_status.h"
#include "generator/base/file.h"

namespace cimforge::flows {
namespace {

/// Reads an expression; NOT binds before XOR, XOR before AND, AND before OR, as in Liberty.
class Expression {
 public:
  Expression(std::string_view text, const std::string& place) : text_(text), place_(place) {}

  std::string parse() {
    std::string result = any();
    if (!at_end()) fail();
    return result;
  }

 private:
  [[noreturn]] void fail() const {
    throw base::InputError(
        fmt::format("{}: `{}` is no function that can be simulated", place_, text_));
  }
  void skip_blanks() {
    while (position_ < text_.size() &&
           std::isspace(static_cast<unsigned char>(text_[position_])) != 0) {
      ++position_;
    }
  }
  bool at_end() {
    skip_blanks();
    return position_ >= text_.size();
  }
  bool accept(std::string_view characters) {
    if (at_end() || characters.find(text_[position_]) == std::string_view::npos) return false;
    ++position_;
    return true;
  }
  static bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '[' || c == ']';
  }

  std::string any() {
    std::string result = all();
    while (accept("+|")) result = fmt::format("({} | {})", result, all());
    return result;
  }
  std::string all() {
    std::string result = different();
    for (;;) {
      // AND may be written as nothing at all.
      if (!accept("*&") && (at_end() || (!is_word(text_[position_]) && text_[position_] != '(' &&
                                         text_[position_] != '!'))) {
        return result;
      }
      result = fmt::format("({} & {})", result, different());
    }
  }
  std::string different() {
    std::string result = term();
    while (accept("^")) result = fmt::format("({} ^ {})", result, term());
    return result;
  }
  std::string term() {
    std::string result;
    if (accept("!")) return fmt::format("~{}", term());
    if (accept("(")) {
      result = any();
      if (!accept(")")) fail();
      // A name alone needs no parentheses, an operator brings its own.
    } else {
      if (at_end()) fail();
      const std::size_t begin = position_;
      while (position_ < text_.size() && is_word(text_[position_])) ++position_;
      if (position_ == begin) fail();
      result = std::string(text_.substr(begin, position_ - begin));
      if (result == "0" || result == "1") result = "1'b" + result;
    }
    while (accept("'")) result = "~" + result;
    return result;
  }

  std::string_view text_;
  const std::string& place_;
  std::size_t position_ = 0;
};

/// An attribute of a latch or flip-flop as Verilog, or nothing.
std::optional<std::string> attribute(const LibertyCell& cell, const std::string& name,
                                     const std::string& place) {
  const auto found = cell.storage.find(name);
  if (found == cell.storage.end()) return std::nullopt;
  return verilog_expression(found->second, place);
}

/// `if (clear) ... else if (preset) ... else`, with what Liberty says of both at once.
std::string forced_values(const LibertyCell& cell, const std::optional<std::string>& clear,
                          const std::optional<std::string>& preset) {
  const auto both = cell.storage.find("clear_preset_var1");
  const bool preset_wins = both != cell.storage.end() && both->second == "H";
  std::string text;
  const auto force = [&](const std::optional<std::string>& condition, const char* value) {
    if (condition)
      text += fmt::format("if ({}) {} <= {};\n    else ", *condition, cell.state, value);
  };
  if (preset_wins) force(preset, "1'b1");
  force(clear, "1'b0");
  if (!preset_wins) force(preset, "1'b1");
  return text;
}

bool is_name(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  });
}

/// A flip-flop; an edge of an expression is that of a wire.
std::string flip_flop(const LibertyCell& cell, const std::string& place) {
  const auto clock = attribute(cell, "clocked_on", place);
  const auto next = attribute(cell, "next_state", place);
  if (!clock || !next || cell.state.empty()) {
    throw base::InputError(fmt::format("{}: a flip-flop without clocked_on or next_state", place));
  }
  std::string text = fmt::format("  reg {};\n", cell.state);
  std::string events;
  const auto edge = [&](const std::string& expression, const char* wire) {
    if (!events.empty()) events += " or ";
    if (is_name(expression)) {
      events += "posedge " + expression;
    } else if (expression.front() == '~' && is_name(expression.substr(1))) {
      events += "negedge " + expression.substr(1);
    } else {
      text += fmt::format("  wire {} = {};\n", wire, expression);
      events += fmt::format("posedge {}", wire);
    }
  };
  const auto clear = attribute(cell, "clear", place);
  const auto preset = attribute(cell, "preset", place);
  edge(*clock, "cimforge_clock");
  if (clear) edge(*clear, "cimforge_clear");
  if (preset) edge(*preset, "cimforge_preset");
  return text + fmt::format("  always @({}) begin\n    {}{} <= {};\n  end\n", events,
                            forced_values(cell, clear, preset), cell.state, *next);
}

/// A latch; its list and its assignment are those of rtl/cim_weight_latch.v.
std::string latch(const LibertyCell& cell, const std::string& place) {
  const auto enable = attribute(cell, "enable", place);
  const auto data = attribute(cell, "data_in", place);
  if (!enable || !data || cell.state.empty()) {
    throw base::InputError(fmt::format("{}: a latch without enable or data_in", place));
  }
  std::string inputs;
  for (const LibertyPin& pin : cell.pins) {
    if (pin.direction == "input") inputs += (inputs.empty() ? "" : " or ") + pin.name;
  }
  return fmt::format(
      "  reg {};\n  always @({}) begin\n    {}if ({}) {} <= {};\n  end\n", cell.state, inputs,
      forced_values(cell, attribute(cell, "clear", place), attribute(cell, "preset", place)),
      *enable, cell.state, *data);
}

/// A clock gate with a latch that is open in the low half, opened by its test pin too.
std::string clock_gate(const LibertyCell& cell) {
  const std::string clock = cell.gate_pin("clock");
  const std::string test = cell.gate_pin("test");
  const std::string enable = cell.gate_pin("enable") + (test.empty() ? "" : " | " + test);
  return fmt::format(
      "  reg cimforge_open;\n"
      "  wire cimforge_enable = {1};\n"
      "  always @({0} or cimforge_enable) begin\n"
      "    if (~{0}) cimforge_open <= cimforge_enable;\n  end\n"
      "  assign {2} = cimforge_open & {0};\n",
      clock, enable, cell.gate_pin("out"));
}

}  // namespace

std::string verilog_expression(std::string_view liberty, const std::string& place) {
  return Expression(liberty, place).parse();
}

std::string cell_model(const LibertyCell& cell, const std::string& file) {
  const std::string place = fmt::format("{}: cell {}", file, cell.name);
  std::string ports;
  std::string body;
  std::string outputs;
  for (const LibertyPin& pin : cell.pins) {
    if (pin.direction != "input" && pin.direction != "output") continue;
    ports += (ports.empty() ? "" : ", ") + pin.name;
    body += fmt::format("  {} {};\n", pin.direction, pin.name);
    if (pin.direction != "output" || cell.gates_rising_clock()) continue;
    if (pin.function.empty()) {
      throw base::InputError(
          fmt::format("{} cannot be simulated: its output {} has no function", place, pin.name));
    }
    outputs +=
        fmt::format("  assign {} = {};\n", pin.name, verilog_expression(pin.function, place));
  }
  if (cell.gates_rising_clock()) {
    return fmt::format("module {} ({});\n{}{}endmodule\n", cell.name, ports, body,
                       clock_gate(cell));
  }
  switch (cell.kind) {
    case CellKind::combinational:
      break;
    case CellKind::flip_flop:
      body += flip_flop(cell, place);
      break;
    case CellKind::latch:
      body += latch(cell, place);
      break;
    case CellKind::other_sequential:
      throw base::InputError(
          fmt::format("{} cannot be simulated: it has a state table or a bank", place));
  }
  if (!cell.inverted_state.empty()) {
    body += fmt::format("  wire {} = ~{};\n", cell.inverted_state, cell.state);
  }
  return fmt::format("module {} ({});\n{}{}endmodule\n", cell.name, ports, body, outputs);
}

std::string cell_models(const std::vector<LibertyLibrary>& libraries,
                        const std::set<std::string>& cells) {
  std::string text;
  for (const std::string& name : cells) {
    bool is_found = false;
    for (const LibertyLibrary& library : libraries) {
      for (const LibertyCell& cell : library.cells) {
        if (is_found || cell.name != name) continue;
        text += (text.empty() ? "" : "\n") + cell_model(cell, library.path.string());
        is_found = true;
      }
    }
    if (!is_found) throw base::InputError(fmt::format("no Liberty file has the cell {}", name));
  }
  return text;
}

std::set<std::string> cells_of(const Netlist& netlist) {
  std::set<std::string> cells;
  for (const NetlistModule& module : netlist.modules) {
    for (const NetlistInstance& instance : module.instances) {
      if (netlist.find(instance.type) == nullptr) cells.insert(instance.type);
    }
  }
  return cells;
}

std::vector<LibertyLibrary> read_libraries(const std::vector<std::filesystem::path>& liberty) {
  std::vector<LibertyLibrary> libraries;
  for (const std::filesystem::path& file : liberty) libraries.push_back(read_liberty(file));
  return libraries;
}

IsOutput outputs_of(const std::vector<LibertyLibrary>& libraries) {
  std::map<std::string, std::set<std::string>> outputs;
  for (const LibertyLibrary& library : libraries) {
    for (const LibertyCell& cell : library.cells) {
      for (const LibertyPin& pin : cell.pins) {
        if (pin.direction == "output") outputs[cell.name].insert(pin.name);
      }
    }
  }
  return [outputs = std::move(outputs)](const std::string& cell, const std::string& port) {
    const auto found = outputs.find(cell);
    return found != outputs.end() && found->second.contains(port);
  };
}

TakesClock clock_pins_of(const std::vector<LibertyLibrary>& libraries) {
  std::map<std::string, std::string> pins;
  for (const LibertyLibrary& library : libraries) {
    for (const LibertyCell& cell : library.cells) {
      const std::string pin =
          cell.kind == CellKind::flip_flop ? cell.clock_pin() : cell.gate_pin("clock");
      if (!pin.empty()) pins[cell.name] = pin;
    }
  }
  return [pins = std::move(pins)](const std::string& cell, const std::string& port) {
    const auto found = pins.find(cell);
    return found != pins.end() && found->second == port;
  };
}

RtlSource gate_level_rtl(const Netlist& netlist, const std::vector<LibertyLibrary>& libraries,
                         const std::filesystem::path& directory,
                         const std::vector<std::filesystem::path>& black_boxes) {
  std::set<std::string> cells = cells_of(netlist);
  std::string files = "cells.v\n";
  for (const std::filesystem::path& model : black_boxes) {
    cells.erase(model.stem().string());
    files += std::filesystem::absolute(model).string() + "\n";
  }
  base::write_file_atomically(directory / "cells.v", cell_models(libraries, cells));
  base::write_file_atomically(directory / "netlist.v", print_netlist(netlist));
  base::write_file_atomically(directory / "sim.f", files + "netlist.v\n");
  return {directory, netlist.top, false};
}

}  // namespace cimforge::flows
