// cimforge report: what is on the page, and what is no reason for one.
#include <fmt/format.h>

#include <algorithm>

#include "flows/npy.h"
#include "tests/catch.h"
#include "tests/cli/command.h"
#include "tests/picture/xml.h"

using namespace cimforge;
using namespace cimforge::tests;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

std::string analog_spec(const std::string& analog) {
  return "name = \"acim\"\nkind = \"analog\"\n[array]\nrows = 16\ncolumns = 4\n"
         "[operands]\ninput = \"int3\"\nweight = \"int4\"\n[analog]\n" +
         analog;
}

const char* const hermes = "device = \"pcm_hermes\"\ncell_bits = 2\n";

/// The page of an emitted specification.
std::string page_of(const Workspace& here, const std::string& spec,
                    std::vector<std::string> more = {}) {
  succeed({"emit", here.write("spec.toml", spec), "-o", here("out")});
  std::vector<std::string> command = {"report", here("out"), "-o", here("page.html")};
  command.insert(command.end(), more.begin(), more.end());
  // A converter's file stands where the command runs.
  succeed(command, {}, here.path(""));
  return base::read_file(here.path("page.html"));
}

std::vector<std::string> texts(const picture::Element& page, std::string_view tag,
                               std::string_view css_class = "") {
  std::vector<std::string> found;
  for (const picture::Element* each : page.all(tag, css_class)) found.push_back(each->text);
  return found;
}

/// The titles of the figures, in order.
std::vector<std::string> titles(const picture::Element& page) {
  std::vector<std::string> found;
  for (const picture::Element* figure : page.all("figure")) {
    const auto title = figure->all("title");
    REQUIRE_FALSE(title.empty());
    found.push_back(title.front()->text);
  }
  return found;
}

bool has_row(const picture::Element& page, const std::string& first, const std::string& second) {
  return std::ranges::any_of(page.all("tr"), [&](const picture::Element* row) {
    const auto cells = row->all("td");
    return cells.size() > 1 && cells[0]->text == first && cells[1]->text == second;
  });
}

}  // namespace

TEST_CASE("the page of an analog macro is well-formed and has every figure") {
  const Workspace here;
  here.write("adc.toml", "kind = \"sar\"\nbits = 6\nsigned = true\nmismatch = 0.02\nnoise = 0.1\n");
  const std::string spec =
      analog_spec(std::string(hermes) +
                  "adc = \"sar\"\nadc_bits = 6\nconverter = \"adc.toml\"\nrow_ohm = 2.0\n");
  const std::string html = page_of(here, spec);
  const picture::Element page = picture::parse_xml(html);
  CHECK(page.all("h1").front()->text == "acim: analog compute-in-memory macro");
  CHECK(texts(page, "h2") == std::vector<std::string>{"Cells", "Converters",
                                                      "Errors over the array", "Errors of results",
                                                      "The plan", "Device"});
  CHECK(titles(page) ==
        std::vector<std::string>{"Cells after programming", "Cells after 1 s", "Cells after 1 day",
                                 "Cells after 30 days", "Cells after 1 year", "Levels over time",
                                 "Transfer curve", "Integral nonlinearity",
                                 "Differential nonlinearity", "Inputs of the converters", "IR drop",
                                 "Error of programming", "Errors of results", "Errors over time"});
  CHECK(has_row(page, "Cells", "256"));
  CHECK(has_row(page, "g_max", "20.7"));
  CHECK(has_row(page, "Comparator noise", "0.1"));
  CHECK_THAT(html, !Contains("nan") && !Contains("<script"));
  CHECK_THAT(html, Contains(">overflow</text>") && Contains(">level 3</text>"));

  // The same bytes again, others with another seed, other weights or at other times.
  CHECK(page_of(here, spec) == html);
  CHECK(page_of(here, spec, {"--seed", "2"}) != html);
  here.write("w.npy", flows::to_npy({{16, 4}, std::vector<std::int8_t>(64, 3)}));
  CHECK(page_of(here, spec, {"--weights", here("w.npy")}) != html);
  const std::string later = page_of(here, spec, {"--seconds", "100,0,7200"});
  CHECK_THAT(later, Contains("Cells after 1.67 minutes") && Contains("Cells after 2 hours") &&
                        !Contains("Cells after 1 day"));
}

TEST_CASE("without drift there is one picture of the cells, without wires a sentence") {
  const Workspace here;
  const std::string html =
      page_of(here, analog_spec("device = \"reram_generic\"\ncell_bits = 1\n"), {"--seconds", "9"});
  const std::vector<std::string> figures = titles(picture::parse_xml(html));
  CHECK(std::ranges::count(figures, "Cells after programming") == 1);
  CHECK(std::ranges::count(figures, "Cells after 9 s") == 0);
  CHECK(std::ranges::count(figures, "IR drop") == 0);
  CHECK_THAT(html, Contains("one picture stands for all times"));
  CHECK_THAT(html, Contains("so there is no IR drop."));
}

