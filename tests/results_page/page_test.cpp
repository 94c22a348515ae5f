#include "flows/results_page/page.h"

#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>

#include "flows/results_page/page_files.h"
#include "tests/catch.h"
#include "tests/cli/command.h"
#include "tests/results_page/synthetic.h"

namespace cimforge {
namespace {

namespace page = results_page;

/// Without what is no load: licences in comments of the bundle, and namespaces of SVG.
std::string without_names(std::string text) {
  for (std::size_t at = text.find("/*"); at != std::string::npos; at = text.find("/*", at)) {
    text.erase(at, text.find("*/", at) + 2 - at);
  }
  constexpr std::string_view namespaces = "http://www.w3.org/";
  for (std::size_t at = 0; (at = text.find(namespaces, at)) != std::string::npos;) {
    text.erase(at, namespaces.size());
  }
  return text;
}

/// A sweep with its page; the schematic depends on the machine's tools and is left out.
struct Made {
  tests::Workspace here;
  std::string directory = here("results");
  std::string file = here("page.html");
  tests::Environment environment = {{"CIMFORGE_NETLISTSVG", here("none")}};

  explicit Made(std::size_t points = 60) {
    tests::Synthetic options;
    options.points = points;
    tests::write_sweep(directory, options);
  }
  std::string page(std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"report", directory, "-o", file};
    words.insert(words.end(), more.begin(), more.end());
    tests::succeed(words, environment);
    return base::read_file(file);
  }
};

}  // namespace

TEST_CASE("modules are joined without imports and exports") {
  CHECK(page::joined(
            "import { a } from \"./a.js\";\nexport function b() {}\nconst export_c = 1;\n") ==
        "function b() {}\nconst export_c = 1;\n");
  CHECK(page::joined("export const a = 1;") == "const a = 1;");
}

TEST_CASE("no two modules of the script have a name in common") {
  const std::regex name("^(?:export )?(?:async )?(?:function|const|let|class) +(\\w+)");
  std::set<std::string> names;
  for (const auto& [file, text] : page::page_files()) {
    if (!file.ends_with(".js")) continue;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      std::smatch found;
      if (!std::regex_search(line, found, name)) continue;
      INFO(file << ": " << found[1]);
      CHECK(names.insert(found[1]).second);
    }
  }
  CHECK(names.size() > 50);
}

TEST_CASE("a page names nothing that would be loaded, and no text of a result ends its script") {
  Made made;
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{}, std::vector<std::string>{"--plain-charts"}}) {
    const std::string html = made.page(more);
    const std::string rest = without_names(html);
    CHECK(rest.find("http:") == std::string::npos);
    CHECK(rest.find("https:") == std::string::npos);
    CHECK(html.find("default-src 'none'") != std::string::npos);
    CHECK(html.find("<script>alert(1)") == std::string::npos);
    CHECK(html.find("<title>synthetic &lt;&amp;&gt; ") != std::string::npos);
    CHECK(html.find("{{") == std::string::npos);
    CHECK(html.ends_with("</html>\n"));
  }
}

TEST_CASE("the same directory gives the same page") {
  Made made;
  const std::string first = made.page();
  CHECK(first == made.page());
}

TEST_CASE("the page of a sweep says what it made, and what is missing") {
  Made made;
  const std::string json = made.here("report.json");
  const std::string html = made.page({"--json", json});
  const auto said = tests::read_json(json);
  CHECK(said.at("kind") == "sweep");
  CHECK(said.at("bytes") == html.size());
  CHECK(said.at("charts") == (page::has_bundled_charts() ? "echarts" : "svg"));
  CHECK_THAT(html, Catch::Contains("netlistsvg was not found"));
  CHECK_THAT(html, Catch::Contains("latency: "));
}

TEST_CASE("the page of a regression") {
  tests::Workspace here;
  tests::write_regression(here.path("results"));
  const auto ran = tests::succeed({"report", here("results"), "-o", here("page.html")});
  CHECK_THAT(ran.stdout_text, Catch::StartsWith("nightly: 2 runs of a regression, "));
  const std::string html = base::read_file(here.path("page.html"));
  CHECK_THAT(html, Catch::Contains("failures/1-digital-small"));
  CHECK_THAT(html, Catch::Contains("<title>nightly – cimforge regression</title>"));
}

TEST_CASE("a directory that is no results is one message, and no page") {
  tests::Workspace here;
  here.make_directory("empty");
  const auto refuse = [&](const std::string& directory, const std::vector<std::string>& parts,
                          const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"report", directory, "-o", here("page.html")};
    words.insert(words.end(), more.begin(), more.end());
    tests::refuse(2, words, parts);
    CHECK_FALSE(std::filesystem::exists(here.path("page.html")));
  };
  refuse(here("empty"), {"empty: not an output of `cimforge emit`", "sweep.json", "results.json"});
  here.write("young/sweep.json", "{\"format\": 1}\n");
  refuse(here("young"), {"young: these results have no summary.json yet", "--reduce"});

  tests::write_sweep(here.path("sweep"), {});
  const std::string summary = base::read_file(here.path("sweep/summary.json"));
  here.write("sweep/summary.json", summary.substr(0, summary.size() / 2));
  refuse(here("sweep"), {"summary.json: cut short or no JSON, at byte "});
  here.write("sweep/summary.json", "{\"sweep\": \"a\"}");
  refuse(here("sweep"), {"summary.json: not what `cimforge sweep` writes"});
  auto empty = nlohmann::ordered_json::parse(summary);
  empty["points"] = nlohmann::ordered_json::array();
  here.write("sweep/summary.json", empty.dump());
  refuse(here("sweep"), {"summary.json: this sweep has no points"});
  here.write("sweep/summary.json", summary);
  refuse(here("sweep"), {"--celsius is of emitted macros"}, {"--celsius", "25"});

  // The first run's record, in three ways.
  const std::string hash = empty.at("commands").empty() ? ""
                                                        : nlohmann::json::parse(summary)
                                                              .at("points")[0]
                                                              .at("runs")[0]
                                                              .at("hash")
                                                              .get<std::string>();
  const std::string record = "sweep/results/" + hash.substr(0, 2) + "/" + hash;
  const std::string text = base::read_file(here.path(record + ".json"));
  const std::string result = base::read_file(here.path(record + ".result.json"));
  here.write(record + ".result.json", result.substr(0, 20));
  refuse(here("sweep"), {hash + ".result.json: cut short"});
  here.write(record + ".result.json", result);
  here.write(record + ".json", text.substr(0, 100));
  refuse(here("sweep"), {hash + ".json: this record was cut short"});
  std::filesystem::remove(here.path(record + ".json"));
  refuse(here("sweep"), {hash + ".json: the summary names this record, and it is not there"});
  here.write(record + ".json", text);
  tests::succeed({"report", here("sweep"), "-o", here("page.html")},
                 {{"CIMFORGE_NETLISTSVG", here("none")}});
}

TEST_CASE("results of a regression that are none") {
  tests::Workspace here;
  tests::write_regression(here.path("results"));
  const std::string text = base::read_file(here.path("results/results.json"));
  const auto refuse = [&](const std::string& content, const std::string& part) {
    here.write("results/results.json", content);
    tests::refuse(2, {"report", here("results"), "-o", here("page.html")}, {part});
  };
  refuse(text.substr(0, 300), "results.json: cut short or no JSON");
  refuse("[]", "results.json: not what `cimforge regress` writes");
  auto json = nlohmann::ordered_json::parse(text);
  json["runs"] = nlohmann::ordered_json::array();
  refuse(json.dump(), "results.json: this regression has no runs");
}

}  // namespace cimforge
