// ppa and verify --gates with the real tools; baselines, and the script that users take for CI.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "flows/liberty.h"
#include "flows/npy.h"
#include "flows/tools.h"
#include "generator/base/file.h"
#include "tests/catch.h"
#include "tests/cli/command.h"

using namespace cimforge;
using namespace cimforge::tests;
using nlohmann::json;

namespace {

std::string flop_spec() {
  std::string text = small_spec();
  const std::size_t place = text.find("banks = 2");
  REQUIRE(place != std::string::npos);
  if (text.find("storage") == std::string::npos) text.insert(place, "storage = \"flop\"\n");
  return text;
}

}  // namespace

TEST_CASE("emit --liberty writes the RTL that ppa measures, planned in that library's delays") {
  const Workspace here;
  std::string text = small_spec();
  text.replace(text.find("rows = 4"), 8, "rows = 40");
  const std::string spec = here.write("spec.toml", text + "[compute]\nadder_tree = \"area\"\n");
  const std::string library = flows::default_liberty().string();
  succeed({"emit", spec, "-o", here("plain")});
  succeed({"emit", spec, "-o", here("planned"), "--liberty", library});
  const json plain = read_json(here.path("plain/manifest.json")).at("plan");
  const json planned = read_json(here.path("planned/manifest.json")).at("plan");
  CHECK(plain.at("delays").at("library").is_null());
  CHECK(planned.at("delays").at("library") == "osu018_stdcells");
  CHECK(planned.at("full_adders_per_column") == plain.at("full_adders_per_column"));
  CHECK(planned.at("delays") != plain.at("delays"));

  const auto period = [&](const std::string& rtl) {
    std::vector<std::string> arguments = {"ppa", spec, "--no-power", "--json", here("ppa.json")};
    if (!rtl.empty()) arguments.insert(arguments.end(), {"--rtl", rtl});
    succeed(arguments);
    return read_json(here.path("ppa.json")).at("critical_path_ns").get<double>();
  };
  CHECK(period("") == period(here("planned")));
  CHECK(period("") < period(here("plain")));
  CHECK_THAT(succeed({"check", spec, "--liberty", library}).stdout_text,
             Catch::Matchers::Contains("full adders of osu018_stdcells from the products"));
  succeed({"verify", spec, "--vectors", "200", "--rtl", here("planned")});
  refuse(2, {"emit", spec, "-o", here("none"), "--liberty", here("none.lib")}, {"none.lib"});
}

