#include "proof/flat.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "proof/refutation.h"

namespace cimforge::proof {
namespace {

struct GateType {
  std::string_view name;
  std::uint8_t table;
  int inputs;
};

// The tables of Yosys' gates; a multiplexer's pins are A, B and S.
constexpr std::array gate_types = {
    GateType{"$_BUF_", 0b10101010, 1},    GateType{"$_NOT_", 0b01010101, 1},
    GateType{"$_AND_", 0b10001000, 2},    GateType{"$_NAND_", 0b01110111, 2},
    GateType{"$_OR_", 0b11101110, 2},     GateType{"$_NOR_", 0b00010001, 2},
    GateType{"$_XOR_", 0b01100110, 2},    GateType{"$_XNOR_", 0b10011001, 2},
    GateType{"$_ANDNOT_", 0b00100010, 2}, GateType{"$_ORNOT_", 0b10111011, 2},
    GateType{"$_MUX_", 0b11001010, 3},    GateType{"$_NMUX_", 0b00110101, 3}};
constexpr std::uint8_t buffer = 0b10101010;
constexpr std::uint8_t both = 0b10001000;           // A and B
constexpr std::uint8_t either = 0b11101110;         // A or B
constexpr std::uint8_t first_without = 0b00100010;  // A and not B

/// `$_DFFE_PN0P_`: clock edge, reset's level and value, enable's level; `$_DLATCH_P_`: the gate's
/// level.
std::optional<Register> register_of(const Cell& cell) {
  const std::string_view type = cell.type;
  const auto net = [&](const char* pin) { return cell.pins.at(pin).at(0); };
  std::string_view flags;
  bool enables = false;
  if (type.starts_with("$_DFFE_")) {
    flags = type.substr(7);
    enables = true;
  } else if (type.starts_with("$_DFF_")) {
    flags = type.substr(6);
  } else if (type == "$_DLATCH_P_" || type == "$_DLATCH_N_") {
    Register latch;
    latch.q = net("Q");
    latch.data = net("D");
    latch.enable = net("E");
    latch.enable_high = type == "$_DLATCH_P_";
    return latch;
  } else {
    return std::nullopt;
  }
  flags.remove_suffix(1);
  Register result;
  result.q = net("Q");
  result.data = net("D");
  result.clock = net("C");
  result.rises = flags.front() == 'P';
  flags.remove_prefix(1);
  if (flags.size() >= 2) {
    result.reset = net("R");
    result.reset_high = flags[0] == 'P';
    result.reset_value = flags[1] == '1';
    flags.remove_prefix(2);
  }
  if (enables) {
    result.enable = net("E");
    result.enable_high = flags.front() == 'P';
  }
  return result;
}

class Flattener {
 public:
  Flattener(const Design& design, const std::function<bool(const Module&)>& stays, Flat& flat)
      : design_(design), stays_(stays), flat_(flat) {}

  /// Adds a module whose net i is `nets[i]` here.
  void add(const Module& module, Nets nets, const std::string& prefix) {
    const auto here = [&](Net net) {
      Net& known = nets[static_cast<std::size_t>(net)];
      if (known < 0) known = flat_.nets++;
      return known;
    };
    const auto all = [&](const Nets& inner) {
      Nets result;
      result.reserve(inner.size());
      for (const Net net : inner) result.push_back(here(net));
      return result;
    };
    for (const Cell& cell : module.cells) add_cell(cell, all, prefix);
    for (const auto& [name, inner] : module.wires) flat_.wires.emplace(prefix + name, all(inner));
  }

 private:
  template <typename Map>
  void add_cell(const Cell& cell, const Map& all, const std::string& prefix) {
    if (const auto child = design_.modules.find(cell.type); child != design_.modules.end()) {
      const bool own = child->second.black_box;
      Box box{&child->second, prefix + cell.name, {}, {}};
      for (const auto& [pin, nets] : cell.pins) box.pins.emplace(pin, all(nets));
      for (const Port& port : child->second.ports) {
        const std::size_t width = box.pin(port.name).size();
        // An output may go nowhere.
        if (child->second.black_box || width == port.bits.size()) continue;
        if (port.output && width == 0) continue;
        throw Refuted{{"elaboration",
                       box.path + "." + port.name,
                       "the pin is not as wide as the port",
                       {},
                       fmt::format("{} bits", port.bits.size()),
                       fmt::format("{} bits", width)}};
      }
      if (stays_(child->second)) {
        box.parameters = own ? cell.parameters : child->second.parameters;
        flat_.boxes.push_back(std::move(box));
      } else {
        open(box);
      }
      return;
    }
    for (const GateType& type : gate_types) {
      if (type.name != cell.type) continue;
      Gate gate;
      gate.table = type.table;
      constexpr std::array pins = {"A", "B", "S"};
      for (int i = 0; i < type.inputs; ++i) {
        const auto at = static_cast<std::size_t>(i);
        gate.inputs[at] = all(cell.pins.at(pins[at])).at(0);
      }
      gate.output = all(cell.pins.at("Y")).at(0);
      flat_.gates.push_back(gate);
      return;
    }
    std::optional<Register> found = register_of(cell);
    if (!found) {
      throw Refuted{{"elaboration",
                     prefix + cell.name,
                     fmt::format("a cell {} stands where only gates, flip-flops and latches may be",
                                 cell.type),
                     {},
                     "a gate, a flip-flop or a latch",
                     cell.type}};
    }
    for (Net* net : {&found->q, &found->data, &found->clock, &found->enable, &found->reset}) {
      if (*net >= 0) *net = all({*net}).front();
    }
    flat_.registers.push_back(*found);
  }

