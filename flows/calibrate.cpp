#include "flows/calibrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>

#include "generator/base/exit_status.h"
#include "generator/plan/plan.h"
#include "generator/spec/parts.h"

namespace cimforge::flows {
namespace {

// Pages and indices of the registers: rtl/cim_analog_registers.v.
constexpr std::uint32_t global_page = 0;
constexpr std::uint32_t offset_page = 1;
constexpr std::uint32_t gain_page = 2;
constexpr std::uint32_t range_page = 3;
constexpr std::uint32_t test_page = 5;
constexpr std::uint32_t status_index = 0;
constexpr std::uint32_t reference_index = 3;
constexpr std::uint32_t test_column_index = 4;
constexpr double offset_unit = 16.0;
constexpr double gain_unit = 4096.0;

/// Runs one calibration.
class Calibrator {
 public:
  Calibrator(const spec::MacroSpec& spec, tb::BusEngine& engine)
      : spec_(spec), plan_(*plan::plan(spec).with_array()->analog), engine_(engine) {
    column_bits_ = std::max(
        1, static_cast<int>(std::bit_width(static_cast<unsigned>(plan_.columns_per_adc - 1))));
  }

  void set(std::uint32_t page, std::uint32_t index, std::uint32_t data) {
    engine_.write_register(page, index, data);
    result.writes.push_back({page, index, data});
  }

  [[nodiscard]] std::uint32_t trim_index(int lane, int column) const {
    return static_cast<std::uint32_t>(lane << column_bits_ | column);
  }
  [[nodiscard]] std::uint32_t trim_index(int column) const {
    return trim_index(column / plan_.columns_per_adc, column % plan_.columns_per_adc);
  }

  /// RMS error of the results against the exact sums, and flags of the columns.
  struct Measured {
    double rms = 0.0;
    std::vector<std::uint64_t> saturated;  ///< results of each column with their flag
  };
  Measured measure(std::span<const std::int32_t> weights, std::span<const std::int32_t> inputs) {
    const auto rows = static_cast<std::size_t>(spec_.rows);
    const auto columns = static_cast<std::size_t>(spec_.columns);
    std::vector<std::int64_t> outputs(inputs.size() / rows * columns);
    const std::vector<std::uint64_t> before = engine_.saturated();
    engine_.multiply(0, inputs, outputs);
    Measured measured;
    double squares = 0.0;
    for (std::size_t vector = 0; vector < inputs.size() / rows; ++vector) {
      for (std::size_t column = 0; column < columns; ++column) {
        std::int64_t sum = 0;
        for (std::size_t row = 0; row < rows; ++row) {
          sum += std::int64_t{inputs[vector * rows + row]} * weights[row * columns + column];
        }
        const auto error = static_cast<double>(outputs[vector * columns + column] - sum);
        squares += error * error;
      }
    }
    measured.rms =
        std::sqrt(squares / static_cast<double>(std::max<std::size_t>(outputs.size(), 1)));
    for (std::size_t column = 0; column < columns; ++column) {
      measured.saturated.push_back(engine_.saturated()[column] - before[column]);
    }
    return measured;
  }

  /// The finest range of each column that clips none of its results.
  void choose_ranges(std::span<const std::int32_t> weights, std::span<const std::int32_t> inputs) {
    result.ranges.assign(static_cast<std::size_t>(spec_.columns), 0);
    set_ranges();
    for (int range = 0; range < plan_.range_most; ++range) {
      const Measured measured = measure(weights, inputs);
      bool clips = false;
      for (std::size_t column = 0; column < measured.saturated.size(); ++column) {
        if (measured.saturated[column] == 0 || result.ranges[column] != range) continue;
        result.ranges[column] = range + 1;
        clips = true;
      }
      if (!clips) break;
      set_ranges();
    }
    for (int column = 0; column < spec_.columns; ++column) {
      result.writes.push_back(
          {range_page, trim_index(column), static_cast<std::uint32_t>(range_of(column))});
    }
    if (plan_.has_reference) {
      set(range_page, trim_index(plan_.lanes - 1, 0),
          static_cast<std::uint32_t>(reference_range()));
    }
  }

  /// The finest range that holds every sum of the reference column, whose flag has no pin.
  [[nodiscard]] int reference_range() const {
    const ConverterFit& fit = result.converters.back();
    const double most = std::ldexp(1.0, spec_.analog.adc_bits) - 1.0;
    const double sum = static_cast<double>(spec_.rows) * plan_.reference_level *
                       ((1 << spec_.input_bits_per_cycle) - 1);
    int range = 0;
    while (range < plan_.range_most &&
           fit.gain * std::ldexp(sum, -range) + fit.offset_steps > most) {
      ++range;
    }
    return range;
  }

