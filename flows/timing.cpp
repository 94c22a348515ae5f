#include "flows/timing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <map>
#include <sstream>
#include <utility>

#include "flows/cell_models.h"
#include "flows/process.h"
#include "flows/timing_stages.h"
#include "flows/tools.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"

namespace cimforge::flows {
namespace {

/// A path for Tcl, taken literally.
std::string quoted(const std::filesystem::path& path) {
  const std::string text = std::filesystem::absolute(path).string();
  if (text.find_first_of("{}\\\n\r") != std::string::npos) {
    throw base::InputError(fmt::format(
        "{}: OpenSTA cannot read a path with a brace, a backslash or a line break", text));
  }
  return "{" + text + "}";
}

/// Runs a script, which says `@done` at its end: OpenSTA ends with status 0 whatever happens.
ProcessResult run_sta(const std::string& script, const base::TemporaryDirectory& directory,
                      std::chrono::milliseconds time_limit) {
  base::write_file_atomically(directory.path() / "script.tcl", script + "puts \"@done\"\n");
  const ProcessRequest request{.arguments = {find_tool(ToolId::sta).path.string(), "-no_init",
                                             "-no_splash", "-exit", "script.tcl"},
                               .time_limit = time_limit,
                               .working_directory = directory.path()};
  ProcessResult result = run_process(request);
  if (!result.succeeded() || result.stdout_text.find("@done") == std::string::npos) {
    std::string words = last_lines(result.stdout_text + "\n" + result.stderr_text, 10);
    throw base::ToolError(fmt::format("OpenSTA did not come to its end ({}):\n{}",
                                      describe_end(request, result), words));
  }
  return result;
}

std::string read_design(const std::vector<std::filesystem::path>& liberty, const std::string& top) {
  std::string script;
  for (const std::filesystem::path& file : liberty) {
    script += fmt::format("read_liberty {}\n", quoted(file));
  }
  // The constraints are in nanoseconds, whatever the library's own unit is.
  script += "set_cmd_units -time ns -capacitance pF\n";
  return script + fmt::format("read_verilog netlist.v\nlink_design {}\n", top);
}

// The names of the groups in which OpenSTA keeps the paths apart.

struct PathClass {
  const char* group;
  const char* kind;
  bool is_inside;  ///< begins and ends in registers
};

constexpr const char* latch_group = "latch";
constexpr PathClass path_classes[] = {
    {"clk_i", "register to register", true},
    {"input_to_register", "input to register", false},
    {"register_to_output", "register to output", false},
    {"input_to_output", "input to output", false},
    {"falling_edge", "register to register, from the falling edge", true},
    {latch_group, "register to latch", true},
    {"bit_lines", "register to bitcell or enable of its word line", true},
    {"**clock_gating_default**", "enable of a clock gate", true},
    {"**async_default**", "reset recovery and removal", false},
    {"**default**", "limited by its own maximum", false},
};

std::string timing_script(const TimingRequest& request, const std::string& top) {
  const bool has_bitcells =
      std::ranges::any_of(request.liberty, [](const std::filesystem::path& file) {
        return file.stem().string().find("_bitcell_column") != std::string::npos;
      });
  std::string script = read_design(request.liberty, top);
  script += fmt::format("source {}\n", quoted(request.constraints));
  script += fmt::format(
      "set clock [lindex [all_clocks] 0]\n"
      "set data [list]\n"
      "foreach port [all_inputs] {{\n"
      "  if {{ [get_property $port full_name] != {{{}}} }} {{ lappend data $port }}\n"
      "}}\n"
      "group_path -name falling_edge -fall_from $clock\n"
      "{}"
      "group_path -name input_to_register -from $data\n"
      "group_path -name register_to_output -to [all_outputs]\n"
      "group_path -name input_to_output -from $data -to [all_outputs]\n"
      // An open latch lets its path go on, and where that ends it is judged.
      "set latches [all_registers -level_sensitive -data_pins]\n"
      "if {{ [llength $latches] > 0 }} {{\n"
      "  group_path -name latch -to $latches\n"
      "  group_path -name latch -from $data -to $latches\n"
      "  group_path -name latch -fall_from $clock -to $latches\n"
      "}}\n"
      "puts \"@checks\"\n"
      "check_setup -verbose -no_input_delay -no_output_delay -no_clock -unconstrained_endpoints "
      "-loops\n"
      "puts \"@setup\"\n"
      "report_checks -path_delay max -digits 6\n"
      "puts \"@hold\"\n"
      "report_checks -path_delay min -digits 6\n",
      request.clock_port,
      // Bit lines are still when a word line rises, half a period after the edge: in one group with
      // the paths of a whole period they would hide the longest of those.
      has_bitcells ? "group_path -name bit_lines -fall_to $clock\n" : "");
  return script;
}

/// Asks for the power of cells, one line each, after the timing is known: with the clock gates
/// open, so that every path has the clock that OpenSTA takes activities by. There it counts the
/// nets behind a gate as clocks; cells that drive such nets are asked again with the clock stopped
/// at its gates: word lines are nets like others, which change when something is written.
std::string power_script(const Netlist& netlist, const TimingRequest& request,
                         const std::map<std::string, std::set<NetId>>& clock) {
  const auto path_of = [](const PowerProbe& probe) {
    return probe.path.empty() ? std::string() : probe.path + "/";
  };
  const auto activity = [](const char* changes) {
    return fmt::format("sta::set_power_global_activity {} 0.5\n", changes);
  };
  std::string script = "set drivers [list]\nputs \"@power\"\n";
  for (const bool is_changing : {false, true}) {
    script += activity(is_changing ? "1.0" : "0.0");
    for (std::size_t p = 0; p < request.probes.size(); ++p) {
      script += fmt::format(
          "for {{ set index 0 }} {{ $index < {} }} {{ incr index }} {{\n"
          "  set instance [sta::find_instance \"{}i$index\"]\n"
          "  if {{ ![$instance is_leaf] }} {{\n"
          "    puts \"0 0 0\"\n"
          "  }} else {{\n"
          "    set power [lrange [sta::instance_power $instance $corner] 0 2]\n"
          "    puts $power\n"
          "{}"
          "  }}\n"
          "}}\n",
          netlist.find(request.probes[p].module)->instances.size(), path_of(request.probes[p]),
          // With all data still.
          is_changing ? std::string()
                      : fmt::format("    if {{ [lindex $power 1] > 0 }} {{ "
                                    "lappend drivers {} $index $instance }}\n",
                                    p));
    }
  }
  for (const PowerProbe& probe : request.probes) {
    const NetlistModule& module = *netlist.find(probe.module);
    const auto clock_nets = clock.find(module.name);
    if (clock_nets == clock.end()) continue;
    // Only flip-flops and latches take the clock as it is; OpenSTA finds them by their arcs.
    script += "foreach index {";
    for (std::size_t i = 0; i < module.instances.size(); ++i) {
      if (netlist.find(module.instances[i].type) != nullptr) continue;
      for (const NetlistPin& pin : module.instances[i].pins) {
        if (pin.bits.size() == 1 && clock_nets->second.contains(pin.bits[0])) {
          script += fmt::format(" {}", i);
        }
      }
    }
    script += fmt::format(
        " }} {{\n"
        "  set instance [sta::find_instance \"{}i$index\"]\n"
        "  foreach pin [get_pins -of_objects $instance] {{\n"
        "    if {{ [get_property $pin direction] == \"output\" }} {{\n"
        "      set_sense -type clock -stop_propagation -clocks $clock $pin\n"
        "    }}\n"
        "  }}\n"
        "}}\n",
        path_of(probe));
  }
  for (const bool is_changing : {false, true}) {
    script += is_changing ? "puts \"@drivers_changing\"\n" : "puts \"@drivers_still\"\n";
    script += activity(is_changing ? "1.0" : "0.0");
    script +=
        "foreach { probe index instance } $drivers {\n"
        "  puts [concat $probe $index [lrange [sta::instance_power $instance $corner] 0 2]]\n"
        "}\n";
  }
  return script;
}

/// Tells the flip-flops and latches whose clock comes through gates.
void mark_gated_cells(const Netlist& netlist, const TimingRequest& request,
                      const std::vector<LibertyLibrary>& libraries,
                      const std::map<std::string, std::set<NetId>>& clock, TimingResult& result) {
  std::map<std::string, std::string> clock_pins;
  for (const LibertyLibrary& library : libraries) {
    for (const LibertyCell& cell : library.cells) {
      if (const std::string pin = cell.clock_pin(); !pin.empty()) clock_pins[cell.name] = pin;
    }
  }
  for (std::size_t p = 0; p < request.probes.size(); ++p) {
    const NetlistModule& module = *netlist.find(request.probes[p].module);
    const auto ungated = clock.find(module.name);
    for (std::size_t i = 0; i < module.instances.size(); ++i) {
      const auto name = clock_pins.find(module.instances[i].type);
      if (name == clock_pins.end()) continue;
      const NetId net = net_at(module.instances[i], name->second);
      result.power[p][i].is_gated =
          net >= 0 && (ungated == clock.end() || !ungated->second.contains(net));
    }
  }
}

/// The text between two marks that the script prints.
std::string_view section(std::string_view text, std::string_view mark) {
  const std::size_t begin = text.find(mark);
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin + mark.size());
  return text.substr(0, text.find("\n@"));
}

/// Whether a bit of a module's net has one value: a constant, or that of a constant output of an
/// instance, or of an input that is tied in `above`, the instances that lead to the module.
bool is_tied(const Netlist& netlist, const std::vector<const NetlistInstance*>& above,
             const std::vector<const NetlistModule*>& modules, NetId net) {
  const NetlistModule& module = *modules.back();
  if (net == constant_zero || net == constant_one) return true;
  if (net < 0) return false;
  if (const auto alias = module.aliases.find(net);
      alias != module.aliases.end() && alias->second != net) {
    return is_tied(netlist, above, modules, alias->second);
  }
  // An input of the module, tied outside.
  for (const NetlistPort& port : module.ports) {
    const auto bit = std::ranges::find(port.bits, net);
    if (!port.is_input || bit == port.bits.end() || above.empty()) continue;
    for (const NetlistPin& pin : above.back()->pins) {
      const auto index = static_cast<std::size_t>(bit - port.bits.begin());
      if (pin.port != port.name || index >= pin.bits.size()) continue;
      return is_tied(netlist, {above.begin(), above.end() - 1},
                     {modules.begin(), modules.end() - 1}, pin.bits[index]);
    }
  }
  // A constant output of a module in it.
  for (const NetlistInstance& instance : module.instances) {
    const NetlistModule* child = netlist.find(instance.type);
    if (child == nullptr) continue;
    for (const NetlistPin& pin : instance.pins) {
      const auto bit = std::ranges::find(pin.bits, net);
      if (bit == pin.bits.end()) continue;
      for (const NetlistPort& port : child->ports) {
        const auto index = static_cast<std::size_t>(bit - pin.bits.begin());
        if (port.name != pin.port || port.is_input || index >= port.bits.size()) continue;
        std::vector<const NetlistInstance*> below = above;
        std::vector<const NetlistModule*> inner = modules;
        below.push_back(&instance);
        inner.push_back(child);
        return is_tied(netlist, below, inner, port.bits[index]);
      }
    }
  }
  return false;
}

/// Whether an endpoint is tied: an input of a cell, `i3/i12/D[4]` in printed names, or an output of
/// the top.
bool is_tied_pin(const Netlist& netlist, const std::string& path) {
  std::vector<const NetlistModule*> modules = {&netlist.top_module()};
  std::vector<const NetlistInstance*> above;
  const auto bracket_of = [](const std::string& name) {
    return std::min(name.find('['), name.size());
  };
  const auto bit_of = [&](const std::string& name) -> std::size_t {
    const std::size_t bracket = bracket_of(name);
    return bracket == name.size() ? 0 : std::strtoul(name.c_str() + bracket + 1, nullptr, 10);
  };
  for (const NetlistPort& port : modules.back()->ports) {
    if (port.name != path.substr(0, bracket_of(path)) || bit_of(path) >= port.bits.size()) continue;
    return is_tied(netlist, above, modules, port.bits[bit_of(path)]);
  }
  const NetlistInstance* cell = nullptr;
  std::istringstream parts(path);
  for (std::string part; std::getline(parts, part, '/');) {
    if (cell == nullptr) {
      char* end = nullptr;
      const unsigned long index =
          part.size() > 1 && part[0] == 'i' ? std::strtoul(part.c_str() + 1, &end, 10) : 0;
      if (end == nullptr || *end != '\0' || index >= modules.back()->instances.size()) return false;
      const NetlistInstance& instance = modules.back()->instances[index];
      if (const NetlistModule* child = netlist.find(instance.type)) {
        modules.push_back(child);
        above.push_back(&instance);
      } else {
        cell = &instance;
      }
      continue;
    }
    for (const NetlistPin& pin : cell->pins) {
      if (pin.port == part.substr(0, bracket_of(part)) && bit_of(part) < pin.bits.size()) {
        return is_tied(netlist, above, modules, pin.bits[bit_of(part)]);
      }
    }
  }
  return false;
}

/// Fails where the checks of the design found something.
void judge_checks(std::string_view checks, const Netlist& netlist) {
  struct Complaint {
    const char* words;
    const char* meaning;
  };
  constexpr Complaint complaints[] = {
      {"combinational loop", "a combinational loop goes through"},
      {"unconstrained endpoint", "no constraint reaches the endpoint"},
      {"unclocked register", "no clock reaches the register"},
      {"missing set_input_delay", "no constraint is on the input"},
      {"missing set_output_delay", "no constraint is on the output"},
  };
  std::istringstream text{std::string(checks)};
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    line.erase(0, std::min(line.find_first_not_of(' '), line.size()));
    lines.push_back(line);
  }
  for (std::size_t at = 0; at < lines.size();) {
    const std::string line = lines[at++];
    if (line.find("Warning:") == std::string::npos) continue;
    const bool names_endpoints = line.find("unconstrained endpoint") != std::string::npos;
    std::string first;
    for (; at < lines.size() && lines[at].find("Warning:") == std::string::npos; ++at) {
      // Nothing arrives at a pin that is tied.
      if (names_endpoints && is_tied_pin(netlist, lines[at])) continue;
      if (first.empty()) first = lines[at];
    }
    if (names_endpoints && first.empty()) continue;
    for (const Complaint& complaint : complaints) {
      if (line.find(complaint.words) != std::string::npos) {
        throw base::CommandError(base::ExitStatus::check_failed,
                                 fmt::format("timing of {}: {} {} (OpenSTA: {})", netlist.top,
                                             complaint.meaning, first, line));
      }
    }
    throw base::CommandError(base::ExitStatus::check_failed,
                             fmt::format("timing of {}: {} {}", netlist.top, line, first));
  }
}

