#include "generator/spec/floating.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>

#include "generator/spec/range.h"

namespace cimforge::spec {
namespace {

constexpr std::array<FloatShape, 7> shapes = {{
    // exponent, fraction, bias, largest field, infinity, NaN
    {5, 10, 15, 30, true, true},    // fp16
    {8, 7, 127, 254, true, true},   // bf16
    {4, 3, 7, 15, false, true},     // fp8_e4m3
    {5, 2, 15, 30, true, true},     // fp8_e5m2
    {3, 2, 3, 7, false, false},     // fp6_e3m2
    {2, 3, 1, 3, false, false},     // fp6_e2m3
    {2, 1, 1, 3, false, false},     // fp4_e2m1
}};

/// Off by less than so much, in units of the lowest bit.
double error_of(const AlignedOperand& operand, Rounding rounding) {
  if (!operand.is_rounded) return 0.0;
  return rounding == Rounding::nearest_even ? 0.5 : 1.0;
}

/// The largest |a|.
double largest_of(const AlignedOperand& operand) {
  if (operand.significand_bits == 0) {
    return std::max(std::abs(static_cast<double>(operand.format.min())),
                    static_cast<double>(operand.format.max()));
  }
  return std::ldexp(1.0, operand.significand_bits + operand.guard_bits);
}

AlignedOperand aligned(const IntegerFormat& format, int guard_bits, bool to_format) {
  AlignedOperand operand;
  operand.scale_bits = format.has_scale ? scale_bits : 0;
  operand.greatest_exponent = format.has_scale ? scale_nan - 1 : 0;
  operand.offset = format.has_scale ? scale_bias : 0;
  if (format.element == Element::integer) {
    operand.format = {format.is_signed, format.bits};
    operand.target = 0;
    // MXINT8 and its kin have one bit before the point, behind the sign (OCP MX 1.0, 5.3.4).
    if (format.has_scale) operand.offset += format.bits - 2;
  } else {
    const FloatShape shape = shape_of(format.element);
    operand.significand_bits = shape.fraction_bits + 1;
    operand.guard_bits = guard_bits;
    operand.format = {true, 1 + operand.significand_bits + guard_bits};
    operand.offset += shape.bias + shape.fraction_bits + guard_bits;
    if (to_format) {
      operand.target = shape.largest_exponent;
      operand.offset -= shape.largest_exponent;
    } else {
      operand.greatest_exponent += (1 << shape.exponent_bits) - 1;
    }
    operand.is_rounded = guard_bits < useful_guard_bits(format);
  }
  operand.exponent_bits = bits_up_to(operand.greatest_exponent);
  return operand;
}

}  // namespace

FloatShape shape_of(Element element) {
  assert(element != Element::integer);
  return shapes.at(static_cast<std::size_t>(element) - 1);
}

std::vector<IntegerFormat> floating_formats() {
  std::vector<IntegerFormat> formats;
  for (const bool has_scale : {false, true}) {
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      const auto element = static_cast<Element>(i + 1);
      // The Microscaling formats have elements of 8 bits at most.
      if (has_scale && shapes.at(i).bits() > 8) continue;
      formats.push_back({false, shapes.at(i).bits(), false, element, has_scale});
    }
  }
  for (int bits = 2; bits <= 16; ++bits) {
    formats.push_back({true, bits, false, Element::integer, true});
  }
  return formats;
}

int bits_up_to(std::int64_t greatest) {
  return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(greatest)));
}

AlignedOperand aligned_input(const MacroSpec& spec) {
  return aligned(spec.input, spec.floating.input_guard_bits,
                 spec.floating.align_inputs_to == InputTarget::format);
}

AlignedOperand aligned_weight(const MacroSpec& spec) {
  return aligned(spec.weight, spec.floating.weight_guard_bits,
                 spec.floating.align_weights_to == WeightTarget::format);
}

int useful_guard_bits(const IntegerFormat& format) {
  if (format.element == Element::integer) return 0;
  // From the least exponent of a number, field 1, to the largest.
  return shape_of(format.element).largest_exponent - 1;
}

int weight_scale_bits(const MacroSpec& spec) {
  return aligned_weight(spec).exponent_bits;
}

int weight_class_bits(const MacroSpec& spec) {
  const auto has = [](const IntegerFormat& format, bool FloatShape::*what) {
    return format.element != Element::integer && shape_of(format.element).*what;
  };
  if (has(spec.input, &FloatShape::has_infinity) || has(spec.weight, &FloatShape::has_infinity)) {
    return 3;
  }
  return has(spec.weight, &FloatShape::has_nan) ? 1 : 0;
}

bool has_specials(const MacroSpec& spec) {
  const auto can = [](const IntegerFormat& format) {
    return format.has_scale ||
           (format.element != Element::integer && shape_of(format.element).has_nan);
  };
  return can(spec.input) || can(spec.weight);
}

ResultShape result_shape(const MacroSpec& spec) {
  const AlignedOperand input = aligned_input(spec);
  const AlignedOperand weight = aligned_weight(spec);
  ResultShape shape;
  shape.block_bits = output_width(integer_part(spec));
  // Two's complement, where the sum of a block need not be.
  const int unsigned_block = output_is_signed(integer_part(spec)) ? 0 : 1;
  shape.sum_bits = shape.block_bits + unsigned_block + spec.floating.sum_guard_bits +
                   bits_up_to(blocks_of(spec) - 1);
  shape.greatest_exponent = input.greatest_exponent + weight.greatest_exponent;
  shape.offset = input.offset + weight.offset + spec.floating.sum_guard_bits;
  shape.exponent_bits = bits_up_to(shape.greatest_exponent);
  switch (spec.floating.result) {
    case ResultFormat::fp32:
      shape.bits = 32;
      break;
    case ResultFormat::bf16:
      shape.bits = 16;
      break;
    case ResultFormat::integer:
      // An exponent of ones says that the result is no number.
      shape.bits = shape.sum_bits + bits_up_to(shape.greatest_exponent + 1);
      assert(shape.bits <= 64);  // 4096 rows of aligned operands of 16 bits, 8 guard bits, scales
      break;
  }
  return shape;
}

MacroSpec integer_part(const MacroSpec& spec) {
  assert(spec.kind == Kind::floating);
  MacroSpec part = spec;
  part.name += "_integer";
  part.kind = Kind::digital;
  part.rows = spec.floating.block_rows;
  part.rows_per_block = std::min(spec.rows_per_block, part.rows);
  part.input = aligned_input(spec).format;
  part.weight = aligned_weight(spec).format;
  part.floating = {};
  return part;
}

double aligned_error_bound(const MacroSpec& spec) {
  const Floating& floating = spec.floating;
  const AlignedOperand input = aligned_input(spec);
  const AlignedOperand weight = aligned_weight(spec);
  const double input_error = error_of(input, floating.rounding);
  const double weight_error = error_of(weight, floating.rounding);
  const double product = largest_of(input) * weight_error + largest_of(weight) * input_error +
                         input_error * weight_error;
  const double blocks = blocks_of(spec);
  double bound = std::ldexp(spec.rows * product, floating.sum_guard_bits);
  // The sums of the blocks but the largest are shifted.
  if (blocks > 1) bound += blocks - 1;
  return bound;
}

}  // namespace cimforge::spec
