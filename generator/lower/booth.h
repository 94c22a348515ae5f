// The text of Booth recoding: the products of a block, and the count of negative digits of a macro.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "generator/lower/heap.h"
#include "generator/plan/plan.h"
#include "generator/verilog/module.h"

namespace cimforge::lower {

std::string booth_count_module(const plan::MacroPlan& plan);  ///< `<name>_negatives`

/// `Booth digit 1 x weight, bit 3`
std::string describe_booth_plane(const plan::MacroPlan& plan, const plan::ProductPlane& plane);

/// A product of one row, as a cell of the tree. `digit` gives the row's bit of a plane of digits,
/// `weight` a stored bit of it.
HeapCell booth_product(const plan::MacroPlan& plan, const plan::ProductPlane& plane, int row,
                       bool inverted, const std::function<verilog::Expression(int)>& digit,
                       const std::function<verilog::Expression(int)>& weight);

/// The products of one row and digit as a number of `bits` bits, for a loop. `weight` gives the
/// lowest bits of the row's weight, `sign` is its top one.
verilog::Expression booth_number(const plan::MacroPlan& plan, int digit_bit, int bits,
                                 const std::function<verilog::Expression(int)>& digit,
                                 const std::function<verilog::Expression(int)>& weight,
                                 const verilog::Expression& sign);

/// The planes of digits that a truncated result never reads.
std::vector<int> unread_booth_planes(const plan::MacroPlan& plan);

/// The count's bits among the inputs of a slice's tree, in the planner's order.
std::vector<verilog::Expression> booth_count_bits(const plan::MacroPlan& plan);

/// Counts the negative digits of all rows: one module for all columns, and its instance.
verilog::Module booth_count(const plan::MacroPlan& plan);
verilog::Instance booth_count_instance(const plan::MacroPlan& plan);
/// The serialiser that recodes, and its instance.
verilog::Instance booth_input(const plan::MacroPlan& plan);

}  // namespace cimforge::lower
