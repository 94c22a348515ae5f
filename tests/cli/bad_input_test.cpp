// What a user can get wrong: one clear message, the right exit status, and nothing written.
#include <algorithm>
#include <cmath>
#include <limits>

#include "flows/npy.h"
#include "tests/catch.h"
#include "tests/cli/command.h"

namespace {

using namespace cimforge;
using namespace cimforge::tests;

std::string npy(std::vector<std::size_t> shape, flows::NpyData data) {
  return flows::to_npy({std::move(shape), std::move(data)});
}

/// A network of one layer, 5 inputs and 4 scores, for small_spec.
struct Network {
  Workspace here;
  std::string spec = here.write("spec.toml", small_spec());
  std::string toml = here.write("network.toml", R"(name = "one_layer"
[input]
data = "images.npy"
format = "int3"
[[layer]]
name = "scores"
weights = "weights.npy"
scale = "scale.npy"
)");

  Network() {
    images();
    weights();
    here.write("scale.npy", npy({1}, std::vector<float>{1.0F}));
  }
  void images() const {
    here.write("images.npy", npy({2, 5}, std::vector<std::int8_t>{1, 2, 3, -4, 0, 3, -1, 0, 2, -2}));
  }
  void weights() const {
    here.write("weights.npy", npy({5, 4}, std::vector<std::int8_t>(20, -1)));
  }
  void refused(const std::vector<std::string>& parts) const {
    refuse(2, {"run", toml, "--spec", spec}, parts);
  }
};

}  // namespace

TEST_CASE("a specification that cannot be read") {
  const Workspace here;
  for (const char* command : {"check", "verify", "ppa"}) {
    refuse(2, {command, here("nowhere.toml")}, {here("nowhere.toml"), "No such file"});
  }
  for (const char* command : {"emit", "model"}) {
    refuse(2, {command, here("nowhere.toml"), "-o", here("out")}, {here("nowhere.toml")});
    refuse(2, {command, here(""), "-o", here("out")}, {"s a directory"});
  }
  CHECK_FALSE(std::filesystem::exists(here.path("out")));
}

TEST_CASE("a specification that is wrong is told with file, line and column") {
  const Workspace here;
  const auto refused = [&](const char* text, const std::vector<std::string>& parts) {
    return refuse(2, {"emit", here.write("spec.toml", text), "-o", here("out")}, parts);
  };
  refused("", {"spec.toml"});
  refused("name = \"m\nkind", {here("spec.toml") + ":1:"});
  refused("name = \"m\"\n[array]\nrows = 4\nrows = 5\n", {here("spec.toml") + ":4:"});
  refused("\xff\xfe\x00garbage", {"spec.toml"});
  const std::string message = refused(R"(name = "m"
kindd = "digital"
[array]
rows = 5000
columns = 0
banks = "two"
[operands]
input = "int17"
weight = "int4"
[compute]
input_bits_per_cycle = 9
adder_tree = "dada"
)",
                                      {":2:1: error: ", "did you mean 'kind'?", ":4:8: error: ",
                                       "4096", "5000", ":5:11: error: ", ":6:9: error: ",
                                       ":8:9: error: ", "int17", ":12:14: error: ", "dadda"});
  CHECK(std::count(message.begin(), message.end(), '\n') >= 6);
  CHECK_FALSE(std::filesystem::exists(here.path("out")));
}

TEST_CASE("output that cannot be written, with what stands there left alone") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  here.write("file", "mine");
  here.write("full/notes.txt", "mine");
  const std::string file = here("file");
  for (const char* command : {"emit", "model"}) {
    refuse(2, {command, spec, "-o", file}, {file, "not a directory"});
    refuse(2, {command, spec, "-o", file + "/below"}, {file + "/below"});
    refuse(2, {command, spec, "-o", here("full")}, {here("full"), "not an earlier output"});
    refuse(2, {command, spec, "-o", "/proc/cimforge"}, {"/proc/cimforge"});
  }
  CHECK(base::read_file(file) == "mine");
  CHECK(files_in(here.path("full")) == base::FileSet{{"notes.txt", "mine"}});

  // A file of the user's in an earlier output.
  succeed({"emit", spec, "-o", here("out")});
  here.write("out/notes.txt", "mine");
  const base::FileSet before = files_in(here.path("out"));
  refuse(2, {"emit", spec, "-o", here("out")}, {"notes.txt"});
  CHECK(files_in(here.path("out")) == before);
}

