#include "flows/sweep/points.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <unordered_set>

#include "flows/sweep/estimates.h"
#include "flows/sweep/expression.h"
#include "generator/base/exit_status.h"
#include "generator/spec/keys.h"

namespace cimforge::sweep {
namespace {

constexpr std::uint64_t most_product = 1'000'000'000'000'000;
/// Draws without a point before a sample gives up.
constexpr std::uint64_t most_misses = 1'000'000;
/// Between two looks for an interrupt, less one.
constexpr std::uint64_t seldom = 1023;

/// Those of the axes' names that are keys of a specification.
std::vector<std::string> keys_of(const Sweep& sweep) {
  std::vector<std::string> keys;
  for (const Axis& axis : sweep.axes) {
    for (const std::string& name : axis.names) {
      if (spec::find_key(name) != nullptr) keys.push_back(name);
    }
  }
  return keys;
}

const toml::node* node_at(const toml::table& root, const std::string& path) {
  const std::size_t dot = path.find('.');
  if (dot == std::string::npos) return root.get(path);
  const toml::node* table = root.get(path.substr(0, dot));
  if (table == nullptr || !table->is_table()) return nullptr;
  return table->as_table()->get(path.substr(dot + 1));
}

std::optional<Value> value_at(const toml::table& root, const std::string& path) {
  const toml::node* node = node_at(root, path);
  if (node == nullptr) return std::nullopt;
  if (const auto* text = node->as_string()) return Value(text->get());
  if (const auto* number = node->as_integer()) return Value(number->get());
  if (const auto* number = node->as_floating_point()) return Value(number->get());
  if (const auto* flag = node->as_boolean()) return Value(flag->get());
  return std::nullopt;
}

/// The default of a key that every specification has; nothing where it follows from others.
std::optional<Value> default_of(const std::string& path) {
  const spec::Key* key = spec::find_key(path);
  if (key == nullptr || key->required || key->derived_default.set != nullptr) return std::nullopt;
  spec::MacroSpec spec;
  if (const auto* integer = std::get_if<spec::Integer>(&key->value)) {
    return Value(std::int64_t{integer->member(spec)});
  }
  if (const auto* real = std::get_if<spec::Real>(&key->value)) return Value(real->member(spec));
  if (const auto* choice = std::get_if<spec::Choice>(&key->value)) {
    return Value(std::string(choice->names[choice->get(spec)]));
  }
  return std::nullopt;
}

/// Uniform below `end`, the same on every platform.
std::uint64_t below(std::mt19937_64& random, std::uint64_t end) {
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % end;
  for (;;) {
    const std::uint64_t drawn = random();
    if (drawn < limit) return drawn % end;
  }
}

/// Gives points by their numbers, and says whether the constraints leave them.
class Product {
 public:
  explicit Product(const Sweep& sweep) : sweep_(sweep), values_(sweep) {
    for (const std::string& text : sweep.constraints) constraints_.emplace_back(text);
  }

  [[nodiscard]] Point point(std::uint64_t number) const {
    Point point{number, {}};
    for (std::size_t i = sweep_.axes.size(); i-- > 0;) {
      const Axis& axis = sweep_.axes[i];
      const auto& row = axis.values[number % axis.values.size()];
      number /= axis.values.size();
      for (std::size_t j = 0; j < row.size(); ++j) point.values[axis.names[j]] = row[j];
    }
    return point;
  }

  bool holds(const Point& point) {
    for (std::size_t i = 0; i < constraints_.size(); ++i) {
      std::string missing;
      bool has_estimate = true;
      const auto value = constraints_[i].evaluate([&](const std::string& name) {
        std::optional<Value> found =
            is_estimate(name) ? estimate(point, name, has_estimate) : values_(point, name);
        if (!found) missing = name;
        return found;
      });
      if (!has_estimate) return false;
      if (!value) {
        throw base::InputError(fmt::format(
            "{}: the constraint \"{}\" has no value{}", sweep_.file.string(), sweep_.constraints[i],
            missing.empty() ? ": .bits and .signed are of integer formats"
                            : fmt::format(": give {} in the specification", missing)));
      }
      if (*value == 0.0 || std::isnan(*value)) return false;
    }
    return true;
  }

 private:
  std::optional<Value> estimate(const Point& point, const std::string& name, bool& has_estimate) {
    if (!estimates_) estimates_.emplace(sweep_);
    const auto* figures = estimates_->of(point);
    const auto at =
        figures == nullptr ? std::map<std::string, Value>::const_iterator() : figures->find(name);
    has_estimate = has_estimate && figures != nullptr && at != figures->end();
    return has_estimate ? std::optional(at->second) : std::nullopt;
  }

