// Numbers of the shell around a digital macro that tests or repairs itself (docs/self_test.md,
// docs/repair.md): its core is parts[0].
#pragma once

#include <cstdint>
#include <optional>

#include "generator/spec/spec.h"

namespace cimforge::plan {

struct ShellPlan {
  // The march test: bit i of each word is of operation i of all elements.
  int operations = 0;  ///< 0: there is none
  std::uint64_t reads = 0;
  std::uint64_t values = 0;
  std::uint64_t lasts = 0;  ///< of their elements
  std::uint64_t downs = 0;
  // The compute self-test.
  int vectors = 0;  ///< 0: there is none
  std::uint32_t seed = 0;
  std::uint32_t signature = 0;

  // Cycles of a whole test of a macro without faults, from the edge that starts it to the first
  // edge that sees it done; nothing where there is no such test, or where they depend on the data.
  std::optional<std::int64_t> march_cycles;
  std::optional<std::int64_t> compute_cycles;

  int row_bits = 0;         ///< of the number of a row, as the macro's ports have it
  int bit_bits = 1;         ///< of the place of a bit in a row of weights
  int repair_row_bits = 0;  ///< of a repair register
  int repair_column_bits = 0;
  int repair_bits = 0;  ///< of all of them
};

/// Of a macro with a shell (spec::has_shell), whose core takes a new vector every `steps` cycles
/// and has its result `latency` cycles after the edge that accepts it, with room for two at the
/// output where `skid` is true.
ShellPlan plan_shell(const spec::MacroSpec& spec, int steps, int latency, bool skid);

}  // namespace cimforge::plan