/// What a user can recognise of a path of printed instances: the net that the cell drives.
std::string describe_point(const Netlist& netlist, const IsOutput& is_output,
                           const std::string& point) {
  const NetlistModule* module = &netlist.top_module();
  std::string prefix;
  std::istringstream parts(point);
  for (std::string part; std::getline(parts, part, '/');) {
    char* end = nullptr;
    const unsigned long index =
        part.size() > 1 && part[0] == 'i' ? std::strtoul(part.c_str() + 1, &end, 10) : 0;
    if (end == nullptr || *end != '\0' || index >= module->instances.size()) return point;
    const NetlistInstance& instance = module->instances[index];
    if (const NetlistModule* child = netlist.find(instance.type)) {
      prefix += instance.name + "/";
      module = child;
      continue;
    }
    for (const NetlistPin& pin : instance.pins) {
      if (is_output(instance.type, pin.port) && pin.bits.size() == 1 && pin.bits[0] >= 0) {
        return prefix + module->net_names[static_cast<std::size_t>(pin.bits[0])];
      }
    }
    return prefix + instance.name;
  }
  return point;
}

/// One path as OpenSTA prints it.
struct PrintedPath {
  std::string start;
  std::string end;
  std::string group;
  std::optional<double> launch;  ///< time of the launching edge
  double capture = 0.0;
  double arrival = 0.0;
  double slack = 0.0;
  int pins = 0;  ///< of cells
  bool from_port = false;
  bool to_port = false;
};

