#include "generator/spec/range.h"

#include <algorithm>

#include "generator/spec/floating.h"
#include "generator/spec/precision.h"
#include "generator/spec/structure.h"

namespace cimforge::spec {
namespace {

/// What `bits` hold.
ResultRange range_of(int bits, bool is_signed) {
  if (is_signed) {
    const std::int64_t half = std::int64_t{1} << (bits - 1);
    return {-half, half - 1};
  }
  return {0, (std::int64_t{1} << bits) - 1};
}

/// The smallest width that holds `range`.
int bits_for(const ResultRange& range) {
  int bits = 1;
  for (;; ++bits) {
    const ResultRange held = range_of(bits, range.min < 0);
    if (held.min <= range.min && range.max <= held.max) return bits;
  }
}

}  // namespace

ResultRange sum_range(const MacroSpec& spec) {
  const IntegerFormat& x = spec.input;
  const IntegerFormat& w = spec.weight;
  const auto [least, greatest] =
      std::minmax({x.min() * w.min(), x.min() * w.max(), x.max() * w.min(), x.max() * w.max()});
  const std::int64_t products = stored_rows(spec);
  return {products * least, products * greatest};
}

ResultRange shifted_range(const MacroSpec& spec) {
  const ResultRange sum = sum_range(spec);
  return {sum.min >> spec.output_shift, sum.max >> spec.output_shift};
}

bool output_is_signed(const MacroSpec& spec) {
  if (spec.kind == Kind::floating) return false;  // a code
  if (spec.output_mode == OutputMode::sign) return false;
  return sum_range(spec).min < 0;
}

int needed_output_bits(const MacroSpec& spec) {
  if (has_precision(spec)) return fused_bits(spec, 1);
  return bits_for(shifted_range(spec));
}

int output_width(const MacroSpec& spec) {
  if (spec.kind == Kind::floating) return result_shape(spec).bits;
  if (spec.output_mode == OutputMode::sign) return 1;
  return spec.output_bits == 0 ? needed_output_bits(spec) : spec.output_bits;
}

ResultRange output_range(const MacroSpec& spec) {
  if (spec.output_mode == OutputMode::sign) return {0, 1};
  const ResultRange shifted = shifted_range(spec);
  const int width = output_width(spec);
  if (width >= needed_output_bits(spec)) return shifted;
  const ResultRange held = range_of(width, output_is_signed(spec));
  if (spec.output_mode == OutputMode::truncate) return held;
  return {std::max(shifted.min, held.min), std::min(shifted.max, held.max)};
}

}  // namespace cimforge::spec
