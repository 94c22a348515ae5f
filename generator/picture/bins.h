// The bins of a histogram.
#pragma once

#include <cstddef>
#include <vector>

#include "generator/picture/chart.h"

namespace cimforge::picture {

/// Whether these are at least two values that ascend and have a place.
bool are_edges(const std::vector<double>& edges, AxisScale scale);

/// Edges over all values that have a place: of the rule of Freedman and Diaconis (1981) for the
/// narrowest data set, at round values; around whole numbers where all values are whole; even in
/// the logarithm on a logarithmic axis. Empty where there are no values.
std::vector<double> chosen_edges(const std::vector<DataSet>& data_sets, AxisScale scale);

/// How many values lie in each bin.
struct Counts {
  std::vector<std::size_t> bins;
  std::size_t values = 0;    ///< that have a place
  std::size_t outside = 0;   ///< of these: in no bin
  std::size_t left_out = 0;  ///< that have no place
};

Counts count(const std::vector<double>& values, const std::vector<double>& edges, AxisScale scale);

}  // namespace cimforge::picture
