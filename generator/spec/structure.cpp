#include "generator/spec/structure.h"

#include <algorithm>
#include <bit>

namespace cimforge::spec {

int stored_rows(const MacroSpec& spec) {
  // At least one, also of a specification whose mistakes are still being told.
  return std::max(1, spec.rows / spec.sparsity.group * spec.sparsity.nonzero);
}

int index_bits(const MacroSpec& spec) {
  return static_cast<int>(std::bit_width(static_cast<unsigned>(spec.sparsity.group) - 1));
}

int stored_bits(const MacroSpec& spec) {
  return spec.weight.bits + index_bits(spec);
}

int first_row_of_group(const MacroSpec& spec, int stored_row) {
  return stored_row / spec.sparsity.nonzero * spec.sparsity.group;
}

}  // namespace cimforge::spec
