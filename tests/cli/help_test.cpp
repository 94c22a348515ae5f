// --help and --version, and mistakes on the command line.
#include "tests/catch.h"
#include "tests/cli/command.h"

using namespace cimforge::tests;
using Catch::Matchers::Contains;

TEST_CASE("the version") {
  CHECK(succeed({"--version"}).stdout_text == "cimforge " CIMFORGE_VERSION "\n");
}

TEST_CASE("help names every command, and of each command every option and the exit status") {
  const std::map<std::string, std::vector<std::string>> commands = {
      {"check", {"SPEC", "--estimate", "--library", "--json"}},
      {"align", {"SPEC", "WEIGHTS", "-o,--output", "--json"}},
      {"emit", {"SPEC", "-o,--output", "--json"}},
      {"verify",
       {"SPEC", "--vectors", "--seed", "--jobs", "--trace", "--coverage", "--rtl", "--json"}},
      {"regress", {"LIST", "-o,--output", "--jobs", "--seeds-from", "--filter", "--json"}},
      {"model", {"SPEC", "-o,--output", "--trace", "--jobs", "--rtl", "--json"}},
      {"run", {"NETWORK", "--spec", "--images", "--jobs", "--rtl", "--json"}},
      {"calibrate", {"SPEC", "--vectors", "--seed", "--ideal", "--registers", "--rtl", "--json"}},
      {"calibrate-library",
       {"LIB", "-o,--output", "--results", "--points", "--compare", "--json"}},
      {"ppa", {"SPEC", "--liberty", "--netlist", "--rtl", "--json"}},
      {"report",
       {"DIR", "-o,--output", "--seconds", "--celsius", "--seed", "--weights", "--accuracy", "--ppa",
        "--json"}},
      {"doctor", {"--json"}}};
  const std::string all = succeed({"--help"}).stdout_text;
  for (const auto& [command, options] : commands) {
    CHECK_THAT(all, Contains("\n  " + command + " "));
    const std::string help = succeed({command, "--help"}).stdout_text;
    INFO(help);
    CHECK_THAT(help, Contains("cimforge " + command));
    for (const std::string& option : options) CHECK_THAT(help, Contains("  " + option));
    for (const char* status : {"Exit status: 0", "; 1 ", "; 2 ", "; 3 ", "130"}) {
      CHECK_THAT(help, Contains(status));
    }
  }
}

TEST_CASE("mistakes on the command line are told in one line") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  refuse(2, {}, {"a command is missing", "cimforge --help"});
  refuse(2, {"verfy", spec}, {"verfy", "did you mean 'verify'?"});
  refuse(2, {"emit", spec}, {"--output is required", "cimforge emit --help"});
  refuse(2, {"check"}, {"SPEC is required"});
  refuse(2, {"check", spec, "--bogus"}, {"--bogus", "cimforge check --help"});
  refuse(2, {"--bogus", "check", spec}, {"--bogus"});
  refuse(2, {"verify", spec, "--vectors", "0"}, {"--vectors", "0"});
  refuse(2, {"verify", spec, "--vectors", "many"}, {"--vectors", "many"});
  refuse(2, {"verify", spec, "--jobs", "0"}, {"--jobs", "0"});
  refuse(2, {"verify", spec, "--seed", "x"}, {"--seed", "x"});
  refuse(2, {"model", spec, "-o", here("m"), "--jobs", "0"}, {"--jobs", "0"});
  refuse(2, {"run", "n.toml"}, {"--spec is required"});
  refuse(2, {"check", spec, "--json"}, {"--json"});
}
