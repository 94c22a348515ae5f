// The node voltages of a network of linear or non-linear cells for one vector of inputs.
#pragma once

#include <span>
#include <vector>

#include "sim/crossbar/crossbar.h"
#include "sim/crossbar/network.h"

namespace cimforge::crossbar {

/// The current in ampere into each column's terminal, which is at 0 V. `cells` has the conductances
/// in siemens, rows x columns, row-major; `voltages` are those of the row terminals, in volt. One
/// factorisation and two solutions for linear cells, a factorisation an iteration for others.
/// Throws NotConverged; InputError where the curve of a cell falls between 0 V and the span of the
/// voltages, since more than one solution may then exist.
std::vector<double> solve_currents(const Network& network, std::span<const double> cells,
                                   const CellCurve& curve, std::span<const double> voltages,
                                   const NewtonLimits& limits);

}  // namespace cimforge::crossbar
