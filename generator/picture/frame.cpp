#include "generator/picture/frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "generator/picture/colour.h"
#include "generator/picture/number.h"
#include "generator/picture/style_sheets.h"
#include "generator/picture/text.h"

namespace cimforge::picture {

namespace {

constexpr double edge = 16.0;  // from the edge of the page to a text
constexpr double tick_length = 5.0;
constexpr double tick_size = 12.0;  // sizes of letters, as in chart.css
constexpr double label_size = 13.0;
constexpr double title_size = 15.0;
constexpr double line_height = 19.0;
constexpr double least_plot_height = 180.0;

/// A sample of the series, 22 wide, with its middle at y.
std::string draw_swatch(const LegendEntry& entry, double x, double y) {
  const std::string colour = colour_class(entry.series);
  const auto path = [&](std::string_view look, const std::string& shape) {
    return fmt::format("<path class=\"{} {}\" d=\"M{} {}{}\"{}/>", look, colour, coordinate(x),
                       coordinate(y), shape, look == "line" ? dashes(entry.series) : "");
  };
  const std::string dot = fmt::format("m11 0{}", marker(entry.series));
  const std::string box = "m3 -6h16v12h-16z";
  switch (entry.look) {
    case Look::line:
      return path("line", "h22");
    case Look::line_points:
      return path("line", "h22") + path("solid", dot);
    case Look::points:
      return path("solid", dot);
    case Look::band:
      return path("area", "m0 -6h22v12h-22z") + path("line", "h22");
    case Look::area:
      return path("area", box) + path("outline", box);
    case Look::solid:
      return path("solid", box);
    case Look::reference:
      return path("reference", "h22");
  }
  return "";
}

/// Entries from left to right, in rows; `y` is the middle of the first row and becomes that of the
/// row that would follow.
std::string draw_legend(const std::vector<LegendEntry>& entries, double& y) {
  constexpr double swatch = 28.0;
  constexpr double gap = 20.0;
  const double most = chart_width - 2.0 * edge;
  std::string svg;
  double x = edge;
  for (const LegendEntry& entry : entries) {
    const std::string name = shortened(entry.name, tick_size, most - swatch);
    const double width = swatch + text_width(name, tick_size);
    if (x > edge && x + width > edge + most) {
      x = edge;
      y += line_height;
    }
    svg += draw_swatch(entry, x, y) + draw_text(x + swatch, y + 4.0, "", name) + '\n';
    x += width + gap;
  }
  if (!entries.empty()) y += line_height;
  return svg;
}

double widest(const Ticks& ticks) {
  double width = 0.0;
  for (const Tick& tick : ticks.major) width = std::max(width, text_width(tick.label, tick_size));
  return width;
}

}  // namespace

Frame make_frame(const Heading& heading, const Margins& margins) {
  Frame frame;
  double y = 8.0;  // the lower edge of what is above
  const double room = chart_width - 2.0 * edge;
  for (const std::string& line : wrapped(heading.title, title_size, room, 2)) {
    y += line_height;
    frame.heading += draw_text(edge, y, "title", line) + '\n';
  }
  for (const std::string& line : wrapped(heading.note, tick_size, room, 2)) {
    y += line_height - 1.0;
    frame.heading += draw_text(edge, y, "soft", line) + '\n';
  }
  y += 18.0;
  frame.heading += draw_legend(heading.legend, y);
  const double top = y + (heading.legend.empty() ? 0.0 : 1.0);
  frame.height = std::max(chart_height, top + least_plot_height + margins.bottom);
  frame.plot = {margins.left, top, chart_width - margins.right, frame.height - margins.bottom};
  return frame;
}

double YAxis::width() const {
  const double title = label.empty() ? 0.0 : line_height + 3.0;
  return std::max(40.0, 10.0 + title + widest(ticks) + tick_length + 5.0);
}

YAxis make_y_axis(const Axis& axis, const Extent& extent, Ends ends) {
  YAxis result;
  result.scale = make_scale(axis, extent, ends);
  result.ticks = make_ticks(result.scale, y_tick_target);
  result.label = axis_label(axis, result.ticks.exponent);
  return result;
}

void place(YAxis& axis, const Box& plot) {
  axis.scale.low_place = plot.bottom;
  axis.scale.high_place = plot.top;
}

Ticks fitting_x_ticks(const Scale& scale, const Box& plot) {
  Ticks ticks;
  for (const int target : {8, 6, 5, 4, 3, 2}) {
    ticks = make_ticks(scale, target);
    const auto count = static_cast<double>(ticks.major.size());
    if (count * (widest(ticks) + 14.0) <= plot.width() + 14.0) break;
  }
  return ticks;
}

std::string draw_x_axis(const Scale& scale, const Ticks& ticks, const std::string& label,
                        const Box& plot) {
  std::string grid;
  std::string marks;
  std::string labels;
  const auto mark = [&](double value, double length) {
    marks += fmt::format("M{} {}v{}", coordinate(scale.place(value)), coordinate(plot.bottom),
                         coordinate(length));
  };
  for (const Tick& tick : ticks.major) {
    const double x = scale.place(tick.value);
    grid += fmt::format("M{} {}V{}", coordinate(x), coordinate(plot.top), coordinate(plot.bottom));
    mark(tick.value, tick_length);
    labels += draw_text(x, plot.bottom + tick_length + 14.0, "middle", tick.label) + '\n';
  }
  for (const double value : ticks.minor) mark(value, tick_length - 2.0);
  std::string svg;
  if (!grid.empty()) svg += fmt::format("<path class=\"grid\" d=\"{}\"/>\n", grid);
  if (!marks.empty()) svg += fmt::format("<path class=\"axis\" d=\"{}\"/>\n", marks);
  svg += labels;
  if (!label.empty()) {
    svg += draw_text((plot.left + plot.right) / 2.0, plot.bottom + 42.0, "label middle",
                     shortened(label, label_size, chart_width - 2.0 * edge)) +
           '\n';
  }
  return svg;
}

std::string draw_y_axis(const YAxis& axis, const Box& plot) {
  std::string grid;
  std::string marks;
  std::string labels;
  const auto mark = [&](double value, double length) {
    marks += fmt::format("M{} {}h{}", coordinate(plot.left), coordinate(axis.scale.place(value)),
                         coordinate(-length));
  };
  for (const Tick& tick : axis.ticks.major) {
    const double y = axis.scale.place(tick.value);
    grid += fmt::format("M{} {}H{}", coordinate(plot.left), coordinate(y), coordinate(plot.right));
    mark(tick.value, tick_length);
    labels += draw_text(plot.left - tick_length - 5.0, y + 4.0, "end", tick.label) + '\n';
  }
  for (const double value : axis.ticks.minor) mark(value, tick_length - 2.0);
  std::string svg;
  if (!grid.empty()) svg += fmt::format("<path class=\"grid\" d=\"{}\"/>\n", grid);
  if (!marks.empty()) svg += fmt::format("<path class=\"axis\" d=\"{}\"/>\n", marks);
  svg += labels;
  if (!axis.label.empty()) {
    const double middle = (plot.top + plot.bottom) / 2.0;
    const double x = plot.left - axis.width() + 10.0 + label_size;
    svg += draw_text(
               x, middle, "label middle", shortened(axis.label, label_size, plot.height() + 60.0),
               fmt::format("transform=\"rotate(-90 {} {})\"", coordinate(x), coordinate(middle))) +
           '\n';
  }
  return svg;
}

std::string draw_sides(const Box& plot) {
  return fmt::format("<path class=\"axis\" d=\"M{} {}V{}H{}\"/>\n", coordinate(plot.left),
                     coordinate(plot.top), coordinate(plot.bottom), coordinate(plot.right));
}

std::string draw_no_data(const Box& plot) {
  return draw_text((plot.left + plot.right) / 2.0, (plot.top + plot.bottom) / 2.0,
                   "label soft middle", "no data") +
         '\n';
}

std::string draw_text(double x, double y, std::string_view classes, std::string_view text,
                      std::string_view more) {
  return fmt::format("<text{} x=\"{}\" y=\"{}\"{}{}>{}</text>",
                     classes.empty() ? "" : fmt::format(" class=\"{}\"", classes), coordinate(x),
                     coordinate(y), more.empty() ? "" : " ", more, escape(text));
}

std::string colour_class(std::size_t series) {
  return fmt::format("s{}", series % series_colours + 1);
}

std::string dashes(std::size_t series) {
  static constexpr std::array<const char*, 3> patterns = {"", " stroke-dasharray=\"8 4\"",
                                                          " stroke-dasharray=\"2 4\""};
  return patterns[series / series_colours % patterns.size()];
}

std::string_view marker(std::size_t series) {
  // A circle, a square, a diamond and a triangle of like areas.
  static constexpr std::array<const char*, 4> shapes = {
      "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z", "m-3.1 -3.1h6.2v6.2h-6.2z",
      "m0 -4.4l4.4 4.4l-4.4 4.4l-4.4 -4.4z", "m0 -4.6l4.4 7.6h-8.8z"};
  return shapes[series % shapes.size()];
}

std::string cut_at(const Box& plot, const std::string& part) {
  // An inner svg cuts what leaves it, and needs no id that must be unique in a page.
  const std::string place = fmt::format("{} {} {} {}", coordinate(plot.left), coordinate(plot.top),
                                        coordinate(plot.width()), coordinate(plot.height()));
  return fmt::format(
      "<svg x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" viewBox=\"{}\">\n{}</svg>\n",
      coordinate(plot.left), coordinate(plot.top), coordinate(plot.width()),
      coordinate(plot.height()), place, part);
}

std::string document(const Frame& frame, const std::string& title, const std::string& description,
                     const std::string& body, StyleSheet style) {
  const std::string name = escape(title.empty() ? "Chart" : title);
  const std::string height = coordinate(frame.height);
  const std::string sheet = style == StyleSheet::in_chart
                                ? fmt::format("<style>\n{}</style>\n", chart_style_sheet())
                                : "";
  return fmt::format(
      "<svg class=\"picture\" xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"{2}\">\n"
      "<title>{2}</title>\n<desc>{3}</desc>\n{4}"
      "<rect class=\"paper\" width=\"{0}\" height=\"{1}\"/>\n{5}{6}</svg>\n",
      coordinate(chart_width), height, name, escape(description), sheet, frame.heading, body);
}

std::string describe(const std::string& name, const Axis& axis, const Scale& scale) {
  const std::string label = axis_label(axis, 0);
  return fmt::format("{} from {} to {}{}", label.empty() ? name : label, short_number(scale.low),
                     short_number(scale.high),
                     scale.kind == AxisScale::logarithmic ? ", logarithmic" : "");
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

const std::string& chart_style_sheet() {
  return style_sheets().at("chart.css");
}

std::string to_svg(const Chart& chart, StyleSheet style) {
  return std::visit([&](const auto& each) { return to_svg(each, style); }, chart);
}

}  // namespace cimforge::picture
