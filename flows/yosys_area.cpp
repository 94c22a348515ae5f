#include "flows/yosys_area.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cctype>
#include <cmath>
#include <functional>
#include <set>
#include <string_view>
#include <utility>

#include "flows/cell_models.h"
#include "flows/equivalence.h"
#include "flows/gate_timing.h"
#include "flows/netlist.h"
#include "flows/process.h"
#include "flows/restructure.h"
#include "flows/tools.h"
#include "flows/yosys_stat.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"

namespace cimforge::flows {
namespace {

/// Modules of this prefix are leaf cells of rtl/.
constexpr std::string_view kLeafPrefix = "cim_";

/// The smallest area of the recipes tried (docs/tool_workarounds.md): amap matches XOR, of which an
/// adder tree is made, and Yosys' own script ends in &nf, which does not.
constexpr const char* kAbcScript = "strash; dch; amap -m";
/// Files of the temporary directory, in which Yosys runs.
constexpr const char* kLog = "yosys.log";
constexpr const char* kElaborated = "elaborated.il";
constexpr const char* kRenamed = "renamed.il";
constexpr const char* kMemories = "memories.txt";
constexpr const char* kMappingLiberty = "cells.lib";
constexpr const char* kLatchMap = "latch_map.v";
constexpr const char* clock_gate_map = "clock_gate_map.v";
/// The leaf cell that becomes the clock gate of a library.
constexpr const char* clock_gate_cell = "cim_clock_gate";
constexpr const char* cells_file = "cells.v";
constexpr const char* kAbcScriptFile = "abc.script";
constexpr const char* kStatJson = "stat.json";
constexpr const char* kStatText = "stat.txt";
constexpr const char* kNetlist = "netlist.v";
constexpr const char* generic_file = "generic.v";

[[noreturn]] void fail_check(const std::string& message) {
  throw base::CommandError(base::ExitStatus::check_failed, message);
}

/// A path for a Yosys script.
std::string quoted(const std::filesystem::path& path) {
  std::string text = std::filesystem::absolute(path).string();
  if (text.find_first_of("\"\n\r") != std::string::npos) {
    throw base::InputError(
        fmt::format("{}: Yosys cannot read a path with a quote or a line break", text));
  }
  return "\"" + text + "\"";
}

/// Runs a script in `directory`.
ProcessResult run_yosys(const Tool& yosys, const std::filesystem::path& directory,
                        const std::string& script, std::chrono::milliseconds time_limit) {
  base::write_file_atomically(directory / "script.ys", script);
  const ProcessRequest request{
      .arguments = {yosys.path.string(), "-Q", "-T", "-q", "-l", kLog, "script.ys"},
      .time_limit = time_limit,
      .working_directory = directory,
      // ABC's files go with the directory.
      .environment = {{"TMPDIR", directory.string()}}};
  ProcessResult result = run_process(request);
  if (result.timed_out || result.signal != 0) {
    throw base::ToolError(fmt::format("yosys was {}:\n{}", describe_end(request, result),
                                      last_lines(result.stderr_text, 10)));
  }
  return result;
}

// Elaboration: from Verilog to a checked netlist of word-level cells.

std::string elaboration_script(const AreaRequest& request) {
  std::string script;
  for (const std::filesystem::path& file : request.verilog) {
    script += fmt::format("read_verilog {}\n", quoted(file));
  }
  std::string parameters;
  for (const auto& [name, value] : request.parameters) {
    parameters += fmt::format(" -chparam {} {}", name, value);
  }
  script += fmt::format("hierarchy -check -top {}{}\n", request.top, parameters);
  script += "proc\nopt_clean\ncheck -assert\n";
  script += fmt::format("tee -q -o {} select -list t:$mem*\n", kMemories);
  script += fmt::format("write_rtlil {}\n", kElaborated);
  return script;
}

/// The memory's own name in a line of `select -list`, `module/$memrd$\store$file.v:1$9`.
std::string memory_name(std::string_view line) {
  const std::size_t slash = line.find('/');
  std::string_view name = line.substr(slash == std::string_view::npos ? 0 : slash + 1);
  if (const std::size_t begin = name.find("$\\"); begin != std::string_view::npos) {
    name.remove_prefix(begin + 2);
    name = name.substr(0, name.find('$'));
  }
  return fmt::format("{} in {}", name, line.substr(0, slash));
}

void elaborate(const AreaRequest& request, const Tool& yosys, const CellLibrary& library,
               const std::filesystem::path& directory) {
  std::string script;
  for (std::size_t i = 1; i < library.files.size(); ++i) {
    script += fmt::format("read_liberty -lib {}\n", quoted(request.liberty[i]));
  }
  script += elaboration_script(request);
  const ProcessResult result = run_yosys(yosys, directory, script, request.time_limit);
  if (!result.succeeded()) {
    const std::string message = fmt::format("Yosys rejects the Verilog of {}:\n{}", request.top,
                                            last_lines(result.stderr_text, 10));
    // A loop or two drivers: the Verilog can be read, and the check of the netlist fails.
    if (result.stderr_text.find("'check -assert'") != std::string::npos) fail_check(message);
    throw base::InputError(message);
  }
  const std::string memories = base::read_file(directory / kMemories);
  // The writer of a memory comes under a name of Yosys' own; its reader carries the memory's.
  std::string named = last_lines(memories, 1);
  if (const std::size_t reader = memories.find("$memrd$"); reader != std::string::npos) {
    const std::size_t begin = memories.rfind('\n', reader) + 1;
    named = memories.substr(begin, memories.find('\n', begin) - begin);
  }
  if (!named.empty()) {
    fail_check(
        fmt::format("Yosys infers the memory {}: storage has to be latches or flip-flops, "
                    "one signal a word",
                    memory_name(named)));
  }
}

/// The name that a module had in the Verilog: Yosys calls a module with parameters
/// `$paramod\name\LANES=...` or `$paramod$HASH\name`.
std::string verilog_name(std::string_view name) {
  if (name.starts_with("$paramod")) {
    name.remove_prefix(std::min(name.find('\\'), name.size()));
  }
  if (name.starts_with('\\')) {
    name.remove_prefix(1);
  }
  return std::string(name.substr(0, name.find('\\')));
}

/// A netlist whose modules have readable names, and the leaf cells among them.
struct NamedNetlist {
  std::string rtlil;
  std::vector<std::string> leaves;
  std::vector<std::string> parts;  ///< the modules that are not leaves
};

/// Gives each module its Verilog name, with a number behind it where several sets of parameters
/// share one. RTLIL has a token `module NAME` or `cell TYPE NAME` on a line of its own.
NamedNetlist rename_modules(std::string_view rtlil) {
  std::map<std::string, std::string, std::less<>> names;
  std::set<std::string> taken;
  NamedNetlist netlist;
  const auto for_each_line = [rtlil](const auto& visit) {
    for (std::string_view rest = rtlil; !rest.empty();) {
      const std::size_t length = std::min(rest.find('\n'), rest.size() - 1) + 1;
      visit(rest.substr(0, length));
      rest.remove_prefix(length);
    }
  };
  for_each_line([&](std::string_view line) {
    constexpr std::string_view kModule = "module ";
    if (!line.starts_with(kModule)) {
      return;
    }
    const std::string_view token = line.substr(kModule.size(), line.find('\n') - kModule.size());
    const std::string base_name = verilog_name(token);
    std::string name = base_name;
    for (int number = 2; !taken.insert(name).second; ++number) {
      name = fmt::format("{}__{}", base_name, number);
    }
    names.emplace(token, name);
    (base_name.starts_with(kLeafPrefix) ? netlist.leaves : netlist.parts).push_back(name);
  });
  for_each_line([&](std::string_view line) {
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    for (const std::string_view keyword : {"module ", "cell "}) {
      if (!line.substr(indent).starts_with(keyword)) {
        continue;
      }
      const std::size_t begin = indent + keyword.size();
      const std::size_t end = line.find_first_of(" \n", begin);
      const auto found = names.find(line.substr(begin, end - begin));
      if (found != names.end()) {
        netlist.rtlil += line.substr(0, begin);
        netlist.rtlil += "\\" + found->second;
        netlist.rtlil += line.substr(end);
        return;
      }
    }
    netlist.rtlil += line;
  });
  return netlist;
}

// Mapping: from word-level cells to those of the library.

/// Whether a module of RTLIL has ports of one bit only, as a leaf cell of one lane.
bool has_one_lane(std::string_view rtlil, const std::string& module) {
  const std::string head = fmt::format("module \\{}\n", module);
  const std::size_t begin = rtlil.find(head);
  if (begin == std::string_view::npos) return false;
  const std::string_view body = rtlil.substr(begin, rtlil.find("\nend\n", begin) - begin);
  for (std::size_t line = body.find("  wire "); line != std::string_view::npos;
       line = body.find("  wire ", line + 1)) {
    const std::string_view wire = body.substr(line, body.find('\n', line) - line);
    const bool is_port = wire.find(" input ") != std::string_view::npos ||
                         wire.find(" output ") != std::string_view::npos;
    if (is_port && wire.find(" width ") != std::string_view::npos) return false;
  }
  return true;
}

/// The adders that stay whole while Yosys maps the rest: of one lane, where the library can make
/// them.
std::vector<std::string> whole_adders(const CellLibrary& library, const NamedNetlist& netlist) {
  std::vector<std::string> names;
  if (!can_map_adders(library.adders)) return names;
  for (const std::string& leaf : netlist.leaves) {
    if (is_adder_module(leaf) && has_one_lane(netlist.rtlil, leaf)) names.push_back(leaf);
  }
  return names;
}

/// The modules that keep their borders. Where cells are chosen by timing that is the top and what
/// it instantiates: the blocks of a column are dissolved, each of their adders has a slack of its
/// own.
std::vector<std::string> kept_parts(const AreaRequest& request, const NamedNetlist& netlist) {
  if (request.goal == MappingGoal::area) return netlist.parts;
  std::vector<std::string> kept;
  const std::size_t begin = netlist.rtlil.find(fmt::format("module \\{}\n", request.top));
  const std::string_view body =
      begin == std::string::npos ? std::string_view{}
                                 : std::string_view(netlist.rtlil)
                                       .substr(begin, netlist.rtlil.find("\nend\n", begin) - begin);
  for (const std::string& part : netlist.parts) {
    if (part == request.top ||
        body.find(fmt::format("cell \\{} ", part)) != std::string_view::npos) {
      kept.push_back(part);
    }
  }
  return kept;
}

/// Everything but ABC.
std::string mapping_script(const AreaRequest& request, const CellLibrary& library,
                           const NamedNetlist& netlist, const std::vector<std::string>& adders) {
  std::vector<std::string> whole = adders;
  const bool has_gates = !library.clock_gate_map.empty() &&
                         std::ranges::find(netlist.leaves, clock_gate_cell) != netlist.leaves.end();
  if (has_gates) whole.emplace_back(clock_gate_cell);
  std::string script = fmt::format("read_rtlil {}\n", kRenamed);
  script += fmt::format(
      "setattr -mod -unset keep_hierarchy *\n"
      "setattr -mod -set keep_hierarchy 1 {} {}\n",
      fmt::join(kept_parts(request, netlist), " "), fmt::join(whole, " "));
  script += fmt::format("flatten\nhierarchy -check -top {}\n", request.top);
  if (!whole.empty()) script += fmt::format("blackbox {}\n", fmt::join(whole, " "));
  if (has_gates) script += fmt::format("techmap -map {}\n", clock_gate_map);
  script +=
      "opt -full\n"
      "wreduce\n"
      "peepopt\n"
      "opt_clean\n"
      "alumacc\n"
      "share\n"
      "opt\n"
      "techmap\n"
      "opt\n";
  if (!library.latch_types.empty()) {
    // Only latches: flip-flops are legalised by dfflibmap itself.
    script += fmt::format("dfflegalize{} t:$_DLATCH*\n", library.latch_types);
    script += fmt::format("techmap -map {}\n", kLatchMap);
  }
  script += fmt::format("dfflibmap -liberty {}\nopt\n", kMappingLiberty);
  return script;
}

std::string abc_script(const std::string& commands_file, const std::string& netlist_file) {
  return fmt::format("abc -liberty {} -script {}\nopt_clean -purge\nwrite_verilog -noattr {}\n",
                     kMappingLiberty, commands_file, netlist_file);
}

/// The cells of a netlist as empty modules, so that Yosys knows which of their pins drive.
std::string cell_declarations(const Netlist& netlist, const CellLibrary& library) {
  const std::set<std::string> used = cells_of(netlist);
  std::string text;
  for (const LibertyLibrary& liberty : library.libraries) {
    for (const LibertyCell& cell : liberty.cells) {
      if (!used.contains(cell.name)) continue;
      std::vector<std::string> pins;
      for (const LibertyPin& pin : cell.pins) {
        if (pin.direction != "input" && pin.direction != "output") continue;
        const std::string range = pin.bus_bits > 0 ? fmt::format("[{}:0] ", pin.bus_bits - 1) : "";
        pins.push_back(fmt::format("{} {}\\{} ", pin.direction, range, pin.name));
      }
      text += fmt::format("module \\{} ({});\nendmodule\n", cell.name, fmt::join(pins, ", "));
    }
  }
  return text;
}

/// Reads the mapped netlist as anybody would, and counts.
std::string count_script(const AreaRequest& request) {
  std::string all_liberty;
  for (const std::filesystem::path& file : request.liberty) {
    all_liberty += fmt::format(" -liberty {}", quoted(file));
  }
  return fmt::format(
      "read_verilog -lib {}\nread_verilog {}\nhierarchy -check -top {}\ncheck -assert\n"
      "tee -q -o {} stat -json\ntee -q -o {} stat{}\n",
      cells_file, kNetlist, request.top, kStatJson, kStatText, all_liberty);
}

/// Fails for a cell that is neither the library's, nor a module, nor an adder still to be mapped.
void require_mapped(const YosysStat& stat, const CellLibrary& library) {
  for (const auto& [name, module] : stat.modules) {
    for (const auto& [type, count] : module.cells_by_type) {
      if (!stat.modules.contains(type) && !library.cells.contains(type) && !is_adder_module(type)) {
        fail_check(fmt::format("the cell {} in {} is not mapped: {} has nothing for it", type, name,
                               library.files.front().library));
      }
    }
  }
}

/// A mapped design: its counts by Yosys, and the netlist.
struct MappedDesign {
  YosysStat stat;
  std::string netlist;
  std::vector<AdderMappingReport> adders;
  int proved_modules = 0;
};

/// Proves that ABC mapped every module to cells of the same functions. Returns how many there are.
int prove_mapping(const Netlist& generic, const Netlist& mapped,
                  const std::vector<LibertyLibrary>& libraries,
                  std::chrono::milliseconds time_limit) {
  int proved = 0;
  for (const NetlistModule& module : mapped.modules) {
    if (is_adder_module(module.name)) continue;
    const NetlistModule* before = generic.find(module.name);
    if (before == nullptr || !is_equivalent(*before, module, libraries, time_limit)) {
      throw base::ToolError(
          fmt::format("ABC did not map {} to cells that compute the same", module.name));
    }
    ++proved;
  }
  return proved;
}

/// The modules of the adder trees; where adders are not kept whole, the one with the largest area
/// of gates.
std::set<std::string> tree_modules(const Netlist& netlist,
                                   const std::vector<AdderMappingReport>& reports,
                                   const CellTable& table) {
  std::set<std::string> names;
  for (const AdderMappingReport& report : reports) names.insert(report.module);
  if (!names.empty()) return names;
  const auto counts = instance_counts(netlist);
  double largest = 0.0;
  for (const NetlistModule& module : netlist.modules) {
    const auto count = counts.find(module.name);
    if (count == counts.end()) continue;
    const double area = static_cast<double>(count->second) * GateTiming(module, table).area_um2();
    if (area > largest) names = {module.name};
    largest = std::max(largest, area);
  }
  return names;
}

/// Where ABC makes a tree faster, within the area that speed may cost, its module is ABC's.
void restructure(Netlist& mapped, const Netlist& whole, const AreaRequest& request,
                 const CellLibrary& library, const CellTable& table,
                 std::vector<AdderMappingReport>& reports) {
  Netlist least = whole;
  map_adders(least, library.adders, table, library.libraries, MappingGoal::area);
  for (const std::string& name : tree_modules(mapped, reports, table)) {
    const auto module = std::find_if(mapped.modules.begin(), mapped.modules.end(),
                                     [&](const NetlistModule& each) { return each.name == name; });
    const double least_um2 = GateTiming(*least.find(name), table).area_um2();
    std::optional<NetlistModule> faster = restructure_for_speed(
        *whole.find(name),
        {library, table, most_area_um2(least_um2, request.goal), request.time_limit});
    if (!faster || GateTiming(*faster, table).worst_ns() >= GateTiming(*module, table).worst_ns()) {
      continue;
    }
    std::erase_if(reports, [&](const AdderMappingReport& report) { return report.module == name; });
    *module = *std::move(faster);
  }
}

MappedDesign map_to_cells(const AreaRequest& request, const Tool& yosys, const CellLibrary& library,
                          const NamedNetlist& netlist, const std::filesystem::path& directory) {
  base::write_file_atomically(directory / kRenamed, netlist.rtlil);
  base::write_file_atomically(directory / kMappingLiberty, library.mapping_liberty);
  base::write_file_atomically(directory / kLatchMap, library.latch_map);
  base::write_file_atomically(directory / clock_gate_map, library.clock_gate_map);
  base::write_file_atomically(directory / kAbcScriptFile, std::string(kAbcScript) + "\n");
  const auto run = [&](const std::string& script) {
    const ProcessResult result = run_yosys(yosys, directory, script, request.time_limit);
    if (result.succeeded()) return;
    const std::string message =
        fmt::format("Yosys cannot map {} to {}:\n{}", request.top, library.files.front().library,
                    last_lines(base::read_file(directory / kLog), 10));
    // A storage element for which the library has nothing is an unmapped cell.
    if (result.stderr_text.find("cannot be legalized") != std::string::npos) {
      fail_check(message);
    }
    throw base::ToolError(message);
  };
  const std::vector<std::string> adders = whole_adders(library, netlist);
  // Storage gets names, so that it is the same before and after ABC.
  run(mapping_script(request, library, netlist, adders) +
      fmt::format("rename -enumerate -pattern storage_% t:* t:$_*_ %d\nopt_clean -purge\n"
                  "write_verilog -noattr -noexpr {}\n",
                  generic_file) +
      abc_script(kAbcScriptFile, kNetlist) +
      fmt::format("tee -q -o {} stat -json\ntee -q -o {} stat\n", kStatJson, kStatText));
  require_mapped(parse_stat(yosys.version, base::read_file(directory / kStatJson),
                            base::read_file(directory / kStatText)),
                 library);
  MappedDesign design;
  design.netlist = base::read_file(directory / kNetlist);
  const Netlist whole = parse_netlist(design.netlist, request.top);
  design.proved_modules =
      prove_mapping(parse_netlist(base::read_file(directory / generic_file), request.top), whole,
                    library.libraries, request.time_limit);
  Netlist mapped = whole;
  const CellTable table(library.libraries, library.areas());
  design.adders = map_adders(mapped, library.adders, table, library.libraries, request.goal);
  if (request.goal == MappingGoal::speed) {
    restructure(mapped, whole, request, library, table, design.adders);
  }
  constexpr bool keeps_names = true;
  design.netlist = print_netlist(mapped, keeps_names);
  base::write_file_atomically(directory / kNetlist, design.netlist);
  base::write_file_atomically(directory / cells_file, cell_declarations(mapped, library));
  run(count_script(request));
  design.stat = parse_stat(yosys.version, base::read_file(directory / kStatJson),
                           base::read_file(directory / kStatText));
  return design;
}

// Judgement: from counts to areas.

/// The modules of a mapped design, each before those that it instantiates.
std::vector<std::string> top_down_order(const YosysStat& stat, const std::string& top) {
  std::vector<std::string> order;
  std::set<std::string> visited;
  const std::function<void(const std::string&)> visit = [&](const std::string& name) {
    const auto module = stat.modules.find(name);
    if (module == stat.modules.end() || !visited.insert(name).second) {
      return;
    }
    for (const auto& [type, count] : module->second.cells_by_type) {
      visit(type);
    }
    order.push_back(name);
  };
  visit(top);
  std::reverse(order.begin(), order.end());
  return order;
}

/// The area that counts for a cell; fails where the library has none.
double cell_area(const CellLibrary& library, const std::string& type, const std::string& module) {
  const auto cell = library.cells.find(type);
  assert(cell != library.cells.end());
  if (!cell->second.area_um2) {
    fail_check(
        fmt::format("the cell {} in {} has an unknown area: {} gives none, or 0, and no LEF "
                    "file of the same name stands beside it",
                    type, module, library.files.front().file));
  }
  return *cell->second.area_um2;
}

/// Whether two sums of the same areas agree.
bool agree(double a, double b) {
  constexpr double kRelativeTolerance = 1e-6;
  return std::abs(a - b) <= kRelativeTolerance * std::max(std::abs(a), std::abs(b));
}

/// Own cells and children of a module, with areas; its own areas are compared with Yosys'.
ModuleArea own_area(const YosysStat& stat, const CellLibrary& library,
                    const std::set<std::string>& left_out, const std::string& name) {
  const StatModule& module = stat.modules.at(name);
  ModuleArea result;
  result.name = name;
  double liberty_area = 0.0;
  for (const auto& [type, count] : module.cells_by_type) {
    if (stat.modules.contains(type)) {
      result.children[type] = count;
      continue;
    }
    const double area =
        left_out.contains(type) ? 0.0 : cell_area(library, type, name) * static_cast<double>(count);
    const LibraryCell& cell = library.cells.at(type);
    result.cells[type] = count;
    result.own_area_um2 += area;
    result.own_sequential_area_um2 += cell.is_sequential ? area : 0.0;
    liberty_area += cell.liberty_area_um2.value_or(0.0) * static_cast<double>(count);
  }
  if (!agree(liberty_area, module.area_um2.value_or(0.0))) {
    throw base::ToolError(
        fmt::format("the area of {} does not agree: Yosys adds {} um2, its cells {} um2", name,
                    module.area_um2.value_or(0.0), liberty_area));
  }
  return result;
}

AreaResult add_up(const YosysStat& stat, const CellLibrary& library, const AreaRequest& request) {
  AreaResult result;
  std::map<std::string, std::size_t> index;
  for (const std::string& name : top_down_order(stat, request.top)) {
    index[name] = result.modules.size();
    result.modules.push_back(own_area(stat, library, request.left_out, name));
  }
  assert(!result.modules.empty());
  // Instances from the top down, areas from below.
  result.modules.front().instances = 1;
  for (const ModuleArea& module : result.modules) {
    for (const auto& [child, count] : module.children) {
      result.modules[index.at(child)].instances += module.instances * count;
    }
  }
  for (auto module = result.modules.rbegin(); module != result.modules.rend(); ++module) {
    module->area_um2 = module->own_area_um2;
    for (const auto& [child, count] : module->children) {
      module->area_um2 += result.modules[index.at(child)].area_um2 * static_cast<double>(count);
    }
  }
  for (const ModuleArea& module : result.modules) {
    result.sequential_area_um2 +=
        module.own_sequential_area_um2 * static_cast<double>(module.instances);
    for (const auto& [type, count] : module.cells) {
      result.cells[type] += count * module.instances;
      if (request.left_out.contains(type)) {
        result.left_out.insert(type);
      } else if (const auto lef = library.areas_from_lef.find(type);
                 lef != library.areas_from_lef.end()) {
        result.areas_from_lef.insert(*lef);
      }
    }
  }
  result.area_um2 = result.modules.front().area_um2;
  return result;
}

}  // namespace

std::int64_t ModuleArea::own_cells() const {
  std::int64_t count = 0;
  for (const auto& [type, number] : cells) {
    count += number;
  }
  return count;
}

AreaResult measure_area(const AreaRequest& request) {
  assert(!request.verilog.empty() && !request.liberty.empty());
  const CellLibrary library = load_cell_library(request.liberty);
  const Tool yosys = find_tool(ToolId::yosys);
  const base::TemporaryDirectory directory("cimforge-area");
  elaborate(request, yosys, library, directory.path());
  const NamedNetlist netlist = rename_modules(base::read_file(directory.path() / kElaborated));
  MappedDesign design = map_to_cells(request, yosys, library, netlist, directory.path());

  AreaResult result = add_up(design.stat, library, request);
  result.yosys_version = yosys.version;
  result.abc_script = kAbcScript;
  result.library = library.files;
  result.adders = std::move(design.adders);
  result.proved_modules = design.proved_modules;
  result.adder_cells = library.adders;
  if (request.keep_netlist) result.netlist = std::move(design.netlist);
  return result;
}

}  // namespace cimforge::flows
