#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "generator/picture/chart.h"
#include "generator/picture/frame.h"
#include "generator/picture/number.h"
#include "generator/picture/text.h"

namespace cimforge::picture {
namespace {

constexpr double name_size = 12.0;
constexpr double value_size = 11.0;
constexpr double slope = 35.0;  // degrees, of names that have no room side by side
constexpr double longest_name = 170.0;

/// The names of the categories under the plot.
struct Names {
  std::vector<std::vector<std::string>> lines;  ///< of each category
  bool sloped = false;
  double height = 0.0;
};

/// `left` is that of the plot.
Names make_names(const std::vector<std::string>& categories, double left, double band) {
  Names names;
  for (const std::string& category : categories) {
    const std::vector<std::string> lines = wrapped(category, name_size, band - 6.0, 3);
    for (const std::string& line : lines) {
      names.sloped = names.sloped || line.ends_with("\u2026") || lines.size() > 2;
    }
    names.height = std::max(names.height, 15.0 * static_cast<double>(lines.size()));
    names.lines.push_back(lines);
  }
  if (!names.sloped) return names;
  names.height = 0.0;
  constexpr double radians = slope * std::numbers::pi / 180.0;
  for (std::size_t i = 0; i < categories.size(); ++i) {
    // A name ends under its group and must not begin beyond the edge of the page.
    const double end = left + band * (static_cast<double>(i) + 0.5);
    const double room = std::min(longest_name, (end - 6.0) / std::cos(radians));
    const std::string name = shortened(categories[i], name_size, room);
    names.lines[i] = {name};
    names.height = std::max(names.height, text_width(name, name_size) * std::sin(radians) + 12.0);
  }
  return names;
}

std::string draw_name(const Names& names, std::size_t category, double x, double bottom) {
  std::string svg;
  double y = bottom + 19.0;
  for (const std::string& line : names.lines[category]) {
    if (names.sloped) {
      svg += draw_text(x + 4.0, y - 3.0, "end", line,
                       fmt::format("transform=\"rotate(-{} {} {})\"", slope, coordinate(x + 4.0),
                                   coordinate(y - 3.0)));
    } else {
      svg += draw_text(x, y, "middle", line);
    }
    svg += '\n';
    y += 15.0;
  }
  return svg;
}

double value_of(const BarSeries& series, std::size_t category) {
  return category < series.values.size() ? series.values[category] : std::nan("");
}

/// The ends of the bars, and 0, from which they start.
Extent extent_of(const BarChart& chart) {
  Extent extent;
  for (const BarSeries& series : chart.series) {
    for (std::size_t i = 0; i < chart.categories.size(); ++i) {
      const double value = value_of(series, i);
      if (has_place(chart.y.scale, value)) extent.include(value);
    }
  }
  if (extent.empty) return extent;
  if (chart.y.scale == AxisScale::logarithmic) {
    extent.include(extent.low / 2.0);  // the lowest bar has a height too
  } else {
    extent.include(0.0);
    // Room for the values over the bars.
    extent.include(extent.high + 0.05 * (extent.high - extent.low));
    if (extent.low < 0.0) extent.include(extent.low - 0.05 * (extent.high - extent.low));
  }
  return extent;
}

/// Where the bars stand, and whether their values fit over them.
struct Layout {
  double band = 0.0;  ///< from one group to the next
  double bar = 0.0;   ///< width of a bar
  bool values = false;
};

Layout make_layout(const BarChart& chart, double width) {
  Layout layout;
  const auto groups = static_cast<double>(std::max<std::size_t>(chart.categories.size(), 1));
  const auto bars = static_cast<double>(std::max<std::size_t>(chart.series.size(), 1));
  layout.band = width / groups;
  layout.bar = std::min(56.0, layout.band * 0.8 / bars);
  const double room = bars > 1.0 ? layout.bar : layout.band - 6.0;
  layout.values = true;
  for (const BarSeries& series : chart.series) {
    for (const double value : series.values) {
      if (drawable(value) && text_width(short_number(value), value_size) > room) {
        layout.values = false;
      }
    }
  }
  return layout;
}

}  // namespace

std::string to_svg(const BarChart& chart, StyleSheet style) {
  const Extent extent = extent_of(chart);
  YAxis y = make_y_axis(chart.y, extent, Ends::round);
  constexpr double right = 24.0;
  const Layout layout = make_layout(chart, chart_width - y.width() - right);
  const Names names = make_names(chart.categories, y.width(), layout.band);

  Heading heading{chart.title, "", {}};
  std::vector<std::string> in_words;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const BarSeries& series = chart.series[i];
    if (!series.name.empty()) heading.legend.push_back({series.name, Look::solid, i});
    std::vector<std::string> values;
    for (std::size_t j = 0; j < chart.categories.size(); ++j) {
      const double value = value_of(series, j);
      values.push_back(chart.categories[j] + ' ' + (drawable(value) ? short_number(value) : "n/a"));
    }
    in_words.push_back(fmt::format("{}: {}.", series.name.empty() ? "Values" : series.name,
                                   fmt::join(values, ", ")));
  }
  const double bottom = 18.0 + names.height + (chart.x_title.empty() ? 0.0 : 22.0);
  const Frame frame = make_frame(heading, {y.width(), right, bottom});
  place(y, frame.plot);

