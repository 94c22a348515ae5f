// NSGA-II over the choices of a space, by pagmo.
#pragma once

#include <functional>

#include "flows/explore/goal.h"
#include "flows/explore/system.h"

namespace cimforge::explore {

/// Breeds choices until `goal.evaluations` of them have been judged or nothing new comes; calls
/// `on_judged` for each the first time. NSGA-II: K. Deb et al., "A fast and elitist multiobjective
/// genetic algorithm", IEEE Trans. Evolutionary Computation 6(2), 2002. A choice that is out is
/// worse than every other, by how far it is past the limits (Deb's rule for constraints).
void evolve(const Goal& goal, Judge& judge,
            const std::function<void(const Choice&, const Judged&)>& on_judged);

}  // namespace cimforge::explore
