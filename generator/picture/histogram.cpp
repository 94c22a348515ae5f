#include <fmt/format.h>

#include <algorithm>

#include "generator/picture/bins.h"
#include "generator/picture/chart.h"
#include "generator/picture/frame.h"
#include "generator/picture/number.h"

namespace cimforge::picture {
namespace {

/// The bars of a data set as one shape: its corners from the base line over the bins and back.
std::string outline(const std::vector<double>& edges, const std::vector<double>& heights,
                    const Scale& x, const YAxis& y, const Box& plot) {
  std::string path =
      fmt::format("M{} {}", coordinate(x.place(edges.front())), coordinate(plot.bottom));
  for (std::size_t i = 0; i < heights.size(); ++i) {
    const bool visible = has_place(y.scale.kind, heights[i]);
    if (i == 0 || heights[i] != heights[i - 1]) {
      path += 'V' +
              coordinate(visible ? std::min(y.scale.place(heights[i]), plot.bottom) : plot.bottom);
    }
    if (i + 1 == heights.size() || heights[i + 1] != heights[i]) {
      path += 'H' + coordinate(x.place(edges[i + 1]));
    }
  }
  return path + 'V' + coordinate(plot.bottom) + 'Z';
}

}  // namespace

std::string to_svg(const Histogram& chart, StyleSheet style) {
  const bool given = are_edges(chart.edges, chart.x.scale);
  const std::vector<double> edges =
      given ? chart.edges : chosen_edges(chart.data_sets, chart.x.scale);
  const bool share = chart.measure == HistogramMeasure::share;

  Heading heading{chart.title, "", {}};
  std::vector<std::vector<double>> heights;
  std::vector<std::string> in_words;
  Extent x_extent;
  Extent y_extent;
  if (!edges.empty()) {
    x_extent.include(edges.front());
    x_extent.include(edges.back());
  }
  const bool log = chart.y.scale == AxisScale::logarithmic;
  std::size_t outside = 0;
  std::size_t left_out = 0;
  std::size_t values = 0;
  for (std::size_t i = 0; i < chart.data_sets.size(); ++i) {
    const DataSet& data = chart.data_sets[i];
    const Counts counts = count(data.values, edges, chart.x.scale);
    outside += counts.outside;
    left_out += counts.left_out;
    values += counts.values;
    const double unit = share && counts.values > 0 ? 100.0 / static_cast<double>(counts.values) : 1;
    // A logarithmic axis begins below the lowest bar that there can be.
    y_extent.include(log ? 0.5 * unit : 0.0);
    heights.emplace_back();
    for (const std::size_t each : counts.bins) {
      heights.back().push_back(static_cast<double>(each) * unit);
      if (each > 0) y_extent.include(heights.back().back());
    }
    if (!data.name.empty()) heading.legend.push_back({data.name, Look::area, i});
    in_words.push_back(fmt::format("{} ({})", data.name.empty() ? "unnamed" : data.name,
                                   counted(counts.values, "value")));
  }
  if (outside > 0) heading.note = counted(outside, "value") + " outside of the bins";
  if (left_out > 0) {
    heading.note += (heading.note.empty() ? "" : "; ") + counted(left_out, "value") + " left out";
  }

  Axis y_axis = chart.y;
  if (y_axis.title.empty()) y_axis.title = share ? "Share" : "Count";
  if (share && y_axis.unit.empty()) y_axis.unit = "%";
  YAxis y = make_y_axis(y_axis, y_extent, Ends::round);
  const Frame frame = make_frame(heading, {y.width(), 24.0, 54.0});
  place(y, frame.plot);
  Scale x = make_scale(chart.x, x_extent, Ends::exact);
  x.low_place = frame.plot.left;
  x.high_place = frame.plot.right;
  const Ticks x_ticks = fitting_x_ticks(x, frame.plot);

  std::string data;
  for (std::size_t i = 0; values > 0 && i < heights.size(); ++i) {
    const std::string path = outline(edges, heights[i], x, y, frame.plot);
    data += fmt::format("<path class=\"area {0}\" d=\"{1}\"/>\n", colour_class(i), path);
  }
  for (std::size_t i = 0; values > 0 && i < heights.size(); ++i) {
    const std::string path = outline(edges, heights[i], x, y, frame.plot);
    data +=
        fmt::format("<path class=\"outline {}\" d=\"{}\"{}/>\n", colour_class(i), path, dashes(i));
  }
  const bool within = values == 0 || (x.holds(edges.front()) && x.holds(edges.back()) &&
                                      y.scale.holds(y_extent.high));
  std::string body = draw_x_axis(x, x_ticks, axis_label(chart.x, x_ticks.exponent), frame.plot) +
                     draw_y_axis(y, frame.plot) + (within ? data : cut_at(frame.plot, data)) +
                     draw_sides(frame.plot);
  if (values == 0) body += draw_no_data(frame.plot);
  const std::string description = fmt::format(
      "Histogram with {}. {}; {}. {}.", counted(edges.empty() ? 0 : edges.size() - 1, "bin"),
      describe("x", chart.x, x), describe("y", y_axis, y.scale),
      in_words.empty() ? "No data sets" : "Data sets: " + listed(in_words));
  return document(frame, chart.title, chart.description.empty() ? description : chart.description,
                  body, style);
}

}  // namespace cimforge::picture
