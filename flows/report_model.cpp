#include "flows/report_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <variant>

#include "flows/analog_engine.h"
#include "flows/interrupt.h"
#include "flows/npy.h"
#include "generator/base/exit_status.h"
#include "generator/spec/parts.h"
#include "sim/analog/macro.h"
#include "sim/crossbar/crossbar.h"
#include "sim/golden.h"
#include "sim/noise/noise.h"

namespace cimforge::flows {
namespace {

namespace fs = std::filesystem;

// What is looked at, so that a page is made in seconds.
constexpr std::size_t most_cells = std::size_t{1} << 21U;
constexpr std::size_t most_cells_with_wires = std::size_t{1} << 18U;
constexpr std::size_t most_cells_verified_with_wires = std::size_t{1} << 14U;
constexpr std::size_t wanted_results = 40000;
constexpr std::size_t most_vectors = 400;
constexpr std::size_t fewest_vectors = 16;
constexpr std::size_t wanted_converter_inputs = 60000;
/// Cells below this share of the highest state have no relative change by wires.
constexpr double least_share = 0.02;

/// Kinds of draws of the page, behind those of the device model (sim/analog/cell_model.h).
constexpr std::uint32_t draw_weights = 30;
constexpr std::uint32_t draw_vectors = 31;

std::size_t size(int number) {
  return static_cast<std::size_t>(number);
}

std::vector<std::int32_t> random_values(const spec::IntegerFormat& format, std::size_t count,
                                        std::uint64_t seed, std::uint32_t draw) {
  const auto values = static_cast<std::uint64_t>(format.max() - format.min() + 1);
  std::vector<std::int32_t> result;
  result.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t word =
        noise::words({seed, draw, static_cast<std::uint32_t>(i / 4), 0})[i % 4];
    result.push_back(static_cast<std::int32_t>(format.min() +
                                               static_cast<std::int64_t>((word * values) >> 32U)));
  }
  return result;
}

std::vector<std::int32_t> load_weights(const fs::path& file, const spec::MacroSpec& spec) {
  const NpyArray array = load_npy(file);
  require_dimensions(array, file.string(), {"rows", "columns"});
  if (!is_integer(array) || array.shape[0] != size(spec.rows) ||
      array.shape[1] != size(spec.columns)) {
    throw base::InputError(fmt::format("{}: {} of {}; integers of shape ({}, {}) are expected",
                                       file.string(), shape_text(array.shape), type_name(array),
                                       spec.rows, spec.columns));
  }
  std::vector<std::int32_t> weights;
  std::visit(
      [&](const auto& data) {
        for (const auto each : data) {
          const auto value = static_cast<std::int64_t>(each);
          if (!spec.weight.holds(value)) {
            throw base::InputError(fmt::format("{}: the value {} is outside of {}", file.string(),
                                               value, spec.weight.name()));
          }
          weights.push_back(static_cast<std::int32_t>(value));
        }
      },
      array.data);
  return weights;
}

/// A specification in the directory of a file that it names: an emitted directory, or else the one
/// where the command runs.
fs::path specification_beside(const std::string& name, const fs::path& directory) {
  std::error_code error;
  return fs::exists(directory / name, error) ? directory / "spec.toml" : fs::path("spec.toml");
}

/// As AnalogMacro::load() cuts them.
std::vector<int> wanted_levels(const MacroModel& model, const plan::AnalogPlan& plan,
                               std::span<const std::int32_t> weights) {
  const int bits = model.spec.analog.cell_bits;
  const int mask = model.levels - 1;
  std::vector<int> levels;
  levels.reserve(model.cells());
  for (std::size_t row = 0; row < size(model.spec.rows); ++row) {
    for (const std::int32_t weight :
         weights.subspan(row * size(model.spec.columns), size(model.spec.columns))) {
      for (int slice = 0; slice < plan.slices; ++slice) {
        if (plan.differential) {
          levels.push_back((std::max(weight, 0) >> (slice * bits)) & mask);
          levels.push_back((std::max(-weight, 0) >> (slice * bits)) & mask);
        } else {
          const int offset = plan.has_reference ? 1 << (model.spec.weight.bits - 1) : 0;
          levels.push_back(((weight + offset) >> (slice * bits)) & mask);
        }
      }
    }
    if (plan.has_reference) levels.push_back(plan.reference_level);
  }
  return levels;
}

std::vector<std::int64_t> exact_results(const spec::MacroSpec& spec,
                                        std::span<const std::int32_t> weights,
                                        std::span<const std::int32_t> inputs) {
  const std::size_t rows = size(spec.rows);
  const std::size_t columns = size(spec.columns);
  std::vector<std::int64_t> results;
  std::vector<std::int64_t> sums(columns);
  for (std::size_t vector = 0; vector < inputs.size() / rows; ++vector) {
    std::ranges::fill(sums, 0);
    for (std::size_t r = 0; r < rows; ++r) {
      const std::int64_t x = inputs[vector * rows + r];
      for (std::size_t c = 0; c < columns; ++c) sums[c] += x * weights[r * columns + c];
    }
    for (const std::int64_t sum : sums) results.push_back(sim::output_value(spec, sum));
  }
  return results;
}

/// Of results that are cut to `bits`, the nearest way around.
double difference(const spec::MacroSpec& spec, int bits, std::int64_t is, std::int64_t should) {
  std::int64_t error = is - should;
  if (spec.output_mode == spec::OutputMode::truncate && bits < 63) {
    const std::int64_t turn = std::int64_t{1} << bits;
    error = ((error % turn) + turn) % turn;
    if (error >= turn / 2) error -= turn;
  }
  return static_cast<double>(error);
}

/// What wires leave of each cell, all rows active, cells taken as linear.
void measure_wires(MacroModel& model, analog::CellArray& array) {
  const analog::CellModel cell(model.device, {}, model.levels, true);
  crossbar::Matrix siemens{size(model.spec.rows), size(model.device_columns), {}};
  for (int r = 0; r < model.spec.rows; ++r) {
    for (int d = 0; d < model.device_columns; ++d) {
      siemens.values.push_back(array.conductance(r, d) * cell.siemens_per_unit());
    }
  }
  const std::vector<double> alone = siemens.values;
  const crossbar::Array network(std::move(siemens), array.config().wires);
  const std::vector<double>& effective = network.effective().values;
  const double least = least_share * cell.high() * cell.siemens_per_unit();
  for (std::size_t i = 0; i < alone.size(); ++i) {
    model.wires.push_back(alone[i] > least ? effective[i] / alone[i] - 1.0
                                           : std::numeric_limits<double>::quiet_NaN());
  }
}

/// The sums of all slices and steps of some vectors, in whole numbers.
void measure_converter_inputs(MacroModel& model, const plan::AnalogPlan& plan, std::uint64_t seed) {
  const spec::MacroSpec& spec = model.spec;
  const std::size_t rows = size(spec.rows);
  const std::size_t slices = size(spec.columns) * size(plan.slices);
  const std::size_t of_vector = slices * size(plan.steps);
  const std::size_t vectors = std::clamp<std::size_t>(wanted_converter_inputs / of_vector, 1, 64);
  const std::vector<std::int32_t> inputs =
      random_values(spec.input, vectors * rows, seed, draw_vectors);
  const int k = spec.input_bits_per_cycle;
  const std::int32_t magnitude = (1 << (spec.input.bits - (plan.sign_step ? 1 : 0))) - 1;
  std::vector<std::int64_t> sums(slices);
  for (std::size_t vector = 0; vector < vectors; ++vector) {
    for (int step = 0; step < plan.steps; ++step) {
      std::ranges::fill(sums, 0);
      for (std::size_t r = 0; r < rows; ++r) {
        const std::int32_t x = inputs[vector * rows + r];
        const int code = step < plan.digits
                             ? ((x & magnitude) >> ((plan.digits - 1 - step) * k)) & ((1 << k) - 1)
                             : (x < 0 ? 1 : 0);
        if (code == 0) continue;
        const int* levels = &model.wanted[r * size(model.device_columns)];
        for (std::size_t s = 0; s < slices; ++s) {
          sums[s] += code * (plan.devices == 2 ? levels[2 * s] - levels[2 * s + 1] : levels[s]);
        }
      }
      for (const std::int64_t sum : sums) {
        model.converter_inputs.push_back(
            std::ldexp(static_cast<double>(sum), -spec.analog.adc_range));
      }
    }
  }
}

void look(MacroModel& model, analog::AnalogMacro& macro, const ReportRequest& request,
          std::span<const std::int32_t> weights, int output_bits) {
  const spec::MacroSpec& spec = model.spec;
  const std::vector<std::int32_t> inputs =
      random_values(spec.input, model.vectors * size(spec.rows), request.seed, draw_vectors);
  const std::vector<std::int64_t> exact = exact_results(spec, weights, inputs);
  std::vector<double> times = request.seconds;
  times.push_back(0.0);
  std::ranges::sort(times);
  times.erase(std::unique(times.begin(), times.end()), times.end());

  std::vector<std::int64_t> results(exact.size());
  for (const double seconds : times) {
    throw_if_interrupted();
    const bool as_programmed = seconds == 0.0 && request.celsius == 25.0;
    try {
      if (!as_programmed) macro.set_conditions(seconds, request.celsius + kZeroCelsius);
    } catch (const base::InputError& error) {
      model.why_not_later = error.what();
      if (!model.looks.empty()) return;
      model.celsius = 25.0;
    }
    ModelLook& now = model.looks.emplace_back();
    now.seconds = seconds;
    for (int r = 0; r < spec.rows; ++r) {
      for (int d = 0; d < model.device_columns; ++d) {
        now.conductances.push_back(macro.array().conductance(r, d));
      }
    }
    if (model.looks.front().conductances != now.conductances) model.changes = true;
    if (model.vectors > 0) {
      const auto errors = [&] {
        macro.multiply(inputs, results);
        std::vector<double> differences;
        for (std::size_t i = 0; i < exact.size(); ++i) {
          differences.push_back(difference(spec, output_bits, results[i], exact[i]));
        }
        return differences;
      };
      const std::uint64_t before = macro.counts().saturated;
      now.errors = errors();
      now.clipped = macro.counts().saturated - before;
      macro.calibrate_ranges(inputs);
      now.calibrated = mean_and_spread(errors());
      for (int c = 0; c < spec.columns; ++c) macro.set_trim(c, {0, 4096, spec.analog.adc_range});
      macro.set_reference_range(spec.analog.adc_range);
    }
    if (seconds == 0.0 && model.has_wires) measure_wires(model, macro.array());
    if (!model.why_not_later.empty()) return;
  }
}

}  // namespace

