#include "flows/explore/evolve.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <pagmo/algorithm.hpp>
#include <pagmo/algorithms/nsga2.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>
#include <stdexcept>
#include <utility>
#include <vector>

namespace cimforge::explore {
namespace {

constexpr unsigned population_size = 200;  // a multiple of four
constexpr unsigned generations_at_once = 20;
/// Generations without a new choice after which the search has come to rest.
constexpr std::uint64_t patience = 5;

/// What pagmo needs to know; the rest lives outside, since pagmo copies this.
struct Problem {
  std::vector<std::size_t> sizes{};  ///< of the axes that leave a choice
  std::size_t aims = 2;              ///< one aim stands twice: NSGA-II wants several
  std::function<std::vector<double>(const Choice&)> judge{};

  [[nodiscard]] pagmo::vector_double fitness(const pagmo::vector_double& x) const {
    Choice genes(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) genes[i] = static_cast<std::uint32_t>(x[i]);
    return judge(genes);
  }
  [[nodiscard]] pagmo::vector_double::size_type get_nobj() const { return aims; }
  [[nodiscard]] pagmo::vector_double::size_type get_nix() const { return sizes.size(); }
  [[nodiscard]] std::pair<pagmo::vector_double, pagmo::vector_double> get_bounds() const {
    pagmo::vector_double upper;
    for (const std::size_t size : sizes) upper.push_back(static_cast<double>(size - 1));
    return {pagmo::vector_double(sizes.size(), 0.0), upper};
  }
  [[nodiscard]] pagmo::thread_safety get_thread_safety() const {
    return pagmo::thread_safety::none;
  }
};

}  // namespace

void evolve(const Goal& goal, Judge& judge,
            const std::function<void(const Choice&, const Judged&)>& on_judged) {
  constexpr double refused = 1e30;
  constexpr double out = 1e20;
  constexpr double most_excess = 1e9;  // below `refused` with it
  std::vector<std::size_t> free;       // axes that leave a choice
  Problem problem;
  for (std::size_t i = 0; i < goal.axes.size(); ++i) {
    if (goal.axes[i].values.size() < 2) continue;
    free.push_back(i);
    problem.sizes.push_back(goal.axes[i].values.size());
  }
  assert(!free.empty());
  std::map<Choice, std::vector<double>> known;
  problem.aims = std::max<std::size_t>(2, goal.least.size());
  problem.judge = [&](const Choice& genes) {
    const auto before = known.find(genes);
    if (before != known.end()) return before->second;
    // The last generations end unjudged.
    if (known.size() >= goal.evaluations) return std::vector<double>(problem.aims, refused);
    const auto at = known.try_emplace(genes).first;
    Choice choice(goal.axes.size(), 0);
    for (std::size_t i = 0; i < free.size(); ++i) choice[free[i]] = genes[i];
    const Judged judged = judge(choice);
    on_judged(choice, judged);
    for (const Aim aim : goal.least) {
      at->second.push_back(!judged.system   ? refused
                           : judged.refusal ? out * (1.0 + std::min(judged.excess, most_excess))
                                            : judged.system->value(aim));
    }
    at->second.resize(problem.aims, at->second.front());
    return at->second;
  };

  // Neighbouring seeds must not share their rounds.
  const auto seed = static_cast<unsigned>(goal.seed * 100'003);
  pagmo::population population(pagmo::problem(problem), population_size, seed);
  std::uint64_t rests = 0;
  for (unsigned round = 0; known.size() < goal.evaluations && rests < patience; ++round) {
    const std::size_t before = known.size();
    constexpr double crossover = 0.95;
    constexpr double crossover_spread = 10.0;
    constexpr double mutation_spread = 50.0;
    const double mutation = 1.0 / static_cast<double>(free.size());
    const pagmo::algorithm breed(pagmo::nsga2(generations_at_once, crossover, crossover_spread,
                                              mutation, mutation_spread, seed + round));
    population = breed.evolve(population);
    rests = known.size() == before ? rests + 1 : 0;
  }
}

}  // namespace cimforge::explore
