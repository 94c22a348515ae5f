// Specifications of binary networks for the tests here.
#pragma once

#include "generator/spec/spec.h"

namespace cimforge::test {

/// 3 columns, dadda, exact.
inline spec::MacroSpec binary(int rows, spec::IntegerFormat input, spec::IntegerFormat weight) {
  spec::MacroSpec spec;
  spec.name = "binary";
  spec.rows = rows;
  spec.columns = 3;
  spec.input = input;
  spec.weight = weight;
  return spec;
}

}  // namespace cimforge::test
