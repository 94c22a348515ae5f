#include "generator/lower/lower.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>

#include "generator/lower/booth.h"
#include "generator/lower/modules.h"
#include "generator/lower/precision.h"
#include "generator/lower/protection.h"
#include "generator/verilog/rename.h"
#include "rtl/cells.h"

namespace cimforge::lower {
namespace {

/// What is asked of the text of a cell, whatever macro it stands in.
struct CellFacts {
  std::set<std::string> words;     ///< without comments, where a name is no use
  std::vector<std::string> cells;  ///< that it uses, in order
  verilog::Interface interface;
};

CellFacts facts_of_text(const std::string& text) {
  CellFacts facts{{}, {}, verilog::interface_of_text(text)};
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    line.resize(std::min(line.size(), line.find("//")));
    for (std::size_t at = 0; at < line.size();) {
      const auto is_word = [&](std::size_t i) {
        return i < line.size() &&
               (std::isalnum(static_cast<unsigned char>(line[i])) != 0 || line[i] == '_');
      };
      std::size_t end = at;
      while (is_word(end)) ++end;
      if (end > at) {
        const std::string word = line.substr(at, end - at);
        if (facts.words.insert(word).second && rtl::cells().contains(word + ".v")) {
          facts.cells.push_back(word);
        }
      }
      at = end + 1;
    }
  }
  return facts;
}

/// Read once: a macro has dozens of cells.
const CellFacts& facts_of(const std::string& cell) {
  static const std::map<std::string, CellFacts> all = [] {
    std::map<std::string, CellFacts> facts;
    for (const auto& [file, text] : rtl::cells()) facts.emplace(file, facts_of_text(text));
    return facts;
  }();
  return all.at(cell + ".v");
}

/// Adds a cell and, before it, the cells that it uses.
void add_cell(const std::string& name, std::vector<std::string>& order,
              std::set<std::string>& seen) {
  if (!seen.insert(name).second) return;
  for (const std::string& each : facts_of(name).cells) add_cell(each, order, seen);
  order.push_back(name);
}

void add_cells_of(const std::vector<verilog::Item>& items, std::vector<std::string>& order,
                  std::set<std::string>& seen) {
  for (const verilog::Item& item : items) {
    if (const auto* instance = std::get_if<verilog::Instance>(&item.value)) {
      if (rtl::cells().contains(instance->module + ".v")) {
        add_cell(instance->module, order, seen);
      }
    } else if (const auto* loop = std::get_if<verilog::GenerateFor>(&item.value)) {
      add_cells_of(loop->items, order, seen);
    } else if (const auto* branch = std::get_if<verilog::GenerateIf>(&item.value)) {
      add_cells_of(branch->items, order, seen);
    } else if (const auto* views = std::get_if<verilog::MacroIf>(&item.value)) {
      add_cells_of(views->defined, order, seen);
      add_cells_of(views->otherwise, order, seen);
    }
  }
}

std::vector<std::string> cells_of(const std::vector<verilog::Module>& modules) {
  std::vector<std::string> order;
  std::set<std::string> seen;
  for (const verilog::Module& module : modules) add_cells_of(module.items, order, seen);
  return order;
}

}  // namespace

std::map<std::string, std::string> Rtl::files(const std::string& banner) const {
  std::map<std::string, std::string> result = cells;
  for (const verilog::Module& module : modules) {
    result[module.name + ".v"] = verilog::print(module, banner);
  }
  for (const verilog::Module& model : models()) {
    result[model.name + ".v"] = verilog::print(model, banner);
  }
  return result;
}

std::vector<verilog::Module> Rtl::models() const {
  std::vector<verilog::Module> all;
  if (array) all.push_back(*array);
  for (const BlackBox& each : bitcells) all.push_back(each.model);
  return all;
}

std::vector<std::string> Rtl::file_order() const {
  std::vector<std::string> order;
  for (const std::string& cell : cells_of(modules)) order.push_back(cell + ".v");
  for (const verilog::Module& module : modules) order.push_back(module.name + ".v");
  return order;
}

