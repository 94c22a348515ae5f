#include "flows/equivalence.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <string>

#include "flows/module_logic.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"

namespace cimforge::flows {
namespace {

std::size_t at(NetId net) {
  return static_cast<std::size_t>(net);
}

}  // namespace

bool is_equivalent(const NetlistModule& before, const NetlistModule& after,
                   const std::vector<LibertyLibrary>& libraries,
                   std::chrono::milliseconds time_limit) {
  const GateFunctions functions(libraries);
  const base::TemporaryDirectory directory("cimforge-cec");
  // Every border net of either is an input or an output of both.
  std::array<ModuleLogic, 2> logic = {find_logic(before, functions, libraries, false),
                                      find_logic(after, functions, libraries, false)};
  // What an instance or an output port of one form reads has its counterpart in the other by place.
  const auto observed = [&](const NetlistModule& module, const ModuleLogic& of) {
    std::map<std::string, NetId> nets;
    for (std::size_t i = 0; i < module.instances.size(); ++i) {
      if (of.is_gate[i]) continue;
      const NetlistInstance& instance = module.instances[i];
      for (const NetlistPin& pin : instance.pins) {
        for (std::size_t bit = 0; bit < pin.bits.size(); ++bit) {
          // The type too: a register of the other edge is another register.
          nets[fmt::format("{}/{}/{}/{}", instance.name, instance.type, pin.port, bit)] =
              pin.bits[bit];
        }
      }
    }
    for (const NetlistPort& port : module.ports) {
      for (std::size_t bit = 0; bit < port.bits.size(); ++bit) {
        const auto alias = module.aliases.find(port.bits[bit]);
        nets[fmt::format("/{}/{}", port.name, bit)] =
            alias == module.aliases.end() ? port.bits[bit] : alias->second;
      }
    }
    return nets;
  };
  const auto places = std::array{observed(before, logic[0]), observed(after, logic[1])};
  if (places[0].size() != places[1].size()) return false;
  const auto driven = [&](const NetlistModule& module, const ModuleLogic& of) {
    std::vector<bool> result(module.net_names.size(), false);
    for (std::size_t i = 0; i < module.instances.size(); ++i) {
      if (!of.is_gate[i]) continue;
      for (const NetlistPin& pin : module.instances[i].pins) {
        if (functions.find(module.instances[i].type, pin.port) == nullptr) continue;
        for (const NetId bit : pin.bits) {
          if (bit >= 0) result[at(bit)] = true;
        }
      }
    }
    return result;
  };
  const auto is_driven = std::array{driven(before, logic[0]), driven(after, logic[1])};
  // Observed nets that no gate drives in the form before are the sources of both; the others are
  // compared.
  std::array<std::string, 2> sources;
  std::array<std::string, 2> wires;
  std::string outputs;
  std::map<NetId, NetId> same;  // source before -> after
  std::size_t number = 0;
  for (const auto& [place, net] : places[0]) {
    const auto other = places[1].find(place);
    if (other == places[1].end()) return false;
    const bool is_source = net >= 0 && !is_driven[0][at(net)];
    if (is_source) {
      const auto [known, is_new] = same.emplace(net, other->second);
      if (!is_new && known->second != other->second) return false;
      if (other->second < 0 || is_driven[1][at(other->second)]) return false;
      continue;
    }
    if (net == no_net || other->second == no_net) {
      if (net != other->second) return false;
      continue;
    }
    outputs += fmt::format(" c{}", number);
    wires[0] += fmt::format(".names {} c{}\n1 1\n", blif_net(net), number);
    wires[1] += fmt::format(".names {} c{}\n1 1\n", blif_net(other->second), number);
    ++number;
  }
  if (number == 0) return true;
  // Gates may read nets that nothing observes or drives; they are sources only if both have them.
  std::string inputs;
  std::size_t source = 0;
  for (const auto& [net, other] : same) {
    inputs += fmt::format(" s{}", source);
    sources[0] += fmt::format(".names s{} {}\n1 1\n", source, blif_net(net));
    sources[1] += fmt::format(".names s{} {}\n1 1\n", source, blif_net(other));
    ++source;
  }
  for (std::size_t form = 0; form < 2; ++form) {
    const NetlistModule& module = form == 0 ? before : after;
    logic[form].inputs.clear();
    logic[form].outputs.clear();
    const std::string body = to_blif(module, logic[form], functions);
    const std::size_t begin = body.find(".names zero");
    base::write_file_atomically(
        directory.path() / fmt::format("{}.blif", form),
        fmt::format(".model logic\n.inputs{}\n.outputs{}\n{}{}{}", inputs, outputs, sources[form],
                    wires[form], body.substr(begin)));
  }
  const ProcessResult result = run_abc(directory.path(), "cec 0.blif 1.blif", time_limit);
  if (result.stdout_text.find("Networks are equivalent") != std::string::npos) return true;
  if (result.stdout_text.find("NOT EQUIVALENT") != std::string::npos) return false;
  throw base::ToolError(fmt::format("ABC does not decide whether two forms of {} are the same:\n{}",
                                    before.name, last_lines(result.stdout_text, 5)));
}

}  // namespace cimforge::flows