TEST_CASE("ppa has area, timing, power and what follows") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  const flows::ProcessResult result =
      succeed({"ppa", spec, "--json", here("ppa.json"), "--markdown", here("ppa.md")});
  const json ppa = read_json(here.path("ppa.json"));
  for (const char* key :
       {"area_um2", "sequential_area_um2", "critical_path_ns", "fmax_mhz", "power_mw",
        "energy_per_mvm_pj", "tops", "tops_per_watt", "tops_per_mm2"}) {
    INFO(key);
    CHECK(ppa.at(key) > 0);
  }
  CHECK(ppa.at("operands") == "int3 x int2");
  CHECK(ppa.at("tools").contains("opensta"));
  CHECK(ppa.at("library").at("files").size() == 1);
  const json& timing = ppa.at("timing");
  CHECK(timing.at("setup_slack_ns") > 0);
  CHECK(timing.at("hold_slack_ns") > 0);
  CHECK(timing.at("setup_paths").size() >= 3);
  CHECK(ppa.at("fmax_mhz").get<double>() <=
        1001.0 / ppa.at("timing").at("setup_paths").at(0).at("period_ns").get<double>() + 1000.0);

  // The stages between registers: the worst of them is a path of the setup, and all classes have
  // one.
  const json& stages = timing.at("stages");
  REQUIRE(!stages.empty());
  CHECK(std::ranges::any_of(timing.at("setup_paths"), [&](const json& path) {
    return path.at("launching") == stages[0].at("launching") &&
           path.at("period_ns") == stages[0].at("period_ns");
  }));
  for (const auto& [from, to] : {std::pair{"operands", "column"},
                                 {"control", "accumulator"},
                                 {"accumulator", "accumulator"}}) {
    INFO(from << " to " << to);
    CHECK(std::ranges::any_of(stages, [&, from = from, to = to](const json& stage) {
      return stage.at("from") == from && stage.at("to") == to && stage.at("period_ns") > 0.2;
    }));
  }
  CHECK_THAT(result.stdout_text, Catch::Matchers::Contains("ns  operands to column: u_"));

  // Within a shell the stages are those of its core.
  const std::string spares =
      here.write("spares.toml", small_spec() + "[repair]\nspare_columns = 1\n");
  CHECK_THAT(succeed({"ppa", spares, "--no-power"}).stdout_text,
             Catch::Matchers::Contains("ns  operands to column: u_core/u_"));

  // Two operations a multiply-accumulate, 4 rows, 3 columns; energy is power by time.
  const double mhz = ppa.at("efficiency").at("frequency_mhz");
  const double cycles = ppa.at("efficiency").at("cycles_per_mvm");
  CHECK(ppa.at("tops").get<double>() == Approx(2.0 * 4 * 3 * mhz * 1e6 / cycles / 1e12));
  CHECK(ppa.at("energy_per_mvm_pj").get<double>() ==
        Approx(ppa.at("power_mw").get<double>() * 1e3 * cycles / mhz));
  CHECK(ppa.at("tops_per_watt").get<double>() ==
        Approx(ppa.at("tops").get<double>() / (ppa.at("power_mw").get<double>() / 1e3)));
  double sum = 0.0;
  for (const json& module : ppa.at("power").at("modules"))
    sum += module.at("power_mw").get<double>();
  CHECK(sum == Approx(ppa.at("power_mw").get<double>()));
  CHECK_THAT(result.stdout_text, Catch::Matchers::Contains("TOPS/W (int3 x int2)"));
  CHECK_THAT(base::read_file(here.path("ppa.md")),
             Catch::Matchers::Contains("| TOPS/mm2 (int3 x int2) |"));

  // The same seed gives the same power, another one another.
  succeed({"ppa", spec, "--json", here("again.json")});
  CHECK(read_json(here.path("again.json")) == ppa);
  succeed({"ppa", spec, "--seed", "2", "--json", here("other.json")});
  CHECK(read_json(here.path("other.json")).at("power_mw") != ppa.at("power_mw"));
}

TEST_CASE("ppa at given vectors: nothing that changes takes less") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  here.write("still.npy", flows::to_npy({{50, 4}, std::vector<std::int8_t>(200, 0)}));
  here.write("zero.npy", flows::to_npy({{4, 3}, std::vector<std::int8_t>(12, 0)}));
  succeed({"ppa", spec, "--json", here("random.json")});
  succeed({"ppa", spec, "--vectors", here("still.npy"), "--weights", here("zero.npy"), "--json",
           here("still.json")});
  const json still = read_json(here.path("still.json"));
  CHECK(still.at("power").at("stimulus") == "given");
  CHECK(still.at("power_mw").get<double>() <
        0.9 * read_json(here.path("random.json")).at("power_mw").get<double>());
  CHECK(still.at("power_mw").get<double>() >=
        still.at("power").at("register_clock_mw").get<double>());

  here.write("wide.npy", flows::to_npy({{50, 5}, std::vector<std::int8_t>(250, 0)}));
  refuse(2, {"ppa", spec, "--vectors", here("wide.npy")}, {"wide.npy", "shape (n, 4)"});
  here.write("large.npy", flows::to_npy({{1, 4}, std::vector<std::int8_t>{0, 0, 4, 0}}));
  refuse(2, {"ppa", spec, "--vectors", here("large.npy")}, {"the value 4 is outside of int3"});
  here.write("few.npy", flows::to_npy({{3, 3}, std::vector<std::int8_t>(9, 0)}));
  refuse(2, {"ppa", spec, "--weights", here("few.npy")}, {"4 rows are expected, got 3"});
}

