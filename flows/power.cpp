#include "flows/power.h"

#include <cassert>

#include "flows/cell_models.h"

namespace cimforge::flows {

PowerResult add_up_power(const Netlist& netlist, const std::vector<LibertyLibrary>& libraries,
                         const std::vector<Representative>& parts, const TimingResult& timing,
                         const Activity& activity, double frequency_mhz,
                         const std::set<std::string>& boxes) {
  assert(parts.size() == timing.power.size());
  const IsOutput is_output = outputs_of(libraries);
  std::map<std::string, std::string> clock_pins;
  for (const LibertyLibrary& library : libraries) {
    for (const LibertyCell& cell : library.cells) clock_pins[cell.name] = cell.clock_pin();
  }
  PowerResult result;
  result.frequency_mhz = frequency_mhz;
  result.cycles = activity.cycles;
  result.vectors = activity.vectors;
  constexpr double mw = 1e3;  // in a watt
  // OpenSTA's numbers are for the clock of the constraints.
  const double scale = frequency_mhz * timing.clock_period_ns / 1e3;
  double internal = 0.0;
  double leakage = 0.0;
  double toggles_of_all = 0.0;
  double nets_of_all = 0.0;
  std::map<std::string, ModulePower> modules;
  std::vector<std::string> order;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const NetlistModule& module = *netlist.find(parts[p].probe.module);
    const std::vector<double>& toggles = activity.toggles.at(parts[p].probe.path);
    const auto instances = static_cast<double>(parts[p].instances);
    if (!modules.contains(module.name)) order.push_back(module.name);
    ModulePower& entry = modules[module.name];
    entry.name = module.name;
    entry.instances += parts[p].instances;
    for (std::size_t i = 0; i < module.instances.size(); ++i) {
      const NetlistInstance& instance = module.instances[i];
      if (netlist.find(instance.type) != nullptr) continue;
      double sum = 0.0;
      int outputs = 0;
      for (const NetlistPin& pin : instance.pins) {
        if (!is_output(instance.type, pin.port)) continue;
        for (const NetId bit : pin.bits) {
          if (bit < 0) continue;
          sum += toggles[static_cast<std::size_t>(bit)];
          ++outputs;
        }
      }
      const double rate = outputs > 0 ? sum / outputs : 0.0;
      toggles_of_all += sum * instances;
      nets_of_all += outputs * instances;
      const CellPowerLine& line = timing.power[p][i];
      // Behind a clock gate the clock of a cell is a net whose edges were counted.
      double clocked = 1.0;
      if (line.is_gated) {
        const NetId clock = net_at(instance, clock_pins.at(instance.type));
        clocked = toggles[static_cast<std::size_t>(clock)] / 2.0;
      }
      const CellPower& still = line.still;
      const CellPower& changing = line.changing;
      // What a Liberty file says of a box is of its pins, if anything; what it takes inside is told
      // apart.
      const bool is_box = boxes.contains(instance.type);
      const double own_internal =
          is_box ? 0.0
                 : (still.internal * clocked + (changing.internal - still.internal) * rate) * scale;
      const double own_switching =
          (still.switching * clocked + (changing.switching - still.switching) * rate) * scale;
      internal += own_internal * instances * mw;
      result.switching_mw += own_switching * instances * mw;
      const double own_leakage = is_box ? 0.0 : line.still.leakage;
      leakage += own_leakage * instances * mw;
      result.registers_mw += (still.internal + still.switching) * clocked * scale * instances * mw;
      entry.power_mw += (own_internal + own_switching + own_leakage) * instances * mw;
    }
  }
  for (const std::string& name : order) result.modules.push_back(modules.at(name));
  if (internal > 0.0) result.internal_mw = internal;
  if (leakage > 0.0) result.leakage_mw = leakage;
  result.power_mw = internal + result.switching_mw + leakage;
  result.mean_activity = nets_of_all > 0.0 ? toggles_of_all / nets_of_all : 0.0;
  return result;
}

}  // namespace cimforge::flows
