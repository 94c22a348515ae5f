#include "flows/adder_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "generator/base/exit_status.h"

namespace cimforge::flows {
namespace {

std::size_t at(NetId i) {
  assert(i >= 0);
  return static_cast<std::size_t>(i);
}

NetId bit_of(const NetlistInstance& instance, std::string_view port) {
  for (const NetlistPin& pin : instance.pins) {
    if (pin.port == port && pin.bits.size() == 1) return pin.bits[0];
  }
  return no_net;
}

std::string_view stem_of(std::string_view type) {
  return type.substr(0, type.find("__"));
}

}  // namespace

bool is_adder_module(std::string_view type) {
  const std::string_view stem = stem_of(type);
  return stem == "cim_full_adder" || stem == "cim_half_adder" || stem == "cim_dual_half_adder";
}

AdderGraph::AdderGraph(const NetlistModule& module, const AdderCells& cells)
    : module_(module), cells_(cells) {
  aliases_.resize(module.net_names.size());
  for (std::size_t net = 0; net < aliases_.size(); ++net) {
    aliases_[net] = {static_cast<NetId>(net), false};
  }
  collect();
  simplify();
  find_unread();
  order();
}

AdderGraph::Literal AdderGraph::literal(NetId net) const {
  if (net == no_net) return {};
  if (net == constant_zero || net == constant_one) return {constant_zero, net == constant_one};
  Literal result = aliases_[at(net)];
  while (!result.is_constant() && (aliases_[at(result.net)].net != result.net)) {
    const Literal next = aliases_[at(result.net)];
    result = {next.net, next.inverted != result.inverted};
  }
  return result;
}

double AdderGraph::area_of(const char* kind) const {
  const auto gate = cells_.gates.find(kind);
  return gate == cells_.gates.end() ? std::numeric_limits<double>::infinity()
                                    : gate->second.area_um2;
}

void AdderGraph::make_wire(NetId net, Literal source) {
  if (net >= 0) aliases_[at(net)] = source;
}

bool AdderGraph::is_read(NetId net) const {
  return net >= 0 && read_[at(net)];
}

void AdderGraph::collect() {
  for (std::size_t i = 0; i < module_.instances.size(); ++i) {
    const NetlistInstance& instance = module_.instances[i];
    Node node;
    node.name = instance.name;
    const auto raw = [&](std::string_view port) {
      const NetId net = bit_of(instance, port);
      // An open input is nobody's intent; Yosys would make it undefined.
      if (net == no_net) return Literal{constant_zero, false};
      if (net == constant_one) return Literal{constant_zero, true};
      return Literal{net, false};
    };
    if (is_adder_module(instance.type)) {
      const std::string_view stem = stem_of(instance.type);
      node.kind = stem == "cim_full_adder"   ? Kind::full
                  : stem == "cim_half_adder" ? Kind::half
                                             : Kind::dual_half;
      node.in = {raw("a_i"), raw("b_i"), node.kind == Kind::full ? raw("c_i") : Literal{}};
      node.sum = bit_of(instance, "sum_o");
      node.carry = bit_of(instance, "carry_o");
      nodes_.push_back(std::move(node));
      continue;
    }
    const auto known = cells_.known_gates.find(instance.type);
    if (known == cells_.known_gates.end()) {
      others_.push_back(i);
      continue;
    }
    const auto& [kind, gate] = known->second;
    const NetId output = bit_of(instance, gate.output);
    if (output < 0) continue;  // nobody reads it
    const auto input = [&, &inputs = gate.inputs](std::size_t pin) { return raw(inputs[pin]); };
    if (kind == "INV") {
      make_wire(output, !input(0));
      continue;
    }
    const bool flexible = (kind == "NAND2" || kind == "AND2" || kind == "NOR2" || kind == "OR2" ||
                           kind == "XOR2" || kind == "XNOR2");
    if (!flexible) {
      others_.push_back(i);
      continue;
    }
    node.kind = kind == "NAND2" || kind == "AND2" ? Kind::product
                : kind == "NOR2" || kind == "OR2" ? Kind::sum_or
                                                  : Kind::parity;
    node.in = {input(0), input(1), Literal{}};
    node.cell = instance.type;
    // The node's output is the plain AND, OR or XOR: an inverting gate's net is its inverse. A new
    // net stands for it.
    const bool inverting = kind == "NAND2" || kind == "NOR2" || kind == "XNOR2";
    if (inverting) {
      const auto plain = static_cast<NetId>(aliases_.size());
      aliases_.push_back({plain, false});
      make_wire(output, {plain, true});
      plain_of_[plain] = output;
      node.sum = plain;
    } else {
      node.sum = output;
    }
    nodes_.push_back(std::move(node));
  }
}

/// Adders with constant inputs become smaller ones or wires.
void AdderGraph::simplify() {
  bool changed = true;
  while (changed) {
    changed = false;
    std::vector<Node> kept;
    for (Node& node : nodes_) {
      for (int i = 0; i < node.inputs(); ++i) {
        Literal& in = node.in[static_cast<std::size_t>(i)];
        if (!in.is_constant()) {
          const Literal root = literal(in.net);
          in = {root.net, root.inverted != in.inverted};
        }
      }
      // The constant last.
      const auto inputs = static_cast<std::size_t>(node.inputs());
      for (std::size_t i = 0; i + 1 < inputs; ++i) {
        if (node.in[i].is_constant()) std::swap(node.in[i], node.in[inputs - 1]);
      }
      const Literal last = node.in[inputs - 1];
      if (!last.is_constant()) {
        kept.push_back(std::move(node));
        continue;
      }
      changed = true;
      const Literal a = node.in[0];
      switch (node.kind) {
        case Kind::full:
          node.kind = last.inverted ? Kind::dual_half : Kind::half;
          node.in[2] = {};
          kept.push_back(std::move(node));
          break;
        case Kind::half:  // a ^ k, a & k
          make_wire(node.sum, {a.net, a.inverted != last.inverted});
          make_wire(node.carry, last.inverted ? a : Literal{constant_zero, false});
          break;
        case Kind::dual_half:  // ~(a ^ k), a | k
          make_wire(node.sum, {a.net, a.inverted == last.inverted});
          make_wire(node.carry, last.inverted ? Literal{constant_zero, true} : a);
          break;
        case Kind::product:
          make_wire(node.sum, last.inverted ? a : Literal{constant_zero, false});
          break;
        case Kind::sum_or:
          make_wire(node.sum, last.inverted ? Literal{constant_zero, true} : a);
          break;
        case Kind::parity:
          make_wire(node.sum, {a.net, a.inverted != last.inverted});
          break;
      }
    }
    nodes_ = std::move(kept);
  }
}

/// Which nets are read; an adder of which only the sum is read is a parity, and one that nobody
/// reads goes.
void AdderGraph::find_unread() {
  fixed_needs_.assign(aliases_.size(), {0, 0});
  std::vector<bool> outside(aliases_.size(), false);
  const auto fixed = [&](NetId net) {
    if (net < 0) return;
    const Literal root = literal(net);
    if (root.is_constant() || !root.is_connected()) return;
    outside[at(root.net)] = true;
    ++fixed_needs_[at(root.net)][root.inverted ? 1 : 0];
  };
  for (const std::size_t i : others_) {
    // Outputs are counted too: the driver itself is then a reader of the plain net, which it gives.
    for (const NetlistPin& pin : module_.instances[i].pins) {
      for (const NetId bit : pin.bits) fixed(bit);
    }
  }
  for (const NetlistPort& port : module_.ports) {
    for (const NetId bit : port.bits) {
      const auto alias = module_.aliases.find(bit);
      fixed(alias == module_.aliases.end() ? bit : alias->second);
    }
  }
  bool changed = true;
  while (changed) {
    changed = false;
    read_ = outside;
    for (const Node& node : nodes_) {
      for (int i = 0; i < node.inputs(); ++i)
        read_[at(node.in[static_cast<std::size_t>(i)].net)] = true;
    }
    std::vector<Node> kept;
    for (Node& node : nodes_) {
      const bool sum = is_read(node.sum);
      const bool carry = is_read(node.carry);
      if (!sum && !carry) {
        changed = true;
        continue;
      }
      if (carry || !node.is_adder()) {
        kept.push_back(std::move(node));
        continue;
      }
      // Only the sum: one or two XORs, the late input in the last.
      changed = true;
      Literal first = node.in[0];
      if (node.kind == Kind::full) {
        Node inner;
        inner.kind = Kind::parity;
        inner.name = node.name + "$x";
        inner.in = {node.in[0], node.in[1], Literal{}};
        const auto net = static_cast<NetId>(aliases_.size());
        aliases_.push_back({net, false});
        outside.push_back(false);
        fixed_needs_.push_back({0, 0});
        inner.sum = net;
        kept.push_back(std::move(inner));
        node.in = {Literal{net, false}, node.in[2], Literal{}};
      } else if (node.kind == Kind::dual_half) {
        first = !first;
        node.in = {first, node.in[1], Literal{}};
      }
      node.kind = Kind::parity;
      node.carry = no_net;
      kept.push_back(std::move(node));
    }
    nodes_ = std::move(kept);
    read_.resize(aliases_.size(), true);
  }
}

/// Each node behind those that it reads.
void AdderGraph::order() {
  std::vector<int> maker(aliases_.size(), -1);
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    for (const NetId net : {nodes_[n].sum, nodes_[n].carry}) {
      if (net >= 0) maker[at(net)] = static_cast<int>(n);
    }
  }
  std::vector<int> state(nodes_.size(), 0);
  std::vector<std::size_t> sorted;
  for (std::size_t start = 0; start < nodes_.size(); ++start) {
    std::vector<std::size_t> stack = {start};
    while (!stack.empty()) {
      const std::size_t n = stack.back();
      if (state[n] == 2) {
        stack.pop_back();
        continue;
      }
      const bool expanded = state[n] == 1;
      state[n] = 1;
      bool waits = false;
      for (int i = 0; !expanded && i < nodes_[n].inputs(); ++i) {
        const int from = maker[at(nodes_[n].in[static_cast<std::size_t>(i)].net)];
        if (from >= 0 && state[at(from)] == 0) {
          stack.push_back(at(from));
          waits = true;
        }
      }
      if (!waits) {
        state[n] = 2;
        sorted.push_back(n);
        stack.pop_back();
      }
    }
  }
  std::vector<Node> nodes;
  for (const std::size_t n : sorted) nodes.push_back(std::move(nodes_[n]));
  nodes_ = std::move(nodes);
}

