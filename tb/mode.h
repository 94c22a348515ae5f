// The mode of a vector (spec::Mode): on the pins, and drawn.
#pragma once

#include "tb/codes.h"
#include "tb/dut.h"
#include "tb/random.h"

namespace cimforge::tb {

/// Puts a mode on the pins; a macro without them ignores it.
void put_mode(const spec::Mode& mode, cim_dut_pins& pins);

/// Anything that fits the pins: what a macro may see there between transfers. Draws nothing for a
/// macro without them.
void scramble_mode(const Ports& ports, Random& random, cim_dut_pins& pins);

/// A mode that the macro has. Draws nothing where it has one.
spec::Mode random_mode(const Ports& ports, Random& random);

}  // namespace cimforge::tb
