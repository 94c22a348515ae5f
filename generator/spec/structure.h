// N:M structured weights (docs/sparsity.md): of each group of M rows a column keeps N weights, each
// with the index of its row in the group. The words that are stored and written are *stored rows*:
// slot s of group g is stored row g*N + s. Without structure a stored row is a row.
#pragma once

#include "generator/spec/spec.h"

namespace cimforge::spec {

/// Rows of the storage and of the weight port, and products of a column: rows / M * N.
int stored_rows(const MacroSpec& spec);

/// Bits of the index that stands beside each stored weight: ceil(log2 M); 0 without structure.
int index_bits(const MacroSpec& spec);

/// Bits of a stored weight together with its index.
int stored_bits(const MacroSpec& spec);

/// Row of the macro that the first slot of a stored row's group may name.
int first_row_of_group(const MacroSpec& spec, int stored_row);

}  // namespace cimforge::spec
