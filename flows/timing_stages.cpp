#include "flows/timing_stages.h"

#include <fmt/format.h>

#include <cstddef>
#include <iterator>
#include <sstream>

namespace cimforge::flows {
namespace {

/// Of paths by the classes of their registers, with the numbers of the two.
constexpr std::string_view stage_group = "stage_";

void collect_registers(const Netlist& netlist, const NetlistModule& module,
                       const std::map<std::string, std::string>& data_outputs,
                       const std::pair<std::string, std::string>& place,
                       const RegisterClass& class_of, RegisterClasses& classes) {
  const auto& [printed, prefix] = place;
  for (std::size_t i = 0; i < module.instances.size(); ++i) {
    const NetlistInstance& instance = module.instances[i];
    const std::string path = printed + printed_instance(i);
    if (const NetlistModule* child = netlist.find(instance.type)) {
      collect_registers(netlist, *child, data_outputs, {path + "/", prefix + instance.name + "/"},
                        class_of, classes);
      continue;
    }
    const auto output = data_outputs.find(instance.type);
    if (output == data_outputs.end()) continue;
    const NetId net = net_at(instance, output->second);
    if (net < 0) continue;
    const std::string name = class_of(prefix + module.net_names[static_cast<std::size_t>(net)]);
    if (!name.empty()) classes[name].push_back(path);
  }
}

}  // namespace

RegisterClasses register_classes(const Netlist& netlist,
                                 const std::vector<LibertyLibrary>& libraries,
                                 const IsOutput& is_output, const RegisterClass& class_of) {
  std::map<std::string, std::string> data_outputs;  // of flip-flops
  for (const LibertyLibrary& library : libraries) {
    for (const LibertyCell& cell : library.cells) {
      if (cell.kind != CellKind::flip_flop) continue;
      for (const LibertyPin& pin : cell.pins) {
        if (is_output(cell.name, pin.name)) data_outputs.try_emplace(cell.name, pin.name);
      }
    }
  }
  RegisterClasses classes;
  collect_registers(netlist, netlist.top_module(), data_outputs, {}, class_of, classes);
  return classes;
}

std::string stage_script(const RegisterClasses& classes) {
  std::string script;
  std::size_t number = 0;
  for (const auto& [name, paths] : classes) {
    script += fmt::format("set class_{} [get_cells {{{}}}]\n", number++, fmt::join(paths, " "));
  }
  for (std::size_t from = 0; from < classes.size(); ++from) {
    for (std::size_t to = 0; to < classes.size(); ++to) {
      script += fmt::format("group_path -name {2}{0}_{1} -from $class_{0} -to $class_{1}\n", from,
                            to, stage_group);
    }
  }
  return script + "puts \"@stages\"\nreport_checks -path_delay max -digits 6\n";
}

std::optional<std::pair<std::string, std::string>> stage_of_group(const RegisterClasses& classes,
                                                                  const std::string& group) {
  if (!group.starts_with(stage_group)) return std::nullopt;
  std::istringstream numbers(group.substr(stage_group.size()));
  std::ptrdiff_t from = 0;
  std::ptrdiff_t to = 0;
  char between = 0;
  numbers >> from >> between >> to;
  return std::pair{std::next(classes.begin(), from)->first, std::next(classes.begin(), to)->first};
}

}  // namespace cimforge::flows
