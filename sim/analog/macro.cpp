#include "sim/analog/macro.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <utility>

#include "generator/base/exit_status.h"
#include "generator/spec/parts.h"
#include "generator/spec/range.h"

namespace cimforge::analog {
namespace {

std::size_t index(int number) {
  return static_cast<std::size_t>(number);
}

int ceil_divide(int a, int b) {
  return (a + b - 1) / b;
}

bool is_differential(const spec::MacroSpec& spec) {
  return spec.weight.is_signed && spec.analog.encoding == spec::Encoding::differential;
}

bool has_reference(const spec::MacroSpec& spec) {
  return spec.weight.is_signed && spec.analog.encoding == spec::Encoding::offset;
}

int slices_of(const spec::MacroSpec& spec) {
  return ceil_divide(spec.weight.bits, spec.analog.cell_bits);
}

bool is_read_by_time(const MacroConfig& config) {
  return config.spec.weight.is_bipolar && config.effects.time_readout;
}

StringModel string_of(const MacroConfig& config) {
  return *CellModel(config.device, config.effects, 2, false).string();
}

/// Bipolar operands are those of strings, and strings have one kind of converter.
void check_operands(const MacroConfig& config) {
  const spec::MacroSpec& spec = config.spec;
  const auto refuse = [&](const std::string& what) {
    throw base::InputError(fmt::format("the device {}: {}", config.device.name, what));
  };
  const bool is_string = config.device.family == "mram_resistance_sum";
  if (is_string && !spec.weight.is_bipolar) {
    refuse(fmt::format(
        "its cells compute XNOR of one bit: input and weight must be \"bipolar\", got \"{}\" and "
        "\"{}\"",
        spec.input.name(), spec.weight.name()));
  }
  if (!spec.weight.is_bipolar) return;
  if (!is_string) {
    refuse(fmt::format(
        "bipolar operands need cells that compute XNOR, of the family mram_resistance_sum; its "
        "family is {}",
        config.device.family));
  }
  const StringModel string = string_of(config);
  if (spec.analog.adc != spec::Adc::time || spec.analog.adc_bits != string.bits) {
    refuse(fmt::format(
        "it is read by a time-to-digital converter of {} bits; the macro {} has adc = \"{}\" and "
        "adc_bits = {}",
        string.bits, spec.name, spec::to_string(spec.analog.adc), spec.analog.adc_bits));
  }
  if (!std::isfinite(string.steps(spec.rows, spec.rows))) {
    refuse("the delay of a column is not finite");
  }
}

/// Bits of the largest sum of a column of cells in one step.
int sum_bits_of(const spec::MacroSpec& spec) {
  const std::uint64_t digit = (std::uint64_t{1} << spec.input_bits_per_cycle) - 1;
  const std::uint64_t level = (std::uint64_t{1} << spec.analog.cell_bits) - 1;
  return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(spec.rows) * digit * level));
}

}  // namespace

ArrayConfig array_config(const MacroConfig& config) {
  const spec::MacroSpec& spec = config.spec;
  const spec::Analog& analog = spec.analog;
  check_operands(config);
  ArrayConfig array;
  array.rows = spec.rows;
  array.device_columns = spec.columns * slices_of(spec) * (is_differential(spec) ? 2 : 1) +
                         (has_reference(spec) ? 1 : 0);
  array.levels = 1 << analog.cell_bits;
  array.code_bits = spec.input_bits_per_cycle;
  array.device = config.device;
  array.wires.row_ohm = analog.row_ohm;
  array.wires.column_ohm = analog.column_ohm;
  array.wires.driver_ohm = analog.driver_ohm;
  array.wires.sense_ohm = analog.sense_ohm;
  array.wires.inactive = analog.inactive_rows == spec::InactiveRow::floating
                             ? crossbar::InactiveRow::floating
                             : crossbar::InactiveRow::grounded;
  array.wires.cell = analog.cell == spec::CellKind::one_transistor
                         ? crossbar::CellKind::one_transistor
                         : crossbar::CellKind::passive;
  array.seed = config.seed;
  array.array = config.array;
  array.effects = config.effects;
  return array;
}

