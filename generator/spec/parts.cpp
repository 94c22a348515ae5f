#include "generator/spec/parts.h"

#include "generator/spec/floating.h"
#include "generator/spec/self_test.h"

namespace cimforge::spec {
namespace {

MacroSpec part(MacroSpec spec, Kind kind, const IntegerFormat& weight, const char* suffix) {
  spec.name += suffix;
  spec.kind = kind;
  spec.weight = weight;
  spec.output_mode = OutputMode::exact;
  spec.output_bits = 0;
  spec.output_shift = 0;
  spec.hybrid = {};
  return spec;
}

}  // namespace

MacroSpec digital_part(const MacroSpec& spec) {
  if (spec.kind == Kind::floating) return integer_part(spec);
  if (has_shell(spec)) return core_part(spec);
  if (spec.kind != Kind::hybrid) return spec;
  MacroSpec result =
      part(spec, Kind::digital, {spec.weight.is_signed, spec.hybrid.digital_bits}, "_digital");
  result.analog = {};
  return result;
}

MacroSpec analog_part(const MacroSpec& spec) {
  if (spec.kind != Kind::hybrid) return spec;
  return part(spec, Kind::analog, array_weight(spec), "_analog");
}

std::string black_box_module(const MacroSpec& spec) {
  return spec.kind == Kind::near_memory ? spec.name + "_memory" : analog_part(spec).name + "_array";
}

}  // namespace cimforge::spec
