#include "generator/collateral/approximation.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "generator/spec/approximation.h"
#include "generator/spec/range.h"

namespace cimforge::collateral {
namespace {

struct Planes {
  int all = 0;      ///< of a step
  int dropped = 0;  ///< of them
};

Planes planes_of(const spec::MacroSpec& spec) {
  Planes planes;
  for (int j = 0; j < spec.input_bits_per_cycle; ++j) {
    for (int b = 0; b < spec.weight.bits; ++b) {
      ++planes.all;
      if (!spec::keeps_product(spec, j, b)) ++planes.dropped;
    }
  }
  return planes;
}

std::string counted(int count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// Where a figure is not exact.
std::string samples_text(const spec::ApproximationError& error) {
  return error.samples == 0 ? "" : fmt::format(" of {} random vectors", error.samples);
}

}  // namespace

std::string approximation_text(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  std::string text;
  if (spec.approximation.or_rows > 1) {
    text = fmt::format("OR over {} rows: {} a plane in place of {}", spec.approximation.or_rows,
                       counted(spec::or_groups(spec), "bit"), spec.rows);
  }
  if (spec.approximation.dropped_columns > 0) {
    const Planes planes = planes_of(spec);
    text += fmt::format("{}{} of {} planes of a step dropped", text.empty() ? "" : "; ",
                        planes.dropped, planes.all);
  }
  return text;
}

std::string error_text(const plan::MacroPlan& plan) {
  const spec::ApproximationError error = spec::approximation_error(plan.spec);
  return fmt::format(
      "{} to {} of a sum; mean {:.4g}, RMS {:.4g}, magnitude {:.4g}{}, for random codes",
      error.least, error.greatest, error.mean, error.rms, error.mean_magnitude,
      samples_text(error));
}

std::string approximation_section(const plan::MacroPlan& plan) {
  const spec::MacroSpec& spec = plan.spec;
  const spec::Approximation& approximation = spec.approximation;
  const spec::ApproximationError error = spec::approximation_error(spec);
  const spec::ResultRange range = spec::sum_range(spec);
  const double span = static_cast<double>(range.max - range.min);
  std::string text = "\n## It is approximate\n\nThe sum above is not exact.";
  if (approximation.or_rows > 1) {
    text += fmt::format(
        " In each bit plane (a bit of the inputs by a bit of the weights) the products of {} "
        "neighbouring rows, from\nrow 0 on, are joined by OR and count once.",
        approximation.or_rows);
  }
  if (approximation.dropped_columns > 0) {
    text += fmt::format(
        " The product of bit j of the digit of a cycle and bit b of a weight is left out where "
        "j + b < {}.",
        approximation.dropped_columns);
  }
  text += fmt::format(
      R"( A vector or a column of zeros gives zero.

| Error of a sum: approximate - exact | |
|---|---|
| Worst case, both ends are reached | {} to {} |
| Mean | {:.6g} |
| Root mean square | {:.6g}, {:.3g} % of the range {} to {} |
| Mean magnitude | {:.6g}{} |

The means are over uniformly random, independent codes; operands of a network have another error. It is that of the sum, before the
output mode.
)",
      error.least, error.greatest, error.mean, error.rms, 100 * error.rms / span, range.min,
      range.max, error.mean_magnitude, samples_text(error));
  return text;
}

nlohmann::ordered_json approximation_json(const plan::MacroPlan& plan) {
  const spec::ApproximationError error = spec::approximation_error(plan.spec);
  return {{"groups", spec::or_groups(plan.spec)},
          {"dropped_planes", planes_of(plan.spec).dropped},
          {"worst_error", {{"least", error.least}, {"greatest", error.greatest}}},
          {"mean_error", error.mean},
          {"rms_error", error.rms},
          {"mean_error_magnitude", error.mean_magnitude},
          {"magnitude_samples", error.samples}};
}

}  // namespace cimforge::collateral
