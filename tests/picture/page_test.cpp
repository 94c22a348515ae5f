#include "generator/picture/page.h"

#include "tests/catch.h"
#include "tests/picture/golden.h"
#include "tests/picture/samples.h"
#include "tests/picture/xml.h"

namespace cimforge::picture {
namespace {

Page little() {
  return {.title = "A & B",
          .intro = "First <paragraph>.\n\nSecond.",
          .facts = {{"Rows", "64"}},
          .sections = {{.heading = "One",
                        .text = "Text.",
                        .figures = {{BarChart{.title = "Bars",
                                              .categories = {"x", "y"},
                                              .series = {{"s", {1.0, 2.0}}}},
                                     "A caption."}}},
                       {.heading = "Two",
                        .tables = {{.caption = "Numbers",
                                    .header = {"Name", "Area", "Shape", "Slack"},
                                    .rows = {{"a", "1.5 mm²", "4 x 4", "−0.1"},
                                             {"b", "-", "8 x 8", "+2e-3 ns"},
                                             {"c"}}}}}},
          .footer = "The end."};
}

TEST_CASE("A page is well-formed, and its contents lead to its sections") {
  const std::string html = to_html(page_sample());
  CHECK(html == to_html(page_sample()));
  CHECK(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\""));
  const Element root = parse_xml(html);
  const auto sections = root.all("section");
  const auto links = root.all("nav").at(0)->all("a");
  REQUIRE(sections.size() == links.size());
  for (std::size_t i = 0; i < sections.size(); ++i) {
    CHECK(links[i]->at("href") == "#" + sections[i]->at("id"));
    CHECK(links[i]->text == sections[i]->all("h2").at(0)->text);
  }
  CHECK(root.all("figure").size() == 10);
  CHECK(root.all("style").size() == 1);  // the charts have none of their own
  CHECK(root.all("h1").size() == 1);
}

TEST_CASE("A page loads nothing and runs nothing") {
  const std::string html = to_html(page_sample());
  for (const char* never : {"<script", "<link", "<img", "src=", "url(", "@import", "onload"}) {
    INFO(never);
    CHECK(html.find(never) == std::string::npos);
  }
}

TEST_CASE("Columns of numbers are set to the right, and short rows are filled") {
  const Element root = parse_xml(to_html(little()));
  std::vector<std::string> classes;
  for (const Element* cell : root.all("th")) classes.push_back(cell->at("class"));
  CHECK(classes == std::vector<std::string>{"", "number", "", "number"});
  CHECK(root.all("td").size() == 12);
}

TEST_CASE("An empty page is a page") {
  const Element root = parse_xml(to_html(Page{}));
  CHECK(root.all("nav").empty());
  CHECK(root.all("main").size() == 1);
  parse_xml(to_html({.sections = {{.tables = {{}}}, {}}}));
}

TEST_CASE("golden page") {
  check_golden(to_html(little()), "page.html");
}

}  // namespace
}  // namespace cimforge::picture
