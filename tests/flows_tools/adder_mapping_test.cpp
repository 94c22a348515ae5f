#include "flows/adder_mapping.h"

#include <fmt/format.h>

#include <array>
#include <random>
#include <set>

#include "flows/liberty_function.h"
#include "generator/base/exit_status.h"
#include "tests/catch.h"
#include "tests/flows_tools/adder_modules.h"

namespace cimforge::flows {
namespace {

/// Adders and gates on random nets, constants among them; some nets are outputs.
NetlistModule random_module(std::mt19937& random, const Library& library) {
  NetlistModule module;
  module.name = "m";
  const auto draw = [&](int below) {
    return std::uniform_int_distribution<int>(0, below - 1)(random);
  };
  NetlistPort in{"x", true, true, {}};
  for (int i = 0; i < 7; ++i) in.bits.push_back(module.add_net(fmt::format("x[{}]", i)));
  const auto net = [&]() -> NetId {
    const int chosen = draw(20);
    if (chosen == 0) return constant_zero;
    if (chosen == 1) return constant_one;
    return draw(static_cast<int>(module.net_names.size()));
  };
  const int count = 4 + draw(30);
  for (int i = 0; i < count; ++i) {
    NetlistInstance instance{"", fmt::format("u{}", i), {}};
    const int kind = draw(10);
    std::vector<std::string> inputs = {"a_i", "b_i"};
    std::vector<std::string> outputs = {"sum_o", "carry_o"};
    if (kind < 5) {
      instance.type = "cim_full_adder";
      inputs.emplace_back("c_i");
    } else if (kind < 7) {
      instance.type = kind == 5 ? "cim_half_adder" : "cim_dual_half_adder__2";
    } else {
      auto cell = library.cells.known_gates.begin();
      std::advance(cell, draw(static_cast<int>(library.cells.known_gates.size())));
      instance.type = cell->first;
      inputs = cell->second.second.inputs;
      outputs = {cell->second.second.output};
    }
    for (const std::string& pin : inputs) instance.pins.push_back({pin, {net()}});
    for (const std::string& pin : outputs) {
      // Some carries lead nowhere.
      const bool open = pin == "carry_o" && draw(4) == 0;
      instance.pins.push_back(
          {pin, {open ? no_net : module.add_net(fmt::format("n{}", module.net_names.size()))}});
    }
    module.instances.push_back(std::move(instance));
  }
  NetlistPort out{"y", false, true, {}};
  const auto inner = static_cast<int>(module.net_names.size());
  for (int i = 0; i < 9; ++i) {
    const NetId source = draw(inner);
    const NetId bit = module.add_net(fmt::format("y[{}]", i));
    out.bits.push_back(bit);
    module.aliases[bit] = draw(12) == 0 ? constant_one : source;
  }
  // And an output that a cell drives itself.
  for (NetlistInstance& instance : module.instances) {
    if (instance.pins.back().bits[0] >= 0 && draw(3) == 0) {
      out.bits.push_back(instance.pins.back().bits[0]);
      break;
    }
  }
  module.ports = {in, out};
  return module;
}

/// The values of the outputs, each bit of a word a case of its own.
std::vector<std::uint64_t> outputs_of_module(const NetlistModule& module, const Library& library,
                                             const std::vector<std::uint64_t>& inputs) {
  std::vector<std::uint64_t> value(module.net_names.size(), 0);
  std::vector<bool> known(module.net_names.size(), false);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    value[static_cast<std::size_t>(module.ports[0].bits[i])] = inputs[i];
    known[static_cast<std::size_t>(module.ports[0].bits[i])] = true;
  }
  const auto is_known = [&](NetId net) { return net < 0 || known[static_cast<std::size_t>(net)]; };
  const auto read = [&](NetId net) {
    return net == constant_one ? ~std::uint64_t{0}
           : net < 0           ? 0
                               : value[static_cast<std::size_t>(net)];
  };
  std::vector<bool> done(module.instances.size(), false);
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < module.instances.size(); ++i) {
      if (done[i]) continue;
      const NetlistInstance& instance = module.instances[i];
      std::map<std::string, NetId> pin;
      for (const NetlistPin& each : instance.pins) pin[each.port] = each.bits.at(0);
      std::vector<std::string> names;
      std::vector<std::pair<std::string, std::string>> functions;
      if (is_adder_module(instance.type)) {
        const bool full = instance.type == "cim_full_adder";
        const bool dual = instance.type.starts_with("cim_dual");
        names = full ? std::vector<std::string>{"a_i", "b_i", "c_i"}
                     : std::vector<std::string>{"a_i", "b_i"};
        functions = {{"sum_o", full   ? "a_i^b_i^c_i"
                               : dual ? "!(a_i^b_i)"
                                      : "a_i^b_i"},
                     {"carry_o", full   ? "(a_i*b_i)+(c_i*(a_i+b_i))"
                                 : dual ? "a_i+b_i"
                                        : "a_i*b_i"}};
      } else {
        for (const LibertyCell& cell : library.libraries[0].cells) {
          if (cell.name != instance.type) continue;
          for (const LibertyPin& each : cell.pins) {
            if (each.direction == "input")
              names.push_back(each.name);
            else
              functions.emplace_back(each.name, each.function);
          }
        }
      }
      REQUIRE_FALSE(functions.empty());
      bool ready = true;
      for (const std::string& name : names) ready = ready && is_known(pin.at(name));
      if (!ready) continue;
      done[i] = changed = true;
      for (const auto& [output, function] : functions) {
        if (!pin.contains(output) || pin.at(output) < 0) continue;
        const std::uint64_t table = truth_table(function, names).value();
        std::uint64_t result = 0;
        for (int bit = 0; bit < 64; ++bit) {
          unsigned row = 0;
          for (std::size_t n = 0; n < names.size(); ++n) {
            row |= static_cast<unsigned>((read(pin.at(names[n])) >> bit) & 1U) << n;
          }
          result |= ((table >> row) & 1U) << bit;
        }
        value[static_cast<std::size_t>(pin.at(output))] = result;
        known[static_cast<std::size_t>(pin.at(output))] = true;
      }
    }
  }
  std::vector<std::uint64_t> results;
  for (const NetId bit : module.ports[1].bits) {
    const auto alias = module.aliases.find(bit);
    const NetId net = alias == module.aliases.end() ? bit : alias->second;
    REQUIRE(is_known(net));
    results.push_back(read(net));
  }
  return results;
}

}  // namespace

