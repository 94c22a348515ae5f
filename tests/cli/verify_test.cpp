// verify, run and ppa with the real tools: results as JSON, faults that are found and placed.
#include <fmt/format.h>

#include "flows/npy.h"
#include "tests/catch.h"
#include "tests/cli/command.h"

using namespace cimforge;
using namespace cimforge::tests;
using nlohmann::json;

TEST_CASE("verify of right RTL") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  const flows::ProcessResult result =
      succeed({"verify", spec, "--vectors", "300", "--seed", "5", "--json", here("v.json")});
  CHECK_THAT(result.stdout_text, Catch::Matchers::Contains("seed 5"));
  const json verify = read_json(here.path("v.json"));
  CHECK(verify.at("passed") == true);
  CHECK(verify.at("vectors") >= 300);
  CHECK(verify.at("mismatches") == 0);
  CHECK(verify.at("cycles") > verify.at("vectors"));
  CHECK(verify.at("cycles_per_second") > 0);
  CHECK(verify.at("seed") == 5);
  CHECK(verify.at("first_mismatch").is_null());
}

TEST_CASE("verify of edited RTL finds the mismatch, places it, and does so again") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  succeed({"emit", spec, "-o", here("rtl")});
  // The sign of one product is lost, in the description for simulators.
  bool is_edited = false;
  for (const auto& [name, text] : files_in(here.path("rtl"))) {
    const std::string sign = "= ~(";
    const std::size_t place = text.find(sign, std::min(text.size(), text.find("always @*")));
    if (is_edited || !name.starts_with("rtl/tiny") || place == std::string::npos) continue;
    here.write("rtl/" + name, std::string(text).replace(place, sign.size(), "= ("));
    is_edited = true;
  }
  REQUIRE(is_edited);

  const auto verify = [&](const std::string& jobs, const std::string& seed) {
    const flows::ProcessResult result =
        cimforge::tests::cimforge({"verify", spec, "--rtl", here("rtl"), "--vectors", "3000",
                                   "--seed", seed, "--jobs", jobs, "--json", here("v.json")});
    INFO(result.stdout_text << result.stderr_text);
    CHECK(result.exit_code == 1);
    CHECK(result.stderr_text.empty());
    CHECK_THAT(result.stdout_text, Catch::Matchers::Contains("first mismatch"));
    json report = read_json(here.path("v.json"));
    report.erase("cycles_per_second");
    return report;
  };
  const json first = verify("1", "3");
  CHECK(first.at("passed") == false);
  CHECK(first.at("mismatches") > 0);
  const json& mismatch = first.at("first_mismatch");
  for (const char* key : {"row", "column", "bank", "cycle", "expected", "got"}) {
    INFO(key);
    CHECK(mismatch.contains(key));
  }
  CHECK(mismatch.at("expected") != mismatch.at("got"));
  CHECK(verify("1", "3") == first);
  CHECK(verify("2", "3") == first);
  const json other = verify("2", "4");
  CHECK(other.at("seed") == 4);
}

TEST_CASE("verify --trace writes an FST file") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  succeed({"verify", spec, "--vectors", "20", "--trace", here("t.fst")});
  const std::string trace = base::read_file(here.path("t.fst"));
  REQUIRE(trace.size() > 100);
  CHECK(trace[0] == '\0');  // the header block of an FST file
}

