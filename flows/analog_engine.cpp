#include "flows/analog_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "generator/base/exit_status.h"
#include "generator/spec/parts.h"

namespace cimforge::flows {
namespace {

namespace fs = std::filesystem;

/// A file that a specification names stands beside it.
std::string beside(const fs::path& spec_file, const std::string& name) {
  if (!name.ends_with(".toml") || fs::path(name).is_absolute()) return name;
  return (spec_file.parent_path() / name).string();
}

void add(analog::MacroCounts& sum, const analog::MacroCounts& more) {
  sum.conversions += more.conversions;
  sum.clipped += more.clipped;
  sum.outputs += more.outputs;
  sum.saturated += more.saturated;
  sum.faults += more.faults;
}

}  // namespace

device::Device analog_device(const spec::MacroSpec& spec, const fs::path& spec_file,
                             const std::string& name) {
  return device::load(name.empty() ? beside(spec_file, spec.analog.device) : name);
}

analog::ConverterConfig analog_converter(const spec::MacroSpec& spec, const fs::path& spec_file) {
  const analog::ConverterConfig ideal = analog::ideal_converter(spec::analog_part(spec));
  if (spec.analog.converter == "ideal") return ideal;
  const std::string file = beside(spec_file, spec.analog.converter);
  analog::ConverterConfig converter = analog::load_converter(file);
  const auto text = [](const analog::ConverterConfig& each) {
    return fmt::format("{} of {} bits, {}", analog::to_string(each.kind), each.bits,
                       each.is_signed ? "signed" : "unsigned");
  };
  if (text(converter) != text(ideal)) {
    throw base::InputError(
        fmt::format("{}: a converter of kind {}; the macro {} has one of kind {}", file,
                    text(converter), spec.name, text(ideal)));
  }
  return converter;
}

double WeightMoments::mean() const {
  return count == 0 ? 0.0 : sum / static_cast<double>(count);
}

double WeightMoments::sigma() const {
  if (count < 2) return 0.0;
  const auto n = static_cast<double>(count);
  return std::sqrt(std::max(0.0, (squares - sum * sum / n) / (n - 1.0)));
}

AnalogEngine::AnalogEngine(spec::MacroSpec spec, AnalogEngineOptions options)
    : spec_(std::move(spec)), options_(std::move(options)) {
  if (!spec::has_array(spec_)) {
    throw base::InputError(fmt::format(
        "the macro {} is of kind \"{}\"; a model of devices is of kind \"analog\" or "
        "\"hybrid\"",
        spec_.name, spec::to_string(spec_.kind)));
  }
  // What the device or its conditions refuse is refused now.
  spec::MacroSpec smallest = spec_;
  smallest.rows = 1;
  smallest.columns = 1;
  smallest.analog.columns_per_adc = 1;
  analog::HybridMacro(
      {smallest, options_.device, options_.converter, options_.effects, options_.programming})
      .low()
      .set_conditions(options_.seconds, options_.kelvin);
  nominal_ = analog::nominal_trim({spec::analog_part(spec_), options_.device, options_.converter,
                                   options_.effects, options_.programming});
}

void AnalogEngine::load_weights(int, std::span<const std::int32_t> weights) {
  if (macro_) add(before_, macro_->counts());
  macro_.emplace(analog::MacroConfig{spec_, options_.device, options_.converter, options_.effects,
                                     options_.programming, options_.seed, loads_++});
  if (nominal_) {
    for (int column = 0; column < spec_.columns; ++column)
      macro_->low().set_trim(column, *nominal_);
  }
  macro_->load(weights);
  macro_->low().set_conditions(options_.seconds, options_.kelvin);
  if (!watches_) return;
  const std::vector<double> now = macro_->weights_now();
  for (std::size_t i = 0; i < now.size(); ++i) {
    WeightMoments& moments = weights_[weights[i]];
    ++moments.count;
    moments.sum += now[i];
    moments.squares += now[i] * now[i];
  }
}

void AnalogEngine::multiply(int, std::span<const std::int32_t> inputs,
                            std::span<std::int64_t> outputs) {
  macro_->multiply(inputs, outputs);
}

void AnalogEngine::calibrate(std::span<const std::int32_t> inputs) {
  macro_->low().calibrate_ranges(inputs);
  calibrated_ = inputs.size() / static_cast<std::size_t>(spec_.rows);
}

analog::MacroCounts AnalogEngine::counts() const {
  analog::MacroCounts counts = before_;
  if (macro_) add(counts, macro_->counts());
  return counts;
}

std::string to_text(const AnalogEngine& engine) {
  const AnalogEngineOptions& options = engine.options();
  const analog::MacroCounts counts = engine.counts();
  const bool is_ideal = options.effects == analog::Effects::none();
  const auto percent = [](std::uint64_t part, std::uint64_t all) {
    return all == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(all);
  };
  std::string text =
      fmt::format("  device          {}{}, {:g} s after programming, {:g} C, seed {}\n",
                  options.device.name, is_ideal ? " without its effects" : "", options.seconds,
                  options.kelvin - kZeroCelsius, options.seed);
  text += fmt::format(
      "  ranges          {}\n",
      engine.nominal() ? fmt::format("and trims for the nominal device: offset {:.2f} "
                                     "steps, gain {:.4f}, 2^{}",
                                     engine.nominal()->offset / 16.0,
                                     engine.nominal()->gain / 4096.0, engine.nominal()->range)
      : engine.calibrated() == 0
          ? "as after reset"
          : fmt::format("of each column by the first {} images", engine.calibrated()));
  text += fmt::format("  codes           {} of {} saturated, {:.3g} %\n", counts.clipped,
                      counts.conversions, percent(counts.clipped, counts.conversions));
  return text + fmt::format("  cells           {} given up by program-and-verify\n", counts.faults);
}

nlohmann::ordered_json to_json(const AnalogEngine& engine) {
  const AnalogEngineOptions& options = engine.options();
  const analog::MacroCounts counts = engine.counts();
  return {
      {"device", options.device.name},
      {"ideal", options.effects == analog::Effects::none()},
      {"seconds", options.seconds},
      {"celsius", options.kelvin - kZeroCelsius},
      {"seed", options.seed},
      {"programming", options.programming == analog::Programming::verified ? "verified" : "direct"},
      {"calibrated_images", engine.calibrated()},
      {"conversions", counts.conversions},
      {"saturated_codes", counts.clipped},
      {"saturated_outputs", counts.saturated},
      {"cells_given_up", counts.faults},
  };
}

}  // namespace cimforge::flows
