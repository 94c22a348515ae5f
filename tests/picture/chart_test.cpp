#include "generator/picture/chart.h"

#include <cmath>
#include <cstdio>
#include <limits>

#include "generator/picture/colour.h"
#include "tests/catch.h"
#include "tests/picture/golden.h"
#include "tests/picture/samples.h"
#include "tests/picture/xml.h"

namespace cimforge::picture {
namespace {

constexpr double gap = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<Chart> samples() {
  std::vector<Chart> charts;
  for (const Section& section : page_sample().sections) {
    for (const Figure& figure : section.figures) charts.push_back(figure.chart);
  }
  return charts;
}

/// The chart as elements, after the checks that hold for every chart.
Element drawn(const Chart& chart) {
  const std::string svg = to_svg(chart);
  Element root = parse_xml(svg);
  CHECK(root.name == "svg");
  CHECK(root.at("role") == "img");
  CHECK(root.at("width") == "640");
  CHECK(root.at("viewBox") == "0 0 640 " + root.at("height"));
  REQUIRE(root.children.size() > 4);
  CHECK(root.children[0].name == "title");
  CHECK(root.children[1].name == "desc");
  CHECK(root.children[1].text.size() > 10);
  for (const char* never : {"nan", "inf", "href", "script", "url(", "@import", " id="}) {
    INFO(never);
    const std::size_t style_end = svg.find("</style>");
    CHECK(svg.find(never, style_end) == std::string::npos);
  }
  return root;
}

/// The place of a label of an axis.
struct Place {
  double x = 0.0;
  double y = 0.0;
};

Place place_of(const Element& root, const std::string& label, const std::string& css_class) {
  for (const Element* text : root.all("text", css_class)) {
    if (text->text == label) return {std::stod(text->at("x")), std::stod(text->at("y"))};
  }
  FAIL("no label " << label);
  return {};
}

LineChart little() {
  return {.title = "Little",
          .x = {.title = "Time", .unit = "s"},
          .y = {.title = "Value"},
          .series = {{.name = "a", .x = {0, 5, 10}, .y = {0, 10, 4}}}};
}

TEST_CASE("Every sample is well-formed, described, closed in itself and always the same") {
  const std::vector<Chart> first = samples();
  const std::vector<Chart> second = samples();
  CHECK(first.size() == 10);
  for (std::size_t i = 0; i < first.size(); ++i) {
    drawn(first[i]);
    CHECK(to_svg(first[i]) == to_svg(second[i]));
    CHECK(to_svg(first[i], StyleSheet::in_page).find("<style>") == std::string::npos);
  }
}

TEST_CASE("A point lands where its ticks cross") {
  const Element root = drawn(little());
  const double x0 = place_of(root, "0", "middle").x;
  const double x5 = place_of(root, "5", "middle").x;
  const double x10 = place_of(root, "10", "middle").x;
  // The base line of a label is 4 below its tick.
  const double y0 = place_of(root, "0", "end").y - 4.0;
  const double y10 = place_of(root, "10", "end").y - 4.0;
  CHECK(x5 == Approx((x0 + x10) / 2.0).margin(0.11));
  double x[3];
  double y[3];
  const auto lines = root.all("path", "line");
  REQUIRE(lines.size() == 2);  // the legend's, then the series
  REQUIRE(std::sscanf(lines[1]->at("d").c_str(), "M%lf %lfL%lf %lf %lf %lf", &x[0], &y[0], &x[1],
                      &y[1], &x[2], &y[2]) == 6);
  CHECK(x[0] == x0);
  CHECK(x[1] == x5);
  CHECK(x[2] == x10);
  CHECK(y[0] == Approx(y0).margin(0.11));
  CHECK(y[1] == Approx(y10).margin(0.11));
  CHECK(y[2] == Approx(y0 + 0.4 * (y10 - y0)).margin(0.11));
  CHECK(x10 == 616.0);  // the right side of the plot
}

TEST_CASE("On a logarithmic axis a decade is a distance, and what is not above 0 is a gap") {
  LineChart chart = little();
  chart.x.scale = AxisScale::logarithmic;
  chart.series = {{.x = {1, 10, 0, 1000}, .y = {1, 2, 3, 4}}};
  const Element root = drawn(chart);
  const double x1 = place_of(root, "1", "middle").x;
  const double x10 = place_of(root, "10", "middle").x;
  const double x1000 = place_of(root, "1000", "middle").x;
  CHECK(x10 - x1 == Approx((x1000 - x1) / 3.0).margin(0.11));
  const std::string path = root.all("path", "line").at(0)->at("d");
  CHECK(std::count(path.begin(), path.end(), 'M') == 2);
}

TEST_CASE("A gap parts a line, steps and a band") {
  LineChart chart = little();
  chart.series = {{.x = {0, 1, 2, 3, 4}, .y = {1, 2, gap, 3, 4}},
                  {.x = {0, 1, 2, 3, 4}, .y = {1, infinity, 2, 3, 4}, .style = SeriesStyle::steps},
                  {.x = {0, 1, 2, 3, 4},
                   .style = SeriesStyle::band,
                   .y_low = {0, 0, 0, gap, 0},
                   .y_high = {1, gap, 1, 1, 1}}};
  const Element root = drawn(chart);
  const auto pieces = [&](const Element* path) {
    const std::string d = path->at("d");
    return std::count(d.begin(), d.end(), 'M');
  };
  CHECK(pieces(root.all("path", "line").at(0)) == 2);
  CHECK(pieces(root.all("path", "line").at(1)) == 2);
  CHECK(pieces(root.all("path", "area").at(0)) == 3);
}

TEST_CASE("What lies beyond given limits is cut") {
  LineChart chart = little();
  CHECK(drawn(chart).all("svg").empty());
  chart.y.high = 5.0;
  CHECK(drawn(chart).all("svg").size() == 1);
}

TEST_CASE("A long line is drawn with few points, and keeps its extremes") {
  LineChart chart = little();
  Series series;
  for (int i = 0; i < 200000; ++i) {
    series.x.push_back(i);
    series.y.push_back(i == 77777 ? 10.0 : (i % 7) * 0.1);
  }
  chart.series = {series};
  const std::string svg = to_svg(chart);
  CHECK(svg.size() < 80000);
  const Element root = drawn(chart);
  const double top = place_of(root, "10", "end").y - 4.0;
  char text[16];
  std::snprintf(text, sizeof text, " %g ", top);
  CHECK(root.all("path", "line").at(0)->at("d").find(text) != std::string::npos);
}

TEST_CASE("Texts of the user stay texts") {
  const std::string evil = "<b> & \"c\" 'd' ]]> \x01";
  LineChart line = little();
  line.title = line.description = line.x.title = line.x.unit = line.y.title = evil;
  line.series[0].name = evil;
  Histogram histogram{.title = evil, .data_sets = {{evil, {1, 2, 3}}}};
  HeatMap map{.title = evil,
              .x_title = evil,
              .y_title = evil,
              .rows = 1,
              .columns = 2,
              .values = {1, 2},
              .value = {.title = evil}};
  BarChart bars{.title = evil, .categories = {evil}, .series = {{evil, {1}}}};
  for (const Chart& chart : {Chart(line), Chart(histogram), Chart(map), Chart(bars)}) {
    const Element root = drawn(chart);
    CHECK(root.children[0].text == "<b> & \"c\" 'd' ]]> \ufffd");
    CHECK(root.at("aria-label") == root.children[0].text);
  }
}

TEST_CASE("A chart without data says so") {
  const std::vector<double> nothing = {gap, infinity, -infinity};
  HeatMap map{.rows = 2, .columns = 3};
  HeatMap nan_map = map;
  nan_map.values = std::vector<double>(6, gap);
  const std::vector<Chart> charts = {
      LineChart{},
      LineChart{.series = {{.name = "a"}}},
      LineChart{.series = {{.x = nothing, .y = nothing}}},
      LineChart{.x = {.scale = AxisScale::logarithmic}, .series = {{.x = {0, -1}, .y = {1, 2}}}},
      Histogram{},
      Histogram{.data_sets = {{"a", nothing}, {"b", {}}}},
      HeatMap{},
      map,
      nan_map,
      BarChart{},
      BarChart{.categories = {"a"}},
      BarChart{.categories = {"a", "b"}, .series = {{"s", {gap}}}}};
  for (const Chart& chart : charts) {
    const Element root = drawn(chart);
    CHECK(place_of(root, "no data", "soft").x > 0.0);
  }
}

TEST_CASE("Values at the ends of what a double holds do not break a chart") {
  const std::vector<double> wild = {1e299, -1e299, 1e-320, 0.0, 1e308, -0.0};
  for (const AxisScale scale : {AxisScale::linear, AxisScale::logarithmic}) {
    for (const SeriesStyle style :
         {SeriesStyle::line, SeriesStyle::steps, SeriesStyle::points, SeriesStyle::line_points,
          SeriesStyle::band, SeriesStyle::reference}) {
      drawn(LineChart{
          .x = {.scale = scale},
          .y = {.scale = scale},
          .series = {{.x = wild, .y = wild, .style = style, .y_low = wild, .y_high = wild}}});
    }
    drawn(Histogram{.x = {.scale = scale}, .y = {.scale = scale}, .data_sets = {{"", wild}}});
    drawn(BarChart{.categories = {"a", "b", "c", "d", "e", "f"},
                   .y = {.scale = scale},
                   .series = {{"", wild}}});
  }
  drawn(HeatMap{.rows = 2, .columns = 3, .values = wild, .colours = ColourMap::diverging});
  drawn(HeatMap{.rows = 2, .columns = 3, .values = wild, .centre = gap});
}

TEST_CASE("The bars of a histogram have the heights of their counts") {
  Histogram chart{.data_sets = {{"a", {0.5, 0.5, 1.5, 9.0}}, {"b", {1.5}}}, .edges = {0, 1, 2}};
  const Element root = drawn(chart);
  const double y0 = place_of(root, "0.0", "end").y - 4.0;
  const double y2 = place_of(root, "2.0", "end").y - 4.0;
  const std::string d = root.all("path", "outline").at(2)->at("d");  // after two of the legend
  double x0, bottom, first, x1, second, x2;
  REQUIRE(std::sscanf(d.c_str(), "M%lf %lfV%lfH%lfV%lfH%lf", &x0, &bottom, &first, &x1, &second,
                      &x2) == 6);
  CHECK(bottom == Approx(y0).margin(0.11));
  CHECK(first == Approx(y2).margin(0.11));
  CHECK(second == Approx((y0 + y2) / 2.0).margin(0.11));
  CHECK(x1 == Approx((x0 + x2) / 2.0).margin(0.11));
  CHECK(place_of(root, "1 value outside of the bins", "soft").y > 0.0);
  chart.measure = HistogramMeasure::share;
  CHECK(root.children[1].text.find("Count") != std::string::npos);
  CHECK(drawn(chart).children[1].text.find("Share (%)") != std::string::npos);
}

TEST_CASE("A heat map has each colour once, and runs of equal cells") {
  HeatMap map{.rows = 2, .columns = 4, .values = {0, 0, 0, 1, 1, gap, 0, 0}};
  const Element root = drawn(map);
  const Element* group = root.all("g").at(0);
  REQUIRE(group->children.size() == 2);
  CHECK(group->children[0].at("stroke") == map_colour(ColourMap::sequential, 0.5 / 63));
  CHECK(group->children[0].at("d") == "M0 0h2M2 1h1");
  CHECK(group->children[1].at("d") == "M3 0h.01M0 1h.01");
  CHECK(place_of(root, "1 value missing", "soft").x > 0.0);

  // The middle of a diverging map is white whatever the extremes are.
  map.colours = ColourMap::diverging;
  map.values = {-1, 0, 0, 4};
  map.rows = 1;
  const Element diverging = drawn(map);
  CHECK(diverging.all("g").at(0)->children[1].at("stroke") == "#f7f7f7");
}

TEST_CASE("A large heat map is small, and says what it left out") {
  HeatMap map = error_sample(1024, 1024);
  const std::string svg = to_svg(map);
  CHECK(svg.size() < 300000);
  CHECK(place_of(drawn(map), "Each cell is the mean of 8 × 8", "soft").x > 0.0);

  // Checkerboards of noise are the worst case: no two neighbours are alike.
  for (std::size_t i = 0; i < map.values.size(); ++i) {
    map.values[i] = static_cast<double>((i / 8 * 37 + i / 8192 * 11) % 101);
  }
  CHECK(to_svg(map).size() < 300000);

  // One bad cell stays visible where the extremes are wanted.
  map.values.assign(map.values.size(), 0.1);
  map.values[1024 * 512 + 512] = -50.0;
  map.reduction = Reduction::extreme;
  const Element root = drawn(map);
  CHECK(root.all("g").at(0)->children[0].at("d") == "M64 64h.01");
  CHECK(place_of(root, "Each cell is the extreme of 8 × 8", "soft").x > 0.0);
}

TEST_CASE("Blocks at the end of a heat map may be smaller") {
  HeatMap map{.rows = 1, .columns = 300, .values = std::vector<double>(300, 2.0)};
  map.values[299] = 4.0;
  const Element root = drawn(map);  // 100 blocks of 3
  CHECK(root.all("g").at(0)->children.size() == 2);
  map.columns = 301;
  map.values.push_back(8.0);
  CHECK(drawn(map).all("g").at(0)->children[2].at("d") == "M100 0h.01");
}

TEST_CASE("Bars start at zero and end at their values") {
  const BarChart chart{.categories = {"up", "down", "none"}, .series = {{"", {1.0, -0.5, gap}}}};
  const Element root = drawn(chart);
  const double y0 = place_of(root, "0.0", "end").y - 4.0;
  const double y1 = place_of(root, "1.0", "end").y - 4.0;
  const auto bars = root.all("rect", "solid");
  REQUIRE(bars.size() == 2);
  CHECK(std::stod(bars[0]->at("y")) == Approx(y1).margin(0.11));
  CHECK(std::stod(bars[0]->at("height")) == Approx(y0 - y1).margin(0.11));
  CHECK(std::stod(bars[1]->at("y")) == Approx(y0).margin(0.11));
  CHECK(std::stod(bars[1]->at("height")) == Approx((y0 - y1) / 2).margin(0.11));
  CHECK(place_of(root, "n/a", "soft").x > place_of(root, "down", "middle").x);
}

TEST_CASE("A long legend makes a chart higher and stands above the plot") {
  LineChart chart = little();
  chart.series.clear();
  for (int i = 0; i < 60; ++i) {
    chart.series.push_back({.name = "a series with a long name " + std::to_string(i),
                            .x = {0, 1},
                            .y = {0.0, i * 1.0}});
  }
  const Element root = drawn(chart);
  CHECK(std::stod(root.at("height")) > 400.0);
  const double legend = place_of(root, "a series with a long name 59", "").y;
  const double top = place_of(root, "60", "end").y - 4.0;
  CHECK(legend < top);
  CHECK(root.all("path", "line").back()->at("stroke-dasharray") == "8 4");
}

TEST_CASE("Colours of maps") {
  CHECK(map_colour(ColourMap::sequential, 0.0) == "#440154");
  CHECK(map_colour(ColourMap::sequential, 1.0) == "#fde725");
  CHECK(map_colour(ColourMap::sequential, 0.5) == "#21918c");
  CHECK(map_colour(ColourMap::diverging, -3.0) == "#053061");
  CHECK(map_colour(ColourMap::diverging, 0.5) == "#f7f7f7");
  CHECK(map_colour(ColourMap::diverging, 7.0) == "#67001f");
}

TEST_CASE("golden chart") {
  check_golden(to_svg(little()), "line_chart.svg");
}

}  // namespace
}  // namespace cimforge::picture
