#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <sstream>

#include "generator/verilog/module.h"

namespace cimforge::verilog {
namespace {

std::string range(const std::optional<Expression>& width) {
  return width ? fmt::format("[{}]", print(*width - integer(1)) + ":0") : "";
}

class Printer {
 public:
  void line(const std::string& text) {
    if (!text.empty()) text_ += std::string(2 * depth_, ' ') + text;
    text_ += '\n';
  }

  void comment(const std::string& text) {
    std::istringstream lines(text);
    for (std::string row; std::getline(lines, row);) line(row.empty() ? "//" : "// " + row);
  }

  void items(const std::vector<Item>& list) {
    for (const Item& item : list) {
      std::visit([this](const auto& value) { print_item(value); }, item.value);
    }
  }

  void indented(const std::vector<Item>& list) {
    ++depth_;
    items(list);
    --depth_;
  }

  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  void print_item(const Comment& item) { comment(item.text); }
  void print_item(const Blank&) { line(""); }
  void print_item(const LocalParameter& item) {
    line(fmt::format("localparam {} = {};", item.parameter.name, print(item.parameter.value)));
  }
  void print_item(const Declaration& item) {
    const std::string kind = item.is_register ? "reg" : "wire";
    const std::string head = item.width ? kind + " " + range(item.width) : kind;
    // As many names a line as fit.
    std::string row = head;
    for (std::size_t i = 0; i < item.names.size(); ++i) {
      const std::string next = (i == 0 ? " " : ", ") + item.names[i];
      if (i > 0 && 2 * depth_ + row.size() + next.size() > 98) {
        line(row + ",");
        row = std::string(head.size(), ' ') + " " + item.names[i];
      } else {
        row += next;
      }
    }
    line(row + ";");
  }
  void print_item(const Assign& item) {
    line(fmt::format("assign {} = {};", print(item.target), print(item.value)));
  }

  static std::string connection(const Connection& connection, std::size_t width) {
    return fmt::format(".{:<{}}({})", connection.port, width,
                       connection.value ? print(*connection.value) : "");
  }

  static std::size_t widest(const std::vector<Connection>& connections) {
    std::size_t width = 0;
    for (const Connection& each : connections) width = std::max(width, each.port.size());
    return width;
  }

  void connections(const std::vector<Connection>& list, std::size_t width) {
    ++depth_;
    for (std::size_t i = 0; i < list.size(); ++i) {
      line(connection(list[i], width) + (i + 1 < list.size() ? "," : ""));
    }
    --depth_;
  }

  void print_item(const Instance& item) {
    if (item.one_line) {
      const auto join = [](const std::vector<Connection>& list) {
        std::string row;
        for (const Connection& each : list) row += (row.empty() ? "" : ", ") + connection(each, 0);
        return row;
      };
      const std::string parameters =
          item.parameters.empty() ? "" : fmt::format(" #({})", join(item.parameters));
      line(fmt::format("{}{} {} ({});", item.module, parameters, item.name,
                       join(item.connections)));
      return;
    }
    if (item.parameters.empty()) {
      line(fmt::format("{} {} (", item.module, item.name));
    } else {
      line(item.module + " #(");
      connections(item.parameters, widest(item.parameters));
      line(fmt::format(") {} (", item.name));
    }
    connections(item.connections, widest(item.connections));
    line(");");
  }

  void print_item(const ClockedAssign& item) {
    line(fmt::format("always @(posedge {}) begin", print(item.clock)));
    ++depth_;
    line(fmt::format("if ({}) begin", print(item.enable)));
    ++depth_;
    std::size_t width = 0;
    for (const Assign& each : item.assigns) width = std::max(width, print(each.target).size());
    for (const Assign& each : item.assigns) {
      line(fmt::format("{:<{}} <= {};", print(each.target), width, print(each.value)));
    }
    --depth_;
    line("end");
    --depth_;
    line("end");
  }

  void print_item(const GenerateFor& item) {
    line(fmt::format("genvar {};", item.genvar));
    open_generate();
    line(fmt::format("for ({0} = 0; {0} < {1}; {0} = {0} + 1) begin : {2}", item.genvar,
                     print(item.count), item.label));
    indented(item.items);
    line("end");
    close_generate();
  }

  void print_item(const GenerateIf& item) {
    open_generate();
    line(fmt::format("if ({}) begin : {}", print(item.condition), item.label));
    indented(item.items);
    line("end");
    close_generate();
  }

  /// A region inside a region is no Verilog-2005.
  void open_generate() {
    if (generates_++ > 0) return;
    line("generate");
    ++depth_;
  }
  void close_generate() {
    if (--generates_ > 0) return;
    --depth_;
    line("endgenerate");
  }

  void print_item(const LoopSum& item) {
    line(fmt::format("integer {};", item.index));
    line("always @* begin");
    ++depth_;
    line(fmt::format("{} = {};", item.target, print(item.zero)));
    line(fmt::format("for ({0} = 0; {0} < {1}; {0} = {0} + 1) begin", item.index,
                     print(item.count)));
    ++depth_;
    line(fmt::format("{} = {};", item.target, print(id(item.target) + item.term)));
    --depth_;
    line("end");
    --depth_;
    line("end");
  }

  void print_item(const CombinationalBlock& item) {
    line("always @* begin");
    ++depth_;
    for (const Assign& each : item.assigns) {
      line(fmt::format("{} = {};", print(each.target), print(each.value)));
    }
    --depth_;
    line("end");
  }

  void print_item(const MacroIf& item) {
    text_ += fmt::format("`ifdef {}\n", item.macro);
    items(item.defined);
    text_ += "`else\n";
    items(item.otherwise);
    text_ += "`endif\n";
  }

  std::string text_;
  std::size_t depth_ = 0;
  int generates_ = 0;  ///< generate blocks around the line
};

}  // namespace

std::string print(const Module& module, const std::string& banner) {
  Printer printer;
  printer.comment(banner);
  printer.line("`default_nettype none");
  printer.line("");
  if (!module.header.empty()) printer.comment(module.header);
  const std::string pragma = module.keep_hierarchy ? " /* verilator no_inline_module */" : "";

  if (module.parameters.empty()) {
    printer.line(fmt::format("module {} (", module.name));
  } else {
    printer.line(fmt::format("module {} #(", module.name));
    for (std::size_t i = 0; i < module.parameters.size(); ++i) {
      printer.line(fmt::format("  parameter {} = {}{}", module.parameters[i].name,
                               print(module.parameters[i].value),
                               i + 1 < module.parameters.size() ? "," : ""));
    }
    printer.line(") (");
  }
  std::size_t width = 0;
  for (const Port& port : module.ports) width = std::max(width, range(port.width).size());
  for (std::size_t i = 0; i < module.ports.size(); ++i) {
    const Port& port = module.ports[i];
    const char* direction = port.direction == Direction::input ? "input " : "output";
    std::string row = width == 0
                          ? fmt::format("  {} wire {}", direction, port.name)
                          : fmt::format("  {} wire {:<{}} {}", direction, range(port.width), width,
                                        port.name);
    if (port.keep_variable) row += " /* verilator public_flat_rd */";
    if (i + 1 < module.ports.size()) row += ",";
    if (!port.comment.empty()) row += "  // " + port.comment;
    printer.line(row);
  }
  printer.line(");" + pragma);
  printer.indented(module.items);
  printer.line("endmodule");
  printer.line("");
  printer.line("`default_nettype wire");
  return std::move(printer).text();
}

}  // namespace cimforge::verilog
