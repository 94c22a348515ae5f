// Charts as SVG texts: what to draw, and one function that draws it. A chart is 640 x 400 units
// (higher for a long legend, lower for a map of few rows), needs no script and no other file,
// follows the light or dark mode of its reader and is the same text, byte for byte, on every
// machine.
//
// Values that are not finite are left out: a line has a gap there, a bar says so, a cell is empty.
// A chart without any value says "no data". Texts are UTF-8 and are escaped here.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cimforge::picture {

enum class AxisScale { linear, logarithmic };

/// An axis. A limit that is absent follows from the data; one that the scale cannot show (not
/// finite, not above 0 on a logarithmic axis) counts as absent.
struct Axis {
  std::string title = {};
  std::string unit = {};
  AxisScale scale = AxisScale::linear;
  std::optional<double> low = {};
  std::optional<double> high = {};
};

enum class SeriesStyle {
  line,
  steps,  ///< each y holds until the next x
  points,
  line_points,
  band,       ///< the area from y_low to y_high, with a line at y where there is one
  reference,  ///< a thin dashed grey line: a limit or an ideal
};

/// Points (x[i], y[i]), joined in this order; what the longer vector has more is left out.
struct Series {
  std::string name = {};  ///< for the legend; empty: not in it
  std::vector<double> x = {};
  std::vector<double> y = {};
  SeriesStyle style = SeriesStyle::line;
  std::vector<double> y_low = {};   ///< of a band
  std::vector<double> y_high = {};  ///< of a band
};

/// Series over two axes.
struct LineChart {
  std::string title = {};
  std::string description = {};  ///< for readers who cannot see; empty: one is made of the data
  Axis x = {};
  Axis y = {};
  std::vector<Series> series = {};
};

struct DataSet {
  std::string name = {};
  std::vector<double> values = {};
};

enum class HistogramMeasure {
  count,
  share,  ///< per cent of the data set, for sets of different sizes
};

/// Data sets over common bins. A bin holds its lower edge; the last one also its upper edge.
struct Histogram {
  std::string title = {};
  std::string description = {};
  Axis x = {};
  Axis y = {};  ///< its title may be empty: "Count" or "Share"
  std::vector<DataSet> data_sets = {};
  std::vector<double> edges = {};  ///< of the bins, ascending; empty: chosen
  HistogramMeasure measure = HistogramMeasure::count;
};

enum class ColourMap {
  sequential,  ///< from the lowest value to the highest
  diverging,   ///< blue below the centre, red above it, white in it
};

/// What stands for the cells of a block where a map has more than `most_cells` rows or columns.
enum class Reduction {
  mean,
  extreme,  ///< the value farthest from the centre: one bad cell stays visible
};

/// A matrix as colours: row 0 at the top, column 0 at the left.
struct HeatMap {
  static constexpr std::size_t most_cells = 128;

  std::string title = {};
  std::string description = {};
  std::string x_title = {};  ///< what the columns are
  std::string y_title = {};  ///< what the rows are
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<double> values = {};  ///< [row * columns + column]; what is missing is empty
  ColourMap colours = ColourMap::sequential;
  double centre = 0.0;  ///< of a diverging map, and of Reduction::extreme
  Axis value = {};      ///< the colour bar; linear; of a diverging map centre +- the farther limit
  Reduction reduction = Reduction::mean;
};

struct BarSeries {
  std::string name = {};
  std::vector<double> values = {};  ///< one a category
};

/// Bars in groups, one group a category.
struct BarChart {
  std::string title = {};
  std::string description = {};
  std::vector<std::string> categories = {};
  std::string x_title = {};
  Axis y = {};
  std::vector<BarSeries> series = {};
};

using Chart = std::variant<LineChart, Histogram, HeatMap, BarChart>;

/// Where the style sheet of a chart is.
enum class StyleSheet {
  in_chart,  ///< the SVG is a file of its own
  in_page,   ///< the page that holds the SVG has chart_style_sheet()
};

std::string to_svg(const LineChart& chart, StyleSheet style = StyleSheet::in_chart);
std::string to_svg(const Histogram& chart, StyleSheet style = StyleSheet::in_chart);
std::string to_svg(const HeatMap& chart, StyleSheet style = StyleSheet::in_chart);
std::string to_svg(const BarChart& chart, StyleSheet style = StyleSheet::in_chart);
std::string to_svg(const Chart& chart, StyleSheet style = StyleSheet::in_chart);

/// The CSS of every chart; its rules touch nothing outside of `svg.picture`.
const std::string& chart_style_sheet();

}  // namespace cimforge::picture