TEST_CASE("ppa without timing needs Yosys alone, and no ppa needs Verilator") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  const Environment none{{"CIMFORGE_STA", "/no/such/sta"},
                         {"CIMFORGE_VERILATOR", "/no/such/verilator"}};
  succeed({"ppa", spec, "--area-only", "--json", here("area.json")}, none);
  const json area = read_json(here.path("area.json"));
  CHECK(area.at("area_um2") > 0);
  CHECK_FALSE(area.contains("fmax_mhz"));
  CHECK_FALSE(area.contains("power_mw"));
  refuse(3, {"ppa", spec}, {"CIMFORGE_STA"}, none);
  succeed({"ppa", spec, "--json", here("power.json")},
          {{"CIMFORGE_VERILATOR", "/no/such/verilator"}, {"CIMFORGE_CXX", "/no/such/compiler"}});
  CHECK(read_json(here.path("power.json")).at("power_mw") > 0);
}

TEST_CASE("ppa against a baseline") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  succeed({"ppa", spec, "--area-only", "--write-baseline", here("base.json")});
  const std::string good = base::read_file(here.path("base.json"));
  succeed({"ppa", spec, "--area-only", "--baseline", here("base.json"), "--tolerance", "0"});

  // A smaller baseline is a regression: 1 % off the area of the slice.
  json smaller = json::parse(good);
  const double area = smaller.at("modules").at(1).at("own_area_um2").get<double>();
  smaller["modules"][1]["own_area_um2"] = area / 1.01;
  here.write("smaller.json", smaller.dump());
  const std::vector<std::string> compare{"ppa",
                                         spec,
                                         "--area-only",
                                         "--baseline",
                                         here("smaller.json"),
                                         "--markdown",
                                         here("table.md"),
                                         "--json",
                                         here("result.json")};
  const flows::ProcessResult result = cimforge::tests::cimforge(compare);
  CHECK(result.exit_code == 1);
  CHECK_THAT(result.stdout_text, Catch::Matchers::Contains("REGRESSION: the module "));
  CHECK_THAT(base::read_file(here.path("table.md")), Catch::Matchers::Contains("| +1.00 % |"));
  CHECK(read_json(here.path("result.json")).at("baseline").at("passed") == false);
  std::vector<std::string> tolerant = compare;
  tolerant.insert(tolerant.end(), {"--tolerance", "1.1"});
  succeed(tolerant);

  json version = json::parse(good);
  version["tools"]["yosys"] = "0.9";
  here.write("version.json", version.dump());
  refuse(2, {"ppa", spec, "--area-only", "--baseline", here("version.json")},
         {"version.json: cannot be compared", "Yosys 0.9"});
  json library = json::parse(good);
  library["library"]["files"][0]["sha256"] = std::string(64, '0');
  here.write("library.json", library.dump());
  refuse(2, {"ppa", spec, "--area-only", "--baseline", here("library.json")}, {"another library"});
  here.write("empty.json", "");
  refuse(2, {"ppa", spec, "--baseline", here("empty.json")}, {"the baseline is empty"});
  here.write("cut.json", good.substr(0, good.size() / 2));
  refuse(2, {"ppa", spec, "--baseline", here("cut.json")}, {"the baseline is truncated"});
  refuse(2, {"ppa", spec, "--baseline", here("none.json")}, {"none.json"});
}

TEST_CASE("verify --gates runs the mapped netlist for both kinds of storage") {
  const Workspace here;
  for (const std::string& text : {small_spec(), flop_spec()}) {
    const std::string spec = here.write("spec.toml", text);
    succeed({"verify", spec, "--gates", "--vectors", "300", "--json", here("v.json")});
    const json verify = read_json(here.path("v.json"));
    CHECK(verify.at("passed") == true);
    CHECK(verify.at("vectors") >= 300);
  }
}