std::vector<PrintedPath> parse_paths(std::string_view report) {
  std::vector<PrintedPath> paths;
  PrintedPath path;
  bool is_arrived = false;
  std::istringstream lines{std::string(report)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    std::string second;
    words >> first >> second;
    if (first == "Startpoint:") {
      path = {};
      is_arrived = false;
      path.start = second;
    } else if (first == "Endpoint:") {
      path.end = second;
    } else if (line.starts_with("Path Group:")) {
      path.group = line.substr(12);
    } else if (line.ends_with(" edge)") && line.find("  clock ") != std::string::npos) {
      const double time = std::strtod(second.c_str(), nullptr);
      if (!path.launch) {
        path.launch = time;
      }
      path.capture = time;
    } else if (second == "data" && line.ends_with("data arrival time") && !is_arrived) {
      path.arrival = std::strtod(first.c_str(), nullptr);
      is_arrived = true;
    } else if (second == "slack") {
      path.slack = std::strtod(first.c_str(), nullptr);
      paths.push_back(path);
    } else if (!is_arrived && line.find('/') != std::string::npos && line.ends_with(")")) {
      ++path.pins;
    }
    path.from_port = path.from_port || line.find("(input port") != std::string::npos;
    path.to_port = path.to_port || line.find("(output port") != std::string::npos;
  }
  return paths;
}

