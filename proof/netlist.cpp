#include "proof/netlist.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "generator/base/exit_status.h"

namespace cimforge::proof {
namespace {

using nlohmann::json;

/// Reads the bits of a signal; counts the nets of the module.
Nets read_bits(const json& bits, Module& module, bool& unknown) {
  Nets nets;
  nets.reserve(bits.size());
  for (const json& bit : bits) {
    if (bit.is_number_integer()) {
      nets.push_back(bit.get<int>());
      module.nets = std::max(module.nets, nets.back() + 1);
    } else {
      const auto& text = bit.get_ref<const std::string&>();
      nets.push_back(text == "0" ? 0 : text == "1" ? 1 : -1);
      unknown = unknown || nets.back() < 0;
    }
  }
  return nets;
}

Module read_module(const std::string& key, const json& text) {
  Module module;
  module.key = key;
  const json& attributes = text.at("attributes");
  module.name = attributes.contains("hdlname") ? attributes.at("hdlname").get<std::string>() : key;
  if (module.name.starts_with('\\')) module.name.erase(0, 1);
  module.black_box = attributes.contains("blackbox");
  if (const auto found = text.find("parameter_default_values"); found != text.end()) {
    for (const auto& [name, value] : found->items()) module.parameters[name] = value;
  }
  bool unknown = false;
  for (const auto& [name, port] : text.at("ports").items()) {
    module.ports.push_back(
        {name, port.at("direction") != "input", read_bits(port.at("bits"), module, unknown)});
  }
  module.cells.reserve(text.at("cells").size());
  for (const auto& [name, cell] : text.at("cells").items()) {
    Cell result{name, cell.at("type"), {}, {}};
    for (const auto& [parameter, value] : cell.at("parameters").items()) {
      result.parameters[parameter] = value;
    }
    for (const auto& [pin, bits] : cell.at("connections").items()) {
      result.pins.emplace(pin, read_bits(bits, module, unknown));
    }
    module.cells.push_back(std::move(result));
  }
  for (const auto& [name, wire] : text.at("netnames").items()) {
    if (wire.value("hide_name", 0) == 0) {
      module.wires.emplace(name, read_bits(wire.at("bits"), module, unknown));
    }
  }
  // Each unknown bit is a net that nothing drives.
  if (unknown) {
    const auto name_unknown = [&](Nets& nets) {
      for (Net& net : nets) {
        if (net < 0) net = module.nets++;
      }
    };
    for (Port& port : module.ports) name_unknown(port.bits);
    for (Cell& cell : module.cells) {
      for (auto& [pin, nets] : cell.pins) name_unknown(nets);
    }
    for (auto& [name, nets] : module.wires) name_unknown(nets);
  }
  return module;
}

}  // namespace

const Port* Module::port(std::string_view port_name) const {
  const auto found = std::find_if(ports.begin(), ports.end(),
                                  [&](const Port& each) { return each.name == port_name; });
  return found == ports.end() ? nullptr : &*found;
}

std::int64_t Module::parameter(const std::string& parameter_name) const {
  const auto found = parameters.find(parameter_name);
  if (found == parameters.end()) return 0;
  return value_of(found->second);
}

std::int64_t value_of(std::string_view bits) {
  std::uint64_t value = 0;
  for (const char bit : bits) value = 2 * value + (bit == '1' ? 1U : 0U);
  return static_cast<std::int64_t>(value);
}

Design read_design(std::string_view text, const std::string& top) {
  Design design;
  try {
    const json netlist = json::parse(text);
    for (const auto& [key, module] : netlist.at("modules").items()) {
      if (!key.starts_with("$_")) design.modules.emplace(key, read_module(key, module));
    }
  } catch (const json::exception& error) {
    throw base::ToolError(fmt::format("the netlist of Yosys cannot be read: {}", error.what()));
  }
  for (const auto& [key, module] : design.modules) {
    if (module.name == top) design.top = key;
  }
  if (design.top.empty()) {
    throw base::ToolError(fmt::format("the netlist of Yosys has no module {}", top));
  }
  return design;
}

}  // namespace cimforge::proof
