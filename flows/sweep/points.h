// The points of a sweep: which there are, and the specification of each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "flows/sweep/sweep.h"
#include "generator/spec/parse.h"

namespace cimforge::sweep {

/// Of a sweep.
inline constexpr std::size_t most_points = 10'000'000;

/// A choice of values; `number` counts the points of the whole product.
struct Point {
  std::uint64_t number = 0;
  std::map<std::string, Value> values;  ///< of keys and variables
};

/// The product of all axes, without constraints. Throws base::InputError past 10^15.
std::uint64_t product_size(const Sweep& sweep);

/// The value of a key or a variable at a point: the point's, the specification's, or the default.
class Values {
 public:
  explicit Values(const Sweep& sweep);
  ~Values();
  [[nodiscard]] std::optional<Value> operator()(const Point& point, const std::string& name) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Calls `take` for each point that the constraints leave, in the order of the product; of a sample
/// for those that are drawn. Throws what points() throws, but for too many.
void for_each_point(const Sweep& sweep, const std::function<void()>& check_interrupt,
                    const std::function<void(Point)>& take);

/// The points that the constraints leave, in the order of the product, the last axis the fastest;
/// of a sample those that are drawn, in that order too. Throws base::InputError where there are
/// none, where there are more than ten million, and where a constraint has no value (a key that the
/// specification leaves to a default that follows from others).
std::vector<Point> points(const Sweep& sweep, const std::function<void()>& check_interrupt);

/// The specifications of points.
class Specifications {
 public:
  explicit Specifications(const Sweep& sweep);

  /// The values of a point's keys, in the order of the axes. Points that are alike in them have one
  /// specification.
  [[nodiscard]] std::vector<Value> key_values(const Point& point) const;
  /// The specification with these values, or why it is none.
  [[nodiscard]] spec::ParseResult with(const std::vector<Value>& values) const;

 private:
  std::vector<std::string> keys_;
  spec::Variants variants_;
};

}  // namespace cimforge::sweep
