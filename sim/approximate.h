// The sums of an approximate macro, from the definition in docs/approximation.md alone.
#pragma once

#include <cstdint>
#include <span>

#include "generator/spec/spec.h"

namespace cimforge::sim {

/// One sum a column: `input` has one value a row, `weights` is rows x columns, row-major.
void approximate_sums(const spec::MacroSpec& spec, std::span<const std::int32_t> input,
                      std::span<const std::int32_t> weights, std::span<std::int64_t> sums);

}  // namespace cimforge::sim