TEST_CASE("a result file that cannot be written is told before the work begins") {
  const Network network;
  const Workspace& here = network.here;
  const std::string nowhere = here("nowhere/result");
  const std::string directory = here.make_directory("directory");
  const std::string& spec = network.spec;
  // Without tools the work itself would end with status 3.
  const Environment no_tools = {{"PATH", ""}};
  for (const std::string& json : {nowhere, directory}) {
    const std::vector<std::string> parts = {json, "cannot be written"};
    refuse(2, {"check", spec, "--json", json}, parts, no_tools);
    refuse(2, {"emit", spec, "-o", here("out"), "--json", json}, parts, no_tools);
    refuse(2, {"verify", spec, "--json", json}, parts, no_tools);
    refuse(2, {"verify", spec, "--trace", json}, parts, no_tools);
    refuse(2, {"model", spec, "-o", here("out"), "--json", json}, parts, no_tools);
    refuse(2, {"run", network.toml, "--spec", spec, "--json", json}, parts, no_tools);
    refuse(2, {"ppa", spec, "--json", json}, parts, no_tools);
    refuse(2, {"ppa", spec, "--netlist", json}, parts, no_tools);
    refuse(2, {"doctor", "--json", json}, parts, no_tools);
  }
  refuse(2, {"model", spec, "-o", here("network.toml")}, {"not a directory"}, no_tools);
  CHECK_FALSE(std::filesystem::exists(here.path("out")));
}

TEST_CASE("a tool that is missing is status 3 and says what to install") {
  const Network network;
  const Workspace& here = network.here;
  const std::string& spec = network.spec;
  const Environment no_path = {{"PATH", ""}};
  const std::vector<std::string> install = {"is not found", "apt-get install"};
  refuse(3, {"verify", spec}, install, no_path);
  refuse(3, {"model", spec, "-o", here("out")}, install, no_path);
  refuse(3, {"run", network.toml, "--spec", spec}, install, no_path);
  refuse(3, {"ppa", spec}, {"yosys", "apt-get install yosys"}, no_path);

  const Environment wrong = {{"CIMFORGE_VERILATOR", "/nonexistent"},
                             {"CIMFORGE_YOSYS", "/nonexistent"}};
  refuse(3, {"verify", spec}, {"verilator", "CIMFORGE_VERILATOR", "/nonexistent"}, wrong);
  refuse(3, {"model", spec, "-o", here("out")}, {"verilator", "/nonexistent"}, wrong);
  refuse(3, {"ppa", spec}, {"yosys", "CIMFORGE_YOSYS", "/nonexistent"}, wrong);
  // A program that is no Verilator.
  refuse(3, {"verify", spec}, {"/bin/true", "verilator"}, {{"CIMFORGE_VERILATOR", "/bin/true"}});
  // No place for temporary files.
  refuse(3, {"verify", spec}, {"TMPDIR"}, {{"TMPDIR", here("nowhere")}});
  CHECK_FALSE(std::filesystem::exists(here.path("out")));

  const flows::ProcessResult doctor = cimforge::tests::cimforge({"doctor"}, no_path);
  CHECK(doctor.exit_code == 3);
  CHECK_THAT(doctor.stdout_text, Catch::Matchers::Contains("apt-get install"));
}

TEST_CASE("RTL that is no output of cimforge") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  here.make_directory("empty");
  for (const char* command : {"verify", "ppa"}) {
    refuse(2, {command, spec, "--rtl", here("nowhere")}, {here("nowhere")});
    refuse(2, {command, spec, "--rtl", spec}, {spec});
    refuse(2, {command, spec, "--rtl", here("empty")}, {here("empty"), "sim.f"});
  }
  refuse(2, {"model", spec, "-o", here("out"), "--rtl", here("empty")}, {here("empty"), "sim.f"});
}

TEST_CASE("RTL that is broken or of another specification is the user's mistake") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  const std::string wide = here.write("wide.toml", small_spec() + "[output]\nmode = \"truncate\"\nbits = 3\n");
  const std::string other = here.write("other.toml", small_spec("other"));
  const std::string rtl = here("rtl");
  const std::vector<std::string> verify = {"verify", spec, "--rtl", rtl, "--vectors", "1"};

  succeed({"emit", other, "-o", rtl});
  refuse(2, verify, {rtl, "tiny"});
  std::filesystem::remove_all(rtl);

  succeed({"emit", wide, "-o", rtl});
  refuse(2, verify, {rtl, "not of this specification", "out_data_o"});

  succeed({"emit", spec, "-o", rtl});
  edit(here.path("rtl/rtl/tiny.v"), "\nendmodule", "\n  assign = ;\nendmodule");
  refuse(2, verify, {rtl, "tiny.v", "syntax error"});

  succeed({"emit", spec, "-o", rtl});
  std::string text = base::read_file(here.path("rtl/rtl/tiny.v"));
  for (std::size_t at = 0; (at = text.find("out_ready_i", at)) != std::string::npos; at += 9) {
    if (text[at - 1] != '.') text.replace(at, 11, "out_go_i");  // not the port of the leaf cell
  }
  here.write("rtl/rtl/tiny.v", text);
  refuse(2, verify, {rtl, "out_ready"});

  std::filesystem::remove(here.path("rtl/rtl/cim_sequencer.v"));
  refuse(2, verify, {rtl, "cim_sequencer.v"});
}