double AdderGraph::gate_area(const Node& node, const Choice& choice) const {
  const bool sum = is_read(node.sum);
  double area = 0.0;
  switch (node.kind) {
    case Kind::full:
      if (choice.as_cell) return cells_.full_adder->area_um2;
      if (choice.negative) {
        area = area_of("NOR2") + 2 * area_of("AOI21");
      } else {
        area = area_of("NAND2") + 2 * area_of("OAI21");
      }
      return area + (sum ? area_of(choice.inverts_sum ? "XNOR2" : "XOR2") : 0.0);
    case Kind::half:
    case Kind::dual_half: {
      if (choice.as_cell) return cells_.half_adder->area_um2;
      if (sum) area += std::min(area_of("XOR2"), area_of("XNOR2"));
      const bool is_and = (node.kind == Kind::half) != choice.negative;
      const bool inverting = choice.negative != choice.inverts_carry;
      return area + area_of(is_and ? (inverting ? "NAND2" : "AND2") : (inverting ? "NOR2" : "OR2"));
    }
    case Kind::product:
    case Kind::sum_or: {
      const bool is_and = (node.kind == Kind::product) != choice.negative;
      const bool inverting = choice.negative != choice.inverts_sum;
      return area_of(is_and ? (inverting ? "NAND2" : "AND2") : (inverting ? "NOR2" : "OR2"));
    }
    case Kind::parity:
      return choice.inverts_sum ? area_of("XNOR2") : area_of("XOR2");
  }
  return area;
}

