// The same array as a netlist, solved by ngspice.
#pragma once

#include <span>
#include <vector>

#include "sim/crossbar/crossbar.h"

namespace cimforge::crossbar::test {

/// The currents of Array::currents(). Cells are resistors, and behavioural current sources where
/// the curve is not linear; a resistance of zero is a source of 0 V. Throws ToolError with what
/// ngspice printed where it gives no current or a warning.
std::vector<double> spice_currents(const Matrix& conductances, const Wires& wires,
                                   const CellCurve& curve, std::span<const double> voltages,
                                   const std::vector<bool>& active);

}  // namespace cimforge::crossbar::test
