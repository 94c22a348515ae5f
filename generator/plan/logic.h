// Numbers of a logic macro (docs/logic.md).
#pragma once

namespace cimforge::plan {

struct LogicPlan {
  int address_bits = 1;  ///< of a row
};

}  // namespace cimforge::plan