TEST_CASE("a page says which parameter nobody knows") {
  const Workspace here;
  const std::string none = page_of(here, analog_spec("device = \"sram_charge\"\ncell_bits = 1\n"));
  const std::vector<std::string> figures = titles(picture::parse_xml(none));
  CHECK(figures == std::vector<std::string>{"Transfer curve", "Integral nonlinearity",
                                            "Differential nonlinearity",
                                            "Inputs of the converters"});
  CHECK_THAT(none, Contains("No picture: the device sram_charge has no value for capacitor_sigma"));
  // Only what is hot needs an activation energy.
  const std::string hot = page_of(here, analog_spec(hermes), {"--celsius", "85"});
  CHECK_THAT(hot, Contains("and at 25 °C: the device pcm_hermes has no value for "
                           "activation_energy"));
  CHECK_THAT(hot, Contains("Cells after programming") && !Contains("Cells after 1 day"));
}

TEST_CASE("the accuracy of a study is drawn for each temperature") {
  const Workspace here;
  const json point = {{"device", "pcm_hermes"}, {"seconds", 0},     {"celsius", 25},
                      {"accuracy", 0.9},        {"needs", nullptr}, {"ideal", false}};
  json study = {{"digital_accuracy", 0.95}, {"cases", json::array({point})}};
  study["cases"].push_back(point);
  study["cases"].back()["seconds"] = 3600;
  study["cases"].back()["accuracy"] = 0.8;
  study["cases"].back()["accuracies"] = {0.7, 0.9};
  study["cases"].push_back(
      {{"device", "sonos_nor"}, {"needs", "needs activation_energy"}, {"celsius", 85}});
  here.write("study.json", study.dump());
  const std::string html =
      page_of(here, analog_spec(hermes), {"--accuracy", here("study.json"), "--seconds", "1"});
  CHECK_THAT(html, Contains("Accuracy at 25 °C") && Contains("<td>80.00 ± 14.14 %</td>") &&
                       Contains("90.00 %") && Contains("95.00 % with exact sums") &&
                       Contains("Not run, needs activation_energy at 85 °C: sonos_nor."));
  // A bare list, each with its own digital accuracy.
  json list = json::array({point});
  list[0]["digital_accuracy"] = 0.5;
  here.write("list.json", list.dump());
  succeed({"report", here("out"), "-o", here("page.html"), "--accuracy", here("list.json")});
  CHECK_THAT(base::read_file(here.path("page.html")), Contains("50.00 % with exact sums"));

  const auto refuse_study = [&](const json& text, const std::string& part) {
    here.write("study.json", text.dump());
    refuse(2, {"report", here("out"), "-o", here("x.html"), "--accuracy", here("study.json")},
           {"study.json: not what `cimforge study` writes: ", part});
  };
  refuse_study(json::object(), "there is no list 'cases'");
  refuse_study({{"digital_accuracy", 1}, {"cases", {3}}}, "a case is not an object");
  study["cases"][0]["accuracy"] = 97.0;
  refuse_study(study, "'accuracy' is a share from 0 to 1, got 97");
  study["cases"][0]["accuracy"] = "much";
  refuse_study(study, "there is no number 'accuracy'");
  CHECK_FALSE(std::filesystem::exists(here.path("x.html")));
}

TEST_CASE("the page of a digital macro has its adders, and what ppa measured") {
  const Workspace here;
  const std::string html = page_of(here, small_spec());
  const picture::Element page = picture::parse_xml(html);
  CHECK(titles(page) == std::vector<std::string>{"Adders of a column", "Registers of a column"});
  CHECK(has_row(page, "Weight storage", "48"));
  CHECK(page_of(here, small_spec()) == html);

  const json path = {{"kind", "register to register"},
                     {"launching", "a"},
                     {"capturing", "b<&>"},
                     {"cells", 3},
                     {"delay_ns", 2.5},
                     {"available_ns", 2.0},
                     {"slack_ns", -0.5}};
  const json manifest = read_json(here.path("out/manifest.json"));
  json ppa = {{"name", "tiny"},
              {"specification_sha256", manifest.at("specification_sha256")},
              {"area_um2", 1000.0},
              {"sequential_area_um2", 250.0},
              {"modules",
               {{{"name", "tiny_slice"}, {"instances", 3}, {"own_area_um2", 300.0}},
                {{"name", "tiny"}, {"instances", 1}, {"own_area_um2", 100.0}}}}};
  const auto page_with = [&](const json& text) {
    here.write("ppa.json", text.dump());
    succeed({"report", here("out"), "-o", here("page.html"), "--ppa", here("ppa.json")});
    return picture::parse_xml(base::read_file(here.path("page.html")));
  };
  CHECK(titles(page_with(ppa)).size() == 3);
  ppa["fmax_mhz"] = 400.0;
  ppa["timing"] = {{"clock_period_ns", 2.0}, {"setup_paths", {path}}, {"hold_path", path}};
  ppa["power_mw"] = 3.0;
  ppa["power"] = {{"frequency_mhz", 400.0},
                  {"internal_mw", 1.0},
                  {"switching_mw", 2.0},
                  {"leakage_mw", nullptr},
                  {"stimulus", "random"},
                  {"mean_activity", 0.1},
                  {"modules", json::array({{{"name", "tiny"}, {"power_mw", 3.0}}})}};
  const picture::Element whole = page_with(ppa);
  CHECK(titles(whole) == std::vector<std::string>{"Adders of a column", "Registers of a column",
                                                  "Area by module", "Slack by path group",
                                                  "Power by kind", "Power by module"});
  CHECK(has_row(whole, "tiny_slice", "3"));

  const std::string before = base::read_file(here.path("page.html"));
  const auto refuse_ppa = [&](const json& text, const std::string& part) {
    here.write("ppa.json", text.dump());
    refuse(2, {"report", here("out"), "-o", here("page.html"), "--ppa", here("ppa.json")},
           {"ppa.json: ", part});
  };
  json other = ppa;
  other["specification_sha256"] = "0";
  refuse_ppa(other, "it is of another specification, of the macro tiny");
  other = ppa;
  other["timing"].erase("clock_period_ns");
  refuse_ppa(other, "there is no number 'clock_period_ns'");
  other = ppa;
  other.erase("power");
  other["power"] = 5;
  refuse_ppa(other, "there is no number '");
  CHECK(base::read_file(here.path("page.html")) == before);
}

