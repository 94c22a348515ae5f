#include "flows/explore/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "flows/explore/evolve.h"
#include "flows/sweep/front.h"
#include "generator/base/exit_status.h"

namespace cimforge::explore {
namespace {

constexpr std::uint64_t most_points = 1'000'000'000'000'000;
constexpr std::uint64_t most_judged = 1'000'000;

/// Collects what is found, each choice once.
class Recorder {
 public:
  Recorder(const Goal& goal, Result& result) : goal_(goal), result_(result) {
    result_.best.resize(goal.least.size());
    for (const sweep::Axis& axis : goal.axes) {
      ValueResult none;
      none.best.resize(goal.least.size());
      result_.values.emplace_back(axis.values.size(), none);
    }
  }

  void add(const Choice& choice, const Judged& judged) {
    ++result_.looked;
    for_values(choice, [](ValueResult& value) { ++value.looked; });
    if (judged.refusal) {
      Loss& loss = result_.losses[judged.refusal->reason];
      if (loss.count++ == 0) loss.message = judged.refusal->message;
      return;
    }
    ++result_.meets;
    const Found found{choice, *judged.system};
    for_values(choice, [&](ValueResult& value) {
      ++value.meets;
      better(value.best, found);
    });
    better(result_.best, found);
    std::vector<double> values;
    for (const Aim aim : goal_.least) values.push_back(found.system.value(aim));
    if (!front_.contains(values)) front_.add(std::move(values), found);
  }

  void finish() {
    for (const auto& [values, found] : front_.kept()) result_.front.push_back(found.front());
    for (const Found& found : result_.front) {
      for_values(found.choice, [](ValueResult& value) { ++value.front; });
    }
  }

 private:
  template <typename Function>
  void for_values(const Choice& choice, Function function) {
    for (std::size_t i = 0; i < choice.size(); ++i) function(result_.values[i][choice[i]]);
  }
  void better(std::vector<std::optional<Found>>& best, const Found& found) const {
    for (std::size_t a = 0; a < goal_.least.size(); ++a) {
      const Aim aim = goal_.least[a];
      if (!best[a] || found.system.value(aim) < best[a]->system.value(aim)) best[a] = found;
    }
  }

  const Goal& goal_;
  Result& result_;
  sweep::Front<Found> front_;
};

}  // namespace

std::uint64_t space_size(const Goal& goal) {
  std::uint64_t size = 1;
  for (const sweep::Axis& axis : goal.axes) {
    if (size > most_points / axis.values.size()) {
      throw base::InputError(
          fmt::format("{}: the axes have more than 10^15 points", goal.file.string()));
    }
    size *= axis.values.size();
  }
  return size;
}

bool judges_all(const Goal& goal) {
  const std::uint64_t size = space_size(goal);
  return goal.method == Method::all || size <= goal.evaluations ||
         (goal.method == Method::automatic && size <= most_judged);
}

Result search(const Goal& goal, const estimate::Library& library,
              const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  Result result;
  result.points = space_size(goal);
  Judge judge(goal, library);
  Recorder recorder(goal, result);
  if (judges_all(goal)) {
    result.is_complete = true;
    Choice choice(goal.axes.size(), 0);
    for (std::uint64_t number = 0; number < result.points; ++number) {
      constexpr std::uint64_t seldom = 1023;
      if ((number & seldom) == 0) progress(number, result.points);
      recorder.add(choice, judge(choice));
      for (std::size_t i = choice.size(); i-- > 0;) {
        if (++choice[i] < goal.axes[i].values.size()) break;
        choice[i] = 0;
      }
    }
  } else {
    evolve(goal, judge, [&](const Choice& choice, const Judged& judged) {
      recorder.add(choice, judged);
      progress(result.looked, goal.evaluations);
    });
  }
  recorder.finish();
  if (result.front.empty()) {
    std::string reasons;
    for (const auto& [reason, loss] : result.losses) {
      reasons += fmt::format("\n  {} of {} points: {} [{}]", loss.count, result.looked,
                             loss.message, reason);
    }
    throw base::InputError(
        fmt::format("{}: no point meets the goal:{}", goal.file.string(), reasons));
  }
  return result;
}

}  // namespace cimforge::explore