TEST_CASE("Mapped adders compute what they did, with every kind of library and goal") {
  const std::array<std::set<std::string>, 7> kinds = {
      gates_with({"FA", "HA"}),
      gates_with({"FA inverted"}),
      gates_with({}),
      gates_with({"HA"}),
      gates_with({}, {"AOI21", "AND2", "OR2"}),  // only the positive four gates
      gates_with({}, {"OAI21"}),                 // only the negative ones
      gates_with({"FA"}, {"OAI21", "AOI21", "AND2"})};
  std::mt19937 random(20261121);
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    const Library library(kinds[kind]);
    REQUIRE(can_map_adders(library.cells));
    const CellTable table(library.libraries, library.areas);
    for (int trial = 0; trial < 60; ++trial) {
      const NetlistModule module = random_module(random, library);
      std::vector<std::uint64_t> inputs;
      for (std::size_t i = 0; i < module.ports[0].bits.size(); ++i) {
        inputs.push_back((std::uint64_t{random()} << 32U) | random());
      }
      const auto expected = outputs_of_module(module, library, inputs);
      for (const MappingGoal goal :
           {MappingGoal::area, MappingGoal::balanced, MappingGoal::speed}) {
        INFO("library " << kind << ", trial " << trial << ", goal " << static_cast<int>(goal));
        Netlist netlist{{module}, "m"};
        const auto reports = map_adders(netlist, library.cells, table, library.libraries, goal);
        const NetlistModule& mapped = netlist.modules.at(0);
        for (const NetlistInstance& instance : mapped.instances) {
          CHECK(library.areas.contains(instance.type));
        }
        CHECK(outputs_of_module(mapped, library, inputs) == expected);
        for (const AdderMappingReport& report : reports) {
          double area = 0.0;
          for (const NetlistInstance& instance : mapped.instances)
            area += library.areas.at(instance.type);
          CHECK(report.area_um2 == Approx(area));
        }
      }
    }
  }
}

TEST_CASE("Four-gate adders need few inverters: polarities alternate") {
  const Library library(gates_with({}));
  const CellTable table(library.libraries, library.areas);
  Netlist netlist = counter(63);
  const auto reports =
      map_adders(netlist, library.cells, table, library.libraries, MappingGoal::area);
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].four_gate == 57);
  CHECK(reports[0].adder_cells == 0);
  // Inputs come in one polarity: each of the 21 adders of inputs alone needs an inverter.
  CHECK(reports[0].inverters <= 32);
}

