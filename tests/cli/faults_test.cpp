// cimforge faults as a user runs it: tables, JSON, exit statuses.
#include "tests/catch.h"
#include "tests/cli/command.h"

using namespace cimforge;
using namespace cimforge::tests;
using nlohmann::json;

TEST_CASE("faults of storage, as a table and as JSON") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  const flows::ProcessResult result =
      succeed({"faults", spec, "--class", "SAF", "--class", "AF-two", "--samples", "30", "--march",
               "MATS+", "--json", here("f.json")});
  CHECK_THAT(result.stdout_text, Catch::Matchers::Contains("SAF (stuck-at)"));
  CHECK_THAT(result.stdout_text, Catch::Matchers::Contains("passed"));
  const json report = read_json(here.path("f.json"));
  CHECK(report.at("passed") == true);
  CHECK(report.at("netlist").is_null());
  const json& classes = report.at("storage").at("classes");
  REQUIRE(classes.size() == 2);
  CHECK(classes[0].at("class") == "SAF");
  CHECK(classes[0].at("tried") == 30);
  CHECK(classes[0].at("detected") == 30);
  CHECK(classes[1].at("claimed") == true);
}

TEST_CASE("what faults cannot do is said before anything is built") {
  const Workspace here;
  const std::string spec = here.write("spec.toml", small_spec());
  refuse(2, {"faults", spec, "--march", "b(r0)"}, {"--march", "begin with b(w0)"});
  refuse(2, {"faults", spec, "--march", ""}, {"--march"});
  refuse(2, {"faults", spec, "--backgrounds", "5"}, {"at most 4", "6 bits"});
  refuse(2, {"faults", spec, "--class", "SOF"}, {"--class"});
  refuse(2, {"faults", spec, "--samples", "-1"}, {"--samples"});
  const std::string mends =
      here.write("mends.toml", small_spec() + "[protection]\ncode = \"secded\"\n");
  refuse(2, {"faults", mends, "--class", "SAF"}, {"single wrong bits are mended", "--class"});
  std::string own = small_spec();
  own += "[self_test]\nmarch = \"March C-\"\n";
  refuse(2, {"faults", here.write("own.toml", own), "--march", "MATS+"}, {"leave out --march"});
}
