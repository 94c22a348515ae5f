#include "flows/float_ranks.h"

#include <algorithm>
#include <set>

#include "flows/float_workbench.h"

namespace cimforge::flows {

void check_ranks(const Ranks& kind, const proof::Module& module) {
  std::map<proof::Net, const proof::Cell*> driver;
  for (const proof::Cell& cell : module.cells) {
    for (const auto& [pin, nets] : cell.pins) {
      if (pin != "Y" && pin != "Q") continue;
      for (const proof::Net net : nets) driver[net] = &cell;
    }
  }
  const auto refute = [&](const std::string& bit, const std::string& what) {
    throw Unproved{{kind.module, bit, what, {}, "a register of each rank", "another"}};
  };
  const auto rank_of = [&](const proof::Cell& cell) -> std::size_t {
    for (std::size_t rank = 0; cell.type == "$dffe" && rank < kind.loads.size(); ++rank) {
      const bool is_clocked = cell.pins.at("CLK") == module.port("clk_i")->bits &&
                              cell.pins.at("EN") == module.port(kind.loads[rank])->bits;
      const auto is_high = [&](const char* name) {
        return cell.parameters.at(name).ends_with('1');
      };
      if (is_clocked && is_high("CLK_POLARITY") && is_high("EN_POLARITY")) return rank + 1;
    }
    refute(cell.name, "a register that does not load, or hold, as it has to");
    return 0;
  };
  const auto is_register = [](const proof::Cell& cell) { return cell.pins.contains("Q"); };
  for (const proof::Cell& cell : module.cells) {
    if (is_register(cell)) rank_of(cell);
  }
  std::set<proof::Net> inputs;
  for (const proof::Port& port : module.ports) {
    if (!port.output) inputs.insert(port.bits.begin(), port.bits.end());
  }
  // All that nets depend on stands in this rank; 0 is that of the inputs. The load of a register
  // is 1 where what it takes matters, so it may stand in front of it.
  const auto check_cone = [&](const proof::Nets& from, std::size_t rank, const std::string& name,
                              const proof::Nets& load) {
    std::set<proof::Net> seen;
    proof::Nets open = from;
    while (!open.empty()) {
      const proof::Net net = open.back();
      open.pop_back();
      if (net < 2 || !seen.insert(net).second) continue;
      if (net == (load.empty() ? 0 : load.front())) continue;
      if (inputs.contains(net) && rank > 0) refute(name, "depends on an input past a register");
      const auto found = driver.find(net);
      if (found == driver.end()) continue;
      const proof::Cell& cell = *found->second;
      if (is_register(cell)) {
        if (rank_of(cell) != rank) refute(name, "depends on a register of another rank");
        continue;
      }
      for (const auto& [pin, nets] : cell.pins) {
        if (pin != "Y") open.insert(open.end(), nets.begin(), nets.end());
      }
    }
  };
  for (const proof::Port& port : module.ports) {
    if (!port.output) continue;
    const auto early = kind.early.find(port.name);
    const std::size_t ranks = early == kind.early.end() ? 0 : early->second;
    check_cone(port.bits, kind.loads.size() - std::min(ranks, kind.loads.size()), port.name, {});
  }
  for (const proof::Cell& cell : module.cells) {
    if (!is_register(cell)) continue;
    check_cone(cell.pins.at("D"), rank_of(cell) - 1, cell.name, cell.pins.at("EN"));
  }
}

}  // namespace cimforge::flows