TEST_CASE("JSON of run") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  const std::string network = here.write("network.toml", R"(name = "one_layer"
[input]
data = "images.npy"
labels = "labels.npy"
format = "int3"
[[layer]]
name = "scores"
weights = "weights.npy"
scale = "scale.npy"
)");
  // Two images of five inputs, four classes: two tiles of rows, two of columns.
  here.write("images.npy", flows::to_npy({{2, 5},
                                          std::vector<std::int8_t>{3, 0, 0, 0, 1,  //
                                                                   0, 0, -4, 3, 0}}));
  here.write("labels.npy", flows::to_npy({{2}, std::vector<std::uint8_t>{0, 3}}));
  here.write("weights.npy", flows::to_npy({{5, 4}, std::vector<std::int8_t>{1,  -1, 0,  0,   //
                                                                            0,  1,  0,  0,   //
                                                                            0,  0,  1,  -2,  //
                                                                            -1, -1, 0,  1,   //
                                                                            1,  0,  -1, -2}}));
  here.write("scale.npy", flows::to_npy({{1}, std::vector<float>{1.0F}}));
  succeed({"run", network, "--spec", spec, "--json", here("run.json")});
  const json run = read_json(here.path("run.json"));
  CHECK(run.at("passed") == true);
  CHECK(run.at("images") == 2);
  CHECK(run.at("correct") == 2);
  CHECK(run.at("accuracy") == 1.0);
  CHECK(run.at("confusion").size() == 4);
  CHECK(run.at("mismatches") == 0);
  CHECK(run.at("tiles") == 4);
  for (const char* key : {"cycles", "cycles_per_second", "macs", "macs_per_second"}) {
    INFO(key);
    CHECK(run.at(key) > 0);
  }
}

TEST_CASE("JSON of ppa") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  succeed({"ppa", spec, "--json", here("ppa.json"), "--netlist", here("mapped.v")});
  const json ppa = read_json(here.path("ppa.json"));
  CHECK(ppa.at("area_um2") > 0);
  CHECK(ppa.at("sequential_area_um2") > 0);
  CHECK(ppa.at("sequential_area_um2") < ppa.at("area_um2"));
  CHECK_FALSE(ppa.at("cells").empty());
  CHECK(ppa.at("modules").at(0).at("name") == "tiny");
  CHECK(ppa.at("tools").contains("yosys"));
  CHECK(ppa.contains("library"));
  CHECK_THAT(base::read_file(here.path("mapped.v")), Catch::Matchers::Contains("module"));
}

TEST_CASE("prove goes down to the functions of the library's cells") {
  const Workspace here;
  for (const std::string tree : {"dadda", "balanced", "speed"}) {
    INFO(tree);
    const std::string spec = here.write(
        "spec.toml", small_spec() + fmt::format("[compute]\nadder_tree = \"{}\"\n", tree));
    succeed({"prove", spec, "--gates", "--json", here("p.json")});
    const json proof = read_json(here.path("p.json"));
    CHECK(proof.at("proved") == true);
    CHECK(proof.at("parts").back().at("name") == "mapping to osu018_stdcells");
    CHECK_THAT(proof.at("parts").back().at("method").get<std::string>(),
               Catch::Matchers::Contains("modules by their cells' functions"));
  }
}

TEST_CASE("prove of a near-memory macro tells its parts, and what is wrong in edited RTL") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", R"(name = "near"
kind = "near_memory"
[array]
rows = 5
columns = 3
banks = 2
[operands]
input = "int3"
weight = "uint4"
)");
  using Catch::Matchers::Contains;
  const flows::ProcessResult result = succeed({"prove", spec, "--json", here("p.json")});
  CHECK_THAT(result.stdout_text, Contains("near: proved in") &&
                                     Contains("multiply-accumulate unit: cim_near_mac: ") &&
                                     Contains("memory, assumed and not proved: near_memory "));
  const json proof = read_json(here.path("p.json"));
  CHECK(proof.at("proved") == true);
  CHECK(proof.at("counterexample").is_null());

  succeed({"emit", spec, "-o", here("rtl")});
  edit(here.path("rtl") / "rtl" / "cim_near_mac.v", "x * w;", "x * w + 1;");
  const flows::ProcessResult refuted =
      tests::cimforge({"prove", spec, "--rtl", here("rtl"), "--json", here("p.json")});
  CHECK(refuted.exit_code == 1);
  CHECK_THAT(refuted.stdout_text, Contains("refuted in") && Contains("cim_near_mac"));
  CHECK(read_json(here.path("p.json")).at("counterexample").at("part") == "cim_near_mac");
}

TEST_CASE("an analog macro whose cells may be off their levels is not compared with exact results") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", R"(name = "off"
kind = "analog"
[array]
rows = 4
columns = 3
[operands]
input = "int3"
weight = "int2"
[analog]
program_tolerance = 1
)");
  refuse(2, {"verify", spec}, {"program_tolerance 1", "verify the macro with 0"});
}