std::vector<AdderGraph::Choice> AdderGraph::choices(const Node& node, bool as_gates,
                                                    const std::vector<double>& arrivals) const {
  std::vector<Choice> result;
  const auto add = [&](Choice choice) {
    choice.area = gate_area(node, choice);
    if (choice.area < std::numeric_limits<double>::infinity()) result.push_back(choice);
  };
  constexpr std::array<bool, 2> both = {false, true};
  if (node.kind == Kind::full) {
    if (!as_gates && cells_.full_adder) {
      for (const bool negative : both) {
        add({true, negative, 2, negative != cells_.full_adder->sum_inverted,
             negative != cells_.full_adder->carry_inverted, 0.0});
      }
      return result;
    }
    double latest = 0.0;
    if (!arrivals.empty()) {
      for (const Literal& in : node.in) latest = std::max(latest, arrivals[at(in.net)]);
    }
    constexpr double tie_ns = 0.03;
    for (int late = 2; late >= 0; --late) {
      if (!arrivals.empty() &&
          arrivals[at(node.in[static_cast<std::size_t>(late)].net)] < latest - tie_ns) {
        continue;
      }
      for (const bool negative : both) {
        if (negative ? !cells_.has_negative_four_gates() : !cells_.has_positive_four_gates())
          continue;
        for (const bool inverts_sum : both)
          add({false, negative, late, inverts_sum, negative, 0.0});
      }
    }
    return result;
  }
  for (const bool negative : both) {
    if (node.kind == Kind::parity) {
      if (negative) break;
      for (const bool inverts : both) add({false, false, 2, inverts, false, 0.0});
      continue;
    }
    if (!node.is_adder()) {
      for (const bool inverts : both) add({false, negative, 2, inverts, false, 0.0});
      continue;
    }
    for (const bool inverts_sum : both) {
      for (const bool inverts_carry : both) {
        add({false, negative, 2, inverts_sum, inverts_carry, 0.0});
      }
    }
    // ~(a ^ b) and a | b are what a half adder's cell makes of ~a and ~b, inverted.
    if (cells_.half_adder && negative == (node.kind == Kind::dual_half)) {
      add({true, negative, 2, negative != cells_.half_adder->sum_inverted,
           negative != cells_.half_adder->carry_inverted, 0.0});
    }
  }
  return result;
}

