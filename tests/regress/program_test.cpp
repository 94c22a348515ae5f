// The command as a user runs it, with the real tools.
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "flows/regression_list.h"
#include "flows/verilator_coverage.h"
#include "tests/catch.h"
#include "tests/cli/command.h"
#include "tests/picture/xml.h"

using namespace cimforge;
using namespace cimforge::tests;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

/// A list with one test of spec.toml.
std::string one_test(const std::string& rest) {
  return "[[test]]\nname = \"tiny\"\nspecification = \"spec.toml\"\n" + rest;
}

}  // namespace

TEST_CASE("verify --coverage writes a file that verilator_coverage reads, whatever --jobs is") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  const auto coverage = [&](const std::string& jobs) {
    succeed({"verify", spec, "--vectors", "3000", "--jobs", jobs, "--coverage", here("c.dat")});
    return base::read_file(here.path("c.dat"));
  };
  const std::string text = coverage("1");
  CHECK(text.starts_with("# SystemC::Coverage-3\n"));
  CHECK(coverage("2") == text);
  const auto modules = flows::coverage_by_module(flows::VerilatorCoverage::parse(text, "c.dat"));
  REQUIRE(modules.contains("cim_sequencer"));
  CHECK(modules.at("cim_sequencer").lines.percent() > 90);
  CHECK(modules.at("cim_sequencer").toggles.percent() > 90);
  REQUIRE(modules.contains("tiny_slice"));
  CHECK(modules.at("tiny_slice").toggles.total > 0);
  here.write("copy.dat", text);  // one name is read once
  run({"verilator_coverage", "--write", here("merged.dat"), here("c.dat"), here("copy.dat")});
  const auto merged =
      flows::VerilatorCoverage::parse(base::read_file(here.path("merged.dat")), "merged.dat");
  auto twice = flows::VerilatorCoverage::parse(text, "c.dat");
  twice.add(flows::VerilatorCoverage::parse(text, "c.dat"));
  const bool is_sum = merged.points == twice.points;
  CHECK(is_sum);
}

TEST_CASE("verify counts toggles of wide signals where it is asked to") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  const auto toggles = [&](const std::string& width) {
    succeed(
        {"verify", spec, "--vectors", "20", "--coverage", here("c.dat"), "--toggle-width", width});
    const auto modules = flows::coverage_by_module(
        flows::VerilatorCoverage::parse(base::read_file(here.path("c.dat")), "c.dat"));
    return modules.at("tiny_slice").toggles.total;
  };
  CHECK(toggles("1") < toggles("32"));
  refuse(2, {"verify", spec, "--toggle-width", "3"}, {"--toggle-width", "--coverage"});
  refuse(2, {"verify", spec, "--coverage", here("missing/c.dat")}, {"missing/c.dat"});
  refuse(2, {"verify", spec, "--gates", "--coverage", here("c.dat")}, {"--gates", "--coverage"});
}

TEST_CASE("the smoke list passes") {
  const Workspace here;
  const flows::ProcessResult result =
      tests::cimforge({"regress", CIMFORGE_EXAMPLES "/regress/smoke.toml", "-o", here("out"),
                       "--jobs", "2", "--json", here("r.json"), "--json-lines"});
  INFO(result.stdout_text << result.stderr_text);
  REQUIRE(result.succeeded());
  const json report = read_json(here.path("r.json"));
  CHECK(report.at("complete") == true);
  CHECK(report.at("failed") == 0);
  CHECK(report.at("errors") == 0);
  CHECK(report.at("passed") == report.at("planned"));
  CHECK(report.at("coverage").at("code").at("runs") == 5);
  CHECK(report.at("coverage").at("code").at("lines").at("percent") > 80);
  CHECK(report.at("coverage").at("functional").at("specifications").size() == 2);

  // One object a run on standard output, one line a run in the log.
  const auto lines = std::ranges::count(result.stdout_text, '\n');
  CHECK(lines == report.at("planned").get<std::ptrdiff_t>());
  std::istringstream stream(result.stdout_text);
  for (std::string line; std::getline(stream, line);) {
    CHECK(json::parse(line).at("verdict") == "passed");
  }
  const std::string total = "/" + report.at("planned").dump() + " ";
  CHECK_THAT(result.stderr_text, Contains("ok 1" + total));
  CHECK_THAT(result.stderr_text, Contains("small small_8x4.toml seed 2"));

  const base::FileSet files = files_in(here.path("out"));
  REQUIRE(files.contains("coverage.dat"));
  CHECK_FALSE(flows::VerilatorCoverage::parse(files.at("coverage.dat"), "").points.empty());
  const std::string& junit = files.at("junit.xml");  // the reader takes no declaration
  CHECK(picture::parse_xml(junit.substr(junit.find('\n') + 1)).all("testcase").size() ==
        report.at("planned").get<std::size_t>());
  CHECK_THAT(files.at("summary.md"), Contains("## Code coverage"));
  CHECK(files.size() == 4);
}