TEST_CASE(
    "bitcells are a black box with area and timing, and their model is simulated and proved") {
  const Workspace here;
  const std::string text =
      "name = \"cells\"\nkind = \"digital\"\n[array]\nrows = 5\ncolumns = 2\nbanks = {}\n"
      "storage = \"bitcell\"\nbitcell = \"12T\"\n{}[operands]\ninput = \"int2\"\n"
      "weight = \"int3\"\n[compute]\nrows_per_block = 3\n";
  for (const int banks : {1, 2}) {
    const std::string spec =
        here.write("spec.toml", fmt::format(fmt::runtime(text), banks, "bitcell_um2 = 4.0\n"));
    succeed({"verify", spec, "--gates", "--vectors", "200", "--json", here("v.json")});
    CHECK(read_json(here.path("v.json")).at("passed") == true);
    succeed({"prove", spec, "--gates", "--json", here("proof.json")});
    CHECK(read_json(here.path("proof.json")).at("proved") == true);
    succeed({"ppa", spec, "--no-power", "--json", here("ppa.json")});
    const json ppa = read_json(here.path("ppa.json"));
    // A column has a block of 3 rows and one of 2.
    CHECK(ppa.at("cells").at("cells_bitcell_column3") == 2);
    CHECK(ppa.at("cells").at("cells_bitcell_column2") == 2);
    double cells_um2 = 0.0;
    for (const json& module : ppa.at("modules")) {
      if (!module.at("name").get<std::string>().starts_with("cells_bitcells")) continue;
      cells_um2 += module.at("own_area_um2").get<double>() * module.at("instances").get<double>();
    }
    CHECK(cells_um2 == 4.0 * 5 * 2 * 3 * banks);
    // Bit lines, which have half a period, do not hide the paths that have a whole one.
    std::string kinds;
    for (const json& path : ppa.at("timing").at("setup_paths")) {
      kinds += path.at("kind").get<std::string>() + "\n";
      if (path.at("kind") == "register to register") {
        CHECK(path.at("capturing").get<std::string>().find("u_bitcells") == std::string::npos);
      }
    }
    CHECK_THAT(kinds, Catch::Contains("register to register\n"));
    CHECK_THAT(kinds, Catch::Contains("register to bitcell or enable of its word line\n"));
    const std::string unknown =
        here.write("unknown.toml", fmt::format(fmt::runtime(text), banks, ""));
    refuse(2, {"ppa", unknown, "--no-power"}, {"array.bitcell_um2"});
  }
}

TEST_CASE("verify --gates passes for floating macros") {
  const Workspace here;
  for (const auto& [operands, others] :
       {std::pair<std::string, std::string>{"input = \"fp8_e4m3\"\nweight = \"fp8_e4m3\"\n",
                                            "[floating]\nblock_rows = 2\ninteger_bits = 4\n"
                                            "[output]\nformat = \"bf16\"\n"},
        {"input = \"mxfp4_e2m1\"\nweight = \"mxfp4_e2m1\"\n",
         "[output]\nformat = \"integer\"\n"}}) {
    INFO(operands);
    const std::string spec =
        here.write("spec.toml",
                   "name = \"floats\"\nkind = \"floating\"\n[array]\nrows = 4\ncolumns = 2\n"
                   "[operands]\n" +
                       operands + others);
    succeed(
        {"verify", spec, "--gates", "--vectors", "100", "--jobs", "1", "--json", here("v.json")});
    const json verify = read_json(here.path("v.json"));
    CHECK(verify.at("passed") == true);
    CHECK(verify.at("vectors") >= 100);
  }
}

TEST_CASE("verify --gates passes for every goal, with adder cells and without") {
  const Workspace here;
  // The default library without its adders.
  const std::filesystem::path library = flows::default_liberty();
  const std::string text = base::read_file(library);
  std::string without;
  std::size_t position = 0;
  for (const flows::LibertyCell& cell : flows::parse_liberty(text, "l.lib").cells) {
    if (cell.name != "FAX1" && cell.name != "HAX1") continue;
    without += text.substr(position, cell.begin - position);
    position = cell.end;
  }
  const std::string no_adders = here.write("no_adders.lib", without + text.substr(position));
  here.write("no_adders.lef",
             base::read_file(std::filesystem::path(library).replace_extension(".lef")));

  for (const auto& [tree, liberty] : {std::pair<std::string, std::string>{"area", no_adders},
                                      {"balanced", library.string()},
                                      {"balanced", no_adders},
                                      {"speed", library.string()}}) {
    INFO(tree << ", " << liberty);
    const std::string spec =
        here.write("spec.toml",
                   "name = \"tree\"\nkind = \"digital\"\n[array]\nrows = 9\ncolumns = 2\n"
                   "[operands]\ninput = \"int2\"\nweight = \"int3\"\n[compute]\n"
                   "adder_tree = \"" +
                       tree + "\"\n");
    succeed({"verify", spec, "--gates", "--liberty", liberty, "--vectors", "300", "--json",
             here("v.json")});
    CHECK(read_json(here.path("v.json")).at("passed") == true);
    succeed({"ppa", spec, "--liberty", liberty, "--no-power", "--json", here("ppa.json")});
    const json ppa = read_json(here.path("ppa.json"));
    const bool has_cells = ppa.at("cells").contains("FAX1");
    // For speed ABC may have made adders of its own.
    if (tree != "speed") CHECK(has_cells == (liberty != no_adders));
    CHECK(ppa.at("tree_bound_um2") > 0);
    if (tree != "speed") {
      // Small trees have relatively many half adders.
      CHECK(ppa.at("tree_area_um2") >= ppa.at("tree_bound_um2"));
      CHECK(ppa.at("tree_area_um2").get<double>() < 1.5 * ppa.at("tree_bound_um2").get<double>());
    }
  }
}

