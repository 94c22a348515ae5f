#include <algorithm>
#include <limits>

#include "generator/device/device.h"

namespace cimforge::device {
namespace {

constexpr double any = std::numeric_limits<double>::max();
constexpr std::size_t many = 64;

}  // namespace

const std::vector<ParameterInfo>& parameter_table() {
  static const std::vector<ParameterInfo> table = {
      {"levels", "1", 1, 1, 2, 65536, "cell", "states that a cell is programmed to, evenly spaced"},
      {"g_min", "uS", 1, 1, 0, 1e6, "cell", "conductance of the lowest state"},
      {"g_max", "uS", 1, 1, 0, 1e6, "cell", "conductance of the highest state"},
      {"i_min", "nA", 1, 1, 0, 1e9, "cell", "read current of the lowest state"},
      {"i_max", "nA", 1, 1, 0, 1e9, "cell", "read current of the highest state"},
      {"read_voltage", "V", 1, 1, 0, 20, "cell", "highest voltage at which a cell is read"},
      {"iv_quadratic", "uA/V2", 1, 1, -any, any, "cell", "n2 of I = G V + n2 V|V| + n3 V^3"},
      {"iv_cubic", "uA/V3", 1, 1, -any, any, "cell", "n3 of I = G V + n2 V|V| + n3 V^3"},
      {"string_length", "1", 1, 1, 1, 1024, "cell", "cells in series in a NAND string"},
      {"resistance_p", "ohm", 1, 1, 0, 1e12, "cell", "parallel state of a magnetic junction"},
      {"resistance_ap", "ohm", 1, 1, 0, 1e12, "cell", "antiparallel state of a magnetic junction"},
      {"resistance_switch", "ohm", 1, 1, 0, 1e12, "cell",
       "select transistors of a cell, in series"},
      {"tmr", "1", 1, 1, 0, 100, "cell", "(R_AP - R_P) / R_P"},
      {"capacitance", "fF", 1, 1, 0, 1e9, "readout", "that a column or a cell charges"},
      {"delay_factor", "1", 1, 1, 0, any, "readout", "alpha of t = alpha R C + t_offset"},
      {"delay_offset", "ps", 1, 1, 0, any, "readout", "t_offset of t = alpha R C + t_offset"},
      {"time_lsb", "ps", 1, 1, 0, any, "readout", "step of the time-to-digital converter"},
      {"time_bits", "1", 1, 1, 1, 32, "readout", "width of the time-to-digital converter"},
      {"output_sigma", "LSB", 1, 1, 0, any, "read noise",
       "spread of a column's result, in steps of its ADC"},
      {"output_bits", "1", 1, 1, 1, 32, "readout",
       "width of the ADC that output_sigma is told for"},
      {"capacitor_sigma", "1", 1, 1, 0, 1, "programming",
       "relative spread of the capacitor of a cell"},
      {"program_polynomial", "uS", 1, 8, -any, any, "programming",
       "c of sigma = sum of c[i] x^i, x = G / program_scale"},
      {"program_scale", "uS", 1, 1, 0, 1e6, "programming", "1 where x is G itself"},
      {"program_relative", "1", 1, 1, 0, 10, "programming", "s of sigma = s G"},
      {"program_saturating", "nA", 2, 2, 0, any, "programming",
       "a, b of sigma = a (1 - exp(-I / b))"},
      {"device_spread", "1", 1, 1, 0, 10, "programming",
       "relative spread from device to device, drawn once for each cell"},
      {"relax_times", "s", 1, 16, 0, any, "drift",
       "after programming, at which relax_polynomials are told"},
      {"relax_polynomials", "uS", 1, many, -any, any, "drift",
       "sigma at each of relax_times, as program_polynomial, one behind the other"},
      {"relax_saturating", "nA", 3, 3, 0, any, "drift",
       "a, b, t: sigma = a (1 - exp(-I / b)) t seconds after programming"},
      {"read_relative", "1", 1, 1, 0, 10, "read noise", "s of sigma = s G, white"},
      {"read_saturating", "nA", 2, 2, 0, any, "read noise",
       "a, b of sigma = a (1 - exp(-I / b)), white"},
      {"flicker", "1", 3, 3, 0, 10, "read noise",
       "q, e, m of sigma = G Q sqrt(ln((t + t_r) / (2 t_r))), Q = min(q / g^e, m), g = G / g_max"},
      {"flicker_log", "uS", 1, 1, 0, any, "read noise",
       "k of sigma = k log10(G) sqrt(ln((t + t_r) / (2 t_r))), G in uS"},
      {"flicker_time", "s", 1, 1, 0, any, "read noise", "t_r"},
      {"drift_mean", "1", 4, 4, -10, 10, "drift",
       "a, b, low, high: mean of nu = clip(a ln g + b, low, high) in G (t + t0 / t0)^-nu"},
      {"drift_spread", "1", 4, 4, -10, 10, "drift", "the same for the standard deviation of nu"},
      {"drift_time", "s", 1, 1, 0, any, "drift", "t0: from programming to the first read"},
      {"decay_mean", "uS", 1, 1, -any, any, "drift", "k of the mean change k ln t, t in s"},
      {"decay_spread", "uS", 2, 2, -any, any, "drift", "a, b of sigma = a ln t + b, t in s"},
      {"activation_energy", "eV", 1, 1, 0, 10, "temperature",
       "E of the acceleration exp(E / k (1 / T_ref - 1 / T)) of drift"},
      {"temperature_coefficient", "1/K", 1, 1, -1, 1, "temperature",
       "c of G (1 + c (T - T_ref)), T_ref = 25 C"},
      {"stuck_low", "1", 1, 1, 0, 1, "faults",
       "probability of a cell that stays at the lowest state"},
      {"stuck_high", "1", 1, 1, 0, 1, "faults",
       "probability of a cell that stays at the highest state"},
      {"endurance", "cycles", 1, 1, 0, any, "faults", "writes that a cell bears"},
  };
  return table;
}

const ParameterInfo* find_parameter(std::string_view name) {
  const auto& table = parameter_table();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const ParameterInfo& info) { return info.name == name; });
  return found == table.end() ? nullptr : &*found;
}

const std::vector<Family>& family_table() {
  static const std::vector<Family> table = {
      {"reram", "resistive filament or interface", {"g_min", "g_max", "levels"}},
      {"pcm", "phase change", {"g_min", "g_max", "levels"}},
      {"stt_mram", "magnetic junction, one bit", {"g_min", "g_max", "levels"}},
      {"mram_resistance_sum",
       "magnetic junctions in series, read by the time to charge a column",
       {"resistance_p", "resistance_ap", "resistance_switch", "capacitance", "delay_factor",
        "delay_offset", "time_lsb", "time_bits"}},
      {"nor_flash",
       "floating gate or charge trap, one transistor a cell",
       {"i_min", "i_max", "levels"}},
      {"nand_flash",
       "string of cells in series, read by its current",
       {"i_min", "i_max", "levels", "string_length"}},
      {"sram_charge",
       "a bit on a capacitor, columns share charge",
       {"levels", "capacitance", "output_sigma", "output_bits"}},
      {"sram_current", "a bit that switches a read current", {"i_min", "i_max", "levels"}},
  };
  return table;
}

const Family* find_family(std::string_view name) {
  const auto& table = family_table();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const Family& family) { return family.name == name; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace cimforge::device