TEST_CASE("a network whose files are wrong") {
  const Network network;
  const Workspace& here = network.here;
  refuse(2, {"run", here("nowhere.toml"), "--spec", network.spec}, {here("nowhere.toml")});
  refuse(2, {"run", network.toml, "--spec", here("nowhere.toml")}, {here("nowhere.toml")});

  here.write("weights.npy", npy({4, 5}, std::vector<std::int8_t>(20, -1)));
  network.refused({"weights.npy", "5", "4"});
  here.write("weights.npy", npy({20}, std::vector<std::int8_t>(20, -1)));
  network.refused({"weights.npy", "(20,)"});
  here.write("weights.npy", npy({5, 4}, std::vector<float>(20, -1.0F)));
  network.refused({"weights.npy", "float32"});
  here.write("weights.npy", npy({5, 4}, std::vector<std::int8_t>(20, 2)));
  network.refused({"weights", "2", "int2"});
  const std::string whole = npy({5, 4}, std::vector<std::int8_t>(20, -1));
  for (const std::size_t kept : {whole.size() - 1, std::size_t{64}, std::size_t{7}, std::size_t{0}}) {
    here.write("weights.npy", whole.substr(0, kept));
    network.refused({"weights.npy"});
  }
  std::filesystem::remove(here.path("weights.npy"));
  network.refused({"weights.npy", "No such file"});
  here.make_directory("weights.npy");
  network.refused({"weights.npy"});
  std::filesystem::remove(here.path("weights.npy"));

  network.weights();
  here.write("images.npy", npy({2, 5}, std::vector<std::int8_t>(10, 4)));
  network.refused({"images", "4", "int3"});
  here.write("images.npy", npy({0, 5}, std::vector<std::int8_t>{}));
  network.refused({"images.npy"});
  network.images();
  here.write("network.toml", "name = 1\n[[layer]]\nwieghts = \"weights.npy\"\n");
  network.refused({"network.toml:", "did you mean 'weights'?"});
}

TEST_CASE("a Liberty file that is missing, empty or truncated") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  const auto refused = [&](const std::string& file, const std::vector<std::string>& parts) {
    refuse(2, {"ppa", spec, "--liberty", file, "--json", here("ppa.json")}, parts);
  };
  refused(here("nowhere.lib"), {here("nowhere.lib")});
  refused(here(""), {"s a directory"});
  refused(here.write("empty.lib", ""), {"empty.lib", "empty"});
  refused(here.write("text.lib", "hello\n"), {"text.lib"});
  refused(here.write("cut.lib", "library (x) {\n  cell (INV) {\n    area : 1.0;\n"),
          {"cut.lib", "truncated"});
  refused(here.write("bare.lib", "library (x) {\n}\n"), {"bare.lib", "cell"});
  CHECK_FALSE(std::filesystem::exists(here.path("ppa.json")));
  refuse(2, {"ppa", spec}, {"CIMFORGE_LIBERTY"}, {{"CIMFORGE_LIBERTY", here("nowhere.lib")}});
}

TEST_CASE("weights that cannot be aligned") {
  const Workspace here;
  const std::string spec = here.write(
      "floating.toml",
      "name = \"tiny\"\nkind = \"floating\"\n[array]\nrows = 2\ncolumns = 3\n[operands]\n"
      "input = \"fp8_e4m3\"\nweight = \"fp6_e3m2\"\n");
  const auto refused = [&](const std::string& weights, const std::vector<std::string>& parts) {
    here.write("weights.npy", weights);
    refuse(2, {"align", spec, here("weights.npy"), "-o", here("out")}, parts);
    CHECK_FALSE(std::filesystem::exists(here.path("out")));
  };
  refused("text", {here("weights.npy"), "not a .npy file"});
  refused(npy({6}, std::vector<float>(6, 1.0F)), {"rows x columns", "(6,)"});
  refused(npy({3, 2}, std::vector<float>(6, 1.0F)), {"(2, 3)", "(3, 2)"});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  refused(npy({2, 3}, std::vector<float>{1, 2, 3, 4, nan, 6}),
          {"row 1, column 1 is NaN", "fp6_e3m2 has none"});
  refused(npy({2, 3}, std::vector<double>{1, HUGE_VAL, 3, 4, 5, 6}), {"row 0, column 1 is infinite"});
  refuse(2, {"align", spec, here("nowhere.npy"), "-o", here("out")}, {here("nowhere.npy")});
  refuse(2, {"align", here.write("integers.toml", small_spec()), here("weights.npy"), "-o", here("out")},
         {"only the weights of a \"floating\" macro are aligned"});
}