TEST_CASE("verify --gates finds a fault in the RTL that is mapped") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  succeed({"emit", spec, "-o", here("rtl")});
  edit(here.path("rtl/rtl/cim_shift_accumulator.v"), "acc_q <= next;", "acc_q <= ~next;");
  const flows::ProcessResult result = cimforge::tests::cimforge(
      {"verify", spec, "--rtl", here("rtl"), "--gates", "--vectors", "300"});
  INFO(result.stdout_text << result.stderr_text);
  CHECK(result.exit_code == 1);
  // Its power is not told either.
  refuse(1, {"ppa", spec, "--rtl", here("rtl")}, {"the mapped netlist of tiny computes"});
}

TEST_CASE("RTL without constraints has no timing") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  succeed({"emit", spec, "-o", here("rtl")});
  std::filesystem::remove(here.path("rtl/constraints/tiny.sdc"));
  refuse(2, {"ppa", spec, "--rtl", here("rtl")}, {"tiny.sdc"});
  here.write("rtl/constraints/tiny.sdc", "create_clock -name clk_i -period 10 [get_ports clk_i]\n");
  refuse(1, {"ppa", spec, "--rtl", here("rtl")}, {"no constraint is on the input"});
}

TEST_CASE("The script for a user's own repository keeps baselines and finds regressions") {
  const Workspace here;
  here.write("macros/tiny.toml", small_spec());
  const std::string script = std::string(CIMFORGE_EXAMPLES) + "/ci/area.sh";
  const Environment environment{{"CIMFORGE", CIMFORGE_PROGRAM}};
  const auto run_script = [&](const std::vector<std::string>& arguments) {
    std::vector<std::string> command{"/usr/bin/env", "bash", script};
    command.insert(command.end(), arguments.begin(), arguments.end());
    flows::ProcessRequest request{.arguments = command, .time_limit = kTimeLimit};
    request.environment = environment;
    return flows::run_process(request);
  };
  const std::string baselines = here("baselines");
  const std::string spec = here("macros/tiny.toml");
  // Without a baseline there is nothing to compare with.
  CHECK(run_script({"check", baselines, spec}).exit_code == 2);
  CHECK(run_script({"update", baselines, spec}).exit_code == 0);
  const flows::ProcessResult same = run_script({"check", baselines, spec});
  INFO(same.stdout_text << same.stderr_text);
  CHECK(same.exit_code == 0);
  CHECK_THAT(same.stdout_text, Catch::Matchers::Contains("| **total** |"));

  json smaller = read_json(here.path("baselines/tiny.json"));
  smaller["area_um2"] = smaller.at("area_um2").get<double>() * 0.9;
  here.write("baselines/tiny.json", smaller.dump(2));
  const flows::ProcessResult worse = run_script({"check", baselines, spec});
  CHECK(worse.exit_code == 1);
  CHECK_THAT(worse.stdout_text, Catch::Matchers::Contains("**Regression**"));
  CHECK(run_script({}).exit_code == 2);
}

