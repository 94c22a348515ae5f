#include "flows/library_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace cimforge::flows {
namespace {

/// The kind of a storage cell that a macro can use; empty for scan cells and others.
std::string kind_of(const LibertyCell& cell) {
  // Libraries mark their clock gates dont_use, which is meant for mappers of logic.
  if (!cell.clock_gate.empty()) {
    return cell.clock_gate.find("negedge") != std::string::npos ? "clock gate, falling edge"
                                                                : "clock gate";
  }
  if (cell.is_special) return {};
  const auto inputs = std::count_if(cell.pins.begin(), cell.pins.end(),
                                    [](const LibertyPin& pin) { return pin.direction == "input"; });
  const bool clear = cell.storage.contains("clear");
  const bool preset = cell.storage.contains("preset");
  if (inputs != 2 + (clear ? 1 : 0) + (preset ? 1 : 0)) return {};
  const bool is_flop = cell.kind == CellKind::flip_flop;
  if (!is_flop && cell.kind != CellKind::latch) return {};
  const auto trigger = cell.storage.find(is_flop ? "clocked_on" : "enable");
  if (trigger == cell.storage.end()) return {};
  const bool inverted = trigger->second.find('!') != std::string::npos ||
                        trigger->second.find('\'') != std::string::npos;
  std::string kind = is_flop ? "flip-flop" : "latch";
  if (inverted) kind += is_flop ? ", falling edge" : ", open low";
  if (clear) kind += ", reset";
  if (preset) kind += ", set";
  return kind;
}

StorageCell measured(const LibertyCell& cell, std::string kind, double area) {
  StorageCell result{std::move(kind), cell.name, area, 0, 0};
  double load = 0.0;
  for (const LibertyPin& pin : cell.pins) {
    if (pin.direction != "input") continue;
    load = std::max(load, 2 * pin.capacitance_pf);
    if (pin.is_clock) result.input_pf = pin.capacitance_pf;
  }
  if (result.input_pf == 0.0) result.input_pf = load / 2;
  constexpr double slew_ns = 0.05;
  for (const LibertyPin& pin : cell.pins) {
    for (const TimingArc& arc : pin.arcs) {
      if (!arc.from_clock) continue;
      result.delay_ns =
          std::max({result.delay_ns, arc.rise.at(slew_ns, load), arc.fall.at(slew_ns, load)});
    }
  }
  return result;
}

std::string line(const std::string& kind, const std::string& cell, double area, double input_pf,
                 double delay_ns) {
  return fmt::format("{:<26} {:<28} {:>9.4g} um2 {:>8.4f} pF {:>7.3f} ns", kind, cell, area,
                     input_pf, delay_ns);
}

}  // namespace

std::vector<StorageCell> find_storage_cells(const CellLibrary& library) {
  std::map<std::string, StorageCell> smallest;
  for (const LibertyCell& cell : library.libraries.front().cells) {
    const std::string kind = kind_of(cell);
    const auto entry = library.cells.find(cell.name);
    if (kind.empty() || entry == library.cells.end() || !entry->second.area_um2) continue;
    StorageCell found = measured(cell, kind, *entry->second.area_um2);
    const auto [place, is_new] = smallest.try_emplace(kind, found);
    if (!is_new && found.area_um2 < place->second.area_um2) place->second = std::move(found);
  }
  std::vector<StorageCell> result;
  for (auto& [kind, cell] : smallest) result.push_back(std::move(cell));
  return result;
}

std::string to_text(const CellLibrary& library) {
  const AdderCells& cells = library.adders;
  std::string text = fmt::format("{}: area, largest input, delay with two such inputs behind it\n",
                                 library.files.front().library);
  const auto adder = [&](const char* kind, const std::optional<AdderCell>& cell) {
    if (!cell) {
      text += fmt::format("{:<26} none\n", kind);
      return;
    }
    text += line(kind, cell->cell, cell->area_um2, cell->input_pf, cell->delay_ns);
    text += fmt::format("{}{}\n", cell->sum_inverted ? ", sum inverted" : "",
                        cell->carry_inverted ? ", carry inverted" : "");
  };
  adder("full adder", cells.full_adder);
  adder("half adder", cells.half_adder);
  if (const auto area = cells.four_gate_adder_um2()) {
    text += fmt::format("{:<26} {:<28} {:>9.4g} um2\n", "full adder of four gates",
                        "NAND2, OAI21, XOR2, OAI21", *area);
  }
  for (const auto& [kind, gate] : cells.gates) {
    text += line(kind, gate.cell, gate.area_um2, gate.input_pf, gate.delay_ns) + "\n";
  }
  for (const StorageCell& cell : find_storage_cells(library)) {
    text += line(cell.kind, cell.cell, cell.area_um2, cell.input_pf, cell.delay_ns) + "\n";
  }
  return text;
}

nlohmann::ordered_json to_json(const CellLibrary& library) {
  using Json = nlohmann::ordered_json;
  const auto costs = [](const auto& cell) -> Json {
    return {{"cell", cell.cell},
            {"area_um2", cell.area_um2},
            {"input_pf", cell.input_pf},
            {"delay_ns", cell.delay_ns}};
  };
  const auto adder = [&](const std::optional<AdderCell>& cell) -> Json {
    if (!cell) return nullptr;
    Json json = costs(*cell);
    json["sum_inverted"] = cell->sum_inverted;
    json["carry_inverted"] = cell->carry_inverted;
    return json;
  };
  const AdderCells& cells = library.adders;
  Json gates = Json::object();
  for (const auto& [kind, gate] : cells.gates) gates[kind] = costs(gate);
  Json storage = Json::object();
  for (const StorageCell& cell : find_storage_cells(library)) storage[cell.kind] = costs(cell);
  Json json = {{"full_adder", adder(cells.full_adder)},
               {"half_adder", adder(cells.half_adder)},
               {"gates", gates},
               {"storage", storage}};
  if (const auto area = cells.four_gate_adder_um2()) json["four_gate_adder_um2"] = *area;
  return json;
}

}  // namespace cimforge::flows
