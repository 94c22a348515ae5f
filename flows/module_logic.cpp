#include "flows/module_logic.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string_view>

#include "flows/tools.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"

namespace cimforge::flows {
namespace {

std::size_t at(NetId net) {
  return static_cast<std::size_t>(net);
}

/// The pins of a storage cell that are not data: clocks, enables, set and reset.
std::set<std::string> control_pins(const LibertyCell& cell) {
  std::set<std::string> pins;
  for (const LibertyPin& pin : cell.pins) {
    if (pin.is_clock || !cell.clock_gate.empty()) pins.insert(pin.name);
    for (const TimingArc& arc : pin.arcs) {
      if (arc.from_clock) pins.insert(arc.from);
    }
  }
  for (const auto& [attribute, expression] : cell.storage) {
    if (attribute == "next_state" || attribute == "data_in") continue;
    for (const LibertyPin& pin : cell.pins) {
      if (expression.find(pin.name) != std::string::npos) pins.insert(pin.name);
    }
  }
  return pins;
}

}  // namespace

ModuleLogic find_logic(const NetlistModule& module, const GateFunctions& functions,
                       const std::vector<LibertyLibrary>& libraries, bool keeps_control) {
  ModuleLogic logic;
  const std::size_t nets = module.net_names.size();
  std::vector<int> driver(nets, -1);
  std::vector<NetId> control;
  std::map<std::string_view, std::set<std::string>> controls;
  for (const LibertyLibrary& library : libraries) {
    for (const LibertyCell& cell : library.cells) {
      if (cell.is_sequential() || !cell.clock_gate.empty()) {
        controls.emplace(cell.name, control_pins(cell));
      }
    }
  }
  for (std::size_t i = 0; i < module.instances.size(); ++i) {
    const NetlistInstance& instance = module.instances[i];
    bool is_gate = false;
    for (const NetlistPin& pin : instance.pins) {
      if (functions.find(instance.type, pin.port) == nullptr) continue;
      is_gate = true;
      for (const NetId bit : pin.bits) {
        if (bit >= 0) driver[at(bit)] = static_cast<int>(i);
      }
    }
    logic.is_gate.push_back(is_gate);
    const auto found = controls.find(instance.type);
    if (found == controls.end()) continue;
    for (const NetlistPin& pin : instance.pins) {
      if (found->second.contains(pin.port)) {
        control.insert(control.end(), pin.bits.begin(), pin.bits.end());
      }
    }
  }
  while (keeps_control && !control.empty()) {
    const NetId net = control.back();
    control.pop_back();
    if (net < 0 || driver[at(net)] < 0) continue;
    const auto gate = static_cast<std::size_t>(driver[at(net)]);
    if (!logic.is_gate[gate]) continue;
    logic.is_gate[gate] = false;
    for (const NetlistPin& pin : module.instances[gate].pins) {
      control.insert(control.end(), pin.bits.begin(), pin.bits.end());
    }
  }

  std::vector<bool> driven(nets, false), read_inside(nets, false), read_outside(nets, false);
  for (std::size_t i = 0; i < module.instances.size(); ++i) {
    for (const NetlistPin& pin : module.instances[i].pins) {
      const bool is_output = functions.find(module.instances[i].type, pin.port) != nullptr;
      for (const NetId bit : pin.bits) {
        if (bit < 0) continue;
        std::vector<bool>& set = !logic.is_gate[i] ? read_outside
                                 : is_output       ? driven
                                                   : read_inside;
        set[at(bit)] = true;
      }
    }
  }
  for (const NetlistPort& port : module.ports) {
    for (const NetId bit : port.bits) {
      const auto alias = module.aliases.find(bit);
      const NetId net = alias == module.aliases.end() ? bit : alias->second;
      if (!port.is_input && net >= 0) read_outside[at(net)] = true;
    }
  }
  for (std::size_t net = 0; net < nets; ++net) {
    if (read_inside[net] && !driven[net]) logic.inputs.push_back(static_cast<NetId>(net));
    if (driven[net] && read_outside[net]) logic.outputs.push_back(static_cast<NetId>(net));
  }
  return logic;
}

std::string blif_net(NetId net) {
  return net == constant_one ? "one" : net < 0 ? "zero" : fmt::format("n{}", net);
}

std::string to_blif(const NetlistModule& module, const ModuleLogic& logic,
                    const GateFunctions& functions) {
  std::string text = ".model logic\n.inputs";
  for (const NetId net : logic.inputs) text += " " + blif_net(net);
  text += "\n.outputs";
  for (const NetId net : logic.outputs) text += " o" + std::to_string(net);
  text += "\n.names zero\n.names one\n1\n";
  for (const NetId net : logic.outputs) {
    text += fmt::format(".names {} o{}\n1 1\n", blif_net(net), net);
  }
  for (std::size_t i = 0; i < module.instances.size(); ++i) {
    if (!logic.is_gate[i]) continue;
    const NetlistInstance& instance = module.instances[i];
    std::map<std::string_view, NetId> pins;
    for (const NetlistPin& pin : instance.pins) {
      if (pin.bits.size() == 1) pins[pin.port] = pin.bits[0];
    }
    const auto net_of = [&](const std::string& port) {
      const auto found = pins.find(port);
      return blif_net(found == pins.end() ? constant_zero : found->second);
    };
    const bool is_full_adder = instance.type.starts_with("cim_full_adder");
    if (is_full_adder) {
      // As rtl/ has it: the first two are added, then the late one.
      const std::string half = fmt::format("half{}", i);
      text += fmt::format(".names {} {} {}\n10 1\n01 1\n", net_of("a_i"), net_of("b_i"), half);
      if (pins.contains("sum_o")) {
        text += fmt::format(".names {} {} {}\n10 1\n01 1\n", half, net_of("c_i"), net_of("sum_o"));
      }
      if (pins.contains("carry_o")) {
        text += fmt::format(".names {} {} {} {} {}\n11-- 1\n--11 1\n", net_of("a_i"), net_of("b_i"),
                            half, net_of("c_i"), net_of("carry_o"));
      }
      continue;
    }
    for (const auto& [port, net] : pins) {
      const GateOutput* output = functions.find(instance.type, port);
      if (output == nullptr || net < 0) continue;
      text += ".names";
      for (const std::string& input : output->inputs) text += " " + net_of(input);
      text += fmt::format(" {}\n", blif_net(net));
      for (std::size_t row = 0; row < (std::size_t{1} << output->inputs.size()); ++row) {
        if (((output->table >> row) & 1U) == 0) continue;
        for (std::size_t input = 0; input < output->inputs.size(); ++input) {
          text += ((row >> input) & 1U) != 0 ? '1' : '0';
        }
        text += output->inputs.empty() ? "1\n" : " 1\n";
      }
    }
  }
  return text + ".end\n";
}

ProcessResult run_abc(const std::filesystem::path& directory, const std::string& script,
                      std::chrono::milliseconds time_limit) {
  base::write_file_atomically(directory / "abc.script", script + "\n");
  const ProcessRequest request{
      .arguments = {find_tool(ToolId::abc).path.string(), "-s", "-f", "abc.script"},
      .time_limit = time_limit,
      .working_directory = directory,
      .environment = {{"TMPDIR", directory.string()}}};
  ProcessResult result = run_process(request);
  if (result.timed_out) {
    throw base::ToolError(fmt::format("ABC was {}", describe_end(request, result)));
  }
  return result;
}

}  // namespace cimforge::flows