Trim trim_of_line(double at_zero, double per_unit, int range_most) {
  const double offset = std::round(16.0 * at_zero);
  if (!(offset >= -2048.0 && offset <= 2047.0)) {
    throw base::InputError(fmt::format(
        "the code of a column without matches is {:.2f}: a trim takes off -128 to 127.9 steps",
        at_zero));
  }
  // Finer steps than an eighth of a match need a gain that its register tells too coarsely.
  constexpr double most_steps = 8.0;
  const double least_steps = std::ldexp(0.75, -range_most);
  if (!(per_unit >= least_steps && per_unit <= most_steps)) {
    throw base::InputError(
        fmt::format("a match is {:.3g} steps of the converter: the trims take {:.3g} to {}",
                    per_unit, least_steps, most_steps));
  }
  const int range = std::clamp(static_cast<int>(std::lround(-std::log2(per_unit))), 0, range_most);
  const long gain = std::lround(4096.0 / std::ldexp(per_unit, range));
  return {static_cast<int>(offset), static_cast<int>(std::min(gain, 8191L)), range};
}

std::optional<Trim> nominal_trim(const MacroConfig& config) {
  if (!is_read_by_time(config)) return std::nullopt;
  const StringModel string = string_of(config);
  const int rows = config.spec.rows;
  const double at_zero = string.steps(rows, 0.0);
  try {
    return trim_of_line(at_zero, string.steps(rows, 1.0) - at_zero, sum_bits_of(config.spec) - 1);
  } catch (const base::InputError& error) {
    throw base::InputError(fmt::format("the device {}: {}", config.device.name, error.what()));
  }
}

ConverterConfig ideal_converter(const spec::MacroSpec& macro) {
  const spec::MacroSpec spec = spec::analog_part(macro);
  ConverterConfig converter;
  switch (spec.analog.adc) {
    case spec::Adc::flash:
      converter.kind = Kind::flash;
      break;
    case spec::Adc::sar:
      converter.kind = Kind::sar;
      break;
    case spec::Adc::ramp:
      converter.kind = Kind::ramp;
      break;
    case spec::Adc::time:
      converter.kind = Kind::time;
      break;
  }
  converter.bits = spec.analog.adc_bits;
  converter.is_signed = is_differential(spec);
  return converter;
}

AnalogMacro::AnalogMacro(MacroConfig config)
    : config_(std::move(config)),
      rows_(index(config_.spec.rows)),
      columns_(index(config_.spec.columns)),
      slices_(index(slices_of(config_.spec))),
      devices_(is_differential(config_.spec) ? 2 : 1),
      has_reference_(analog::has_reference(config_.spec)),
      has_sign_step_(config_.spec.input.is_signed),
      range_most_(sum_bits_of(config_.spec) - 1),
      // A sign, and one bit for a gain of nearly two.
      value_most_((std::int64_t{1} << (sum_bits_of(config_.spec) + 1)) - 1),
      output_(config_.spec),
      array_(array_config(config_)),
      reference_range_(std::min(config_.spec.analog.adc_range, range_most_)) {
  const spec::MacroSpec& spec = config_.spec;
  assert(spec.kind == spec::Kind::analog && spec.banks == 1);
  if (is_read_by_time(config_)) string_ = array_.string();
  digits_ = ceil_divide(spec.input.bits - (has_sign_step_ ? 1 : 0), spec.input_bits_per_cycle);
  if (has_reference_) {
    const int top = spec.weight.bits - 1;
    reference_level_ = 1 << (top % spec.analog.cell_bits);
    reference_shift_ = top / spec.analog.cell_bits * spec.analog.cell_bits;
  }

  const ConverterConfig ideal = ideal_converter(spec);
  config_.converter.kind = ideal.kind;
  config_.converter.bits = ideal.bits;
  config_.converter.is_signed = ideal.is_signed;
  const int converters =
      ceil_divide(spec.columns, spec.analog.columns_per_adc) + (has_reference_ ? 1 : 0);
  for (int i = 0; i < converters; ++i) {
    converters_.emplace_back(config_.converter, config_.seed, config_.array,
                             static_cast<std::uint32_t>(i));
  }
  trims_.assign(columns_, {0, 4096, reference_range_});
  codes_.resize(rows_);
  sums_.resize(index(array_.device_columns()));
  accumulators_.resize(columns_);
  clipped_.resize(columns_);
}

// Programming

