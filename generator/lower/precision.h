// The parts of a digital macro whose vectors bring their precision (docs/precision.md).
#pragma once

#include <string>
#include <vector>

#include "generator/plan/plan.h"
#include "generator/verilog/module.h"

namespace cimforge::lower {

/// In place of cim_sequencer. `rank_enable` is the signal of the ranks of registers.
void emit_precision_sequencer(const plan::MacroPlan& plan, verilog::Items& items,
                              const std::string& rank_enable);
/// What a slice of `lanes` columns has more, in the top.
void connect_precision(const plan::MacroPlan& plan, std::vector<verilog::Connection>& pins,
                       const verilog::Expression& lanes);
/// The comment above the top.
std::string describe_precision(const plan::MacroPlan& plan);

/// Of the module with the columns: its inputs, and its accumulator, which drives the planes of
/// `result` or, where columns are fused, the port `result_o`.
void add_precision_inputs(const plan::MacroPlan& plan, std::vector<verilog::Port>& ports);
void emit_signed_accumulator(const plan::MacroPlan& plan, verilog::Items& items,
                             const verilog::Expression& sum);

/// A slice whose neighbouring columns are fused: the columns, the adders behind them, the output.
verilog::Module fused_slice(const plan::MacroPlan& plan);

/// Of slice.cpp: the ports of the output register, and the register.
void add_output_ports(const plan::MacroPlan& plan, std::vector<verilog::Port>& ports);
void emit_output(const plan::MacroPlan& plan, verilog::Items& items);

}  // namespace cimforge::lower
