// cimforge run --engine model and cimforge study, as a user runs them.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "flows/npy.h"
#include "tests/catch.h"
#include "tests/cli/command.h"

namespace {

using namespace cimforge;
using namespace cimforge::tests;
using Catch::Matchers::Contains;

std::string npy(std::vector<std::size_t> shape, flows::NpyData data) {
  return flows::to_npy({std::move(shape), std::move(data)});
}

/// A network of one layer, 5 inputs and 4 scores, and a macro that holds it.
struct Network {
  Workspace here;
  std::string spec = here.write("spec.toml", R"(name = "acim"
kind = "analog"
[array]
rows = 8
columns = 4
[operands]
input = "int3"
weight = "int3"
[analog]
device = "pcm_hermes"
)");
  std::string toml = here.write("network.toml", R"(name = "one_layer"
[input]
data = "images.npy"
labels = "labels.npy"
format = "int3"
[[layer]]
name = "scores"
weights = "weights.npy"
scale = "scale.npy"
)");

  Network() {
    here.write("images.npy",
               npy({2, 5}, std::vector<std::int8_t>{1, 2, 3, -4, 0, 3, -1, 0, 2, -2}));
    here.write("labels.npy", npy({2}, std::vector<std::int8_t>{0, 2}));
    std::vector<std::int8_t> weights;
    for (int i = 0; i < 20; ++i) weights.push_back(static_cast<std::int8_t>(i * 5 % 8 - 4));
    here.write("weights.npy", npy({5, 4}, weights));
    here.write("scale.npy", npy({1}, std::vector<float>{1.0F}));
  }
  [[nodiscard]] std::vector<std::string> command(const std::string& name,
                                                 std::vector<std::string> more) const {
    std::vector<std::string> all = {name, toml, "--spec", spec};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

}  // namespace

TEST_CASE("run --engine model: a device, or none of its effects") {
  const Network network;
  const auto run = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"--engine", "model", "--json", network.here("run.json")});
    CHECK_THAT(succeed(network.command("run", more)).stdout_text, Contains("accuracy"));
    return read_json(network.here.path("run.json"));
  };
  const nlohmann::json ideal = run({"--ideal"});
  CHECK(ideal.at("mismatches") == 0);
  CHECK(ideal.at("rms_error") == 0.0);
  CHECK(ideal.at("analog").at("ideal") == true);
  const nlohmann::json year = run({"--seconds", "31536000", "--calibrate", "2", "--seed", "5"});
  CHECK(year.at("passed") == true);
  CHECK(year.at("mismatches") > 0);
  CHECK(year.at("rms_error") > 0.0);
  CHECK(year.at("outputs") == 8);
  CHECK(year.at("analog").at("seconds") == 31536000.0);
  CHECK(year.at("analog").at("calibrated_images") == 2);
  CHECK(year.at("analog").contains("saturated_codes"));
  const nlohmann::json other = run({"--device", "reram_milo", "--celsius", "85"});
  CHECK(other.at("analog").at("device") == "reram_milo");
  CHECK(other.at("analog").at("celsius") == Approx(85.0));
}

TEST_CASE("run --engine model refuses what nobody knows") {
  const Network network;
  const auto refused = [&](std::vector<std::string> more, const std::vector<std::string>& parts) {
    refuse(2, network.command("run", std::move(more)), parts);
  };
  refused({"--engine", "model", "--celsius", "85"}, {"pcm_hermes", "activation_energy"});
  refused({"--engine", "model", "--device", "nand_string"}, {"nand_string", "levels"});
  refused({"--engine", "model", "--device", "pcm_herms"}, {"did you mean 'pcm_hermes'?"});
  refused({"--engine", "model", "--seconds", "-1"}, {"--seconds", "-1"});
  refused({"--engine", "mode"}, {"--engine", "mode"});
  refused({"--seconds", "3"}, {"--seconds", "needs --engine model"});
  refused({"--ideal"}, {"--ideal", "needs --engine model"});
  refused({"--engine", "model", "--rtl", network.here("")}, {"--rtl"});
  const std::string digital = network.here.write("digital.toml", small_spec());
  refuse(2, {"run", network.toml, "--spec", digital, "--engine", "model"}, {"kind \"digital\""});
}

TEST_CASE("study: a table of devices, times and temperatures") {
  const Network network;
  const std::string table = network.here("study.md");
  const flows::ProcessResult result =
      succeed(network.command("study", {"--devices", "pcm_hermes,reram_generic", "--seconds",
                                        "1,3600", "--celsius", "25,85", "--seeds", "2", "--json",
                                        network.here("study.json"), "--markdown", table}));
  CHECK_THAT(result.stdout_text,
             Contains("| 1 s | 1 h |") && Contains("| 85 | needs activation_energy |"));
  std::ifstream file(table);
  CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == result.stdout_text);
  const nlohmann::json json = read_json(network.here.path("study.json"));
  CHECK(json.at("cases").size() == 10);
  CHECK(json.at("seeds") == 2);

  refuse(2, network.command("study", {"--devices", "pcm_hermes,pcm"}), {"pcm"});
  refuse(2, network.command("study", {"--images", "3"}), {"images must be between 1 and 2"});
  refuse(2, network.command("study", {"--seeds", "0"}), {"--seeds"});
  refuse(2, network.command("study", {"--markdown", network.here("no/where.md")}), {"no/where.md"});
  const std::string digital = network.here.write("digital.toml", small_spec());
  refuse(2, {"study", network.toml, "--spec", digital}, {"kind \"digital\""});
}

