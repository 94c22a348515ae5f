#include "flows/restructure.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "flows/equivalence.h"
#include "flows/gate_functions.h"
#include "flows/module_logic.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"

namespace cimforge::flows {
namespace {

constexpr const char* logic_file = "logic.blif";
constexpr const char* shallow_file = "shallow.aig";
constexpr const char* cells_file = "cells.lib";
constexpr const char* mapped_file = "mapped.blif";

/// Restructuring for depth, by covers with six inputs balanced as sums of products (A. Mishchenko,
/// R. Brayton, S. Jang, V. Kravets, "Delay optimization using SOP balancing", ICCAD 2011). Twice: a
/// third time gains nothing.
constexpr const char* shallow_script = "strash; dch; if -g -K 6; strash; dch; if -g -K 6; strash";
/// ABC covers by delays without loads. `-B b` makes a gate of n inputs slower by n^b, which stands
/// for the loads of its larger inputs; what is best differs between libraries.
constexpr std::array load_biases = {0.0, 0.4};
/// The delay asked of a cover grows until its area is within the limit, then is halved in between:
/// ABC's areas are no smooth function of it, so the best of all is taken.
constexpr double delay_growth = 1.3;
constexpr int most_growths = 12;
constexpr int bisections = 4;
/// Fan-out buffers and sizes by ABC; where it dies of that (of a library without buffers), none but
/// our own sizes.
constexpr std::array finishes = {"topo; buffer -c; topo; upsize; dnsize; ", "topo; "};
constexpr double typical_slew_ps = 20.0;  // at which ABC reads the tables of the library

/// The words of each line of BLIF; a line ends without a backslash.
std::vector<std::vector<std::string_view>> blif_lines(std::string_view text) {
  std::vector<std::vector<std::string_view>> lines;
  bool continues = false;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    line = line.substr(0, line.find('#'));
    const bool next_continues = line.ends_with('\\');
    if (next_continues) line.remove_suffix(1);
    if (!continues) lines.emplace_back();
    while (true) {
      const std::size_t begin = line.find_first_not_of(" \t\r");
      if (begin == std::string_view::npos) break;
      const std::size_t end = std::min(line.find_first_of(" \t\r", begin), line.size());
      lines.back().push_back(line.substr(begin, end - begin));
      line.remove_prefix(end);
    }
    continues = next_continues;
  }
  std::erase_if(lines, [](const auto& words) { return words.empty(); });
  return lines;
}

[[noreturn]] void fail_read(std::string_view what) {
  throw base::ToolError(fmt::format("ABC wrote a netlist that is not understood: {}", what));
}

/// The module with its logic replaced by the gates of a mapped BLIF file.
NetlistModule with_logic(const NetlistModule& module, const ModuleLogic& logic,
                         std::string_view blif) {
  const auto lines = blif_lines(blif);
  std::map<std::string_view, std::string_view> wires;  // of outputs that are another net
  std::map<std::string_view, NetId> nets;              // by BLIF name, once known
  std::vector<std::string_view> outputs;
  struct Gate {
    std::string_view type;
    std::vector<std::pair<std::string_view, std::string_view>> pins;
  };
  std::vector<Gate> gates;
  for (std::size_t l = 0; l < lines.size(); ++l) {
    const auto& words = lines[l];
    if (words[0] == ".inputs") {
      if (words.size() != logic.inputs.size() + 1) fail_read("inputs");
      for (std::size_t i = 1; i < words.size(); ++i) nets[words[i]] = logic.inputs[i - 1];
    } else if (words[0] == ".outputs") {
      outputs.assign(words.begin() + 1, words.end());
    } else if (words[0] == ".gate") {
      Gate gate{words.at(1), {}};
      for (std::size_t i = 2; i < words.size(); ++i) {
        const std::size_t equals = words[i].find('=');
        if (equals == std::string_view::npos) fail_read(words[i]);
        gate.pins.emplace_back(words[i].substr(0, equals), words[i].substr(equals + 1));
      }
      // Of a library without cells for constants.
      if (gate.type == "_const0_" || gate.type == "_const1_") {
        nets[gate.pins.at(0).second] = gate.type == "_const0_" ? constant_zero : constant_one;
        continue;
      }
      gates.push_back(std::move(gate));
    } else if (words[0] == ".names") {
      const bool has_row = l + 1 < lines.size() && !lines[l + 1][0].starts_with('.');
      if (words.size() == 2) {
        nets[words[1]] = has_row ? constant_one : constant_zero;
      } else if (words.size() == 3 && has_row && lines[l + 1][0] == "1") {
        wires[words[2]] = words[1];
      } else {
        fail_read("a gate that is no cell");
      }
      if (has_row) ++l;
    } else if (words[0] == ".barbuf" && words.size() == 3) {
      wires[words[2]] = words[1];  // where the library has no buffer
    } else if (words[0] != ".model" && words[0] != ".end") {
      fail_read(words[0]);
    }
  }
  if (outputs.size() != logic.outputs.size()) fail_read("outputs");

  NetlistModule result;
  result.name = module.name;
  result.ports = module.ports;
  result.net_names = module.net_names;
  result.aliases = module.aliases;
  // An output keeps its net where a gate of its own drives it.
  const auto root = [&](std::string_view name) {
    for (auto wire = wires.find(name); wire != wires.end(); wire = wires.find(name)) {
      name = wire->second;
    }
    return name;
  };
  std::map<NetId, NetId> replaced;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto [place, is_new] = nets.try_emplace(root(outputs[i]), logic.outputs[i]);
    if (place->second != logic.outputs[i]) replaced[logic.outputs[i]] = place->second;
  }
  for (std::size_t i = 0; i < module.instances.size(); ++i) {
    if (logic.is_gate[i]) continue;
    result.instances.push_back(module.instances[i]);
    for (NetlistPin& pin : result.instances.back().pins) {
      for (NetId& bit : pin.bits) {
        if (const auto other = replaced.find(bit); other != replaced.end()) bit = other->second;
      }
    }
  }
  for (const NetlistPort& port : module.ports) {
    if (port.is_input) continue;
    for (const NetId bit : port.bits) {
      const auto alias = module.aliases.find(bit);
      const NetId net = alias == module.aliases.end() ? bit : alias->second;
      if (const auto other = replaced.find(net); other != replaced.end()) {
        result.aliases[bit] = other->second;
      }
    }
  }
  for (std::size_t g = 0; g < gates.size(); ++g) {
    NetlistInstance instance{std::string(gates[g].type), fmt::format("abc_{}", g), {}};
    for (const auto& [pin, name] : gates[g].pins) {
      const std::string_view driven = root(name);
      auto place = nets.find(driven);
      if (place == nets.end()) {
        place = nets.emplace(driven, result.add_net(fmt::format("abc_n{}", nets.size()))).first;
      }
      instance.pins.push_back({std::string(pin), {place->second}});
    }
    result.instances.push_back(std::move(instance));
  }
  return result;
}

