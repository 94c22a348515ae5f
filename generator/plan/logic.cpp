#include "generator/plan/logic.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "generator/spec/logic.h"

namespace cimforge::plan {
namespace {

int address_bits(int count) {
  return std::max(1, static_cast<int>(std::bit_width(static_cast<unsigned>(count) - 1)));
}

}  // namespace

LogicPlan plan_logic(const spec::MacroSpec& spec) {
  assert(spec.kind == spec::Kind::logic);
  LogicPlan plan;
  plan.address_bits = address_bits(spec.rows);
  plan.bits_bits = address_bits(spec.logic.operand_bits);
  plan.key_bits = spec.logic.operand_bits;
  plan.sum_bits = spec::logic_sum_bits(spec);
  plan.result_bits = spec::logic_result_bits(spec);
  return plan;
}

}  // namespace cimforge::plan