std::vector<std::string> Rtl::array_files() const {
  std::vector<std::string> order;
  for (const std::string& cell : cells_of(models())) order.push_back(cell + ".v");
  for (const verilog::Module& model : models()) order.push_back(model.name + ".v");
  return order;
}

namespace {

void add_modules(const plan::MacroPlan& plan, Rtl& rtl) {
  if (!plan.parts.empty()) {
    for (const plan::MacroPlan& part : plan.parts) add_modules(part, rtl);
    if (plan.floating) {
      rtl.modules.push_back(floating_columns(plan));
      rtl.modules.push_back(floating_top(plan));
    } else if (plan.shell) {
      rtl.modules.push_back(shell_top(plan));
    } else {
      rtl.modules.push_back(hybrid_top(plan));
    }
    return;
  }
  if (plan.near_memory) {
    rtl.modules.push_back(near_memory_top(plan));
    rtl.array = near_memory(plan);
    return;
  }
  if (plan.logic) {
    rtl.modules.push_back(logic_slice(plan));
    rtl.modules.push_back(logic_top(plan));
    return;
  }
  if (plan.analog) {
    rtl.modules.push_back(analog_top(plan));
    rtl.array = analog_array(plan);
    return;
  }
  if (plan.protection) {
    rtl.modules.push_back(encode(plan));
    rtl.modules.push_back(decode(plan));
  }
  const bool stores_in_blocks = plan.spec.transpose == spec::Transpose::never;
  if (!stores_in_blocks) {
    if (plan.spec.storage == spec::Storage::bitcell) {
      rtl.bitcells.push_back(bitcell_column(plan, plan.spec.rows));
      rtl.modules.push_back(bitcells(plan, plan.spec.rows));
    }
    rtl.modules.push_back(weights(plan));
  }
  for (std::size_t i = 0; i < plan.blocks.size(); ++i) {
    if (stores_in_blocks && plan.spec.storage == spec::Storage::bitcell) {
      const int rows = plan.blocks[i].rows;
      rtl.bitcells.push_back(bitcell_column(plan, rows));
      rtl.modules.push_back(bitcells(plan, rows));
    }
    rtl.modules.push_back(block(plan, static_cast<int>(i)));
  }
  rtl.modules.push_back(slice(plan));
  if (plan.booth) rtl.modules.push_back(booth_count(plan));
  if (plan.precision && plan.precision->fuses()) rtl.modules.push_back(fused_slice(plan));
  rtl.modules.push_back(top(plan));
}

}  // namespace

namespace {

/// The text of a cell in a macro of that name.
std::string cell_text(const std::string& cell, const std::string& macro) {
  const std::string& text = rtl::cells().at(cell + ".v");
  if (!facts_of(cell).words.contains(macro)) return text;
  // Verilator says so where a local of a function hides a module, and finds the right one.
  return "// The macro has the name of something in this cell.\n// verilator lint_off VARHIDDEN\n" +
         text + "// verilator lint_on VARHIDDEN\n";
}

}  // namespace

Rtl lower(const plan::MacroPlan& plan) {
  Rtl rtl;
  rtl.top = plan.spec.name;
  add_modules(plan, rtl);
  // Verilator has a module and what it declares in one space of names.
  verilog::Module& top = rtl.modules.back();
  if (verilog::declares_signal(top, rtl.top)) {
    top = verilog::with_signal_renamed(std::move(top), rtl.top, rtl.top + "_signal");
  }
  std::vector<verilog::Module> all = rtl.modules;
  const std::vector<verilog::Module> models = rtl.models();
  all.insert(all.begin(), models.begin(), models.end());
  for (const std::string& cell : cells_of(all)) {
    rtl.cells[cell + ".v"] = cell_text(cell, rtl.top);
  }

  std::vector<verilog::Interface> known;
  for (const std::string& cell : cells_of(all)) known.push_back(facts_of(cell).interface);
  for (const verilog::Module& module : all) {
    for (const std::string& problem : verilog::check(module, known)) {
      throw std::logic_error(problem);
    }
    known.push_back(verilog::interface_of(module));
  }
  return rtl;
}

}  // namespace cimforge::lower
