#include "flows/gate_timing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <queue>
#include <set>

#include "flows/liberty_function.h"

namespace cimforge::flows {
namespace {

std::size_t at(int i) {
  assert(i >= 0);
  return static_cast<std::size_t>(i);
}

/// What cells of different sizes have in common: pins and functions. Empty where a cell cannot
/// stand for another.
std::string family_of(const LibertyCell& cell, const TimedCell& timed) {
  if (cell.is_special || cell.is_sequential()) return {};
  std::vector<std::string> inputs = timed.inputs;
  std::sort(inputs.begin(), inputs.end());
  std::string key = fmt::format("{}", fmt::join(inputs, " "));
  std::vector<std::string> outputs;
  for (const LibertyPin& pin : cell.pins) {
    if (pin.direction != "output") {
      if (pin.direction != "input") return {};
      continue;
    }
    const auto table = truth_table(pin.function, inputs);
    if (!table || pin.arcs.empty()) return {};
    outputs.push_back(fmt::format("{}={:x}", pin.name, *table));
  }
  if (outputs.empty()) return {};
  std::sort(outputs.begin(), outputs.end());
  return fmt::format("{} -> {}", key, fmt::join(outputs, " "));
}

}  // namespace

CellTable::CellTable(const std::vector<LibertyLibrary>& libraries,
                     const std::map<std::string, double>& areas) {
  if (!libraries.empty()) {
    wire_pf_ = libraries.front().wire_pf;
    wire_slope_pf_ = libraries.front().wire_slope_pf;
  }
  std::map<std::string, std::vector<int>> families;
  for (const LibertyLibrary& library : libraries) {
    for (const LibertyCell& cell : library.cells) {
      TimedCell timed;
      timed.name = cell.name;
      const auto area = areas.find(cell.name);
      if (area != areas.end()) timed.area_um2 = area->second;
      timed.is_sequential = cell.is_sequential() || !cell.clock_gate.empty();
      std::map<std::string, int> input_index;
      for (const LibertyPin& pin : cell.pins) {
        if (pin.direction == "input") {
          input_index[pin.name] = static_cast<int>(timed.inputs.size());
          timed.inputs.push_back(pin.name);
          timed.input_pf.push_back({pin.rise_capacitance_pf, pin.fall_capacitance_pf});
        }
      }
      for (const LibertyPin& pin : cell.pins) {
        if (pin.direction != "output") continue;
        for (const TimingArc& arc : pin.arcs) {
          const auto from = input_index.find(arc.from);
          if (from == input_index.end() || arc.from_clock != timed.is_sequential) continue;
          timed.arcs.push_back({from->second, static_cast<int>(timed.outputs.size()), &arc});
        }
        timed.outputs.push_back(pin.name);
      }
      const int index = static_cast<int>(cells_.size());
      index_.emplace(cell.name, index);
      const std::string family = area == areas.end() ? "" : family_of(cell, timed);
      if (!family.empty()) families[family].push_back(index);
      cells_.push_back(std::move(timed));
    }
  }
  for (auto& [family, members] : families) {
    std::stable_sort(members.begin(), members.end(),
                     [&](int a, int b) { return cells_[at(a)].area_um2 < cells_[at(b)].area_um2; });
    // Pins have to stand in the same order, too: a gate's nets are kept by index.
    for (const int member : members) {
      for (const int other : members) {
        if (cells_[at(other)].inputs == cells_[at(member)].inputs &&
            cells_[at(other)].outputs == cells_[at(member)].outputs) {
          cells_[at(member)].sizes.push_back(other);
        }
      }
    }
  }
}

int CellTable::find(const std::string& name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? -1 : found->second;
}

double CellTable::wire_pf(int loads) const {
  if (wire_pf_.empty() || loads < 1) return 0.0;
  const auto given = static_cast<int>(wire_pf_.size());
  return loads <= given ? wire_pf_[at(loads - 1)]
                        : wire_pf_.back() + (loads - given) * wire_slope_pf_;
}

GateTiming::GateTiming(const NetlistModule& module, const CellTable& table) : table_(table) {
  const std::size_t nets = module.net_names.size();
  driver_.assign(nets, -1);
  loads_.assign(nets, {});
  is_end_.assign(nets, false);

  std::vector<Gate> gates;
  for (std::size_t i = 0; i < module.instances.size(); ++i) {
    const NetlistInstance& instance = module.instances[i];
    Gate gate{table.find(instance.type), i, {}, {}};
    if (gate.cell < 0) {
      for (const NetlistPin& pin : instance.pins) {
        for (const NetId bit : pin.bits) {
          if (bit >= 0) is_end_[at(bit)] = true;
        }
      }
      continue;
    }
    const TimedCell& cell = table[gate.cell];
    const auto net_of = [&](const std::string& port) {
      for (const NetlistPin& pin : instance.pins) {
        if (pin.port == port && pin.bits.size() == 1) return static_cast<int>(pin.bits[0]);
      }
      return -1;
    };
    for (std::size_t p = 0; p < cell.inputs.size(); ++p) {
      gate.inputs.push_back(net_of(cell.inputs[p]));
      if (gate.inputs.back() >= 0) {
        loads_[at(gate.inputs.back())].rise += cell.input_pf[p].rise;
        loads_[at(gate.inputs.back())].fall += cell.input_pf[p].fall;
        if (cell.is_sequential) is_end_[at(gate.inputs.back())] = true;
      }
    }
    for (const std::string& output : cell.outputs) gate.outputs.push_back(net_of(output));
    gates.push_back(std::move(gate));
  }
  for (const NetlistPort& port : module.ports) {
    if (port.is_input) continue;
    for (const NetId bit : port.bits) {
      const auto alias = module.aliases.find(bit);
      const NetId net = alias == module.aliases.end() ? bit : alias->second;
      if (net >= 0) is_end_[at(net)] = true;
    }
  }

  std::vector<int> fanout(nets, 0);
  for (const Gate& gate : gates) {
    for (const int net : gate.inputs) {
      if (net >= 0) ++fanout[at(net)];
    }
  }
  for (std::size_t net = 0; net < nets; ++net) {
    loads_[net].rise += table.wire_pf(fanout[net]);
    loads_[net].fall += table.wire_pf(fanout[net]);
  }

  // Storage first, then each gate behind those that it reads.
  std::vector<std::vector<std::size_t>> readers(nets);
  std::vector<int> waits(gates.size(), 0);
  std::vector<bool> is_driven(nets, false);
  for (const Gate& gate : gates) {
    if (table_[gate.cell].is_sequential) continue;
    for (const int net : gate.outputs) {
      if (net >= 0) is_driven[at(net)] = true;
    }
  }
  std::queue<std::size_t> ready;
  for (std::size_t g = 0; g < gates.size(); ++g) {
    if (!table_[gates[g].cell].is_sequential) {
      for (const int net : gates[g].inputs) {
        if (net < 0 || !is_driven[at(net)]) continue;
        readers[at(net)].push_back(g);
        ++waits[g];
      }
    }
    if (waits[g] == 0) ready.push(g);
  }
  while (!ready.empty()) {
    const std::size_t g = ready.front();
    ready.pop();
    if (!table_[gates[g].cell].is_sequential) {
      for (const int net : gates[g].outputs) {
        if (net < 0) continue;
        for (const std::size_t reader : readers[at(net)]) {
          if (--waits[reader] == 0) ready.push(reader);
        }
      }
    }
    gates_.push_back(gates[g]);
  }
  for (std::size_t g = 0; g < gates_.size(); ++g) {
    for (const int net : gates_[g].outputs) {
      if (net >= 0) driver_[at(net)] = static_cast<int>(g);
    }
  }
  delays_.resize(gates_.size());
  update();
}

void GateTiming::forward(const Gate& gate, std::vector<EdgePair>& delays) {
  const TimedCell& cell = table_[gate.cell];
  delays.assign(cell.arcs.size(), {});
  for (std::size_t a = 0; a < cell.arcs.size(); ++a) {
    const TimedCell::Arc& arc = cell.arcs[a];
    const int out = gate.outputs[at(arc.to)];
    const int in = gate.inputs[at(arc.from)];
    if (out < 0 || (in < 0 && !cell.is_sequential)) continue;
    const EdgePair load = loads_[at(out)];
    EdgePair arrival;
    EdgePair slew;
    if (in >= 0 && !cell.is_sequential) {
      arrival = arrivals_[at(in)];
      slew = slews_[at(in)];
    }
    const TimingArc& tables = *arc.tables;
    // The edges of the input that make the output rise and fall, the slower slew where both may.
    EdgePair from = arrival;
    EdgePair from_slew = slew;
    if (tables.sense == ArcSense::negative) {
      std::swap(from.rise, from.fall);
      std::swap(from_slew.rise, from_slew.fall);
    } else if (tables.sense == ArcSense::both) {
      from.rise = from.fall = std::max(arrival.rise, arrival.fall);
      from_slew.rise = from_slew.fall = std::max(slew.rise, slew.fall);
    }
    EdgePair& delay = delays[a];
    delay.rise = tables.rise.at(from_slew.rise, load.rise);
    delay.fall = tables.fall.at(from_slew.fall, load.fall);
    EdgePair& to = arrivals_[at(out)];
    EdgePair& to_slew = slews_[at(out)];
    to.rise = std::max(to.rise, from.rise + delay.rise);
    to.fall = std::max(to.fall, from.fall + delay.fall);
    to_slew.rise = std::max(to_slew.rise, tables.rise_slew.at(from_slew.rise, load.rise));
    to_slew.fall = std::max(to_slew.fall, tables.fall_slew.at(from_slew.fall, load.fall));
  }
}

void GateTiming::backward(const Gate& gate, const std::vector<EdgePair>& delays) {
  const TimedCell& cell = table_[gate.cell];
  if (cell.is_sequential) return;
  for (std::size_t a = 0; a < cell.arcs.size(); ++a) {
    const TimedCell::Arc& arc = cell.arcs[a];
    const int out = gate.outputs[at(arc.to)];
    const int in = gate.inputs[at(arc.from)];
    if (out < 0 || in < 0) continue;
    const double rise = required_[at(out)].rise - delays[a].rise;
    const double fall = required_[at(out)].fall - delays[a].fall;
    EdgePair& needed = required_[at(in)];
    switch (arc.tables->sense) {
      case ArcSense::positive:
        needed.rise = std::min(needed.rise, rise);
        needed.fall = std::min(needed.fall, fall);
        break;
      case ArcSense::negative:
        needed.fall = std::min(needed.fall, rise);
        needed.rise = std::min(needed.rise, fall);
        break;
      case ArcSense::both:
        needed.rise = std::min({needed.rise, rise, fall});
        needed.fall = std::min({needed.fall, rise, fall});
        break;
    }
  }
}

double GateTiming::update() {
  arrivals_.assign(driver_.size(), {});
  slews_.assign(driver_.size(), {});
  required_.assign(driver_.size(), {std::numeric_limits<double>::infinity(),
                                    std::numeric_limits<double>::infinity()});
  for (std::size_t g = 0; g < gates_.size(); ++g) forward(gates_[g], delays_[g]);
  worst_ = 0.0;
  for (std::size_t net = 0; net < is_end_.size(); ++net) {
    if (is_end_[net]) worst_ = std::max({worst_, arrivals_[net].rise, arrivals_[net].fall});
  }
  for (std::size_t net = 0; net < is_end_.size(); ++net) {
    if (is_end_[net]) required_[net] = {worst_, worst_};
  }
  for (std::size_t g = gates_.size(); g-- > 0;) backward(gates_[g], delays_[g]);
  return worst_;
}

double GateTiming::arrival_ns(NetId net) const {
  return std::max(arrivals_[at(net)].rise, arrivals_[at(net)].fall);
}

double GateTiming::slack_ns(NetId net) const {
  return std::min(required_[at(net)].rise - arrivals_[at(net)].rise,
                  required_[at(net)].fall - arrivals_[at(net)].fall);
}

double GateTiming::area_um2() const {
  double area = 0.0;
  for (const Gate& gate : gates_) {
    if (!table_[gate.cell].is_sequential) area += table_[gate.cell].area_um2;
  }
  return area;
}

void GateTiming::set_cell(std::size_t gate, int cell) {
  Gate& changed = gates_[gate];
  for (std::size_t p = 0; p < changed.inputs.size(); ++p) {
    if (changed.inputs[p] < 0) continue;
    EdgePair& load = loads_[at(changed.inputs[p])];
    load.rise += table_[cell].input_pf[p].rise - table_[changed.cell].input_pf[p].rise;
    load.fall += table_[cell].input_pf[p].fall - table_[changed.cell].input_pf[p].fall;
  }
  changed.cell = cell;
}

double GateTiming::gate_slack(const Gate& gate) const {
  double slack = std::numeric_limits<double>::infinity();
  for (const int net : gate.outputs) {
    if (net >= 0) slack = std::min(slack, slack_ns(net));
  }
  return slack;
}

/// The arrival at an output of a gate that was another cell, inputs as they come now.
double GateTiming::delay_through(const Gate& gate, int cell, int output,
                                 EdgePair extra_load) const {
  double latest = 0.0;
  for (const TimedCell::Arc& arc : table_[cell].arcs) {
    if (arc.to != output) continue;
    const int in = gate.inputs[at(arc.from)];
    const int out = gate.outputs[at(output)];
    const EdgePair load = {loads_[at(out)].rise + extra_load.rise,
                           loads_[at(out)].fall + extra_load.fall};
    EdgePair from;
    EdgePair slew;
    if (in >= 0 && !table_[cell].is_sequential) {
      from = arrivals_[at(in)];
      slew = slews_[at(in)];
    }
    if (arc.tables->sense == ArcSense::negative) {
      std::swap(from.rise, from.fall);
      std::swap(slew.rise, slew.fall);
    } else if (arc.tables->sense == ArcSense::both) {
      from.rise = from.fall = std::max(from.rise, from.fall);
      slew.rise = slew.fall = std::max(slew.rise, slew.fall);
    }
    latest = std::max({latest, from.rise + arc.tables->rise.at(slew.rise, load.rise),
                       from.fall + arc.tables->fall.at(slew.fall, load.fall)});
  }
  return latest;
}

void GateTiming::size_gates(double budget_um2) {
  struct Change {
    std::size_t gate = 0;
    int cell = -1;
    double area = 0.0;
    double merit = 0.0;  ///< ns won for a um2
  };
  constexpr double window = 0.03;  // of the longest path: what counts as critical
  constexpr int most_failures = 40;
  constexpr double least_gain = 1e-4;  // of the longest path, for a round to count
  double spent = 0.0;
  double fraction = 0.5;
  int failures = 0;
  std::set<std::pair<std::size_t, int>> refused;
  while (failures < most_failures) {
    const double before = update();
    std::vector<Change> changes;
    for (std::size_t g = 0; g < gates_.size(); ++g) {
      const Gate& gate = gates_[g];
      const TimedCell& cell = table_[gate.cell];
      if (cell.is_sequential || cell.sizes.size() < 2 || gate_slack(gate) > window * before)
        continue;
      Change best;
      for (const int other : cell.sizes) {
        const double area = table_[other].area_um2 - cell.area_um2;
        if (other == gate.cell || area < 0.0 || spent + area > budget_um2 ||
            refused.contains({g, other})) {
          continue;
        }
        double gain = 0.0;
        for (std::size_t o = 0; o < gate.outputs.size(); ++o) {
          if (gate.outputs[o] < 0 || slack_ns(gate.outputs[o]) > window * before) continue;
          const int output = static_cast<int>(o);
          gain = std::max(gain, delay_through(gate, gate.cell, output, {}) -
                                    delay_through(gate, other, output, {}));
        }
        // Its larger inputs load the gates in front of it.
        double loss = 0.0;
        for (std::size_t p = 0; p < gate.inputs.size(); ++p) {
          const int net = gate.inputs[p];
          if (net < 0 || driver_[at(net)] < 0 || slack_ns(net) > window * before) continue;
          const Gate& driver = gates_[at(driver_[at(net)])];
          const auto output = std::find(driver.outputs.begin(), driver.outputs.end(), net);
          const int index = static_cast<int>(output - driver.outputs.begin());
          const EdgePair extra = {table_[other].input_pf[p].rise - cell.input_pf[p].rise,
                                  table_[other].input_pf[p].fall - cell.input_pf[p].fall};
          loss = std::max(loss, delay_through(driver, driver.cell, index, extra) -
                                    delay_through(driver, driver.cell, index, {}));
        }
        if (gain <= loss) continue;
        constexpr double free_area = 0.01;
        const double merit = (gain - loss) / std::max(area, free_area);
        if (merit > best.merit) best = {g, other, area, merit};
      }
      if (best.cell >= 0) changes.push_back(best);
    }
    if (changes.empty()) break;
    std::stable_sort(changes.begin(), changes.end(),
                     [](const Change& a, const Change& b) { return a.merit > b.merit; });
    const auto count = std::max<std::size_t>(
        1, static_cast<std::size_t>(fraction * static_cast<double>(changes.size())));
    changes.resize(std::min(count, changes.size()));
    // What was estimated holds for changes that do not stand side by side.
    std::vector<std::pair<std::size_t, int>> former;
    std::vector<bool> is_near(driver_.size(), false);
    double area = 0.0;
    std::pair<std::size_t, int> first;
    for (const Change& change : changes) {
      if (spent + area + change.area > budget_um2) continue;
      const Gate& gate = gates_[change.gate];
      const auto near = [&](int net) { return net >= 0 && is_near[at(net)]; };
      if (std::any_of(gate.inputs.begin(), gate.inputs.end(), near) ||
          std::any_of(gate.outputs.begin(), gate.outputs.end(), near)) {
        continue;
      }
      for (const auto* nets : {&gate.inputs, &gate.outputs}) {
        for (const int net : *nets) {
          if (net >= 0) is_near[at(net)] = true;
        }
      }
      if (former.empty()) first = {change.gate, change.cell};
      former.emplace_back(change.gate, gate.cell);
      set_cell(change.gate, change.cell);
      area += change.area;
    }
    if (former.empty()) break;
    if (update() < before * (1.0 - least_gain)) {
      spent += area;
      failures = 0;
      fraction = std::min(0.5, fraction * 1.5);
      continue;
    }
    for (const auto& [gate, cell] : former) set_cell(gate, cell);
    ++failures;
    if (former.size() == 1) refused.insert(first);
    fraction /= 2.0;
  }
  update();
}

void GateTiming::write_sizes(NetlistModule& module) const {
  for (const Gate& gate : gates_) module.instances[gate.instance].type = table_[gate.cell].name;
}

}  // namespace cimforge::flows
