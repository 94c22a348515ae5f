// Checks models against integer arithmetic, and times several side by side.
#pragma once

#include <span>
#include <vector>

#include "model.h"

namespace cimforge::benchmark {

/// Compares random vectors with sums of integer products; throws base::CommandError (check failed)
/// with the first difference.
void check(const Model& model);

/// Clock cycles a second of CPU time with a new vector offered in every cycle and every result
/// taken: the best of `repetitions`, which are interleaved among the models.
std::vector<double> cycles_per_second(std::span<const Model* const> models, int repetitions);

}  // namespace cimforge::benchmark
