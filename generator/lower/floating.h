// What the modules of a floating macro share: the top in floating.cpp, the columns behind it in
// floating_columns.cpp.
#pragma once

#include <string>
#include <vector>

#include "generator/plan/plan.h"
#include "generator/verilog/module.h"

namespace cimforge::lower {

std::string float_columns_module(const plan::MacroPlan& plan);  ///< `<name>_columns`

/// The ports of a slice of columns.
std::vector<verilog::Port> float_column_ports(const plan::MacroPlan& plan);

/// What tells an element's fields apart, of a cell that takes codes of `bits`.
std::vector<verilog::Connection> format_parameters(const spec::IntegerFormat& format, int bits);

int rounding(const plan::MacroPlan& plan);
int width_of_input_exponent(const plan::FloatingPlan& floating);

/// Exponent bits of the input of a product that is aligned; 1, of a zero, where they are not.
int product_exponent_bits(const plan::MacroPlan& plan);

/// `name_<block>`
std::string of_block(const char* name, int block);

/// What a macro has of what not every one has.
struct FloatFeatures {
  bool scale, weight_class, row_classes, banks;
  bool read;             ///< weights are aligned as they are read
  bool product;          ///< to the largest exponent of a product
  bool weight_exponent;  ///< sums have an exponent of their weights
};
FloatFeatures features_of(const plan::MacroPlan& plan);

}  // namespace cimforge::lower
