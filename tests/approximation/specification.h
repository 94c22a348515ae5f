// An approximate specification in few words.
#pragma once

#include "generator/spec/spec.h"

namespace cimforge::test {

inline spec::MacroSpec approximate(int rows, spec::IntegerFormat input, spec::IntegerFormat weight,
                                   int input_bits_per_cycle, int or_rows, int dropped_columns) {
  spec::MacroSpec spec;
  spec.name = "approximate";
  spec.rows = rows;
  spec.columns = 1;
  spec.input = input;
  spec.weight = weight;
  spec.input_bits_per_cycle = input_bits_per_cycle;
  spec.approximation = {or_rows, dropped_columns};
  return spec;
}

}  // namespace cimforge::test
