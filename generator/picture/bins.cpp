#include "generator/picture/bins.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <iterator>

#include "generator/picture/scale.h"

namespace cimforge::picture {
namespace {

constexpr double fewest_bins = 8.0;
constexpr double most_bins = 60.0;

/// Sorted values that have a place; logarithms on a logarithmic axis.
std::vector<double> sorted(const std::vector<double>& values, AxisScale scale) {
  std::vector<double> result;
  for (const double value : values) {
    if (!has_place(scale, value)) continue;
    result.push_back(scale == AxisScale::linear ? value : std::log10(value));
  }
  std::sort(result.begin(), result.end());
  return result;
}

bool is_whole(double value) {
  return std::floor(value) == value && std::abs(value) < 1e15;
}

}  // namespace

bool are_edges(const std::vector<double>& edges, AxisScale scale) {
  return edges.size() >= 2 &&
         std::all_of(edges.begin(), edges.end(),
                     [&](double each) { return has_place(scale, each); }) &&
         std::adjacent_find(edges.begin(), edges.end(), std::greater_equal<>()) == edges.end();
}

std::vector<double> chosen_edges(const std::vector<DataSet>& data_sets, AxisScale scale) {
  Extent extent;
  bool whole = scale == AxisScale::linear;
  double width = 0.0;  // 0: not known yet
  for (const DataSet& data : data_sets) {
    const std::vector<double> values = sorted(data.values, scale);
    if (values.empty()) continue;
    extent.include(values.front());
    extent.include(values.back());
    whole = whole && std::all_of(values.begin(), values.end(), is_whole);
    const double quartiles = values[values.size() * 3 / 4] - values[values.size() / 4];
    const double root = std::cbrt(static_cast<double>(values.size()));
    const double rice = (values.back() - values.front()) / (2.0 * root);
    for (const double rule : {2.0 * quartiles / root, rice}) {
      if (rule > 0.0) width = width == 0.0 ? rule : std::min(width, rule);
    }
  }
  if (extent.empty) return {};
  if (scale == AxisScale::logarithmic && extent.high - extent.low < 1e-6) {
    extent.include(extent.low - 0.5);
    extent.include(extent.high + 0.5);
  }
  const Scale range = make_scale({}, extent, Ends::exact);  // at least a little wide
  const double span = range.high - range.low;
  width = std::clamp(width, span / most_bins, span / fewest_bins);

  // Round bins, so that the ticks can stand at their edges.
  const double step = whole ? std::max(1.0, round_width(width)) : round_width(width);
  const double shift = whole ? -0.5 : 0.0;
  const double last = (whole ? extent.high : range.high) / step - (whole ? 0.0 : 1e-9);
  const auto first_bin =
      static_cast<std::int64_t>(std::floor((whole ? extent.low : range.low) / step + 1e-9));
  const auto last_bin = static_cast<std::int64_t>(std::floor(last));
  std::vector<double> edges;
  for (std::int64_t i = first_bin; i <= last_bin + 1; ++i) {
    const double edge = static_cast<double>(i) * step + shift;
    edges.push_back(scale == AxisScale::linear ? edge
                                               : std::pow(10.0, std::clamp(edge, -300.0, 300.0)));
  }
  return edges;
}

Counts count(const std::vector<double>& values, const std::vector<double>& edges, AxisScale scale) {
  Counts counts;
  counts.bins.resize(edges.size() < 2 ? 0 : edges.size() - 1);
  for (const double value : values) {
    if (!has_place(scale, value)) {
      ++counts.left_out;
      continue;
    }
    ++counts.values;
    if (counts.bins.empty() || value < edges.front() || value > edges.back()) {
      ++counts.outside;
      continue;
    }
    const auto above = std::upper_bound(edges.begin(), edges.end(), value);
    const auto bin = static_cast<std::size_t>(std::distance(edges.begin(), above)) - 1;
    ++counts.bins[std::min(bin, counts.bins.size() - 1)];
  }
  return counts;
}

}  // namespace cimforge::picture
