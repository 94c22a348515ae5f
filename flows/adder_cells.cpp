#include "flows/adder_cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

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

/// The longest delay from an input to any output, in ns: at a small slew and with two inputs like
/// it behind the output.
double delay_from(const LibertyCell& cell, const std::string& input) {
  constexpr double slew_ns = 0.05;
  double load_pf = 0.0;
  for (const LibertyPin& pin : cell.pins) {
    if (pin.name == input) load_pf = 2 * pin.capacitance_pf;
  }
  double delay = 0.0;
  for (const LibertyPin& pin : cell.pins) {
    for (const TimingArc& arc : pin.arcs) {
      if (arc.from != input) continue;
      delay = std::max({delay, arc.rise.at(slew_ns, load_pf), arc.fall.at(slew_ns, load_pf)});
    }
  }
  return delay;
}

/// The smaller, of equals the faster, of equals the first.
template <typename Cell>
class Smallest {
 public:
  void offer(Cell cell) {
    if (best_ && (cell.area_um2 > best_->area_um2 ||
                  (cell.area_um2 == best_->area_um2 && cell.delay_ns >= best_->delay_ns))) {
      return;
    }
    best_ = std::move(cell);
  }
  [[nodiscard]] const std::optional<Cell>& best() const { return best_; }

 private:
  std::optional<Cell> best_;
};

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
  std::stable_sort(adder.inputs.begin(), adder.inputs.end(),
                   [&](const std::string& a, const std::string& b) {
                     return delay_from(cell, a) > delay_from(cell, b);
                   });
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
      return GateCell{cell.name, inputs, pins.outputs.front()->name, area, 0, 0};
    }
  } while (std::next_permutation(inputs.begin(), inputs.end()));
  return std::nullopt;
}

}  // namespace

bool AdderCells::has_positive_four_gates() const {
  return gates.contains("INV") && gates.contains("NAND2") && gates.contains("OAI21") &&
         gates.contains("XOR2") && gates.contains("XNOR2");
}

bool AdderCells::has_negative_four_gates() const {
  return gates.contains("INV") && gates.contains("NOR2") && gates.contains("AOI21") &&
         gates.contains("XOR2") && gates.contains("XNOR2");
}

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
  Smallest<AdderCell> full_adder;
  Smallest<AdderCell> half_adder;
  std::map<std::string, Smallest<GateCell>> gates;
  for (const LibertyCell& cell : library.cells) {
    const auto area = areas.find(cell.name);
    if (cell.is_special || cell.is_sequential() || area == areas.end()) continue;
    const std::optional<Pins> pins = pins_of(cell);
    if (!pins || pins->inputs.empty() || pins->inputs.size() > 3) continue;
    double delay_ns = 0.0;
    for (const std::string& input : pins->inputs) {
      delay_ns = std::max(delay_ns, delay_from(cell, input));
    }
    double input_pf = 0.0;
    for (const LibertyPin& pin : cell.pins) {
      if (pin.direction == "input") input_pf = std::max(input_pf, pin.capacitance_pf);
    }
    const auto measured = [&](auto found_cell) {
      found_cell.delay_ns = delay_ns;
      found_cell.input_pf = input_pf;
      return found_cell;
    };
    if (pins->inputs.size() == 3) {
      if (auto adder = as_adder(cell, *pins, area->second, "A^B^C", "(A*B)+(C*(A+B))")) {
        full_adder.offer(measured(std::move(*adder)));
      }
    } else if (pins->inputs.size() == 2) {
      if (auto adder = as_adder(cell, *pins, area->second, "A^B", "A*B")) {
        half_adder.offer(measured(std::move(*adder)));
      }
    }
    for (const GateKind& kind : gate_kinds) {
      if (auto gate = as_gate(cell, *pins, area->second, kind)) {
        found.known_gates.emplace(cell.name, std::pair{kind.name, *gate});
        gates[kind.name].offer(measured(std::move(*gate)));
      }
    }
  }
  found.full_adder = full_adder.best();
  found.half_adder = half_adder.best();
  for (const auto& [kind, smallest] : gates) found.gates.emplace(kind, *smallest.best());
  return found;
}

std::optional<double> tree_bound_um2(const AdderCells& cells, std::int64_t full_adders,
                                     std::int64_t products, std::int64_t inverted_products) {
  const std::optional<double> adder = cells.least_full_adder_um2();
  const auto area = [&](const char* kind) {
    const auto gate = cells.gates.find(kind);
    return gate == cells.gates.end() ? std::numeric_limits<double>::infinity()
                                     : gate->second.area_um2;
  };
  const double inverting = std::min(area("NAND2"), area("NOR2"));
  const double plain = std::min(area("AND2"), inverting + area("INV"));
  if (!adder || !(plain < std::numeric_limits<double>::infinity())) return std::nullopt;
  const auto one = static_cast<double>(products - inverted_products);
  const auto other = static_cast<double>(inverted_products);
  return static_cast<double>(full_adders) * *adder +
         std::min(one * inverting + other * plain, one * plain + other * inverting);
}

}  // namespace cimforge::flows
