#include "generator/spec/logic.h"

#include <algorithm>
#include <bit>
#include <cstddef>

namespace cimforge::spec {

const char* to_string(LogicOperation operation) {
  return logic_operation_names.at(static_cast<std::size_t>(operation));
}

int logic_sum_bits(const MacroSpec& spec) {
  // columns (2^bits - 1) < 2^(bits + bits of columns).
  return spec.logic.operand_bits +
         static_cast<int>(std::bit_width(static_cast<unsigned>(spec.columns)));
}

int logic_result_bits(const MacroSpec& spec) {
  return std::max(spec.columns, logic_sum_bits(spec));
}

bool gives_result(LogicOperation operation) {
  switch (operation) {
    case LogicOperation::read:
    case LogicOperation::equal:
    case LogicOperation::less:
    case LogicOperation::sum:
      return true;
    default:
      return false;
  }
}

std::int64_t logic_cycles(LogicOperation operation, int bits) {
  const std::int64_t n = bits;
  switch (operation) {
    case LogicOperation::read:
    case LogicOperation::load:
    case LogicOperation::nothing:
      return 1;
    case LogicOperation::maximum:
    case LogicOperation::minimum:
      return 2 * n;
    case LogicOperation::multiply:
      return n * n + n + 1;
    default:
      return n;
  }
}

const char* logic_cycles_formula(LogicOperation operation) {
  switch (operation) {
    case LogicOperation::read:
    case LogicOperation::load:
    case LogicOperation::nothing:
      return "1";
    case LogicOperation::maximum:
    case LogicOperation::minimum:
      return "2n";
    case LogicOperation::multiply:
      return "n^2 + n + 1";
    default:
      return "n";
  }
}

}  // namespace cimforge::spec
