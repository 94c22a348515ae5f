// The kinds of module of a digital macro.
#pragma once

#include "generator/plan/plan.h"
#include "generator/verilog/module.h"

namespace cimforge::lower {

/// Storage, bitwise multipliers and trees of a block of rows.
verilog::Module block(const plan::MacroPlan& plan, int index);
/// The columns of one slice: write buffer, blocks, their trees, accumulator, output register.
verilog::Module slice(const plan::MacroPlan& plan);
/// The macro: control, input serialiser, slices.
verilog::Module top(const plan::MacroPlan& plan);

}  // namespace cimforge::lower
