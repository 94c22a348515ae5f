// Modules of adders, and a small library with or without cells for them.
#pragma once

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "flows/adder_cells.h"
#include "flows/liberty.h"
#include "flows/netlist.h"

namespace cimforge::flows {

/// A library of two sizes of every gate, with delays that follow the load, as Liberty text.
class Library {
 public:
  explicit Library(const std::set<std::string>& gates) {
    text_ = "library (l) {\n";
    static const std::map<std::string, std::pair<std::string, int>> functions = {
        {"INV", {"!A", 1}},        {"NAND2", {"!(A*B)", 2}},     {"NOR2", {"!(A+B)", 2}},
        {"AND2", {"A*B", 2}},      {"OR2", {"A+B", 2}},          {"XOR2", {"A^B", 2}},
        {"XNOR2", {"!(A^B)", 2}},  {"OAI21", {"!((A+B)*C)", 3}}, {"AOI21", {"!((A*B)+C)", 3}},
        {"NAND3", {"!(A*B*C)", 3}}};
    for (const auto& [kind, function] : functions) {
      if (!gates.contains(kind)) continue;
      for (const int size : {1, 2}) {
        cell(kind + "_x" + std::to_string(size), function.second, {{"Y", function.first}},
             size * (1 + function.second) + (kind.starts_with("X") ? 3 : 0), size);
      }
    }
    const std::string sum = "A^B^C";
    const std::string carry = "(A*B)+(C*(A+B))";
    if (gates.contains("FA")) cell("FA", 3, {{"S", sum}, {"CO", carry}}, 14, 1, 0.5);
    if (gates.contains("FA inverted")) {
      cell("FAN", 3, {{"SN", "!(" + sum + ")"}, {"CON", "!(" + carry + ")"}}, 13, 1);
    }
    if (gates.contains("HA")) cell("HA", 2, {{"S", "A^B"}, {"CO", "A*B"}}, 7, 1);
    libraries.push_back(parse_liberty(text_ + "}\n", "l.lib"));
    for (const LibertyCell& each : libraries[0].cells) areas[each.name] = *each.area;
    cells = find_adder_cells(libraries[0], areas);
  }

  std::vector<LibertyLibrary> libraries;
  std::map<std::string, double> areas;
  AdderCells cells;

 private:
  void cell(const std::string& name, int inputs,
            const std::vector<std::pair<std::string, std::string>>& outputs, int area, int size,
            double delay = 0.1) {
    text_ += fmt::format("cell ({}) {{ area : {};\n", name, area);
    std::string related;
    for (int i = 0; i < inputs; ++i) {
      const char pin = static_cast<char>('A' + i);
      related += pin;
      related += ' ';
      text_ +=
          fmt::format("pin ({}) {{ direction : input; capacitance : {}; }}\n", pin, 0.01 * size);
    }
    for (const auto& [pin, function] : outputs) {
      text_ += fmt::format(
          "pin ({}) {{ direction : output; function : \"{}\"; timing () {{ related_pin : \"{}\";\n",
          pin, function, related);
      for (const char* table : {"cell_rise", "cell_fall", "rise_transition", "fall_transition"}) {
        text_ += fmt::format(
            "{} (t) {{ index_1 (\"0, 1\"); index_2 (\"0, 1\"); values (\"{}, {}\", \"{}, {}\"); "
            "}}\n",
            table, delay, delay + 5.0 / size, 2 * delay, 2 * delay + 5.0 / size);
      }
      text_ += "} }\n";
    }
    text_ += "}\n";
  }

  std::string text_;
};

inline const std::set<std::string> all_gates = {"INV",  "NAND2", "NOR2",  "AND2",  "OR2",
                                                "XOR2", "XNOR2", "OAI21", "AOI21", "NAND3"};

inline std::set<std::string> gates_with(std::set<std::string> more,
                                        const std::set<std::string>& less = {}) {
  more.insert(all_gates.begin(), all_gates.end());
  for (const std::string& each : less) more.erase(each);
  return more;
}

/// A tree of full adders over inputs, one column after the other.
inline Netlist counter(int inputs) {
  NetlistModule module;
  module.name = "m";
  NetlistPort in{"x", true, true, {}};
  std::vector<std::vector<NetId>> columns(1);
  for (int i = 0; i < inputs; ++i) {
    in.bits.push_back(module.add_net(fmt::format("x[{}]", i)));
    columns[0].push_back(in.bits.back());
  }
  NetlistPort out{"y", false, true, {}};
  for (std::size_t column = 0; column < columns.size(); ++column) {
    for (std::size_t next = 0; columns[column].size() - next > 1;) {
      const bool full = columns[column].size() - next > 2;
      const NetId sum = module.add_net(fmt::format("s{}", module.net_names.size()));
      const NetId carry = module.add_net(fmt::format("c{}", module.net_names.size()));
      NetlistInstance instance{
          full ? "cim_full_adder" : "cim_half_adder",
          fmt::format("u_{}", sum),
          {{"a_i", {columns[column][next]}}, {"b_i", {columns[column][next + 1]}}}};
      if (full) instance.pins.push_back({"c_i", {columns[column][next + 2]}});
      instance.pins.push_back({"sum_o", {sum}});
      instance.pins.push_back({"carry_o", {carry}});
      next += full ? 3 : 2;
      columns[column].push_back(sum);
      if (columns.size() == column + 1) columns.emplace_back();
      columns[column + 1].push_back(carry);
      module.instances.push_back(std::move(instance));
    }
    out.bits.push_back(columns[column].back());
  }
  module.ports = {in, out};
  return {{std::move(module)}, "m"};
}

}  // namespace cimforge::flows