TEST_CASE("The goals of adder trees make a macro faster and larger, one after the other") {
  const Workspace here;
  double former_mhz = 0.0;
  double former_um2 = 0.0;
  for (const std::string tree : {"area", "balanced", "speed"}) {
    INFO(tree);
    std::string text = small_spec() + fmt::format("[compute]\nadder_tree = \"{}\"\n", tree);
    const std::string rows = "rows = 4\n";
    text.replace(text.find(rows), rows.size(), "rows = 32\n");
    const std::string spec = here.write("spec.toml", text);
    succeed({"ppa", spec, "--no-power", "--json", here("ppa.json")});
    const json ppa = read_json(here.path("ppa.json"));
    CHECK(ppa.at("fmax_mhz") > former_mhz);
    CHECK(ppa.at("area_um2") > former_um2);
    CHECK(ppa.at("proved_modules") >= 2);
    // ABC has dissolved the adders for speed.
    CHECK(ppa.at("tree_area_um2").is_null() == (tree == "speed"));
    former_mhz = ppa.at("fmax_mhz");
    former_um2 = ppa.at("area_um2");
  }
}

TEST_CASE("ppa measures each mode of a macro with run-time precision") {
  const Workspace here;
  const std::string spec = here.write(
      "spec.toml",
      "name = \"modes\"\nkind = \"digital\"\n[array]\nrows = 4\ncolumns = 4\n[operands]\n"
      "input = \"int4\"\nweight = \"int2\"\n[precision]\nmode = \"per_vector\"\nfused_columns = "
      "2\n");
  const auto measured = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"ppa", spec, "--json", here("ppa.json")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    succeed(arguments);
    return read_json(here.path("ppa.json"));
  };
  const json widest = measured({});
  CHECK(widest.at("operands") == "int4 x int2");
  const json narrow = measured({"--mode", "uint1 x int2"});
  CHECK(narrow.at("operands") == "uint1 x int2");
  CHECK(widest.at("efficiency").at("cycles_per_mvm").get<int>() ==
        narrow.at("efficiency").at("cycles_per_mvm").get<int>() + 3);
  CHECK(narrow.at("energy_per_mvm_pj").get<double>() <
        0.5 * widest.at("energy_per_mvm_pj").get<double>());
  CHECK(narrow.at("area_um2") == widest.at("area_um2"));

  // Two columns a weight: half of the operations, of weights that are given as whole numbers.
  here.write("weights.npy",
             flows::to_npy({{4, 2}, std::vector<std::int8_t>{7, -8, 3, -1, 0, 5, -6, 2}}));
  here.write("vectors.npy",
             flows::to_npy({{2, 4}, std::vector<std::int8_t>{1, 2, 3, 0, 0, 3, 2, 1}}));
  const json fused = measured(
      {"--mode", "uint2xint4", "--weights", here("weights.npy"), "--vectors", here("vectors.npy")});
  CHECK(fused.at("operands") == "uint2 x int4");
  CHECK(fused.at("tops").get<double>() ==
        Approx(2.0 * 4 * 2 * fused.at("efficiency").at("frequency_mhz").get<double>() * 1e6 /
               fused.at("efficiency").at("cycles_per_mvm").get<double>() / 1e12));
  refuse(2, {"ppa", spec, "--weights", here("weights.npy")}, {"shape (n, 4)"});
  refuse(2, {"ppa", spec, "--mode", "int8 x int2"},
         {"no mode \"int8 x int2\"",
          "inputs int1 to int4 or uint1 to uint4, weights int2, int4, uint2 or uint4"});
  refuse(2, {"ppa", spec, "--transposed"}, {"no transposed read", "array.transpose"});
  const std::string plain = here.write("plain.toml", small_spec());
  refuse(2, {"ppa", plain, "--mode", "int4 x int4"}, {"it has int3 x int2"});
}

