#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "generator/picture/chart.h"
#include "generator/picture/frame.h"
#include "generator/picture/number.h"

namespace cimforge::picture {
namespace {

/// Beyond this number of points a series is drawn with dots in place of markers.
constexpr std::size_t most_markers = 400;

/// A line with round ends that is a dot. Not of length 0: viewers of PDF leave out such strokes.
constexpr const char* hair = "h.01";

struct Point {
  double x = 0.0;
  double y = 0.0;
};

/// Points without a gap between them.
using Run = std::vector<Point>;

struct Axes {
  Scale x;
  Scale y;
};

bool is_band(const Series& series) {
  return series.style == SeriesStyle::band;
}

std::string place_text(const Point& point) {
  return coordinate(point.x) + ' ' + coordinate(point.y);
}

/// (x, y) on the page, cut where one of them has no place.
std::vector<Run> runs(const std::vector<double>& x, const std::vector<double>& y,
                      const Axes& axes) {
  std::vector<Run> result(1);
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    if (has_place(axes.x.kind, x[i]) && has_place(axes.y.kind, y[i])) {
      result.back().push_back({axes.x.place(x[i]), axes.y.place(y[i])});
    } else if (!result.back().empty()) {
      result.emplace_back();
    }
  }
  if (result.back().empty()) result.pop_back();
  return result;
}

/// The same picture with fewer points: of neighbours in one column of half a unit the first, the
/// lowest, the highest and the last.
Run thinned(const Run& run) {
  Run result;
  for (std::size_t begin = 0; begin < run.size();) {
    const double column = std::floor(run[begin].x * 2.0);
    std::size_t end = begin + 1;
    while (end < run.size() && std::floor(run[end].x * 2.0) == column) ++end;
    if (end - begin <= 4) {
      result.insert(result.end(), run.data() + begin, run.data() + end);
    } else {
      const auto by_y = [](const Point& a, const Point& b) { return a.y < b.y; };
      const auto [low, high] = std::minmax_element(run.data() + begin, run.data() + end, by_y);
      result.push_back(run[begin]);
      result.push_back(*std::min(low, high));
      result.push_back(*std::max(low, high));
      result.push_back(run[end - 1]);
    }
    begin = end;
  }
  return result;
}

/// A path through the points of the runs; a lone point becomes a dot by its round end.
std::string line_path(const std::vector<Run>& runs) {
  std::string path;
  for (const Run& run : runs) {
    path += 'M' + place_text(run.front()) + (run.size() == 1 ? hair : "L");
    for (std::size_t i = 1; i < run.size(); ++i) path += (i > 1 ? " " : "") + place_text(run[i]);
  }
  return path;
}

std::string steps_path(const std::vector<Run>& runs) {
  std::string path;
  for (const Run& run : runs) {
    path += 'M' + place_text(run.front()) + (run.size() == 1 ? hair : "");
    for (std::size_t i = 1; i < run.size(); ++i) {
      path += 'H' + coordinate(run[i].x) + 'V' + coordinate(run[i].y);
    }
  }
  return path;
}

/// One marker, or dot, for all points of one unit of the page.
std::string markers_path(const std::vector<Run>& runs, std::string_view shape) {
  std::set<std::pair<double, double>> seen;
  std::string path;
  for (const Run& run : runs) {
    for (const Point& point : run) {
      if (seen.emplace(std::round(point.x), std::round(point.y)).second) {
        path += 'M' + place_text(point);
        path += shape;
      }
    }
  }
  return path;
}

/// The area between two edges, in as many parts as they have.
std::string band_path(const Series& series, const Axes& axes) {
  // An edge has no place where the other one has none.
  std::vector<double> low = series.y_low;
  std::vector<double> high = series.y_high;
  const std::size_t size = std::min(low.size(), high.size());
  low.resize(size);
  high.resize(size);
  for (std::size_t i = 0; i < size; ++i) {
    if (!has_place(axes.y.kind, low[i])) high[i] = low[i];
    if (!has_place(axes.y.kind, high[i])) low[i] = high[i];
  }
  const std::vector<Run> lower = runs(series.x, low, axes);
  const std::vector<Run> upper = runs(series.x, high, axes);
  std::string path;
  for (std::size_t i = 0; i < lower.size(); ++i) {
    Run outline = thinned(upper[i]);
    const Run back = thinned(lower[i]);
    outline.insert(outline.end(), back.rbegin(), back.rend());
    path += line_path({outline}) + 'Z';
  }
  return path;
}

std::string draw_path(std::string_view look, std::size_t number, const std::string& path) {
  if (path.empty()) return "";
  return fmt::format("<path class=\"{} {}\" d=\"{}\"{}/>\n", look, colour_class(number), path,
                     look == "line" ? dashes(number) : "");
}

std::string draw_series(const Series& series, std::size_t number, const Axes& axes) {
  std::vector<Run> parts = runs(series.x, series.y, axes);
  std::size_t points = 0;
  for (const Run& run : parts) points += run.size();
  std::string svg;
  if (is_band(series)) svg += draw_path("area", number, band_path(series, axes));
  if (series.style != SeriesStyle::points) {
    for (Run& run : parts) run = thinned(run);
  }
  switch (series.style) {
    case SeriesStyle::steps:
      return draw_path("line", number, steps_path(parts));
    case SeriesStyle::reference:
      return draw_path("reference", number, line_path(parts));
    case SeriesStyle::line:
    case SeriesStyle::band:
    case SeriesStyle::line_points:
      svg += draw_path("line", number, line_path(parts));
      break;
    case SeriesStyle::points:
      break;
  }
  if (series.style == SeriesStyle::points || series.style == SeriesStyle::line_points) {
    const bool dots = points > most_markers;
    svg += draw_path(dots ? "dots" : "solid", number,
                     markers_path(parts, dots ? hair : marker(number)));
  }
  return svg;
}

Look look_of(SeriesStyle style) {
  switch (style) {
    case SeriesStyle::line:
    case SeriesStyle::steps:
      return Look::line;
    case SeriesStyle::points:
      return Look::points;
    case SeriesStyle::line_points:
      return Look::line_points;
    case SeriesStyle::band:
      return Look::band;
    case SeriesStyle::reference:
      return Look::reference;
  }
  return Look::line;
}

/// What is drawn of the series, in values, and whether all of it lies within the scales.
struct Content {
  Extent x;
  Extent y;
  std::vector<std::string> series;  ///< each in words
};

Content content_of(const LineChart& chart) {
  Content content;
  for (const Series& series : chart.series) {
    Extent y;
    std::size_t points = 0;
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (!has_place(chart.x.scale, series.x[i])) continue;
      bool drawn = false;
      const auto include = [&](const std::vector<double>& values) {
        if (i >= values.size() || !has_place(chart.y.scale, values[i])) return;
        y.include(values[i]);
        content.y.include(values[i]);
        drawn = true;
      };
      include(series.y);
      if (is_band(series)) {
        include(series.y_low);
        include(series.y_high);
      }
      if (!drawn) continue;
      content.x.include(series.x[i]);
      ++points;
    }
    const std::string name = series.name.empty() ? "unnamed" : series.name;
    content.series.push_back(y.empty
                                 ? name + " (no data)"
                                 : fmt::format("{} ({}, {} to {})", name, counted(points, "point"),
                                               short_number(y.low), short_number(y.high)));
  }
  return content;
}

