#include <fmt/format.h>

#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "flows/library_calibration.h"
#include "flows/netlist.h"
#include "flows/timing.h"
#include "generator/base/exit_status.h"
#include "tests/catch.h"

using namespace cimforge;  // NOLINT

namespace {

const std::string header =
    "rows,columns,banks,storage,input,weight,k,tree,pipeline,rows_per_block,mode,output_bits,"
    "shift\n";

std::string message_of(const std::string& text) {
  try {
    flows::parse_points(text, "points.csv");
  } catch (const base::InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("The way through buffers is that of the trees that ppa builds") {
  STATIC_REQUIRE(estimate::most_loads == flows::most_loads_of_a_net);
  for (const auto& [inner, outer] :
       {std::pair{1, 1}, {8, 1}, {9, 1}, {70, 1}, {600, 1}, {3, 5}, {5, 7}, {8, 64}, {20, 20}}) {
    CAPTURE(inner, outer);
    // `outer` modules of `inner` cells, all on one net.
    std::string text = "module part(a, y);\n  input a;\n  output y;\n";
    for (int i = 0; i < inner; ++i)
      text += fmt::format("  wire n{0};\n  C u{0} (.A(a), .Y(n{0}));\n", i);
    text +=
        "  assign y = n0;\nendmodule\nmodule top(clk_i, a, y);\n  input clk_i;\n  input a;\n  "
        "output y;\n";
    for (int i = 0; i < outer; ++i)
      text += fmt::format("  wire m{0};\n  part p{0} (.a(a), .y(m{0}));\n", i);
    text += "  assign y = m0;\nendmodule\n";
    flows::Netlist netlist = flows::parse_netlist(text, "top");
    const auto drives = [](const std::string&, const std::string& port) { return port == "Y"; };
    flows::buffer_fanout(netlist, {"BUF", "A", "Y"}, estimate::most_loads, drives, "clk_i");

    // From the port inwards, always by the first sink that is a buffer, else into the first part.
    const auto sinks_of = [&](const flows::NetlistModule& module, flows::NetId net) {
      std::vector<const flows::NetlistInstance*> sinks;
      for (const flows::NetlistInstance& instance : module.instances) {
        for (const flows::NetlistPin& pin : instance.pins) {
          if ((pin.port == "A" || pin.port == "a") && pin.bits[0] == net)
            sinks.push_back(&instance);
        }
      }
      return sinks;
    };
    const flows::NetlistModule& part = *netlist.find("part");
    estimate::FanOut way;
    int weight = 0;  // of a part: what no buffer in it hides
    flows::NetId net = part.ports[0].bits[0];
    std::vector<int> inside;
    for (auto sinks = sinks_of(part, net);; sinks = sinks_of(part, net)) {
      inside.push_back(static_cast<int>(sinks.size()));
      if (sinks.front()->type != "BUF") break;
      ++way.levels;
      net = flows::net_at(*sinks.front(), "Y");
    }
    weight = inside.front();
    for (std::size_t i = 1; i < inside.size(); ++i) way.loads += inside[i];
    const flows::NetlistModule& top = netlist.top_module();
    net = top.ports[1].bits[0];
    for (auto sinks = sinks_of(top, net);; sinks = sinks_of(top, net)) {
      const bool is_buffer = sinks.front()->type == "BUF";
      way.loads += static_cast<int>(sinks.size()) * (is_buffer ? 1 : weight);
      if (!is_buffer) break;
      ++way.levels;
      net = flows::net_at(*sinks.front(), "Y");
    }
    const estimate::FanOut counted = estimate::fan_out({inner, outer});
    CHECK(counted.levels == way.levels);
    CHECK(counted.loads == way.loads);
  }
}

TEST_CASE("What ppa tells of stages becomes the kinds of paths that are estimated") {
  const auto stage = [](const char* from, const char* to, double period) {
    return nlohmann::json{{"from", from}, {"to", to}, {"period_ns", period}};
  };
  const nlohmann::json told = {
      {"name", "macro"},
      {"modules",
       {{{"name", "macro"}, {"total_own_area_um2", 3.0}},
        {{"name", "macro_slice"}, {"total_own_area_um2", 2.0}},
        {{"name", "macro_block8"}, {"total_own_area_um2", 1.0}}}},
      {"fmax_mhz", 200.0},
      {"timing",
       {{"setup_paths",
         {{{"kind", "enable of a clock gate"}, {"period_ns", 2.5}},
          {{"kind", "register to register"}, {"period_ns", 5.0}}}},
        {"stages",
         {stage("operands", "column", 3.0), stage("operands", "accumulator", 3.5),
          stage("column", "accumulator", 4.0), stage("first step", "column", 5.0),
          stage("control", "column", 4.5), stage("control", "operands", 2.0),
          stage("weight port", "storage", 1.5), stage("accumulator", "accumulator", 9.0)}}}}};
  spec::MacroSpec spec;
  spec.name = "macro";
  const auto paths_of = [&](int ranks) {
    spec.pipeline_stages = ranks;
    const flows::Observation seen = flows::observe(spec, told);
    CHECK(seen.area_um2 == std::array{1.0, 2.0, 3.0});
    CHECK(seen.delay_ns == Approx(5.0));
    return std::map(seen.paths.begin(), seen.paths.end());
  };
  using estimate::Path;
  const std::map<Path, double> ranked = {{Path::first, 3.5},      {Path::later, 4.0},
                                         {Path::accumulate, 5.0}, {Path::word_line, 2.5},
                                         {Path::row_enable, 1.5}, {Path::control, 2.0}};
  CHECK(paths_of(1) == ranked);
  // Without ranks there is nothing between them, and the step itself tells the first.
  std::map<Path, double> plain = ranked;
  plain.erase(Path::later);
  CHECK(paths_of(0) == plain);
}

TEST_CASE("The list that a library is calibrated with is read") {
  CHECK(flows::calibration_points().size() >= 60);
}

TEST_CASE("A list of specifications with a mistake is refused with its place") {
  const std::string good = "64,8,1,latch,int4,int4,1,dadda,0,0,exact,0,0\n";
  CHECK(flows::parse_points(header + good, "points.csv").front().rows == 64);
  CHECK(message_of("rows\n").starts_with("points.csv:1:1: error: the names"));
  CHECK(message_of(header) == "points.csv: has no specifications");
  CHECK(message_of(header + good + "64,8\n") ==
        "points.csv:3:1: error: 13 fields are expected, got 2");
  CHECK(message_of(header + "0,8,1,latch,int4,int4,1,dadda,0,0,exact,0,0\n")
            .starts_with("points.csv:2:1: error: rows must be"));
  CHECK(message_of(header + "64,8,1,bitcell,int4,int4,1,dadda,0,0,exact,0,0\n") ==
        "points.csv:2:1: error: array.storage = \"bitcell\" cannot be estimated");
}

TEST_CASE("Least squares without negative terms find what made the right side") {
  const std::vector<std::vector<double>> rows = {{1, 2, 0}, {0, 1, 1}, {3, 0, 1}, {1, 1, 1}};
  const std::vector<double> solution =
      flows::non_negative_least_squares(rows, {2 * 1.5, 1.5 + 4, 4, 1.5 + 4});
  REQUIRE(solution.size() == 3);
  CHECK(solution[0] == Approx(0.0).margin(1e-6));
  CHECK(solution[1] == Approx(1.5));
  CHECK(solution[2] == Approx(4.0));
}

TEST_CASE("A term that would be negative is zero, and one without observations too") {
  const std::vector<double> solution =
      flows::non_negative_least_squares({{1, 0, 0}, {1, 1, 0}}, {2, 1});
  CHECK(solution[0] == Approx(1.5));
  CHECK(solution[1] == 0.0);
  CHECK(solution[2] == 0.0);
}

TEST_CASE("A fit finds the coefficients that made its observations") {
  // Areas and delays that the model itself gives: they are to come back.
  estimate::Library real = estimate::osu018();
  real.energy_pj.clear();
  for (std::size_t i = 0; i < estimate::energy_term_count; ++i) {
    real.energy_pj.push_back(0.01 * static_cast<double>(i + 1));
  }
  estimate::Estimator estimator(real);
  std::vector<flows::Observation> observations;
  for (const spec::MacroSpec& spec : flows::calibration_points()) {
    const estimate::Estimate cost = estimator(spec);
    const estimate::Features features = estimator.features(spec);
    flows::Observation observation;
    observation.spec = spec;
    observation.area_um2 = {cost.block_area_um2, cost.slice_area_um2, cost.top_area_um2};
    observation.delay_ns = cost.delay_ns;
    const auto delays = estimate::path_delays(features, real);
    for (std::size_t p = 0; p < estimate::path_count; ++p) {
      if (delays[p] > 0.0)
        observation.paths.emplace_back(static_cast<estimate::Path>(p), delays[p]);
    }
    observation.energy_pj = cost.energy_per_vector_pj;
    observations.push_back(observation);
  }
  estimate::Library fitted = real;
  fitted.area_um2 = {};
  fitted.delay_ns = {};
  fitted.energy_pj = {};
  flows::fit(fitted, observations);
  for (const flows::EstimateError& error : flows::compare(fitted, observations)) {
    CHECK(std::abs(error.area_percent()) < 1.0);
    CHECK(std::abs(error.delay_percent()) < 3.0);
    REQUIRE(error.energy_percent());
    CHECK(std::abs(*error.energy_percent()) < 1.0);
  }
  // What is left out of a fit is estimated as well by the rest.
  for (const auto& spread : fitted.spread) {
    REQUIRE(spread);
    CHECK(spread->area_percent < 1.0);
    CHECK(spread->delay_percent < 3.0);
  }
  CHECK(flows::to_text(flows::compare(fitted, observations)).find(", energy within ") !=
        std::string::npos);
  // Without a measured power there is nothing to fit, and nothing is said of energy.
  observations.front().energy_pj.reset();
  flows::fit(fitted, observations);
  CHECK(fitted.energy_pj.empty());
  CHECK(flows::to_text(flows::compare(fitted, observations)).find("energy") == std::string::npos);
}
