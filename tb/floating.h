// Rows of weights and vectors of a floating macro: what its ports take (docs/floating.md).
#pragma once

#include "generator/spec/spec.h"
#include "tb/codes.h"
#include "tb/dut.h"
#include "tb/random.h"

namespace cimforge::tb {

/// A row of weights, and everything beside it, as wide as the ports of any macro have them.
WeightRow empty_row(const Ports& ports);

/// The ports of a row of a floating macro, of its values, scales and `integer`: aligned integers
/// and classes where the macro takes those. Integers stand at the low ends of fields whose other
/// bits are anything: those of `random`, or copies of the sign.
void pack_row(const spec::MacroSpec& spec, const Ports& ports, WeightRow& row,
              Random* random = nullptr);

/// The same of a vector.
void pack_vector(const Ports& ports, InputVector& vector, Random* random = nullptr);

/// Puts a row on the pins, but for its place and its indices.
void put_row(const Ports& ports, const WeightRow& row, cim_dut_pins& pins);

}  // namespace cimforge::tb
