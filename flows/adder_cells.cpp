#include "flows/adder_cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "flows/liberty_function.h"

namespace cimforge::flows {
namespace {

/// A gate by its function of the inputs A, B, C, in this order.
struct GateKind {
  const char* name;
  const char* function;
  std::size_t inputs;
};

constexpr std::array<GateKind, 9> gate_kinds = {{{"INV", "!A", 1},
                                                 {"NAND2", "!(A*B)", 2},
                                                 {"NOR2", "!(A+B)", 2},
                                                 {"AND2", "A*B", 2},
                                                 {"OR2", "A+B", 2},
                                                 {"XOR2", "A^B", 2},
                                                 {"XNOR2", "!(A^B)", 2},
                                                 {"OAI21", "!((A+B)*C)", 3},
                                                 {"AOI21", "!((A*B)+C)", 3}}};

const std::vector<std::string>& letters(std::size_t count) {
  static const std::array<std::vector<std::string>, 4> names = {
      {{}, {"A"}, {"A", "B"}, {"A", "B", "C"}}};
  return names[count];
}

std::uint64_t table_of(const char* function, std::size_t inputs) {
  return truth_table(function, letters(inputs)).value();
}

struct Pins {
  std::vector<std::string> inputs;
  std::vector<const LibertyPin*> outputs;
};

/// Nothing where a pin is neither an input nor an output.
std::optional<Pins> pins_of(const LibertyCell& cell) {
  Pins pins;
  for (const LibertyPin& pin : cell.pins) {
    if (pin.direction == "input") {
      pins.inputs.push_back(pin.name);
    } else if (pin.direction == "output") {
      pins.outputs.push_back(&pin);
    } else {
      return std::nullopt;
    }
  }
  return pins;
}

/// Keeps the smaller; the first of equals stays.
template <typename Cell>
void take_smaller(std::optional<Cell>& best, Cell cell) {
  if (!best || cell.area_um2 < best->area_um2) best = std::move(cell);
}

std::optional<AdderCell> as_adder(const LibertyCell& cell, const Pins& pins, double area,
                                  const char* sum, const char* carry) {
  if (pins.outputs.size() != 2) return std::nullopt;
  const std::size_t count = pins.inputs.size();
  const std::uint64_t sum_table = table_of(sum, count);
  const std::uint64_t carry_table = table_of(carry, count);
  AdderCell adder;
  adder.cell = cell.name;
  adder.inputs = pins.inputs;
  adder.area_um2 = area;
  for (const LibertyPin* output : pins.outputs) {
    const auto table = truth_table(output->function, pins.inputs);
    if (!table) return std::nullopt;
    const auto is = [&](std::uint64_t wanted, std::string& pin, bool& is_inverted) {
      if (*table != wanted && *table != inverted(wanted, count)) return;
      pin = output->name;
      is_inverted = *table != wanted;
    };
    is(sum_table, adder.sum, adder.sum_inverted);
    is(carry_table, adder.carry, adder.carry_inverted);
  }
  if (adder.sum.empty() || adder.carry.empty()) return std::nullopt;
  return adder;
}

/// The gate with its inputs in the order of the kind.
std::optional<GateCell> as_gate(const LibertyCell& cell, const Pins& pins, double area,
                                const GateKind& kind) {
  if (pins.outputs.size() != 1 || pins.inputs.size() != kind.inputs) return std::nullopt;
  const std::uint64_t wanted = table_of(kind.function, kind.inputs);
  std::vector<std::string> inputs = pins.inputs;
  std::sort(inputs.begin(), inputs.end());
  do {
    if (truth_table(pins.outputs.front()->function, inputs) == wanted) {
      return GateCell{cell.name, inputs, pins.outputs.front()->name, area};
    }
  } while (std::next_permutation(inputs.begin(), inputs.end()));
  return std::nullopt;
}

std::string adder_module(const char* name, const AdderCell& adder, bool full) {
  const std::vector<std::string> ports =
      full ? std::vector<std::string>{"a_i", "b_i", "c_i"} : std::vector<std::string>{"a_i", "b_i"};
  std::string pins;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    pins += fmt::format(".\\{} ({}), ", adder.inputs[i], ports[i]);
  }
  const auto output = [](bool is_inverted, const char* port) {
    return fmt::format("{}{}", is_inverted ? "n_" : "", port);
  };
  const auto inverter = [](bool is_inverted, const char* port) {
    return is_inverted ? fmt::format("  wire n_{0};\n  assign {0} = ~n_{0};\n", port) : "";
  };
  return fmt::format(
      "module {} (a_i, b_i, {}sum_o, carry_o);\n"
      "  parameter LANES = 1;\n"
      "  input a_i, b_i{};\n"
      "  output sum_o, carry_o;\n"
      "{}{}"
      "  \\{} u_cell ({}.\\{} ({}), .\\{} ({}));\n"
      "endmodule\n",
      name, full ? "c_i, " : "", full ? ", c_i" : "", inverter(adder.sum_inverted, "sum_o"),
      inverter(adder.carry_inverted, "carry_o"), adder.cell, pins, adder.sum,
      output(adder.sum_inverted, "sum_o"), adder.carry, output(adder.carry_inverted, "carry_o"));
}

}  // namespace

