// The area of a macro as text and as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "flows/yosys_area.h"

namespace cimforge::flows {
namespace {

/// `part` of `whole` in percent.
double percent(double part, double whole) {
  return whole > 0.0 ? 100.0 * part / whole : 0.0;
}

std::string module_table(const AreaResult& result) {
  std::size_t width = 6;
  for (const ModuleArea& module : result.modules) {
    width = std::max(width, module.name.size());
  }
  std::string text =
      fmt::format("{:{}}  {:>9}  {:>9}  {:>12}  {:>14}  {:>6}  {:>10}\n", "module", width,
                  "instances", "own cells", "own um2", "total um2", "share", "sequential");
  for (const ModuleArea& module : result.modules) {
    const double total = module.own_area_um2 * static_cast<double>(module.instances);
    text += fmt::format("{:{}}  {:>9}  {:>9}  {:>12.1f}  {:>14.1f}  {:>5.1f}%  {:>9.1f}%\n",
                        module.name, width, module.instances, module.own_cells(),
                        module.own_area_um2, total, percent(total, result.area_um2),
                        percent(module.own_sequential_area_um2, module.own_area_um2));
  }
  return text;
}

std::string cell_table(const AreaResult& result) {
  std::size_t width = 4;
  for (const auto& [type, count] : result.cells) {
    width = std::max(width, type.size());
  }
  std::string text = fmt::format("{:{}}  {:>12}\n", "cell", width, "count");
  for (const auto& [type, count] : result.cells) {
    text += fmt::format("{:{}}  {:>12}\n", type, width, count);
  }
  return text;
}

}  // namespace

std::string to_text(const AreaResult& result) {
  std::string text = module_table(result) + "\n" + cell_table(result) + "\n";
  text += fmt::format("area        {:.1f} um2\n", result.area_um2);
  for (const std::string& cell : result.left_out) {
    text += fmt::format("            without {} x {}, whose area is not known\n",
                        result.cells.at(cell), cell);
  }
  text += fmt::format("sequential  {:.1f} um2 ({:.1f}%)\n", result.sequential_area_um2,
                      percent(result.sequential_area_um2, result.area_um2));
  for (const LibraryFile& library : result.library) {
    text += fmt::format("library     {} ({})\n", library.library, library.file);
  }
  for (const auto& [cell, area] : result.areas_from_lef) {
    text += fmt::format("            {}: {:g} um2 from the LEF file, the Liberty file has none\n",
                        cell, area);
  }
  text += fmt::format("mapping     proved equal to the netlist before it, {} modules\n",
                      result.proved_modules);
  text += fmt::format("tools       Yosys {}, ABC `{}`\n", result.yosys_version, result.abc_script);
  return text;
}

nlohmann::json to_json(const AreaResult& result) {
  nlohmann::json modules = nlohmann::json::array();
  for (const ModuleArea& module : result.modules) {
    const auto instances = static_cast<double>(module.instances);
    modules.push_back({{"name", module.name},
                       {"instances", module.instances},
                       {"own_cells", module.own_cells()},
                       {"cells", module.cells},
                       {"children", module.children},
                       {"own_area_um2", module.own_area_um2},
                       {"own_sequential_area_um2", module.own_sequential_area_um2},
                       {"area_um2", module.area_um2},
                       {"total_own_area_um2", module.own_area_um2 * instances}});
  }
  nlohmann::json files = nlohmann::json::array();
  for (const LibraryFile& library : result.library) {
    files.push_back(
        {{"file", library.file}, {"library", library.library}, {"sha256", library.sha256}});
  }
  return {{"area_um2", result.area_um2},
          {"sequential_area_um2", result.sequential_area_um2},
          {"cells", result.cells},
          {"left_out", result.left_out},
          {"modules", modules},
          {"proved_modules", result.proved_modules},
          {"tools", {{"yosys", result.yosys_version}, {"abc_script", result.abc_script}}},
          {"library", {{"files", files}, {"areas_from_lef", result.areas_from_lef}}}};
}

}  // namespace cimforge::flows
