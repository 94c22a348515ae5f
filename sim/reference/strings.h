// Strings of magnetic junctions that are read by time (family mram_resistance_sum), formula by
// formula of docs/analog_model.md. A cell has two branches, one for each bit of the input, with a
// junction and a switch; the junctions hold opposite states, and the cells of a column are in
// series.
#pragma once

#include <span>
#include <vector>

#include "sim/reference/cells.h"

namespace cimforge::reference {

bool is_string(const device::Device& device);

/// The junction of the branch of `bit`, in ohm: R_AP where the weight bit is equal to it, else R_P,
/// times max(0, 1 + device_spread z1), z1 of word 0 for the branch of 1, of word 1 for that of 0.
double junction_ohm(const device::Device& device, const Draws& draws, const Cell& cell, int bit);

/// R of every column with all rows, in ohm: the sum of the junctions that the bits select, and
/// rows resistance_switch; + sqrt(sum of (read_relative R_junction)^2) z5, of `reads_before`.
std::vector<double> string_resistances(const Array& array, std::span<const int> bits,
                                       std::uint64_t reads_before);

/// (alpha R C + t_offset) / T_lsb.
double delay_steps(const device::Device& device, double ohm);

/// A row alone, as a memory is read: 1 where the junction of the branch of 1, + read_relative R z5,
/// is above (R_P + R_AP) / 2.
std::vector<int> sensed_row(const Array& array, std::size_t row, std::uint64_t reads_before);

}  // namespace cimforge::reference
