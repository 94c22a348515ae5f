#include "generator/spec/binary.h"

namespace cimforge::spec {

ResultRange threshold_range(const MacroSpec& spec) {
  const ResultRange sums = sum_range(spec);
  return {sums.min, sums.max + 1};
}

IntegerFormat threshold_format(const MacroSpec& spec) {
  if (!has_thresholds(spec)) return {false, 0};
  const ResultRange range = threshold_range(spec);
  IntegerFormat format{range.min < 0, 1};
  while (format.min() > range.min || format.max() < range.max) ++format.bits;
  return format;
}

}  // namespace cimforge::spec