void AdderGraph::needs(const Node& node, const Choice& choice, std::vector<Need>& result) const {
  result.clear();
  if (node.kind == Kind::parity) return;
  for (int i = 0; i < node.inputs(); ++i) {
    const Literal& in = node.in[static_cast<std::size_t>(i)];
    const bool is_late = node.kind == Kind::full && !choice.as_cell && i == choice.late;
    result.push_back({in.net, in.inverted != (choice.negative != is_late)});
  }
}

void AdderGraph::put(std::size_t n, const Choice& choice, int count) {
  needs(nodes_[n], choice, wanted_);
  for (const Need& need : wanted_) needs_[at(need.net)][need.inverted ? 1 : 0] += count;
  if (count < 0) return;
  if (nodes_[n].sum >= 0) native_[at(nodes_[n].sum)] = choice.inverts_sum;
  if (nodes_[n].carry >= 0) native_[at(nodes_[n].carry)] = choice.inverts_carry;
}

double AdderGraph::price_of(NetId net) const {
  return needs_[at(net)][native_[at(net)] ? 0 : 1] > 0 ? price_[at(net)] : 0.0;
}

double AdderGraph::total_cost() const {
  double cost = 0.0;
  for (const Choice& choice : choices_) cost += choice.area;
  for (std::size_t net = 0; net < price_.size(); ++net) cost += price_of(static_cast<NetId>(net));
  return cost;
}

