// The shell around a digital macro that tests or repairs itself (docs/self_test.md,
// docs/repair.md): the macro inside, and the widths of what is added.
#pragma once

#include <cstdint>

#include "generator/spec/march.h"
#include "generator/spec/spec.h"

namespace cimforge::spec {

/// Whether there is a shell around the macro.
inline bool has_shell(const MacroSpec& spec) {
  return spec.self_test.any() || spec.repair.any();
}

/// The macro inside the shell: `<name>_core`, with the spare rows and columns, and results as wide
/// as those of the macro. A macro without a shell is itself.
MacroSpec core_part(const MacroSpec& spec);

/// The march test of a macro that has one.
March march_of(const MacroSpec& spec);

/// Bits of the number of a row, and of a column: 0 where there is but one.
int row_address_bits(const MacroSpec& spec);
int column_address_bits(const MacroSpec& spec);

/// Bits of one repair register of a row or of a column: the number, and above it whether the spare
/// is in use.
int repair_row_bits(const MacroSpec& spec);
int repair_column_bits(const MacroSpec& spec);
/// All of them, rows first: spare s of the rows at [s * repair_row_bits +: repair_row_bits].
int repair_data_bits(const MacroSpec& spec);

/// Stored bits of a row: the width of a data background.
std::int64_t row_bits(const MacroSpec& spec);
/// Data backgrounds of a row that differ: all bits alike, every second one, pairs, fours, ...
int most_backgrounds(const MacroSpec& spec);

}  // namespace cimforge::spec