TimingPath judged(const PrintedPath& printed, const Netlist& netlist, const IsOutput& is_output,
                  double period) {
  TimingPath path;
  path.kind = printed.group;
  for (const PathClass& each : path_classes) {
    if (printed.group == each.group) path.kind = each.kind;
  }
  path.launching = describe_point(netlist, is_output, printed.start);
  path.capturing = describe_point(netlist, is_output, printed.end);
  // A register at the beginning has two pins in the report, one at the end has one.
  path.cells = std::max(0, printed.pins - (printed.from_port ? 0 : 2) - (printed.to_port ? 0 : 1));
  path.available_ns = printed.capture - printed.launch.value_or(0.0);
  path.slack_ns = printed.slack;
  path.delay_ns = path.available_ns - path.slack_ns;
  path.period_ns =
      path.available_ns > 0.0 ? period * path.delay_ns / path.available_ns : path.delay_ns;
  return path;
}

bool is_inside(const std::string& kind) {
  return std::any_of(std::begin(path_classes), std::end(path_classes),
                     [&](const PathClass& each) { return kind == each.kind && each.is_inside; });
}

CellPower read_cell_power(std::istream& numbers, std::string_view text) {
  CellPower power;
  if (!(numbers >> power.internal >> power.switching >> power.leakage)) {
    throw base::ToolError(
        fmt::format("OpenSTA did not tell the power of each cell: {}", last_lines(text, 3)));
  }
  return power;
}