TEST_CASE("ppa measures the transposed read of a macro with both directions") {
  const Workspace here;
  const std::string spec =
      here.write("spec.toml",
                 "name = \"both\"\nkind = \"digital\"\n[array]\nrows = 4\ncolumns = 4\n"
                 "transpose = \"per_vector\"\n[operands]\ninput = \"int3\"\nweight = \"int2\"\n");
  succeed({"ppa", spec, "--json", here("forward.json")});
  // The results of the netlist are compared: the columns that are not watched are read.
  succeed({"ppa", spec, "--transposed", "--json", here("transposed.json")});
  const json forward = read_json(here.path("forward.json"));
  const json transposed = read_json(here.path("transposed.json"));
  CHECK(transposed.at("operands") == "int3 x int2, transposed");
  CHECK(transposed.at("area_um2") == forward.at("area_um2"));
  CHECK(transposed.at("energy_per_mvm_pj").get<double>() ==
        Approx(forward.at("energy_per_mvm_pj").get<double>()).epsilon(0.2));
}

TEST_CASE("ppa refuses a black box whose area nobody knows, or leaves it out by name") {
  const Workspace here;
  const std::string operands = "[operands]\ninput = \"uint2\"\nweight = \"uint2\"\n";
  const std::string shape = "[array]\nrows = 4\ncolumns = 2\n";
  const std::string memory =
      here.write("memory.toml", "name = \"m\"\nkind = \"near_memory\"\n" + shape + operands);
  const std::string array =
      here.write("array.toml", "name = \"a\"\nkind = \"analog\"\n" + shape + operands +
                                   "[analog]\ncolumns_per_adc = 1\n");
  const std::string cells = here.write("cells.toml", "name = \"c\"\nkind = \"digital\"\n" + shape +
                                                         "storage = \"bitcell\"\n" + operands);
  for (const auto& [spec, key, box] :
       {std::tuple{memory, "memory.area_um2", "m_memory"},
        std::tuple{array, "analog.array_area_um2", "a_array"},
        std::tuple{cells, "array.bitcell_um2", "c_bitcell_column4"}}) {
    INFO(key);
    refuse(2, {"ppa", spec, "--area-only"}, {"is not known", key, box, "--without-boxes"});
    succeed({"ppa", spec, "--no-power", "--without-boxes", "--json", here("ppa.json")});
    const json ppa = read_json(here.path("ppa.json"));
    CHECK(ppa.at("left_out") == json::array({box}));
    CHECK(ppa.at("tops_per_mm2").is_null());
    CHECK(ppa.at("library").at("areas_from_lef").count(box) == 0);
  }
  // What a user puts into the place of the estimate counts, whatever the specification says.
  succeed({"emit", memory, "-o", here("rtl")});
  succeed({"ppa", memory, "--area-only", "--without-boxes", "--json", here("without.json")});
  edit(here.path("rtl/array/m_memory.lib"), "area : 0;", "area : 1000;");
  succeed({"ppa", memory, "--area-only", "--rtl", here("rtl"), "--json", here("with.json")});
  CHECK(read_json(here.path("with.json")).at("area_um2").get<double>() ==
        Approx(1000.0 + read_json(here.path("without.json")).at("area_um2").get<double>()));
}

TEST_CASE("ppa counts what a memory takes to be read, one word a cycle, by the user's figure") {
  const Workspace here;
  const auto spec = [&](const char* name, int banks, const std::string& energy) {
    return here.write(
        fmt::format("{}.toml", name),
        fmt::format("name = \"m\"\nkind = \"near_memory\"\n[array]\nrows = 5\ncolumns = "
                    "3\nbanks = {}\n[operands]\ninput = \"int3\"\nweight = \"int4\"\n"
                    "[memory]\narea_um2 = 100.0\n{}",
                    banks, energy));
  };
  const auto measure = [&](const std::string& file) {
    succeed({"ppa", file, "--json", here("ppa.json")});
    return read_json(here.path("ppa.json"));
  };
  refuse(2, {"ppa", spec("unknown", 1, "")}, {"memory.read_energy_pj", "--no-power"});
  const json small = measure(spec("small", 1, "read_energy_pj = 2.0\n"));
  const json large = measure(spec("large", 1, "read_energy_pj = 50.0\n"));
  const double mhz = small.at("power").at("frequency_mhz");
  CHECK(small.at("power").at("memory_mw").get<double>() == Approx(2.0 * mhz * 1e-3));
  CHECK(large.at("power_mw").get<double>() - small.at("power_mw").get<double>() ==
        Approx(48.0 * mhz * 1e-3));
  // Five readings are in the energy of a vector.
  CHECK(large.at("energy_per_mvm_pj").get<double>() - small.at("energy_per_mvm_pj").get<double>() ==
        Approx(5 * 48.0));
  CHECK(measure(spec("banks", 3, "read_energy_pj = 2.0\n")).at("energy_per_mvm_pj") > 10.0);
}

