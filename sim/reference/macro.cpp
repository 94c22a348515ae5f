#include "sim/reference/macro.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "sim/reference/strings.h"

namespace cimforge::reference {
namespace {

/// 2^n
std::int64_t power(int n) {
  assert(n >= 0 && n < 63);
  return std::int64_t{1} << n;
}

/// The greatest integer that is at most a / 2^n.
std::int64_t floor_shift(std::int64_t a, int n) {
  const std::int64_t divisor = power(n);
  return a >= 0 ? a / divisor : -((-a + divisor - 1) / divisor);
}

/// The low `bits` bits of a value in two's complement, as an unsigned number.
std::int64_t low_bits(std::int64_t value, int bits) {
  return value - floor_shift(value, bits) * power(bits);
}

int ceil_divide(int a, int b) {
  return (a + b - 1) / b;
}

/// Bits that are taken in digits: all, or those below the sign.
int magnitude_bits(const Format& format) {
  return format.is_signed ? format.bits - 1 : format.bits;
}

void check(const MacroParameters& p) {
  assert(p.rows > 0 && p.columns > 0);
  assert(p.ranges.size() == p.columns && p.trims.size() == p.columns);
  assert(p.weight.is_bipolar == (p.encoding == Encoding::bipolar));
  assert(p.weight.is_bipolar || p.weight.is_signed == (p.encoding != Encoding::plain));
  (void)p;
}

/// The non-negative number of one cell, or of the slices of one column of cells together.
std::int64_t stored(const MacroParameters& p, std::int64_t weight, std::size_t cell) {
  switch (p.encoding) {
    case Encoding::differential:
      return std::max<std::int64_t>(cell == 0 ? weight : -weight, 0);
    case Encoding::offset:
      return weight + power(p.weight.bits - 1);
    case Encoding::bipolar:
      return weight == 1 ? 1 : 0;
    case Encoding::plain:
      break;
  }
  return weight;
}

}  // namespace

int slices(const MacroParameters& p) {
  return ceil_divide(p.weight.bits, p.cell_bits);
}

std::size_t cells_per_slice(const MacroParameters& p) {
  return p.encoding == Encoding::differential ? 2 : 1;
}

bool has_reference(const MacroParameters& p) {
  return p.encoding == Encoding::offset;
}

int reference_slice(const MacroParameters& p) {
  return (p.weight.bits - 1) / p.cell_bits;
}

std::size_t device_columns(const MacroParameters& p) {
  return p.columns * static_cast<std::size_t>(slices(p)) * cells_per_slice(p) +
         (has_reference(p) ? 1 : 0);
}

std::size_t converters(const MacroParameters& p) {
  return p.columns * static_cast<std::size_t>(slices(p)) + (has_reference(p) ? 1 : 0);
}

std::vector<int> cell_levels(const MacroParameters& p, std::span<const std::int64_t> weights) {
  check(p);
  assert(weights.size() == p.rows * p.columns);
  std::vector<int> levels;
  for (std::size_t r = 0; r < p.rows; ++r) {
    for (std::size_t c = 0; c < p.columns; ++c) {
      for (int j = 0; j < slices(p); ++j) {
        for (std::size_t cell = 0; cell < cells_per_slice(p); ++cell) {
          const std::int64_t value = stored(p, weights[r * p.columns + c], cell);
          levels.push_back(
              static_cast<int>(low_bits(floor_shift(value, j * p.cell_bits), p.cell_bits)));
        }
      }
    }
    if (has_reference(p)) {
      // 2^(bits-1), what the offset added to each weight, as a level of the slice that it is in.
      levels.push_back(static_cast<int>(power((p.weight.bits - 1) % p.cell_bits)));
    }
  }
  return levels;
}

std::vector<Step> steps(const MacroParameters& p, std::span<const std::int64_t> inputs) {
  assert(inputs.size() == p.rows);
  std::vector<Step> result;
  if (p.input.is_bipolar) {
    Step step;
    for (const std::int64_t x : inputs) step.codes.push_back(x == 1 ? 1 : 0);
    return {step};
  }
  const int bits = magnitude_bits(p.input);
  for (int digit = ceil_divide(bits, p.code_bits) - 1; digit >= 0; --digit) {
    Step step;
    for (const std::int64_t x : inputs) {
      const std::int64_t magnitude = low_bits(x, bits);  // padded with zeros at the top
      step.codes.push_back(
          static_cast<int>(low_bits(floor_shift(magnitude, digit * p.code_bits), p.code_bits)));
    }
    result.push_back(std::move(step));
  }
  if (p.input.is_signed) {
    Step step;
    step.is_sign = true;
    for (const std::int64_t x : inputs) step.codes.push_back(x < 0 ? 1 : 0);
    result.push_back(std::move(step));
  }
  return result;
}

Conversion ideal_code(const MacroParameters& p, std::int64_t sum, int range) {
  const bool is_signed = p.encoding == Encoding::differential;
  const std::int64_t least = is_signed ? -power(p.adc_bits - 1) : 0;
  const std::int64_t greatest = is_signed ? power(p.adc_bits - 1) - 1 : power(p.adc_bits) - 1;
  const std::int64_t half = range > 0 ? power(range - 1) : 0;
  const std::int64_t code = floor_shift(sum + half, range);
  const std::int64_t clamped = std::clamp(code, least, greatest);
  return {clamped, clamped != code};
}

std::int64_t trimmed(std::int64_t code, const Trim& trim, int range) {
  const std::int64_t product = (16 * code - trim.offset) * trim.gain;
  // From here on nothing is rounded, and what was would be too large for 64 bits.
  if (range >= 16) return product * power(range - 16);
  return floor_shift(product * power(range) + power(15), 16);
}

int sum_bits(const MacroParameters& p) {
  const std::int64_t most =
      static_cast<std::int64_t>(p.rows) * (power(p.code_bits) - 1) * (power(p.cell_bits) - 1);
  int bits = 0;
  while (power(bits) <= most) ++bits;
  return bits;
}

std::int64_t clamped_value(const MacroParameters& p, std::int64_t v) {
  const std::int64_t end = power(sum_bits(p) + 1);
  return std::clamp(v, -end, end - 1);
}

std::int64_t output_value(const MacroParameters& p, std::int64_t y) {
  y = floor_shift(y, p.output_shift);
  const int bits = p.output_bits;
  if (p.mode == OutputMode::truncate) {
    const int above = 64 - bits;
    const std::uint64_t at_top = static_cast<std::uint64_t>(y) << above;
    return p.output_signed ? static_cast<std::int64_t>(at_top) >> above
                           : static_cast<std::int64_t>(at_top >> above);
  }
  // No sum is past the ends of 63 bits; a negative one is past 0.
  const bool is_wide = bits >= 63;
  if (!p.output_signed)
    return std::max<std::int64_t>(is_wide ? y : std::min(y, power(bits) - 1), 0);
  return is_wide ? y : std::clamp(y, -power(bits - 1), power(bits - 1) - 1);
}

ReadSums ideal_sums(const MacroParameters& p, std::span<const std::int64_t> weights) {
  return [p, levels = cell_levels(p, weights)](const Step& step) {
    std::vector<double> sums;
    for (std::size_t d = 0; d < device_columns(p); ++d) {
      std::int64_t sum = 0;
      for (std::size_t r = 0; r < p.rows; ++r) {
        const int level = levels[r * device_columns(p) + d];
        if (p.encoding == Encoding::bipolar) {
          sum += step.codes[r] == level ? 1 : 0;
        } else {
          sum += std::int64_t{step.codes[r]} * level;
        }
      }
      sums.push_back(static_cast<double>(sum));  // exact below 2^53
    }
    return sums;
  };
}

ConvertSum ideal_conversion(const MacroParameters& p) {
  return [p](std::size_t, double sum, int range) {
    return ideal_code(p, static_cast<std::int64_t>(sum), range);
  };
}

ReadSums device_sums(const MacroParameters& p, AnalogParts& parts) {
  if (p.encoding == Encoding::bipolar) {
    return [&parts](const Step& step) {
      return string_resistances(parts.array, step.codes, parts.reads++);
    };
  }
  return [&parts, k = p.code_bits](const Step& step) {
    const std::vector<bool> enabled(step.codes.size(), true);
    return read_currents(parts.array, parts.conditions, step.codes, k, enabled, parts.reads++);
  };
}

ConvertSum device_conversion(const MacroParameters& p, AnalogParts& parts) {
  if (p.encoding == Encoding::bipolar) {
    return [&parts](std::size_t converter, double ohm, int) {
      const double steps = delay_steps(parts.array.device, ohm);
      return convert(parts.converters[converter], steps, 0, parts.conversions[converter]++);
    };
  }
  return [&parts](std::size_t converter, double sum, int range) {
    return convert(parts.converters[converter], sum, range, parts.conversions[converter]++);
  };
}

Macro::Macro(MacroParameters parameters, std::span<const std::int64_t> weights)
    : parameters_(std::move(parameters)),
      read_(ideal_sums(parameters_, weights)),
      convert_(ideal_conversion(parameters_)) {}

Macro::Macro(MacroParameters parameters, ReadSums read, ConvertSum convert)
    : parameters_(std::move(parameters)), read_(std::move(read)), convert_(std::move(convert)) {
  check(parameters_);
}

Result Macro::multiply(std::span<const std::int64_t> inputs) const {
  const MacroParameters& p = parameters_;
  const auto slice_count = static_cast<std::size_t>(slices(p));
  const std::size_t cells = cells_per_slice(p);

  Result result;
  result.saturated.assign(p.columns, false);
  std::vector<std::int64_t> accumulators(p.columns, 0);
  std::int64_t reference = 0;

  // A digit step shifts what is there by a digit; the sign step takes its sum off at its own
  // weight.
  const auto accumulate = [&](std::int64_t& accumulator, std::int64_t sum, bool is_sign) {
    if (is_sign) {
      accumulator -= sum * power(p.input.bits - 1);
    } else {
      accumulator = accumulator * power(p.code_bits) + sum;
    }
  };

  for (const Step& step : steps(p, inputs)) {
    const std::vector<double> sums = read_(step);
    for (std::size_t c = 0; c < p.columns; ++c) {
      std::int64_t sum = 0;
      for (std::size_t j = 0; j < slice_count; ++j) {
        const std::size_t converter = c * slice_count + j;
        const double s =
            cells == 2 ? sums[2 * converter] - sums[2 * converter + 1] : sums[converter];
        const Conversion conversion = convert_(converter, s, p.ranges[c]);
        const std::int64_t v = trimmed(conversion.code, p.trims[c], p.ranges[c]);
        const std::int64_t held = clamped_value(p, v);
        if (conversion.overflow || held != v) result.saturated[c] = true;
        sum += held * power(static_cast<int>(j) * p.cell_bits);
      }
      accumulate(accumulators[c], sum, step.is_sign);
    }
    if (has_reference(p)) {
      const Conversion conversion = convert_(converters(p) - 1, sums.back(), p.reference_range);
      const std::int64_t v = trimmed(conversion.code, {}, p.reference_range);
      const std::int64_t held = clamped_value(p, v);
      if (conversion.overflow || held != v) result.reference_saturated = true;
      accumulate(reference, held, step.is_sign);
    }
  }

  for (std::size_t c = 0; c < p.columns; ++c) {
    const std::int64_t offset =
        has_reference(p) ? reference * power(reference_slice(p) * p.cell_bits) : 0;
    // Matches less mismatches, or what the reference column leaves.
    const std::int64_t y =
        p.encoding == Encoding::bipolar
            ? accumulators[c] - (static_cast<std::int64_t>(p.rows) - accumulators[c])
            : accumulators[c] - offset;
    result.outputs.push_back(output_value(p, y));
    const bool was_cut = result.outputs.back() != floor_shift(y, p.output_shift);
    if (p.mode != OutputMode::truncate && was_cut) result.saturated[c] = true;
  }
  return result;
}

}  // namespace cimforge::reference