void read_power(std::string_view text, const Netlist& netlist, const TimingRequest& request,
                TimingResult& result) {
  std::istringstream numbers{std::string(text)};
  for (const PowerProbe& probe : request.probes) {
    result.power.emplace_back(netlist.find(probe.module)->instances.size());
  }
  for (const bool is_changing : {false, true}) {
    for (std::vector<CellPowerLine>& lines : result.power) {
      for (CellPowerLine& line : lines) {
        (is_changing ? line.changing : line.still) = read_cell_power(numbers, text);
      }
    }
  }
}

/// What is told again of the cells that drive clock nets.
void read_driver_power(std::string_view text, CellPower CellPowerLine::*which,
                       TimingResult& result) {
  std::istringstream numbers{std::string(text)};
  std::size_t probe = 0;
  std::size_t index = 0;
  while (numbers >> probe >> index) {
    result.power.at(probe).at(index).*which = read_cell_power(numbers, text);
  }
}

}  // namespace

std::optional<BufferCell> choose_buffer(const std::vector<LibertyLibrary>& libraries,
                                        const std::vector<std::filesystem::path>& liberty) {
  assert(!libraries.empty());
  std::vector<BufferCell> buffers;
  std::vector<double> areas;
  for (const LibertyCell& cell : libraries.front().cells) {
    if (cell.is_special || cell.kind != CellKind::combinational || cell.pins.size() != 2) continue;
    const LibertyPin& first = cell.pins[0];
    const LibertyPin& second = cell.pins[1];
    const LibertyPin& output = first.direction == "output" ? first : second;
    const LibertyPin& input = first.direction == "output" ? second : first;
    if (output.direction != "output" || input.direction != "input") continue;
    std::string function = output.function;
    std::erase_if(function, [](char c) { return c == ' ' || c == '(' || c == ')'; });
    // Pads have functions too; their areas tell them apart, and no area is no buffer.
    if (function == input.name && cell.area.value_or(0.0) > 0.0) {
      buffers.push_back({cell.name, input.name, output.name});
      areas.push_back(*cell.area);
    }
  }
  if (buffers.empty()) return std::nullopt;
  if (buffers.size() == 1) return buffers.front();

  // Each candidate between its own input and output, with others of its kind behind it.
  std::string ports;
  std::string body;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    const BufferCell& buffer = buffers[i];
    ports += fmt::format("{}a{}, y{}", i > 0 ? ", " : "", i, i);
    body += fmt::format("  input a{0};\n  output y{0};\n  wire n{0};\n", i);
    body += fmt::format("  {} u{} (.{}(a{}), .{}(n{}));\n", buffer.name, i, buffer.input, i,
                        buffer.output, i);
    for (int load = 0; load < most_loads_of_a_net; ++load) {
      body += fmt::format("  {} u{}_{} (.{}(n{})", buffer.name, i, load, buffer.input, i);
      if (load == 0) body += fmt::format(", .{}(y{})", buffer.output, i);
      body += ");\n";
    }
  }
  const base::TemporaryDirectory directory("cimforge-buffer-");
  base::write_file_atomically(directory.path() / "netlist.v",
                              fmt::format("module top ({});\n{}endmodule\n", ports, body));
  std::string script = read_design({liberty.front()}, "top");
  script +=
      "create_clock -name clk -period 1000\n"
      "set_input_delay 0 -clock clk [all_inputs]\n"
      "set_output_delay 0 -clock clk [all_outputs]\n"
      "puts \"@delays\"\n";
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    script += fmt::format("report_checks -path_delay max -digits 6 -to [get_ports y{}]\n", i);
  }
  const ProcessResult result = run_sta(script, directory, std::chrono::minutes(10));
  const std::vector<PrintedPath> paths = parse_paths(section(result.stdout_text, "@delays"));
  if (paths.size() != buffers.size()) {
    throw base::ToolError(fmt::format("OpenSTA did not time the buffers of {}:\n{}",
                                      libraries.front().name, last_lines(result.stdout_text, 10)));
  }
  double fastest = paths.front().arrival;
  for (const PrintedPath& path : paths) fastest = std::min(fastest, path.arrival);
  // The last picoseconds may cost ten times the area.
  constexpr double fast_enough = 1.25;
  std::size_t chosen = buffers.size();
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    if (paths[i].arrival <= fast_enough * fastest &&
        (chosen == buffers.size() || areas[i] < areas[chosen])) {
      chosen = i;
    }
  }
  return buffers[chosen];
}

