// What surrounds the data of every chart: the document, title, note, legend, axes and grid.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "generator/picture/chart.h"
#include "generator/picture/scale.h"

namespace cimforge::picture {

inline constexpr double chart_width = 640.0;
inline constexpr double chart_height = 400.0;

/// A rectangle of the page; y grows downward.
struct Box {
  double left = 0.0;
  double top = 0.0;
  double right = 0.0;
  double bottom = 0.0;
  [[nodiscard]] double width() const { return right - left; }
  [[nodiscard]] double height() const { return bottom - top; }
};

/// How a series looks, in the legend too.
enum class Look { line, line_points, points, band, area, solid, reference };

struct LegendEntry {
  std::string name;
  Look look = Look::line;
  std::size_t series = 0;  ///< from 0: decides colour, dashes and marker
};

/// What stands above the data; each may be empty.
struct Heading {
  std::string title;
  std::string note;  ///< what the reader must know about the data, in small letters
  std::vector<LegendEntry> legend;
};

/// A chart without its data.
struct Frame {
  double height = chart_height;
  Box plot;
  std::string heading;  ///< title, note and legend as SVG
};

/// The room that the axes need.
struct Margins {
  double left = 24.0;
  double right = 24.0;
  double bottom = 54.0;
};

/// The legend stands above the plot, in as many rows as it needs, so that it never covers data.
Frame make_frame(const Heading& heading, const Margins& margins);

/// A vertical axis at the left of the plot.
struct YAxis {
  Scale scale;
  Ticks ticks;
  std::string label;

  /// The left margin that it needs.
  [[nodiscard]] double width() const;
};

YAxis make_y_axis(const Axis& axis, const Extent& extent, Ends ends);

/// The places of the scale become those of the plot.
void place(YAxis& axis, const Box& plot);

/// As many ticks as there is room for under the plot.
Ticks fitting_x_ticks(const Scale& scale, const Box& plot);

/// Grid lines, ticks, labels and title; the axes are placed.
std::string draw_x_axis(const Scale& scale, const Ticks& ticks, const std::string& label,
                        const Box& plot);
std::string draw_y_axis(const YAxis& axis, const Box& plot);

/// The left and the lower side of the plot, drawn over the data.
std::string draw_sides(const Box& plot);

/// "no data" in the middle of the plot.
std::string draw_no_data(const Box& plot);

/// `<text class="..." x="..." y="...">`, escaped.
std::string draw_text(double x, double y, std::string_view classes, std::string_view text,
                      std::string_view more = "");

/// `s1`, the class with the colour of a series.
std::string colour_class(std::size_t series);

/// ` stroke-dasharray="..."`, where the colours have been used before.
std::string dashes(std::size_t series);

/// The marker of a series around the current point of a path.
std::string_view marker(std::size_t series);

/// A part that is cut at the sides of the plot.
std::string cut_at(const Box& plot, const std::string& part);

/// The whole SVG: `body` over the paper.
std::string document(const Frame& frame, const std::string& title, const std::string& description,
                     const std::string& body, StyleSheet style);

/// For a description: `Time (s) from 1 to 1000, logarithmic`.
std::string describe(const std::string& name, const Axis& axis, const Scale& scale);

/// For a description: `a, b and c`.
std::string listed(const std::vector<std::string>& names);

}  // namespace cimforge::picture
