// Charts and a page of the kinds that reports are made of, with invented data.
#pragma once

#include <vector>

#include "generator/picture/page.h"

namespace cimforge::picture {

/// Conductances of four levels after programming and after drift.
Histogram conductance_sample();
/// Codes of a converter over its input, with the ideal line.
LineChart transfer_sample();
/// INL and DNL over the code, with limits.
LineChart linearity_sample();
/// Errors of an array of this size whose wires have resistance.
HeatMap error_sample(std::size_t rows, std::size_t columns);
/// Voltages of the rows of such an array.
HeatMap voltage_sample();
/// Accuracy over the logarithm of time, mean and spread of several chips.
LineChart accuracy_sample();
/// Errors found against the errors that a model predicts.
LineChart scatter_sample();
/// Area in parts, of several macros.
BarChart area_sample();
/// One value each for macros with long names.
BarChart timing_sample();
/// All of them.
Page page_sample();

}  // namespace cimforge::picture
