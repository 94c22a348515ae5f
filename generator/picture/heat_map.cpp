#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "generator/picture/chart.h"
#include "generator/picture/colour.h"
#include "generator/picture/frame.h"
#include "generator/picture/number.h"
#include "generator/picture/text.h"

namespace cimforge::picture {
namespace {

/// Colours of a map: odd, so that the centre of a diverging one has its own, white.
constexpr std::size_t levels = 63;

constexpr double bar_gap = 16.0;
constexpr double bar_width = 14.0;
constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// The cells that are drawn: those of the map, or one for each block of them.
struct Cells {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t block_rows = 1;
  std::size_t block_columns = 1;
  std::vector<double> values;  ///< [row * columns + column]; not a number: empty
  Extent extent;
  std::size_t empty = 0;  ///< of the map's own cells
};

std::size_t divided_up(std::size_t a, std::size_t b) {
  return (a + b - 1) / b;
}

/// What stands for a block; not a number if it is empty.
double reduced(const HeatMap& map, Cells& cells, std::size_t first_row, std::size_t first_column) {
  double sum = 0.0;
  double extreme = none;
  std::size_t count = 0;
  for (std::size_t i = 0; i < cells.block_rows; ++i) {
    for (std::size_t j = 0; j < cells.block_columns; ++j) {
      const std::size_t row = first_row + i;
      const std::size_t column = first_column + j;
      if (row >= map.rows || column >= map.columns) continue;
      const std::size_t index = row * map.columns + column;
      const double value = index < map.values.size() ? map.values[index] : none;
      if (!drawable(value)) {
        ++cells.empty;
        continue;
      }
      const bool farther = std::abs(value - map.centre) > std::abs(extreme - map.centre);
      if (count == 0 || farther) extreme = value;
      sum += value / static_cast<double>(cells.block_rows * cells.block_columns);
      ++count;
    }
  }
  if (count == 0) return none;
  if (map.reduction == Reduction::extreme || count == 1) return extreme;
  return sum * static_cast<double>(cells.block_rows * cells.block_columns) /
         static_cast<double>(count);
}

Cells cells_of(const HeatMap& map) {
  Cells cells;
  if (map.rows == 0 || map.columns == 0) return cells;
  cells.block_rows = divided_up(map.rows, HeatMap::most_cells);
  cells.block_columns = divided_up(map.columns, HeatMap::most_cells);
  cells.rows = divided_up(map.rows, cells.block_rows);
  cells.columns = divided_up(map.columns, cells.block_columns);
  for (std::size_t row = 0; row < cells.rows; ++row) {
    for (std::size_t column = 0; column < cells.columns; ++column) {
      const double value =
          reduced(map, cells, row * cells.block_rows, column * cells.block_columns);
      cells.values.push_back(value);
      if (drawable(value)) cells.extent.include(value);
    }
  }
  return cells;
}

/// The values of the colour bar; a diverging one has its centre in the middle.
Scale colour_scale(const HeatMap& map, const Extent& extent) {
  Axis axis = map.value;
  axis.scale = AxisScale::linear;
  Scale scale = make_scale(axis, extent, Ends::exact);
  if (map.colours == ColourMap::diverging && drawable(map.centre)) {
    const double reach =
        std::max(std::abs(scale.low - map.centre), std::abs(scale.high - map.centre));
    scale.low = map.centre - reach;
    scale.high = map.centre + reach;
  }
  return scale;
}

std::string level_colour(ColourMap map, std::size_t level) {
  return map_colour(map, (static_cast<double>(level) + 0.5) / levels);
}

/// One path a colour, with a horizontal stroke one cell thick for each run of equal cells: from the
/// middle of the first to that of the last one, and half a cell more at both ends by square caps.
std::string draw_cells(const HeatMap& map, const Cells& cells, const Scale& scale,
                       const Box& plot) {
  std::vector<std::string> paths(levels);
  const auto level_of = [&](std::size_t row, std::size_t column) {
    const double value = cells.values[row * cells.columns + column];
    if (!drawable(value)) return levels;
    const double share = (value - scale.low) / (scale.high - scale.low);
    return std::min(static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * levels), levels - 1);
  };
  for (std::size_t row = 0; row < cells.rows; ++row) {
    for (std::size_t begin = 0; begin < cells.columns;) {
      const std::size_t level = level_of(row, begin);
      std::size_t end = begin + 1;
      while (end < cells.columns && level_of(row, end) == level) ++end;
      // Not 0 for one cell: viewers of PDF leave out strokes without length.
      const std::string length = end - begin == 1 ? ".01" : std::to_string(end - begin - 1);
      if (level < levels) paths[level] += fmt::format("M{} {}h{}", begin, row, length);
      begin = end;
    }
  }
  // Blocks at the end may be smaller than the others; the sides of the plot cut them.
  const double width =
      plot.width() * static_cast<double>(cells.block_columns) / static_cast<double>(map.columns);
  const double height =
      plot.height() * static_cast<double>(cells.block_rows) / static_cast<double>(map.rows);
  // Neighbours overlap by half a unit, so that nothing shines through between them.
  const double stroke = 1.0 + 0.5 / std::max(width, height);
  std::string svg = fmt::format(
      "<g transform=\"translate({:.4f} {:.4f}) scale({:.6f} {:.6f})\" fill=\"none\" "
      "stroke-width=\"{:.3f}\" stroke-linecap=\"square\" "
      "shape-rendering=\"crispEdges\">\n",
      plot.left + width / 2.0, plot.top + height / 2.0, width, height, stroke);
  for (std::size_t level = 0; level < levels; ++level) {
    if (paths[level].empty()) continue;
    svg += fmt::format("<path stroke=\"{}\" d=\"{}\"/>\n", level_colour(map.colours, level),
                       paths[level]);
  }
  return cut_at(plot, svg + "</g>\n");
}

/// The room that the colour bar needs at the right of the plot.
double bar_room(const Ticks& ticks, const std::string& label) {
  double width = 0.0;
  for (const Tick& tick : ticks.major) width = std::max(width, text_width(tick.label, 12.0));
  return bar_gap + bar_width + 9.0 + width + (label.empty() ? 0.0 : 24.0);
}

std::string draw_colour_bar(const HeatMap& map, Scale scale, const Ticks& ticks,
                            const std::string& label, const Box& plot) {
  const double left = plot.right + bar_gap;
  scale.low_place = plot.bottom;
  scale.high_place = plot.top;
  std::string svg = "<g shape-rendering=\"crispEdges\">\n";
  // Each colour reaches to the top and the next ones cover it, so that there are no seams.
  for (std::size_t level = 0; level < levels; ++level) {
    const double bottom = plot.bottom - plot.height() * static_cast<double>(level) / levels;
    svg += fmt::format("<rect fill=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
                       level_colour(map.colours, level), coordinate(left), coordinate(plot.top),
                       coordinate(bar_width), coordinate(bottom - plot.top));
  }
  svg += "</g>\n";
  const double right = left + bar_width;
  for (const Tick& tick : ticks.major) {
    const double y = scale.place(tick.value);
    svg += fmt::format("<path class=\"axis\" d=\"M{} {}h4\"/>", coordinate(right), coordinate(y));
    svg += draw_text(right + 8.0, y + 4.0, "", tick.label) + '\n';
  }
  if (!label.empty()) {
    const double x = plot.right + bar_room(ticks, label) - 4.0;
    const double middle = (plot.top + plot.bottom) / 2.0;
    svg += draw_text(
               x, middle, "label middle", shortened(label, 13.0, plot.height() + 60.0),
               fmt::format("transform=\"rotate(-90 {} {})\"", coordinate(x), coordinate(middle))) +
           '\n';
  }
  return svg;
}

std::string note_of(const HeatMap& map, const Cells& cells, const Scale& scale) {
  std::vector<std::string> notes;
  if (cells.block_rows * cells.block_columns > 1) {
    notes.push_back(fmt::format("Each cell is the {} of {} \u00d7 {}",
                                map.reduction == Reduction::mean ? "mean" : "extreme",
                                cells.block_rows, cells.block_columns));
  }
  const auto beyond = static_cast<std::size_t>(
      std::count_if(cells.values.begin(), cells.values.end(),
                    [&](double value) { return drawable(value) && !scale.holds(value); }));
  if (beyond > 0) notes.push_back(counted(beyond, "cell") + " beyond the colours");
  if (cells.empty > 0) notes.push_back(counted(cells.empty, "value") + " missing");
  return fmt::format("{}", fmt::join(notes, "; "));
}

/// Indices of rows or columns; index i is the middle of its cell.
Scale index_scale(std::size_t count, double first, double last) {
  return {AxisScale::linear, -0.5, static_cast<double>(std::max<std::size_t>(count, 1)) - 0.5,
          first, last};
}

/// The plot with square cells, in the middle of its room, unless the map is very long.
Box shaped(const HeatMap& map, const Box& room) {
  if (map.rows == 0 || map.columns == 0) return room;
  const auto rows = static_cast<double>(map.rows);
  const auto columns = static_cast<double>(map.columns);
  const double side = std::min(room.width() / columns, room.height() / rows);
  constexpr double least = 0.4;
  if (side * columns < least * room.width() || side * rows < least * room.height()) return room;
  const double left = room.left + (room.width() - side * columns) / 2.0;
  return {left, room.top, left + side * columns, room.top + side * rows};
}

}  // namespace