MeanAndSpread mean_and_spread(std::span<const double> values) {
  if (values.empty()) return {};
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0.0;
  for (const double each : values) squares += (each - mean) * (each - mean);
  return {mean, std::sqrt(squares / count)};
}

MacroModel make_model(const ReportSource& source, const plan::AnalogPlan& plan,
                      const ReportRequest& request) {
  const spec::Analog& analog = source.spec.analog;
  MacroModel model;
  model.spec = spec::analog_part(source.spec);
  model.device = analog_device(source.spec, specification_beside(analog.device, request.directory));
  model.converter =
      analog_converter(source.spec, specification_beside(analog.converter, request.directory));
  model.celsius = request.celsius;
  model.converters = size(plan.lanes);
  model.device_columns = plan.cell_columns;
  model.levels = 1 << analog.cell_bits;
  model.has_wires = analog.row_ohm != 0.0 || analog.column_ohm != 0.0 || analog.driver_ohm != 0.0 ||
                    analog.sense_ohm != 0.0;
  if (model.spec.weight.is_bipolar) {
    model.why_nothing = "Strings of XNOR cells are not drawn yet.";
    return model;
  }
  const std::size_t most = model.has_wires ? most_cells_with_wires : most_cells;
  if (model.cells() > most) {
    model.why_nothing = fmt::format("The array has {}; cells are drawn of arrays with at most {}.",
                                    count_text(model.cells(), "cell"), most);
    return model;
  }
  const bool is_curved = model.device.parameters.contains("iv_quadratic") ||
                         model.device.parameters.contains("iv_cubic");
  const bool is_slow = model.has_wires && model.cells() > most_cells_verified_with_wires;
  model.is_verified = !is_slow;
  model.vectors =
      std::clamp(wanted_results / size(model.spec.columns), fewest_vectors, most_vectors);
  if (model.has_wires && is_curved) {
    model.is_verified = false;
    model.vectors = is_slow ? 0 : fewest_vectors;
    if (is_slow) {
      model.why_no_results = fmt::format(
          "Cells that are not linear, behind wires: results are drawn of arrays with at most {} "
          "cells.",
          most_cells_verified_with_wires);
    }
  }

  std::vector<std::int32_t> weights =
      request.weights.empty()
          ? random_values(model.spec.weight, size(model.spec.rows) * size(model.spec.columns),
                          request.seed, draw_weights)
          : load_weights(request.weights, source.spec);
  if (source.spec.kind == spec::Kind::hybrid) {
    const std::int32_t low = (1 << spec::low_bits(source.spec)) - 1;
    for (std::int32_t& weight : weights) weight &= low;
  }
  model.wanted = wanted_levels(model, plan, weights);
  measure_converter_inputs(model, plan, request.seed);
  try {
    analog::MacroConfig config{model.spec, model.device, model.converter, {}};
    config.programming =
        model.is_verified ? analog::Programming::verified : analog::Programming::direct;
    config.seed = request.seed;
    analog::AnalogMacro macro(config);
    const analog::CellModel cell(model.device, {}, model.levels, model.has_wires);
    model.low = cell.low();
    model.step = cell.step();
    macro.load(weights);
    model.faults = macro.counts().faults;
    for (int r = 0; r < model.spec.rows; ++r) {
      for (int d = 0; d < model.device_columns; ++d) {
        model.programmed.push_back(macro.array().programmed_conductance(r, d));
        model.stuck.push_back(macro.array().is_stuck(r, d) ? 1 : 0);
      }
    }
    look(model, macro, request, weights, source.plan.value("output_bits", 64));
  } catch (const base::InputError& error) {
    model.why_nothing = fmt::format("No picture: {}.", error.what());
    model.looks.clear();
  }
  return model;
}

}  // namespace cimforge::flows
