// Products of bipolar and ternary operands, and the thresholds of columns whose results are signs
// (docs/binary.md).
#pragma once

#include <string>
#include <vector>

#include "generator/plan/plan.h"
#include "generator/verilog/module.h"

namespace cimforge::lower {

/// The product of a digit bit `x` and a weight bit `w`, or its inverse.
verilog::Expression binary_product(plan::ProductKind kind, const verilog::Expression& x,
                                   const verilog::Expression& w, bool inverted);
/// A vector of ones.
verilog::Expression all_lanes_one();
/// `Input bit 0 x weight bit 1`
std::string describe_plane(const plan::ProductPlane& plane, int digit_bit);
/// Of a row: `x0w1_r5`
std::string product_name(const plan::ProductPlane& plane, int digit_bit, int row);
/// Of ternary weights: what the write buffer takes, the planes plus and minus of each column's
/// weight, in place of `weight_data_i`. Gives its name.
std::string emit_weight_codes(const plan::MacroPlan& plan, verilog::Items& items);

/// Ports of the thresholds: of the macro, and of a slice.
void add_threshold_ports(const plan::MacroPlan& plan, std::vector<verilog::Port>& ports);
void add_slice_threshold_ports(const plan::MacroPlan& plan, std::vector<verilog::Port>& ports);
/// In the top: the stream of the thresholds. It drives `in_valid` and `in_ready_o` from `in_ready`.
void emit_threshold_port(const plan::MacroPlan& plan, verilog::Items& items);
/// The pins of a slice of `count` columns from `first` on.
void connect_thresholds(const plan::MacroPlan& plan, std::vector<verilog::Connection>& pins,
                        const verilog::Expression& count, const verilog::Expression& first);
/// In a slice: the plane `sign` of the planes `result`.
void emit_threshold(const plan::MacroPlan& plan, verilog::Items& items);

}  // namespace cimforge::lower
