// Estimates of points: figures that constraints and objectives read without a run of any command
// (`estimate.area_um2`), and the screening of a space by them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flows/sweep/points.h"
#include "flows/sweep/sweep.h"

namespace cimforge::sweep {

/// `estimate.area_um2` and the others, in the order of documentation.
std::span<const std::string_view> estimate_names();

/// Whether a name is one of them.
bool is_estimate(std::string_view name);

/// Estimates points by the model of the sweep. Not for several threads at once.
class Estimates {
 public:
  /// Throws base::InputError where the model cannot be read.
  explicit Estimates(const Sweep& sweep);
  ~Estimates();

  [[nodiscard]] bool has_energies() const;

  /// The figures of a point by their names, until the next call; null where it is no macro or one
  /// that cannot be estimated (docs/estimate.md).
  const std::map<std::string, Value>* of(const Point& point);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What a screening leaves.
struct Screened {
  std::vector<Point> points;        ///< the best, in the order of the space
  std::uint64_t looked = 0;         ///< points that the constraints left
  std::uint64_t not_estimated = 0;  ///< of them without an estimate: left out
};

/// Estimates every point and leaves those that no other is better than, by the objectives that read
/// keys, axes and estimates alone. Throws base::InputError where there is no such objective, and
/// what points() throws.
Screened screen(const Sweep& sweep, const std::function<void()>& check_interrupt);

}  // namespace cimforge::sweep