TEST_CASE("a planted fault is found, made small and can be repeated") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  succeed({"emit", spec, "-o", here("rtl")});
  bool is_edited = false;
  for (const auto& [name, text] : files_in(here.path("rtl"))) {
    const std::string sign = "= ~(";
    const std::size_t place = text.find(sign, std::min(text.size(), text.find("always @*")));
    if (is_edited || !name.starts_with("rtl/tiny") || place == std::string::npos) continue;
    here.write("rtl/" + name, std::string(text).replace(place, sign.size(), "= ("));
    is_edited = true;
  }
  REQUIRE(is_edited);
  const std::string list = here.write(
      "list.toml", one_test("options = [\"--rtl\", \"rtl\"]\nseeds = [4, 3]\nvectors = 100\n") +
                       "[[test]]\nname = \"right\"\nspecification = \"spec.toml\"\nvectors = 20\n");
  const flows::ProcessResult result =
      tests::cimforge({"regress", list, "-o", here("out"), "--jobs", "2"});
  INFO(result.stdout_text << result.stderr_text);
  CHECK(result.exit_code == 1);
  const json report = read_json(here.path("out/results.json"));
  CHECK(report.at("passed") == 1);
  CHECK(report.at("failed") == 2);
  REQUIRE(report.at("failures").size() == 1);
  const json& failure = report.at("failures").at(0);
  CHECK(failure.at("seed") == 3);
  // The corners that precede every run find it.
  CHECK(failure.at("vectors") == 1);
  CHECK(failure.at("first_mismatch_vector").is_number());

  // From anywhere, by the script.
  const std::string script = here("out/" + failure.at("folder").get<std::string>() + "/repeat.sh");
  flows::ProcessRequest request{{"/bin/sh", script}, kTimeLimit, "/"};
  request.environment["CIMFORGE"] = CIMFORGE_PROGRAM;
  const flows::ProcessResult repeated = flows::run_process(request);
  INFO(repeated.stdout_text << repeated.stderr_text);
  CHECK(repeated.exit_code == 1);
  CHECK_THAT(repeated.stdout_text, Contains("seed 3"));

  // The next regression takes the place of this one.
  CHECK(tests::cimforge({"regress", list, "-o", here("out"), "--filter", "right", "--no-coverage"})
            .exit_code == 0);
  CHECK_FALSE(files_in(here.path("out")).contains("coverage.dat"));
  CHECK(files_in(here.path("out")).size() == 3);
}

TEST_CASE("a run that takes too long and one that is wrong are errors, and the rest goes on") {
  const Workspace here;
  here.write("spec.toml", small_spec());
  here.write("wrong.toml", "name = \"x\"\nrows = 0\n");
  const std::string list = here.write(
      "list.toml", one_test("time_limit = 0.001\n") +
                       "[[test]]\nname = \"wrong\"\ncommand = \"check\"\nspecification = "
                       "\"wrong.toml\"\n[[test]]\nname = \"right\"\ncommand = "
                       "\"check\"\nspecification = \"spec.toml\"\n");
  const flows::ProcessResult result = tests::cimforge({"regress", list, "-o", here("out")});
  INFO(result.stdout_text << result.stderr_text);
  CHECK(result.exit_code == 1);
  const json report = read_json(here.path("out/results.json"));
  CHECK(report.at("passed") == 1);
  CHECK(report.at("errors") == 2);
  const json& runs = report.at("runs");
  CHECK_THAT(runs.at(0).at("message").get<std::string>(), Contains("time limit"));
  CHECK_THAT(runs.at(1).at("message").get<std::string>(), Contains("exit status 2"));
}

TEST_CASE("every command that a list may name runs") {
  const Workspace here;
  here.write("spec.toml", small_spec());
  std::string text;
  for (const flows::RegressionCommand& command : flows::regression_commands()) {
    text += fmt::format("[[test]]\nname = \"{0}\"\ncommand = \"{0}\"\nspecification = "
                        "\"spec.toml\"\n",
                        command.name);
  }
  const std::string list = here.write("list.toml", text);
  tests::cimforge({"regress", list, "-o", here("out"), "--no-coverage"});
  const json report = read_json(here.path("out/results.json"));
  // Latches without a test pin are not ready for scan.
  for (const json& run : report.at("runs")) {
    INFO(run.dump());
    CHECK(run.at("verdict") == (run.at("test") == "scan" ? "failed" : "passed"));
  }
}

TEST_CASE("bad input to regress") {
  const Workspace here;
  here.write("spec.toml", small_spec());
  const std::string right = here.write("list.toml", one_test("command = \"check\"\n"));
  refuse(2, {"regress", right}, {"--output is required"});
  refuse(2, {"regress", here("none.toml"), "-o", here("out")}, {"none.toml"});
  const std::string wrong = here.write("wrong.toml", one_test("command = \"verfy\"\n"));
  refuse(2, {"regress", wrong, "-o", here("out")},
         {wrong + ":4:11: error: ", "did you mean 'verify'?", "[unknown-command]"});
  refuse(2, {"regress", here.write("empty.toml", ""), "-o", here("out")}, {"no test"});
  here.write("theirs/thesis.tex", "mine");
  refuse(2, {"regress", right, "-o", here("theirs")}, {"not an earlier output"});
  CHECK(files_in(here.path("theirs")).size() == 1);
  refuse(2, {"regress", right, "-o", here("out"), "--filter", "("}, {"--filter"});
  refuse(2, {"regress", right, "-o", here("out"), "--filter", "zzz"}, {"no test matches"});
  refuse(2, {"regress", right, "-o", here("out"), "--jobs", "0"}, {"--jobs"});
  CHECK_FALSE(std::filesystem::exists(here.path("out")));
}
