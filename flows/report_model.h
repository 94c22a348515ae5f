// What the device model shows of one macro, for the page of `cimforge report`: its cells and
// results over time, its wires, the inputs of its converters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "flows/report_sections.h"
#include "generator/device/device.h"
#include "generator/plan/analog.h"
#include "generator/spec/spec.h"
#include "sim/analog/converter.h"

namespace cimforge::flows {

struct MeanAndSpread {
  double mean = 0.0;
  double sigma = 0.0;
};

MeanAndSpread mean_and_spread(std::span<const double> values);

/// The macro at one time.
struct ModelLook {
  double seconds = 0.0;
  std::vector<double> conductances;  ///< rows x device columns
  std::vector<double> errors;        ///< of results, in LSB of the output
  std::uint64_t clipped = 0;         ///< results that something was clipped for
  MeanAndSpread calibrated;          ///< of the errors, each column at the finest range that holds
};

/// What the model of one macro shows. A part that cannot be computed has a sentence why.
struct MacroModel {
  spec::MacroSpec spec;
  device::Device device;
  analog::ConverterConfig converter;
  std::size_t converters = 1;
  bool has_wires = false;
  bool is_verified = true;
  int device_columns = 1;
  int levels = 2;

  std::string why_nothing;    ///< of cells and results
  std::string why_not_later;  ///< of times after programming
  std::string why_no_results;
  // rows x device columns
  std::vector<int> wanted;  ///< levels
  std::vector<double> programmed;
  std::vector<char> stuck;
  std::vector<double> wires;     ///< effective / own conductance - 1; not a number near 0
  std::vector<ModelLook> looks;  ///< that after programming first
  double celsius = 25.0;         ///< of the looks
  bool changes = false;          ///< a later look differs from the first
  double low = 0.0;              ///< conductance of level 0
  double step = 1.0;             ///< of a level
  std::size_t vectors = 0;       ///< of the errors
  std::uint64_t faults = 0;      ///< cells that program-and-verify gave up
  /// Sums of slices without errors, in LSB after reset: what the converters are given.
  std::vector<double> converter_inputs;

  [[nodiscard]] std::size_t cells() const {
    return static_cast<std::size_t>(spec.rows) * static_cast<std::size_t>(device_columns);
  }
};

/// Programs random or given weights and looks at the times of the request.
MacroModel make_model(const ReportSource& source, const plan::AnalogPlan& plan,
                      const ReportRequest& request);

void add_converter_section(picture::Page& page, const MacroModel& model,
                           const ReportRequest& request);

}  // namespace cimforge::flows