std::vector<int> AnalogMacro::levels_of(std::span<const std::int32_t> weights) const {
  const int cell_bits = config_.spec.analog.cell_bits;
  const int mask = (1 << cell_bits) - 1;
  std::vector<int> levels;
  levels.reserve(rows_ * sums_.size());
  for (std::size_t r = 0; r < rows_; ++r) {
    for (const std::int32_t weight : weights.subspan(r * columns_, columns_)) {
      for (std::size_t j = 0; j < slices_; ++j) {
        const int shift = static_cast<int>(j) * cell_bits;
        if (devices_ == 2) {
          levels.push_back((std::max(weight, 0) >> shift) & mask);
          levels.push_back((std::max(-weight, 0) >> shift) & mask);
        } else {
          const int offset = has_reference_ ? 1 << (config_.spec.weight.bits - 1) : 0;
          levels.push_back(config_.spec.weight.is_bipolar ? (weight + 1) / 2
                                                          : ((weight + offset) >> shift) & mask);
        }
      }
    }
    if (has_reference_) levels.push_back(reference_level_);
  }
  return levels;
}

void AnalogMacro::load(std::span<const std::int32_t> weights) {
  assert(weights.size() == rows_ * columns_);
  for (const std::int32_t weight : weights) {
    if (config_.spec.weight.holds(weight)) continue;
    throw base::InputError(
        fmt::format("a weight of {} does not fit {}", weight, config_.spec.weight.name()));
  }
  const std::vector<int> levels = levels_of(weights);
  if (config_.programming == Programming::direct) {
    array_.program(levels);
    return;
  }
  for (int row = 0; row < config_.spec.rows; ++row) {
    program_and_verify(row, std::span(levels).subspan(index(row) * sums_.size(), sums_.size()));
  }
}

/// As rtl/cim_analog_sequencer.v does it. A pass over a row is one read of the array; its devices
/// are converted column by column, slice by slice, at the finest range.
void AnalogMacro::program_and_verify(int row, std::span<const int> levels) {
  const spec::Analog& analog = config_.spec.analog;
  const int strongest = (1 << analog.cell_bits) - 1;
  std::vector<int> codes(rows_, 0);
  std::vector<bool> enabled(rows_, false);
  codes[index(row)] = 1;
  enabled[index(row)] = true;
  std::vector<int> amplitudes(levels.size());

  for (int pulses = 0;; ++pulses) {
    array_.read(codes, enabled, sums_);
    std::uint64_t pending = 0;
    for (std::size_t cell = 0; cell < levels.size(); ++cell) {
      const std::size_t column = cell / (slices_ * devices_);
      const bool is_reference = column == columns_;
      const bool is_minus = devices_ == 2 && cell % 2 == 1;
      Converter& converter =
          is_reference ? converters_.back() : converters_[column / index(analog.columns_per_adc)];
      Trim trim = is_reference ? Trim{} : trims_[column];
      trim.range = 0;
      bool unused = false;
      // A cell of a string is read by a sense amplifier, without converter and trims.
      const std::int64_t read =
          config_.spec.weight.is_bipolar
              ? std::llround(sums_[cell])
              : value(converter.convert(is_minus ? -sums_[cell] : sums_[cell], 0, unused), trim,
                      unused);
      const std::int64_t miss = levels[cell] - (is_minus ? -read : read);
      amplitudes[cell] = 0;
      if (std::abs(miss) <= analog.program_tolerance) continue;
      amplitudes[cell] = static_cast<int>(std::clamp<std::int64_t>(miss, -strongest, strongest));
      ++pending;
    }
    if (pending == 0) return;
    if (pulses == analog.program_retries) {
      counts_.faults += pending;
      return;
    }
    array_.pulse(row, amplitudes);
  }
}

// Products

void AnalogMacro::check_vectors(std::span<const std::int32_t> inputs) const {
  assert(inputs.size() % rows_ == 0);
  for (const std::int32_t x : inputs) {
    if (config_.spec.input.holds(x)) continue;
    throw base::InputError(
        fmt::format("an input of {} does not fit {}", x, config_.spec.input.name()));
  }
}

void AnalogMacro::read_step(std::span<const std::int32_t> input, int step) {
  const int k = config_.spec.input_bits_per_cycle;
  if (is_sign_step(step)) {
    for (std::size_t r = 0; r < rows_; ++r) codes_[r] = input[r] < 0 ? 1 : 0;
  } else if (config_.spec.input.is_bipolar) {
    for (std::size_t r = 0; r < rows_; ++r) codes_[r] = input[r] > 0 ? 1 : 0;
  } else {
    // The bits below the sign in two's complement, padded with zeros at the top.
    const int bits = config_.spec.input.bits - (has_sign_step_ ? 1 : 0);
    const auto magnitude = (std::uint32_t{1} << bits) - 1;
    const auto mask = (std::uint32_t{1} << k) - 1;
    const int shift = (digits_ - 1 - step) * k;
    for (std::size_t r = 0; r < rows_; ++r) {
      codes_[r] =
          static_cast<int>(((static_cast<std::uint32_t>(input[r]) & magnitude) >> shift) & mask);
    }
  }
  array_.read(codes_, {}, sums_);
}