/// Node by node the cheapest choice beside its neighbours', until none is better. In the first
/// sweep nodes behind have not chosen yet.
void AdderGraph::sweep(bool is_first) {
  std::vector<NetId> touched;
  const auto cost = [&](const Choice& choice) {
    double sum = choice.area;
    for (const NetId net : touched) sum += price_of(net);
    return sum;
  };
  constexpr int most_sweeps = 30;
  for (int round = 0; round < most_sweeps; ++round) {
    bool improved = false;
    for (std::size_t step = 0; step < nodes_.size(); ++step) {
      // Forwards and backwards in turn: polarity travels both ways.
      const std::size_t n = round % 2 == 0 ? step : nodes_.size() - 1 - step;
      const Node& node = nodes_[n];
      touched.clear();
      const auto touch = [&](NetId net) {
        if (net >= 0 && std::find(touched.begin(), touched.end(), net) == touched.end()) {
          touched.push_back(net);
        }
      };
      for (int i = 0; i < node.inputs(); ++i) touch(node.in[static_cast<std::size_t>(i)].net);
      touch(node.sum);
      touch(node.carry);
      double best_cost = std::numeric_limits<double>::infinity();
      Choice best = choices_[n];
      if (!is_first) {
        best_cost = cost(best);
        put(n, best, -1);
      }
      const double former = best_cost;
      for (const Choice& choice : options_[n]) {
        put(n, choice, 1);
        const double now = cost(choice);
        if (now < best_cost - cost_noise) {
          best_cost = now;
          best = choice;
        }
        put(n, choice, -1);
      }
      put(n, best, 1);
      choices_[n] = best;
      improved = improved || best_cost < former;
    }
    is_first = false;
    if (!improved) break;
  }
}

