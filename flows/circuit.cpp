#include "flows/circuit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "flows/liberty_function.h"
#include "generator/base/exit_status.h"

namespace cimforge::flows {
namespace {

using Code = CircuitFunction::Code;

/// A table as steps, by Shannon's expansion on its last input.
class FunctionCompiler {
 public:
  FunctionCompiler(std::uint64_t table, std::size_t inputs) {
    result_.table = table;
    result_.inputs = inputs;
    const std::uint8_t last = operand(table, inputs);
    // The result is the last step.
    if (result_.steps.empty() || last != 5 + result_.steps.size()) {
      result_.steps.push_back({Code::copy, last, 0, 0});
    }
  }
  CircuitFunction take() { return std::move(result_); }

 private:
  static std::uint64_t mask(std::size_t inputs) {
    return inputs == 6 ? ~std::uint64_t{0} : (std::uint64_t{1} << (std::size_t{1} << inputs)) - 1;
  }

  std::uint8_t step(Code code, std::uint8_t a = 0, std::uint8_t b = 0, std::uint8_t c = 0) {
    result_.steps.push_back({code, a, b, c});
    return static_cast<std::uint8_t>(5 + result_.steps.size());
  }

  std::uint8_t operand(std::uint64_t table, std::size_t inputs) {
    table &= mask(inputs);
    if (table == 0) return step(Code::zero);
    if (table == mask(inputs)) return step(Code::one);
    const auto key = std::pair{table, inputs};
    if (const auto known = known_.find(key); known != known_.end()) return known->second;
    const std::uint8_t made = make(table, inputs);
    known_[key] = made;
    return made;
  }

  std::uint8_t make(std::uint64_t table, std::size_t inputs) {
    const std::size_t last = inputs - 1;
    const auto variable = static_cast<std::uint8_t>(last);
    const std::size_t half = std::size_t{1} << last;
    const std::uint64_t all = mask(last);
    const std::uint64_t low = table & all;
    const std::uint64_t high = (table >> half) & all;
    if (low == high) return operand(low, last);
    if (low == 0 && high == all) return variable;
    if (low == all && high == 0) return step(Code::invert, variable);
    if (low == 0) return step(Code::both, variable, operand(high, last));
    if (high == all) return step(Code::either, variable, operand(low, last));
    if ((low ^ high) == all) return step(Code::differ, variable, operand(low, last));
    if (high == 0) {
      const std::uint8_t inverse = step(Code::invert, variable);
      return step(Code::both, inverse, operand(low, last));
    }
    if (low == all) {
      const std::uint8_t inverse = step(Code::invert, variable);
      return step(Code::either, inverse, operand(high, last));
    }
    const std::uint8_t one = operand(high, last);
    return step(Code::select, variable, one, operand(low, last));
  }

  CircuitFunction result_;
  std::map<std::pair<std::uint64_t, std::size_t>, std::uint8_t> known_;
};

class Flattener {
 public:
  Flattener(const Netlist& netlist, const std::vector<LibertyLibrary>& libraries,
            const std::vector<std::string>& without, const std::set<std::string>& boxes)
      : netlist_(netlist), without_(without.begin(), without.end()), boxes_(boxes) {
    for (const LibertyLibrary& library : libraries) {
      for (const LibertyCell& cell : library.cells) {
        cells_.emplace(cell.name, std::pair{&cell, library.path.string()});
      }
    }
  }

  Circuit run(const std::string& top) {
    const NetlistModule* module = netlist_.find(top);
    if (module == nullptr) {
      throw base::ToolError(fmt::format("the mapped netlist has no module {}", top));
    }
    Bound bound(module->net_names.size(), no_flat_net);
    for (const NetlistPort& port : module->ports) {
      CircuitPort flat{port.name, port.is_input, {}};
      for (const NetId bit : port.bits) {
        FlatNet& net = bound[static_cast<std::size_t>(bit)];
        if (net == no_flat_net) net = add_net();
        flat.nets.push_back(net);
      }
      circuit_.ports.push_back(std::move(flat));
    }
    expand(*module, "", "", std::move(bound));
    order();
    return std::move(circuit_);
  }

 private:
  /// Of each net of a module.
  using Bound = std::vector<FlatNet>;
  using NetOf = std::function<FlatNet(NetId)>;

  FlatNet add_net() { return static_cast<FlatNet>(circuit_.nets++); }