double AnalogMacro::sum_of(std::size_t slice) const {
  return devices_ == 2 ? sums_[2 * slice] - sums_[2 * slice + 1] : sums_[slice];
}

int AnalogMacro::convert(Converter& converter, double sum, int range, bool& overflow) const {
  if (!string_) return converter.convert(sum, range, overflow);
  return converter.convert(string_->steps(config_.spec.rows, sum), 0, overflow);
}

std::int64_t AnalogMacro::value(std::int64_t code, const Trim& trim, bool& fits) const {
  // floor(product 2^range / 2^16 + 1/2), in an order in which nothing is too large.
  const std::int64_t product = (16 * code - trim.offset) * trim.gain;
  const std::int64_t rounded = trim.range >= 16
                                   ? product * (std::int64_t{1} << (trim.range - 16))
                                   : (product * (std::int64_t{1} << trim.range) + (1 << 15)) >> 16;
  const std::int64_t clamped = std::clamp(rounded, -value_most_ - 1, value_most_);
  fits = clamped == rounded;
  return clamped;
}

void AnalogMacro::multiply(std::span<const std::int32_t> inputs, std::span<std::int64_t> outputs,
                           std::span<char> saturated) {
  check_vectors(inputs);
  const std::size_t vectors = inputs.size() / rows_;
  assert(outputs.size() == vectors * columns_);
  assert(saturated.empty() || saturated.size() == outputs.size());
  const spec::MacroSpec& spec = config_.spec;
  const std::size_t columns_per_adc = index(spec.analog.columns_per_adc);
  const int steps = digits_ + (has_sign_step_ ? 1 : 0);

  for (std::size_t vector = 0; vector < vectors; ++vector) {
    std::ranges::fill(accumulators_, 0);
    std::ranges::fill(clipped_, 0);
    std::int64_t reference = 0;
    for (int step = 0; step < steps; ++step) {
      read_step(inputs.subspan(vector * rows_, rows_), step);
      // A digit shifts what is there; the sign bits count negative at their own place.
      const auto accumulate = [&](std::int64_t& accumulator, std::int64_t sum) {
        if (is_sign_step(step)) {
          accumulator -= sum * (std::int64_t{1} << (spec.input.bits - 1));
        } else {
          accumulator = accumulator * (std::int64_t{1} << spec.input_bits_per_cycle) + sum;
        }
      };
      for (std::size_t c = 0; c < columns_; ++c) {
        Converter& converter = converters_[c / columns_per_adc];
        std::int64_t sum = 0;
        for (std::size_t j = 0; j < slices_; ++j) {
          bool overflow = false;
          bool fits = true;
          const int code = convert(converter, sum_of(c * slices_ + j), trims_[c].range, overflow);
          sum += value(code, trims_[c], fits) *
                 (std::int64_t{1} << (static_cast<int>(j) * spec.analog.cell_bits));
          counts_.clipped += overflow ? 1U : 0U;
          if (overflow || !fits) clipped_[c] = 1;
        }
        accumulate(accumulators_[c], sum);
      }
      counts_.conversions += columns_ * slices_;
      if (has_reference_) {
        bool overflow = false;
        bool fits = true;
        const int code = converters_.back().convert(sums_.back(), reference_range_, overflow);
        accumulate(reference, value(code, {0, 4096, reference_range_}, fits));
        counts_.clipped += overflow ? 1U : 0U;
        // It is part of every result.
        if (overflow || !fits) std::ranges::fill(clipped_, 1);
        ++counts_.conversions;
      }
    }
    for (std::size_t c = 0; c < columns_; ++c) {
      bool fits = true;
      const std::int64_t sum =
          spec.weight.is_bipolar
              ? 2 * accumulators_[c] - spec.rows  // matches less mismatches
              : accumulators_[c] - reference * (std::int64_t{1} << reference_shift_);
      outputs[vector * columns_ + c] = output_(sum, fits);
      if (!fits) clipped_[c] = 1;
      counts_.saturated += clipped_[c] != 0 ? 1U : 0U;
      if (!saturated.empty()) saturated[vector * columns_ + c] = clipped_[c];
    }
    counts_.outputs += columns_;
  }
}