TEST_CASE("the page of a floating macro has the adders of its integer array") {
  const Workspace here;
  const picture::Element page = picture::parse_xml(
      page_of(here, "name = \"f\"\nkind = \"floating\"\n[array]\nrows = 4\ncolumns = 2\n"
                    "[operands]\ninput = \"fp8_e4m3\"\nweight = \"fp4_e2m1\"\n"));
  CHECK(titles(page) == std::vector<std::string>{"Adders of a column", "Registers of a column"});
  CHECK(has_row(page, "Weight storage", "40"));  // aligned weights of 5 bits
}

TEST_CASE("a page that cannot be made is one error, and the file before it stays") {
  const Workspace here;
  const std::string digital = here.write("digital.toml", small_spec());
  const std::string analog = here.write("analog.toml", analog_spec(hermes));
  succeed({"emit", digital, "-o", here("d")});
  succeed({"emit", analog, "-o", here("a")});
  here.write("page.html", "before");
  const auto refuse_page = [&](std::vector<std::string> more, std::vector<std::string> parts) {
    more.insert(more.begin(), "report");
    more.insert(more.end(), {"-o", here("page.html")});
    refuse(2, more, parts);
  };
  refuse_page({here("none")}, {"none: no such directory"});
  refuse_page({here.make_directory("empty")}, {"empty: not an output", "no manifest.json"});
  refuse_page({digital}, {"digital.toml: not a directory"});
  refuse_page({here("a"), "--seconds", "-1"}, {"--seconds", "-1"});
  refuse_page({here("a"), "--seconds", "inf"}, {"--seconds", "inf"});
  refuse_page({here("a"), "--seconds", "soon"}, {"--seconds", "soon"});
  refuse_page({here("a"), "--seconds", "1,2,3,4,5,6,7,8,9,10,11,12,13"}, {"at most 12 times"});
  refuse_page({here("a"), "--celsius", "-300"}, {"--celsius", "-300"});
  refuse_page({here("a"), "--ppa", here("none.json")}, {"none.json"});
  refuse_page({here("d"), "--weights", "w.npy"}, {"w.npy: --weights is of analog macros"});
  refuse_page({here("d"), "--accuracy", "s.json"}, {"s.json: --accuracy is of analog macros"});
  here.write("cut.json", "{\"cases\": [");
  refuse_page({here("a"), "--accuracy", here("cut.json")}, {"cut.json: not JSON, at byte 12"});
  here.write("w.npy", flows::to_npy({{4, 16}, std::vector<std::int8_t>(64, 0)}));
  refuse_page({here("a"), "--weights", here("w.npy")}, {"integers of shape (16, 4) are expected"});
  here.write("w.npy", flows::to_npy({{16, 4}, std::vector<std::int8_t>(64, 8)}));
  refuse_page({here("a"), "--weights", here("w.npy")}, {"the value 8 is outside of int4"});

  // A directory that was changed by hand.
  edit(here.path("a/spec.toml"), "rows = 16", "rows = 8");
  refuse_page({here("a")}, {"manifest.json: ", "another specification than spec.toml"});
  edit(here.path("a/spec.toml"), "rows = 8", "rows = 0");
  refuse_page({here("a")}, {"spec.toml:", "rows must be between"});
  edit(here.path("a/spec.toml"), "rows = 0", "rows = 16");
  here.write("a/manifest.json", "[]");
  refuse_page({here("a")}, {"manifest.json: "});
  here.write("a/manifest.json", "{");
  refuse_page({here("a")}, {"manifest.json: not JSON"});
  CHECK(base::read_file(here.path("page.html")) == "before");

  refuse(2, {"report"}, {"DIR is required"});
  refuse(2, {"report", here("d"), "-o", here("empty")}, {"empty: cannot be written"});
  refuse(2, {"report", here("d"), "-o", here("none/page.html")}, {"none is not a directory"});
  for (const auto& entry : std::filesystem::directory_iterator(here.path(""))) {
    CHECK_FALSE(entry.path().filename().string().starts_with('.'));
  }
}