/// The cheapest choices together along the forest of nets that have one reader each: the carries
/// and the outputs of gates, or the sums, all else as it is. Exact for the forest, by the least
/// cost of everything in front of a net for either polarity of it. Returns whether the whole became
/// cheaper.
bool AdderGraph::improve_along(bool carries) {
  const std::size_t nets = aliases_.size();
  std::vector<int> readers(nets, 0);
  std::vector<int> maker(nets, -1);
  const auto edge_of = [&](const Node& node) {
    return carries && node.is_adder() ? node.carry : node.sum;
  };
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    for (int i = 0; i < nodes_[n].inputs(); ++i) {
      ++readers[at(nodes_[n].in[static_cast<std::size_t>(i)].net)];
    }
    if (const NetId net = edge_of(nodes_[n]); net >= 0) maker[at(net)] = static_cast<int>(n);
  }
  const auto is_branch = [&](NetId net) {
    return net >= 0 && maker[at(net)] >= 0 && readers[at(net)] == 1 &&
           fixed_needs_[at(net)][0] + fixed_needs_[at(net)][1] == 0;
  };
  // By node and polarity of its branch: the least cost of it and of all in front of it.
  struct Least {
    double cost = std::numeric_limits<double>::infinity();
    std::size_t option = 0;
  };
  std::vector<std::array<Least, 2>> least(nodes_.size());
  /// The cheaper polarity of a branch for a reader with this need.
  const auto branch = [&](NetId net, std::optional<bool> inverted) {
    const auto& both = least[at(maker[at(net)])];
    std::array<double, 2> cost = {both[0].cost, both[1].cost};
    if (inverted) cost.at(*inverted ? 0 : 1) += price_[at(net)];
    const bool second = cost[1] < cost[0];
    return std::pair{second, cost.at(second ? 1 : 0)};
  };
  const auto need_of = [&](const Node& node, int input) -> std::optional<bool> {
    if (node.kind == Kind::parity) return std::nullopt;
    return wanted_[static_cast<std::size_t>(input)].inverted;
  };
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    const Node& node = nodes_[n];
    const NetId edge = is_branch(edge_of(node)) ? edge_of(node) : no_net;
    put(n, choices_[n], -1);
    for (std::size_t option = 0; option < options_[n].size(); ++option) {
      const Choice& choice = options_[n][option];
      double cost = choice.area;
      const auto output = [&](NetId net, bool inverts) {
        if (net < 0 || net == edge) return;
        if (needs_[at(net)][inverts ? 0 : 1] > 0) cost += price_[at(net)];
      };
      output(node.sum, choice.inverts_sum);
      output(node.carry, choice.inverts_carry);
      needs(node, choice, wanted_);
      for (int i = 0; i < node.inputs(); ++i) {
        const NetId net = node.in[static_cast<std::size_t>(i)].net;
        const std::optional<bool> need = need_of(node, i);
        if (is_branch(net)) {
          cost += branch(net, need).second;
        } else if (need && *need != native_[at(net)] && needs_[at(net)][*need ? 1 : 0] == 0) {
          cost += price_[at(net)];
        }
      }
      const bool polarity =
          edge >= 0 && (edge == node.sum ? choice.inverts_sum : choice.inverts_carry);
      Least& place = least[n].at(polarity ? 1 : 0);
      if (cost < place.cost - cost_noise) place = {cost, option};
    }
    put(n, choices_[n], 1);
  }

  const std::vector<Choice> former = choices_;
  const double before = total_cost();
  std::vector<bool> polarity(nodes_.size(), false);
  for (std::size_t n = nodes_.size(); n-- > 0;) {
    const Node& node = nodes_[n];
    choices_[n] = options_[n][least[n].at(polarity[n] ? 1 : 0).option];
    needs(node, choices_[n], wanted_);
    for (int i = 0; i < node.inputs(); ++i) {
      const NetId net = node.in[static_cast<std::size_t>(i)].net;
      if (is_branch(net)) polarity[at(maker[at(net)])] = branch(net, need_of(node, i)).first;
    }
  }
  const auto replace = [&](const std::vector<Choice>& old) {
    for (std::size_t n = 0; n < nodes_.size(); ++n) put(n, old[n], -1);
    for (std::size_t n = 0; n < nodes_.size(); ++n) put(n, choices_[n], 1);
  };
  replace(former);
  if (total_cost() < before - cost_noise) return true;
  const std::vector<Choice> tried = std::exchange(choices_, former);
  replace(tried);
  return false;
}

void AdderGraph::choose(const std::vector<bool>& as_gates, const std::vector<double>& arrivals,
                        const std::vector<double>& slacks, double longest) {
  const std::size_t nets = aliases_.size();
  native_.assign(nets, false);
  needs_ = fixed_needs_;
  // What an inverter costs on a net: on the longest paths it costs time as well.
  const double inverter = area_of("INV");
  price_.assign(nets, inverter);
  if (!slacks.empty()) {
    constexpr double critical = 0.1;  // of the longest path
    constexpr double penalty = 6.0;
    for (std::size_t net = 0; net < nets && net < slacks.size(); ++net) {
      if (slacks[net] < critical * longest) price_[net] = penalty * inverter;
    }
  }
  options_.clear();
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    options_.push_back(choices(nodes_[n], as_gates[n], arrivals));
    if (options_.back().empty()) {
      throw base::InputError(
          fmt::format("the library has no gates for the adder {}", nodes_[n].name));
    }
  }
  choices_.assign(nodes_.size(), {});
  sweep(true);
  constexpr int most_rounds = 8;
  for (int round = 0; round < most_rounds; ++round) {
    const bool carries = improve_along(true);
    const bool sums = improve_along(false);
    if (!carries && !sums) break;
    sweep(false);
  }
}

