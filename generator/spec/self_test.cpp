#include "generator/spec/self_test.h"

#include <algorithm>
#include <bit>

#include "generator/spec/range.h"
#include "generator/spec/structure.h"

namespace cimforge::spec {
namespace {

int address_bits(int count) {
  return static_cast<int>(std::bit_width(static_cast<unsigned>(count - 1)));
}

}  // namespace

MacroSpec core_part(const MacroSpec& spec) {
  if (!has_shell(spec)) return spec;
  MacroSpec core = spec;
  core.name += "_core";
  core.self_test = {};
  core.repair = {};
  core.rows += spec.repair.spare_rows;
  core.columns += spec.repair.spare_columns;
  // More rows could make a wider result, in every mode that leaves its width open; those that are
  // spare never add to it. Truncation keeps what fits.
  if (spec.repair.spare_rows > 0 && spec.output_mode != OutputMode::sign) {
    core.output_bits = output_width(spec);
    if (spec.output_mode == OutputMode::exact && core.output_bits < needed_output_bits(core)) {
      core.output_mode = OutputMode::truncate;
    }
  }
  return core;
}

March march_of(const MacroSpec& spec) {
  return std::get<March>(march_of(spec.self_test.march));
}

int row_address_bits(const MacroSpec& spec) {
  return address_bits(stored_rows(spec));
}

int column_address_bits(const MacroSpec& spec) {
  return address_bits(spec.columns);
}

int repair_row_bits(const MacroSpec& spec) {
  return row_address_bits(spec) + 1;
}

int repair_column_bits(const MacroSpec& spec) {
  return column_address_bits(spec) + 1;
}

int repair_data_bits(const MacroSpec& spec) {
  return spec.repair.spare_rows * repair_row_bits(spec) +
         spec.repair.spare_columns * repair_column_bits(spec);
}

std::int64_t row_bits(const MacroSpec& spec) {
  return std::int64_t{1} * spec.columns * spec.weight.bits;
}

int most_backgrounds(const MacroSpec& spec) {
  return 1 + static_cast<int>(std::bit_width(static_cast<std::uint64_t>(row_bits(spec) - 1)));
}

}  // namespace cimforge::spec
