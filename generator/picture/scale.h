// From values to places on the page, and the ticks of an axis.
#pragma once

#include <string>
#include <vector>

#include "generator/picture/chart.h"

namespace cimforge::picture {

/// The values that an axis must show; empty until one is included.
struct Extent {
  double low = 0.0;
  double high = 0.0;
  bool empty = true;

  void include(double value);
};

/// Whether an axis of this scale has a place for `value`.
bool has_place(AxisScale scale, double value);

/// An interval of values, low < high, and the places of its ends.
struct Scale {
  AxisScale kind = AxisScale::linear;
  double low = 0.0;
  double high = 1.0;
  double low_place = 0.0;
  double high_place = 1.0;

  [[nodiscard]] double place(double value) const;
  [[nodiscard]] bool holds(double value) const { return low <= value && value <= high; }
};

/// The nearest of 1, 2 and 5 times a power of ten to `width`, which is above 0, by their ratio.
double round_width(double width);

/// About how many ticks an axis with round ends has.
inline constexpr int y_tick_target = 6;

/// What becomes of an end of an axis that has no limit.
enum class Ends {
  exact,  ///< it is where the data end
  round,  ///< it moves outward to a round value
};

/// The values from the extent, the limits of the axis where it has them, and 0 to 1 (or 1 to 10) if
/// there are none; widened where they are one value. The places are left to the caller.
Scale make_scale(const Axis& axis, const Extent& extent, Ends ends);

struct Tick {
  double value = 0.0;
  std::string label;
};

struct Ticks {
  std::vector<Tick> major;
  std::vector<double> minor;  ///< of a logarithmic axis: without label
  int exponent = 0;           ///< the labels are in units of this power of ten
};

/// Ticks within the scale, at about `target` distances of 1, 2 or 5 times a power of ten; on a
/// logarithmic axis at powers of ten, or at 1, 2 and 5 times one.
Ticks make_ticks(const Scale& scale, int target);

/// Ticks at whole numbers within the scale, which is linear.
Ticks make_whole_ticks(const Scale& scale, int target);

/// `Current (10⁻⁶ A)`
std::string axis_label(const Axis& axis, int exponent);

}  // namespace cimforge::picture
