// What the formats of a floating macro mean, and what alignment makes of their values: plain words
// of the specification, before any plan is made (docs/floating.md).
//
// An operand is a * 2^(exponent - offset). a, an integer of `aligned_bits`, is what the integer
// array multiplies; the exponent is one of a whole block of rows: a scale, or the largest exponent
// of its elements, or both together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "generator/spec/spec.h"

namespace cimforge::spec {

/// A floating-point element: from its top a sign, an exponent and a fraction. Sources: IEEE
/// 754-2019 (FP16); BF16 is the top half of FP32; Micikevicius et al., "FP8 Formats for Deep
/// Learning", 2022, and OCP Microscaling Formats (MX) 1.0, 2023, for the others.
struct FloatShape {
  int exponent_bits = 0;
  int fraction_bits = 0;
  int bias = 0;
  int largest_exponent = 0;  ///< greatest exponent field of a finite number
  bool has_infinity = false;
  bool has_nan = false;  ///< E4M3: all ones alone; with infinities: as IEEE 754
  [[nodiscard]] constexpr int bits() const { return 1 + exponent_bits + fraction_bits; }
};

/// Of every element but `integer`.
FloatShape shape_of(Element element);

/// Every format with an exponent or a scale, by name: those of floating macros.
std::vector<IntegerFormat> floating_formats();

/// E8M0: 2^(code - 127), and this code is NaN (OCP MX 1.0, 5.4.1).
inline constexpr int scale_bits = 8;
inline constexpr int scale_bias = 127;
inline constexpr int scale_nan = 255;

/// Most bits of an operand of the array, its sign among them.
inline constexpr int most_aligned_bits = 16;

/// Bits that tell a number from zero to `greatest`; 0 for zero alone.
int bits_up_to(std::int64_t greatest);

/// An operand of the array.
struct AlignedOperand {
  IntegerFormat format;      ///< of a
  int significand_bits = 0;  ///< with the hidden bit; 0: the operand is an integer
  int guard_bits = 0;
  /// The exponent field that elements are aligned to, where it is the same for all; nothing: it is
  /// that of a vector, of a block, or what comes with a row of weights.
  std::optional<int> target;
  int scale_bits = 0;     ///< of a shared scale, that of the format
  int exponent_bits = 0;  ///< of the block's exponent, 0: it is always 0
  std::int64_t greatest_exponent = 0;
  int offset = 0;  ///< value = a * 2^(exponent - offset)
  /// Whether a can differ from the value: the guard bits do not hold every exponent.
  bool is_rounded = false;
};

/// Whether codes are stored, and aligned to the largest exponent of their column and block for each
/// vector.
constexpr bool aligns_as_read(const MacroSpec& spec) {
  return spec.floating.align_weights_at == WeightAligner::read;
}

/// Whether that is the largest exponent of a product, input and weight together: inputs then are
/// their significands.
constexpr bool aligns_products(const MacroSpec& spec) {
  return spec.floating.align_inputs_to == InputTarget::product;
}

/// Whether a row of weights says that it has integers. Codes that are aligned as they are read are
/// what the vector takes them for.
constexpr bool weights_say_integer(const MacroSpec& spec) {
  return spec.floating.integer_bits > 0 && !aligns_as_read(spec);
}

AlignedOperand aligned_input(const MacroSpec& spec);
AlignedOperand aligned_weight(const MacroSpec& spec);

/// Guard bits with which alignment loses nothing; more do not help.
int useful_input_guard_bits(const MacroSpec& spec);
int useful_weight_guard_bits(const MacroSpec& spec);

/// Registers in front of the array: two where a largest exponent is found.
int input_stages(const MacroSpec& spec);

/// Largest exponent that weights which are aligned as they are read are aligned to: a field, or the
/// sum of two.
int greatest_read_exponent(const MacroSpec& spec);

/// Blocks of rows, each with an integer array of its own.
constexpr int blocks_of(const MacroSpec& spec) {
  return spec.rows / spec.floating.block_rows;
}

/// Bits of the number that comes with each weight of a row: its scale, or the exponent that it is
/// aligned to; 0: none does.
int weight_scale_bits(const MacroSpec& spec);

/// Bits that are kept of what a weight is beside its value. 0: nothing. 1: NaN. 3: bit 0 negative;
/// above it 0 a number, 1 zero, 2 infinity, 3 NaN.
int weight_class_bits(const MacroSpec& spec);

/// Whether a result can be infinite or NaN by its operands.
bool has_specials(const MacroSpec& spec);

/// Rounds and shifts of a sum until it is a result.
struct ResultShape {
  int block_bits = 0;  ///< of the integer sum of a block
  int sum_bits = 0;    ///< of the sum of the blocks, with guard bits
  int exponent_bits = 0;
  std::int64_t greatest_exponent = 0;
  int offset = 0;  ///< result = sum * 2^(exponent - offset)
  int bits = 0;    ///< of a result
};

ResultShape result_shape(const MacroSpec& spec);

/// The integer macro of a block of rows, `<name>_integer`, with exact results.
MacroSpec integer_part(const MacroSpec& spec);

/// Worst case of |aligned - exact| before the result is rounded, in units of
/// 2^(exponent - offset), exponent that of the block where it is largest, a block whose sum is 0
/// among them: each operand is off by
/// less than `error_of` in units of a, and a by no more than its largest.
double aligned_error_bound(const MacroSpec& spec);

}  // namespace cimforge::spec