  void add_element(CircuitElement element) {
    if (!element.is_latch) {
      const auto key = std::pair{element.table, element.inputs.size()};
      auto found = functions_.find(key);
      if (found == functions_.end()) {
        found =
            functions_.emplace(key, static_cast<std::uint32_t>(circuit_.functions.size())).first;
        circuit_.functions.push_back(FunctionCompiler(key.first, key.second).take());
      }
      element.function = found->second;
    }
    circuit_.elements.push_back(std::move(element));
  }

  /// `printed` is the path in printed netlists, `path` that of names; both are empty for the top.
  void expand(const NetlistModule& module, const std::string& path, const std::string& printed,
              Bound nets) {
    const bool is_top = printed.empty();
    const NetOf net_of = [&](NetId net) -> FlatNet {
      if (net == constant_one) return flat_one;
      if (net < 0) return flat_zero;
      FlatNet& found = nets[static_cast<std::size_t>(net)];
      if (found == no_flat_net) found = add_net();
      return found;
    };
    // An output that is another net, or a constant, is driven through a buffer.
    for (const auto& [net, source] : module.aliases) {
      add_element({false, 2, 0, {net_of(source)}, net_of(net)});
    }
    for (std::size_t index = 0; index < module.instances.size(); ++index) {
      const NetlistInstance& instance = module.instances[index];
      const std::string name = path.empty() ? instance.name : path + "/" + instance.name;
      const NetlistModule* child = netlist_.find(instance.type);
      if (child == nullptr) {
        if (boxes_.contains(instance.type)) {
          add_box(instance, name, net_of);
        } else {
          add_cell(module, instance, name, net_of);
        }
        continue;
      }
      Bound bound(child->net_names.size(), no_flat_net);
      for (const NetlistPort& port : child->ports) {
        const auto pin = std::ranges::find(instance.pins, port.name, &NetlistPin::port);
        for (std::size_t bit = 0; bit < port.bits.size(); ++bit) {
          const NetId outer =
              pin == instance.pins.end() || bit >= pin->bits.size() ? no_net : pin->bits[bit];
          // An open output drives a net of its own.
          bound[static_cast<std::size_t>(port.bits[bit])] =
              outer == no_net && !port.is_input ? add_net() : net_of(outer);
        }
      }
      if (is_top) {
        std::vector<CircuitPort>& ports = circuit_.parts[instance.name];
        for (const NetlistPort& port : child->ports) {
          CircuitPort flat{port.name, port.is_input, {}};
          for (const NetId bit : port.bits) {
            flat.nets.push_back(bound[static_cast<std::size_t>(bit)]);
          }
          ports.push_back(std::move(flat));
        }
      }
      if (!without_.contains(name)) {
        const std::string below = printed_instance(index);
        expand(*child, name, is_top ? below : printed + "/" + below, std::move(bound));
        continue;
      }
      for (const NetlistPort& port : child->ports) {
        for (const NetId bit : port.bits) {
          if (!port.is_input) add_element({false, 0, 0, {}, bound[static_cast<std::size_t>(bit)]});
        }
      }
    }
    circuit_.modules[printed] = std::move(nets);
  }

  void add_box(const NetlistInstance& instance, const std::string& name, const NetOf& net_of) {
    CircuitBox box{name, instance.type, {}};
    const auto cell = cells_.find(instance.type);
    for (const NetlistPin& pin : instance.pins) {
      CircuitPort port{pin.port, true, {}};
      if (cell != cells_.end()) {
        const auto& pins = cell->second.first->pins;
        const auto found = std::ranges::find(pins, pin.port, &LibertyPin::name);
        port.is_input = found == pins.end() || found->direction != "output";
      }
      for (const NetId bit : pin.bits) {
        port.nets.push_back(bit == no_net && !port.is_input ? add_net() : net_of(bit));
      }
      box.ports.push_back(std::move(port));
    }
    circuit_.boxes.push_back(std::move(box));
  }

