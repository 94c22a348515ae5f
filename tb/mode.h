// The mode of a vector (spec::Mode): on the pins, and drawn.
#pragma once

#include "tb/codes.h"
#include "tb/dut.h"
#include "tb/random.h"
#include "tb/stimulus.h"

namespace cimforge::tb {

/// Puts a mode on the pins; a macro without them ignores it.
void put_mode(const spec::Mode& mode, cim_dut_pins& pins);

/// Anything that fits the pins: what a macro may see there between transfers. Draws nothing for a
/// macro without them.
void scramble_mode(const Ports& ports, Random& random, cim_dut_pins& pins);

/// A mode that the macro has. Draws nothing where it has one. With run-time precision it may be one
/// that the pins can ask for and the macro takes for its widest.
spec::Mode random_mode(const Ports& ports, Random& random);

/// Some digits of the inputs that the vector has become zero in every row (thin_digits).
void thin_input(const Ports& ports, Random& random, InputVector& vector);

/// Inputs of the vector's mode in a shape, or from the number of their codes: their values, and
/// their codes at the low end of fields whose other bits are anything.
void fill_input(const Ports& ports, Shape shape, std::size_t index, Random& random,
                InputVector& vector);
void fill_input_from_bits(const Ports& ports, std::uint64_t bits, InputVector& vector);

}  // namespace cimforge::tb
