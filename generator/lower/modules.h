// The kinds of module of a macro.
#pragma once

#include "generator/lower/lower.h"
#include "generator/plan/plan.h"
#include "generator/verilog/module.h"

namespace cimforge::lower {

/// Storage, bitwise multipliers and trees of a block of rows.
verilog::Module block(const plan::MacroPlan& plan, int index);
/// The bitcells of a block of rows, LANES columns: for synthesis a black box for each of them.
verilog::Module bitcells(const plan::MacroPlan& plan, int rows);
BlackBox bitcell_column(const plan::MacroPlan& plan, int rows);
/// Whether latches and bitcells are cim_weight_banks in place of a process for each of them: up to
/// here a simulator is faster with processes.
constexpr bool has_many_banks(const spec::MacroSpec& spec) {
  return spec.banks > 8;
}
/// The storage of so many rows; it takes rows of weights from `data` and drives `weight`.
verilog::Instance storage(const plan::MacroPlan& plan, int rows, const std::string& data);
/// A row of weights on its way to the array: drives `write_data`.
void emit_write_buffer(const plan::MacroPlan& plan, verilog::Items& items);

// A transposable macro (docs/transpose.md).
/// The weights of the columns of one slice, all rows.
verilog::Module weights(const plan::MacroPlan& plan);
/// In the top: the array, its transposed view, and the direction of the vector.
void emit_transposable_array(const plan::MacroPlan& plan, verilog::Items& items);
/// Whether a slice or a block gets both views of its weights, in place of what writes them.
void add_view_ports(int rows, const plan::MacroPlan& plan, std::vector<verilog::Port>& ports);
/// The columns of one slice: write buffer, blocks, their trees, accumulator, output register.
verilog::Module slice(const plan::MacroPlan& plan);
/// The macro: control, input serialiser, slices.
verilog::Module top(const plan::MacroPlan& plan);

/// The ports of the contract of a macro (docs/architecture.md).
void add_ports(const plan::MacroPlan& plan, std::vector<verilog::Port>& ports);

/// An analog macro: control, registers, a lane for each converter, and the array.
verilog::Module analog_top(const plan::MacroPlan& plan);
/// The ports of a macro with an array, analog or hybrid.
void add_ports_with_array(const plan::MacroPlan& plan, std::vector<verilog::Port>& ports);
/// What stands for its array in simulation. Its ports are those of the black box.
verilog::Module analog_array(const plan::MacroPlan& plan);

/// A near-memory macro: control, the vector, a row of multiply-accumulate units, and the memory.
verilog::Module near_memory_top(const plan::MacroPlan& plan);
/// What stands for its memory in simulation. Its ports are those of the black box.
verilog::Module near_memory(const plan::MacroPlan& plan);

/// A logic macro: control, the sum over the columns, and slices.
verilog::Module logic_top(const plan::MacroPlan& plan);
/// The columns of one slice: cells, two read ports, one bit of arithmetic.
verilog::Module logic_slice(const plan::MacroPlan& plan);

/// A floating macro: aligners, an integer macro for each block of rows, and the columns behind
/// them.
verilog::Module floating_top(const plan::MacroPlan& plan);
/// What the columns of a slice have beside and behind the integer macros.
verilog::Module floating_columns(const plan::MacroPlan& plan);
/// What comes beside weights and beside inputs.
void add_weight_side_ports(const plan::MacroPlan& plan, std::vector<verilog::Port>& ports);
void add_input_side_ports(const plan::MacroPlan& plan, std::vector<verilog::Port>& ports);

/// A macro that tests or repairs itself: the shell around its core.
verilog::Module shell_top(const plan::MacroPlan& plan);
void add_shell_ports(const plan::MacroPlan& plan, std::vector<verilog::Port>& ports);

/// A hybrid macro: the digital one, the analog one, and what joins their results.
verilog::Module hybrid_top(const plan::MacroPlan& plan);

}  // namespace cimforge::lower