  /// Fits every converter, at the range that it has after reset.
  void fit_converters(int repeats) {
    struct Sums {
      double n = 0, x = 0, y = 0, xx = 0, xy = 0;
    };
    const int signed_bits = plan_.differential ? 1 : 0;
    const int codes = 1 << (spec_.analog.adc_bits - signed_bits);
    constexpr int references = 513;  // their rounding averages out
    result.converters.assign(static_cast<std::size_t>(plan_.lanes), {});
    engine_.write_register(global_page, test_column_index, 0);
    std::vector<Sums> sums(result.converters.size());
    // The reference is the same for all converters, and so is their range after reset.
    const int range = plan_.reset_range;
    for (int i = 0; i < references; ++i) {
      const double share = static_cast<double>(i) / (references - 1);
      const double steps = plan_.bipolar        ? std::ldexp(share * spec_.rows, -range)
                           : plan_.differential ? (2.0 * share - 1.0) * (codes - 1)
                                                : share * (codes - 1);
      const auto reference = static_cast<std::int32_t>(std::lround(std::ldexp(steps, range)));
      for (int repeat = 0; repeat < repeats; ++repeat) {
        engine_.write_register(global_page, reference_index, static_cast<std::uint32_t>(reference));
        while ((engine_.read_register(global_page, status_index) & 1) != 0) continue;
        for (int lane = 0; lane < plan_.lanes; ++lane) {
          const std::uint32_t answer =
              engine_.read_register(test_page, static_cast<std::uint32_t>(lane));
          if ((answer >> 31) != 0) continue;
          // A ladder of strings with so many matches.
          const double x = std::ldexp(static_cast<double>(reference), plan_.bipolar ? 0 : -range);
          const double y = code_of(answer);
          Sums& sum = sums[static_cast<std::size_t>(lane)];
          sum.n += 1;
          sum.x += x;
          sum.y += y;
          sum.xx += x * x;
          sum.xy += x * y;
        }
      }
    }
    for (int lane = 0; lane < plan_.lanes; ++lane) {
      const Sums& sum = sums[static_cast<std::size_t>(lane)];
      ConverterFit& fit = result.converters[static_cast<std::size_t>(lane)];
      fit.points = static_cast<std::uint64_t>(sum.n);
      const double spread = sum.n * sum.xx - sum.x * sum.x;
      if (!(spread > 0.0)) {
        if (plan_.bipolar) {
          throw base::CommandError(
              base::ExitStatus::check_failed,
              fmt::format("converter {}: nearly all of its codes are clipped", lane));
        }
        continue;  // always clipped: left as it is
      }
      fit.gain = (sum.n * sum.xy - sum.x * sum.y) / spread;
      fit.offset_steps = (sum.y - fit.gain * sum.x) / sum.n;
      if (plan_.bipolar) {
        set_line(lane, fit);
        continue;
      }
      if (!(fit.gain > 0.5 && fit.gain < 2.0)) {
        throw base::CommandError(
            base::ExitStatus::check_failed,
            fmt::format("converter {} has a gain of {:.3f}: beyond what its trim corrects", lane,
                        fit.gain));
      }
      const auto offset =
          static_cast<int>(std::clamp(std::lround(fit.offset_steps * offset_unit), -2048L, 2047L));
      const auto gain =
          static_cast<std::uint32_t>(std::clamp(std::lround(gain_unit / fit.gain), 0L, 8191L));
      for (int column = 0; column < columns_of(lane); ++column) {
        set(offset_page, trim_index(lane, column), static_cast<std::uint32_t>(offset) & 0xfff);
        set(gain_page, trim_index(lane, column), gain);
      }
    }
  }

  Calibration result;

 private:
  /// The trims of a converter that reads strings.
  void set_line(int lane, const ConverterFit& fit) {
    try {
      const analog::Trim trim = analog::trim_of_line(fit.offset_steps, fit.gain, plan_.range_most);
      for (int column = 0; column < columns_of(lane); ++column) {
        set(offset_page, trim_index(lane, column), static_cast<std::uint32_t>(trim.offset) & 0xfff);
        set(gain_page, trim_index(lane, column), static_cast<std::uint32_t>(trim.gain));
        set(range_page, trim_index(lane, column), static_cast<std::uint32_t>(trim.range));
        result.ranges.push_back(trim.range);
      }
    } catch (const base::InputError& error) {
      throw base::CommandError(base::ExitStatus::check_failed,
                               fmt::format("converter {}: {}", lane, error.what()));
    }
  }

  [[nodiscard]] int columns_of(int lane) const {
    if (plan_.has_reference && lane == plan_.lanes - 1) return 1;
    return std::min(plan_.columns_per_adc, spec_.columns - lane * plan_.columns_per_adc);
  }
  [[nodiscard]] int range_of(int column) const {
    return result.ranges[static_cast<std::size_t>(column)];
  }
  void set_ranges() {
    for (int column = 0; column < spec_.columns; ++column) {
      engine_.write_register(range_page, trim_index(column),
                             static_cast<std::uint32_t>(range_of(column)));
    }
  }
  [[nodiscard]] double code_of(std::uint32_t answer) const {
    const int bits = spec_.analog.adc_bits;
    const std::uint32_t code = answer & ((std::uint32_t{1} << bits) - 1);
    const bool negative = plan_.differential && (code >> (bits - 1)) != 0;
    return negative ? static_cast<double>(code) - std::ldexp(1.0, bits) : code;
  }