TEST_CASE("strings of resistances, from check to calibrate: the device is the user's") {
  const Workspace here;
  const std::string text = R"(name = "strings"
kind = "analog"
[array]
rows = 8
columns = 4
[operands]
input = "bipolar"
weight = "bipolar"
[analog]
device = "mine.toml"
columns_per_adc = 2
adc = "time"
adc_bits = 5
model = "device"
array_area_um2 = 500
)";
  const std::string spec = here.write("strings.toml", text);
  // 14.0 steps without a match, two steps a match.
  std::string device = "name = \"mine\"\nbase = \"mram_resistance_sum\"\n[parameters]\n";
  const auto add = [&](const std::string& name, const std::string& value, const std::string& unit) {
    device += name + " = { value = " + value + ", unit = \"" + unit +
              "\", status = \"assumed\", source = \"this test\" }\n";
  };
  add("resistance_p", "6000", "ohm");
  add("resistance_ap", "15000", "ohm");
  add("resistance_switch", "1500", "ohm");
  add("capacitance", "100", "fF");
  add("delay_factor", "0.69", "1");
  add("delay_offset", "200", "ps");
  add("time_lsb", "310.5", "ps");
  add("time_bits", "5", "1");
  here.write("mine.toml", device);
  here.write("images.npy",
             npy({2, 11}, std::vector<std::int8_t>{1,  1, -1, 1,  -1, -1, 1, 1,  -1, 1, 1,
                                                   -1, 1, -1, -1, 1,  1,  1, -1, 1,  1, -1}));
  std::vector<std::int8_t> weights;
  for (int i = 0; i < 33; ++i) weights.push_back(i * 7 % 5 < 2 ? 1 : -1);
  here.write("weights.npy", npy({11, 3}, weights));
  here.write("scale.npy", npy({1}, std::vector<float>{1.0F}));
  const std::string network = here.write("network.toml", R"(name = "one_layer"
[input]
data = "images.npy"
format = "bipolar"
[[layer]]
name = "scores"
weights = "weights.npy"
scale = "scale.npy"
)");

  CHECK_THAT(succeed({"check", spec}).stdout_text,
             Contains("8 rows x 4 columns") && Contains("an XNOR cell each, in strings"));
  CHECK_THAT(succeed({"verify", spec, "--vectors", "200", "--jobs", "1"}).stdout_text,
             Contains("passed"));
  for (const char* engine : {"model", "macro"}) {
    succeed({"run", network, "--spec", spec, "--engine", engine, "--jobs", "1", "--json",
             here("run.json")});
    const nlohmann::json run = read_json(here.path("run.json"));
    CHECK(run.at("mismatches") == 0);
    CHECK(run.at("sum_mismatches") == 0);
    CHECK(run.at("outputs") == 2 * 2 * 3);  // two tiles
  }
  succeed({"calibrate", spec, "--vectors", "20", "--jobs", "1", "--json", here("trims.json")});
  const nlohmann::json trims = read_json(here.path("trims.json"));
  CHECK(trims.at("rms_error_before") > 5.0);
  CHECK(trims.at("rms_error_after") == 0.0);
  // Outputs that are constant (one slice, one device) are no endpoints without a constraint.
  succeed({"ppa", spec, "--no-power", "--json", here("ppa.json")});
  CHECK(read_json(here.path("ppa.json")).at("area_um2") > 500.0);

  const std::string preset = here.write("preset.toml", text);
  edit(preset, "mine.toml", "mram_resistance_sum");
  refuse(2, {"run", network, "--spec", preset, "--engine", "model"},
         {"mram_resistance_sum", "resistance_p"});
  refuse(2, {"calibrate", preset}, {"mram_resistance_sum", "resistance_p"});
  edit(here.path("mine.toml"), "value = 15000", "value = 6000");
  refuse(2, {"run", network, "--spec", spec, "--engine", "model"}, {"resistance_ap"});
  edit(here.path("mine.toml"), "resistance_ap = { value = 6000", "resistance_ap = { value = 15000");
  edit(here.path("mine.toml"), "value = 310.5", "value = 0");
  refuse(2, {"run", network, "--spec", spec, "--engine", "model"}, {"time_lsb"});
  edit(here.path("mine.toml"), "time_lsb = { value = 0", "time_lsb = { value = nan");
  refuse(2, {"run", network, "--spec", spec, "--engine", "model"}, {"time_lsb"});
  edit(here.path("mine.toml"), "value = nan", "value = 10");
  refuse(2, {"run", network, "--spec", spec, "--engine", "model"}, {"a column without matches"});
}