NetlistModule AdderGraph::realise(AdderMappingReport& report) {
  NetlistModule result;
  result.name = module_.name;
  result.ports = module_.ports;
  result.net_names = module_.net_names;
  report = {};
  report.module = module_.name;
  // Nets that collect() and find_unread() made.
  for (std::size_t net = result.net_names.size(); net < aliases_.size(); ++net) {
    result.net_names.push_back(fmt::format("plain.{}", net));
  }

  other_.assign(aliases_.size(), no_net);
  std::vector<NetId>& other = other_;
  const auto physical = [&](NetId net, bool inverted) {
    if (!inverted) return net;
    NetId& inverse = other[at(net)];
    if (inverse == no_net) inverse = result.add_net(result.net_names[at(net)] + ".n");
    return inverse;
  };
  const auto of_literal = [&](Literal literal, bool inverted) -> NetId {
    if (!literal.is_connected()) return no_net;
    const bool value = literal.inverted != inverted;
    if (literal.is_constant()) return value ? constant_one : constant_zero;
    return physical(literal.net, value);
  };

  for (const std::size_t i : others_) {
    NetlistInstance instance = module_.instances[i];
    for (NetlistPin& pin : instance.pins) {
      for (NetId& bit : pin.bits) {
        if (bit >= 0) bit = of_literal(literal(bit), false);
      }
    }
    result.instances.push_back(std::move(instance));
  }

  const auto add = [&](const std::string& kind, const std::string& name,
                       const std::vector<NetId>& inputs, NetId output,
                       const std::string& cell_name = "") {
    const GateCell& gate =
        cell_name.empty() ? cells_.gates.at(kind) : cells_.known_gates.at(cell_name).second;
    NetlistInstance instance{gate.cell, name, {}};
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      instance.pins.push_back({gate.inputs[i], {inputs[i]}});
    }
    instance.pins.push_back({gate.output, {output}});
    result.instances.push_back(std::move(instance));
  };
  const auto add_cell = [&](const AdderCell& cell, const std::string& name,
                            const std::vector<NetId>& inputs, NetId sum, NetId carry) {
    NetlistInstance instance{cell.cell, name, {}};
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      instance.pins.push_back({cell.inputs[i], {inputs[i]}});
    }
    instance.pins.push_back({cell.sum, {sum}});
    instance.pins.push_back({cell.carry, {carry}});
    result.instances.push_back(std::move(instance));
  };

  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    const Node& node = nodes_[n];
    const Choice& choice = choices_[n];
    const NetId sum =
        node.sum < 0 || !is_read(node.sum) ? no_net : physical(node.sum, choice.inverts_sum);
    const NetId carry = node.carry < 0 || !is_read(node.carry)
                            ? no_net
                            : physical(node.carry, choice.inverts_carry);
    const auto input = [&](int i, bool inverted) {
      return of_literal(node.in[static_cast<std::size_t>(i)], inverted);
    };
    // Either polarity of an input will do for a XOR: that which is there.
    const auto either = [&](int i, bool& flips) {
      const Literal& in = node.in[static_cast<std::size_t>(i)];
      const bool inverse = native_[at(in.net)];
      if (in.inverted != inverse) flips = !flips;
      return physical(in.net, inverse);
    };
    if (node.kind == Kind::parity) {
      bool flips = choice.inverts_sum;
      const NetId a = either(0, flips);
      const NetId b = either(1, flips);
      const char* kind = flips ? "XNOR2" : "XOR2";
      const auto known = cells_.known_gates.find(node.cell);
      const bool same = known != cells_.known_gates.end() && known->second.first == kind;
      add(kind, node.name, {a, b}, sum, same ? node.cell : "");
      continue;
    }
    if (choice.as_cell) {
      std::vector<NetId> inputs;
      for (int i = 0; i < node.inputs(); ++i) inputs.push_back(input(i, choice.negative));
      add_cell(node.kind == Kind::full ? *cells_.full_adder : *cells_.half_adder, node.name, inputs,
               sum, carry);
      (node.kind == Kind::full ? report.adder_cells : report.half_adders) += 1;
      continue;
    }
    if (node.kind == Kind::full) {
      ++report.four_gate;
      const int late = choice.late;
      const int first = late == 0 ? 1 : 0;
      const int second = late == 2 ? 1 : 2;
      const bool negative = choice.negative;
      const NetId a = input(first, negative);
      const NetId b = input(second, negative);
      const NetId c = input(late, !negative);
      const NetId g = result.add_net(node.name + ".g");
      const NetId x = result.add_net(node.name + ".x");
      const char* pair = negative ? "NOR2" : "NAND2";
      const char* complex = negative ? "AOI21" : "OAI21";
      add(pair, node.name + "$g", {a, b}, g);
      add(complex, node.name + "$x", {a, b, g}, x);
      if (carry != no_net) add(complex, node.name + "$c", {c, x, g}, carry);
      // Positive: ~c ^ ~x is the sum. Negative: c ^ x is.
      if (sum != no_net) add(choice.inverts_sum ? "XNOR2" : "XOR2", node.name + "$s", {c, x}, sum);
      continue;
    }
    const bool is_half = node.is_adder();
    if (is_half) {
      ++report.half_adders;
      if (sum != no_net) {
        bool flips = choice.inverts_sum != (node.kind == Kind::dual_half);
        const NetId a = either(0, flips);
        const NetId b = either(1, flips);
        add(flips ? "XNOR2" : "XOR2", node.name + "$s", {a, b}, sum);
      }
    }
    const bool conjunction = node.kind == Kind::half || node.kind == Kind::product;
    const bool is_and = conjunction != choice.negative;
    const bool inverts = is_half ? choice.inverts_carry : choice.inverts_sum;
    const bool inverting = choice.negative != inverts;
    const char* kind = is_and ? (inverting ? "NAND2" : "AND2") : (inverting ? "NOR2" : "OR2");
    const auto known = cells_.known_gates.find(node.cell);
    const bool same = known != cells_.known_gates.end() && known->second.first == kind;
    add(kind, is_half ? node.name + "$c" : node.name,
        {input(0, choice.negative), input(1, choice.negative)}, is_half ? carry : sum,
        same ? node.cell : "");
  }

  // Output ports that are another net, or an inverted one.
  for (const NetlistPort& port : result.ports) {
    if (port.is_input) continue;
    for (const NetId bit : port.bits) {
      const auto alias = module_.aliases.find(bit);
      const Literal value = literal(alias == module_.aliases.end() ? bit : alias->second);
      const NetId net = of_literal(value, false);
      if (net != bit && net != no_net) result.aliases[bit] = net;
    }
  }
  for (NetId net = 0; net < static_cast<NetId>(aliases_.size()); ++net) {
    if (other[at(net)] == no_net) continue;
    const bool inverse_is_native = native_[at(net)];
    const NetId from = inverse_is_native ? other[at(net)] : net;
    const NetId to = inverse_is_native ? net : other[at(net)];
    // The other polarity is there for somebody, or it is the driver's own.
    if (needs_[at(net)][inverse_is_native ? 0 : 1] == 0) continue;
    ++report.inverters;
    add("INV", result.net_names[at(net)] + "$n", {from}, to);
  }
  for (NetId net = 0; net < static_cast<NetId>(aliases_.size()); ++net) {
    const auto plain = plain_of_.find(net);
    const bool is_plain = plain != plain_of_.end();
    if (!is_plain && net >= static_cast<NetId>(module_.net_names.size()))
      continue;  // within an adder
    const NetId carries = is_plain ? plain->second : net;
    if (is_plain) report.carried[net] = {carries, true};
    if (other[at(net)] != no_net) report.carried[other[at(net)]] = {carries, !is_plain};
  }
  return result;
}

}  // namespace cimforge::flows