std::string to_svg(const HeatMap& map, StyleSheet style) {
  const Cells cells = cells_of(map);
  const Scale scale = colour_scale(map, cells.extent);
  const Ticks value_ticks = make_ticks(scale, 6);
  const std::string value_label = axis_label(map.value, value_ticks.exponent);

  YAxis y;
  y.scale = index_scale(map.rows, 0.0, 1.0);
  y.ticks = make_whole_ticks(y.scale, 8);
  y.label = axis_label({.title = map.y_title}, y.ticks.exponent);
  const Margins margins{y.width(), bar_room(value_ticks, value_label) + 10.0, 54.0};
  Frame frame = make_frame({map.title, note_of(map, cells, scale), {}}, margins);
  const Box plot = shaped(map, frame.plot);
  frame.height -= frame.plot.bottom - plot.bottom;
  y.scale = index_scale(map.rows, plot.top, plot.bottom);
  const Scale x = index_scale(map.columns, plot.left, plot.right);
  const Ticks x_ticks = make_whole_ticks(x, std::max(1, static_cast<int>(plot.width() / 50.0)));

  std::string body =
      draw_x_axis(x, x_ticks, axis_label({.title = map.x_title}, x_ticks.exponent), plot) +
      draw_y_axis(y, plot);
  if (cells.extent.empty) {
    body += draw_no_data(plot);
  } else {
    body += fmt::format("<rect class=\"empty\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
                        coordinate(plot.left), coordinate(plot.top), coordinate(plot.width()),
                        coordinate(plot.height()));
    body += draw_cells(map, cells, scale, plot) +
            draw_colour_bar(map, scale, value_ticks, value_label, plot);
  }
  body += draw_sides(plot);
  const std::string range = cells.extent.empty
                                ? "no data"
                                : fmt::format("{} to {}", short_number(cells.extent.low),
                                              short_number(cells.extent.high));
  const std::string description = fmt::format(
      "Heat map of {} by {}. {}: {}.", counted(map.rows, "row"), counted(map.columns, "column"),
      value_label.empty() ? "Values" : axis_label(map.value, 0), range);
  return document(frame, map.title, map.description.empty() ? description : map.description, body,
                  style);
}

}  // namespace cimforge::picture