TEST_CASE("ppa tells the power of a macro with bitcells without what they leak") {
  const Workspace here;
  const auto spec = [&](const std::string& storage, int banks) {
    return here.write(
        storage + ".toml",
        fmt::format("name = \"c\"\nkind = \"digital\"\n[array]\nrows = 20\ncolumns = "
                    "2\nbanks = {}\nstorage = \"{}\"\n{}[operands]\ninput = \"int3\"\n"
                    "weight = \"int3\"\n",
                    banks, storage, storage == "bitcell" ? "bitcell_um2 = 5.0\n" : ""));
  };
  for (const int banks : {1, 2}) {
    succeed({"ppa", spec("bitcell", banks), "--json", here("cells.json")});
    succeed({"ppa", spec("latch", banks), "--json", here("latch.json")});
    const json cells = read_json(here.path("cells.json"));
    const json latch = read_json(here.path("latch.json"));
    CHECK(cells.at("power").at("left_out") == "what bitcells leak");
    CHECK_FALSE(latch.at("power").contains("left_out"));
    // The same vectors through the same tree: what differs hangs on the storage.
    CHECK(cells.at("power").at("cycles") == latch.at("power").at("cycles"));
    CHECK(cells.at("power_mw").get<double>() ==
          Approx(latch.at("power_mw").get<double>()).epsilon(0.2));
  }
}

TEST_CASE("ppa tells the power of floating macros, with scales, blocks and products aligned") {
  const Workspace here;
  for (const auto& [format, others] :
       {std::pair<std::string, std::string>{"mxfp4_e2m1", "[floating]\nblock_rows = 3\n"},
        {"fp4_e2m1", "[floating]\nalign_weights_at = \"read\"\nalign_inputs_to = \"product\"\n"},
        {"bfp3", "[floating]\nblock_rows = 2\n"}}) {
    const std::string spec = here.write(
        "spec.toml", fmt::format("name = \"f\"\nkind = \"floating\"\n[array]\nrows = 6\ncolumns = "
                                 "2\n[operands]\ninput = \"{0}\"\nweight = \"{0}\"\n{1}",
                                 format, others));
    succeed({"ppa", spec, "--json", here("ppa.json")});
    refuse(2, {"ppa", spec, "--mode", "int4 x int4"}, {"floating macro", "--mode"});
    const json ppa = read_json(here.path("ppa.json"));
    INFO(format);
    CHECK(ppa.at("energy_per_mvm_pj") > 10.0);
    // Every module of the netlist counts as often as it stands.
    for (const json& module : ppa.at("power").at("modules")) {
      const auto same = std::ranges::find_if(ppa.at("modules"), [&](const json& each) {
        return each.at("name") == module.at("name");
      });
      REQUIRE(same != ppa.at("modules").end());
      CHECK(module.at("instances") == same->at("instances"));
    }
    CHECK(ppa.at("power").at("modules").size() == ppa.at("modules").size());
  }
}

TEST_CASE("ppa tells the power of macros that test themselves and of those with spares") {
  const Workspace here;
  for (const std::string options :
       {"[self_test]\ncompute_vectors = 4\n", "[repair]\nspare_columns = 1\n",
        "[repair]\nspare_rows = 1\n[self_test]\nmarch = \"March C-\"\n"}) {
    const std::string spec =
        here.write("spec.toml",
                   "name = \"m\"\nkind = \"digital\"\n[array]\nrows = 4\ncolumns = 3\n[operands]\n"
                   "input = \"int3\"\nweight = \"int3\"\n" +
                       options);
    succeed({"ppa", spec, "--json", here("ppa.json")});
    CHECK(read_json(here.path("ppa.json")).at("energy_per_mvm_pj") > 10.0);
  }
}
