#include "generator/plan/near_memory.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace cimforge::plan {

NearMemoryPlan plan_near_memory(const spec::MacroSpec& spec, int exact_bits, int output_bits) {
  assert(spec.kind == spec::Kind::near_memory);
  NearMemoryPlan plan;
  plan.words = spec.banks * spec.rows;
  plan.address_bits = std::max(1, static_cast<int>(std::bit_width(
                                      static_cast<unsigned>(plan.words) - 1)));
  plan.word_bits = spec.columns * spec.weight.bits;
  // Modulo 2^acc_bits: of a sum that is cut off what lies above the result is never made.
  plan.acc_bits = spec.output_mode == spec::OutputMode::truncate
                      ? std::min(exact_bits, spec.output_shift + output_bits)
                      : exact_bits;
  return plan;
}

}  // namespace cimforge::plan
