#include "flows/ppa_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace cimforge::flows {
namespace {

std::string slack_text(double slack_ns) {
  return fmt::format("{:.3f} ns {}", slack_ns, slack_ns < 0.0 ? "VIOLATED" : "met");
}

std::string path_text(const TimingPath& path) {
  return fmt::format("{} -> {}", path.launching, path.capturing);
}

std::string timing_text(const TimingResult& timing) {
  std::string text =
      fmt::format("critical    {:.3f} ns, {}: {}\n", timing.critical_path_ns,
                  timing.setup_paths.front().kind, path_text(timing.setup_paths.front()));
  text += fmt::format("fmax        {:.1f} MHz between registers\n", timing.fmax_mhz);
  text += fmt::format("setup       {} at a clock period of {:g} ns\n",
                      slack_text(timing.setup_slack_ns), timing.clock_period_ns);
  for (const TimingPath& path : timing.setup_paths) {
    text += fmt::format("            {:8.3f} of {:.3f} ns  {}: {}, {} cells\n", path.delay_ns,
                        path.available_ns, path.kind, path_text(path), path.cells);
  }
  if (!timing.stages.empty()) text += "stages      the longest from registers to registers\n";
  for (const TimingStage& stage : timing.stages) {
    text += fmt::format("            {:8.3f} ns  {} to {}: {}, {} cells\n", stage.path.period_ns,
                        stage.from, stage.to, path_text(stage.path), stage.path.cells);
  }
  text += fmt::format("hold        {}, {}: {}\n", slack_text(timing.hold_slack_ns),
                      timing.hold_path.kind, path_text(timing.hold_path));
  if (timing.buffers.cell.empty()) {
    text += "buffers     none: the library has no buffer, nets with many loads are as they are\n";
  } else {
    text += fmt::format(
        "buffers     {} {} for nets with more than {} loads, {:.1f} um2, not in the area\n",
        timing.buffers.count, timing.buffers.cell, most_loads_of_a_net, timing.buffers.area_um2);
  }
  return text;
}

std::string milliwatts(const std::optional<double>& value) {
  return value ? fmt::format("{:.4g} mW", *value) : std::string("not in the library");
}

std::string stimulus_text(const PowerResult& power) {
  return fmt::format("{} {} vectors, {} cycles{}", power.vectors,
                     power.is_given ? "given" : "random", power.cycles,
                     power.is_given ? "" : fmt::format(", seed {}", power.seed));
}

std::string power_text(const PowerResult& power) {
  std::string text = fmt::format("power       {:.4g} mW at {:.1f} MHz ({})\n", power.power_mw,
                                 power.frequency_mhz, stimulus_text(power));
  text +=
      fmt::format("            inside of cells {}, loads {:.4g} mW, leakage {}\n",
                  milliwatts(power.internal_mw), power.switching_mw, milliwatts(power.leakage_mw));
  text += fmt::format(
      "            of it the clock pins of registers {:.4g} mW; a net changes {:.3f} times a "
      "cycle\n",
      power.registers_mw, power.mean_activity);
  if (power.memory_mw) {
    text += fmt::format("            and the memory {:.4g} mW, by memory.read_energy_pj\n",
                        *power.memory_mw);
  }
  if (!power.left_out.empty()) text += fmt::format("            without {}\n", power.left_out);
  for (const ModulePower& module : power.modules) {
    text += fmt::format("            {:10.4g} mW  {} x {}\n", module.power_mw, module.instances,
                        module.name);
  }
  return text;
}

std::string cycles_text(const Efficiency& efficiency) {
  if (!efficiency.mean_cycles_per_mvm) return fmt::format("{}", efficiency.cycles_per_mvm);
  return fmt::format("{:.3f} (at most {})", *efficiency.mean_cycles_per_mvm,
                     efficiency.cycles_per_mvm);
}

std::string efficiency_text(const PpaResult& result) {
  const Efficiency& efficiency = *result.efficiency;
  std::string text;
  if (efficiency.energy_per_mvm_pj) {
    text += fmt::format("energy      {:.4g} pJ for one MVM of {} cycles\n",
                        *efficiency.energy_per_mvm_pj, cycles_text(efficiency));
  }
  text +=
      fmt::format("throughput  {:.4g} TOPS ({}) at {:.1f} MHz{}\n", efficiency.tops,
                  result.operands, efficiency.frequency_mhz,
                  efficiency.meets_constraints ? "" : ", the highest: the constraint is missed");
  if (efficiency.tops_per_mm2) {
    text += fmt::format("            {:.4g} TOPS/mm2 ({})\n", *efficiency.tops_per_mm2,
                        result.operands);
  }
  if (efficiency.tops_per_watt) {
    text +=
        fmt::format("            {:.4g} TOPS/W ({})\n", *efficiency.tops_per_watt, result.operands);
  }
  return text;
}

nlohmann::ordered_json path_json(const TimingPath& path) {
  return {{"kind", path.kind},           {"launching", path.launching},
          {"capturing", path.capturing}, {"cells", path.cells},
          {"delay_ns", path.delay_ns},   {"available_ns", path.available_ns},
          {"slack_ns", path.slack_ns},   {"period_ns", path.period_ns}};
}

nlohmann::ordered_json optional_json(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

}  // namespace

std::string to_text(const PpaResult& result) {
  std::string text = to_text(result.area);
  if (result.tree_area_um2) text += fmt::format("trees       {:.1f} um2\n", *result.tree_area_um2);
  if (result.tree_bound_um2) {
    text += fmt::format(
        "            {:.1f} um2 at least, by the number of full adders{}\n", *result.tree_bound_um2,
        result.tree_area_um2
            ? fmt::format(": {:.3f} of it", *result.tree_area_um2 / *result.tree_bound_um2)
            : "");
  }
  if (result.timing) {
    text += fmt::format("            OpenSTA {}\n\n", result.timing->sta_version);
    text += timing_text(*result.timing);
  }
  if (result.power) text += power_text(*result.power);
  if (result.efficiency) text += efficiency_text(result);
  return text;
}

nlohmann::ordered_json to_json(const PpaResult& result) {
  const nlohmann::json area = to_json(result.area);
  nlohmann::ordered_json json = {{"name", result.name},
                                 {"specification_sha256", result.specification_sha256},
                                 {"operands", result.operands},
                                 {"rows", result.rows},
                                 {"columns", result.columns}};
  for (const auto& [key, value] : area.items()) json[key] = value;
  json["tree_area_um2"] = optional_json(result.tree_area_um2);
  json["tree_bound_um2"] = optional_json(result.tree_bound_um2);
  if (result.timing) {
    const TimingResult& timing = *result.timing;
    json["tools"]["opensta"] = timing.sta_version;
    json["critical_path_ns"] = timing.critical_path_ns;
    json["fmax_mhz"] = timing.fmax_mhz;
    nlohmann::ordered_json paths = nlohmann::ordered_json::array();
    for (const TimingPath& path : timing.setup_paths) paths.push_back(path_json(path));
    nlohmann::ordered_json stages = nlohmann::ordered_json::array();
    for (const TimingStage& stage : timing.stages) {
      nlohmann::ordered_json each = {{"from", stage.from}, {"to", stage.to}};
      each.update(path_json(stage.path));
      stages.push_back(each);
    }
    json["timing"] = {{"clock_period_ns", timing.clock_period_ns},
                      {"setup_slack_ns", timing.setup_slack_ns},
                      {"hold_slack_ns", timing.hold_slack_ns},
                      {"setup_paths", paths},
                      {"stages", stages},
                      {"hold_path", path_json(timing.hold_path)},
                      {"buffers",
                       {{"cell", timing.buffers.cell},
                        {"count", timing.buffers.count},
                        {"area_um2", timing.buffers.area_um2}}}};
  }
  if (result.power) {
    const PowerResult& power = *result.power;
    json["power_mw"] = power.power_mw;
    nlohmann::ordered_json modules = nlohmann::ordered_json::array();
    for (const ModulePower& module : power.modules) {
      modules.push_back(
          {{"name", module.name}, {"instances", module.instances}, {"power_mw", module.power_mw}});
    }
    json["power"] = {{"frequency_mhz", power.frequency_mhz},
                     {"internal_mw", optional_json(power.internal_mw)},
                     {"switching_mw", power.switching_mw},
                     {"leakage_mw", optional_json(power.leakage_mw)},
                     {"register_clock_mw", power.registers_mw},
                     {"modules", modules},
                     {"mean_activity", power.mean_activity},
                     {"stimulus", power.is_given ? "given" : "random"},
                     {"seed", power.seed},
                     {"vectors", power.vectors},
                     {"cycles", power.cycles}};
    if (power.memory_mw) json["power"]["memory_mw"] = *power.memory_mw;
    if (!power.left_out.empty()) json["power"]["left_out"] = power.left_out;
  }
  if (result.efficiency) {
    const Efficiency& efficiency = *result.efficiency;
    if (efficiency.energy_per_mvm_pj) json["energy_per_mvm_pj"] = *efficiency.energy_per_mvm_pj;
    json["tops"] = efficiency.tops;
    if (efficiency.tops_per_watt) json["tops_per_watt"] = *efficiency.tops_per_watt;
    json["tops_per_mm2"] = optional_json(efficiency.tops_per_mm2);
    json["efficiency"] = {{"frequency_mhz", efficiency.frequency_mhz},
                          {"meets_constraints", efficiency.meets_constraints},
                          {"cycles_per_mvm", efficiency.cycles_per_mvm}};
    if (efficiency.mean_cycles_per_mvm) {
      json["efficiency"]["mean_cycles_per_mvm"] = *efficiency.mean_cycles_per_mvm;
    }
  }
  return json;
}

std::string to_markdown(const PpaResult& result) {
  std::string text = fmt::format("### {} ({}, {} x {})\n\n| | |\n|---|---:|\n", result.name,
                                 result.operands, result.rows, result.columns);
  const auto row = [&text](std::string_view name, const std::string& value) {
    text += fmt::format("| {} | {} |\n", name, value);
  };
  row("area", fmt::format("{:.1f} um2", result.area.area_um2));
  row("of it registers and latches", fmt::format("{:.1f} um2", result.area.sequential_area_um2));
  if (result.timing) {
    row("critical path", fmt::format("{:.3f} ns", result.timing->critical_path_ns));
    row("fmax", fmt::format("{:.1f} MHz", result.timing->fmax_mhz));
    row("setup slack", slack_text(result.timing->setup_slack_ns));
    row("hold slack", slack_text(result.timing->hold_slack_ns));
  }
  if (result.power) {
    const PowerResult& power = *result.power;
    row("power", fmt::format("{:.4g} mW at {:.1f} MHz{}", power.power_mw, power.frequency_mhz,
                             power.left_out.empty() ? "" : ", without " + power.left_out));
    if (power.memory_mw) row("of it the memory", fmt::format("{:.4g} mW", *power.memory_mw));
  }
  if (result.efficiency) {
    const Efficiency& efficiency = *result.efficiency;
    if (efficiency.energy_per_mvm_pj) {
      row("energy for one MVM", fmt::format("{:.4g} pJ", *efficiency.energy_per_mvm_pj));
    }
    row(fmt::format("TOPS ({})", result.operands), fmt::format("{:.4g}", efficiency.tops));
    if (efficiency.tops_per_watt) {
      row(fmt::format("TOPS/W ({})", result.operands),
          fmt::format("{:.4g}", *efficiency.tops_per_watt));
    }
    if (efficiency.tops_per_mm2) {
      row(fmt::format("TOPS/mm2 ({})", result.operands),
          fmt::format("{:.4g}", *efficiency.tops_per_mm2));
    }
  }
  text +=
      "\n| module | instances | own cells | own area, um2 | share |\n|---|---:|---:|---:|---:|\n";
  for (const ModuleArea& module : result.area.modules) {
    const double total = module.own_area_um2 * static_cast<double>(module.instances);
    text += fmt::format("| `{}` | {} | {} | {:.1f} | {:.1f} % |\n", module.name, module.instances,
                        module.own_cells(), module.own_area_um2,
                        result.area.area_um2 > 0.0 ? 100.0 * total / result.area.area_um2 : 0.0);
  }
  text += fmt::format("\nYosys {}", result.area.yosys_version);
  if (result.timing) text += fmt::format(", OpenSTA {}", result.timing->sta_version);
  for (const LibraryFile& library : result.area.library) text += ", " + library.library;
  return text + "\n";
}

}  // namespace cimforge::flows