std::optional<double> AdderCells::four_gate_adder_um2() const {
  double area = 0;
  for (const char* kind : {"NAND2", "OAI21", "XOR2", "OAI21"}) {
    const auto gate = gates.find(kind);
    if (gate == gates.end()) return std::nullopt;
    area += gate->second.area_um2;
  }
  return area;
}

std::optional<double> AdderCells::least_full_adder_um2() const {
  const std::optional<double> gates_area = four_gate_adder_um2();
  if (!full_adder) return gates_area;
  if (!gates_area) return full_adder->area_um2;
  return std::min(full_adder->area_um2, *gates_area);
}

std::optional<double> AdderCells::least_product_um2() const {
  std::optional<double> least;
  for (const char* kind : {"NAND2", "NOR2", "AND2"}) {
    const auto gate = gates.find(kind);
    if (gate == gates.end()) continue;
    least = std::min(least.value_or(gate->second.area_um2), gate->second.area_um2);
  }
  return least;
}

AdderCells find_adder_cells(const LibertyLibrary& library,
                            const std::map<std::string, double>& areas) {
  AdderCells found;
  std::map<std::string, std::optional<GateCell>> gates;
  for (const LibertyCell& cell : library.cells) {
    const auto area = areas.find(cell.name);
    if (cell.is_special || cell.is_sequential() || area == areas.end()) continue;
    const std::optional<Pins> pins = pins_of(cell);
    if (!pins || pins->inputs.empty() || pins->inputs.size() > 3) continue;
    if (pins->inputs.size() == 3) {
      if (auto adder = as_adder(cell, *pins, area->second, "A^B^C", "(A*B)+(C*(A+B))")) {
        take_smaller(found.full_adder, std::move(*adder));
      }
    } else if (pins->inputs.size() == 2) {
      if (auto adder = as_adder(cell, *pins, area->second, "A^B", "A*B")) {
        take_smaller(found.half_adder, std::move(*adder));
      }
    }
    for (const GateKind& kind : gate_kinds) {
      if (auto gate = as_gate(cell, *pins, area->second, kind)) {
        take_smaller(gates[kind.name], std::move(*gate));
      }
    }
  }
  for (auto& [kind, gate] : gates) {
    if (gate) found.gates.emplace(kind, std::move(*gate));
  }
  return found;
}

std::string adder_map(const AdderCells& cells) {
  std::string map;
  if (cells.full_adder) map += adder_module("cim_full_adder", *cells.full_adder, true);
  if (cells.half_adder) map += adder_module("cim_half_adder", *cells.half_adder, false);
  return map;
}

std::string adder_declarations(const AdderCells& cells) {
  std::string text;
  for (const auto* adder : {&cells.full_adder, &cells.half_adder}) {
    if (!*adder) continue;
    std::string inputs;
    for (const std::string& pin : (*adder)->inputs) inputs += fmt::format("input \\{} , ", pin);
    text += fmt::format("module \\{} ({}output \\{} , output \\{} );\nendmodule\n",
                        (*adder)->cell, inputs, (*adder)->sum, (*adder)->carry);
  }
  return text;
}

std::string to_text(const AdderCells& cells) {
  std::string text;
  const auto adder = [&](const char* kind, const std::optional<AdderCell>& cell) {
    if (!cell) {
      text += fmt::format("{:<12} none\n", kind);
      return;
    }
    text += fmt::format("{:<12} {}  {:.4g} um2{}{}\n", kind, cell->cell, cell->area_um2,
                        cell->sum_inverted ? ", sum inverted" : "",
                        cell->carry_inverted ? ", carry inverted" : "");
  };
  adder("full adder", cells.full_adder);
  adder("half adder", cells.half_adder);
  if (const auto area = cells.four_gate_adder_um2()) {
    text += fmt::format("{:<12} NAND2 + OAI21 + XOR2 + OAI21  {:.4g} um2\n", "four gates", *area);
  }
  for (const auto& [kind, gate] : cells.gates) {
    text += fmt::format("{:<12} {}  {:.4g} um2\n", kind, gate.cell, gate.area_um2);
  }
  return text;
}

nlohmann::ordered_json to_json(const AdderCells& cells) {
  using Json = nlohmann::ordered_json;
  const auto adder = [](const std::optional<AdderCell>& cell) -> Json {
    if (!cell) return nullptr;
    return {{"cell", cell->cell},
            {"area_um2", cell->area_um2},
            {"sum_inverted", cell->sum_inverted},
            {"carry_inverted", cell->carry_inverted}};
  };
  Json gates = Json::object();
  for (const auto& [kind, gate] : cells.gates) {
    gates[kind] = {{"cell", gate.cell}, {"area_um2", gate.area_um2}};
  }
  Json json = {{"full_adder", adder(cells.full_adder)},
               {"half_adder", adder(cells.half_adder)},
               {"gates", gates}};
  if (const auto area = cells.four_gate_adder_um2()) json["four_gate_adder_um2"] = *area;
  return json;
}

}  // namespace cimforge::flows