  const spec::MacroSpec& spec_;
  plan::AnalogPlan plan_;
  tb::BusEngine& engine_;
  int column_bits_ = 1;
};

std::uint64_t total(const std::vector<std::uint64_t>& counts) {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : counts) sum += count;
  return sum;
}

}  // namespace

Calibration calibrate(const spec::MacroSpec& spec, tb::BusEngine& engine,
                      std::span<const std::int32_t> weights, std::span<const std::int32_t> inputs,
                      int repeats) {
  if (!spec::has_array(spec)) {
    throw base::InputError(
        fmt::format("{} is a {} macro: it has nothing to calibrate", spec.name,
                    spec.kind == spec::Kind::near_memory ? "near-memory"
                    : spec.kind == spec::Kind::logic     ? "logic"
                                                         : "digital"));
  }
  if (spec.output_mode != spec::OutputMode::exact) {
    throw base::InputError(
        "a calibration compares with exact sums: the output mode must be \"exact\"");
  }
  Calibrator calibrator(spec, engine);
  engine.load_weights(0, weights);
  const auto before = calibrator.measure(weights, inputs);
  // Devices are verified by converters that are right.
  calibrator.fit_converters(repeats);
  const std::uint64_t faults_before = engine.faults();
  engine.load_weights(0, weights);
  if (!spec.weight.is_bipolar) calibrator.choose_ranges(weights, inputs);
  const auto after = calibrator.measure(weights, inputs);

  Calibration result = std::move(calibrator.result);
  result.is_of_strings = spec.weight.is_bipolar;
  result.rms_error_before = before.rms;
  result.rms_error_after = after.rms;
  result.saturated_before = total(before.saturated);
  result.saturated_after = total(after.saturated);
  result.results =
      inputs.size() / static_cast<std::size_t>(spec.rows) * static_cast<std::size_t>(spec.columns);
  result.faults = engine.faults() - faults_before;
  return result;
}

std::string to_text(const Calibration& calibration) {
  double offset = 0.0;
  double gain = 0.0;
  for (const ConverterFit& fit : calibration.converters) {
    offset = std::max(offset, std::abs(fit.offset_steps));
    gain = std::max(gain, std::abs(fit.gain - 1.0));
  }
  const auto [finest, coarsest] = std::ranges::minmax(calibration.ranges);
  std::string lines =
      fmt::format("offsets up to {:.2f} steps, gains up to {:.2f} % off", offset, 100.0 * gain);
  if (calibration.is_of_strings) {
    const auto [least, most] = std::ranges::minmax(calibration.converters, {}, &ConverterFit::gain);
    lines = fmt::format("offsets up to {:.2f} steps, {:.4f} to {:.4f} steps a match", offset,
                        least.gain, most.gain);
  }
  return fmt::format(
      "converters  {}: {}\n"
      "ranges      2^{} to 2^{} products a step\n"
      "error       {:.3f} RMS before, {:.3f} after, over {} results\n"
      "saturated   {} results before, {} after\n"
      "devices     {} did not come to their level\n"
      "registers   {} writes",
      calibration.converters.size(), lines, finest, coarsest, calibration.rms_error_before,
      calibration.rms_error_after, calibration.results, calibration.saturated_before,
      calibration.saturated_after, calibration.faults, calibration.writes.size());
}

void write_nominal_trims(const analog::MacroConfig& config, tb::BusEngine& engine) {
  const std::optional<analog::Trim> trim = analog::nominal_trim(config);
  if (!trim) return;
  Calibrator calibrator(config.spec, engine);
  for (int column = 0; column < config.spec.columns; ++column) {
    const std::uint32_t index = calibrator.trim_index(column);
    engine.write_register(offset_page, index, static_cast<std::uint32_t>(trim->offset) & 0xfff);
    engine.write_register(gain_page, index, static_cast<std::uint32_t>(trim->gain));
    engine.write_register(range_page, index, static_cast<std::uint32_t>(trim->range));
  }
}

nlohmann::ordered_json to_json(const Calibration& calibration) {
  using Json = nlohmann::ordered_json;
  Json converters = Json::array();
  for (const ConverterFit& fit : calibration.converters) {
    converters.push_back(
        {{"offset_steps", fit.offset_steps}, {"gain", fit.gain}, {"points", fit.points}});
  }
  Json writes = Json::array();
  for (const RegisterWrite& write : calibration.writes) {
    writes.push_back({{"page", write.page}, {"index", write.index}, {"data", write.data}});
  }
  return {{"rms_error_before", calibration.rms_error_before},
          {"rms_error_after", calibration.rms_error_after},
          {"saturated_before", calibration.saturated_before},
          {"saturated_after", calibration.saturated_after},
          {"results", calibration.results},
          {"faults", calibration.faults},
          {"ranges", calibration.ranges},
          {"converters", converters},
          {"registers", writes}};
}

std::string register_file(const Calibration& calibration) {
  std::string text;
  for (const RegisterWrite& write : calibration.writes) {
    text += fmt::format("{:05x} {:08x}\n", write.page << 16 | write.index, write.data);
  }
  return text;
}

}  // namespace cimforge::flows
