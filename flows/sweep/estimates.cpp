#include "flows/sweep/estimates.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <map>

#include "flows/sweep/expression.h"
#include "flows/sweep/front.h"
#include "generator/base/exit_status.h"
#include "generator/estimate/estimate.h"
#include "generator/spec/keys.h"

namespace cimforge::sweep {
namespace {

constexpr std::array<std::string_view, 10> names = {
    "estimate.area_um2",          "estimate.block_area_um2",
    "estimate.slice_area_um2",    "estimate.top_area_um2",
    "estimate.delay_ns",          "estimate.fmax_mhz",
    "estimate.vectors_mhz",       "estimate.energy_per_vector_pj",
    "estimate.cycles_per_vector", "estimate.latency_cycles"};

constexpr std::string_view energy = "estimate.energy_per_vector_pj";

}  // namespace

std::span<const std::string_view> estimate_names() {
  return names;
}

bool is_estimate(std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

struct Estimates::State {
  Specifications specifications;
  estimate::Estimator estimator;
  std::optional<std::vector<Value>> last;  ///< variables alone changed: the same again
  std::map<std::string, Value> figures;
};

Estimates::Estimates(const Sweep& sweep)
    : state_(std::make_unique<State>(State{
          Specifications(sweep),
          estimate::Estimator(
              sweep.model.empty()
                  ? estimate::osu018()
                  : estimate::load_library((sweep.file.parent_path() / sweep.model).string())),
          {},
          {}})) {}
Estimates::~Estimates() = default;

bool Estimates::has_energies() const {
  return !state_->estimator.library().energy_pj.empty();
}

const std::map<std::string, Value>* Estimates::of(const Point& point) {
  std::vector<Value> values = state_->specifications.key_values(point);
  if (values != state_->last) {
    state_->figures.clear();
    const spec::ParseResult parsed = state_->specifications.with(values);
    state_->last = std::move(values);
    if (parsed.spec && !estimate::not_covered(*parsed.spec)) {
      const estimate::Estimate cost = state_->estimator(*parsed.spec);
      const std::array<std::optional<double>, names.size()> numbers = {
          cost.area_um2,
          cost.block_area_um2,
          cost.slice_area_um2,
          cost.top_area_um2,
          cost.delay_ns,
          cost.fmax_mhz(),
          cost.vectors_mhz(),
          cost.energy_per_vector_pj,
          static_cast<double>(cost.cycles_per_vector),
          static_cast<double>(cost.latency_cycles)};
      for (std::size_t i = 0; i < names.size(); ++i) {
        if (numbers[i]) state_->figures[std::string(names[i])] = *numbers[i];
      }
    }
  }
  return state_->figures.empty() ? nullptr : &state_->figures;
}

Screened screen(const Sweep& sweep, const std::function<void()>& check_interrupt) {
  struct Screen {
    Expression expression;
    bool most;
  };
  std::vector<Screen> screens;
  for (const Objective& each : sweep.objectives) {
    Expression expression(each.figure);
    const bool is_known = std::ranges::all_of(expression.names(), [&](const std::string& name) {
      const std::string key = key_of_name(name);
      return is_estimate(name) || spec::find_key(key) != nullptr ||
             std::ranges::any_of(sweep.axes, [&](const Axis& axis) {
               return std::ranges::find(axis.names, key) != axis.names.end();
             });
    });
    if (is_known) screens.push_back({std::move(expression), each.most});
  }
  if (screens.empty()) {
    throw base::InputError(fmt::format(
        "{}: no objective can be estimated: least = \"estimate.area_um2\"; there are {}",
        sweep.file.string(), fmt::join(names, ", ")));
  }
  Estimates estimates(sweep);
  if (!estimates.has_energies() && std::ranges::any_of(screens, [](const Screen& each) {
        return std::ranges::find(each.expression.names(), energy) != each.expression.names().end();
      })) {
    throw base::InputError(fmt::format("{}: the model has no energies: no objective can read {}",
                                       sweep.file.string(), energy));
  }
  Values values_of(sweep);
  Screened result;
  Front<Point> front;  // a variable of commands changes no estimate: many points are equal
  for_each_point(sweep, check_interrupt, [&](Point point) {
    ++result.looked;
    const auto* figures = estimates.of(point);
    std::vector<double> values;
    for (Screen& each : screens) {
      const auto value =
          each.expression.evaluate([&](const std::string& name) -> std::optional<Value> {
            if (!is_estimate(name)) return values_of(point, name);
            if (figures == nullptr) return std::nullopt;
            const auto at = figures->find(name);
            return at == figures->end() ? std::nullopt : std::optional(at->second);
          });
      if (value && std::isfinite(*value)) values.push_back(each.most ? -*value : *value);
    }
    if (figures == nullptr || values.size() != screens.size()) {
      ++result.not_estimated;
      return;
    }
    front.add(std::move(values), std::move(point));
    if (front.size() > most_points) {
      throw base::InputError(
          fmt::format("{}: more than {} points are best; objectives that tell "
                      "them apart leave fewer",
                      sweep.file.string(), most_points));
    }
  });
  for (const auto& [values, points] : front.kept()) {
    std::ranges::copy(points, std::back_inserter(result.points));
  }
  std::ranges::sort(result.points, {}, &Point::number);
  if (result.points.empty()) {
    throw base::InputError(
        fmt::format("{}: none of the {} points that the constraints leave can be "
                    "estimated; {} can",
                    sweep.file.string(), result.looked, estimate::covered()));
  }
  return result;
}

}  // namespace cimforge::sweep
