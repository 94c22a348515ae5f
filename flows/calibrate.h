// Calibration of a Verilated analog macro through its registers: the range of each column from
// data, offset and gain of each converter from conversions of known references.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "generator/spec/spec.h"
#include "sim/analog/macro.h"
#include "tb/bus_engine.h"

namespace cimforge::flows {

/// One write to a register (generator/collateral: datasheet).
struct RegisterWrite {
  std::uint32_t page = 0;
  std::uint32_t index = 0;
  std::uint32_t data = 0;
};

/// A straight line through the codes of a converter: code = gain * steps + offset; where columns
/// are strings, code = gain * matches + offset.
struct ConverterFit {
  double offset_steps = 0.0;
  double gain = 1.0;
  std::uint64_t points = 0;  ///< conversions that were not clipped
};

struct Calibration {
  bool is_of_strings = false;  ///< steps a match in place of gains
  std::vector<int> ranges;     ///< one a column
  std::vector<ConverterFit> converters;
  std::vector<RegisterWrite> writes;  ///< that set the macro so, from reset
  double rms_error_before = 0.0;      ///< of results against exact sums of products
  double rms_error_after = 0.0;
  std::uint64_t saturated_before = 0;  ///< results with their flag
  std::uint64_t saturated_after = 0;
  std::uint64_t results = 0;  ///< that were compared, before and after
  std::uint64_t faults = 0;   ///< devices that did not come to their level, with the trims
};

/// From reset: fits every converter to `repeats` conversions of each of 513 references, loads the
/// weights (rows x columns), chooses for each column the finest range at which none of its results
/// on the vectors (n x rows) is clipped, writes the registers and measures what that gained. The
/// specification's output must be exact. A string that is read by time has one length of step:
/// range and gain come from the line. Throws base::InputError for a macro that is not analog.
Calibration calibrate(const spec::MacroSpec& spec, tb::BusEngine& engine,
                      std::span<const std::int32_t> weights, std::span<const std::int32_t> inputs,
                      int repeats = 1);

/// Sets offsets, gains and ranges of a macro whose columns are strings that are read by time, to
/// what the figures of the device say (analog::nominal_trim); of another macro nothing.
void write_nominal_trims(const analog::MacroConfig& config, tb::BusEngine& engine);

std::string to_text(const Calibration& calibration);
nlohmann::ordered_json to_json(const Calibration& calibration);
/// A line for each write: address and data in hexadecimal.
std::string register_file(const Calibration& calibration);

}  // namespace cimforge::flows