/// The delay in ps of the last `print_stats`.
double delay_printed(std::string_view text) {
  constexpr std::string_view marker = "delay =";
  std::size_t begin = text.rfind(marker);
  if (begin == std::string_view::npos) return 0.0;
  begin = text.find_first_not_of(' ', begin + marker.size());
  double delay = 0.0;
  std::from_chars(text.data() + begin, text.data() + text.size(), delay);
  return delay;
}

}  // namespace

std::optional<NetlistModule> restructure_for_speed(const NetlistModule& module,
                                                   const RestructureRequest& request) {
  const GateFunctions functions(request.library.libraries);
  const ModuleLogic logic = find_logic(module, functions, request.library.libraries, true);
  if (logic.outputs.empty()) return std::nullopt;
  const base::TemporaryDirectory directory("cimforge-abc");
  base::write_file_atomically(directory.path() / cells_file, request.library.mapping_liberty);
  base::write_file_atomically(directory.path() / logic_file, to_blif(module, logic, functions));
  const auto read_result = [&](const char* file, const ProcessResult& run) {
    if (!std::filesystem::exists(directory.path() / file)) {
      throw base::ToolError(fmt::format("ABC cannot restructure {}:\n{}", module.name,
                                        last_lines(run.stdout_text + run.stderr_text, 5)));
    }
    return base::read_file(directory.path() / file);
  };
  read_result(shallow_file, run_abc(directory.path(),
                                    fmt::format("read_blif {}; {}; write_aiger {}", logic_file,
                                                shallow_script, shallow_file),
                                    request.time_limit));

  struct Form {
    NetlistModule module;
    double delay_ns = 0.0;
    double area_um2 = 0.0;
  };
  std::vector<Form> forms;
  std::size_t finish = 0;
  /// The delay in ps that ABC reaches, and whether the cover is within the area.
  const auto cover = [&](double bias, double delay_ps) {
    std::filesystem::remove(directory.path() / mapped_file);
    ProcessResult run;
    for (; finish < finishes.size(); ++finish) {
      run = run_abc(directory.path(),
                    fmt::format("read_lib -w {}; read_aiger {}; dch; map -D {:.0f} -S {:.0f} -B "
                                "{:.1f}; print_stats; {}write_blif {}",
                                cells_file, shallow_file, delay_ps, typical_slew_ps, bias,
                                finishes.at(finish), mapped_file),
                    request.time_limit);
      if (std::filesystem::exists(directory.path() / mapped_file)) break;
    }
    NetlistModule candidate = with_logic(module, logic, read_result(mapped_file, run));
    GateTiming timing(candidate, request.table);
    const bool fits = timing.area_um2() <= request.most_um2;
    if (fits) {
      timing.size_gates(request.most_um2 - timing.area_um2());
      timing.write_sizes(candidate);
      forms.push_back({std::move(candidate), timing.worst_ns(), timing.area_um2()});
    }
    return std::pair{delay_printed(run.stdout_text), fits};
  };
  for (const double bias : load_biases) {
    auto [delay, fits] = cover(bias, 1.0);
    double too_short = delay;
    for (int growth = 0; growth < most_growths && !fits; ++growth) {
      too_short = delay;
      delay *= delay_growth;
      fits = cover(bias, delay).second;
    }
    for (int step = 0; step < bisections && fits && too_short < delay; ++step) {
      const double between = (too_short + delay) / 2.0;
      (cover(bias, between).second ? delay : too_short) = between;
    }
  }
  if (forms.empty()) return std::nullopt;
  const auto by = [&](double Form::*what) {
    return [what](const Form& a, const Form& b) { return a.*what < b.*what; };
  };
  const double fastest =
      std::min_element(forms.begin(), forms.end(), by(&Form::delay_ns))->delay_ns;
  constexpr double close = 1.01;  // so little time is worth no area
  std::erase_if(forms, [&](const Form& form) { return form.delay_ns > close * fastest; });
  NetlistModule best =
      std::move(std::min_element(forms.begin(), forms.end(), by(&Form::area_um2))->module);
  if (!is_equivalent(module, best, request.library.libraries, request.time_limit)) {
    throw base::ToolError(fmt::format(
        "what ABC made of {} for speed is not the same logic: it is not used", module.name));
  }
  return best;
}

}  // namespace cimforge::flows
