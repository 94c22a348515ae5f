#include "flows/cell_library.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <string_view>

#include "generator/base/exit_status.h"
#include "generator/base/file.h"

namespace cimforge::flows {
namespace {

/// A Liberty expression without spaces and outer parentheses.
std::string plain(std::string_view expression) {
  std::string text;
  for (const char c : expression) {
    if (c != ' ' && c != '\t' && c != '(' && c != ')') {
      text += c;
    }
  }
  return text;
}

/// A pin, or its inverse written as `!E` or `E'`.
struct Literal {
  std::string pin;
  bool is_inverted = false;
};

Literal parse_literal(std::string_view expression) {
  std::string text = plain(expression);
  if (text.starts_with('!')) {
    return {text.substr(1), true};
  }
  if (text.ends_with('\'')) {
    text.pop_back();
    return {text, true};
  }
  return {text, false};
}

/// A latch with nothing but data, enable and output.
struct PlainLatch {
  std::string cell;
  double area_um2 = 0.0;
  std::string data;
  std::string output;
  Literal enable;
};

std::string attribute(const LibertyCell& cell, const std::string& name) {
  const auto found = cell.storage.find(name);
  return found == cell.storage.end() ? "" : found->second;
}

std::optional<PlainLatch> as_plain_latch(const LibertyCell& cell, std::optional<double> area) {
  if (cell.kind != CellKind::latch || cell.is_special || !area || cell.storage.contains("clear") ||
      cell.storage.contains("preset")) {
    return std::nullopt;
  }
  PlainLatch latch{cell.name, *area, plain(attribute(cell, "data_in")), "",
                   parse_literal(attribute(cell, "enable"))};
  bool has_data = false;
  bool has_enable = false;
  for (const LibertyPin& pin : cell.pins) {
    if (pin.direction == "output") {
      if (plain(pin.function) == cell.state) {
        latch.output = pin.name;
      }
    } else if (pin.name == latch.data) {
      has_data = true;
    } else if (pin.name == latch.enable.pin) {
      has_enable = true;
    } else {
      return std::nullopt;  // scan, for one
    }
  }
  if (!has_data || !has_enable || latch.output.empty()) {
    return std::nullopt;
  }
  return latch;
}

/// Replaces `best` where `latch` is smaller; the first of equals stays.
void take_smaller(std::optional<PlainLatch>& best, const PlainLatch& latch) {
  if (!best || latch.area_um2 < best->area_um2) {
    best = latch;
  }
}

std::string latch_module(const char* type, const PlainLatch& latch) {
  return fmt::format(
      "module \\{} (input E, input D, output Q);\n"
      "  \\{} _TECHMAP_REPLACE_ (.\\{} (E), .\\{} (D), .\\{} (Q));\n"
      "endmodule\n",
      type, latch.cell, latch.enable.pin, latch.data, latch.output);
}

void make_latch_map(const LibertyLibrary& liberty, CellLibrary& library) {
  std::optional<PlainLatch> positive;
  std::optional<PlainLatch> negative;
  for (const LibertyCell& cell : liberty.cells) {
    if (const auto latch = as_plain_latch(cell, library.cells.at(cell.name).area_um2)) {
      take_smaller(latch->enable.is_inverted ? negative : positive, *latch);
    }
  }
  if (positive) {
    library.latch_map += latch_module("$_DLATCH_P_", *positive);
    library.latch_types += " -cell $_DLATCH_P_ x";
  }
  if (negative) {
    library.latch_map += latch_module("$_DLATCH_N_", *negative);
    library.latch_types += " -cell $_DLATCH_N_ x";
  }
}

void make_clock_gate_map(const LibertyLibrary& liberty, CellLibrary& library) {
  const LibertyCell* best = nullptr;
  const auto area_of = [&](const LibertyCell& cell) {
    return library.cells.at(cell.name).area_um2;
  };
  for (const LibertyCell& cell : liberty.cells) {
    if (!cell.gates_rising_clock() || !area_of(cell)) continue;
    const bool has_pins =
        std::ranges::all_of(std::array{"clock", "enable", "out"},
                            [&](const char* role) { return !cell.gate_pin(role).empty(); });
    if (has_pins && (best == nullptr || *area_of(cell) < *area_of(*best))) best = &cell;
  }
  if (best == nullptr) return;
  const std::string test = best->gate_pin("test");
  library.clock_gate_map = fmt::format(
      "module cim_clock_gate (input clk_i, input test_mode_i, input enable_i, output clk_o);\n"
      "  \\{} _TECHMAP_REPLACE_ (.\\{} (clk_i), .\\{} ({}), .\\{} (clk_o){});\n"
      "endmodule\n",
      best->name, best->gate_pin("clock"), best->gate_pin("enable"),
      test.empty() ? "enable_i | test_mode_i" : "enable_i", best->gate_pin("out"),
      test.empty() ? "" : fmt::format(", .\\{} (test_mode_i)", test));
}

std::map<std::string, double> lef_areas_beside(const std::filesystem::path& liberty_file) {
  std::filesystem::path lef = liberty_file;
  lef.replace_extension(".lef");
  std::error_code error;
  if (!std::filesystem::is_regular_file(lef, error)) {
    return {};
  }
  return parse_lef_areas(base::read_file(lef));
}

void add(const LibertyLibrary& liberty, CellLibrary& library) {
  library.files.push_back({liberty.path.filename().string(), liberty.name, liberty.sha256});
  const std::map<std::string, double> lef_areas = lef_areas_beside(liberty.path);
  for (const LibertyCell& cell : liberty.cells) {
    LibraryCell entry{cell.area, cell.area, cell.is_sequential()};
    if (entry.area_um2.value_or(0.0) == 0.0) {
      entry.area_um2.reset();
      if (const auto lef_area = lef_areas.find(cell.name); lef_area != lef_areas.end()) {
        entry.area_um2 = lef_area->second;
        library.areas_from_lef.insert(*lef_area);
      }
    }
    if (!library.cells.try_emplace(cell.name, entry).second) {
      throw base::InputError(
          fmt::format("{}: the cell {} is in an earlier Liberty file, or twice in this one",
                      liberty.path.string(), cell.name));
    }
  }
}

}  // namespace

std::map<std::string, double> CellLibrary::areas() const {
  std::map<std::string, double> result;
  for (const auto& [name, cell] : cells) {
    if (cell.area_um2) result.emplace(name, *cell.area_um2);
  }
  return result;
}

CellLibrary load_cell_library(const std::vector<std::filesystem::path>& liberty_files) {
  assert(!liberty_files.empty());
  CellLibrary library;
  for (const std::filesystem::path& file : liberty_files) {
    library.libraries.push_back(read_liberty(file));
    const LibertyLibrary& liberty = library.libraries.back();
    add(liberty, library);
    if (library.files.size() == 1) {
      make_latch_map(liberty, library);
      make_clock_gate_map(liberty, library);
      library.adders = find_adder_cells(liberty, library.areas());
      library.mapping_liberty = without_special_cells(base::read_file(file), liberty);
    }
  }
  return library;
}

}  // namespace cimforge::flows