TEST_CASE("Goals trade area for delay, within what each may cost") {
  const Library library(gates_with({"FA", "HA"}));
  const CellTable table(library.libraries, library.areas);
  std::vector<NetlistCost> costs;
  for (const MappingGoal goal : {MappingGoal::area, MappingGoal::balanced, MappingGoal::speed}) {
    Netlist netlist = counter(100);
    const auto reports = map_adders(netlist, library.cells, table, library.libraries, goal);
    costs.push_back(cost_of(netlist, table));
    CHECK(costs.back().area_um2 == Approx(reports.at(0).area_um2));
    CHECK(costs.back().delay_ns == Approx(reports.at(0).delay_ns));
    CHECK(costs.back().area_um2 <= most_area_um2(costs.front().area_um2, goal) * (1 + 1e-9));
  }
  CHECK(costs[1].delay_ns < costs[0].delay_ns);
  CHECK(costs[2].delay_ns < costs[1].delay_ns);
}

TEST_CASE("The area of trees is that of adders and products, not of accumulators") {
  const Library library(gates_with({"FA", "HA"}));
  const CellTable table(library.libraries, library.areas);
  const Netlist plain = counter(3);
  Netlist netlist = plain;
  NetlistModule& module = netlist.modules[0];
  // A product in front of the tree, and an accumulator's adder behind it.
  const NetId product = module.add_net("p");
  const NetId enable = module.add_net("e");
  module.ports[0].bits.push_back(enable);
  module.instances[0].pins[0].bits[0] = product;
  module.instances.push_back(
      {"AND2_x1", "_1_", {{"A", {module.ports[0].bits[0]}}, {"B", {enable}}, {"Y", {product}}}});
  const NetId next = module.add_net("next");
  module.instances.push_back({"cim_half_adder",
                              "u_accumulator.g_bit.u_adder",
                              {{"a_i", {module.ports[1].bits[0]}},
                               {"b_i", {enable}},
                               {"sum_o", {next}},
                               {"carry_o", {no_net}}}});
  module.ports[1].bits.push_back(next);
  const auto reports =
      map_adders(netlist, library.cells, table, library.libraries, MappingGoal::area);
  CHECK(reports.at(0).tree_um2 == 14 + library.areas.at("AND2_x1"));
  CHECK(reports.at(0).area_um2 > reports.at(0).tree_um2);
}

TEST_CASE("Any single change of a mapped netlist is refuted, or is the same circuit") {
  const Library library(gates_with({"HA"}));
  const CellTable table(library.libraries, library.areas);
  std::mt19937 random(7);
  int refuted = 0;
  int same = 0;
  for (int trial = 0; trial < 40; ++trial) {
    const NetlistModule whole = random_module(random, library);
    std::vector<std::uint64_t> inputs;
    for (std::size_t i = 0; i < whole.ports[0].bits.size(); ++i) {
      inputs.push_back((std::uint64_t{random()} << 32U) | random());
    }
    Netlist netlist{{whole}, "m"};
    const auto reports =
        map_adders(netlist, library.cells, table, library.libraries, MappingGoal::area);
    if (reports.empty()) continue;
    const CarriedNets& carried = reports[0].carried;
    for (int change = 0; change < 10; ++change) {
      NetlistModule mapped = netlist.modules[0];
      if (mapped.instances.empty()) break;
      NetlistInstance& instance = mapped.instances[random() % mapped.instances.size()];
      NetlistPin& pin = instance.pins[random() % (instance.pins.size() - 1)];
      if (change % 2 == 0) {  // another net at an input, without making a loop
        pin.bits[0] = random() % 4 == 0 ? constant_one : mapped.ports[0].bits[random() % 7];
      } else if (instance.type.starts_with("NAND2")) {
        instance.type = "AND2_x1";
      } else if (instance.type.starts_with("XOR2")) {
        instance.type = "XNOR2_x1";
      } else if (instance.type.starts_with("OAI21")) {
        instance.type = "AOI21_x1";
      } else {
        continue;
      }
      const bool differs =
          outputs_of_module(mapped, library, inputs) != outputs_of_module(whole, library, inputs);
      bool is_refuted = false;
      try {
        check_mapping(whole, mapped, carried, library.libraries);
      } catch (const base::ToolError&) {
        is_refuted = true;
      }
      INFO("trial " << trial << ", change " << change);
      // A net that nobody sees may be wrong; one that is seen may not.
      if (differs) CHECK(is_refuted);
      refuted += is_refuted ? 1 : 0;
      same += is_refuted ? 0 : 1;
    }
  }
  CHECK(refuted > 100);
  CHECK(same < refuted);
}

}  // namespace cimforge::flows
