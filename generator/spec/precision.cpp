#include "generator/spec/precision.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>

#include "generator/spec/range.h"

namespace cimforge::spec {

Mode clamped(const MacroSpec& spec, const Mode& mode) {
  Mode result = mode;
  result.input_bits = std::min(mode.input_bits, spec.input.bits);
  result.fused_columns = std::min(mode.fused_columns, spec.precision.fused_columns);
  return result;
}

IntegerFormat input_of(const Mode& mode) {
  return {mode.input_signed, mode.input_bits};
}

IntegerFormat weight_of(const MacroSpec& spec, const Mode& mode) {
  return {mode.weight_signed, mode.fused_columns * spec.weight.bits};
}

int fused_bits(const MacroSpec& spec, int columns) {
  int bits = 1;
  for (const bool input_signed : {false, true}) {
    for (const bool weight_signed : {false, true}) {
      MacroSpec one = spec;
      one.precision = {};
      one.input = {input_signed, spec.input.bits};
      one.weight = {weight_signed, columns * spec.weight.bits};
      const ResultRange range = sum_range(one);
      // int1 x int1 has no negative sum; its result is two's complement all the same.
      const bool needs_sign = range.min >= 0 && (input_signed || weight_signed);
      bits = std::max(bits, needed_output_bits(one) + (needs_sign ? 1 : 0));
    }
  }
  return bits;
}

std::vector<Mode> modes_of(const MacroSpec& spec) {
  if (!has_precision(spec)) return {mode_of(spec)};
  std::vector<Mode> modes;
  for (int bits = 1; bits <= spec.input.bits; ++bits) {
    for (int columns = 1; columns <= spec.precision.fused_columns; columns *= 2) {
      for (const bool input_signed : {false, true}) {
        for (const bool weight_signed : {false, true}) {
          modes.push_back({bits, input_signed, columns, weight_signed, false});
        }
      }
    }
  }
  return modes;
}

int cycles_saved(const MacroSpec& spec, const Mode& mode) {
  if (!has_precision(spec)) return 0;
  return spec.input.bits - clamped(spec, mode).input_bits;
}

std::string name_of(const MacroSpec& spec, const Mode& mode) {
  return fmt::format("{} x {}", input_of(mode).name(), weight_of(spec, mode).name());
}

std::optional<Mode> mode_named(const MacroSpec& spec, std::string_view name) {
  const auto without_blanks = [](std::string_view text) {
    std::string result(text);
    std::erase(result, ' ');
    return result;
  };
  for (const Mode& mode : modes_of(spec)) {
    if (without_blanks(name_of(spec, mode)) == without_blanks(name)) return mode;
  }
  return std::nullopt;
}

std::string describe_modes(const MacroSpec& spec) {
  if (!has_precision(spec)) return name_of(spec, mode_of(spec));
  std::vector<std::string> weights;
  for (const bool is_signed : {true, false}) {
    for (int columns = 1; columns <= spec.precision.fused_columns; columns *= 2) {
      weights.push_back(IntegerFormat{is_signed, columns * spec.weight.bits}.name());
    }
  }
  const std::string last = weights.back();
  weights.pop_back();
  const std::string inputs =
      spec.input.bits == 1 ? std::string("int1 or uint1")
                           : fmt::format("int1 to int{0} or uint1 to uint{0}", spec.input.bits);
  return fmt::format("inputs {}, weights {} or {}", inputs, fmt::join(weights, ", "), last);
}

}  // namespace cimforge::spec