  const Sweep& sweep_;
  Values values_;
  std::vector<Expression> constraints_;
  std::optional<Estimates> estimates_;
};

}  // namespace

std::uint64_t product_size(const Sweep& sweep) {
  std::uint64_t size = 1;
  for (const Axis& axis : sweep.axes) {
    if (size > most_product / axis.values.size()) {
      throw base::InputError(
          fmt::format("{}: the axes have more than 10^15 points", sweep.file.string()));
    }
    size *= axis.values.size();
  }
  return size;
}

struct Values::State {
  toml::table base;
};
Values::Values(const Sweep& sweep)
    : state_(std::make_unique<State>(State{toml::parse(sweep.specification)})) {}
Values::~Values() = default;

std::optional<Value> Values::operator()(const Point& point, const std::string& name) const {
  if (const auto at = point.values.find(name); at != point.values.end()) return at->second;
  const std::optional<Value> given = value_at(state_->base, name);
  return given ? given : default_of(name);
}

namespace {

/// The points of the whole product that the constraints leave.
void enumerate(const Sweep& sweep, Product& product, const std::function<void()>& check_interrupt,
               const std::function<void(Point)>& take) {
  const std::uint64_t size = product_size(sweep);
  for (std::uint64_t number = 0; number < size; ++number) {
    if ((number & seldom) == 0) check_interrupt();
    Point point = product.point(number);
    if (product.holds(point)) take(std::move(point));
  }
}

std::vector<Point> draw(const Sweep& sweep, Product& product,
                        const std::function<void()>& check_interrupt) {
  const std::uint64_t size = product_size(sweep);
  std::vector<Point> result;
  std::mt19937_64 random(sweep.sample->seed);
  const std::size_t count = sweep.sample->count;
  // A sample of a small product is drawn from what the constraints leave, so that it is never short
  // of points that there are.
  if (size <= most_points / 10) {
    enumerate(sweep, product, check_interrupt,
              [&](Point point) { result.push_back(std::move(point)); });
    const std::size_t kept = std::min(count, result.size());
    for (std::size_t i = 0; i < kept; ++i) {
      std::swap(result[i], result[i + below(random, result.size() - i)]);
    }
    result.resize(kept);
  } else {
    std::unordered_set<std::uint64_t> drawn;
    for (std::uint64_t misses = 0; result.size() < count && misses < most_misses;) {
      if ((misses & seldom) == 0) check_interrupt();
      const std::uint64_t number = below(random, size);
      Point point = product.point(number);
      if (drawn.insert(number).second && product.holds(point)) {
        result.push_back(std::move(point));
        misses = 0;
      } else {
        ++misses;
      }
    }
  }
  // Of a small product there are no more.
  if (result.size() < count && size > most_points / 10) {
    throw base::InputError(fmt::format(
        "{}: {} draws in a row of {} points found none that the constraints leave, after {} of the "
        "{} asked for: axes that hold what the constraints say make a smaller product",
        sweep.file.string(), most_misses, size, result.size(), count));
  }
  std::ranges::sort(result, {}, &Point::number);
  return result;
}

}  // namespace

void for_each_point(const Sweep& sweep, const std::function<void()>& check_interrupt,
                    const std::function<void(Point)>& take) {
  Product product(sweep);
  bool is_empty = true;
  const auto give = [&](Point point) {
    is_empty = false;
    take(std::move(point));
  };
  if (sweep.sample) {
    for (Point& point : draw(sweep, product, check_interrupt)) give(std::move(point));
  } else {
    enumerate(sweep, product, check_interrupt, give);
  }
  if (is_empty) {
    throw base::InputError(fmt::format("{}: the constraints leave none of {} points",
                                       sweep.file.string(), product_size(sweep)));
  }
}

std::vector<Point> points(const Sweep& sweep, const std::function<void()>& check_interrupt) {
  std::vector<Point> result;
  for_each_point(sweep, check_interrupt, [&](Point point) {
    if (result.size() == most_points) {
      throw base::InputError(fmt::format("{}: more than {} points; a [sample] draws some",
                                         sweep.file.string(), most_points));
    }
    result.push_back(std::move(point));
  });
  return result;
}

Specifications::Specifications(const Sweep& sweep)
    : keys_(keys_of(sweep)), variants_(sweep.specification, keys_) {}

std::vector<Value> Specifications::key_values(const Point& point) const {
  std::vector<Value> values;
  values.reserve(keys_.size());
  for (const std::string& key : keys_) values.push_back(point.values.at(key));
  return values;
}

spec::ParseResult Specifications::with(const std::vector<Value>& values) const {
  return variants_.with(values, "point");
}

}  // namespace cimforge::sweep
