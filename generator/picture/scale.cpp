#include "generator/picture/scale.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "generator/picture/number.h"

namespace cimforge::picture {
namespace {

/// Absorbs the rounding of divisions where a value is a whole number of steps.
constexpr double slack = 1e-9;

/// mantissa x 10^exponent.
struct Step {
  double mantissa = 1.0;
  int exponent = 0;

  /// `count` steps. Dividing by a power of ten rounds once, multiplying by 0.1 twice.
  [[nodiscard]] double times(double count) const {
    const double power = std::pow(10.0, std::abs(exponent));
    return exponent < 0 ? count * mantissa / power : count * mantissa * power;
  }
};

/// The nearest of 1, 2 and 5 times a power of ten, by the ratio.
Step round_step(double width) {
  Step step;
  step.exponent = static_cast<int>(std::floor(std::log10(width)));
  const double ratio = width / Step{1.0, step.exponent}.times(1.0);
  if (ratio >= std::sqrt(50.0)) {
    ++step.exponent;
  } else {
    step.mantissa = ratio >= std::sqrt(10.0) ? 5.0 : ratio >= std::sqrt(2.0) ? 2.0 : 1.0;
  }
  return step;
}

/// A power of ten that all labels share, where they would be too long without.
int common_exponent(double largest) {
  if (largest == 0.0 || (largest >= 1e-3 && largest < 1e5)) return 0;
  return static_cast<int>(std::floor(std::log10(largest) / 3.0)) * 3;
}

Ticks linear_ticks(const Scale& scale, Step step) {
  Ticks ticks;
  const double width = step.times(1.0);
  ticks.exponent = common_exponent(std::max(std::abs(scale.low), std::abs(scale.high)));
  const int decimals = std::max(0, ticks.exponent - step.exponent);
  const Step unit{1.0, ticks.exponent};
  const auto first = static_cast<std::int64_t>(std::ceil(scale.low / width - slack));
  const auto last = static_cast<std::int64_t>(std::floor(scale.high / width + slack));
  for (std::int64_t count = first; count <= last; ++count) {
    const double value = step.times(static_cast<double>(count));
    ticks.major.push_back({value, fixed(value / unit.times(1.0), decimals)});
  }
  return ticks;
}

std::string log_label(int mantissa, int exponent, bool plain) {
  if (plain) {
    return fixed(Step{static_cast<double>(mantissa), exponent}.times(1.0), std::max(0, -exponent));
  }
  return mantissa == 1 ? power_of_ten(exponent)
                       : fmt::format("{}\u00d7{}", mantissa, power_of_ten(exponent));
}

Ticks log_ticks(const Scale& scale, int target) {
  const int first = static_cast<int>(std::floor(std::log10(scale.low) + slack));
  const int last = static_cast<int>(std::ceil(std::log10(scale.high) - slack));
  const bool plain = first >= -3 && last <= 4;
  const auto within = [&](double value) {
    return value >= scale.low * (1.0 - slack) && value <= scale.high * (1.0 + slack);
  };
  const auto collect = [&](int stride, bool one_two_five) {
    Ticks ticks;
    for (int exponent = first; exponent <= last; ++exponent) {
      for (int mantissa = 1; mantissa <= 9; ++mantissa) {
        const double value = Step{static_cast<double>(mantissa), exponent}.times(1.0);
        if (!within(value)) continue;
        const bool decade = mantissa == 1 && (exponent - first) % stride == 0;
        if (decade || (one_two_five && (mantissa == 1 || mantissa == 2 || mantissa == 5))) {
          ticks.major.push_back({value, log_label(mantissa, exponent, plain)});
        } else if (stride == 1 || mantissa == 1) {
          ticks.minor.push_back(value);
        }
      }
    }
    return ticks;
  };
  const int stride = std::max(1, (last - first + target - 1) / target);
  Ticks ticks = collect(stride, false);
  if (ticks.major.size() < 3) ticks = collect(1, true);
  // Less than one step of 1-2-5: the axis is nearly linear.
  if (ticks.major.size() < 2) {
    ticks = linear_ticks(scale, round_step((scale.high - scale.low) / target));
  }
  return ticks;
}

/// The round value of a logarithmic axis at or beyond `value`: 1, 2 or 5 times a power of ten.
double round_log(double value, bool up) {
  const int exponent = static_cast<int>(std::floor(std::log10(value)));
  double best = up ? Step{1.0, exponent + 1}.times(1.0) : Step{1.0, exponent}.times(1.0);
  for (const double mantissa : {1.0, 2.0, 5.0}) {
    const double candidate = Step{mantissa, exponent}.times(1.0);
    if (up && candidate >= value * (1.0 - slack)) return candidate;
    if (!up && candidate <= value * (1.0 + slack)) best = candidate;
  }
  return best;
}

/// Apart by enough for ticks that differ.
void widen(AxisScale kind, double& low, double& high) {
  if (kind == AxisScale::logarithmic) {
    if (high > low * (1.0 + 1e-6)) return;
    low /= 2.0;
    high = low * 4.0;
    return;
  }
  const double largest = std::max(std::abs(low), std::abs(high));
  if (high - low > largest * 1e-9 && high - low > 1e-290) return;
  const double margin = largest > 1e-280 ? largest * 0.1 : 1.0;
  low -= margin;
  high += margin;
}

}  // namespace

double round_width(double width) {
  return round_step(width).times(1.0);
}

void Extent::include(double value) {
  low = empty ? value : std::min(low, value);
  high = empty ? value : std::max(high, value);
  empty = false;
}

bool has_place(AxisScale scale, double value) {
  return drawable(value) && (scale == AxisScale::linear || value > 1e-300);
}

double Scale::place(double value) const {
  const double share = kind == AxisScale::linear
                           ? (value - low) / (high - low)
                           : (std::log(value) - std::log(low)) / (std::log(high) - std::log(low));
  return low_place + share * (high_place - low_place);
}

Scale make_scale(const Axis& axis, const Extent& extent, Ends ends) {
  const bool log = axis.scale == AxisScale::logarithmic;
  const auto limit = [&](const std::optional<double>& wanted) {
    return wanted && has_place(axis.scale, *wanted);
  };
  double low = extent.empty ? (log ? 1.0 : 0.0) : extent.low;
  double high = extent.empty ? (log ? 10.0 : 1.0) : extent.high;
  if (limit(axis.low)) low = *axis.low;
  if (limit(axis.high)) high = *axis.high;
  if (low > high) {
    // The data lie outside of the one limit, or the two are reversed.
    if (limit(axis.low) && limit(axis.high)) {
      std::swap(low, high);
    } else if (limit(axis.low)) {
      high = low;
    } else {
      low = high;
    }
  }
  widen(axis.scale, low, high);
  Scale scale{axis.scale, low, high, 0.0, 1.0};
  // Twice, because the ticks of the wider scale may be farther apart.
  for (int round = 0; ends == Ends::round && round < 2; ++round) {
    const double width = round_width((scale.high - scale.low) / y_tick_target);
    if (!limit(axis.low)) {
      scale.low = log ? round_log(low, false) : std::floor(low / width + slack) * width;
    }
    if (!limit(axis.high)) {
      scale.high = log ? round_log(high, true) : std::ceil(high / width - slack) * width;
    }
  }
  return scale;
}

Ticks make_ticks(const Scale& scale, int target) {
  return scale.kind == AxisScale::linear
             ? linear_ticks(scale, round_step((scale.high - scale.low) / target))
             : log_ticks(scale, target);
}

Ticks make_whole_ticks(const Scale& scale, int target) {
  return linear_ticks(scale, round_step(std::max(1.0, (scale.high - scale.low) / target)));
}

std::string axis_label(const Axis& axis, int exponent) {
  std::string unit = exponent == 0 ? "" : power_of_ten(exponent);
  if (!axis.unit.empty()) unit += (unit.empty() ? "" : "\u00a0") + axis.unit;
  if (unit.empty()) return axis.title;
  return axis.title.empty() ? unit : fmt::format("{} ({})", axis.title, unit);
}

}  // namespace cimforge::picture