TimingResult measure_timing(const Netlist& netlist, const TimingRequest& request) {
  const std::vector<LibertyLibrary> libraries = read_libraries(request.liberty);
  const IsOutput is_output = outputs_of(libraries);
  TimingResult result;
  result.clock_period_ns = request.clock_period_ns;
  result.sta_version = find_tool(ToolId::sta).version;

  const base::TemporaryDirectory directory("cimforge-timing-");
  base::write_file_atomically(directory.path() / "netlist.v", print_netlist(netlist));
  std::string script = timing_script(request, netlist.top);
  RegisterClasses classes;
  if (request.register_class) {
    classes = register_classes(netlist, libraries, is_output, request.register_class);
    script += stage_script(classes);
  }
  const auto clock = nets_of_port(netlist, request.clock_port);
  if (!request.probes.empty()) {
    script += "set corner [sta::cmd_corner]\n" + power_script(netlist, request, clock);
  }
  const ProcessResult run = run_sta(script, directory, request.time_limit);
  result.seconds = run.elapsed_seconds;
  result.peak_memory_kib = run.peak_memory_kib;
  judge_checks(section(run.stdout_text, "@checks"), netlist);

  for (const PrintedPath& path : parse_paths(section(run.stdout_text, "@setup"))) {
    if (path.group == latch_group && path.slack >= 0.0) continue;
    result.setup_paths.push_back(judged(path, netlist, is_output, request.clock_period_ns));
  }
  const auto slower = [](const TimingPath& a, const TimingPath& b) {
    return a.period_ns > b.period_ns;
  };
  std::stable_sort(result.setup_paths.begin(), result.setup_paths.end(), slower);
  for (const PrintedPath& path : parse_paths(section(run.stdout_text, "@stages"))) {
    const auto ends = stage_of_group(classes, path.group);
    if (!ends) continue;
    result.stages.push_back(
        {ends->first, ends->second, judged(path, netlist, is_output, request.clock_period_ns)});
    result.stages.back().path.kind = "register to register";
  }
  std::stable_sort(
      result.stages.begin(), result.stages.end(),
      [&](const TimingStage& a, const TimingStage& b) { return slower(a.path, b.path); });
  std::vector<TimingPath> hold;
  for (const PrintedPath& path : parse_paths(section(run.stdout_text, "@hold"))) {
    hold.push_back(judged(path, netlist, is_output, request.clock_period_ns));
  }
  double register_period = 0.0;
  for (const TimingPath& path : result.setup_paths) {
    if (is_inside(path.kind)) register_period = std::max(register_period, path.period_ns);
  }
  if (register_period <= 0.0 || hold.empty()) {
    throw base::CommandError(
        base::ExitStatus::check_failed,
        fmt::format("timing of {}: no path between registers is timed", netlist.top));
  }
  constexpr double mhz_ns = 1000.0;
  result.fmax_mhz = mhz_ns / register_period;
  result.critical_path_ns = result.setup_paths.front().period_ns;
  const auto by_slack = [](const TimingPath& a, const TimingPath& b) {
    return a.slack_ns < b.slack_ns;
  };
  result.setup_slack_ns =
      std::min_element(result.setup_paths.begin(), result.setup_paths.end(), by_slack)->slack_ns;
  result.hold_path = *std::min_element(hold.begin(), hold.end(), by_slack);
  result.hold_slack_ns = result.hold_path.slack_ns;
  if (!request.probes.empty()) {
    read_power(section(run.stdout_text, "@power"), netlist, request, result);
    read_driver_power(section(run.stdout_text, "@drivers_still"), &CellPowerLine::still, result);
    read_driver_power(section(run.stdout_text, "@drivers_changing"), &CellPowerLine::changing,
                      result);
    mark_gated_cells(netlist, request, libraries, clock, result);
  }
  return result;
}

}  // namespace cimforge::flows
