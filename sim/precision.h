// Run-time precision in plain arithmetic: what the columns of a stored matrix mean in a mode, and
// the codes in which a result leaves the macro.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "generator/spec/spec.h"

namespace cimforge::sim {

/// The weight in `columns`, the lowest bits in the first: values of the column format, one a
/// column.
std::int64_t fused_weight(const spec::MacroSpec& spec, const spec::Mode& mode,
                          std::span<const std::int32_t> columns);

/// A result as the codes of the columns that it takes, one a column and each a number of the format
/// of a result of the macro; and back.
void split_result(const spec::MacroSpec& spec, std::int64_t result, std::span<std::int64_t> codes);
std::int64_t joined_result(const spec::MacroSpec& spec, const spec::Mode& mode,
                           std::span<const std::int64_t> codes);

/// All results of a vector: `weights` is stored rows x columns in the column format, `indices`
/// likewise where the weights are structured and else empty, `input` one value of the mode a row.
std::vector<std::int64_t> results_in(const spec::MacroSpec& spec, const spec::Mode& mode,
                                     std::span<const std::int32_t> weights,
                                     std::span<const std::int32_t> indices,
                                     std::span<const std::int32_t> input);

}  // namespace cimforge::sim
