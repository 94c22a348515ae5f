// The reference: Kirchhoff's laws written down one by one and solved as a dense system.
#pragma once

#include <span>
#include <vector>

#include "sim/crossbar/crossbar.h"

namespace cimforge::crossbar::test {

/// The currents of Array::currents() for linear cells. Each wire's current is an unknown beside the
/// node voltages, so a resistance of zero is an equation like any other and no nodes are merged.
/// Not for a ring of wires without resistance, whose current is not determined.
std::vector<double> kirchhoff_currents(const Matrix& conductances, const Wires& wires,
                                       std::span<const double> voltages,
                                       const std::vector<bool>& active);

}  // namespace cimforge::crossbar::test
