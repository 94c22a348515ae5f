#include "generator/plan/analog.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace cimforge::plan {
namespace {

constexpr int ceil_div(int a, int b) {
  return (a + b - 1) / b;
}

int bits_for(std::uint64_t most) {
  return std::max(1, static_cast<int>(std::bit_width(most)));
}

}  // namespace

int conversion_cycles(spec::Adc adc, int bits) {
  switch (adc) {
    case spec::Adc::flash:
      return 1;
    case spec::Adc::sar:
      return bits;
    case spec::Adc::ramp:
    case spec::Adc::time:
      return 1 << bits;
  }
  return 1;
}

AnalogPlan plan_analog(const spec::MacroSpec& spec, int output_bits) {
  assert(spec.kind == spec::Kind::analog);
  const spec::Analog& analog = spec.analog;
  AnalogPlan plan;

  plan.sign_step = spec.input.is_signed;
  plan.digits = ceil_div(spec.input.bits - (plan.sign_step ? 1 : 0), spec.input_bits_per_cycle);
  plan.steps = plan.digits + (plan.sign_step ? 1 : 0);

  plan.differential = spec.weight.is_signed && analog.encoding == spec::Encoding::differential;
  plan.has_reference = spec.weight.is_signed && analog.encoding == spec::Encoding::offset;
  plan.bipolar = spec.weight.is_bipolar;
  plan.devices = plan.differential ? 2 : 1;
  plan.slices = ceil_div(spec.weight.bits, analog.cell_bits);

  plan.columns_per_adc = analog.columns_per_adc;
  plan.full_converters = spec.columns / plan.columns_per_adc;
  plan.last_columns = spec.columns % plan.columns_per_adc;
  plan.lanes =
      plan.full_converters + (plan.last_columns > 0 ? 1 : 0) + (plan.has_reference ? 1 : 0);
  plan.positions = plan.columns_per_adc * plan.slices;
  plan.cell_columns = spec.columns * plan.slices * plan.devices + (plan.has_reference ? 1 : 0);
  plan.conversion_cycles = conversion_cycles(analog.adc, analog.adc_bits);

  if (plan.has_reference) {
    const int top = spec.weight.bits - 1;
    plan.reference_level = 1 << (top % analog.cell_bits);
    plan.reference_shift = top / analog.cell_bits * analog.cell_bits;
  }

  const auto digit = (std::uint64_t{1} << spec.input_bits_per_cycle) - 1;
  const auto level = (std::uint64_t{1} << analog.cell_bits) - 1;
  plan.sum_bits = bits_for(static_cast<std::uint64_t>(spec.rows) * digit * level);
  plan.range_most = plan.sum_bits - 1;
  plan.range_bits = bits_for(static_cast<std::uint64_t>(plan.range_most));
  plan.reset_range = analog.adc_range;
  // A sign, and one bit for a gain of nearly two.
  plan.value_bits = plan.sum_bits + 2;
  // Every step and slice at its largest value, and as much again for the reference.
  plan.acc_bits = std::max(plan.value_bits + (plan.slices - 1) * analog.cell_bits + 1 +
                               plan.digits * spec.input_bits_per_cycle + 1,
                           spec.output_shift + output_bits) +
                  2;

  constexpr int drain_cycles = 3;
  const int of_position = 1 + plan.conversion_cycles;
  plan.cycles_per_vector = plan.steps * (analog.settle_cycles + plan.positions * of_position) +
                           drain_cycles + plan.columns_per_adc + 1;
  plan.row_program_cycles =
      analog.settle_cycles + plan.positions * plan.devices * of_position + drain_cycles + 1;
  return plan;
}

}  // namespace cimforge::plan
