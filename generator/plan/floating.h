// FloatingPlan: what a floating macro has around its integer array: registers in front of it, what
// vectors take along beside it, and the registers behind it (docs/floating.md).
#pragma once

#include "generator/spec/floating.h"
#include "generator/spec/spec.h"

namespace cimforge::plan {

struct MacroPlan;

struct FloatingPlan {
  spec::AlignedOperand input;
  spec::AlignedOperand weight;
  spec::ResultShape result;
  int blocks = 1;        ///< of rows, each with an integer macro
  int input_stages = 1;  ///< registers in front of the array: two where a largest exponent is found
  int result_stages = 2;       ///< behind it: the sum of the blocks, normalised, rounded
  int depth = 2;               ///< vectors that can be in the array
  int index_bits = 1;          ///< of their number, at least 1
  int block_row_bits = 0;      ///< of the number of a row in its block; 0: one row
  int class_bits = 0;          ///< kept of each weight
  int weight_scale_bits = 0;   ///< kept of each block and column
  int read_exponent_bits = 0;  ///< found of each as weights are read; 0: they are not aligned then
  int weight_exponent_bits = 0;  ///< of both together
  int port_bits = 0;             ///< of a weight on weight_data_i
  bool has_specials = false;
  bool subnormals = false;  ///< a result can be below the normal numbers of its format
  bool overflows = false;   ///< or past its largest
};

/// Plans a validated specification of Kind::floating around the integer macro of one block. Never
/// fails.
FloatingPlan plan_floating(const spec::MacroSpec& spec, const MacroPlan& integer);

}  // namespace cimforge::plan