  const Box& plot = frame.plot;
  const bool log = chart.y.scale == AxisScale::logarithmic;
  const double base = log ? plot.bottom : std::clamp(y.scale.place(0.0), plot.top, plot.bottom);
  std::string bars;
  std::string texts;
  for (std::size_t i = 0; i < chart.categories.size(); ++i) {
    const double middle = plot.left + layout.band * (static_cast<double>(i) + 0.5);
    texts += draw_name(names, i, middle, plot.bottom);
    double left = middle - layout.bar * static_cast<double>(chart.series.size()) / 2.0;
    for (std::size_t j = 0; j < chart.series.size(); ++j, left += layout.bar) {
      const double value = value_of(chart.series[j], i);
      const double center = left + layout.bar / 2.0;
      if (!has_place(chart.y.scale, value)) {
        if (!extent.empty) texts += draw_text(center, base - 5.0, "soft middle", "n/a") + '\n';
        continue;
      }
      const double end = std::clamp(y.scale.place(value), plot.top, plot.bottom);
      const double gap = std::min(1.0, layout.bar * 0.1);  // between neighbours
      bars +=
          fmt::format("<rect class=\"solid {}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
                      colour_class(j), coordinate(left + gap), coordinate(std::min(end, base)),
                      coordinate(layout.bar - 2.0 * gap), coordinate(std::abs(end - base)));
      if (layout.values) {
        texts += draw_text(center, end <= base ? end - 4.0 : end + 12.0, "middle value",
                           short_number(value)) +
                 '\n';
      }
    }
  }
  std::string body = draw_y_axis(y, plot) + bars + draw_sides(plot);
  if (base < plot.bottom) {
    body += fmt::format("<path class=\"axis\" d=\"M{} {}H{}\"/>\n", coordinate(plot.left),
                        coordinate(base), coordinate(plot.right));
  }
  body += texts;
  if (!chart.x_title.empty()) {
    body += draw_text((plot.left + plot.right) / 2.0, frame.height - 12.0, "label middle",
                      shortened(chart.x_title, 13.0, plot.width())) +
            '\n';
  }
  if (extent.empty) body += draw_no_data(plot);
  const std::string description =
      fmt::format("Bar chart. {}. {}", describe("y", chart.y, y.scale), fmt::join(in_words, " "));
  return document(frame, chart.title, chart.description.empty() ? description : chart.description,
                  body, style);
}

}  // namespace cimforge::picture
