// Hybrid macros through the commands, and macros with an array through those that map them.
#include <filesystem>

#include "flows/npy.h"
#include "generator/base/file.h"
#include "tests/catch.h"
#include "tests/cli/command.h"

namespace {

using namespace cimforge;
using namespace cimforge::tests;
using Catch::Matchers::Contains;

std::string specification(const std::string& kind, const std::string& weight,
                          const std::string& more) {
  return "name = \"macro_" + kind + "\"\nkind = \"" + kind +
         "\"\n[array]\nrows = 6\ncolumns = 3\n[operands]\ninput = \"int3\"\nweight = \"" + weight +
         "\"\n[analog]\ncolumns_per_adc = 1\narray_area_um2 = 900\n" + more;
}

}  // namespace

TEST_CASE("a hybrid macro, from check to report") {
  const Workspace here;
  const std::string spec =
      here.write("hybrid.toml", specification("hybrid", "int4", "device = \"mine.toml\"\n"));
  here.write("mine.toml", "name = \"mine\"\nbase = \"pcm_nandakumar\"\n");
  CHECK_THAT(succeed({"check", spec, "--json", here("check.json")}).stdout_text,
             Contains("2 bits high-order of 4 digital, 2 low-order analog"));
  const nlohmann::json check = read_json(here.path("check.json"));
  CHECK(check.at("latency") == check.at("analog").at("latency").get<int>() + 1);
  CHECK(check.at("digital").at("storage_bits").get<int>() == 6 * 3 * 2);

  succeed({"emit", spec, "-o", here("out")});
  // The device goes out with it.
  CHECK(base::read_file(here.path("out") / "mine.toml") == base::read_file(here.path("mine.toml")));
  CHECK(read_json(here.path("out") / "manifest.json").at("files").contains("mine.toml"));
  succeed({"report", here("out"), "-o", here("page.html")});
  CHECK_THAT(base::read_file(here.path("page.html")),
             Contains("macro_hybrid: hybrid compute-in-memory macro") && Contains("Converters"));

  CHECK_THAT(succeed({"verify", spec, "--vectors", "200", "--jobs", "1"}).stdout_text,
             Contains("passed"));
  CHECK_THAT(succeed({"verify", spec, "--gates", "--vectors", "50", "--jobs", "1"}).stdout_text,
             Contains("passed"));
  CHECK_THAT(succeed({"prove", spec}).stdout_text, Contains("macro_hybrid_digital: proved"));
  succeed({"ppa", spec, "--no-power", "--json", here("ppa.json")});
  CHECK(read_json(here.path("ppa.json")).at("area_um2").get<double>() > 900.0);
  CHECK_THAT(succeed({"calibrate", spec, "--vectors", "20", "--jobs", "1"}).stdout_text,
             Contains("0 results before, 0 after"));

  here.write("images.npy",
             flows::to_npy({{2, 4}, std::vector<std::int8_t>{1, 2, 3, -4, 0, 3, -1, 0}}));
  here.write("labels.npy", flows::to_npy({{2}, std::vector<std::int8_t>{0, 2}}));
  here.write(
      "weights.npy",
      flows::to_npy({{4, 3}, std::vector<std::int8_t>{7, -8, 3, 2, -1, 0, 5, -6, 4, 1, -2, 6}}));
  here.write("scale.npy", flows::to_npy({{1}, std::vector<float>{1.0F}}));
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
  for (const std::vector<std::string>& engine :
       {std::vector<std::string>{"--engine", "macro", "--jobs", "1"},
        {"--engine", "model", "--ideal"}}) {
    std::vector<std::string> command = {"run", network, "--spec", spec, "--json", here("run.json")};
    command.insert(command.end(), engine.begin(), engine.end());
    succeed(command);
    CHECK(read_json(here.path("run.json")).at("mismatches") == 0);
  }
  CHECK_THAT(succeed({"study", network, "--spec", spec, "--devices", "pcm_nandakumar", "--seconds",
                      "1", "--celsius", "25", "--seeds", "1", "--jobs", "1"})
                 .stdout_text,
             Contains("pcm_nandakumar"));
}

TEST_CASE("analog macros whose array has tied pins are timed, and their gates simulated") {
  const Workspace here;
  // One slice, one column a converter, one device: these pins have one value.
  const std::string spec = here.write("a.toml", specification("analog", "uint2", ""));
  succeed({"ppa", spec, "--no-power"});
  CHECK_THAT(succeed({"verify", spec, "--gates", "--vectors", "50", "--jobs", "1"}).stdout_text,
             Contains("passed"));
}
