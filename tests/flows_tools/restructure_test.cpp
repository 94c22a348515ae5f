#include "flows/restructure.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "flows/adder_mapping.h"
#include "flows/equivalence.h"
#include "flows/tools.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "tests/catch.h"
#include "tests/flows_tools/adder_modules.h"

namespace cimforge::flows {
namespace {

constexpr std::chrono::minutes time_limit{2};

/// OSU 0.18 um.
struct Osu {
  CellLibrary library = load_cell_library({default_liberty()});
  CellTable table{library.libraries, library.areas()};
};

NetlistInstance cell(const std::string& type, const std::string& name,
                     const std::vector<std::pair<std::string, NetId>>& pins) {
  NetlistInstance instance{type, name, {}};
  for (const auto& [pin, net] : pins) instance.pins.push_back({pin, {net}});
  return instance;
}

}  // namespace

TEST_CASE("A tree that ABC restructures is faster than adders as cells, and proved the same") {
  const Osu osu;
  Netlist cells = counter(40);
  const NetlistModule whole = cells.modules[0];
  map_adders(cells, osu.library.adders, osu.table, osu.library.libraries, MappingGoal::area);
  const NetlistCost least = cost_of(cells, osu.table);
  CHECK(is_equivalent(whole, cells.modules[0], osu.library.libraries, time_limit));

  const double most = 2.5 * least.area_um2;
  const auto fast = restructure_for_speed(whole, {osu.library, osu.table, most, time_limit});
  REQUIRE(fast);
  const GateTiming timing(*fast, osu.table);
  CHECK(timing.area_um2() <= most);
  CHECK(timing.worst_ns() < least.delay_ns);
  CHECK(is_equivalent(whole, *fast, osu.library.libraries, time_limit));
  for (const NetlistInstance& instance : fast->instances) {
    CHECK(osu.table.find(instance.type) >= 0);
  }
  // Too little area for anything.
  CHECK_FALSE(restructure_for_speed(whole, {osu.library, osu.table, 100.0, time_limit}));
}

TEST_CASE("A library without buffers, of which ABC's sizing dies, is restructured all the same") {
  const std::string text = base::read_file(default_liberty());
  const LibertyLibrary all = parse_liberty(text, "osu.lib");
  std::string fewer = text;
  for (auto cell = all.cells.rbegin(); cell != all.cells.rend(); ++cell) {
    if (cell->name.find("BUF") == std::string::npos) continue;
    fewer.replace(cell->begin, cell->end - cell->begin, "");
  }
  const base::TemporaryDirectory directory("cimforge-restructure");
  base::write_file_atomically(directory.path() / "fewer.lib", fewer);
  const CellLibrary library = load_cell_library({directory.path() / "fewer.lib"});
  const CellTable table(library.libraries, library.areas());
  REQUIRE(table.find("BUFX2") < 0);
  REQUIRE(table.find("NAND2X1") >= 0);
  NetlistModule whole = counter(20).modules[0];
  // An output that is an input: ABC would need a buffer.
  const NetId inverse = whole.add_net("inverse");
  const NetId same = whole.add_net("same");
  whole.instances.push_back(
      cell("INVX1", "u_inverse", {{"A", whole.ports[0].bits[0]}, {"Y", inverse}}));
  whole.instances.push_back(cell("INVX1", "u_same", {{"A", inverse}, {"Y", same}}));
  whole.ports.push_back({"same", false, false, {same}});
  const auto fast = restructure_for_speed(whole, {library, table, 1e6, time_limit});
  REQUIRE(fast);
  CHECK(is_equivalent(whole, *fast, library.libraries, time_limit));
}

TEST_CASE("The equivalence check sees every change of a gate") {
  const Osu osu;
  Netlist cells = counter(9);
  const NetlistModule whole = cells.modules[0];
  map_adders(cells, osu.library.adders, osu.table, osu.library.libraries, MappingGoal::area);
  const NetlistModule& mapped = cells.modules[0];
  std::mt19937 random(20261121);
  int refuted = 0;
  for (int change = 0; change < 12; ++change) {
    NetlistModule wrong = mapped;
    auto& instance = wrong.instances[random() % wrong.instances.size()];
    const auto pin = std::find_if(instance.pins.begin(), instance.pins.end(),
                                  [](const NetlistPin& each) { return each.port == "A"; });
    REQUIRE(pin != instance.pins.end());
    // An input of the tree that this adder does not read.
    const NetId other = wrong.ports[0].bits[random() % wrong.ports[0].bits.size()];
    const bool reads = std::any_of(instance.pins.begin(), instance.pins.end(),
                                   [&](const NetlistPin& each) { return each.bits[0] == other; });
    if (reads) continue;
    pin->bits[0] = other;
    CHECK_FALSE(is_equivalent(whole, wrong, osu.library.libraries, time_limit));
    ++refuted;
  }
  CHECK(refuted > 5);
  // What storage reads is compared too.
  NetlistModule registered = mapped;
  const NetId state = registered.add_net("q");
  const NetId clock = registered.add_net("clk");
  registered.ports.push_back({"clk", true, false, {clock}});
  registered.instances.push_back(
      cell("DFFPOSX1", "u_q", {{"D", registered.ports[1].bits[1]}, {"CLK", clock}, {"Q", state}}));
  registered.ports.push_back({"q", false, false, {state}});
  NetlistModule other = registered;
  CHECK(is_equivalent(registered, other, osu.library.libraries, time_limit));
  other.instances.back().pins[0].bits[0] = other.ports[1].bits[2];
  CHECK_FALSE(is_equivalent(registered, other, osu.library.libraries, time_limit));
  other = registered;
  other.instances.back().name = "u_r";
  CHECK_FALSE(is_equivalent(registered, other, osu.library.libraries, time_limit));
  other = registered;
  other.instances.back().type = "DFFNEGX1";
  CHECK_FALSE(is_equivalent(registered, other, osu.library.libraries, time_limit));
}

TEST_CASE("Storage and the gates of its clock stay as they are") {
  const Osu osu;
  NetlistModule module = counter(20).modules[0];
  const auto net = [&](const std::string& name) { return module.add_net(name); };
  const NetId phase = net("phase"), write = net("write"), enable_n = net("enable_n"),
              enable = net("enable"), state = net("q"), same = net("same");
  module.ports.push_back({"phase", true, false, {phase}});
  module.ports.push_back({"write", true, false, {write}});
  module.instances.push_back(
      cell("NAND2X1", "u_enable_n", {{"A", phase}, {"B", write}, {"Y", enable_n}}));
  module.instances.push_back(cell("INVX1", "u_enable", {{"A", enable_n}, {"Y", enable}}));
  module.instances.push_back(
      cell("LATCH", "u_q", {{"D", module.ports[1].bits[0]}, {"CLK", enable}, {"Q", state}}));
  // A buffer that ABC takes away, in front of a port and of storage; a constant.
  module.instances.push_back(cell("BUFX2", "u_same", {{"A", state}, {"Y", same}}));
  module.ports.push_back({"same", false, false, {same}});
  const NetId zero = net("zero"), second = net("q2");
  module.instances.push_back(
      cell("AND2X1", "u_zero", {{"A", constant_zero}, {"B", same}, {"Y", zero}}));
  module.instances.push_back(
      cell("DFFPOSX1", "u_q2", {{"D", same}, {"CLK", phase}, {"Q", second}}));
  module.ports.push_back({"q2", false, false, {second}});
  module.ports.push_back({"zero", false, false, {zero}});

  const auto fast = restructure_for_speed(module, {osu.library, osu.table, 1e6, time_limit});
  REQUIRE(fast);
  for (const char* kept : {"u_enable_n", "u_enable", "u_q", "u_q2"}) {
    INFO(kept);
    CHECK(std::any_of(fast->instances.begin(), fast->instances.end(),
                      [&](const NetlistInstance& each) { return each.name == kept; }));
  }
  CHECK(is_equivalent(module, *fast, osu.library.libraries, time_limit));
  CHECK_NOTHROW(parse_netlist(print_netlist({{*fast}, "m"}), "m"));
}

}  // namespace cimforge::flows