  void add_cell(const NetlistModule& module, const NetlistInstance& instance,
                const std::string& name, const NetOf& net_of) {
    const auto found = cells_.find(instance.type);
    if (found == cells_.end()) {
      throw base::InputError(fmt::format("no Liberty file has the cell {}", instance.type));
    }
    const LibertyCell& cell = *found->second.first;
    place_ = fmt::format("{}: cell {}", found->second.second, cell.name);
    CircuitCell flat{name, instance.type, module.name, CircuitCellKind::gate, {}};
    std::vector<std::string> inputs;
    std::vector<FlatNet> nets;
    for (const LibertyPin& pin : cell.pins) {
      if (pin.direction != "input" && pin.direction != "output") continue;
      const NetId outer = net_at(instance, pin.name);
      const bool is_output = pin.direction == "output";
      const FlatNet net = is_output && outer == no_net ? add_net() : net_of(outer);
      flat.pins.push_back({pin.name, is_output, net, {}});
      if (is_output) continue;
      inputs.push_back(pin.name);
      nets.push_back(net);
    }
    if (cell.gates_rising_clock()) {
      add_clock_gate(cell, flat);
    } else if (cell.kind == CellKind::combinational) {
      for (const LibertyPin& pin : cell.pins) {
        if (pin.direction == "output") {
          use(flat, inputs, nets, pin.function, pin_net(flat, pin.name));
        }
      }
    } else if (cell.kind == CellKind::flip_flop || cell.kind == CellKind::latch) {
      add_storage(cell, flat, inputs, nets);
    } else {
      throw base::InputError(
          fmt::format("{} cannot be simulated: it has a state table or a bank", place_));
    }
    circuit_.cells.push_back(std::move(flat));
  }

  static FlatNet pin_net(const CircuitCell& cell, const std::string& name) {
    const auto pin = std::ranges::find(cell.pins, name, &CircuitPin::name);
    return pin == cell.pins.end() ? flat_zero : pin->net;
  }

  /// An element for a function of the pins that it names, driving `output`; notes which pins it
  /// uses.
  void use(CircuitCell& flat, const std::vector<std::string>& inputs,
           const std::vector<FlatNet>& nets, const std::string& function, FlatNet output) {
    // Only what is named: cells of storage may have more than six pins.
    std::vector<std::string> named;
    std::vector<FlatNet> named_nets;
    std::vector<std::size_t> pins;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!names(function, inputs[i])) continue;
      named.push_back(inputs[i]);
      named_nets.push_back(nets[i]);
      pins.push_back(i);
    }
    const auto table = truth_table(function, named);
    if (function.empty() || !table) {
      throw base::InputError(
          fmt::format("{} cannot be simulated: `{}` is no function of at most {} of its inputs",
                      place_, function, most_function_inputs));
    }
    const auto element = static_cast<std::uint32_t>(circuit_.elements.size());
    add_element({false, *table, 0, std::move(named_nets), output});
    for (std::size_t i = 0; i < named.size(); ++i) {
      const auto pin = std::ranges::find(flat.pins, named[i], &CircuitPin::name);
      if (pin != flat.pins.end()) pin->uses.emplace_back(element, static_cast<std::uint32_t>(i));
    }
  }

