// What becomes of a sum at the outputs of a macro with an array: shifted, then clamped to the width
// of a result, or cut (rtl/cim_analog_lane.v, rtl/cim_hybrid_join.v).
#pragma once

#include <cstdint>

#include "generator/spec/spec.h"

namespace cimforge::analog {

class OutputStage {
 public:
  explicit OutputStage(const spec::MacroSpec& spec);

  /// `fits` tells that nothing was clamped.
  [[nodiscard]] std::int64_t operator()(std::int64_t sum, bool& fits) const;

 private:
  int shift_;
  int bits_;
  bool is_signed_;
  bool truncates_;
};

}  // namespace cimforge::analog