// Trims

const Trim& AnalogMacro::trim(int column) const {
  return trims_.at(index(column));
}

void AnalogMacro::set_trim(int column, const Trim& trim) {
  if (column < 0 || index(column) >= columns_ || trim.offset < -2048 || trim.offset > 2047 ||
      trim.gain < 0 || trim.gain > 8191 || trim.range < 0) {
    throw base::InputError(
        fmt::format("a trim is of a column 0 to {}, its offset -2048 to 2047, its gain 0 to 8191, "
                    "its range 0 or more; got column {}, {}, {} and {}",
                    columns_ - 1, column, trim.offset, trim.gain, trim.range));
  }
  trims_[index(column)] = trim;
  trims_[index(column)].range = std::min(trim.range, range_most_);
}

void AnalogMacro::set_reference_range(int range) {
  if (range < 0) throw base::InputError(fmt::format("a range is 0 or more, got {}", range));
  reference_range_ = std::min(range, range_most_);
}

void AnalogMacro::calibrate_ranges(std::span<const std::int32_t> inputs, double most_clipped) {
  check_vectors(inputs);
  if (string_) return;
  const std::size_t vectors = inputs.size() / rows_;
  const int steps = digits_ + (has_sign_step_ ? 1 : 0);
  const ConverterConfig& config = converters_.front().config();
  const double codes = std::exp2(config.bits);
  const double least = config.is_signed ? -codes / 2.0 : 0.0;
  // Of each column, the reference last: how many sums have which finest range.
  const std::size_t ranges = index(range_most_) + 1;
  std::vector<std::uint64_t> counts((columns_ + 1) * ranges, 0);
  const auto count = [&](std::size_t column, double sum) {
    std::size_t range = 0;
    while (range + 1 < ranges) {
      const double x = std::ldexp(sum, -static_cast<int>(range)) - least;
      if (x >= -0.5 && x < codes - 0.5) break;
      ++range;
    }
    ++counts[column * ranges + range];
  };
  for (std::size_t vector = 0; vector < vectors; ++vector) {
    for (int step = 0; step < steps; ++step) {
      read_step(inputs.subspan(vector * rows_, rows_), step);
      for (std::size_t slice = 0; slice < columns_ * slices_; ++slice) {
        count(slice / slices_, sum_of(slice));
      }
      if (has_reference_) count(columns_, sums_.back());
    }
  }
  const auto finest = [&](std::size_t column) {
    const std::span<const std::uint64_t> of_column(&counts[column * ranges], ranges);
    std::uint64_t all = 0;
    for (const std::uint64_t each : of_column) all += each;
    const double may_clip = most_clipped * static_cast<double>(all);
    std::uint64_t clipped = all;
    for (std::size_t range = 0; range + 1 < ranges; ++range) {
      clipped -= of_column[range];
      if (static_cast<double>(clipped) <= may_clip) return static_cast<int>(range);
    }
    return range_most_;
  };
  if (vectors == 0) return;
  for (std::size_t c = 0; c < columns_; ++c) trims_[c].range = finest(c);
  if (has_reference_) reference_range_ = finest(columns_);
}

std::vector<double> AnalogMacro::weights_now() {
  std::vector<double> weights;
  weights.reserve(rows_ * columns_);
  const std::size_t cells = sums_.size();
  std::vector<double> levels(cells);
  const int cell_bits = config_.spec.analog.cell_bits;
  for (int row = 0; row < config_.spec.rows; ++row) {
    if (config_.spec.weight.is_bipolar) {
      for (int d = 0; d < config_.spec.columns; ++d) {
        weights.push_back(array_.bipolar_weight(row, d));
      }
      continue;
    }
    for (std::size_t d = 0; d < cells; ++d) levels[d] = array_.weight(row, static_cast<int>(d));
    for (std::size_t c = 0; c < columns_; ++c) {
      double weight = has_reference_ ? -std::ldexp(levels.back(), reference_shift_) : 0.0;
      for (std::size_t j = 0; j < slices_; ++j) {
        const std::size_t cell = (c * slices_ + j) * devices_;
        const double level = devices_ == 2 ? levels[cell] - levels[cell + 1] : levels[cell];
        weight += std::ldexp(level, static_cast<int>(j) * cell_bits);
      }
      weights.push_back(weight);
    }
  }
  return weights;
}

}  // namespace cimforge::analog