  static bool names(const std::string& function, const std::string& pin) {
    const auto is_word = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '[' || c == ']';
    };
    for (std::size_t at = function.find(pin); at != std::string::npos;
         at = function.find(pin, at + 1)) {
      const bool begins = at == 0 || !is_word(function[at - 1]);
      const bool ends = at + pin.size() == function.size() || !is_word(function[at + pin.size()]);
      if (begins && ends) return true;
    }
    return false;
  }

  /// The net of an attribute of a storage cell; 0 where it has none.
  FlatNet attribute(const LibertyCell& cell, const std::string& name, CircuitCell& flat,
                    const std::vector<std::string>& inputs, const std::vector<FlatNet>& nets) {
    const auto found = cell.storage.find(name);
    if (found == cell.storage.end()) return flat_zero;
    const FlatNet net = add_net();
    use(flat, inputs, nets, found->second, net);
    return net;
  }

  void add_storage(const LibertyCell& cell, CircuitCell& flat,
                   const std::vector<std::string>& inputs, const std::vector<FlatNet>& nets) {
    const auto of = [&](const char* name) { return attribute(cell, name, flat, inputs, nets); };
    const bool is_flop = cell.kind == CellKind::flip_flop;
    for (const char* const name :
         is_flop ? std::array{"clocked_on", "next_state"} : std::array{"enable", "data_in"}) {
      if (!cell.storage.contains(name)) {
        throw base::InputError(fmt::format("{} cannot be simulated: it has no {}", place_, name));
      }
    }
    flat.kind = is_flop ? CircuitCellKind::flop : CircuitCellKind::latch;
    const FlatNet state = add_net();
    const FlatNet clear = of("clear");
    const FlatNet preset = of("preset");
    const auto both = cell.storage.find("clear_preset_var1");
    const bool preset_wins = both != cell.storage.end() && both->second == "H";
    if (is_flop) {
      const FlatNet clock = of("clocked_on");
      circuit_.flops.push_back({clock, of("next_state"), clear, preset, preset_wins, state});
    } else {
      const FlatNet enable = of("enable");
      circuit_.elements.push_back({true, 0, 0, {enable, of("data_in"), clear, preset}, state});
    }
    for (const LibertyPin& pin : cell.pins) {
      if (pin.direction != "output") continue;
      const bool inverts = pin.function == cell.inverted_state;
      if (pin.function.empty() || (!inverts && pin.function != cell.state)) {
        throw base::InputError(fmt::format("{} cannot be simulated: its output {} is `{}`", place_,
                                           pin.name, pin.function));
      }
      add_element({false, inverts ? 1U : 2U, 0, {state}, pin_net(flat, pin.name)});
    }
  }

  void add_clock_gate(const LibertyCell& cell, CircuitCell& flat) {
    const std::string clock = cell.gate_pin("clock");
    const std::string enable = cell.gate_pin("enable");
    const std::string test = cell.gate_pin("test");
    std::vector<std::string> inputs = {clock, enable};
    if (!test.empty()) inputs.push_back(test);
    std::vector<FlatNet> nets;
    for (const std::string& pin : inputs) nets.push_back(pin_net(flat, pin));
    flat.kind = CircuitCellKind::latch;
    const FlatNet low = add_net();
    const FlatNet data = add_net();
    const FlatNet high = add_net();
    const FlatNet open = add_net();
    use(flat, inputs, nets, "!" + clock, low);
    use(flat, inputs, nets, test.empty() ? enable : enable + "+" + test, data);
    use(flat, inputs, nets, clock, high);
    circuit_.elements.push_back({true, 0, 0, {low, data, flat_zero, flat_zero}, open});
    add_element({false, 8, 0, {open, high}, pin_net(flat, cell.gate_pin("out"))});
  }

  /// Elements in topological order; the indices in `uses` follow.
  void order() {
    std::vector<std::uint32_t> driver(circuit_.nets, no_flat_net);
    for (std::uint32_t i = 0; i < circuit_.elements.size(); ++i) {
      driver[circuit_.elements[i].output] = i;
    }
    std::vector<std::uint32_t> place(circuit_.elements.size(), no_flat_net);
    std::vector<std::uint8_t> state(circuit_.elements.size(), 0);
    std::vector<CircuitElement> ordered;
    ordered.reserve(circuit_.elements.size());
    std::vector<std::pair<std::uint32_t, std::size_t>> stack;
    for (std::uint32_t root = 0; root < circuit_.elements.size(); ++root) {
      if (state[root] != 0) continue;
      state[root] = 1;
      stack.emplace_back(root, 0);
      while (!stack.empty()) {
        auto& [at, next] = stack.back();
        const std::vector<FlatNet>& inputs = circuit_.elements[at].inputs;
        if (next < inputs.size()) {
          const std::uint32_t before = driver[inputs[next++]];
          if (before == no_flat_net || state[before] != 0) continue;
          state[before] = 1;
          stack.emplace_back(before, 0);
          continue;
        }
        place[at] = static_cast<std::uint32_t>(ordered.size());
        ordered.push_back(std::move(circuit_.elements[at]));
        // Its inputs are needed while the search goes on.
        circuit_.elements[at].inputs.clear();
        stack.pop_back();
      }
    }
    circuit_.elements = std::move(ordered);
    for (CircuitCell& cell : circuit_.cells) {
      for (CircuitPin& pin : cell.pins) {
        for (auto& [element, input] : pin.uses) element = place[element];
      }
    }
  }

  const Netlist& netlist_;
  std::set<std::string> without_;
  const std::set<std::string>& boxes_;
  std::map<std::string, std::pair<const LibertyCell*, std::string>> cells_;
  std::map<std::pair<std::uint64_t, std::size_t>, std::uint32_t> functions_;
  std::string place_;
  Circuit circuit_;
};

}  // namespace

const CircuitPort* Circuit::port(std::string_view name) const {
  const auto found = std::ranges::find(ports, name, &CircuitPort::name);
  return found == ports.end() ? nullptr : &*found;
}

Circuit flatten(const Netlist& netlist, const std::string& top,
                const std::vector<LibertyLibrary>& libraries,
                const std::vector<std::string>& without, const std::set<std::string>& boxes) {
  return Flattener(netlist, libraries, without, boxes).run(top);
}

}  // namespace cimforge::flows