/// The series of a reference are not counted: they take no colour from the others.
std::vector<std::size_t> numbers_of(const std::vector<Series>& all) {
  std::vector<std::size_t> numbers;
  std::size_t next = 0;
  for (const Series& series : all) {
    numbers.push_back(next);
    if (series.style != SeriesStyle::reference) ++next;
  }
  return numbers;
}

}  // namespace

std::string to_svg(const LineChart& chart, StyleSheet style) {
  const Content content = content_of(chart);
  const std::vector<std::size_t> numbers = numbers_of(chart.series);
  Heading heading{chart.title, "", {}};
  bool markers = false;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const Series& series = chart.series[i];
    const Look look = look_of(series.style);
    markers = markers || look == Look::points || look == Look::line_points;
    if (!series.name.empty()) heading.legend.push_back({series.name, look, numbers[i]});
  }
  YAxis y = make_y_axis(chart.y, content.y, Ends::round);
  const Frame frame = make_frame(heading, {y.width(), 24.0, 54.0});
  place(y, frame.plot);
  Scale x = make_scale(chart.x, content.x, Ends::exact);
  // Markers at the ends stand beside the sides of the plot, not on them.
  const double inset = markers ? 10.0 : 0.0;
  x.low_place = frame.plot.left + (chart.x.low ? 0.0 : inset);
  x.high_place = frame.plot.right - (chart.x.high ? 0.0 : inset);
  const Ticks x_ticks = fitting_x_ticks(x, frame.plot);

  const Axes axes{x, y.scale};
  std::string data;
  const auto draw = [&](auto wanted) {
    for (std::size_t i = 0; i < chart.series.size(); ++i) {
      const Series& series = chart.series[i];
      if (wanted(series.style)) data += draw_series(series, numbers[i], axes);
    }
  };
  const auto below = [](SeriesStyle each) {
    return each == SeriesStyle::band || each == SeriesStyle::reference;
  };
  draw(below);
  draw([&](SeriesStyle each) { return !below(each); });

  const bool within =
      content.y.empty || (x.holds(content.x.low) && x.holds(content.x.high) &&
                          y.scale.holds(content.y.low) && y.scale.holds(content.y.high));
  std::string body = draw_x_axis(x, x_ticks, axis_label(chart.x, x_ticks.exponent), frame.plot) +
                     draw_y_axis(y, frame.plot) + draw_sides(frame.plot) +
                     (within ? data : cut_at(frame.plot, data));
  if (content.y.empty) body += draw_no_data(frame.plot);
  const std::string description = fmt::format(
      "Line chart. {}; {}. {}.", describe("x", chart.x, x), describe("y", chart.y, y.scale),
      content.series.empty() ? "No series" : "Series: " + listed(content.series));
  return document(frame, chart.title, chart.description.empty() ? description : chart.description,
                  body, style);
}

}  // namespace cimforge::picture
