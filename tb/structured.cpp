#include "tb/structured.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "generator/spec/floating.h"
#include "generator/spec/structure.h"

namespace cimforge::tb {
namespace {

std::size_t size(int count) {
  return static_cast<std::size_t>(count);
}

}  // namespace

std::optional<OverfullGroup> overfull_group(const spec::MacroSpec& spec, std::size_t columns,
                                            std::span<const std::int32_t> weights) {
  if (!spec.sparsity.is_structured()) return std::nullopt;
  const std::size_t rows = weights.size() / columns;
  for (std::size_t first = 0; first < rows; first += size(spec.sparsity.group)) {
    const std::size_t end = std::min(first + size(spec.sparsity.group), rows);
    for (std::size_t column = 0; column < columns; ++column) {
      int nonzero = 0;
      for (std::size_t row = first; row < end; ++row) {
        nonzero += weights[row * columns + column] != 0 ? 1 : 0;
      }
      if (nonzero > spec.sparsity.nonzero) return OverfullGroup{column, first, end - 1, nonzero};
    }
  }
  return std::nullopt;
}

std::string to_text(const OverfullGroup& group, const spec::MacroSpec& spec) {
  return fmt::format("column {}, rows {} to {} have {} nonzero weights, and the macro keeps {}",
                     group.column, group.first_row, group.last_row, group.nonzero,
                     spec.sparsity.nonzero);
}

StoredWeights stored_weights(const spec::MacroSpec& spec, std::span<const std::int32_t> weights) {
  const std::size_t columns = size(spec.columns);
  assert(weights.size() == size(spec.rows) * columns);
  assert(!overfull_group(spec, columns, weights));
  if (spec.kind == spec::Kind::floating) {
    StoredWeights stored{{weights.begin(), weights.end()}, {}};
    if (spec.weight.has_scale) {
      stored.scales.assign(weights.size(), number::scale_bias);
    } else if (spec::weight_scale_bits(spec) > 0) {
      stored.scales = sim::block_exponents(spec, weights);
    }
    return stored;
  }
  if (!spec.sparsity.is_structured()) return {{weights.begin(), weights.end()}, {}};
  const std::size_t group = size(spec.sparsity.group);
  const std::size_t kept = size(spec.sparsity.nonzero);
  StoredWeights stored;
  stored.weights.assign(size(spec::stored_rows(spec)) * columns, 0);
  stored.indices.assign(stored.weights.size(), 0);
  for (std::size_t column = 0; column < columns; ++column) {
    for (std::size_t g = 0; g < size(spec.rows) / group; ++g) {
      std::size_t slot = g * kept;
      for (std::size_t index = 0; index < group; ++index) {
        const std::int32_t weight = weights[(g * group + index) * columns + column];
        if (weight == 0) continue;
        stored.weights[slot * columns + column] = weight;
        stored.indices[slot * columns + column] = static_cast<std::int32_t>(index);
        ++slot;
      }
    }
  }
  return stored;
}

void write_stored(sim::GoldenMacro& golden, int bank, const StoredWeights& stored) {
  const std::size_t columns = size(golden.spec().columns);
  const auto of_row = [&](std::span<const std::int32_t> all, std::size_t row) {
    return all.empty() ? all : all.subspan(row * columns, columns);
  };
  for (std::size_t row = 0; row < stored.weights.size() / columns; ++row) {
    golden.write_row(bank, static_cast<int>(row),
                     std::span(stored.weights).subspan(row * columns, columns),
                     {.indices = of_row(stored.indices, row),
                      .scales = of_row(stored.scales, row),
                      .integer = !stored.integer.empty() && stored.integer[row] != 0});
  }
  if (!stored.thresholds.empty()) golden.write_thresholds(bank, stored.thresholds);
}

}  // namespace cimforge::tb