  /// The child's own nets: its ports are those of the pins.
  void open(const Box& box) {
    Nets nets(static_cast<std::size_t>(box.module->nets), -1);
    nets[0] = 0;
    nets[1] = 1;
    const auto connect = [&](bool outputs) {
      for (const Port& port : box.module->ports) {
        if (port.output != outputs) continue;
        const Nets& pins = box.pin(port.name);
        for (std::size_t i = 0; i < port.bits.size() && i < pins.size(); ++i) {
          Net& inner = nets[static_cast<std::size_t>(port.bits[i])];
          if (inner < 0) {
            inner = pins[i];
          } else if (outputs) {
            flat_.gates.push_back({{inner, 0, 0}, buffer, pins[i]});
          }
        }
      }
    };
    connect(false);
    connect(true);
    add(*box.module, std::move(nets), box.path + ".");
  }

  const Design& design_;
  const std::function<bool(const Module&)>& stays_;
  Flat& flat_;
};

const Nets no_nets;

}  // namespace

const Nets& Box::pin(const std::string& name) const {
  const auto found = pins.find(name);
  return found == pins.end() ? no_nets : found->second;
}

const Nets& Flat::port(const std::string& name) const {
  const Port* found = module->port(name);
  return found == nullptr ? no_nets : found->bits;
}

std::vector<std::string> Flat::names() const {
  std::vector<std::string> result(static_cast<std::size_t>(nets));
  const auto give = [&](const std::string& name, const Nets& bits) {
    for (std::size_t i = 0; i < bits.size(); ++i) {
      std::string& each = result[static_cast<std::size_t>(bits[i])];
      if (each.empty()) each = bits.size() == 1 ? name : fmt::format("{}[{}]", name, i);
    }
  };
  for (const Port& port : module->ports) give(port.name, port.bits);
  for (const Box& box : boxes) {
    for (const Port& port : box.module->ports) {
      if (port.output) give(box.path + "." + port.name, box.pin(port.name));
    }
  }
  for (const auto& [name, bits] : wires) give(name, bits);
  return result;
}

Flat flatten(const Design& design, const Module& module,
             const std::function<bool(const Module&)>& stays) {
  Flat flat;
  flat.module = &module;
  flat.nets = module.nets;
  Nets nets(static_cast<std::size_t>(module.nets));
  for (Net i = 0; i < module.nets; ++i) nets[static_cast<std::size_t>(i)] = i;
  Flattener(design, stays, flat).add(module, std::move(nets), "");
  return flat;
}

void fold_clock_gates(Flat& flat) {
  std::map<Net, const Box*> gates;  // by the clock that they give
  for (const Box& box : flat.boxes) {
    if (box.module->name == clock_gate_module && box.pin("clk_o").size() == 1) {
      gates.emplace(box.pin("clk_o").front(), &box);
    }
  }
  for (Register& each : flat.registers) {
    // A gate in a loop of gates has no clock: so many steps are enough for every other.
    for (std::size_t step = 0; step < gates.size() && each.rises; ++step) {
      const auto gate = gates.find(each.clock);
      if (gate == gates.end()) break;
      Net enable = gate->second->pin("enable_i").at(0);
      // The test pin of the module is low in all that is proved; any other opens the gate as well.
      const Net test = gate->second->pin("test_mode_i").at(0);
      const Nets& pin = flat.port("test_mode_i");
      if (test != 0 && (pin.empty() || test != pin.front())) {
        const Net opened = flat.nets++;
        flat.gates.push_back({{enable, test, 0}, either, opened});
        enable = opened;
      }
      if (each.enable < 0) {
        each.enable = enable;
      } else {
        const Net joined = flat.nets++;
        flat.gates.push_back(
            {{enable, each.enable, 0}, each.enable_high ? both : first_without, joined});
        each.enable = joined;
      }
      each.enable_high = true;
      each.clock = gate->second->pin("clk_i").at(0);
    }
  }
}

}  // namespace cimforge::proof
