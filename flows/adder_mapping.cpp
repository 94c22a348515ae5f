#include "flows/adder_mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "flows/adder_graph.h"

namespace cimforge::flows {
namespace {

std::size_t at(NetId i) {
  assert(i >= 0);
  return static_cast<std::size_t>(i);
}

/// A mapped module and what it costs.
struct Mapped {
  NetlistModule module;
  AdderMappingReport report;
  std::vector<NetId> inverse_nets;  ///< AdderGraph::inverse_nets() of this module
};

/// Both polarities of a net are one: the later arrival and the smaller slack.
void merge_polarities(const std::vector<NetId>& inverse_nets, std::vector<double>& arrivals,
                      std::vector<double>& slacks) {
  for (std::size_t net = 0; net < inverse_nets.size(); ++net) {
    if (inverse_nets[net] == no_net) continue;
    arrivals[net] = std::max(arrivals[net], arrivals[at(inverse_nets[net])]);
    slacks[net] = std::min(slacks[net], slacks[at(inverse_nets[net])]);
  }
}

Mapped measured(NetlistModule module, AdderMappingReport report, const CellTable& table,
                std::optional<double> sizing_budget) {
  GateTiming timing(module, table);
  if (sizing_budget) {
    timing.size_gates(*sizing_budget);
    timing.write_sizes(module);
  }
  report.area_um2 = timing.area_um2();
  report.delay_ns = timing.worst_ns();
  return {std::move(module), std::move(report), {}};
}

/// The area of a module's trees: of their adders, of gates that feed nothing else (products), and
/// of gates that read nothing else (XORs of the highest column, inverters). The adders of an
/// accumulator are not a tree's: rtl/ calls each `u_adder`.
double tree_area(const NetlistModule& abstract, const NetlistModule& mapped,
                 const CellTable& table) {
  std::set<std::string, std::less<>> adders;
  for (const NetlistInstance& instance : abstract.instances) {
    if (is_adder_module(instance.type) && !instance.name.ends_with("u_adder")) {
      adders.insert(instance.name);
    }
  }
  std::vector<bool> driven(mapped.net_names.size(), false);
  std::vector<bool> read(mapped.net_names.size(), false);
  struct Gate {
    const TimedCell* cell;
    std::vector<NetId> inputs, outputs;
    bool counted = false;
  };
  std::vector<Gate> gates;
  double area = 0.0;
  const auto count = [&](Gate& gate) {
    gate.counted = true;
    area += gate.cell->area_um2;
    for (const NetId net : gate.inputs) read[at(net)] = true;
    for (const NetId net : gate.outputs) driven[at(net)] = true;
  };
  for (const NetlistInstance& instance : mapped.instances) {
    const int index = table.find(instance.type);
    if (index < 0 || table[index].is_sequential) continue;
    Gate gate{&table[index], {}, {}};
    for (const NetlistPin& pin : instance.pins) {
      if (pin.bits.size() != 1 || pin.bits[0] < 0) continue;
      const auto& outputs = gate.cell->outputs;
      const bool is_output = std::find(outputs.begin(), outputs.end(), pin.port) != outputs.end();
      (is_output ? gate.outputs : gate.inputs).push_back(pin.bits[0]);
    }
    if (adders.contains(std::string_view(instance.name).substr(0, instance.name.find('$'))))
      count(gate);
    gates.push_back(std::move(gate));
  }
  // What reads nothing but a tree, then what feeds nothing but one.
  std::vector<int> readers(mapped.net_names.size(), 0);
  std::vector<int> tree_readers(mapped.net_names.size(), 0);
  for (bool changed = true; changed;) {
    changed = false;
    for (Gate& gate : gates) {
      if (gate.counted || gate.inputs.empty()) continue;
      if (std::all_of(gate.inputs.begin(), gate.inputs.end(),
                      [&](NetId net) { return driven[at(net)]; })) {
        count(gate);
        changed = true;
      }
    }
  }
  for (const NetlistInstance& instance : mapped.instances) {
    for (const NetlistPin& pin : instance.pins) {
      for (const NetId bit : pin.bits) {
        if (bit >= 0) ++readers[at(bit)];  // its driver among them
      }
    }
  }
  for (const Gate& gate : gates) {
    if (!gate.counted) continue;
    for (const NetId net : gate.inputs) ++tree_readers[at(net)];
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (Gate& gate : gates) {
      if (gate.counted || gate.outputs.empty()) continue;
      if (std::all_of(gate.outputs.begin(), gate.outputs.end(), [&](NetId net) {
            return tree_readers[at(net)] > 0 && tree_readers[at(net)] + 1 == readers[at(net)];
          })) {
        count(gate);
        for (const NetId net : gate.inputs) ++tree_readers[at(net)];
        changed = true;
      }
    }
  }
  return area;
}

/// What may be spent beside the least area, as a share of it.
double growth_of(MappingGoal goal) {
  switch (goal) {
    case MappingGoal::area:
      return 0.0;
    case MappingGoal::balanced:
      return 0.04;
    case MappingGoal::speed:
      return 0.60;
  }
  return 0.0;
}

Mapped map_module(const NetlistModule& module, const AdderCells& cells, const CellTable& table,
                  MappingGoal goal) {
  AdderGraph graph(module, cells);
  const std::size_t count = graph.nodes().size();
  const bool least = !cells.full_adder || cells.least_full_adder_um2() < cells.full_adder->area_um2;
  std::vector<bool> as_gates(count, least);
  AdderMappingReport report;
  graph.choose(as_gates, {}, {}, 0.0);
  NetlistModule smallest = graph.realise(report);
  Mapped best = measured(std::move(smallest), report, table, std::nullopt);
  best.inverse_nets = graph.inverse_nets();
  if (goal == MappingGoal::area) return best;

  const double most = best.report.area_um2 * (1.0 + growth_of(goal));
  // Adders become gates where the time is short: wider and wider around the longest path. The last
  // mapping says where that is.
  Mapped last = best;
  best = measured(best.module, best.report, table, most - best.report.area_um2);
  if (!cells.has_positive_four_gates() && !cells.has_negative_four_gates()) return best;
  for (const double share :
       {0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.085, 0.1, 0.12,
        0.14,  0.16, 0.18,  0.2,  0.23, 0.26, 0.3,  0.35, 0.4,  0.5,   0.7, 1.0}) {
    const GateTiming timing(last.module, table);
    const double longest = timing.worst_ns();
    std::vector<double> arrivals(last.module.net_names.size(), 0.0);
    std::vector<double> slacks(last.module.net_names.size(), longest);
    for (std::size_t net = 0; net < arrivals.size(); ++net) {
      arrivals[net] = timing.arrival_ns(static_cast<NetId>(net));
      slacks[net] = std::min(longest, timing.slack_ns(static_cast<NetId>(net)));
    }
    merge_polarities(last.inverse_nets, arrivals, slacks);
    // Those with the least slack first; of equals the last, through which most paths go.
    std::vector<std::pair<double, std::size_t>> chosen;
    for (std::size_t n = 0; n < count; ++n) {
      const AdderGraph::Node& node = graph.nodes()[n];
      if (node.kind != AdderGraph::Kind::full || as_gates[n]) continue;
      double slack = longest;
      for (const NetId net : {node.sum, node.carry}) {
        if (net >= 0) slack = std::min(slack, slacks[at(net)]);
      }
      if (slack <= share * longest) chosen.emplace_back(slack, count - n);
    }
    std::sort(chosen.begin(), chosen.end());
    // As many of them as the budget bears.
    const std::vector<bool> former = as_gates;
    std::optional<Mapped> plain;
    while (true) {
      as_gates = former;
      for (const auto& [slack, place] : chosen) as_gates[count - place] = true;
      graph.choose(as_gates, arrivals, slacks, longest);
      NetlistModule realised = graph.realise(report);
      plain = measured(std::move(realised), report, table, std::nullopt);
      plain->inverse_nets = graph.inverse_nets();
      if (plain->report.area_um2 <= most || chosen.empty()) break;
      chosen.resize(chosen.size() / 2);
    }
    if (plain->report.area_um2 > most) continue;
    Mapped sized = measured(plain->module, plain->report, table, most - plain->report.area_um2);
    if (sized.report.delay_ns < best.report.delay_ns) best = std::move(sized);
    last = *std::move(plain);
  }
  return best;
}

}  // namespace

MappingGoal mapping_goal(spec::AdderTree form) {
  return form == spec::AdderTree::balanced ? MappingGoal::balanced
         : form == spec::AdderTree::speed  ? MappingGoal::speed
                                           : MappingGoal::area;
}

bool can_map_adders(const AdderCells& cells) {
  const bool has_gates = cells.gates.contains("INV") && cells.gates.contains("XOR2") &&
                         cells.gates.contains("XNOR2") && cells.gates.contains("NAND2") &&
                         cells.gates.contains("NOR2");
  return has_gates &&
         (cells.full_adder || cells.has_positive_four_gates() || cells.has_negative_four_gates());
}

NetlistCost cost_of(const Netlist& netlist, const CellTable& table) {
  NetlistCost cost;
  const auto counts = instance_counts(netlist);
  for (const NetlistModule& module : netlist.modules) {
    const auto count = counts.find(module.name);
    if (count == counts.end()) continue;
    const GateTiming timing(module, table);
    cost.area_um2 += static_cast<double>(count->second) * timing.area_um2();
    cost.delay_ns = std::max(cost.delay_ns, timing.worst_ns());
  }
  return cost;
}

double most_area_um2(double least_um2, MappingGoal goal) {
  return least_um2 * (1.0 + growth_of(goal));
}

std::vector<AdderMappingReport> map_adders(Netlist& netlist, const AdderCells& cells,
                                           const CellTable& table,
                                           const std::vector<LibertyLibrary>& libraries,
                                           MappingGoal goal) {
  std::vector<AdderMappingReport> reports;
  for (NetlistModule& module : netlist.modules) {
    const bool has_adders =
        std::any_of(module.instances.begin(), module.instances.end(),
                    [](const NetlistInstance& each) { return is_adder_module(each.type); });
    if (!has_adders) continue;
    Mapped mapped = map_module(module, cells, table, goal);
    mapped.report.tree_um2 = tree_area(module, mapped.module, table);
    check_mapping(module, mapped.module, mapped.report.carried, libraries);
    module = std::move(mapped.module);
    reports.push_back(std::move(mapped.report));
  }
  std::erase_if(netlist.modules,
                [](const NetlistModule& each) { return is_adder_module(each.name); });
  return reports;
}

}  // namespace cimforge::flows
