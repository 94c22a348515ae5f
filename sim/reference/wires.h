// Kirchhoff's laws of a small crossbar with wires, as one dense system of node voltages: the golden
// model's own solution, apart from sim/crossbar, of which it takes the description alone. The
// network is that of docs/crossbar.md. Time grows with (2 R D)^3: arrays of some hundred cells.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "sim/crossbar/crossbar.h"

namespace cimforge::reference {

/// Whether any resistance is not 0.
bool has_wires(const crossbar::Wires& wires);

/// The current in ampere into the virtual ground of each column. `conductances` is rows x columns
/// in siemens, `voltages` one value a row in volt; a cell of G has at u volt the current
/// G u + a2 u |u| + a3 u^3. Throws crossbar::NotConverged where Newton's method does not end.
std::vector<double> ground_currents(std::size_t rows, std::size_t columns,
                                    std::span<const double> conductances,
                                    const crossbar::CellCurve& curve, const crossbar::Wires& wires,
                                    std::span<const double> voltages,
                                    const std::vector<bool>& active);

/// Geff in siemens, rows x columns: the currents of linear cells with one row after the other at
/// 1 V, the others at 0 V, all active.
std::vector<double> effective_conductances(std::size_t rows, std::size_t columns,
                                           std::span<const double> conductances,
                                           const crossbar::Wires& wires);

}  // namespace cimforge::reference
